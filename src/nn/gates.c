/* gates.c - numbers from 0 to 1 that values are multiplied by. */
#include "galatea/nn.h"

gt_tensor *gt_glu(gt_graph *g, gt_tensor *x, int axis) {
    int64_t width = gt_tensor_dim(x, axis), half = width / 2;
    if (width % 2) {
        char text[96];
        return gt_graph_refuse(g, "a gated linear unit of axis %d of %s, which has no halves",
                               axis, gt_shape_text(gt_tensor_shape(x), text));
    }
    gt_tensor *gate = gt_sigmoid(g, gt_slice(g, x, axis, half, half));
    return gt_mul(g, gt_slice(g, x, axis, 0, half), gate);
}
