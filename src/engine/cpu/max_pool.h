/* max_pool.h - maximum over windows of pixels, and its transpose. */
#ifndef GT_ENGINE_MAX_POOL_H
#define GT_ENGINE_MAX_POOL_H

#include "kernels.h"

/* `planes` images of height x width pixels of `lanes` numbers (16 when blocked, 1), with rows x
 * columns windows of k x k pixels. */
typedef struct gt_max_pool_windows {
    int64_t k, stride, pad, lanes, planes, height, width, rows, columns;
} gt_max_pool_windows;
gt_max_pool_windows gt_max_pool_windows_of(const gt_attr *attr, gt_shape large, gt_shape small,
                                           gt_layout layout);

/* out (small) = v (large) where the window of x is largest; v may be x. */
void gt_max_pool_run(const gt_max_pool_windows *p, const float *x, const float *v, float *out,
                     int threads);
/* out (large) = 0, but for v (small) added to where the window of x is largest. */
void gt_max_pool_back_run(const gt_max_pool_windows *p, const float *x, const float *v,
                          float *out, int threads);

#endif
