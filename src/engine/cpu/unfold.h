/* unfold.h - windows of images as columns, and their transpose. */
#ifndef GT_ENGINE_UNFOLD_H
#define GT_ENGINE_UNFOLD_H

#include "node.h"

/* `planes` of height x width pixels, with rows x columns windows of k x k. */
typedef struct gt_windows {
    int64_t k, stride, pad, planes, height, width, rows, columns;
} gt_windows;
gt_windows gt_windows_of(const gt_attr *attr, gt_shape image);

/* dst (planes,k k,rows,columns) = windows of src (planes,height,width); back: dst (planes,
 * height,width) = windows of src added up. */
void gt_unfold_run(const gt_windows *w, bool back, const float *src, float *dst, int threads);

#endif
