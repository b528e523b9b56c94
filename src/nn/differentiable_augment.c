/* differentiable_augment.c - changes of images that gradients pass through (Zhao et al. 2020):
 * what chance decides comes in as tensors. */
#include "galatea/nn.h"

gt_tensor *gt_cut_out(gt_graph *g, gt_tensor *x, gt_tensor *centre, int64_t side) {
    gt_shape s = gt_tensor_shape(x);
    gt_tensor *hole = gt_constant(g, 1, GT_SHAPE(s.dim[0], 1, side, side));
    hole = gt_pad(g, gt_pad(g, hole, 2, 0, s.dim[2] - side, 0), 3, 0, s.dim[3] - side, 0);
    gt_tensor *from_corner = gt_affine(g, centre, -1, (double)(side / 2));
    return gt_mul(g, x, gt_affine(g, gt_shift(g, hole, from_corner), -1, 1));
}

gt_tensor *gt_roll(gt_graph *g, gt_tensor *x, gt_tensor *by, int axis) {
    double side = (double)gt_tensor_dim(x, axis);
    gt_tensor *rest = gt_constant(g, 0, GT_SHAPE(gt_tensor_dim(x, 0), 1)), *out = NULL;
    for (int turn = -1; turn <= 1; ++turn) { /* no two of them have a pixel at one place */
        gt_tensor *along = gt_affine(g, by, -1, turn * side);
        gt_tensor *parts[] = {axis == 2 ? along : rest, axis == 2 ? rest : along};
        gt_tensor *moved = gt_shift(g, x, gt_concat(g, parts, 2, 1));
        out = out ? gt_add(g, out, moved) : moved;
    }
    return out;
}

/* Distance from the mean over the axes that `each` has 1 along, by a factor. */
static gt_tensor *spread(gt_graph *g, gt_tensor *x, gt_shape each, gt_tensor *factor) {
    double share = (double)gt_shape_count(each) / (double)gt_shape_count(gt_tensor_shape(x));
    gt_tensor *mean = gt_affine(g, gt_sum_to(g, x, each), share, 0);
    return gt_add(g, gt_mul(g, gt_sub(g, x, mean), factor), mean);
}

gt_tensor *gt_jitter_colour(gt_graph *g, gt_tensor *x, gt_tensor *brightness,
                            gt_tensor *saturation, gt_tensor *contrast) {
    int64_t n = gt_tensor_dim(x, 0), h = gt_tensor_dim(x, 2), w = gt_tensor_dim(x, 3);
    x = gt_add(g, x, gt_affine(g, brightness, 1, -0.5));
    x = spread(g, x, GT_SHAPE(n, 1, h, w), gt_affine(g, saturation, 2, 0));
    return spread(g, x, GT_SHAPE(n, 1, 1, 1), gt_affine(g, contrast, 1, 0.5));
}
