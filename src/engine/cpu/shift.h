/* shift.h - every image moved by whole pixels. */
#ifndef GT_ENGINE_SHIFT_H
#define GT_ENGINE_SHIFT_H

#include "node.h"

/* y[n,c,i,j] = x[n,c,i + by[n,0],j + by[n,1]], zeros outside; images of `shape`, row-major. */
void gt_shift_run(gt_shape shape, const float *x, const float *by, float *y, int threads);

#endif
