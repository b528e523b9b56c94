/* Replays a recorded flow: its layers at rest and in training, gradients, the way back, and
 * three updates on one batch. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/optim.h"
#include "maf_replay.h"

typedef struct step_replay {
    maf_replay r;
    int loss; /* kept values: the loss, and the gradient of each parameter */
    int *grads;
} step_replay;

/* (D,N) as rows. */
static void expect_rows(maf_replay *r, gt_tensor *value, const char *name) {
    gt_replay_expect(r->job, maf_turn(r->g, value), GT_REPLAY_PLAIN, "%s", name);
}

/* (1,N), (1,1) or NULL as one number a row. */
static void expect_numbers(maf_replay *r, gt_tensor *value, int64_t n, const char *name) {
    gt_tensor *zero = gt_constant(r->g, 0, GT_SHAPE(1, n));
    gt_replay_expect(r->job, value ? gt_add(r->g, zero, value) : zero, GT_REPLAY_PLAIN, "%s",
                     name);
}

static void expect_pass(maf_replay *r, const maf_pass *pass, const char *prefix) {
    char name[96];
    int64_t n = gt_tensor_dim(pass->u, 1);
    snprintf(name, sizeof name, "%s.u", prefix);
    expect_rows(r, pass->u, name);
    snprintf(name, sizeof name, "%s.logdet", prefix);
    expect_numbers(r, pass->log_det, n, name);
    snprintf(name, sizeof name, "%s.logp", prefix);
    expect_numbers(r, pass->log_p, n, name);
    for (int i = 0; i < 3 * r->net->block_count; ++i) {
        snprintf(name, sizeof name, "%s.layer%d.out", prefix, i);
        expect_rows(r, pass->steps[i].out, name);
        snprintf(name, sizeof name, "%s.layer%d.logdet", prefix, i);
        expect_numbers(r, pass->steps[i].log_det, n, name);
    }
}

static maf_pass *new_pass(maf_replay *r, gt_tensor *x, bool in_training) {
    maf_pass *pass = NULL;
    if (!r->rec->status)
        r->rec->status =
            maf_pass_create(r->net, r->g, r->leaves, x, in_training, &pass, r->rec->err);
    return pass;
}

/* The batch statistics, which running ones become without momentum. */
static void expect_statistics(maf_replay *r, const maf_pass *pass) {
    for (int b = 0; b < r->net->block_count; ++b) {
        const maf_block *block = &r->net->blocks[b];
        gt_replay_expect(r->job, pass->means[b], GT_REPLAY_PLAIN, "buffer1.%s",
                         gt_params_name(r->params, block->mean));
        gt_replay_expect(r->job, pass->variances[b], GT_REPLAY_PLAIN, "buffer1.%s",
                         gt_params_name(r->params, block->variance));
    }
}

static void expect_gradients(step_replay *s, const maf_pass *pass) {
    maf_replay *r = &s->r;
    int count = gt_params_count(r->params);
    gt_tensor *loss = gt_neg(r->g, gt_mean(r->g, pass->log_p));
    gt_tensor **grads = calloc((size_t)count, sizeof(gt_tensor *));
    s->grads = calloc((size_t)count, sizeof *s->grads);
    if (!grads || !s->grads) {
        gt_recording_fail(r->rec, GT_NO_MEMORY, "no memory for gradients");
        free(grads);
        return;
    }
    gt_grad(r->g, loss, r->leaves, count, grads);
    s->loss = gt_replay_add_output(r->job, loss);
    for (int i = 0; i < count; ++i) {
        bool has_mask = gt_params_shape(r->params, i).rank == 2;
        gt_replay_expect(r->job, grads[i], has_mask ? GT_REPLAY_ZEROS : GT_REPLAY_PLAIN,
                         "grad.%s", gt_params_name(r->params, i));
        s->grads[i] = gt_replay_add_output(r->job, grads[i]);
    }
    free(grads);
}

/* ---- Updates --------------------------------------------------------------------------- */

static void compare_after(step_replay *s, int step) {
    maf_replay *r = &s->r;
    char name[160];
    for (int i = 0; i < gt_params_count(r->params) && !r->rec->status; ++i) {
        gt_shape shape = gt_params_shape(r->params, i);
        uint64_t count = 0;
        snprintf(name, sizeof name, "param%d.%s", step, gt_params_name(r->params, i));
        if (gt_recording_find(r->rec, name) < 0) continue;
        char flags[160];
        snprintf(flags, sizeof flags, "adam_ok.%s", gt_params_name(r->params, i));
        float *which = gt_recording_input(r->rec, flags, &count);
        if (which && count != (uint64_t)gt_shape_count(shape))
            gt_recording_fail(r->rec, GT_BAD_SHAPE, "'%s' has %llu values", flags,
                              (unsigned long long)count);
        if (which)
            gt_recording_compare_some(
                r->rec, name, shape,
                gt_params_values(r->params) + gt_params_offset(r->params, i), which);
        free(which);
    }
}

static gt_optimizer read_rule(gt_recording *rec, double *rate) {
    gt_optimizer rule = gt_optimizer_default(GT_OPTIMIZER_ADAM);
    json_t *adam = gt_recording_object(rec, "adam");
    const json_t *betas = json_object_get(adam, "betas");
    *rate = gt_recording_real(rec, adam, "lr");
    rule.eps = gt_recording_real(rec, adam, "eps");
    rule.weight_decay = gt_recording_real(rec, adam, "weight_decay");
    if (json_array_size(betas) != 2)
        gt_recording_fail(rec, GT_BAD_FORMAT, "metadata: no two 'betas'");
    rule.beta1 = json_number_value(json_array_get(betas, 0));
    rule.beta2 = json_number_value(json_array_get(betas, 1));
    json_decref(adam);
    return rule;
}

static void gather_gradients(const step_replay *s, float *grads) {
    const gt_params *params = s->r.params;
    for (int i = 0; i < gt_params_count(params); ++i)
        memcpy(grads + gt_params_offset(params, i), gt_replay_output(s->r.job, s->grads[i]),
               (size_t)gt_shape_count(gt_params_shape(params, i)) * sizeof *grads);
}

static void replay_updates(step_replay *s) {
    enum { STEPS = 3 };
    maf_replay *r = &s->r;
    double rate = 0;
    gt_optimizer rule = read_rule(r->rec, &rate);
    size_t floats = (size_t)gt_params_floats(r->params);
    float *work = r->rec->status ? NULL : calloc(3 * floats, sizeof *work);
    if (!r->rec->status && !work)
        gt_recording_fail(r->rec, GT_NO_MEMORY, "no memory for moments");
    for (int step = 1; step <= STEPS && !r->rec->status; ++step) {
        char name[32];
        if (step > 1) gt_replay_job_run(r->job);
        if (r->rec->status) break;
        snprintf(name, sizeof name, "loss.step%d", step);
        gt_recording_compare_floats(r->rec, name, gt_shape_scalar(),
                                    gt_replay_output(r->job, s->loss), GT_REPLAY_PLAIN, 0);
        gather_gradients(s, work);
        gt_optimizer_vectors v = {.count = (size_t)gt_params_learned_floats(r->params),
                                  .values = gt_params_values(r->params),
                                  .grads = work,
                                  .state = {work + floats, work + 2 * floats}};
        gt_optimizer_apply(&rule, &v,
                           &(gt_optimizer_step){.number = step,
                                                .rate = rate,
                                                .grad_scale = 1,
                                                .threads = r->rec->settings.threads});
        compare_after(s, step);
    }
    free(work);
}

/* ---- All ------------------------------------------------------------------------------- */

/* The codes made from noise, sent forwards again. */
static void expect_roundtrip(maf_replay *r) {
    int64_t n = 0;
    float *codes = maf_replay_inverse(r, "inverse.x", "inverse.logdet", &n);
    if (codes && !r->rec->status) {
        gt_tensor *leaf = gt_input(r->g, "codes", GT_SHAPE(n, r->net->features));
        gt_replay_feed_values(r->job, leaf, codes);
        maf_pass *pass = new_pass(r, maf_turn(r->g, leaf), false);
        if (pass) expect_rows(r, pass->u, "roundtrip.u");
        maf_pass_destroy(pass);
    }
    free(codes);
}

static void build(step_replay *s) {
    maf_replay *r = &s->r;
    gt_tensor *x = maf_replay_rows(r, "x");
    maf_pass *rest = new_pass(r, x, false), *training = new_pass(r, x, true);
    if (rest && training) {
        expect_pass(r, rest, "eval");
        expect_pass(r, training, "train");
        expect_statistics(r, training);
        expect_gradients(s, training);
        expect_roundtrip(r);
    }
    maf_pass_destroy(rest);
    maf_pass_destroy(training);
}

static void replay(gt_recording *rec) {
    static const gt_replay_rule rules[] = {{"grad.", 6e-6}, {"param3", 1e-6}, {NULL, 0}};
    step_replay s = {.loss = 0};
    rec->rules = rules;
    if (gt_safetensors_metadata(rec->file, "fp32_error")) maf_replay_tolerances(rec);
    if (maf_replay_open(&s.r, rec, "init.0.trunk.1.linear.weight")) {
        maf_replay_read(&s.r, "init");
        build(&s);
        gt_replay_job_run(s.r.job);
        replay_updates(&s);
    }
    maf_replay_close(&s.r);
    free(s.grads);
}

static bool accepts(const gt_safetensors *file) {
    return gt_safetensors_find(file, "init.0.joiner.mask") &&
           gt_safetensors_find(file, "loss.step1") && gt_safetensors_metadata(file, "K");
}

const gt_replayer gt_replayer_maf_step = {"maf step", accepts, replay};
