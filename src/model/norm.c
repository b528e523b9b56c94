/* Batch norms as layers: parameters, running statistics, both ways of normalising. */
#include <stdio.h>

#include "net_pass.h"

static const double eps = 1e-5;

static int add_part(gt_params *params, adder add, const char *name, const char *part,
                    int64_t channels) {
    char full[128];
    snprintf(full, sizeof full, "%s.%s", name, part);
    return add(params, full, GT_SHAPE(channels));
}

norm_layer norm_layer_add(gt_params *params, adder add, const char *name, int64_t channels,
                          bool is_affine) {
    norm_layer layer = {.gamma = -1, .beta = -1};
    if (is_affine) {
        layer.gamma = add_part(params, add, name, "weight", channels);
        layer.beta = add_part(params, add, name, "bias", channels);
    }
    layer.mean = add_part(params, gt_params_add_state, name, "running_mean", channels);
    layer.variance = add_part(params, gt_params_add_state, name, "running_var", channels);
    return layer;
}

void norm_layer_init(gt_params *params, const norm_layer *layer) {
    if (layer->gamma >= 0) gt_init_fill(params, layer->gamma, 1);
    if (layer->beta >= 0) gt_init_fill(params, layer->beta, 0);
    gt_init_fill(params, layer->mean, 0);
    gt_init_fill(params, layer->variance, 1);
}

static gt_tensor *part(const net_pass *pass, int index) {
    return index < 0 ? NULL : pass->values[index];
}

static gt_norm_line line_of(const net_pass *pass, const norm_layer *layer) {
    return gt_batch_norm_line(pass->g, part(pass, layer->gamma), part(pass, layer->beta),
                              pass->values[layer->mean], pass->values[layer->variance], eps);
}

/* The running variance is the unbiased one. */
static gt_tensor *normalise(const net_pass *pass, const norm_layer *layer, gt_tensor *x) {
    gt_moments moments;
    double n = (double)gt_shape_count(gt_tensor_shape(x)) / (double)gt_tensor_dim(x, 1);
    gt_tensor *y = gt_batch_norm_moments(pass->g, x, part(pass, layer->gamma),
                                         part(pass, layer->beta), eps, &moments);
    net_pass_follow(pass, layer->mean, moments.mean, 1);
    net_pass_follow(pass, layer->variance, moments.variance, n > 1 ? n / (n - 1) : 1);
    return y;
}

gt_tensor *norm_layer_images(const net_pass *pass, const norm_layer *layer, gt_tensor *x) {
    gt_graph *g = pass->g;
    if (pass->in_training) return normalise(pass, layer, x);
    gt_shape each = GT_SHAPE(1, gt_tensor_dim(x, 1), 1, 1);
    gt_norm_line line = line_of(pass, layer);
    return gt_add(g, gt_mul(g, x, gt_reshape(g, line.scale, each)),
                  gt_reshape(g, line.shift, each));
}

gt_tensor *norm_layer_rows(const net_pass *pass, const norm_layer *layer, gt_tensor *x) {
    gt_graph *g = pass->g;
    gt_shape rows = gt_tensor_shape(x), images = GT_SHAPE(rows.dim[0], rows.dim[1], 1, 1);
    if (pass->in_training)
        return gt_reshape(g, normalise(pass, layer, gt_reshape(g, x, images)), rows);
    gt_norm_line line = line_of(pass, layer);
    return gt_add(g, gt_mul(g, x, line.scale), line.shift);
}

gt_tensor *norm_layer_conv(const net_pass *pass, const norm_layer *layer, gt_tensor *x,
                           gt_tensor *weight, gt_conv how) {
    gt_graph *g = pass->g;
    if (pass->in_training) return normalise(pass, layer, gt_conv2d(g, x, weight, NULL, how));
    gt_norm_line line = line_of(pass, layer);
    gt_shape outputs = GT_SHAPE(gt_tensor_dim(weight, 0), 1, 1, 1);
    gt_tensor *scaled = gt_mul(g, weight, gt_reshape(g, line.scale, outputs));
    return gt_conv2d(g, x, scaled, line.shift, how);
}
