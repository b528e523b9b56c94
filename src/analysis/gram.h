/* gram.h (room: analysis) - sums of outer products in double. */
#ifndef GT_ANALYSIS_GRAM_H
#define GT_ANALYSIS_GRAM_H

#include <stddef.h>

#include "galatea/error.h"

typedef enum gt_gram_digits {
    GT_GRAM_DOUBLE,
    GT_GRAM_FLOAT /* blocks of 256 rows are added up in float: twice as fast, 6 digits */
} gt_gram_digits;

/* c += sum over rows r of weight[r] (x[r] - shift)(x[r] - shift)', for the rows x (rows,
 * columns); c is (columns, columns), of which the lower triangle (column <= row) alone is
 * touched. weight (rows, not negative) and shift (columns) may be NULL: 1 and 0. The order of
 * the additions is fixed, whatever the number of threads. GT_NO_MEMORY. */
GT_MUST_CHECK gt_status gt_gram_add(size_t rows, size_t columns, const float *x,
                                    const double *weight, const double *shift,
                                    gt_gram_digits digits, double *c, gt_error *err);

#endif
