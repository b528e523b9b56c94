/* Signals become a mark that work looks at between two steps. */
#include "galatea/interrupt.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

/* The last three: what batch systems send some time before they kill. */
static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU};
enum { SIGNAL_COUNT = sizeof signals / sizeof *signals };

static atomic_int first_signal;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of what follows */
static struct sigaction former[SIGNAL_COUNT];
static bool is_installed;

static void on_signal(int number) {
    int expected = 0;
    bool is_first = atomic_compare_exchange_strong(&first_signal, &expected, number);
    if (is_first || number != SIGINT) return;
    signal(number, SIG_DFL);
    raise(number); /* delivered when this handler returns */
}

/* The lock is held. */
static gt_status install(gt_error *err) {
    if (is_installed) return GT_OK;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < SIGNAL_COUNT; ++i) {
        if (sigaction(signals[i], NULL, &former[i]) != 0 ||
            (former[i].sa_handler != SIG_IGN && sigaction(signals[i], &action, NULL) != 0))
            return gt_fail(err, GT_IO, "signal %d: %s", signals[i], strerror(errno));
    }
    is_installed = true;
    return GT_OK;
}

gt_status gt_interrupt_install(gt_error *err) {
    pthread_mutex_lock(&lock);
    gt_status status = install(err);
    pthread_mutex_unlock(&lock);
    return status;
}

int gt_interrupt_pending(void) {
    int number = atomic_load(&first_signal);
    return !number && gt_session_is_stopped() ? SIGINT : number;
}

void gt_interrupt_remove(void) {
    pthread_mutex_lock(&lock);
    for (int i = 0; is_installed && i < SIGNAL_COUNT; ++i)
        sigaction(signals[i], &former[i], NULL);
    if (is_installed) atomic_store(&first_signal, 0);
    is_installed = false;
    pthread_mutex_unlock(&lock);
}
