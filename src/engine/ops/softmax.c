/* softmax.c - exp(x) over its sum along an axis. The gradient is made of the result. */
#include "ops.h"

#include <math.h>

/* One line of `length` values that lie `step` apart. */
static void normalise(const double *x, int64_t length, int64_t step, double *out) {
    double largest = x[0], sum = 0;
    for (int64_t i = 1; i < length; i++) largest = fmax(largest, x[i * step]);
    for (int64_t i = 0; i < length; i++) sum += out[i * step] = exp(x[i * step] - largest);
    for (int64_t i = 0; i < length; i++) out[i * step] /= sum;
}

static bool softmax_reference(const gt_tensor *node, const double *const *in, double *out) {
    gt_axis_view view = gt_axis_view_of(node->shape, node->attr.axis);
    for (int64_t o = 0; o < view.outer; o++) {
        for (int64_t r = 0; r < view.inner; r++) {
            int64_t first = o * view.length * view.inner + r;
            normalise(in[0] + first, view.length, view.inner, out + first);
        }
    }
    return true;
}

/* y (gy - sum of gy y along the axis) */
static void softmax_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                        gt_tensor **gx) {
    gt_tensor *y = g->nodes[node->id];
    gt_shape each = node->shape;
    each.dim[node->attr.axis] = 1;
    gt_tensor *mean = gt_sum_to(g, gt_mul(g, gy, y), each);
    gx[0] = gt_mul(g, y, gt_sub(g, gy, mean));
}

const gt_op_class gt_op_softmax = {"softmax", GT_OTHER, NULL, softmax_reference, softmax_vjp};

gt_tensor *gt_softmax(gt_graph *g, gt_tensor *x, int axis) {
    if (gt_graph_failed(g)) return g->poison;
    if (axis < 0 || axis >= x->shape.rank) {
        char text[96];
        return gt_graph_fail(g, GT_BAD_ARGUMENT, GT_OP_SOFTMAX, "axis %d of a tensor %s", axis,
                             gt_shape_text(x->shape, text));
    }
    gt_attr attr = {.axis = axis};
    return gt_graph_append(g, GT_OP_SOFTMAX, x->shape, &x, 1, &attr, NULL);
}
