/* cells.h - a k-means of the training rows. Private. */
#ifndef GT_JUDGING_CELLS_H
#define GT_JUDGING_CELLS_H

#include "galatea/judging.h"

/* Lloyd's algorithm from centres drawn by k-means++ (Arthur & Vassilvitskii 2007), until no row
 * changes its cell or 100 times. centre (cells, columns): of each; cell (train) of each row:
 * the nearest, the first of equal ones. cells at least 1, at most the rows. */
GT_MUST_CHECK gt_status gt_cells_make(const gt_points *train, size_t cells, uint64_t seed,
                                      float *centre, int32_t *cell, gt_error *err);

/* cell (points): the nearest centre of each row. */
GT_MUST_CHECK gt_status gt_cells_find(const gt_points *points, size_t cells,
                                      const float *centre, int32_t *cell, gt_error *err);

#endif
