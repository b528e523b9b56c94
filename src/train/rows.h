/* rows.h - which rows of a data set train a model and which judge it meanwhile. */
#ifndef GT_TRAIN_ROWS_H
#define GT_TRAIN_ROWS_H

#include "galatea/dataset.h"
#include "galatea/train.h"
#include "id_tracker.h"

typedef struct gt_train_rows {
    uint64_t *train, *validation;
    size_t train_count, validation_count;
    uint64_t *test; /* drawn rows that are left alone */
    size_t test_count;
    uint64_t *all; /* what the others were chosen from, ascending */
    size_t all_count;
    size_t unlabelled; /* rows that are in no list for want of a label */
} gt_train_rows;

/* As the settings of a run say, of the rows that the kind takes.
 *
 * With rows "all" every row trains. Otherwise rows of the test split are in no list. Validation
 * is the set's own validation split; a set without one lends a share `hold_out` of its training
 * rows, drawn from `seed` (at least one row unless hold_out is 0). GT_BAD_ARGUMENT when no row
 * is left to train on. All lists ascend.
 *
 * With a train_share: one permutation drawn from `seed` of all those rows. Its first
 * `train_share` of 1 train, the next `test_share` are left alone, the others validate; in the
 * order drawn. GT_BAD_ARGUMENT unless at least two train and one validates. */
GT_MUST_CHECK gt_status gt_train_rows_from_settings(gt_dataset *data,
                                                    const gt_model_class *kind,
                                                    const gt_train_settings *settings,
                                                    gt_train_rows *out, gt_error *err);
/* Ids of rows that train which stand in rows that validate as well: a sentence as that of
 * gt_dataset_shared_ids (id_tracker.h), "" where there are none. GT_NO_MEMORY, GT_IO. */
GT_MUST_CHECK gt_status gt_train_rows_shared_ids(gt_dataset *data, const gt_train_rows *rows,
                                                 char shared[GT_ID_TEXT], gt_error *err);
void gt_train_rows_free(gt_train_rows *rows);

#endif
