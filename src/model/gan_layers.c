/* Layers of the light-weight GAN: parameters, first values, attention. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gan.h"

enum { NAME = 128 };

static int add_part(gt_params *params, adder add, const char *name, const char *part,
                    gt_shape shape) {
    char full[NAME];
    snprintf(full, sizeof full, "%s.%s", name, part);
    return add(params, full, shape);
}

gan_conv gan_conv_add(gt_params *params, adder add, const char *name, gt_shape weight) {
    gan_conv layer;
    layer.weight = add_part(params, add, name, "weight", weight);
    layer.bias = add_part(params, add, name, "bias", GT_SHAPE(weight.dim[0]));
    return layer;
}

static double inputs_of(const gt_params *params, int weight) {
    gt_shape shape = gt_params_shape(params, weight);
    return (double)(shape.dim[1] * shape.dim[2] * shape.dim[3]);
}

static void init_weight(gt_params *params, int weight, uint64_t seed) {
    gt_init_normal(params, weight, seed, sqrt(2 / inputs_of(params, weight)));
}

void gan_conv_init(gt_params *params, gan_conv layer, uint64_t seed, bool zero_bias) {
    init_weight(params, layer.weight, seed);
    if (zero_bias)
        gt_init_fill(params, layer.bias, 0);
    else
        gt_init_uniform(params, layer.bias, seed, 1 / sqrt(inputs_of(params, layer.weight)));
}

gt_weights gan_weights(const net_pass *pass, gan_conv layer) {
    return (gt_weights){pass->values[layer.weight], pass->values[layer.bias]};
}

bool gan_attends(const gan_settings *settings, int64_t side) {
    for (const char *at = settings->attention; at; at = strchr(at, ','), at = at ? at + 1 : at)
        if (strtol(at, NULL, 10) == side) return true;
    return false;
}

gan_attention gan_attention_add(gt_params *params, adder add, const char *name,
                                const gan_settings *settings, int64_t channels) {
    int64_t inner = settings->heads * settings->head_size;
    gt_shape query = GT_SHAPE(inner, channels, 1, 1),
             both = GT_SHAPE(2 * inner, channels, 1, 1);
    gan_attention layer = {.heads = (int)settings->heads};
    layer.gain = add_part(params, add, name, "norm.g", GT_SHAPE(1, channels, 1, 1));
    layer.shift = add_part(params, add, name, "norm.b", GT_SHAPE(1, channels, 1, 1));
    layer.wide_query = add_part(params, add, name, "fn.to_lin_q.weight", query);
    layer.wide_window =
        add_part(params, add, name, "fn.to_lin_kv.net.0.weight", GT_SHAPE(channels, 1, 3, 3));
    layer.wide_both = add_part(params, add, name, "fn.to_lin_kv.net.1.weight", both);
    layer.near_query = add_part(params, add, name, "fn.to_q.weight", query);
    layer.near_both = add_part(params, add, name, "fn.to_kv.weight", both);
    layer.out.weight =
        add_part(params, add, name, "fn.to_out.weight", GT_SHAPE(channels, 2 * inner, 1, 1));
    layer.out.bias = add_part(params, add, name, "fn.to_out.bias", GT_SHAPE(channels));
    return layer;
}

void gan_attention_init(gt_params *params, const gan_attention *layer, uint64_t seed) {
    const int weights[] = {layer->wide_query, layer->wide_window, layer->wide_both,
                           layer->near_query, layer->near_both};
    for (size_t i = 0; i < sizeof weights / sizeof *weights; ++i)
        init_weight(params, weights[i], seed);
    gt_init_fill(params, layer->gain, 1);
    gt_init_fill(params, layer->shift, 0);
    gan_conv_init(params, layer->out, seed, false);
}

gt_tensor *gan_attention_apply(const net_pass *pass, const gan_attention *layer, gt_tensor *x) {
    gt_tensor *const *values = pass->values;
    gt_attention how = {.heads = layer->heads,
                        .wide_query = values[layer->wide_query],
                        .wide_window = values[layer->wide_window],
                        .wide_both = values[layer->wide_both],
                        .near_query = values[layer->near_query],
                        .near_both = values[layer->near_both],
                        .out = values[layer->out.weight],
                        .bias = values[layer->out.bias]};
    gt_tensor *norm =
        gt_channel_norm(pass->g, x, values[layer->gain], values[layer->shift], 1e-5);
    return gt_attend(pass->g, norm, &how);
}
