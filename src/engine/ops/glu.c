/* glu.c - gated linear unit: one half of an axis times the sigmoid of the other. */
#include "ops.h"

#include <math.h>

static bool glu_reference(const gt_tensor *node, const double *const *in, double *out) {
    gt_axis_view view = gt_axis_view_of(node->shape, node->attr.axis);
    int64_t half = view.length * view.inner;
    for (int64_t i = 0; i < view.outer * half; i++) {
        const double *x = in[0] + i / half * 2 * half + i % half;
        out[i] = x[0] / (1 + exp(-x[half]));
    }
    return true;
}

/* y = a s with s the sigmoid of b: gy s for a, gy a s (1 - s) for b. */
static void glu_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                    gt_tensor **gx) {
    int axis = node->attr.axis;
    int64_t half = node->shape.dim[axis];
    gt_tensor *a = gt_slice(g, node->inputs[0], axis, 0, half);
    gt_tensor *s = gt_sigmoid(g, gt_slice(g, node->inputs[0], axis, half, half));
    gt_tensor *share = gt_mul(g, gy, s);
    gt_tensor *slope = gt_mul(g, gt_mul(g, share, a), gt_affine(g, s, -1, 1));
    gx[0] = gt_concat(g, (gt_tensor *[]){share, slope}, 2, axis);
}

const gt_op_class gt_op_glu = {"glu", GT_OTHER, NULL, glu_reference, glu_vjp};

gt_tensor *gt_glu(gt_graph *g, gt_tensor *x, int axis) {
    if (gt_graph_failed(g)) return g->poison;
    gt_shape shape = x->shape;
    if (axis < 0 || axis >= shape.rank || shape.dim[axis] % 2) {
        char text[96];
        return gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_GLU, "axis %d of %s has no halves", axis,
                             gt_shape_text(shape, text));
    }
    shape.dim[axis] /= 2;
    gt_attr attr = {.axis = axis};
    return gt_graph_append(g, GT_OP_GLU, shape, &x, 1, &attr, NULL);
}
