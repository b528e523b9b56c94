/* index.c - index arithmetic of the reference functions. */
#include "ops.h"

gt_axis_view gt_axis_view_of(gt_shape shape, int axis) {
    gt_axis_view view = {1, shape.dim[axis], 1};
    for (int i = 0; i < axis; i++) view.outer *= shape.dim[i];
    for (int i = axis + 1; i < shape.rank; i++) view.inner *= shape.dim[i];
    return view;
}

void gt_strides_of(gt_shape shape, int64_t stride[GT_MAX_RANK]) {
    int64_t step = 1;
    for (int i = shape.rank - 1; i >= 0; i--) {
        stride[i] = step;
        step *= shape.dim[i];
    }
}

int64_t gt_offset_at(gt_shape shape, int64_t index, const int64_t stride[GT_MAX_RANK]) {
    int64_t offset = 0;
    for (int i = shape.rank - 1; i >= 0; i--) {
        offset += index % shape.dim[i] * stride[i];
        index /= shape.dim[i];
    }
    return offset;
}
