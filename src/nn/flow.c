/* The layers of normalising flows: actnorm, invertible 1x1 convolution, affine coupling. */
#include "galatea/nn.h"

static double pixels_of(const gt_tensor *x) {
    return (double)(gt_tensor_dim(x, 2) * gt_tensor_dim(x, 3));
}

gt_tensor *gt_actnorm(gt_graph *g, gt_tensor *x, gt_tensor *loc, gt_tensor *scale) {
    return gt_mul(g, scale, gt_add(g, x, loc));
}

gt_tensor *gt_actnorm_inverse(gt_graph *g, gt_tensor *y, gt_tensor *loc, gt_tensor *scale) {
    return gt_sub(g, gt_div(g, y, scale), loc);
}

gt_tensor *gt_actnorm_log_det(gt_graph *g, gt_tensor *x, gt_tensor *scale) {
    gt_tensor *sum = gt_sum(g, gt_log(g, gt_abs(g, scale)));
    return gt_reshape(g, gt_affine(g, sum, pixels_of(x), 0), GT_SHAPE(1));
}

void gt_actnorm_from_data(gt_graph *g, gt_tensor *x, gt_tensor **loc, gt_tensor **scale) {
    gt_shape channels = GT_SHAPE(1, gt_tensor_dim(x, 1), 1, 1);
    double n = pixels_of(x) * gt_tensor_dim(x, 0);
    gt_tensor *mean = gt_affine(g, gt_sum_to(g, x, channels), 1 / n, 0);
    gt_tensor *squares = gt_sum_to(g, gt_square(g, gt_sub(g, x, mean)), channels);
    gt_tensor *deviation = gt_sqrt(g, gt_affine(g, squares, 1 / (n - 1), 0));
    *loc = gt_neg(g, mean);
    *scale = gt_reciprocal(g, gt_affine(g, deviation, 1, 1e-6));
}

gt_tensor *gt_invconv_weight(gt_graph *g, const gt_invconv_lu *lu) {
    gt_tensor *lower = gt_add(g, gt_mul(g, lu->lower, lu->below), lu->identity);
    gt_tensor *diagonal = gt_mul(g, lu->identity, gt_mul(g, lu->sign, gt_exp(g, lu->log_s)));
    gt_tensor *upper = gt_add(g, gt_mul(g, lu->upper, lu->above), diagonal);
    return gt_matmul(g, lu->permutation, gt_matmul(g, lower, upper, false, false), false,
                     false);
}

gt_tensor *gt_channel_mix(gt_graph *g, gt_tensor *x, gt_tensor *matrix) {
    int64_t c = gt_tensor_dim(x, 1);
    gt_tensor *weight = gt_reshape(g, matrix, GT_SHAPE(c, c, 1, 1));
    return gt_conv2d(g, x, weight, NULL, (gt_conv){.stride = 1, .groups = 1});
}

/* What a ring of ones around an image adds to a convolution of it, and the bias. (1,O,H,W) */
static gt_tensor *from_ring(gt_graph *g, gt_tensor *x, gt_tensor *weight, gt_tensor *bias) {
    gt_shape image = gt_tensor_shape(x), window = gt_tensor_shape(weight);
    image.dim[0] = image.dim[1] = window.dim[1] = 1;
    gt_tensor *ring = gt_pad_border(g, gt_constant(g, 0, image), 1, 1);
    gt_conv how = {.stride = 1, .groups = 1};
    return gt_conv2d(g, ring, gt_sum_to(g, weight, window), bias, how);
}

/* The ring is the same for all images and channels: it is taken once per change of the weights,
 * not copied around every image. */
gt_tensor *gt_zero_conv(gt_graph *g, gt_tensor *x, gt_tensor *weight, gt_tensor *bias,
                        gt_tensor *scale) {
    gt_conv how = {.stride = 1, .pad = 1, .groups = 1};
    gt_tensor *inside = gt_conv2d(g, x, weight, NULL, how);
    gt_tensor *y = gt_add(g, inside, from_ring(g, x, weight, bias));
    return gt_mul(g, y, gt_exp(g, gt_affine(g, scale, 3, 0)));
}

/* Halves of the channels. */
static gt_tensor *first_half(gt_graph *g, gt_tensor *x) {
    return gt_slice(g, x, 1, 0, gt_tensor_dim(x, 1) / 2);
}

static gt_tensor *second_half(gt_graph *g, gt_tensor *x) {
    int64_t half = gt_tensor_dim(x, 1) / 2;
    return gt_slice(g, x, 1, half, gt_tensor_dim(x, 1) - half);
}

gt_tensor *gt_coupling(gt_graph *g, gt_tensor *x, gt_tensor *net) {
    gt_tensor *s = gt_sigmoid(g, gt_affine(g, first_half(g, net), 1, 2));
    gt_tensor *moved = gt_add(g, second_half(g, x), second_half(g, net));
    return gt_concat(g, (gt_tensor *[]){first_half(g, x), gt_mul(g, moved, s)}, 2, 1);
}

gt_tensor *gt_coupling_inverse(gt_graph *g, gt_tensor *y, gt_tensor *net) {
    gt_tensor *s = gt_sigmoid(g, gt_affine(g, first_half(g, net), 1, 2));
    gt_tensor *b = gt_sub(g, gt_div(g, second_half(g, y), s), second_half(g, net));
    return gt_concat(g, (gt_tensor *[]){first_half(g, y), b}, 2, 1);
}

gt_tensor *gt_coupling_log_det(gt_graph *g, gt_tensor *net) {
    /* log sigmoid(a) = -softplus(-a) stays finite where the sigmoid underflows. */
    gt_tensor *log_s = gt_neg(g, gt_softplus(g, gt_affine(g, first_half(g, net), -1, -2)));
    return gt_sum_per_image(g, log_s);
}

gt_tensor *gt_coupling_additive(gt_graph *g, gt_tensor *x, gt_tensor *net) {
    gt_tensor *b = gt_add(g, second_half(g, x), net);
    return gt_concat(g, (gt_tensor *[]){first_half(g, x), b}, 2, 1);
}

gt_tensor *gt_coupling_additive_inverse(gt_graph *g, gt_tensor *y, gt_tensor *net) {
    gt_tensor *b = gt_sub(g, second_half(g, y), net);
    return gt_concat(g, (gt_tensor *[]){first_half(g, y), b}, 2, 1);
}
