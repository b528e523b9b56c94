/* pairs.c - losses that compare two views of each row, and how far such rows spread. */
#include "galatea/nn.h"

/* PyTorch's guards: of normalisation, and of each norm in a cosine. */
static const double unit_floor = 1e-12, cosine_floor = 1e-8;

gt_tensor *gt_unit_rows(gt_graph *g, gt_tensor *x, double floor) {
    return gt_unit_length(g, x, 1, floor);
}

/* 1 on the diagonal: every (n + 1)th number of a row of n x n. */
static gt_tensor *identity(gt_graph *g, int64_t n) {
    gt_tensor *ones = gt_constant(g, 1, GT_SHAPE(n, 1));
    gt_tensor *wide = gt_reshape(g, gt_pad(g, ones, 1, 0, n, 0), GT_SHAPE(n * (n + 1)));
    return gt_reshape(g, gt_slice(g, wide, 0, 0, n * n), GT_SHAPE(n, n));
}

gt_tensor *gt_nt_xent(gt_graph *g, gt_tensor *z0, gt_tensor *z1, double temperature) {
    int64_t n = gt_tensor_dim(z0, 0);
    gt_tensor *views[] = {gt_unit_rows(g, z0, unit_floor), gt_unit_rows(g, z1, unit_floor)};
    gt_tensor *u = gt_concat(g, views, 2, 0);
    gt_tensor *products = gt_matmul(g, u, u, false, true);
    gt_tensor *logits = gt_affine(g, products, 1 / temperature, 0);
    gt_tensor *never = gt_constant(g, -1e30, GT_SHAPE(2 * n, 2 * n));
    gt_tensor *others = gt_select(g, identity(g, 2 * n), never, logits);
    gt_tensor *all = gt_sum(g, gt_logsumexp(g, others, 1));
    gt_tensor *pairs = gt_sum(g, gt_mul(g, views[0], views[1]));
    gt_tensor *loss = gt_sub(g, all, gt_affine(g, pairs, 2 / temperature, 0));
    return gt_affine(g, loss, 0.5 / (double)n, 0);
}

gt_tensor *gt_negative_cosine(gt_graph *g, gt_tensor *p, gt_tensor *z) {
    gt_tensor *target = gt_unit_rows(g, gt_stop_gradient(g, z), cosine_floor);
    gt_tensor *cosines = gt_sum(g, gt_mul(g, gt_unit_rows(g, p, cosine_floor), target));
    return gt_affine(g, cosines, -1 / (double)gt_tensor_dim(p, 0), 0);
}

gt_tensor *gt_unit_spread(gt_graph *g, gt_tensor *x) {
    int64_t n = gt_tensor_dim(x, 0);
    gt_shape each = GT_SHAPE(1, gt_tensor_dim(x, 1));
    gt_tensor *u = gt_unit_rows(g, x, unit_floor);
    gt_tensor *mean = gt_affine(g, gt_sum_to(g, u, each), 1 / (double)n, 0);
    gt_tensor *squares = gt_sum_to(g, gt_square(g, gt_sub(g, u, mean)), each);
    return gt_sqrt(g, gt_affine(g, squares, 1 / (double)(n > 1 ? n - 1 : 1), 0));
}
