/* The parameters of a VDVAE: names and shapes of the public checkpoints, and first values. */
#include "vdvae.h"

#include <math.h>
#include <stdio.h>

/* "PREFIX.c1" to "PREFIX.c4" through m channels. */
static vdvae_residual add_residual(gt_params *params, const char *prefix,
                                   const vdvae_stage *stage, int in, int out) {
    const int widths[] = {in, stage->mid, stage->mid, stage->mid, out};
    const int kernels[] = {1, stage->kernel, stage->kernel, 1};
    vdvae_residual net;
    for (int i = 0; i < 4; ++i) {
        char name[128];
        snprintf(name, sizeof name, "%s.c%d", prefix, i + 1);
        net.c[i] = gt_conv_layer_add(params, name, widths[i], widths[i + 1], kernels[i]);
    }
    return net;
}

static void add_encoder(vdvae *net, int64_t width, gt_params *params) {
    char name[64];
    net->in_conv = gt_conv_layer_add(params, "encoder.in_conv", net->dmol.channels, width, 3);
    for (int i = 0; i < net->encoder_count; ++i) {
        vdvae_encoder_block *block = &net->encoder[i];
        const vdvae_stage *stage = &net->stages[block->stage];
        snprintf(name, sizeof name, "encoder.enc_blocks.%d", i);
        block->net = add_residual(params, name, stage, stage->width, stage->width);
    }
}

static void add_decoder_block(vdvae_decoder_block *block, const vdvae_stage *stage, int j,
                              gt_params *params) {
    char name[64];
    int w = stage->width, z = stage->latent;
    if (z > 0) {
        snprintf(name, sizeof name, "decoder.dec_blocks.%d.enc", j);
        block->posterior = add_residual(params, name, stage, 2 * w, 2 * z);
        snprintf(name, sizeof name, "decoder.dec_blocks.%d.prior", j);
        block->prior = add_residual(params, name, stage, w, 2 * z + w);
        snprintf(name, sizeof name, "decoder.dec_blocks.%d.z_proj", j);
        block->z_proj = gt_conv_layer_add(params, name, z, w, 1);
    }
    snprintf(name, sizeof name, "decoder.dec_blocks.%d.resnet", j);
    block->out = add_residual(params, name, stage, w, w);
}

static void add_biases(vdvae *net, int64_t bias_up_to, gt_params *params) {
    for (int i = 0, q = 0; i < net->stage_count; ++i) {
        vdvae_stage *stage = &net->stages[i];
        if (!stage->decoded || stage->size > bias_up_to) continue;
        char name[64];
        snprintf(name, sizeof name, "decoder.bias_xs.%d", q++);
        stage->bias =
            gt_params_add(params, name, GT_SHAPE(1, stage->width, stage->size, stage->size));
    }
}

void vdvae_add_parameters(vdvae *net, const vdvae_settings *settings, gt_params *params) {
    int64_t width = settings->width;
    add_encoder(net, width, params);
    for (int j = 0; j < net->decoder_count; ++j) {
        vdvae_decoder_block *block = &net->decoder[j];
        add_decoder_block(block, &net->stages[block->stage], j, params);
    }
    add_biases(net, settings->bias_up_to, params);
    net->gain = gt_params_add(params, "decoder.gain", GT_SHAPE(1, width, 1, 1));
    net->bias = gt_params_add(params, "decoder.bias", GT_SHAPE(1, width, 1, 1));
    net->out_conv = gt_conv_layer_add(params, "decoder.out_net.out_conv", width,
                                      gt_dmol_width(net->dmol), 1);
}

/* The first three convolutions as they come, the last times `gain`. */
static void init_residual(gt_params *params, const vdvae_residual *net, uint64_t seed,
                          double gain) {
    for (int i = 0; i < 4; ++i) gt_init_conv(params, &net->c[i], seed, i == 3 ? gain : 1);
}

gt_status vdvae_init(const void *self, gt_params *params, uint64_t seed, gt_error *err) {
    (void)err; /* nothing can fail */
    const vdvae *net = self;
    double encoder_gain = sqrt(1.0 / net->encoder_count);
    double decoder_gain = sqrt(1.0 / net->decoder_count);
    gt_init_conv(params, &net->in_conv, seed, 1);
    for (int i = 0; i < net->encoder_count; ++i)
        init_residual(params, &net->encoder[i].net, seed, encoder_gain);
    for (int j = 0; j < net->decoder_count; ++j) {
        const vdvae_decoder_block *block = &net->decoder[j];
        init_residual(params, &block->out, seed, decoder_gain);
        if (net->stages[block->stage].latent == 0) continue;
        init_residual(params, &block->posterior, seed, 1);
        init_residual(params, &block->prior, seed, 0);
        gt_init_conv(params, &block->z_proj, seed, decoder_gain);
    }
    for (int i = 0; i < net->stage_count; ++i)
        if (net->stages[i].bias >= 0) gt_init_fill(params, net->stages[i].bias, 0);
    gt_init_fill(params, net->gain, 1);
    gt_init_fill(params, net->bias, 0);
    gt_init_conv(params, &net->out_conv, seed, 1);
    return GT_OK;
}
