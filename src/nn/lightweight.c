/* lightweight.c - blocks of the light-weight GAN (Liu et al. 2021, and its public
 * implementation). */
#include "galatea/nn.h"

static const double slope = 0.1; /* of every leaky ReLU */

static gt_tensor *conv(gt_graph *g, gt_tensor *x, gt_weights layer, int pad) {
    return gt_conv2d(g, x, layer.weight, layer.bias, (gt_conv){1, pad, 1});
}

gt_tensor *gt_shuffle_up(gt_graph *g, gt_tensor *x, gt_weights layer) {
    return gt_pixel_shuffle(g, gt_silu(g, conv(g, x, layer, 0)), 2);
}

gt_tensor *gt_residual_down(gt_graph *g, gt_tensor *x, const gt_residual_down_layers *layers) {
    gt_tensor *deep = conv(g, gt_pixel_unshuffle(g, x, 2), layers->first, 0);
    deep = conv(g, gt_leaky_relu(g, deep, slope), layers->second, 1);
    gt_tensor *shallow = conv(g, gt_avg_pool(g, x, 2), layers->shortcut, 0);
    return gt_add(g, gt_leaky_relu(g, deep, slope), gt_leaky_relu(g, shallow, slope));
}
