/* interrupt.h (room: base) - stopping in good order.
 *
 * A long piece of work installs the handlers, asks between two steps whether it should stop,
 * saves, and returns GT_INTERRUPTED. */
#ifndef GALATEA_INTERRUPT_H
#define GALATEA_INTERRUPT_H

#include <stdbool.h>

#include "galatea/error.h"
#include "galatea/log.h"

#ifdef __cplusplus
extern "C" {
#endif

/* From now on SIGINT, SIGTERM, SIGHUP and what batch systems send before they kill (SIGUSR1,
 * SIGUSR2, and SIGXCPU at the soft limit of processor time) only leave a mark. A SIGINT after a
 * first signal ends the process at once, as if there were no handler; others again and again
 * change nothing. A signal that the process was started with ignored (nohup) stays ignored.
 * Several calls do what one does, from any threads. */
gt_status gt_interrupt_install(gt_error *err);

/* Number of the first signal that arrived, or 0; SIGINT when this thread's session was asked to
 * stop. Cheap; callable from any thread. */
int gt_interrupt_pending(void);

/* Gives the signals back to their former handlers and forgets the mark. */
void gt_interrupt_remove(void);

/* ---- Sessions: several calls in one process, each heard and stopped by itself ------------
 *
 * A command is alone in its process: its remarks go to the sink of gt_log_to, and signals stop
 * it. A page or a sweep works at several things at the same time. What a thread does while it
 * is in a session belongs to that session: its remarks go to the session's sink alone, and
 * gt_interrupt_pending tells when the session was asked to stop (or a signal came, which stops
 * all). The library's own threads follow the thread whose work they do. */

/* Set sink and user before a thread enters; a zeroed one loses its remarks. Threads: one may be
 * entered by several; it must live until the last of them has left. */
typedef struct gt_session {
    gt_log_sink *sink; /* NULL: remarks are lost */
    void *user;
    bool is_stopped; /* by gt_session_stop alone */
} gt_session;

/* From now on this thread works for the session; NULL: for none, as at the start. Returns the
 * one before, to be entered again at the end. */
gt_session *gt_session_enter(gt_session *session);

/* The session of this thread, or NULL: for threads that go to work for it. */
gt_session *gt_session_current(void);

/* Asks the session to end in good order: its work returns GT_INTERRUPTED at the next step.
 * Callable from any thread and from a signal handler. */
void gt_session_stop(gt_session *session);

/* Whether this thread's session was asked to stop. */
bool gt_session_is_stopped(void);

#ifdef __cplusplus
}
#endif
#endif
