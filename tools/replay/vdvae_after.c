/* What follows from a replayed pass of a VDVAE: drawn pixels, and three updates of the
 * parameters. */
#include "vdvae_replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Samples
 * ----------------------------------------------------------------------------------- */

/* Uniforms of the mixture and of the logistics, in one piece. */
static float *read_uniforms(vdvae_replay *r, uint64_t mixture, uint64_t logistic) {
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

void vdvae_compare_drawn(vdvae_replay *r, int kept, const char *name, const char *byte_name) {
    const gt_model_input *in = &r->as.input;
    int64_t pixels = in->height * in->width, values = r->as.batch * pixels * in->channels;
    uint64_t mixture = (uint64_t)(r->as.batch * pixels * r->net->dmol.mixtures);
    float *u = read_uniforms(r, mixture, (uint64_t)values), *drawn = NULL;
    if (u) drawn = malloc(2 * (size_t)values * sizeof *drawn);
    if (u && !drawn) gt_recording_fail(r->rec, GT_NO_MEMORY, "no memory for images");
    if (drawn) {
        float *last = drawn + values;
        gt_dmol_draw(r->net->dmol, r->as.batch, pixels, gt_replay_output(r->job, kept), u,
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

float *vdvae_new_vector(vdvae_replay *r) {
    float *v = calloc((size_t)gt_params_floats(r->params), sizeof *v);
    if (!v) gt_recording_fail(r->rec, GT_NO_MEMORY, "no memory for a vector");
    return v;
}

void vdvae_gather_gradients(const vdvae_replay *r, float *grads) {
    for (int i = 0; i < gt_params_count(r->params); ++i) {
        size_t count = (size_t)gt_shape_count(gt_params_shape(r->params, i));
        memcpy(grads + gt_params_offset(r->params, i),
               gt_replay_output(r->job, r->grads_kept[i]), count * sizeof *grads);
    }
}

/* Compares every parameter's part of a vector with PREFIX/NAME. A mixture component whose scale
 * is clamped everywhere leaves a row of zeros in the gradient of the last convolution. */
void vdvae_compare_vector(vdvae_replay *r, const char *prefix, const float *vector,
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

static void compare_number(vdvae_replay *r, const char *format, int step, double value) {
    char name[64];
    snprintf(name, sizeof name, format, step);
    gt_recording_compare(r->rec, name, gt_shape_scalar(), &value, GT_REPLAY_PLAIN, 0);
}

/* How far an element may go another way whose gradient is at rounding level: see the README of
 * the recordings. */
static double step_bound(const vdvae_replay *r, int step) {
    if (r->as.rule.kind == GT_OPTIMIZER_RMSPROP) return (step == 1 ? 20 : 100) * r->as.rate;
    return 2 * r->as.rate * step;
}

static void apply_step(vdvae_replay *r, gt_optimizer_vectors *v, float *grads, int step) {
    vdvae_gather_gradients(r, grads);
    double norm = gt_gradient_norm(grads, v->count, r->rec->settings.threads);
    compare_number(r, "loss/elbo_step%d", step, *gt_replay_output(r->job, r->elbo_kept));
    compare_number(r, "opt/grad_norm_step%d", step, norm);
    if (r->as.skip > 0 && !(norm < r->as.skip)) return;
    gt_optimizer_step how = {.number = step,
                             .rate = r->as.rate,
                             .grad_scale = gt_clip_coefficient(norm, r->as.clip),
                             .average_rate = r->as.average,
                             .threads = r->rec->settings.threads};
    gt_optimizer_apply(&r->as.rule, v, &how);
}

static void compare_after(vdvae_replay *r, const gt_optimizer_vectors *v, int step) {
    char prefix[64];
    double bound = step_bound(r, step);
    snprintf(prefix, sizeof prefix, "step%d", step);
    vdvae_compare_vector(r, prefix, v->values, GT_REPLAY_STEP, bound);
    snprintf(prefix, sizeof prefix, "ema%d", step);
    vdvae_compare_vector(r, prefix, v->average, GT_REPLAY_STEP, bound);
    for (int i = 0; i < gt_optimizer_state_count(&r->as.rule); ++i) {
        snprintf(prefix, sizeof prefix, "opt%d/%s", step,
                 gt_optimizer_state_name(&r->as.rule, i));
        vdvae_compare_vector(r, prefix, v->state[i], GT_REPLAY_PLAIN, 0);
    }
}

void vdvae_replay_updates(vdvae_replay *r) {
    enum { STEPS = 3 };
    float *grads = vdvae_new_vector(r);
    size_t count = (size_t)gt_params_floats(r->params);
    gt_optimizer_vectors v = {.count = count,
                              .values = gt_params_values(r->params),
                              .grads = grads,
                              .average = vdvae_new_vector(r)};
    for (int i = 0; i < gt_optimizer_state_count(&r->as.rule); ++i)
        v.state[i] = vdvae_new_vector(r);
    if (!r->rec->status) memcpy(v.average, v.values, count * sizeof(float));
    for (int step = 1; step <= STEPS && !r->rec->status; ++step) {
        if (step > 1) gt_replay_job_run(r->job);
        if (r->rec->status) break;
        apply_step(r, &v, grads, step);
        compare_after(r, &v, step);
    }
    for (int i = 0; i < GT_OPTIMIZER_MAX_STATE; ++i) free(v.state[i]);
    free(v.average);
    free(grads);
}
