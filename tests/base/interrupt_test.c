/* Signals leave a mark; a second SIGINT ends the process. Each case runs in a child. */
#include "gt_test.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "galatea/interrupt.h"

/* Wait status of a child that runs body. */
static int in_child(int (*body)(void)) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) _exit(body());
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static int first_signal_is_kept(void) {
    if (gt_interrupt_install(NULL) != GT_OK || gt_interrupt_install(NULL) != GT_OK) return 1;
    if (gt_interrupt_pending() != 0) return 2;
    raise(SIGTERM);
    raise(SIGHUP);
    raise(SIGTERM);
    return gt_interrupt_pending() == SIGTERM ? 0 : 3;
}

/* Each signal that announces an end, again and again. */
static int every_signal_is_kept(void) {
    static const int signals[] = {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU, SIGINT};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        if (gt_interrupt_install(NULL) != GT_OK) return 1;
        raise(signals[i]);
        if (signals[i] != SIGINT) raise(signals[i]);
        if (gt_interrupt_pending() != signals[i]) return 2;
        gt_interrupt_remove();
    }
    return 0;
}

static int second_interrupt_ends(void) {
    if (gt_interrupt_install(NULL) != GT_OK) return 1;
    raise(SIGINT);
    if (gt_interrupt_pending() != SIGINT) return 2;
    raise(SIGINT);
    return 3;
}

static int interrupt_after_term_ends(void) {
    if (gt_interrupt_install(NULL) != GT_OK) return 1;
    raise(SIGTERM);
    raise(SIGINT);
    return 3;
}

static int ignored_stays_ignored(void) {
    signal(SIGHUP, SIG_IGN);
    if (gt_interrupt_install(NULL) != GT_OK) return 1;
    raise(SIGHUP);
    return gt_interrupt_pending() == 0 ? 0 : 2;
}

static int removing_restores(void) {
    if (gt_interrupt_install(NULL) != GT_OK) return 1;
    raise(SIGINT);
    gt_interrupt_remove();
    if (gt_interrupt_pending() != 0) return 2;
    raise(SIGTERM);
    return 3;
}

static void marks_and_ends(void **state) {
    assert_int_equal(in_child(first_signal_is_kept), 0);
    assert_int_equal(in_child(every_signal_is_kept), 0);
    assert_int_equal(in_child(ignored_stays_ignored), 0);
    int status = in_child(second_interrupt_ends);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
    status = in_child(interrupt_after_term_ends);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
    status = in_child(removing_restores);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(marks_and_ends)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
