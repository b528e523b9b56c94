/* shift.c - every image moved by whole pixels of its own, zeros where it leaves. Linear in the
 * images, and its own transpose with the shifts turned round; shifts have no gradient. */
#include "ops.h"

#include <math.h>

static bool shift_reference(const gt_tensor *node, const double *const *in, double *out) {
    int64_t c = node->shape.dim[1], h = node->shape.dim[2], w = node->shape.dim[3];
    for (int64_t i = 0; i < gt_shape_count(node->shape); i++) {
        int64_t image = i / (c * h * w), plane = i / (h * w);
        double row = (double)(i / w % h) + rint(in[1][2 * image]);
        double column = (double)(i % w) + rint(in[1][2 * image + 1]);
        bool inside = row >= 0 && row < (double)h && column >= 0 && column < (double)w;
        out[i] = inside ? in[0][(plane * h + (int64_t)row) * w + (int64_t)column] : 0;
    }
    return true;
}

static void shift_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                      gt_tensor **gx) {
    if (wanted[0]) gx[0] = gt_shift(g, gy, gt_neg(g, node->inputs[1]));
}

const gt_op_class gt_op_shift = {"shift", GT_OTHER, NULL, shift_reference, shift_vjp};

gt_tensor *gt_shift(gt_graph *g, gt_tensor *x, gt_tensor *by) {
    if (gt_graph_failed(g)) return g->poison;
    if (x->shape.rank != 4 || !gt_shape_equal(by->shape, GT_SHAPE(x->shape.dim[0], 2))) {
        char images[96], shifts[96];
        return gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_SHIFT,
                             "images %s by %s, expected (N,C,H,W) and (N,2)",
                             gt_shape_text(x->shape, images), gt_shape_text(by->shape, shifts));
    }
    return gt_graph_append(g, GT_OP_SHIFT, x->shape, (gt_tensor *[]){x, by}, 2, NULL, NULL);
}
