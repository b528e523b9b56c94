/* codes.h - what the codes that a model is given are like. */
#ifndef GT_TRAIN_CODES_H
#define GT_TRAIN_CODES_H

#include "galatea/dataset.h"
#include "galatea/model.h"

/* Reads every row of the list once and fills out: D channels of one pixel, taken as they are.
 * Tells the smallest and the largest deviation of a feature. GT_NOT_FINITE names the first row
 * with a bad number (NaN, infinite, beyond 1e18) and how many there are. Features that are the
 * same in all rows, whose density has no bounds, become out->constant, with a remark: *constant
 * (yours, NULL: none) is its text. GT_BAD_ARGUMENT where fewer than 2 others are left. */
GT_MUST_CHECK gt_status gt_codes_measure(const gt_dataset *data, const uint64_t *rows,
                                         size_t count, gt_model_input *out, char **constant,
                                         gt_error *err);

#endif
