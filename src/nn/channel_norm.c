/* channel_norm.c - every pixel normalised over its channels. */
#include "galatea/nn.h"

gt_tensor *gt_channel_norm(gt_graph *g, gt_tensor *x, gt_tensor *gain, gt_tensor *shift,
                           double eps) {
    gt_shape each = gt_tensor_shape(x);
    double share = 1 / (double)gt_tensor_dim(x, 1);
    each.dim[1] = 1;
    gt_tensor *rest = gt_sub(g, x, gt_affine(g, gt_sum_to(g, x, each), share, 0));
    gt_tensor *squares = gt_sum_to(g, gt_square(g, rest), each);
    gt_tensor *deviation = gt_sqrt(g, gt_affine(g, squares, share, eps));
    return gt_add(g, gt_mul(g, gt_div(g, rest, deviation), gain), shift);
}

/* The floor stands under the root: the gradient of a vector of zeros is finite. */
gt_tensor *gt_unit_length(gt_graph *g, gt_tensor *x, int axis, double floor) {
    gt_shape each = gt_tensor_shape(x);
    each.dim[axis] = 1;
    gt_tensor *squares = gt_sum_to(g, gt_square(g, x), each);
    gt_tensor *least = gt_constant(g, floor * floor, gt_tensor_shape(squares));
    return gt_div(g, x, gt_sqrt(g, gt_max(g, squares, least)));
}
