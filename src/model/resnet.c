/* The parameters of a residual network: names, shapes, first values. */
#include "resnet.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CHANNELS = 1 << 14, MOST_BLOCKS = 256 };

/* Numbers 1 to `most` between commas; how many, 0 for anything else. */
static int read_list(const char *text, long most, int64_t out[RESNET_STAGES]) {
    int count = 0;
    for (const char *at = text; count < RESNET_STAGES; ++at) {
        char *end;
        if (!isdigit((unsigned char)*at)) return 0;
        long value = strtol(at, &end, 10);
        if (value < 1 || value > most) return 0;
        out[count++] = value;
        if (!*end) return count;
        if (*end != ',') return 0;
        at = end;
    }
    return 0;
}

gt_status resnet_config_read(const char *widths, const char *blocks, resnet_config *out,
                             gt_error *err) {
    int stages = read_list(widths, MOST_CHANNELS, out->widths);
    int counts = read_list(blocks, MOST_BLOCKS, out->blocks);
    if (!stages)
        return gt_fail(err, GT_USAGE,
                       "widths '%s': expected 1 to %d numbers of channels up to %d, as "
                       "64,128,256,512",
                       widths, RESNET_STAGES, MOST_CHANNELS);
    if (!counts)
        return gt_fail(err, GT_USAGE,
                       "blocks '%s': expected 1 to %d numbers of blocks up to %d, as 3,4,6,3",
                       blocks, RESNET_STAGES, MOST_BLOCKS);
    if (stages != counts)
        return gt_fail(err, GT_USAGE, "widths '%s' tell of %d stages, blocks '%s' of %d",
                       widths, stages, blocks, counts);
    out->stages = stages;
    return GT_OK;
}

/* What the parameters of one network are added with. */
typedef struct place {
    gt_params *params;
    adder add;
    const char *prefix;
} place;

/* Convolution PREFIX.STEM CONV and batch norm PREFIX.STEM NORM. */
static resnet_layer add_layer(const place *at, const char *stem, const char *conv,
                              const char *norm, const gt_shape *shape, int stride) {
    char full[96];
    resnet_layer layer = {
        .how = {.stride = stride, .pad = (int)(shape->dim[2] / 2), .groups = 1}};
    const char *dot = *at->prefix ? "." : "";
    snprintf(full, sizeof full, "%s%s%s%s.weight", at->prefix, dot, stem, conv);
    layer.weight = at->add(at->params, full, *shape);
    snprintf(full, sizeof full, "%s%s%s%s", at->prefix, dot, stem, norm);
    layer.norm = norm_layer_add(at->params, at->add, full, shape->dim[0], true);
    return layer;
}

static resnet_block add_block(const place *at, int stage, int64_t number, int64_t in,
                              int64_t out) {
    char stem[48];
    int stride = stage > 0 && number == 0 ? 2 : 1;
    gt_shape first = GT_SHAPE(out, in, 3, 3), second = GT_SHAPE(out, out, 3, 3);
    gt_shape shortcut = GT_SHAPE(out, in, 1, 1);
    resnet_block block = {.stage = stage, .shortcut = {.weight = -1}};
    snprintf(stem, sizeof stem, "layer%d.%lld.", stage + 1, (long long)number);
    block.first = add_layer(at, stem, "conv1", "bn1", &first, stride);
    block.second = add_layer(at, stem, "conv2", "bn2", &second, 1);
    if (stride > 1 || in != out)
        block.shortcut = add_layer(at, stem, "downsample.0", "downsample.1", &shortcut, stride);
    return block;
}

gt_status resnet_add(const resnet_config *config, gt_params *params, adder add,
                     const char *prefix, resnet *out, gt_error *err) {
    place at = {params, config->frozen > 0 ? gt_params_add_state : add, prefix};
    int64_t blocks = 0, in = config->widths[0];
    gt_shape stem = GT_SHAPE(in, config->channels, 7, 7);
    for (int i = 0; i < config->stages; ++i) blocks += config->blocks[i];
    *out = (resnet){.stages = config->stages,
                    .frozen = config->frozen,
                    .features = config->widths[config->stages - 1]};
    out->blocks = calloc((size_t)blocks, sizeof *out->blocks);
    if (!out->blocks)
        return gt_fail(err, GT_NO_MEMORY, "no memory for %lld blocks", (long long)blocks);
    out->stem = add_layer(&at, "", "conv1", "bn1", &stem, 2);
    for (int i = 0; i < config->stages; ++i) {
        at.add = config->frozen > i + 1 ? gt_params_add_state : add;
        for (int64_t k = 0; k < config->blocks[i]; ++k) {
            out->blocks[out->block_count++] = add_block(&at, i, k, in, config->widths[i]);
            in = config->widths[i];
        }
    }
    return GT_OK;
}

void resnet_free(resnet *net) {
    free(net->blocks);
    *net = (resnet){0};
}

static void init_layer(gt_params *params, const resnet_layer *layer, uint64_t seed) {
    gt_shape shape = gt_params_shape(params, layer->weight);
    double outputs = (double)(shape.dim[0] * shape.dim[2] * shape.dim[3]);
    gt_init_normal(params, layer->weight, seed, sqrt(2 / outputs));
    norm_layer_init(params, &layer->norm);
}

void resnet_init(const resnet *net, gt_params *params, uint64_t seed) {
    init_layer(params, &net->stem, seed);
    for (int i = 0; i < net->block_count; ++i) {
        const resnet_block *block = &net->blocks[i];
        init_layer(params, &block->first, seed);
        init_layer(params, &block->second, seed);
        if (block->shortcut.weight >= 0) init_layer(params, &block->shortcut, seed);
    }
}
