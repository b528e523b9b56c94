/* classes.c - losses and figures of classes that are told by numbers. */
#include "galatea/nn.h"

/* (N,classes): 1 in the place of a row's label, none for -1. */
static gt_tensor *one_hot(gt_graph *g, gt_tensor *labels, int64_t classes) {
    gt_tensor *places[GT_REALS_MOST];
    int64_t rows = gt_tensor_dim(labels, 0);
    if (classes < 1 || classes > GT_REALS_MOST)
        return gt_graph_refuse(g, "%lld classes, expected 1 to %d", (long long)classes,
                               GT_REALS_MOST);
    for (int64_t k = 0; k < classes; k++) places[k] = gt_constant(g, (double)k, GT_SHAPE(1, 1));
    gt_tensor *apart = gt_sub(g, gt_reshape(g, labels, GT_SHAPE(rows, 1)),
                              gt_concat(g, places, (int)classes, 1));
    gt_tensor *is_other = gt_step(g, gt_affine(g, gt_abs(g, apart), 1, -0.5));
    return gt_affine(g, is_other, -1, 1);
}

/* (1,classes) */
static gt_tensor *weights_of(gt_graph *g, const gt_reals *weights, int64_t classes) {
    gt_tensor *parts[GT_REALS_MOST];
    for (int64_t k = 0; k < classes && k < GT_REALS_MOST; k++)
        parts[k] = gt_constant(g, gt_reals_at(weights, (int)k), GT_SHAPE(1, 1));
    return gt_concat(g, parts, (int)classes, 1);
}

static gt_tensor *sum_of_rows(gt_graph *g, gt_tensor *x) {
    return gt_sum_to(g, x, GT_SHAPE(gt_tensor_dim(x, 0), 1));
}

gt_tensor *gt_cross_entropy(gt_graph *g, gt_tensor *logits, gt_tensor *labels,
                            const gt_reals *weights, double smoothing) {
    int64_t classes = gt_tensor_dim(logits, 1);
    gt_tensor *own = one_hot(g, labels, classes);
    gt_tensor *weight = weights_of(g, weights, classes);
    gt_tensor *surprise = gt_mul(g, gt_neg(g, gt_log_softmax(g, logits, 1)), weight);
    gt_tensor *loss = sum_of_rows(g, gt_mul(g, own, surprise));
    if (smoothing > 0) {
        gt_tensor *all = gt_mul(g, sum_of_rows(g, surprise), sum_of_rows(g, own));
        loss = gt_add(g, gt_affine(g, loss, 1 - smoothing, 0),
                      gt_affine(g, all, smoothing / (double)classes, 0));
    }
    gt_tensor *whole = gt_sum(g, gt_mul(g, own, weight));
    return gt_div(g, gt_sum(g, loss),
                  gt_max(g, whole, gt_constant(g, 1e-30, gt_shape_scalar())));
}

gt_tensor *gt_share_of_hits(gt_graph *g, gt_tensor *logits, gt_tensor *labels) {
    gt_tensor *own = one_hot(g, labels, gt_tensor_dim(logits, 1));
    gt_tensor *known = sum_of_rows(g, own);
    gt_tensor *score = sum_of_rows(g, gt_mul(g, own, logits));
    gt_tensor *misses = gt_step(g, gt_sub(g, gt_reduce_max(g, logits, 1), score));
    gt_tensor *hits = gt_mul(g, known, gt_affine(g, misses, -1, 1));
    gt_tensor *count = gt_max(g, gt_sum(g, known), gt_constant(g, 1, gt_shape_scalar()));
    return gt_div(g, gt_sum(g, hits), count);
}
