/* From latents to images. */
#include "glow.h"

/* Back through the matrix and the actnorm before it, in one pass: x = (M^-1 y) / scale - loc is
 * a product with rows that are divided once. */
static gt_tensor *undo_mixing(gt_graph *g, gt_tensor *const *leaves, const glow_flow *flow,
                              gt_tensor *y, gt_tensor *matrix) {
    int64_t c = gt_tensor_dim(y, 1);
    gt_tensor *scale = gt_reshape(g, leaves[flow->scale], GT_SHAPE(c, 1));
    gt_tensor *bias = gt_neg(g, gt_reshape(g, leaves[flow->loc], GT_SHAPE(c)));
    gt_tensor *rows = gt_div(g, gt_inverse(g, matrix), scale);
    return gt_conv2d(g, y, gt_reshape(g, rows, GT_SHAPE(c, c, 1, 1)), bias,
                     (gt_conv){.stride = 1, .groups = 1});
}

static gt_tensor *undo_flow(const glow *net, gt_graph *g, gt_tensor *const *leaves,
                            const glow_flow *flow, gt_tensor *y) {
    gt_tensor *told = glow_network(g, leaves, flow, y);
    y = net->is_affine ? gt_coupling_inverse(g, y, told)
                       : gt_coupling_additive_inverse(g, y, told);
    return undo_mixing(g, leaves, flow, y, glow_matrix(g, leaves, flow));
}

/* z of a level, given what comes from the levels below it (of the last one: NULL). */
static gt_tensor *colour(const glow *net, gt_graph *g, gt_tensor *const *leaves, int level,
                         gt_tensor *below, gt_tensor *white) {
    glow_prior prior = glow_prior_of(net, g, leaves, level, below);
    return gt_gaussian_sample(g, prior.mean, prior.log_sd, white);
}

gt_tensor *glow_reverse(const glow *net, gt_graph *g, gt_tensor *const *leaves,
                        gt_tensor *const *latents, bool are_white) {
    gt_tensor *x = NULL;
    for (int l = net->level_count - 1; l >= 0; --l) {
        gt_tensor *z = are_white ? colour(net, g, leaves, l, x, latents[l]) : latents[l];
        x = x ? gt_concat(g, (gt_tensor *[]){x, z}, 2, 1) : z;
        for (int f = net->flow_count - 1; f >= 0; --f) {
            gt_graph_push_scope(g, "blocks.%d.flows.%d", l, f);
            x = undo_flow(net, g, leaves, &net->levels[l].flows[f], x);
            gt_graph_pop_scope(g);
        }
        x = gt_pixel_shuffle(g, x, 2);
    }
    return x;
}
