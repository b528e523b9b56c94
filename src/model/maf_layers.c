/* The parameters of a masked autoregressive flow: names and shapes of the public state dict,
 * masks, and first values. */
#include <stdio.h>
#include <stdlib.h>

#include "maf.h"

static maf_layer add_layer(gt_params *params, int index, const char *name, int64_t out,
                           int64_t in) {
    char full[96];
    maf_layer layer;
    snprintf(full, sizeof full, "%d.%s.weight", index, name);
    layer.weight = gt_params_add(params, full, GT_SHAPE(out, in));
    snprintf(full, sizeof full, "%d.%s.bias", index, name);
    layer.bias = gt_params_add(params, full, GT_SHAPE(out));
    return layer;
}

static int add_vector(gt_params *params, int index, const char *name, int64_t length,
                      bool is_state) {
    char full[96];
    snprintf(full, sizeof full, "%d.%s", index, name);
    return is_state ? gt_params_add_state(params, full, GT_SHAPE(length))
                    : gt_params_add(params, full, GT_SHAPE(length));
}

/* Block b has the public indices 3b (network), 3b + 1 (normalisation), 3b + 2 (reversal). */
static maf_block add_block(const maf *net, int b, gt_params *params) {
    int64_t d = net->features, h = net->width;
    maf_block block;
    block.joiner = add_layer(params, 3 * b, "joiner.linear", h, d);
    block.hidden = add_layer(params, 3 * b, "trunk.1.linear", h, h);
    block.output = add_layer(params, 3 * b, "trunk.3.linear", 2 * d, h);
    block.log_gamma = add_vector(params, 3 * b + 1, "log_gamma", d, false);
    block.beta = add_vector(params, 3 * b + 1, "beta", d, false);
    block.mean = add_vector(params, 3 * b + 1, "running_mean", d, true);
    block.variance = add_vector(params, 3 * b + 1, "running_var", d, true);
    return block;
}

/* 1 where the degree of the row is at least that of the column. */
static float *make_mask(int64_t rows, gt_degrees row, int64_t columns, gt_degrees column) {
    float *mask = malloc((size_t)(rows * columns) * sizeof *mask);
    for (int64_t i = 0; mask && i < rows; ++i)
        for (int64_t j = 0; j < columns; ++j)
            mask[i * columns + j] =
                i % row.period + row.shift >= j % column.period + column.shift;
    return mask;
}

static bool make_masks(maf *net) {
    int64_t d = net->features, h = net->width;
    net->masks[0] = make_mask(h, net->units, d, net->in);
    net->masks[1] = make_mask(h, net->units, h, net->units);
    net->masks[2] = make_mask(2 * d, net->out, h, net->units);
    return net->masks[0] && net->masks[1] && net->masks[2];
}

gt_status maf_create(const maf_settings *settings, int64_t features, gt_params *params,
                     maf **out, gt_error *err) {
    gt_status status = GT_OK;
    maf *net = NULL;
    if (features < 2)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "a flow needs codes of at least 2 numbers, these have %lld",
                       (long long)features);
    net = calloc(1, sizeof *net);
    if (!net) GT_THROW(err, GT_NO_MEMORY, "no memory for a flow");
    *net = (maf){.features = features,
                 .given = features,
                 .width = settings->width,
                 .block_count = (int)settings->blocks,
                 .in = {.period = features},
                 .units = {.period = features - 1, .sorted = true},
                 .out = {.period = features, .shift = -1}};
    net->blocks = calloc((size_t)net->block_count, sizeof *net->blocks);
    if (!net->blocks || !make_masks(net)) GT_THROW(err, GT_NO_MEMORY, "no memory for a flow");
    for (int b = 0; b < net->block_count; ++b) net->blocks[b] = add_block(net, b, params);
    *out = net;
    net = NULL;
done:
    maf_destroy(net);
    return status;
}

void maf_destroy(void *self) {
    maf *net = self;
    if (!net) return;
    for (int i = 0; i < MAF_MASKS; ++i) free(net->masks[i]);
    free(net->blocks);
    free(net->kept);
    gt_constants_free(&net->constants);
    free(net);
}

static gt_status init_layer(gt_params *params, const maf_layer *layer, uint64_t seed,
                            gt_error *err) {
    gt_init_fill(params, layer->bias, 0);
    return gt_init_orthogonal(params, layer->weight, seed, err);
}

gt_status maf_init(const void *self, gt_params *params, uint64_t seed, gt_error *err) {
    const maf *net = self;
    gt_status status = GT_OK;
    for (int b = 0; b < net->block_count; ++b) {
        const maf_block *block = &net->blocks[b];
        GT_TRY(init_layer(params, &block->joiner, seed, err));
        GT_TRY(init_layer(params, &block->hidden, seed, err));
        GT_TRY(init_layer(params, &block->output, seed, err));
        gt_init_fill(params, block->log_gamma, 0);
        gt_init_fill(params, block->beta, 0);
        gt_init_fill(params, block->mean, 0);
        gt_init_fill(params, block->variance, 1);
    }
done:
    return status;
}

bool maf_fixed_at(const void *self, int i, gt_model_fixed *out) {
    static const char *const names[MAF_MASKS] = {"joiner", "trunk.1", "trunk.3"};
    const maf *net = self;
    int which = i % MAF_MASKS, b = i / MAF_MASKS;
    if (b >= net->block_count) return false;
    snprintf(out->name, sizeof out->name, "%d.%s.mask", 3 * b, names[which]);
    out->shape = GT_SHAPE(which == 2 ? 2 * net->features : net->width,
                          which == 0 ? net->features : net->width);
    out->values = net->masks[which];
    return true;
}
