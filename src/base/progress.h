/* progress.h (room: base) - one line that says how far, how fast and how long still.
 *
 * Drawn on a terminal, only when the work lasts longer than two seconds, at most five times a
 * second, with the monotonic clock; once a second also while the work is busy with a step in
 * which it says nothing. Into a file, a pipe or a dumb terminal goes a whole line
 * after a minute, two, four ...: the log of a batch job shows that something is done, and its
 * length hardly grows with the time. */
#ifndef GT_PROGRESS_H
#define GT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* Plain value; the members are the functions' own. Threads: one thread per value. A terminal
 * shows the one that was started or updated last. */
typedef struct gt_progress {
    int file;
    bool is_terminal, is_drawn;
    int64_t total, first, done;
    double started, drawn, delay; /* seconds */
    double line_due;              /* seconds after the start; of files */
    double (*clock)(void);        /* gt_seconds, or a test's own */
    char label[32];
} gt_progress;

/* Begins a line on the descriptor `file` (2 for stderr; -1 draws nothing). total: number of
 * items, 0 if unknown. label: a word or two, cut to 31 bytes. */
gt_progress gt_progress_start(int file, int64_t total, const char *label);

/* `done` items are finished. The first call tells where this run begins (a resumed one not at
 * 0), rates count from there. extra (may be NULL) is shown at the end of the line. */
void gt_progress_update(gt_progress *progress, int64_t done, const char *extra);

/* Takes the line off the terminal so that something else can be printed; the next update
 * draws it again. */
void gt_progress_clear(gt_progress *progress);

/* Takes the line away for good. */
void gt_progress_finish(gt_progress *progress);

/* Takes away whatever line is on the terminal: for the end of a program's work. */
void gt_progress_stop(void);

/* Seconds of the monotonic clock since an unknown moment. */
double gt_seconds(void);

/* "0:07", "12:03", "3:04:05", "2 d 3:04:05" for a duration in seconds; "?" if it is not one.
 * Returns text. */
const char *gt_duration_text(double seconds, char text[32]);
#endif
