/* resize.h - images of another height and width, and the transpose. */
#ifndef GT_ENGINE_RESIZE_H
#define GT_ENGINE_RESIZE_H

#include "move.h"

/* Images of `planes` planes of pixels of `lanes` numbers. from: sides that the filter reads;
 * the transpose (back) reads `to` and writes `from`. */
typedef struct gt_resizing {
    gt_resize_filter filter;
    bool back;
    int64_t planes, lanes, from_height, from_width, to_height, to_width;
} gt_resizing;
gt_resizing gt_resizing_of(const gt_attr *attr, gt_shape input, gt_shape result,
                           gt_layout layout);

size_t gt_resize_scratch(const gt_resizing *resizing, int threads);
void gt_resize_run(const gt_resizing *resizing, const float *src, float *dst, void *scratch,
                   int threads);

#endif
