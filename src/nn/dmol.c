/* Discretised mixture of logistics as graph nodes: targets and negative log-likelihood. */
#include "galatea/nn.h"

#include <math.h>

int gt_dmol_width(gt_dmol dmol) {
    return (dmol.channels == 1 ? 3 : 10) * dmol.mixtures;
}

/* Subtracted first, exactly: one rounding in all. */
static gt_tensor *centred(gt_graph *g, gt_tensor *pixels) {
    return gt_affine(g, gt_affine(g, pixels, 1, -127.5), 1 / 127.5, 0);
}

gt_tensor *gt_dmol_target(gt_graph *g, gt_dmol dmol, gt_tensor *pixels) {
    if (!dmol.low_bit) return centred(g, pixels);
    return centred(g, gt_floor_level(g, pixels, 8));
}

gt_tensor *gt_dmol_component(gt_graph *g, gt_dmol dmol, gt_tensor *t, gt_tensor *mean,
                             gt_tensor *log_scale) {
    double half_bin = dmol.low_bit ? 1.0 / 31 : 1.0 / 255, log_bins = log(0.5 / half_bin);
    gt_shape one = gt_shape_scalar();
    gt_tensor *s = gt_max(g, log_scale, gt_constant(g, -7, one));
    gt_tensor *inverse = gt_exp(g, gt_neg(g, s));
    gt_tensor *d = gt_sub(g, t, mean);
    gt_tensor *plus = gt_mul(g, inverse, gt_affine(g, d, 1, half_bin));
    gt_tensor *minus = gt_mul(g, inverse, gt_affine(g, d, 1, -half_bin));
    gt_tensor *mid = gt_mul(g, inverse, d);
    gt_tensor *delta = gt_sub(g, gt_sigmoid(g, plus), gt_sigmoid(g, minus));

    gt_tensor *lowest = gt_sub(g, plus, gt_softplus(g, plus));
    gt_tensor *highest = gt_neg(g, gt_softplus(g, minus));
    gt_tensor *bin = gt_log(g, gt_max(g, delta, gt_constant(g, 1e-12, one)));
    gt_tensor *tails = gt_affine(g, gt_softplus(g, mid), -2, -log_bins);
    gt_tensor *density = gt_add(g, gt_sub(g, mid, s), tails);

    gt_tensor *is_wide = gt_less(g, gt_constant(g, 1e-5, one), delta);
    gt_tensor *is_high = gt_less(g, gt_constant(g, 0.999, one), t);
    gt_tensor *is_low = gt_less(g, t, gt_constant(g, -0.999, one));
    gt_tensor *inside = gt_select(g, is_wide, bin, density);
    return gt_select(g, is_low, lowest, gt_select(g, is_high, highest, inside));
}

/* Means of colour c: those of the parameters, moved by the true values of the colours before.
 */
static gt_tensor *colour_means(gt_graph *g, gt_dmol dmol, gt_tensor *params, gt_tensor *t,
                               int c) {
    int k = dmol.mixtures;
    gt_tensor *mean = gt_slice(g, params, 1, k + 3 * k * c, k);
    if (dmol.channels == 1) return gt_slice(g, params, 1, k, k);
    for (int before = 0; before < c; ++before) {
        /* Green leans on red by the run of colour 0; blue on red and green by those of 1 and 2.
         */
        int run = c == 1 ? 0 : 1 + before;
        gt_tensor *raw = gt_slice(g, params, 1, k + 3 * k * run + 2 * k, k);
        gt_tensor *value = gt_slice(g, t, 1, before, 1);
        mean = gt_add(g, mean, gt_mul(g, gt_tanh(g, raw), value));
    }
    return mean;
}

gt_tensor *gt_dmol_log_prob(gt_graph *g, gt_dmol dmol, gt_tensor *params, gt_tensor *t) {
    int k = dmol.mixtures;
    gt_tensor *logits = gt_slice(g, params, 1, 0, k), *joint = logits;
    for (int c = 0; c < dmol.channels; ++c) {
        gt_tensor *mean = colour_means(g, dmol, params, t, c);
        gt_tensor *log_scale = gt_slice(g, params, 1, 2 * k + 3 * k * c, k);
        gt_tensor *value = gt_slice(g, t, 1, c, 1);
        joint = gt_add(g, joint, gt_dmol_component(g, dmol, value, mean, log_scale));
    }
    /* sum_k softmax(logits)_k p_k = sum_k exp(logits_k) p_k / sum_k exp(logits_k) */
    return gt_sub(g, gt_logsumexp(g, joint, 1), gt_logsumexp(g, logits, 1));
}

gt_tensor *gt_dmol_nll(gt_graph *g, gt_dmol dmol, gt_tensor *params, gt_tensor *t) {
    gt_tensor *log_prob = gt_dmol_log_prob(g, dmol, params, t);
    double values = (double)gt_shape_count(gt_tensor_shape(t)) / gt_tensor_dim(t, 0);
    return gt_affine(g, gt_sum_per_image(g, log_prob), -1 / values, 0);
}
