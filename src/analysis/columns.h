/* columns.h - rows turned into columns, and the order of each: what trees are grown on.
 * Private. */
#ifndef GT_ANALYSIS_COLUMNS_H
#define GT_ANALYSIS_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

typedef struct gt_columns {
    size_t rows, features;
    float *x;       /* (features, rows) */
    float *sorted;  /* (features, rows) each column in rising order; NULL without ranks */
    uint32_t *rank; /* (features, rows) the place of each row in it, equal values by row */
} gt_columns;

/* x (rows, features) is only read here. Owned by the caller on success. */
gt_status gt_columns_create(size_t rows, size_t features, const float *x, bool ranked,
                            gt_columns *out, gt_error *err) GT_MUST_CHECK;
void gt_columns_free(gt_columns *columns);

#endif
