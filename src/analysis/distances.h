/* distances.h - squared Euclidean distances from one row to many. Private. */
#ifndef GT_ANALYSIS_DISTANCES_H
#define GT_ANALYSIS_DISTANCES_H

#include <stddef.h>

/* out (rows): |query - x[r]|^2 for the rows x (rows, features), as sums of squared differences
 * in double: nothing cancels. Every pair of rows goes through the same additions, so equal rows
 * are at exactly equal distance, wherever they stand. */
void gt_distances_squared(size_t features, const float *query, size_t rows, const float *x,
                          double *out);

#endif
