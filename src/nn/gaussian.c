/* Diagonal Gaussians, parametrised by mean and log standard deviation. */
#include "galatea/nn.h"

#include <math.h>

gt_tensor *gt_gaussian_sample(gt_graph *g, gt_tensor *mean, gt_tensor *log_sd,
                              gt_tensor *noise) {
    return gt_add(g, mean, gt_mul(g, gt_exp(g, log_sd), noise));
}

gt_tensor *gt_gaussian_kl(gt_graph *g, gt_tensor *qm, gt_tensor *qs, gt_tensor *pm,
                          gt_tensor *ps) {
    gt_tensor *spread = gt_square(g, gt_exp(g, qs));
    gt_tensor *distance = gt_square(g, gt_sub(g, qm, pm));
    gt_tensor *ratio = gt_div(g, gt_add(g, spread, distance), gt_square(g, gt_exp(g, ps)));
    gt_tensor *logs = gt_affine(g, gt_sub(g, ps, qs), 1, -0.5);
    return gt_add(g, logs, gt_affine(g, ratio, 0.5, 0));
}

gt_tensor *gt_gaussian_log_prob(gt_graph *g, gt_tensor *x, gt_tensor *mean, gt_tensor *log_sd) {
    gt_tensor *distance = gt_square(g, gt_sub(g, x, mean));
    gt_tensor *ratio = gt_div(g, distance, gt_exp(g, gt_affine(g, log_sd, 2, 0)));
    gt_tensor *logs = gt_affine(g, log_sd, -1, -0.5 * log(2 * M_PI));
    return gt_sub(g, logs, gt_affine(g, ratio, 0.5, 0));
}
