/* From images to latents. */
#include <stdlib.h>

#include "glow.h"

/* The least of each image, (N,1). */
static gt_tensor *least(gt_graph *g, gt_tensor *x) {
    int64_t n = gt_tensor_dim(x, 0), each = gt_shape_count(gt_tensor_shape(x)) / n;
    return gt_neg(g, gt_reduce_max(g, gt_neg(g, gt_reshape(g, x, GT_SHAPE(n, each))), 1));
}

static void note_log_s(glow_pass *pass, gt_graph *g, gt_tensor *net) {
    gt_tensor *a = gt_slice(g, gt_stop_gradient(g, net), 1, 0, gt_tensor_dim(net, 1) / 2);
    gt_tensor *found = least(g, a);
    pass->least_log_s = pass->least_log_s ? gt_min(g, pass->least_log_s, found) : found;
}

static gt_tensor *couple(glow_pass *pass, gt_graph *g, gt_tensor *const *leaves,
                         const glow_flow *flow, glow_step *step) {
    gt_tensor *net = glow_network(g, leaves, flow, step->mixed);
    if (!pass->net->is_affine) return gt_coupling_additive(g, step->mixed, net);
    note_log_s(pass, g, net);
    step->coupled_det = gt_coupling_log_det(g, net);
    return gt_coupling(g, step->mixed, net);
}

static gt_tensor *apply_flow(glow_pass *pass, gt_graph *g, gt_tensor *const *leaves,
                             const glow_flow *flow, gt_tensor *x, bool from_data,
                             glow_step *step) {
    step->loc = leaves[flow->loc];
    step->scale = leaves[flow->scale];
    if (from_data) gt_actnorm_from_data(g, x, &step->loc, &step->scale);
    step->normed = gt_actnorm(g, x, step->loc, step->scale);
    step->normed_det = gt_actnorm_log_det(g, x, step->scale);
    step->matrix = glow_matrix(g, leaves, flow);
    step->mixed = gt_channel_mix(g, step->normed, step->matrix);
    step->mixed_det = glow_matrix_log_det(g, leaves, flow, x);
    step->coupled = couple(pass, g, leaves, flow, step);
    return step->coupled;
}

static gt_tensor *sum(gt_graph *g, gt_tensor *a, gt_tensor *b) {
    return a && b ? gt_add(g, a, b) : a ? a : b;
}

/* Those that are the same for all images first, which are computed once per change. */
static gt_tensor *sum_log_dets(const glow *net, gt_graph *g, const glow_step *steps) {
    gt_tensor *shared = NULL, *own = NULL;
    for (int f = 0; f < net->flow_count; ++f) {
        shared = sum(g, shared, sum(g, steps[f].normed_det, steps[f].mixed_det));
        own = sum(g, own, steps[f].coupled_det);
    }
    return sum(g, shared, own);
}

static void set_aside(const glow *net, gt_graph *g, gt_tensor *const *leaves, int level,
                      gt_tensor *x, glow_level_pass *out) {
    int64_t half = gt_tensor_dim(x, 1) / 2;
    bool is_last = level + 1 == net->level_count;
    out->passed = is_last ? x : gt_slice(g, x, 1, 0, half);
    out->z = is_last ? x : gt_slice(g, x, 1, half, half);
    out->prior = glow_prior_of(net, g, leaves, level, is_last ? NULL : out->passed);
    out->log_p = gt_sum_per_image(
        g, gt_gaussian_log_prob(g, out->z, out->prior.mean, out->prior.log_sd));
}

static gt_tensor *apply_level(glow_pass *pass, gt_graph *g, gt_tensor *const *leaves, int level,
                              gt_tensor *x, bool from_data) {
    const glow *net = pass->net;
    glow_level_pass *own = &pass->levels[level];
    x = gt_pixel_unshuffle(g, x, 2);
    for (int f = 0; f < net->flow_count; ++f) {
        gt_graph_push_scope(g, "blocks.%d.flows.%d", level, f);
        x = apply_flow(pass, g, leaves, &net->levels[level].flows[f], x, from_data,
                       &own->steps[f]);
        gt_graph_pop_scope(g);
    }
    own->log_det = sum_log_dets(net, g, own->steps);
    set_aside(net, g, leaves, level, x, own);
    pass->log_det = sum(g, pass->log_det, own->log_det);
    pass->log_p = sum(g, pass->log_p, own->log_p);
    return own->passed;
}

gt_status glow_pass_create(const glow *net, gt_graph *g, gt_tensor *const *leaves, gt_tensor *x,
                           bool from_data, glow_pass **out, gt_error *err) {
    gt_status status = GT_OK;
    glow_pass *pass = calloc(1, sizeof *pass);
    if (!pass) return gt_fail(err, GT_NO_MEMORY, "no memory for a pass");
    pass->net = net;
    for (int l = 0; l < net->level_count; ++l) {
        pass->levels[l].steps = calloc((size_t)net->flow_count, sizeof(glow_step));
        if (!pass->levels[l].steps) GT_THROW(err, GT_NO_MEMORY, "no memory for a pass");
    }
    for (int l = 0; l < net->level_count; ++l)
        x = apply_level(pass, g, leaves, l, x, from_data);
    *out = pass;
    pass = NULL;
done:
    glow_pass_destroy(pass);
    return status;
}

void glow_pass_destroy(glow_pass *pass) {
    if (!pass) return;
    for (int l = 0; l < GLOW_LEVELS; ++l) free(pass->levels[l].steps);
    free(pass);
}

gt_tensor *glow_whiten(const glow_pass *pass, gt_graph *g, int level) {
    const glow_level_pass *own = &pass->levels[level];
    gt_tensor *inverse = gt_exp(g, gt_neg(g, own->prior.log_sd));
    return gt_mul(g, gt_sub(g, own->z, own->prior.mean), inverse);
}

gt_tensor *glow_join(const glow *net, gt_graph *g, gt_tensor *const *latents) {
    gt_tensor *rows[GLOW_LEVELS];
    for (int l = 0; l < net->level_count; ++l)
        rows[l] = gt_reshape(
            g, latents[l],
            GT_SHAPE(gt_tensor_dim(latents[l], 0), gt_shape_count(net->levels[l].latent)));
    return gt_concat(g, rows, net->level_count, 1);
}
