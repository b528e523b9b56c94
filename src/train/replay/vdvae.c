/* Replays a recorded VDVAE: one pass with recorded noise, its gradients, samples, and three
 * updates. */
#include "replay/vdvae_recording.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything alive while one file is replayed. */
typedef struct replay {
    gt_recording *rec;
    vdvae_recording as;
    gt_model *model;
    const vdvae *net;
    gt_params *params;
    gt_tensor **leaves;
    gt_replay_job *job;
    gt_graph *g;
    gt_tensor *images, *prepared, *elbo;
    vdvae_pass *main, *sample, *means, *given;
    int elbo_kept, sample_kept, means_kept; /* numbers of kept values */
    int *grads_kept;                        /* by parameter */
} replay;

/* ---- Reading ------------------------------------------------------------------------------
 */

static void read_parameters(replay *r) {
    for (int i = 0; i < gt_params_count(r->params) && !r->rec->status; ++i) {
        char name[256];
        uint64_t count = 0;
        gt_shape shape = gt_params_shape(r->params, i);
        snprintf(name, sizeof name, "param/%s", gt_params_name(r->params, i));
        const gt_st_tensor *tensor = NULL;
        if (gt_recording_find(r->rec, name) >= 0)
            r->rec->status = gt_safetensors_require(r->rec->file, name, shape.rank, shape.dim,
                                                    &tensor, r->rec->err);
        float *values = gt_recording_input(r->rec, name, &count);
        if (values)
            memcpy(gt_params_values(r->params) + gt_params_offset(r->params, i), values,
                   count * sizeof *values);
        free(values);
    }
}

/* Bytes (N,H,W,C) into the input (N,C,H,W). */
static void feed_images(replay *r) {
    gt_shape shape = gt_tensor_shape(r->images);
    int64_t channels = shape.dim[1], pixels = shape.dim[2] * shape.dim[3];
    uint64_t count = 0, expected = (uint64_t)gt_shape_count(shape);
    float *bytes = gt_recording_input(r->rec, "input/image_u8", &count), *images = NULL;
    if (bytes && count != expected)
        gt_recording_fail(r->rec, GT_BAD_SHAPE, "'input/image_u8' has %llu values, not %llu",
                          (unsigned long long)count, (unsigned long long)expected);
    if (!r->rec->status) images = malloc(expected * sizeof *images);
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

/* ---- Graphs ---------------------------------------------------------------------------------
 */

static vdvae_pass *new_pass(replay *r, vdvae_latent latent) {
    vdvae_pass *pass = NULL;
    if (r->rec->status) return NULL;
    r->rec->status =
        vdvae_pass_create(r->net, r->g, r->leaves, r->as.batch, &pass, r->rec->err);
    for (int j = 0; pass && j < r->net->decoder_count; ++j) pass->blocks[j].latent = latent;
    return pass;
}

static void feed_noise(replay *r, const vdvae_pass *pass, const char *prefix) {
    for (int j = 0; j < r->net->decoder_count; ++j)
        if (pass->blocks[j].noise)
            gt_replay_feed(r->job, pass->blocks[j].noise, "noise/%s.%d", prefix, j);
}

static void build_main(replay *r) {
    r->main = new_pass(r, VDVAE_POSTERIOR);
    if (!r->main) return;
    vdvae_encode(r->main, r->prepared);
    vdvae_decode(r->main, r->net->decoder_count);
    vdvae_finish(r->main);
    feed_noise(r, r->main, "eps");
}

/* Latents from the prior. */
static void build_sample(replay *r) {
    r->sample = new_pass(r, VDVAE_PRIOR);
    if (!r->sample) return;
    for (int j = 0; j < r->net->decoder_count; ++j)
        r->sample->blocks[j].temperature = r->as.temperature;
    vdvae_decode(r->sample, r->net->decoder_count);
    vdvae_finish(r->sample);
    feed_noise(r, r->sample, "sample_eps");
    gt_replay_want(r->job, r->sample->px_z, GT_REPLAY_PLAIN, "sample/px_z");
    r->sample_kept = gt_replay_keep(r->job, r->sample->likelihood);
}

/* The first latents from the main pass, the others from the prior. */
static void build_given(replay *r) {
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
    gt_replay_want(r->job, r->given->px_z, GT_REPLAY_PLAIN, "sample/px_z_set_latents");
}

static void build_means(replay *r) {
    r->means = new_pass(r, VDVAE_MEAN);
    if (!r->means) return;
    vdvae_encode(r->means, r->prepared);
    vdvae_decode(r->means, r->net->decoder_count);
    vdvae_finish(r->means);
    r->means_kept = gt_replay_keep(r->job, r->means->likelihood);
}

/* ---- What is compared
 * ------------------------------------------------------------------------- */

static void want_inputs(replay *r, gt_tensor *target) {
    static const int last[] = {0, 2, 3, 1};
    gt_tensor *x = r->prepared;
    if (r->as.channels_last) {
        x = gt_permute(r->g, x, last);
        target = gt_permute(r->g, target, last);
    }
    gt_replay_want(r->job, x, GT_REPLAY_PLAIN, "input/x");
    gt_replay_want(r->job, target, GT_REPLAY_PLAIN, "input/x_target");
}

static void want_encoder(replay *r) {
    const vdvae_pass *p = r->main;
    gt_replay_want(r->job, p->in_conv, GT_REPLAY_PLAIN, "act/encoder.in_conv");
    for (int i = 0; i < r->net->encoder_count; ++i)
        gt_replay_want(r->job, p->encoded[i], GT_REPLAY_PLAIN, "act/encoder.enc_blocks.%d", i);
    for (int i = 0; i < r->net->stage_count; ++i)
        gt_replay_want(r->job, p->taps[i], GT_REPLAY_PLAIN, "act/encoder.activations.%d",
                       r->net->stages[i].size);
}

static void want_block(replay *r, int j) {
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
        gt_replay_want(r->job, rows[i].value, GT_REPLAY_PLAIN, "%s", name);
    }
}

static void want_losses(replay *r, gt_tensor *target) {
    vdvae_terms terms = vdvae_objective(r->main, target);
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
        gt_replay_want(r->job, rows[i].value, GT_REPLAY_PLAIN, "%s", rows[i].name);
    r->elbo_kept = gt_replay_keep(r->job, r->elbo);
}

static void want_gradients(replay *r) {
    int count = gt_params_count(r->params);
    gt_tensor **grads = calloc((size_t)count, sizeof *grads);
    r->grads_kept = calloc((size_t)count, sizeof *r->grads_kept);
    if (!grads || !r->grads_kept) {
        gt_recording_fail(r->rec, GT_NO_MEMORY, "no memory for %d gradients", count);
    } else {
        gt_grad(r->g, r->elbo, r->leaves, count, grads);
        for (int i = 0; i < count; ++i) r->grads_kept[i] = gt_replay_keep(r->job, grads[i]);
    }
    free(grads);
}

/* ---- Samples
 * ----------------------------------------------------------------------------------- */

/* Uniforms of the mixture and of the logistics, in one piece. */
static float *read_uniforms(replay *r, uint64_t mixture, uint64_t logistic) {
    uint64_t a = 0, b = 0;
    float *u = gt_recording_input(r->rec, "noise/sample_u_mixture", &a);
    float *v = gt_recording_input(r->rec, "noise/sample_u_logistic", &b);
    if (u && v && (a != mixture || b != logistic))
        gt_recording_fail(r->rec, GT_BAD_SHAPE,
                          "noise/sample_u_* have %llu and %llu values, not %llu and %llu",
                          (unsigned long long)a, (unsigned long long)b,
                          (unsigned long long)mixture, (unsigned long long)logistic);
    float *both = r->rec->status ? NULL : realloc(u, (mixture + logistic) * sizeof *u);
    if (both) {
        memcpy(both + mixture, v, logistic * sizeof *v);
        u = NULL;
    } else {
        gt_recording_fail(r->rec, GT_NO_MEMORY, "no memory for uniforms");
    }
    free(u);
    free(v);
    return both;
}

/* Draws pixels with the recorded uniforms, (N,H,W,C), and compares them. */
static void compare_drawn(replay *r, int kept, const char *name, const char *byte_name) {
    const gt_model_input *in = &r->as.input;
    int64_t pixels = in->height * in->width, values = r->as.batch * pixels * in->channels;
    uint64_t mixture = (uint64_t)(r->as.batch * pixels * r->net->dmol.mixtures);
    float *u = read_uniforms(r, mixture, (uint64_t)values), *drawn = NULL;
    if (u) drawn = malloc(2 * (size_t)values * sizeof *drawn);
    if (u && !drawn) gt_recording_fail(r->rec, GT_NO_MEMORY, "no memory for images");
    if (drawn) {
        float *last = drawn + values;
        gt_dmol_draw(r->net->dmol, r->as.batch, pixels, gt_replay_kept(r->job, kept), u,
                     u + mixture, drawn);
        for (int64_t i = 0; i < values; ++i) {
            int64_t c = i % in->channels, at = i / in->channels % pixels;
            int64_t n = i / in->channels / pixels;
            last[i] = drawn[(n * in->channels + c) * pixels + at];
        }
        gt_shape shape = GT_SHAPE(r->as.batch, in->height, in->width, in->channels);
        gt_recording_compare_floats(r->rec, name, shape, last, GT_REPLAY_PLAIN, 0);
        for (int64_t i = 0; i < values; ++i) last[i] = (last[i] + 1) * 127.5f;
        if (byte_name) gt_recording_compare_bytes(r->rec, byte_name, shape, last);
    }
    free(drawn);
    free(u);
}

/* ---- Updates
 * ------------------------------------------------------------------------------------- */

/* One vector for all parameters, in the layout of the model. */
static float *new_vector(replay *r) {
    float *v = calloc((size_t)gt_params_floats(r->params), sizeof *v);
    if (!v) gt_recording_fail(r->rec, GT_NO_MEMORY, "no memory for a vector");
    return v;
}

static void gather_gradients(const replay *r, float *grads) {
    for (int i = 0; i < gt_params_count(r->params); ++i) {
        size_t count = (size_t)gt_shape_count(gt_params_shape(r->params, i));
        memcpy(grads + gt_params_offset(r->params, i), gt_replay_kept(r->job, r->grads_kept[i]),
               count * sizeof *grads);
    }
}

/* Compares every parameter's part of a vector with PREFIX/NAME. A mixture component whose scale
 * is clamped everywhere leaves a row of zeros in the gradient of the last convolution. */
static void compare_vector(replay *r, const char *prefix, const float *vector,
                           gt_replay_judge judge, double bound) {
    for (int i = 0; i < gt_params_count(r->params); ++i) {
        char name[256];
        snprintf(name, sizeof name, "%s/%s", prefix, gt_params_name(r->params, i));
        bool is_last = i == r->net->out_conv.weight || i == r->net->out_conv.bias;
        bool rows = judge == GT_REPLAY_ZERO_ROWS && !is_last;
        gt_recording_compare_floats(r->rec, name, gt_params_shape(r->params, i),
                                    vector + gt_params_offset(r->params, i),
                                    rows ? GT_REPLAY_PLAIN : judge, bound);
    }
}

static void compare_number(replay *r, const char *format, int step, double value) {
    char name[64];
    snprintf(name, sizeof name, format, step);
    gt_recording_compare(r->rec, name, gt_shape_scalar(), &value, GT_REPLAY_PLAIN, 0);
}

/* How far an element may go another way whose gradient is at rounding level: see the README of
 * the recordings. */
static double step_bound(const replay *r, int step) {
    if (r->as.rule.kind == GT_OPTIMIZER_RMSPROP) return (step == 1 ? 20 : 100) * r->as.rate;
    return 2 * r->as.rate * step;
}

static void take_step(replay *r, gt_optimizer_vectors *v, float *grads, int step) {
    gather_gradients(r, grads);
    double norm = gt_gradient_norm(grads, v->count, r->rec->settings.threads);
    compare_number(r, "loss/elbo_step%d", step, *gt_replay_kept(r->job, r->elbo_kept));
    compare_number(r, "opt/grad_norm_step%d", step, norm);
    if (r->as.skip > 0 && !(norm < r->as.skip)) return;
    gt_optimizer_step how = {.number = step,
                             .rate = r->as.rate,
                             .grad_scale = gt_clip_coefficient(norm, r->as.clip),
                             .average_rate = r->as.average,
                             .threads = r->rec->settings.threads};
    gt_optimizer_apply(&r->as.rule, v, &how);
}

static void compare_after(replay *r, const gt_optimizer_vectors *v, int step) {
    char prefix[64];
    double bound = step_bound(r, step);
    snprintf(prefix, sizeof prefix, "step%d", step);
    compare_vector(r, prefix, v->values, GT_REPLAY_STEP, bound);
    snprintf(prefix, sizeof prefix, "ema%d", step);
    compare_vector(r, prefix, v->average, GT_REPLAY_STEP, bound);
    for (int i = 0; i < gt_optimizer_state_count(&r->as.rule); ++i) {
        snprintf(prefix, sizeof prefix, "opt%d/%s", step,
                 gt_optimizer_state_name(&r->as.rule, i));
        compare_vector(r, prefix, v->state[i], GT_REPLAY_PLAIN, 0);
    }
}

static void replay_updates(replay *r) {
    enum { STEPS = 3 };
    float *grads = new_vector(r);
    size_t count = (size_t)gt_params_floats(r->params);
    gt_optimizer_vectors v = {.count = count,
                              .values = gt_params_values(r->params),
                              .grads = grads,
                              .average = new_vector(r)};
    for (int i = 0; i < gt_optimizer_state_count(&r->as.rule); ++i) v.state[i] = new_vector(r);
    if (!r->rec->status) memcpy(v.average, v.values, count * sizeof(float));
    for (int step = 1; step <= STEPS && !r->rec->status; ++step) {
        if (step > 1) gt_replay_job_run(r->job);
        if (r->rec->status) break;
        take_step(r, &v, grads, step);
        compare_after(r, &v, step);
    }
    for (int i = 0; i < GT_OPTIMIZER_MAX_STATE; ++i) free(v.state[i]);
    free(v.average);
    free(grads);
}

/* ---- All of it
 * -------------------------------------------------------------------------------------- */

static void make_leaves(replay *r) {
    int count = gt_params_count(r->params);
    r->leaves = calloc((size_t)count, sizeof *r->leaves);
    if (!r->leaves) gt_recording_fail(r->rec, GT_NO_MEMORY, "no memory for %d leaves", count);
    for (int i = 0; r->leaves && i < count; ++i)
        r->leaves[i] = gt_params_tensor(r->g, r->params, i);
    gt_replay_job_parameters(r->job, r->params, r->leaves);
}

static void build(replay *r) {
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
    want_inputs(r, target);
    want_encoder(r);
    for (int j = 0; j < r->net->decoder_count; ++j) want_block(r, j);
    want_losses(r, target);
    want_gradients(r);
    if (gt_recording_find(r->rec, "noise/sample_eps.0") >= 0) build_sample(r);
    if (gt_recording_find(r->rec, "sample/px_z_set_latents") >= 0) build_given(r);
    if (gt_recording_find(r->rec, "sample/recon_from_means_float") >= 0) build_means(r);
}

static void run(replay *r) {
    float *grads = new_vector(r);
    gt_replay_job_run(r->job);
    if (!r->rec->status) {
        gather_gradients(r, grads);
        compare_vector(r, "grad", grads, GT_REPLAY_ZERO_ROWS, 0);
    }
    free(grads);
    if (r->sample && !r->rec->status)
        compare_drawn(r, r->sample_kept, "sample/image_float", "sample/image_u8");
    if (r->means && !r->rec->status)
        compare_drawn(r, r->means_kept, "sample/recon_from_means_float", NULL);
    if (r->as.rate > 0 && !r->rec->status) replay_updates(r);
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

static void replay_vdvae(gt_recording *rec) {
    replay r = {.rec = rec};
    vdvae_recording_read(rec, &r.as);
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

const gt_replayer gt_replayer_vdvae = {"vdvae", accepts, replay_vdvae};
