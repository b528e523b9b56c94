/* neighbours.h (room: analysis) - the k nearest other rows of every row of a table.
 *
 * Euclidean distance, the row itself left out, of rows at equal distance the lower index
 * nearer. Blocks of rows meet in single-precision matrix products, which name more
 * candidates than asked for; those are measured again by sums of squared differences in double.
 * A row whose candidates the rounding of the products leaves in doubt is searched once more, in
 * double alone. So the exact graph is that of the definition, for any number of threads. */
#ifndef GALATEA_NEIGHBOURS_H
#define GALATEA_NEIGHBOURS_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gt_neighbours_how {
    GT_NEIGHBOURS_AUTO, /* exact up to GT_NEIGHBOURS_EXACT_ROWS rows */
    GT_NEIGHBOURS_EXACT,
    GT_NEIGHBOURS_APPROXIMATE
} gt_neighbours_how;

#define GT_NEIGHBOURS_EXACT_ROWS 200000

/* Of n rows: index (n,k) nearest first, squared (n,k) their squared distances. */
typedef struct gt_neighbours {
    size_t rows, k;
    int32_t *index;
    double *squared;
} gt_neighbours;

/* Told now and then, from one thread, how many rows are finished; may be NULL. */
typedef void gt_neighbours_visit(void *user, size_t done, size_t total);

/* x (rows, features), row-major. 1 <= k < rows <= 2^30. Cost of the exact graph 2 rows^2
 * features operations, memory another copy of x and 12 bytes a neighbour. The approximate one
 * puts the rows into about sqrt(rows) groups around rows chosen by `seed` and looks for the
 * neighbours of a group in those groups alone that are nearest to it: nearly all of the true
 * neighbours for a small part of the cost. GT_BAD_ARGUMENT, GT_NOT_FINITE with row and feature,
 * GT_NO_MEMORY, GT_INTERRUPTED. The arrays of *out are yours: gt_neighbours_free. */
GT_MUST_CHECK gt_status gt_neighbours_find(size_t rows, size_t features, const float *x,
                                           size_t k, gt_neighbours_how how, uint64_t seed,
                                           gt_neighbours_visit *visit, void *user,
                                           gt_neighbours *out, gt_error *err);

/* Frees the arrays; accepts a zeroed struct. */
void gt_neighbours_free(gt_neighbours *graph);

#ifdef __cplusplus
}
#endif
#endif
