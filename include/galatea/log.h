/* log.h (room: base) - remarks of the library that are no errors.
 *
 * The library prints nothing. What a person may want to know ("alpha channel dropped") goes
 * line by line to a sink which the program sets; without a sink it is lost. Of several calls
 * in one process each can have its own (gt_session in interrupt.h). */
#ifndef GALATEA_LOG_H
#define GALATEA_LOG_H

#include "galatea/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Gets one line, no newline, control bytes written as \xNN. May be called from any thread,
 * never from two at once. */
typedef void gt_log_sink(void *user, const char *line);

/* The sink of threads that are in no session; NULL: none. Threads: set it before others log. */
void gt_log_to(gt_log_sink *sink, void *user);

/* One remark. Never fails; a very long one is cut. */
void gt_remark(const char *format, ...) GT_PRINTF(1, 2);

#ifdef __cplusplus
}
#endif
#endif
