/* journal.h - train.csv and train.jsonl: what happened, a row per log-every steps and one per
 * epoch. */
#ifndef GT_TRAIN_JOURNAL_H
#define GT_TRAIN_JOURNAL_H

#include <stdbool.h>

#include "galatea/train.h"
#include "state.h"

typedef struct gt_journal gt_journal;

/* What a row tells of one learner. */
typedef struct gt_journal_part {
    const double *terms;          /* training: of the batch, or means over the epoch */
    const double *validation;     /* means over the validation rows of the first, or NULL */
    double norm, rate, threshold; /* before clipping; learning rate; of the skip rule */
    int64_t skipped;              /* steps left out so far */
} gt_journal_part;

/* What the columns of a learner are called: those of its terms, and what is before the others.
 */
typedef struct gt_journal_names {
    const char *prefix;
    int count, judged; /* terms in training; in validation */
    const char *terms[GT_TERMS], *judged_terms[GT_JUDGED];
} gt_journal_names;

/* One row; NaN stands for "not measured" and leaves the cell empty. */
typedef struct gt_journal_row {
    bool is_epoch;
    int64_t epoch, step; /* of the step, or finished ones */
    gt_journal_part learners[GT_MOST_OBJECTIVES];
    const double *probed; /* what probes said, as many numbers as they have; NULL: nothing */
    double images_per_second, seconds; /* since this process began */
} gt_journal_row;

/* How far the run has come that writes on: steps, and whether the epoch that ends with that
 * step was closed (judged and logged). A new run: step -1. */
typedef struct gt_journal_place {
    int64_t step;
    bool is_epoch_closed;
} gt_journal_place;

enum { GT_PROBED = GT_MOST_PROBES * GT_MOST_PROBE_NUMBERS }; /* numbers of all probes */

/* Opens both logs of a folder and cuts them back to the rows before that place. names of the
 * learners, and numbers of the probes (ended by NULL), are lent. A run that was begun without
 * the probes goes on without columns for them. */
GT_MUST_CHECK gt_status gt_journal_open(const char *folder, int learners,
                                        const gt_journal_names *names,
                                        const char *const *numbers, gt_journal_place at,
                                        gt_journal **out, gt_error *err);
GT_MUST_CHECK gt_status gt_journal_write(gt_journal *journal, const gt_journal_row *row,
                                         gt_error *err);
/* Rows from now on do not tell how fast and how long: equal runs have equal logs. */
void gt_journal_leave_times_out(gt_journal *journal);
/* Waits until all rows are on the disk. */
GT_MUST_CHECK gt_status gt_journal_sync(gt_journal *journal, gt_error *err);
void gt_journal_close(gt_journal *journal); /* accepts NULL */

#endif
