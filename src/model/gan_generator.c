/* The generator of the light-weight GAN: from a latent to 4 x 4 pixels, and twice the side a
 * block. Gates let coarse maps choose among the channels of fine ones (skip-layer excitation).
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gan.h"
#include "rng.h"

enum { NAME = 128, FIRST_SIDE = 4, GATE_FROM = 1, GATE_LEAP = 3 };

/* Channels behind the layer that ends at side 2^r. */
static int64_t channels_at(const gan_settings *s, int r) {
    int64_t power = r < s->exponent ? (int64_t)1 << (s->exponent - r) : 1;
    if (r >= GAN_PLAIN) return 3;
    return power < s->most_channels ? power : s->most_channels;
}

typedef struct place {
    gt_params *params;
    adder add;
    const char *prefix;
    const gan_settings *settings;
} place;

static const char *name_of(const place *at, int block, const char *part, char room[NAME]) {
    snprintf(room, NAME, "%s.layers.%d.%s", at->prefix, block, part);
    return room;
}

static gan_conv add_conv(const place *at, int block, const char *part, gt_shape weight) {
    char name[NAME];
    return gan_conv_add(at->params, at->add, name_of(at, block, part, name), weight);
}

static gan_gate add_gate(const place *at, int block, int64_t from, int64_t to) {
    bool is_context = strcmp(at->settings->gate, "context") == 0;
    int64_t narrow = to / (is_context ? 2 : 4), side = (int64_t)2 * FIRST_SIDE << block;
    char name[NAME];
    gan_gate gate = {.target = block + GATE_LEAP, .waves = -1};
    if (narrow < 3) narrow = 3;
    if (is_context)
        gate.score = add_conv(at, block, "1.to_k", GT_SHAPE(1, from, 1, 1));
    else
        gate.waves = gt_params_add_state(at->params, name_of(at, block, "1.dct_weights", name),
                                         GT_SHAPE(1, from, side, side));
    gate.narrow = add_conv(at, block, "1.net.0", GT_SHAPE(narrow, from, 1, 1));
    gate.widen = add_conv(at, block, "1.net.2", GT_SHAPE(to, narrow, 1, 1));
    return gate;
}

static gan_block add_block(const place *at, int i, int64_t in, int64_t out) {
    const gan_settings *s = at->settings;
    char name[NAME];
    gan_block block = {.attends = gan_attends(s, (int64_t)FIRST_SIDE << i),
                       .gate = {.target = -1}};
    block.up = add_conv(at, i, "0.0.net.0", GT_SHAPE(4 * in, in, 1, 1));
    block.conv = add_conv(at, i, "0.2.1", GT_SHAPE(2 * out, in, 4, 4));
    block.noise = at->add(at->params, name_of(at, i, "0.3.weight", name), GT_SHAPE(1));
    block.norm =
        norm_layer_add(at->params, at->add, name_of(at, i, "0.4", name), 2 * out, true);
    if (block.attends)
        block.attention =
            gan_attention_add(at->params, at->add, name_of(at, i, "2", name), s, in);
    return block;
}

static int blocks_of(const gan_settings *s) {
    int blocks = 0;
    while ((int64_t)FIRST_SIDE << blocks < s->side) ++blocks;
    return blocks;
}

void gan_generator_add(gan_generator *net, gt_params *params, adder add, const char *prefix,
                       const gan_settings *s) {
    place at = {params, add, prefix, s};
    char name[NAME];
    int64_t features[GAN_BLOCKS + 1] = {s->latent};
    *net = (gan_generator){.blocks = blocks_of(s), .blur = s->blur, .latent = s->latent};
    for (int i = 0; i < net->blocks; ++i) features[i + 1] = channels_at(s, i + 2);
    snprintf(name, sizeof name, "%s.initial_conv.0.weight", prefix);
    net->first.weight =
        add(params, name, GT_SHAPE(s->latent, 2 * s->latent, FIRST_SIDE, FIRST_SIDE));
    snprintf(name, sizeof name, "%s.initial_conv.0.bias", prefix);
    net->first.bias = add(params, name, GT_SHAPE(2 * s->latent));
    snprintf(name, sizeof name, "%s.initial_conv.1", prefix);
    net->first_norm = norm_layer_add(params, add, name, 2 * s->latent, true);
    for (int i = 0; i < net->blocks; ++i) {
        net->block[i] = add_block(&at, i, features[i], features[i + 1]);
        if (i >= GATE_FROM && i + GATE_LEAP < net->blocks)
            net->block[i].gate = add_gate(&at, i, features[i + 1], features[i + 1 + GATE_LEAP]);
    }
    snprintf(name, sizeof name, "%s.out_conv", prefix);
    net->last =
        gan_conv_add(params, add, name, GT_SHAPE(s->channels, features[net->blocks], 3, 3));
}

/* ---- First values ---------------------------------------------------------------------- */

static void init_gate(gt_params *params, const gan_gate *gate, uint64_t seed) {
    if (gate->target < 0) return;
    if (gate->waves < 0) {
        gan_conv_init(params, gate->score, seed, false);
    } else {
        gt_shape shape = gt_params_shape(params, gate->waves);
        gt_frequency_waves(shape.dim[1], shape.dim[2],
                           gt_params_values(params) + gt_params_offset(params, gate->waves));
    }
    gan_conv_init(params, gate->narrow, seed, false);
    gan_conv_init(params, gate->widen, seed, false);
}

void gan_generator_init(const gan_generator *net, gt_params *params, uint64_t seed) {
    gt_shape first = gt_params_shape(params, net->first.weight);
    double bound = 1 / sqrt((double)(first.dim[1] * FIRST_SIDE * FIRST_SIDE));
    gt_init_uniform(params, net->first.weight, seed, bound);
    gt_init_uniform(params, net->first.bias, seed, bound);
    norm_layer_init(params, &net->first_norm);
    for (int i = 0; i < net->blocks; ++i) {
        const gan_block *block = &net->block[i];
        gan_conv_init(params, block->up, seed, true);
        gan_conv_init(params, block->conv, seed, false);
        gt_init_fill(params, block->noise, 0);
        norm_layer_init(params, &block->norm);
        if (block->attends) gan_attention_init(params, &block->attention, seed);
        init_gate(params, &block->gate, seed);
    }
    gan_conv_init(params, net->last, seed, false);
}

/* ---- A pass ---------------------------------------------------------------------------- */

static gt_tensor *named_normal(gt_graph *g, const char *name, gt_shape shape) {
    return gt_random_normal(g, name, gt_rng_stream(name), shape);
}

int64_t gan_noise_side(int block) {
    return (int64_t)2 * FIRST_SIDE << block;
}

gan_draws gan_draws_random(const gan_generator *net, gt_graph *g, const char *name,
                           int64_t batch) {
    gan_draws draws;
    char full[NAME];
    snprintf(full, sizeof full, "%s.latent", name);
    draws.latent = named_normal(g, full, GT_SHAPE(batch, net->latent));
    for (int i = 0; i < net->blocks; ++i) {
        int64_t side = gan_noise_side(i);
        snprintf(full, sizeof full, "%s.noise.%d", name, i);
        draws.noise[i] = named_normal(g, full, GT_SHAPE(batch, 1, side, side));
    }
    return draws;
}

static gt_tensor *first_map(const gan_generator *net, const net_pass *pass, gt_tensor *latent) {
    gt_graph *g = pass->g;
    gt_weights first = gan_weights(pass, net->first);
    gt_tensor *x = gt_reshape(g, latent, GT_SHAPE(gt_tensor_dim(latent, 0), net->latent, 1, 1));
    x = gt_conv2d_transposed(g, x, first.weight, first.bias,
                             (gt_conv){.stride = 1, .groups = 1}, 0);
    return gt_glu(g, norm_layer_images(pass, &net->first_norm, x), 1);
}

static gt_tensor *apply_block(const gan_generator *net, const net_pass *pass,
                              const gan_block *block, gt_tensor *x, gt_tensor *noise) {
    gt_graph *g = pass->g;
    gt_weights conv = gan_weights(pass, block->conv);
    x = gt_shuffle_up(g, x, gan_weights(pass, block->up));
    if (net->blur) x = gt_blur_121(g, x);
    x = gt_conv2d_same(g, x, conv.weight, conv.bias);
    gt_tensor *factor = gt_reshape(g, pass->values[block->noise], GT_SHAPE(1, 1, 1, 1));
    x = gt_add(g, x, gt_mul(g, noise, factor));
    return gt_glu(g, norm_layer_images(pass, &block->norm, x), 1);
}

static gt_tensor *apply_gate(const net_pass *pass, const gan_gate *gate, gt_tensor *x) {
    gt_weights narrow = gan_weights(pass, gate->narrow), widen = gan_weights(pass, gate->widen);
    if (gate->waves < 0)
        return gt_global_context(pass->g, x, gan_weights(pass, gate->score), narrow, widen);
    return gt_frequency_gate(pass->g, x, pass->values[gate->waves], narrow, widen);
}

gt_tensor *gan_generate(const gan_generator *net, const net_pass *pass, const gan_draws *draws,
                        gan_shown *shown) {
    gan_shown unseen;
    if (!shown) shown = &unseen;
    gt_graph *g = pass->g;
    gt_tensor *gates[GAN_BLOCKS] = {NULL};
    *shown = (gan_shown){.first = first_map(net, pass, draws->latent)};
    gt_tensor *x = gt_unit_length(g, shown->first, 1, 1e-12);
    for (int i = 0; i < net->blocks; ++i) {
        const gan_block *block = &net->block[i];
        if (block->attends) {
            shown->attention[i] = gan_attention_apply(pass, &block->attention, x);
            x = gt_add(g, x, shown->attention[i]);
        }
        x = shown->block[i] = apply_block(net, pass, block, x, draws->noise[i]);
        if (block->gate.target >= 0)
            gates[block->gate.target] = shown->gate[i] = apply_gate(pass, &block->gate, x);
        if (gates[i]) x = gt_mul(g, x, gates[i]);
    }
    gt_weights last = gan_weights(pass, net->last);
    return gt_conv2d_same(g, x, last.weight, last.bias);
}
