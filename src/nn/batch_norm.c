/* batch_norm.c - batch normalisation from its parts; the plan fuses them.
 *
 * Written so that each direction reads its input as rarely as can be: the sums of d and d^2 are
 * one pass (d = x less a value near the mean, so that nothing cancels), and the gradient is
 * again two sums in one pass and a linear combination of g and d with coefficients per channel.
 */
#include "galatea/nn.h"

/* A value near the mean of each channel, (1,C,1,1): the mean of the first image. The result
 * does not depend on it but for rounding, and so no gradient passes. */
static gt_tensor *near_mean(gt_graph *g, gt_tensor *x, gt_shape channels) {
    gt_shape shape = gt_tensor_shape(x);
    gt_tensor *first = gt_slice(g, x, 0, 0, 1);
    double share = 1 / (double)(shape.dim[2] * shape.dim[3]);
    return gt_stop_gradient(g, gt_affine(g, gt_sum_to(g, first, channels), share, 0));
}

/* d = x - near; its mean and its biased variance plus eps. */
typedef struct spread {
    gt_tensor *near, *d, *mean, *variance;
} spread;

static spread spread_of(gt_graph *g, gt_tensor *x, double eps) {
    gt_shape shape = gt_tensor_shape(x), channels = GT_SHAPE(1, gt_tensor_dim(x, 1), 1, 1);
    double share = (double)gt_tensor_dim(x, 1) / (double)gt_shape_count(shape);
    gt_tensor *near = near_mean(g, x, channels), *d = gt_sub(g, x, near);
    gt_tensor *mean = gt_affine(g, gt_sum_to(g, d, channels), share, 0);
    gt_tensor *square = gt_affine(g, gt_sum_to(g, gt_square(g, d), channels), share, eps);
    return (spread){near, d, mean, gt_sub(g, square, gt_square(g, mean))};
}

gt_tensor *gt_batch_norm_moments(gt_graph *g, gt_tensor *x, gt_tensor *gamma, gt_tensor *beta,
                                 double eps, gt_moments *moments) {
    gt_shape channels = GT_SHAPE(1, gt_tensor_dim(x, 1), 1, 1);
    spread of = spread_of(g, x, eps);
    gt_tensor *scale = gt_reciprocal(g, gt_sqrt(g, of.variance));
    if (gamma) scale = gt_mul(g, gt_reshape(g, gamma, channels), scale);
    gt_tensor *shift = gt_neg(g, gt_mul(g, of.mean, scale));
    if (beta) shift = gt_add(g, gt_reshape(g, beta, channels), shift);
    *moments = (gt_moments){gt_add(g, of.mean, of.near), gt_affine(g, of.variance, 1, -eps)};
    return gt_add(g, gt_mul(g, of.d, scale), shift);
}

gt_tensor *gt_bias_free_norm(gt_graph *g, gt_tensor *x, gt_tensor *gamma, double eps,
                             gt_tensor **deviation) {
    *deviation = gt_sqrt(g, spread_of(g, x, eps).variance);
    return gt_mul(g, x, gt_div(g, gamma, *deviation));
}

gt_tensor *gt_batch_norm(gt_graph *g, gt_tensor *x, gt_tensor *gamma, gt_tensor *beta,
                         double eps) {
    gt_moments unused;
    return gt_batch_norm_moments(g, x, gamma, beta, eps, &unused);
}

gt_norm_line gt_batch_norm_line(gt_graph *g, gt_tensor *gamma, gt_tensor *beta, gt_tensor *mean,
                                gt_tensor *variance, double eps) {
    gt_tensor *scale = gt_reciprocal(g, gt_sqrt(g, gt_affine(g, variance, 1, eps)));
    if (gamma) scale = gt_mul(g, gamma, scale);
    gt_tensor *shift = gt_neg(g, gt_mul(g, mean, scale));
    return (gt_norm_line){scale, beta ? gt_add(g, beta, shift) : shift};
}
