/* interrupt.h (room: base) - stopping in good order.
 *
 * A long piece of work installs the handlers, asks between two steps whether it should stop,
 * saves, and returns GT_INTERRUPTED. */
#ifndef GALATEA_INTERRUPT_H
#define GALATEA_INTERRUPT_H

#include "galatea/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* From now on SIGINT, SIGTERM, SIGHUP and what batch systems send before they kill (SIGUSR1,
 * SIGUSR2, and SIGXCPU at the soft limit of processor time) only leave a mark. A SIGINT after a
 * first signal ends the process at once, as if there were no handler; others again and again
 * change nothing. A signal that the process was started with ignored (nohup) stays ignored.
 * Several calls do what one does. */
gt_status gt_interrupt_install(gt_error *err);

/* Number of the first signal that arrived, or 0. Cheap; callable from any thread. */
int gt_interrupt_pending(void);

/* Gives the signals back to their former handlers and forgets the mark. */
void gt_interrupt_remove(void);

#ifdef __cplusplus
}
#endif
#endif
