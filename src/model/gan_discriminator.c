/* The discriminator of the light-weight GAN: half the side a stage, scores of the last map and
 * of the picture made small, and a decoder that is to find the picture again in the last map;
 * of large pictures another one, which is to find a quarter of it in a quarter of the map
 * before.
 */
#include <stdio.h>
#include <string.h>

#include "gan.h"

enum { NAME = 128, STEM = 64, LAST = 3, SMALL_SIDE = 32, SMALL_CHANNELS = 64 };

static const double slope = 0.1; /* of every leaky ReLU */

/* ---- Parameters ------------------------------------------------------------------------ */

static int64_t channels_at(const gan_settings *s, int r) {
    int64_t power = r < s->exponent ? (int64_t)1 << (s->exponent - r) : 1;
    return power < s->most_channels ? power : s->most_channels;
}

static gan_conv add_conv(gt_params *params, const char *stem, const char *part,
                         gt_shape weight) {
    char name[NAME];
    snprintf(name, sizeof name, "D.%s%s", stem, part);
    return gan_conv_add(params, gt_params_add, name, weight);
}

static gan_down add_down(gt_params *params, const char *stem, int64_t in, int64_t out) {
    return (gan_down){
        .first = add_conv(params, stem, "branches.0.1.1", GT_SHAPE(out, 4 * in, 1, 1)),
        .second = add_conv(params, stem, "branches.0.3", GT_SHAPE(out, out, 3, 3)),
        .shortcut = add_conv(params, stem, "branches.1.2", GT_SHAPE(out, in, 1, 1))};
}

/* The channels of the pictures stay what they are until the last of them. */
static void add_shrinks(gan_discriminator *net, gt_params *params, const gan_settings *s) {
    char stem[STEM];
    for (int i = 0; i < net->shrinks; ++i) {
        bool is_last = i + 1 == net->shrinks;
        int64_t out = is_last ? channels_at(s, GAN_PLAIN) : s->channels;
        snprintf(stem, sizeof stem, "non_residual_layers.%d.", i);
        net->shrink[i] = add_conv(params, stem, "1", GT_SHAPE(out, s->channels, 4, 4));
    }
}

static void add_stages(gan_discriminator *net, gt_params *params, const gan_settings *s) {
    char stem[STEM];
    int r = LAST;
    while (r < GAN_PLAIN && (int64_t)1 << r < s->side) ++r;
    while ((int64_t)1 << (r + net->shrinks) < s->side) ++net->shrinks;
    add_shrinks(net, params, s);
    net->stages = r - LAST;
    for (int i = 0; i < net->stages; ++i) {
        bool sees_pictures = i == 0 && net->shrinks == 0;
        int64_t in = sees_pictures ? s->channels : channels_at(s, r - i),
                out = channels_at(s, r - i - 1);
        gan_stage *stage = &net->stage[i];
        snprintf(stem, sizeof stem, "residual_layers.%d.0.", i);
        stage->down = add_down(params, stem, in, out);
        stage->attends = gan_attends(s, (int64_t)1 << (r - i));
        snprintf(stem, sizeof stem, "D.residual_layers.%d.1", i);
        if (stage->attends)
            stage->attention = gan_attention_add(params, gt_params_add, stem, s, in);
    }
}

static void add_small_head(gan_discriminator *net, gt_params *params, const gan_settings *s) {
    static const char stem[] = "to_shape_disc_out.";
    int64_t from = SMALL_CHANNELS, to = from / 2;
    net->small = add_conv(params, stem, "0", GT_SHAPE(from, s->channels, 3, 3));
    net->small_attention[0] =
        gan_attention_add(params, gt_params_add, "D.to_shape_disc_out.1.fn", s, from);
    net->small_down = add_down(params, "to_shape_disc_out.2.", from, to);
    net->small_attention[1] =
        gan_attention_add(params, gt_params_add, "D.to_shape_disc_out.3.fn", s, to);
    net->small_score = add_conv(params, stem, "5", GT_SHAPE(1, to, 4, 4));
}

/* From maps of c channels. */
static void add_decoder(gan_decoder *decoder, gt_params *params, const char *name, int64_t c,
                        int64_t channels) {
    for (int i = 0; i < GAN_DECODER; ++i, c /= 2) {
        char stem[STEM];
        int64_t made = i == GAN_DECODER - 1 ? 2 * channels : c;
        snprintf(stem, sizeof stem, "%s.layers.%d.", name, i);
        decoder->stage[i].up = add_conv(params, stem, "0.net.0", GT_SHAPE(4 * c, c, 1, 1));
        decoder->stage[i].conv = add_conv(params, stem, "1", GT_SHAPE(made, c, 3, 3));
    }
}

void gan_discriminator_add(gan_discriminator *net, gt_params *params, const gan_settings *s) {
    int64_t c = channels_at(s, LAST);
    *net = (gan_discriminator){.blur = s->blur, .is_wide = strcmp(s->head, "5x5") == 0};
    add_stages(net, params, s);
    net->head[0] = net->is_wide ? add_conv(params, "to_logits.", "0", GT_SHAPE(c, c, 1, 1))
                                : add_conv(params, "to_logits.", "1", GT_SHAPE(c, c, 3, 3));
    net->head[1] =
        add_conv(params, "to_logits.", net->is_wide ? "2" : "3", GT_SHAPE(1, c, 4, 4));
    add_small_head(net, params, s);
    add_decoder(&net->decoder, params, "decoder1", c, s->channels);
    if (net->shrinks)
        add_decoder(&net->quarter, params, "decoder2", channels_at(s, LAST + 1), s->channels);
}

static void init_down(gt_params *params, const gan_down *down, uint64_t seed) {
    gan_conv_init(params, down->first, seed, false);
    gan_conv_init(params, down->second, seed, false);
    gan_conv_init(params, down->shortcut, seed, false);
}

static void init_decoder(gt_params *params, const gan_decoder *decoder, uint64_t seed) {
    for (int i = 0; i < GAN_DECODER; ++i) {
        gan_conv_init(params, decoder->stage[i].up, seed, true);
        gan_conv_init(params, decoder->stage[i].conv, seed, false);
    }
}

void gan_discriminator_init(const gan_discriminator *net, gt_params *params, uint64_t seed) {
    for (int i = 0; i < net->shrinks; ++i) gan_conv_init(params, net->shrink[i], seed, false);
    for (int i = 0; i < net->stages; ++i) {
        init_down(params, &net->stage[i].down, seed);
        if (net->stage[i].attends) gan_attention_init(params, &net->stage[i].attention, seed);
    }
    for (int i = 0; i < 2; ++i) {
        gan_conv_init(params, net->head[i], seed, false);
        gan_attention_init(params, &net->small_attention[i], seed);
    }
    gan_conv_init(params, net->small, seed, false);
    init_down(params, &net->small_down, seed);
    gan_conv_init(params, net->small_score, seed, false);
    init_decoder(params, &net->decoder, seed);
    if (net->shrinks) init_decoder(params, &net->quarter, seed);
}

/* ---- A pass ---------------------------------------------------------------------------- */

static gt_tensor *conv(const net_pass *pass, gan_conv layer, gt_tensor *x, int stride,
                       int pad) {
    gt_weights w = gan_weights(pass, layer);
    return gt_conv2d(pass->g, x, w.weight, w.bias,
                     (gt_conv){.stride = stride, .pad = pad, .groups = 1});
}

/* Both branches see the same, blurred or not. */
static gt_tensor *apply_down(const gan_discriminator *net, const net_pass *pass,
                             const gan_down *down, gt_tensor *x) {
    gt_residual_down_layers layers = {gan_weights(pass, down->first),
                                      gan_weights(pass, down->second),
                                      gan_weights(pass, down->shortcut)};
    if (net->blur) x = gt_blur_121(pass->g, x);
    return gt_residual_down(pass->g, x, &layers);
}

/* (N,1), or (N,25). */
static gt_tensor *main_scores(const gan_discriminator *net, const net_pass *pass,
                              gt_tensor *map) {
    gt_graph *g = pass->g;
    if (net->blur && !net->is_wide) map = gt_blur_121(g, map);
    gt_tensor *x = net->is_wide ? conv(pass, net->head[0], map, 1, 0)
                                : conv(pass, net->head[0], map, 2, 1);
    x = conv(pass, net->head[1], gt_leaky_relu(g, x, slope), 1, 0);
    int64_t n = gt_tensor_dim(x, 0);
    return gt_reshape(g, x, GT_SHAPE(n, gt_shape_count(gt_tensor_shape(x)) / n));
}

static void small_scores(const gan_discriminator *net, const net_pass *pass, gt_tensor *x,
                         gan_scores *out) {
    gt_graph *g = pass->g;
    gt_tensor **seen = out->small_stage;
    if (gt_tensor_dim(x, 2) != SMALL_SIDE)
        x = gt_resize(g, x, SMALL_SIDE, SMALL_SIDE, GT_RESIZE_NEAREST);
    seen[0] = conv(pass, net->small, x, 1, 1);
    seen[1] = gt_add(g, seen[0], gan_attention_apply(pass, &net->small_attention[0], seen[0]));
    seen[2] = apply_down(net, pass, &net->small_down, seen[1]);
    seen[3] = gt_add(g, seen[2], gan_attention_apply(pass, &net->small_attention[1], seen[2]));
    seen[4] = gt_avg_pool(g, seen[3], 4);
    out->small = conv(pass, net->small_score, seen[4], 1, 0);
}

static gt_tensor *apply_shrinks(const gan_discriminator *net, const net_pass *pass,
                                gt_tensor *x) {
    for (int i = 0; i < net->shrinks; ++i) {
        if (net->blur) x = gt_blur_121(pass->g, x);
        x = gt_leaky_relu(pass->g, conv(pass, net->shrink[i], x, 2, 1), slope);
    }
    return x;
}

gan_scores gan_judge(const gan_discriminator *net, const net_pass *pass, gt_tensor *x) {
    gan_scores out = {0};
    small_scores(net, pass, x, &out);
    x = apply_shrinks(net, pass, x);
    for (int i = 0; i < net->stages; ++i) {
        const gan_stage *stage = &net->stage[i];
        if (stage->attends) {
            out.attention[i] = gan_attention_apply(pass, &stage->attention, x);
            x = gt_add(pass->g, x, out.attention[i]);
        }
        x = out.stage[i] = apply_down(net, pass, &stage->down, x);
    }
    out.map = x;
    out.main = main_scores(net, pass, x);
    return out;
}

gt_tensor *gan_map_before(const gan_discriminator *net, const gan_scores *scores) {
    return scores->stage[net->stages - 2];
}

gt_tensor *gan_decode(const gan_decoder *net, const net_pass *pass, gt_tensor *map) {
    for (int i = 0; i < GAN_DECODER; ++i) {
        map = gt_shuffle_up(pass->g, map, gan_weights(pass, net->stage[i].up));
        map = gt_glu(pass->g, conv(pass, net->stage[i].conv, map, 1, 1), 1);
    }
    return map;
}
