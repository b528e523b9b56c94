/* folds.h (room: analysis) - rows dealt into parts for cross-validation. */
#ifndef GT_FOLDS_H
#define GT_FOLDS_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

/* out (rows): a fold 0..folds-1 for each row. Stratified: the rows of a class are shuffled by
 * the seed and dealt out in turn, each class going on where the one before ended, so that folds
 * differ by at most one row in all and by at most one of each class. A class with fewer rows
 * than folds is missing from some. GT_BAD_ARGUMENT when folds < 2 or no class has as many rows
 * as folds. */
gt_status gt_stratified_folds(size_t rows, const int32_t *labels, int32_t classes,
                              int32_t folds, uint64_t seed, int32_t *out,
                              gt_error *err) GT_MUST_CHECK;
#endif
