/* Remarks on their way to the sink of a session, or to that of the process. */
#include "galatea/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

#include "galatea/interrupt.h"

#include "text.h"

static gt_log_sink *current_sink;
static void *current_user;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void gt_log_to(gt_log_sink *sink, void *user) {
    pthread_mutex_lock(&lock);
    current_sink = sink;
    current_user = user;
    pthread_mutex_unlock(&lock);
}

void gt_remark(const char *format, ...) {
    char raw[512];
    gt_error line;
    va_list args;
    void *before = gt_plain_numbers_begin();
    va_start(args, format);
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    gt_plain_numbers_end(&before);    /* the sink is the host's */
    gt_fail(&line, GT_OK, "%s", raw); /* for its cleaning of control bytes */
    const gt_session *session = gt_session_current();
    pthread_mutex_lock(&lock);
    gt_log_sink *sink = session ? session->sink : current_sink;
    if (sink) sink(session ? session->user : current_user, line.text);
    pthread_mutex_unlock(&lock);
}
