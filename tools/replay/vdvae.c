/* Replays a recorded VDVAE: one pass with recorded noise, its gradients, samples, and three
 * updates. */
#include "vdvae_replay.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Reading ----------------------------------------------------------------------- */

/* Every parameter that the settings ask for is in the file, with its shape: looked at before
 * there is any memory for the model. */
static void check_parameters(gt_recording *rec, const vdvae_recording *as) {
    vdvae *net = NULL;
    gt_params *params = gt_params_create();
    if (!params) gt_recording_fail(rec, GT_NO_MEMORY, "no memory for a list of parameters");
    gt_error why;
    if (!rec->status && vdvae_read_settings(&as->settings, &as->input, &net, &why))
        gt_recording_fail(rec, GT_BAD_FORMAT, "%s", why.text);
    if (net) vdvae_add_parameters(net, &as->settings, params);
    for (int i = 0; net && !rec->status && i < gt_params_count(params); ++i) {
        char name[256];
        gt_shape shape = gt_params_shape(params, i);
        const gt_st_tensor *tensor;
        snprintf(name, sizeof name, "param/%s", gt_params_name(params, i));
        rec->status =
            gt_safetensors_require(rec->file, name, shape.rank, shape.dim, &tensor, rec->err);
    }
    vdvae_destroy(net);
    gt_params_destroy(params);
}

/* The same for the images. */
static void check_images(gt_recording *rec, const vdvae_recording *as) {
    int index = gt_recording_find(rec, "input/image_u8");
    uint64_t expected = (uint64_t)(as->batch * as->input.channels) *
                        (uint64_t)(as->input.height * as->input.width);
    const gt_st_tensor *tensor = index < 0 ? NULL : gt_safetensors_at(rec->file, (size_t)index);
    if (!tensor)
        gt_recording_fail(rec, GT_BAD_FORMAT, "no tensor 'input/image_u8'");
    else if (tensor->elements != expected)
        gt_recording_fail(rec, GT_BAD_SHAPE, "'input/image_u8' has %llu values, not %llu",
                          (unsigned long long)tensor->elements, (unsigned long long)expected);
}

static void read_parameters(vdvae_replay *r) {
    for (int i = 0; i < gt_params_count(r->params) && !r->rec->status; ++i) {
        char name[256];
        uint64_t count = 0;
        snprintf(name, sizeof name, "param/%s", gt_params_name(r->params, i));
        float *values = gt_recording_input(r->rec, name, &count);
        if (values)
            memcpy(gt_params_values(r->params) + gt_params_offset(r->params, i), values,
                   count * sizeof *values);
        free(values);
    }
}

/* Bytes (N,H,W,C) into the input (N,C,H,W). */
static void feed_images(vdvae_replay *r) {
    gt_shape shape = gt_tensor_shape(r->images);
    int64_t channels = shape.dim[1], pixels = shape.dim[2] * shape.dim[3];
    uint64_t count = 0;
    float *bytes = gt_recording_input(r->rec, "input/image_u8", &count), *images = NULL;
    if (!r->rec->status) images = malloc((count + 1) * sizeof *images);
    if (!r->rec->status && !images)
        gt_recording_fail(r->rec, GT_NO_MEMORY, "no memory for the images");
    for (int64_t i = 0; images && i < (int64_t)count; ++i) {
        int64_t c = i % channels, at = i / channels % pixels, n = i / channels / pixels;
        images[(n * channels + c) * pixels + at] = bytes[i];
    }
    if (images) gt_replay_feed_values(r->job, r->images, images);
    free(images);
    free(bytes);
}

/* ---- Graphs ------------------------------------------------------------------------ */

static vdvae_pass *new_pass(vdvae_replay *r, vdvae_latent latent) {
    vdvae_pass *pass = NULL;
    if (r->rec->status) return NULL;
    r->rec->status =
        vdvae_pass_create(r->net, r->g, r->leaves, r->as.batch, &pass, r->rec->err);
    for (int j = 0; pass && j < r->net->decoder_count; ++j) pass->blocks[j].latent = latent;
    return pass;
}

static void feed_noise(vdvae_replay *r, const vdvae_pass *pass, const char *prefix) {
    for (int j = 0; j < r->net->decoder_count; ++j)
        if (pass->blocks[j].noise)
            gt_replay_feed(r->job, pass->blocks[j].noise, "noise/%s.%d", prefix, j);
}

static void build_main(vdvae_replay *r) {
    r->main = new_pass(r, VDVAE_POSTERIOR);
    if (!r->main) return;
    vdvae_encode(r->main, r->prepared);
    vdvae_decode(r->main, r->net->decoder_count);
    vdvae_finish(r->main);
    feed_noise(r, r->main, "eps");
}

/* Latents from the prior. */
static void build_sample(vdvae_replay *r) {
    r->sample = new_pass(r, VDVAE_PRIOR);
    if (!r->sample) return;
    for (int j = 0; j < r->net->decoder_count; ++j)
        r->sample->blocks[j].temperature = r->as.temperature;
    vdvae_decode(r->sample, r->net->decoder_count);
    vdvae_finish(r->sample);
    feed_noise(r, r->sample, "sample_eps");
    gt_replay_expect(r->job, r->sample->px_z, GT_REPLAY_PLAIN, "sample/px_z");
    r->sample_kept = gt_replay_add_output(r->job, r->sample->likelihood);
}

/* The first latents from the main pass, the others from the prior. */
static void build_given(vdvae_replay *r) {
    r->given = new_pass(r, VDVAE_PRIOR);
    if (!r->given) return;
    for (int j = 0; j < r->net->decoder_count; ++j) {
        vdvae_block_pass *block = &r->given->blocks[j];
        block->temperature = r->as.given_temperature;
        if (j >= r->as.given) continue;
        block->latent = VDVAE_GIVEN;
        block->z = r->main->blocks[j].z;
    }
    vdvae_decode(r->given, r->net->decoder_count);
    vdvae_finish(r->given);
    feed_noise(r, r->given, "sample_eps");
    gt_replay_expect(r->job, r->given->px_z, GT_REPLAY_PLAIN, "sample/px_z_set_latents");
}

static void build_means(vdvae_replay *r) {
    r->means = new_pass(r, VDVAE_MEAN);
    if (!r->means) return;
    vdvae_encode(r->means, r->prepared);
    vdvae_decode(r->means, r->net->decoder_count);
    vdvae_finish(r->means);
    r->means_kept = gt_replay_add_output(r->job, r->means->likelihood);
}

/* ---- What is compared
 * ------------------------------------------------------------------------- */

static void expect_inputs(vdvae_replay *r, gt_tensor *target) {
    static const int last[] = {0, 2, 3, 1};
    gt_tensor *x = r->prepared;
    if (r->as.channels_last) {
        x = gt_permute(r->g, x, last);
        target = gt_permute(r->g, target, last);
    }
    gt_replay_expect(r->job, x, GT_REPLAY_PLAIN, "input/x");
    gt_replay_expect(r->job, target, GT_REPLAY_PLAIN, "input/x_target");
}

static void expect_encoder(vdvae_replay *r) {
    const vdvae_pass *p = r->main;
    gt_replay_expect(r->job, p->in_conv, GT_REPLAY_PLAIN, "act/encoder.in_conv");
    for (int i = 0; i < r->net->encoder_count; ++i)
        gt_replay_expect(r->job, p->encoded[i], GT_REPLAY_PLAIN, "act/encoder.enc_blocks.%d",
                         i);
    for (int i = 0; i < r->net->stage_count; ++i)
        gt_replay_expect(r->job, p->taps[i], GT_REPLAY_PLAIN, "act/encoder.activations.%d",
                         r->net->stages[i].size);
}

static void expect_block(vdvae_replay *r, int j) {
    const vdvae_block_pass *b = &r->main->blocks[j];
    if (b->latent == VDVAE_NONE) return;
    gt_tensor *prior = gt_concat(r->g, (gt_tensor *[]){b->pm, b->ps, b->xpp}, 3, 1);
    gt_tensor *kl = gt_sum_per_image(r->g, b->kl);
    const struct {
        const char *format;
        gt_tensor *value;
    } rows[] = {
        {"act/z.%d", b->z},
        {"act/qm.%d", b->qm},
        {"act/decoder.dec_blocks.%d.enc", b->q},
        {"act/decoder.dec_blocks.%d.prior", prior},
        {"act/decoder.dec_blocks.%d.z_proj", b->projected},
        {"act/decoder.dec_blocks.%d.resnet", b->x},
        {"loss/kl_per_layer.%d", kl},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        char name[128];
        snprintf(name, sizeof name, rows[i].format, j);
        gt_replay_expect(r->job, rows[i].value, GT_REPLAY_PLAIN, "%s", name);
    }
}

static void expect_losses(vdvae_replay *r, gt_tensor *target) {
    const gt_model_graph plain = {0};
    vdvae_terms terms = vdvae_objective(r->main, target, &plain);
    r->elbo = gt_mean(r->g, gt_add(r->g, terms.distortion, terms.rate));
    const struct {
        const char *name;
        gt_tensor *value;
    } rows[] = {
        {"act/px_z", r->main->px_z},
        {"act/out_net", r->main->likelihood},
        {"act/decoder.out_net.out_conv", r->main->likelihood},
        {"act/z0_code", r->main->blocks[0].qm},
        {"loss/distortion_per_image", terms.distortion},
        {"loss/rate_per_image", terms.rate},
        {"loss/distortion", gt_mean(r->g, terms.distortion)},
        {"loss/rate", gt_mean(r->g, terms.rate)},
        {"loss/elbo", r->elbo},
        {"loss/elbo_bits_per_dim", gt_affine(r->g, r->elbo, 1 / M_LN2, 0)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
        gt_replay_expect(r->job, rows[i].value, GT_REPLAY_PLAIN, "%s", rows[i].name);
    r->elbo_kept = gt_replay_add_output(r->job, r->elbo);
}

static void expect_gradients(vdvae_replay *r) {
    int count = gt_params_count(r->params);
    gt_tensor **grads = calloc((size_t)count, sizeof *grads);
    r->grads_kept = calloc((size_t)count, sizeof *r->grads_kept);
    if (!grads || !r->grads_kept) {
        gt_recording_fail(r->rec, GT_NO_MEMORY, "no memory for %d gradients", count);
    } else {
        gt_grad(r->g, r->elbo, r->leaves, count, grads);
        for (int i = 0; i < count; ++i)
            r->grads_kept[i] = gt_replay_add_output(r->job, grads[i]);
    }
    free(grads);
}

/* ---- All of it
 * -------------------------------------------------------------------------------------- */

static void make_leaves(vdvae_replay *r) {
    int count = gt_params_count(r->params);
    r->leaves = calloc((size_t)count, sizeof *r->leaves);
    if (!r->leaves) gt_recording_fail(r->rec, GT_NO_MEMORY, "no memory for %d leaves", count);
    for (int i = 0; r->leaves && i < count; ++i)
        r->leaves[i] = gt_params_tensor(r->g, r->params, i);
    gt_replay_job_parameters(r->job, r->params, r->leaves);
}

static void build(vdvae_replay *r) {
    const gt_model_input *in = &r->as.input;
    r->job = gt_replay_job_create(r->rec);
    if (!r->job) return;
    r->g = gt_replay_job_graph(r->job);
    make_leaves(r);
    r->images =
        gt_input(r->g, "images", GT_SHAPE(r->as.batch, in->channels, in->height, in->width));
    r->prepared = vdvae_prepare(r->model, r->g, r->images);
    gt_tensor *target = gt_dmol_target(r->g, r->net->dmol, r->images);
    feed_images(r);
    build_main(r);
    if (r->rec->status) return;
    expect_inputs(r, target);
    expect_encoder(r);
    for (int j = 0; j < r->net->decoder_count; ++j) expect_block(r, j);
    expect_losses(r, target);
    expect_gradients(r);
    if (gt_recording_find(r->rec, "noise/sample_eps.0") >= 0) build_sample(r);
    if (gt_recording_find(r->rec, "sample/px_z_set_latents") >= 0) build_given(r);
    if (gt_recording_find(r->rec, "sample/recon_from_means_float") >= 0) build_means(r);
}

static void run(vdvae_replay *r) {
    float *grads = vdvae_new_vector(r);
    gt_replay_job_run(r->job);
    if (!r->rec->status) {
        vdvae_gather_gradients(r, grads);
        vdvae_compare_vector(r, "grad", grads, GT_REPLAY_ZERO_ROWS, 0);
    }
    free(grads);
    if (r->sample && !r->rec->status)
        vdvae_compare_drawn(r, r->sample_kept, "sample/image_float", "sample/image_u8");
    if (r->means && !r->rec->status)
        vdvae_compare_drawn(r, r->means_kept, "sample/recon_from_means_float", NULL);
    if (r->as.rate > 0 && !r->rec->status) vdvae_replay_updates(r);
}

/* As measured when files of this kind were made, for files without measurements of their own.
 * Gradients of one channel suffer from the difference of two sigmoids near 1. */
static const gt_replay_rule rules_gray[] = {
    {"loss/", 2.7e-6}, {"grad/", 7.4e-3}, {"step1/", 5.1e-5}, {"step3/", 5.4e-4},
    {"ema3/", 8.3e-5}, {"opt", 2.5e-4},   {NULL, 0},
};
static const gt_replay_rule rules_rgb[] = {
    {"loss/", 2.7e-6}, {"grad/", 1e-5}, {"step1/", 5.1e-5}, {"step3/", 5.4e-4},
    {"ema3/", 8.3e-5}, {"opt", 1e-5},   {NULL, 0},
};

static void replay_file(gt_recording *rec) {
    vdvae_replay r = {.rec = rec};
    vdvae_recording_read(rec, &r.as);
    if (!rec->status) check_images(rec, &r.as);
    if (!rec->status) check_parameters(rec, &r.as);
    if (!rec->status)
        rec->status =
            gt_model_create(&gt_model_vdvae, &r.as.settings, &r.as.input, &r.model, rec->err);
    if (!rec->status) {
        rec->rules = r.as.input.channels == 1 ? rules_gray : rules_rgb;
        r.net = gt_model_self(r.model);
        r.params = gt_model_params(r.model);
        read_parameters(&r);
        build(&r);
        if (!rec->status) run(&r);
    }
    vdvae_pass_destroy(r.main);
    vdvae_pass_destroy(r.sample);
    vdvae_pass_destroy(r.given);
    vdvae_pass_destroy(r.means);
    gt_replay_job_destroy(r.job);
    gt_model_destroy(r.model);
    free(r.leaves);
    free(r.grads_kept);
    vdvae_recording_clear(&r.as);
}

static bool accepts(const gt_safetensors *file) {
    return (gt_safetensors_metadata(file, "cfg") || gt_safetensors_metadata(file, "H")) &&
           gt_safetensors_find(file, "param/encoder.in_conv.weight");
}

const gt_replayer gt_replayer_vdvae = {"vdvae", accepts, replay_file};
