/* session.c - for whom a thread works. */
#include <stddef.h>

#include "galatea/interrupt.h"

static _Thread_local gt_session *current;

gt_session *gt_session_enter(gt_session *session) {
    gt_session *before = current;
    current = session;
    return before;
}

gt_session *gt_session_current(void) {
    return current;
}

void gt_session_stop(gt_session *session) {
    __atomic_store_n(&session->is_stopped, true, __ATOMIC_RELEASE);
}

bool gt_session_is_stopped(void) {
    return current && __atomic_load_n(&current->is_stopped, __ATOMIC_ACQUIRE);
}
