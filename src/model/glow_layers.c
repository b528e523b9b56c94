/* The layers of Glow with their parameters, and how pixels come in. */
#include "glow.h"

#include "rng.h"

gt_tensor *glow_matrix(gt_graph *g, gt_tensor *const *leaves, const glow_flow *flow) {
    if (flow->plain >= 0) {
        gt_tensor *weight = leaves[flow->plain];
        return gt_reshape(g, weight,
                          GT_SHAPE(gt_tensor_dim(weight, 0), gt_tensor_dim(weight, 1)));
    }
    const gt_invconv_lu factors = {
        .lower = leaves[flow->lower],
        .upper = leaves[flow->upper],
        .log_s = leaves[flow->log_s],
        .sign = leaves[flow->sign],
        .permutation = leaves[flow->permutation],
        .below = leaves[flow->below],
        .above = leaves[flow->above],
        .identity = leaves[flow->unity],
    };
    return gt_invconv_weight(g, &factors);
}

gt_tensor *glow_matrix_log_det(gt_graph *g, gt_tensor *const *leaves, const glow_flow *flow,
                               gt_tensor *x) {
    double pixels = (double)(gt_tensor_dim(x, 2) * gt_tensor_dim(x, 3));
    gt_tensor *log_det = flow->plain < 0 ? gt_sum(g, leaves[flow->log_s])
                                         : gt_log_abs_det(g, glow_matrix(g, leaves, flow));
    return gt_reshape(g, gt_affine(g, log_det, pixels, 0), GT_SHAPE(1));
}

static gt_tensor *apply_zero_conv(gt_graph *g, gt_tensor *const *leaves,
                                  const glow_zero_conv *conv, gt_tensor *x) {
    return gt_zero_conv(g, x, leaves[conv->weight], leaves[conv->bias], leaves[conv->scale]);
}

gt_tensor *glow_network(gt_graph *g, gt_tensor *const *leaves, const glow_flow *flow,
                        gt_tensor *x) {
    gt_tensor *a = gt_slice(g, x, 1, 0, gt_tensor_dim(x, 1) / 2);
    a = gt_relu(g, gt_conv_layer_apply(g, leaves, &flow->first, a));
    a = gt_relu(g, gt_conv_layer_apply(g, leaves, &flow->second, a));
    return apply_zero_conv(g, leaves, &flow->last, a);
}

glow_prior glow_prior_of(const glow *net, gt_graph *g, gt_tensor *const *leaves, int level,
                         gt_tensor *passed) {
    const glow_level *own = &net->levels[level];
    gt_shape inside = own->inside;
    if (!passed)
        passed = gt_constant(g, 0, GT_SHAPE(1, inside.dim[0], inside.dim[1], inside.dim[2]));
    gt_tensor *both = apply_zero_conv(g, leaves, &own->prior, passed);
    int64_t c = own->latent.dim[0];
    return (glow_prior){both, gt_slice(g, both, 1, 0, c), gt_slice(g, both, 1, c, c)};
}

gt_tensor *glow_cut(const glow *net, gt_graph *g, gt_tensor *images) {
    gt_shape shape = gt_tensor_shape(images);
    gt_tensor *levels = gt_affine(g, images, 1, GLOW_ROUNDING);
    gt_tensor *cut = gt_affine(g, gt_floor_level(g, levels, 256 >> net->bits), 1.0 / 256, -0.5);
    shape.dim[1] = net->channels;
    return net->channels == net->taken ? cut : gt_broadcast(g, cut, shape);
}

gt_tensor *glow_dequantise(const glow *net, gt_graph *g, gt_tensor *cut, gt_tensor *noise) {
    return gt_add(g, cut, gt_affine(g, noise, 1.0 / (double)(1 << net->bits), 0));
}

gt_tensor *glow_noise(const glow *net, gt_graph *g, gt_tensor *cut) {
    return gt_random_uniform(g, "dequantise", gt_rng_stream("glow.dequantise"),
                             gt_tensor_shape(cut));
}
