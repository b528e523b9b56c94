/* rows.h - which rows of a data set train a model and which judge it meanwhile. */
#ifndef GT_TRAIN_ROWS_H
#define GT_TRAIN_ROWS_H

#include "galatea/dataset.h"

typedef struct gt_train_rows {
    uint64_t *train, *validation; /* ascending */
    size_t train_count, validation_count;
} gt_train_rows;

/* With all_rows every row trains. Otherwise rows of the test split are in neither list.
 * Validation is the set's own validation split; a set without one lends a share `hold_out` of
 * its training rows, drawn from `seed` (at least one row unless hold_out is 0). GT_BAD_ARGUMENT
 * when no row is left to train on. */
GT_MUST_CHECK gt_status gt_train_rows_choose(gt_dataset *data, bool all_rows, double hold_out,
                                             uint64_t seed, gt_train_rows *out, gt_error *err);
void gt_train_rows_free(gt_train_rows *rows);

#endif
