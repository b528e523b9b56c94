/* split_rows.h - the first rows of a split. */
#ifndef GT_STUDY_SPLIT_ROWS_H
#define GT_STUDY_SPLIT_ROWS_H

#include "galatea/dataset.h"

/* At most `most` rows of a split: train, test or validation; any; auto: the test rows of a set
 * that has some, else any. *rows is yours (free). GT_BAD_ARGUMENT when there are none. */
GT_MUST_CHECK gt_status gt_split_rows(gt_dataset *data, const char *split, size_t most,
                                      uint64_t **rows, size_t *count, gt_error *err);

#endif
