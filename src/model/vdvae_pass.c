/* One pass through a VDVAE as graph nodes: encoder, decoder, objective.
 *
 * A 1x1 convolution of a concatenation is written as the sum of two, one of which all blocks of
 * a stage share the input of; the outputs of a network that are used apart come from
 * convolutions of their own. So no map of 2W or 2Z + W channels is ever made. */
#include "vdvae.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "rng.h"

/* ---- Residual blocks ------------------------------------------------------------------- */

static gt_tensor *conv(const vdvae_pass *p, const gt_conv_layer *layer, gt_tensor *x) {
    return gt_conv_layer_apply(p->g, p->leaves, layer, x);
}

/* gelu of c3's output: what c4 gets, given the output of c1. */
static gt_tensor *inner(const vdvae_pass *p, const vdvae_residual *net, gt_tensor *first) {
    gt_tensor *h = gt_gelu(p->g, first);
    h = gt_gelu(p->g, conv(p, &net->c[1], h));
    return gt_gelu(p->g, conv(p, &net->c[2], h));
}

/* x + c4(...) */
static gt_tensor *residual(const vdvae_pass *p, const vdvae_residual *net, gt_tensor *x) {
    gt_tensor *h = inner(p, net, conv(p, &net->c[0], gt_gelu(p->g, x)));
    return gt_add(p->g, x, conv(p, &net->c[3], h));
}

/* ---- Encoder --------------------------------------------------------------------------- */

static int stage_below(const vdvae_pass *p, const vdvae_encoder_block *block) {
    int stage = block->stage, size = p->net->stages[stage].size / block->pool;
    while (p->net->stages[stage].size > size) --stage;
    return stage;
}

void vdvae_encode(vdvae_pass *p, gt_tensor *x) {
    const vdvae *net = p->net;
    gt_graph_push_scope(p->g, "encoder");
    gt_tensor *h = p->in_conv = conv(p, &net->in_conv, x);
    p->taps[net->stage_count - 1] = h;
    for (int i = 0; i < net->encoder_count; ++i) {
        const vdvae_encoder_block *block = &net->encoder[i];
        gt_graph_push_scope(p->g, "enc_blocks.%d", i);
        h = residual(p, &block->net, h);
        if (block->pool > 1 && net->tap_before_pool) p->taps[block->stage] = h;
        if (block->pool > 1) h = gt_avg_pool(p->g, h, block->pool);
        p->encoded[i] = h;
        int below = stage_below(p, block);
        h = gt_pad_channels(p->g, h, net->stages[below].width);
        p->taps[below] = h;
        gt_graph_pop_scope(p->g);
    }
    for (int i = 0; i < net->stage_count; ++i) p->taps_gelu[i] = gt_gelu(p->g, p->taps[i]);
    gt_graph_pop_scope(p->g);
}

/* ---- Decoder --------------------------------------------------------------------------- */

/* The state a block starts from: the stage's map, or its learned bias (or zeros), plus what is
 * mixed in. */
static gt_tensor *block_input(vdvae_pass *p, const vdvae_decoder_block *block) {
    const vdvae_stage *stage = &p->net->stages[block->stage];
    gt_shape shape = GT_SHAPE(p->batch, stage->width, stage->size, stage->size);
    gt_tensor *x = p->maps[block->stage];
    if (!x && stage->bias >= 0) x = p->leaves[stage->bias];
    if (block->source >= 0) {
        gt_tensor *below = gt_slice(p->g, p->maps[block->source], 1, 0, stage->width);
        gt_tensor *up =
            gt_upsample(p->g, below, stage->size / p->net->stages[block->source].size);
        x = x ? gt_add(p->g, up, x) : up;
    }
    return x ? gt_broadcast(p->g, x, shape) : gt_constant(p->g, 0, shape);
}

/* Steps 1 and 2: q from x and the encoder's map, the prior from x alone. */
static void distributions(const vdvae_pass *p, const vdvae_decoder_block *block,
                          vdvae_block_pass *b, gt_tensor *x) {
    gt_graph *g = p->g;
    const vdvae_stage *stage = &p->net->stages[block->stage];
    int64_t z = stage->latent, w = stage->width;
    gt_tensor *active = gt_gelu(g, x);
    bool has_posterior = b->latent == VDVAE_POSTERIOR || b->latent == VDVAE_MEAN;
    if (has_posterior) {
        const gt_conv_layer *c1 = &block->posterior.c[0];
        gt_tensor *own = gt_conv_layer_from(g, p->leaves, c1, active, 0);
        gt_tensor *seen = gt_conv_layer_from(g, p->leaves, c1, p->taps_gelu[block->stage], w);
        gt_tensor *first = gt_add(g, own, seen);
        b->q = conv(p, &block->posterior.c[3], inner(p, &block->posterior, first));
        b->qm = gt_slice(g, b->q, 1, 0, z);
        b->qs = gt_slice(g, b->q, 1, z, z);
    }
    gt_tensor *h = inner(p, &block->prior, conv(p, &block->prior.c[0], active));
    gt_tensor *f = gt_conv_layer_to(g, p->leaves, &block->prior.c[3], h, 0, 2 * z);
    b->pm = gt_slice(g, f, 1, 0, z);
    b->ps = gt_slice(g, f, 1, z, z);
    b->xpp = gt_conv_layer_to(g, p->leaves, &block->prior.c[3], h, 2 * z, w);
    if (has_posterior) b->kl = gt_gaussian_kl(g, b->qm, b->qs, b->pm, b->ps);
}

static gt_tensor *noise_of(const vdvae_pass *p, const vdvae_decoder_block *block, int j) {
    const vdvae_stage *stage = &p->net->stages[block->stage];
    char name[32];
    snprintf(name, sizeof name, "eps.%d", j);
    return gt_random_normal(p->g, name, gt_rng_stream(name),
                            GT_SHAPE(p->batch, stage->latent, stage->size, stage->size));
}

/* Step 3, or its counterpart without the encoder. */
static void draw(const vdvae_pass *p, const vdvae_decoder_block *block, vdvae_block_pass *b,
                 int j) {
    bool from_prior = b->latent == VDVAE_PRIOR;
    if (b->latent == VDVAE_GIVEN) return;
    b->z = from_prior ? b->pm : b->qm;
    if (b->latent == VDVAE_MEAN || (from_prior && b->temperature == 0)) return;
    gt_tensor *log_sd = from_prior ? gt_affine(p->g, b->ps, 1, log(b->temperature)) : b->qs;
    b->noise = noise_of(p, block, j);
    b->z = gt_gaussian_sample(p->g, b->z, log_sd, b->noise);
}

/* Steps 1 to 5: x with what the prior and z add to it. */
static gt_tensor *add_latent(vdvae_pass *p, const vdvae_decoder_block *block,
                             vdvae_block_pass *b, int j, gt_tensor *x) {
    distributions(p, block, b, x);
    draw(p, block, b, j);
    b->projected = conv(p, &block->z_proj, b->z);
    return gt_add(p->g, gt_add(p->g, x, b->xpp), b->projected);
}

static void decoder_block(vdvae_pass *p, int j) {
    const vdvae_decoder_block *block = &p->net->decoder[j];
    vdvae_block_pass *b = &p->blocks[j];
    gt_graph_push_scope(p->g, "dec_blocks.%d", j);
    gt_tensor *x = block_input(p, block);
    if (p->net->stages[block->stage].latent == 0) b->latent = VDVAE_NONE;
    if (b->latent != VDVAE_NONE) x = add_latent(p, block, b, j, x);
    b->x = p->maps[block->stage] = residual(p, &block->out, x);
    gt_graph_pop_scope(p->g);
}

void vdvae_decode(vdvae_pass *p, int count) {
    gt_graph_push_scope(p->g, "decoder");
    for (int j = 0; j < count; ++j) decoder_block(p, j);
    gt_graph_pop_scope(p->g);
}

void vdvae_finish(vdvae_pass *p) {
    gt_tensor *top = p->maps[p->net->stage_count - 1];
    gt_tensor *scaled = gt_mul(p->g, top, p->leaves[p->net->gain]);
    p->px_z = gt_add(p->g, scaled, p->leaves[p->net->bias]);
    p->likelihood = conv(p, &p->net->out_conv, p->px_z);
}

/* ---- Ends ------------------------------------------------------------------------------ */

gt_tensor *vdvae_prepare(const gt_model *model, gt_graph *g, gt_tensor *pixels) {
    const gt_model_input *input = gt_model_input_of(model);
    gt_reals stay = GT_REALS(1), nothing = GT_REALS(0);
    gt_tensor *centred = gt_affine_by_channel(g, pixels, &stay, &input->shift);
    return gt_affine_by_channel(g, centred, &input->scale, &nothing);
}

vdvae_terms vdvae_objective(const vdvae_pass *p, gt_tensor *target,
                            const gt_model_graph *nodes) {
    gt_graph *g = p->g;
    gt_shape shape = gt_tensor_shape(target);
    double values = (double)(shape.dim[1] * shape.dim[2] * shape.dim[3]);
    gt_tensor *rate = NULL;
    for (int j = 0; j < p->net->decoder_count; ++j) {
        if (p->blocks[j].latent == VDVAE_NONE) continue;
        gt_tensor *kl = gt_sum_per_image(g, p->blocks[j].kl);
        rate = rate ? gt_add(g, rate, kl) : kl;
    }
    gt_tensor *seen = gt_dmol_log_prob(g, p->net->dmol, p->likelihood, target);
    seen = gt_sum_per_image(g, gt_model_weighed(nodes, g, seen));
    return (vdvae_terms){.distortion = gt_affine(g, seen, -1 / values, 0),
                         .rate = gt_affine(g, rate, 1 / values, 0)};
}

gt_status vdvae_pass_create(const vdvae *net, gt_graph *g, gt_tensor *const *leaves,
                            int64_t batch, vdvae_pass **out, gt_error *err) {
    gt_status status = GT_OK;
    size_t stages = (size_t)net->stage_count;
    vdvae_pass *p = calloc(1, sizeof *p);
    if (!p) GT_THROW(err, GT_NO_MEMORY, "no memory for a pass");
    p->net = net;
    p->leaves = leaves;
    p->g = g;
    p->batch = batch;
    p->encoded = calloc((size_t)net->encoder_count, sizeof(gt_tensor *));
    p->taps = calloc(3 * stages, sizeof(gt_tensor *));
    p->blocks = calloc((size_t)net->decoder_count, sizeof *p->blocks);
    if (!p->encoded || !p->taps || !p->blocks)
        GT_THROW(err, GT_NO_MEMORY, "no memory for a pass");
    p->taps_gelu = p->taps + stages;
    p->maps = p->taps + 2 * stages;
    for (int j = 0; j < net->decoder_count; ++j) p->blocks[j].temperature = 1;
    *out = p;
    p = NULL;
done:
    vdvae_pass_destroy(p);
    return status;
}

void vdvae_pass_destroy(vdvae_pass *p) {
    if (!p) return;
    free(p->encoded);
    free(p->taps);
    free(p->blocks);
    free(p);
}
