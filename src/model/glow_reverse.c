/* From latents to images. */
#include "glow.h"

static gt_tensor *undo_flow(const glow *net, gt_graph *g, gt_tensor *const *leaves,
                            const glow_flow *flow, gt_tensor *y) {
    gt_tensor *told = glow_network(g, leaves, flow, y);
    y = net->is_affine ? gt_coupling_inverse(g, y, told)
                       : gt_coupling_additive_inverse(g, y, told);
    y = gt_channel_mix(g, y, gt_inverse(g, glow_matrix(g, leaves, flow)));
    return gt_actnorm_inverse(g, y, leaves[flow->loc], leaves[flow->scale]);
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
