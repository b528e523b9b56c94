/* The bias-free U-Net: parameters and one pass. */
#include "unet.h"

#include <math.h>
#include <stdio.h>

static const double eps = 1e-5;
static const gt_conv same = {.stride = 1, .pad = 1, .groups = 1};

/* ---- Parameters ------------------------------------------------------------------------ */

/* Public names count every module of a stage: STAGE.AT.weight, STAGE.(AT+1).gammas. */
static unet_layer add_layer(gt_params *params, const char *stage, int at, int64_t in,
                            int64_t out, bool has_norm) {
    char name[64];
    unet_layer layer = {.gamma = -1, .deviation = -1};
    gt_shape each = GT_SHAPE(1, out, 1, 1);
    snprintf(name, sizeof name, "%s.%d.weight", stage, at);
    layer.weight = gt_params_add(params, name, GT_SHAPE(out, in, 3, 3));
    if (!has_norm) return layer;
    snprintf(name, sizeof name, "%s.%d.gammas", stage, at + 1);
    layer.gamma = gt_params_add(params, name, each);
    snprintf(name, sizeof name, "%s.%d.running_sd", stage, at + 1);
    layer.deviation = gt_params_add_state(params, name, each);
    return layer;
}

void unet_add(unet *net, int levels, int64_t width, int64_t channels, gt_params *params) {
    char stage[32];
    net->levels = levels;
    for (int b = 0; b < levels; ++b) {
        int64_t c = width << b;
        snprintf(stage, sizeof stage, "encoder.%d", b);
        net->encoder[b][0] = add_layer(params, stage, 0, b ? c / 2 : channels, c, b > 0);
        net->encoder[b][1] = add_layer(params, stage, b ? 3 : 2, c, c, true);
    }
    int64_t most = width << levels;
    net->middle[0] = add_layer(params, "mid_block", 0, most / 2, most, true);
    net->middle[1] = add_layer(params, "mid_block", 3, most, most, true);
    for (int b = levels - 1; b >= 0; --b) {
        int64_t c = width << b;
        snprintf(stage, sizeof stage, "upsample.%d.weight", b);
        net->upsample[b] = gt_params_add(params, stage, GT_SHAPE(2 * c, c, 2, 2));
        snprintf(stage, sizeof stage, "decoder.%d", b);
        net->decoder[b][0] = add_layer(params, stage, 0, 2 * c, c, true);
        net->decoder[b][1] = add_layer(params, stage, 3, c, b ? c : channels, b > 0);
    }
}

static void init_weight(gt_params *params, int weight, uint64_t seed) {
    gt_shape shape = gt_params_shape(params, weight);
    double inputs = (double)(shape.dim[1] * shape.dim[2] * shape.dim[3]);
    gt_init_normal(params, weight, seed, sqrt(2 / inputs));
}

static void init_gamma(gt_params *params, int gamma, uint64_t seed) {
    static const double deviation = 2.0 / 576;
    static const float most = 0.025F;
    float *values = gt_params_values(params) + gt_params_offset(params, gamma);
    int64_t count = gt_shape_count(gt_params_shape(params, gamma));
    gt_init_normal(params, gamma, seed, deviation);
    for (int64_t i = 0; i < count; ++i) values[i] = fminf(fmaxf(values[i], -most), most);
}

static void init_layer(gt_params *params, const unet_layer *layer, uint64_t seed) {
    init_weight(params, layer->weight, seed);
    if (layer->gamma < 0) return;
    init_gamma(params, layer->gamma, seed);
    gt_init_fill(params, layer->deviation, 1);
}

void unet_init(const unet *net, gt_params *params, uint64_t seed) {
    for (int i = 0; i < 2; ++i) {
        init_layer(params, &net->middle[i], seed);
        for (int b = 0; b < net->levels; ++b) {
            init_layer(params, &net->encoder[b][i], seed);
            init_layer(params, &net->decoder[b][i], seed);
        }
    }
    for (int b = 0; b < net->levels; ++b) init_weight(params, net->upsample[b], seed);
}

/* ---- One pass -------------------------------------------------------------------------- */

/* At rest the norm is part of the convolution. */
static gt_tensor *apply_at_rest(const net_pass *pass, const unet_layer *layer, gt_tensor *x) {
    gt_graph *g = pass->g;
    gt_tensor *weight = pass->values[layer->weight];
    gt_tensor *scale = gt_div(g, pass->values[layer->gamma], pass->values[layer->deviation]);
    gt_shape outputs = GT_SHAPE(gt_tensor_dim(weight, 0), 1, 1, 1);
    return gt_conv2d(g, x, gt_mul(g, weight, gt_reshape(g, scale, outputs)), NULL, same);
}

static gt_tensor *apply_normed(const net_pass *pass, const unet_layer *layer, gt_tensor *x) {
    gt_tensor *deviation;
    if (!pass->in_training) return apply_at_rest(pass, layer, x);
    x = gt_conv2d(pass->g, x, pass->values[layer->weight], NULL, same);
    x = gt_bias_free_norm(pass->g, x, pass->values[layer->gamma], eps, &deviation);
    net_pass_follow(pass, layer->deviation, deviation, 1);
    return x;
}

/* Both layers of a stage; *norm: what the first gives before its relu. */
static gt_tensor *apply_stage(const net_pass *pass, const unet_layer layers[2], gt_tensor *x,
                              gt_tensor **norm) {
    gt_graph *g = pass->g;
    for (int i = 0; i < 2; ++i) {
        if (layers[i].gamma < 0)
            x = gt_conv2d(g, x, pass->values[layers[i].weight], NULL, same);
        else
            x = apply_normed(pass, &layers[i], x);
        if (i == 0) *norm = x;
        bool is_last = i == 1 && layers[i].gamma < 0;
        if (!is_last) x = gt_relu(g, x);
    }
    return x;
}

gt_tensor *unet_apply(const unet *net, const net_pass *pass, gt_tensor *y, unet_shown *shown) {
    static const gt_conv doubling = {.stride = 2, .pad = 0, .groups = 1};
    gt_graph *g = pass->g;
    unet_shown unused;
    gt_tensor *norm;
    if (!shown) shown = &unused;
    for (int b = 0; b < net->levels; ++b) {
        y = shown->encoder[b] = apply_stage(pass, net->encoder[b], y, &norm);
        if (b == 1) shown->norm = norm;
        y = gt_avg_pool(g, y, 2);
    }
    y = shown->middle = apply_stage(pass, net->middle, y, &norm);
    for (int b = net->levels - 1; b >= 0; --b) {
        gt_tensor *weight = pass->values[net->upsample[b]];
        y = shown->upsample[b] = gt_conv2d_transposed(g, y, weight, NULL, doubling, 0);
        y = gt_concat(g, (gt_tensor *[]){y, shown->encoder[b]}, 2, 1);
        y = shown->decoder[b] = apply_stage(pass, net->decoder[b], y, &norm);
    }
    return y;
}
