/* batch_norm.c - batch normalisation from its parts; the plan fuses them. */
#include "galatea/nn.h"

gt_tensor *gt_batch_norm(gt_graph *g, gt_tensor *x, gt_tensor *gamma, gt_tensor *beta,
                         double eps) {
    gt_shape shape = gt_tensor_shape(x), channels = GT_SHAPE(1, gt_tensor_dim(x, 1), 1, 1);
    double share = (double)gt_tensor_dim(x, 1) / (double)gt_shape_count(shape);
    gt_tensor *mean = gt_affine(g, gt_sum_to(g, x, channels), share, 0);
    gt_tensor *centred = gt_sub(g, x, mean);
    gt_tensor *variance =
        gt_affine(g, gt_sum_to(g, gt_square(g, centred), channels), share, eps);
    gt_tensor *scale = gt_div(g, gt_reshape(g, gamma, channels), gt_sqrt(g, variance));
    return gt_add(g, gt_mul(g, centred, scale), gt_reshape(g, beta, channels));
}
