/* ops.h - what the files of ops share: broadcasting for builders, index arithmetic for the
 * reference functions. Private to src/engine/ops. */
#ifndef GT_ENGINE_OPS_H
#define GT_ENGINE_OPS_H

#include "node.h"

/* True once a builder has failed: every later one returns g->poison. */
static inline bool gt_graph_failed(const gt_graph *g) {
    return g->error.status != GT_OK;
}

/* x with `shape` by numpy's rule: ones are put before its dimensions, then length 1 stretches.
 * The caller has made sure that it can. A constant becomes a constant of that shape. */
gt_tensor *gt_stretch(gt_graph *g, gt_tensor *x, gt_shape shape);

/* An array cut at one axis: element (o, i, r) is at (o * length + i) * inner + r. */
typedef struct gt_axis_view {
    int64_t outer, length, inner;
} gt_axis_view;
gt_axis_view gt_axis_view_of(gt_shape shape, int axis);

/* Row-major strides. */
void gt_strides_of(gt_shape shape, int64_t stride[GT_MAX_RANK]);
/* Sum of coordinate * stride over the coordinates of element `index` of a row-major `shape`. */
int64_t gt_offset_at(gt_shape shape, int64_t index, const int64_t stride[GT_MAX_RANK]);

#endif
