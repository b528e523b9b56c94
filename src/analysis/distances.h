/* distances.h - squared Euclidean distances from one row to many, both widened to
 * double before, because the widening costs more than the distance. Private. */
#ifndef GT_ANALYSIS_DISTANCES_H
#define GT_ANALYSIS_DISTANCES_H

#include <stddef.h>

static inline void gt_widen(size_t count, const float *from, double *to) {
    for (size_t i = 0; i < count; i++) to[i] = from[i];
}

/* out (rows): |query - x[r]|^2 for the rows x (rows, features), as sums of squared differences
 * in double: nothing cancels. Every pair of rows goes through the same additions, so equal rows
 * are at exactly equal distance, wherever they stand. */
void gt_distances_squared(size_t features, const double *query, size_t rows, const double *x,
                          double *out);

#endif
