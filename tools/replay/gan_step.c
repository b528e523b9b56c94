/* Replays three steps of both networks of a light-weight GAN on one batch in parts: everything
 * on the way forward, all terms and gradients, running statistics, updates, the average, and
 * pictures and scores in use. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/optim.h"
#include "gan_replay.h"

enum { STEPS = 3, NAME = 96, DISCRIMINATOR = 0, GENERATOR = 1 };

typedef struct step_replay {
    gan_replay r;
    gt_optimizer rule;
    double rate, average;
    float *grads, *moments[2];
} step_replay;

/* ---- One part of a step ---------------------------------------------------------------- */

static bool learns(const gan_replay *r, int objective, int i) {
    return !gt_params_is_state(r->params, i) && gt_model_owns(r->model, objective, i);
}

/* The gradient of what is learned or the new state, of every parameter in order; the number of
 * the first. */
static int keep_changes(gan_replay *r, gt_replay_network *n, int objective, gt_tensor *loss,
                        const net_pass *pass) {
    int count = gt_params_count(r->params), first = -1;
    gt_tensor **grads = calloc((size_t)count, sizeof *grads);
    if (!grads) {
        gt_recording_fail(r->rec, GT_NO_MEMORY, "no memory for gradients");
        return first;
    }
    gt_grad(n->g, loss, n->leaves, count, grads);
    for (int i = 0; i < count; ++i) {
        gt_tensor *changed = learns(r, objective, i) ? grads[i] : pass->values[i];
        int kept = gt_replay_add_output(n->job, changed);
        if (i == 0) first = kept;
    }
    free(grads);
    return first;
}

/* Gradients are added up over the parts, states go on from part to part. */
static void take_changes(step_replay *s, int objective, const gt_replay_job *job, int first) {
    const gan_replay *r = &s->r;
    float share = 1 / (float)r->parts, *values = gt_params_values(r->params);
    for (int i = 0; i < gt_params_count(r->params); ++i) {
        const float *got = gt_replay_output(job, first + i);
        int64_t at = gt_params_offset(r->params, i),
                count = gt_shape_count(gt_params_shape(r->params, i));
        if (learns(r, objective, i))
            for (int64_t k = 0; k < count; ++k) s->grads[at + k] += share * got[k];
        else if (gt_params_is_state(r->params, i))
            memcpy(values + at, got, (size_t)count * sizeof *got);
    }
}

static void expect(gt_replay_network *n, gt_tensor *value, const char *format, ...)
    GT_PRINTF(3, 4);
static void expect(gt_replay_network *n, gt_tensor *value, const char *format, ...) {
    char name[NAME];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    if (value) gt_replay_expect(n->job, value, GT_REPLAY_PLAIN, "%s", name);
}

static void expect_generator(gt_replay_network *n, const gan_shown *shown, int blocks) {
    expect(n, shown->first, "G.initial_conv");
    for (int i = 0; i < blocks; ++i) {
        expect(n, shown->block[i], "G.layers.%d.up", i);
        expect(n, shown->gate[i], "G.layers.%d.sle", i);
        expect(n, shown->attention[i], "G.layers.%d.attn", i);
    }
}

static void expect_scores(gt_replay_network *n, const gan_scores *real, int stages) {
    for (int i = 0; i < stages; ++i) {
        expect(n, real->stage[i], "D.real.residual_layers.%d", i);
        expect(n, real->attention[i], "D.real.residual_layers.%d.attn", i);
    }
    for (int i = 1; i < 5; ++i)
        expect(n, real->small_stage[i], "D.real.to_shape_disc_out.%d", i);
    expect(n, real->small, "D.real.to_shape_disc_out.5");
}

/* The gradient of the penalty alone, and of the scores by the pictures. */
static void expect_slopes(gan_replay *r, gt_replay_network *n, const gan_terms *terms,
                          gt_tensor *real) {
    int count = gt_params_count(r->params);
    gt_tensor *slope, **grads = calloc((size_t)count, sizeof *grads);
    gt_tensor *sum =
        gt_add(n->g, gt_sum(n->g, terms->real.main), gt_sum(n->g, terms->real.small));
    gt_grad(n->g, sum, &real, 1, &slope);
    expect(n, slope, "acc0.D.dlogits_dreal");
    if (grads) gt_grad(n->g, terms->penalty, n->leaves, count, grads);
    for (int i = 0; i < count && grads; ++i)
        if (learns(r, DISCRIMINATOR, i))
            expect(n, grads[i], "gponly.%s", gt_params_name(r->params, i));
    free(grads);
}

static void expect_terms(gt_replay_network *n, const gan_terms *t, gt_tensor *loss, int part) {
    expect(n, t->real.main, "acc%d.D.real_logits", part);
    expect(n, t->real.small, "acc%d.D.real_logits_32", part);
    expect(n, t->fake.main, "acc%d.D.fake_logits", part);
    expect(n, t->fake.small, "acc%d.D.fake_logits_32", part);
    expect(n, t->hinge, "acc%d.D.loss.hinge", part);
    expect(n, t->hinge_small, "acc%d.D.loss.hinge_32", part);
    expect(n, t->aux, "acc%d.D.loss.aux", part);
    expect(n, t->penalty, "acc%d.D.loss.gradient_penalty", part);
    expect(n, loss, "acc%d.D.loss.total_before_accumulate_division", part);
}

/* Pictures of one channel are copied to all. */
static gt_tensor *real_pictures(gan_replay *r, gt_replay_network *n, int part) {
    char name[NAME];
    int64_t side = r->net->side;
    snprintf(name, sizeof name, "acc%d.real_images", part);
    gt_tensor *x = gan_replay_leaf(r, n, name, GT_SHAPE(r->batch, 1, side, side));
    return gt_broadcast(n->g, x, GT_SHAPE(r->batch, r->net->channels, side, side));
}

static gt_tensor *discriminator_loss(gan_replay *r, gt_replay_network *n, const net_pass *pass,
                                     int step, int part) {
    const gan *net = r->net;
    char of_fake[NAME], of_real[NAME], who[NAME];
    gan_chances fake_by, real_by;
    gan_shown shown;
    gan_terms t;
    snprintf(who, sizeof who, "acc%d.D", part);
    snprintf(of_fake, sizeof of_fake, "acc%d.D.fake", part);
    snprintf(of_real, sizeof of_real, "acc%d.D.real", part);
    gt_tensor *real = real_pictures(r, n, part);
    gan_draws draws = gan_replay_draws(r, n, who);
    gt_tensor *fake =
        gt_stop_gradient(n->g, gan_generate(&net->generator, pass, &draws, &shown));
    bool fake_changes = gan_replay_chances(r, n, of_fake, &fake_by),
         real_changes = gan_replay_chances(r, n, of_real, &real_by);
    gan_quarter quarter = gan_replay_quarter(r, n, who);
    gan_discriminator_terms(net, pass, real, fake, real_changes ? &real_by : NULL,
                            fake_changes ? &fake_by : NULL, &quarter, step == 0, &t);
    gt_tensor *loss = gt_add(n->g, gt_add(n->g, t.hinge, t.hinge_small), t.aux);
    if (t.penalty) loss = gt_add(n->g, loss, t.penalty);
    if (step > 0) return loss;
    expect(n, fake, "acc%d.D.fake_images", part);
    expect_terms(n, &t, loss, part);
    if (part > 0) return loss;
    gt_tensor *seen =
        real_changes ? gan_augment(&net->augmentation, n->g, real, &real_by) : real;
    expect(n, seen, "D.real.input_after_aug");
    expect(n, gan_decode(&net->discriminator.decoder, pass, t.real.map), "D.real.decoder1");
    expect_generator(n, &shown, net->generator.blocks);
    expect_scores(n, &t.real, net->discriminator.stages);
    expect_slopes(r, n, &t, real);
    return loss;
}

static gt_tensor *generator_loss(gan_replay *r, gt_replay_network *n, const net_pass *pass,
                                 int step, int part) {
    char of_fake[NAME], who[NAME];
    gan_chances by;
    snprintf(who, sizeof who, "acc%d.G", part);
    snprintf(of_fake, sizeof of_fake, "acc%d.G.fake", part);
    gan_draws draws = gan_replay_draws(r, n, who);
    gt_tensor *fake = gan_generate(&r->net->generator, pass, &draws, NULL);
    bool changes = gan_replay_chances(r, n, of_fake, &by);
    gan_wishes t = gan_generator_terms(r->net, pass, fake, changes ? &by : NULL);
    if (step == 0) {
        expect(n, t.main, "acc%d.G.loss.main", part);
        expect(n, t.small, "acc%d.G.loss.32", part);
    }
    return gt_add(n->g, t.main, t.small);
}

static void replay_part(step_replay *s, int objective, int step, int part) {
    gan_replay *r = &s->r;
    gt_replay_network n;
    gt_model_graph nodes = {0};
    net_pass pass = {0};
    if (gt_replay_network_open(r->rec, r->model, &n)) {
        nodes.parameters = n.leaves;
        r->rec->status = net_pass_open(r->model, n.g, true, &nodes, &pass, r->rec->err);
    }
    if (!r->rec->status) {
        gt_tensor *loss = (objective == DISCRIMINATOR ? discriminator_loss : generator_loss)(
            r, &n, &pass, step, part);
        int first = keep_changes(r, &n, objective, loss, &pass);
        gt_replay_job_run(n.job);
        if (!r->rec->status) take_changes(s, objective, n.job, first);
    }
    net_pass_close(&pass);
    gt_replay_network_close(&n);
}

/* ---- A step ---------------------------------------------------------------------------- */

static void compare_all(step_replay *s, const char *prefix, const float *vector,
                        gt_replay_judge judge, double bound) {
    const gan_replay *r = &s->r;
    char name[2 * NAME];
    for (int i = 0; i < gt_params_count(r->params) && !r->rec->status; ++i) {
        snprintf(name, sizeof name, "%s%s", prefix, gt_params_name(r->params, i));
        gt_recording_compare_floats(r->rec, name, gt_params_shape(r->params, i),
                                    vector + gt_params_offset(r->params, i), judge, bound);
    }
}

static void update(step_replay *s, int objective, int step) {
    const gan_replay *r = &s->r;
    gt_model_range range = gt_model_range_of(r->model, objective);
    gt_optimizer_vectors v = {
        .count = range.count,
        .values = gt_params_values(r->params) + range.first,
        .grads = s->grads + range.first,
        .state = {s->moments[0] + range.first, s->moments[1] + range.first}};
    gt_optimizer_step how = {
        .number = step + 1, .rate = s->rate, .grad_scale = 1, .threads = 1};
    gt_optimizer_apply(&s->rule, &v, &how);
}

static void learn(step_replay *s, int objective, int step) {
    gan_replay *r = &s->r;
    memset(s->grads, 0, (size_t)gt_params_floats(r->params) * sizeof *s->grads);
    for (int part = 0; part < r->parts && !r->rec->status; ++part)
        replay_part(s, objective, step, part);
    if (r->rec->status) return;
    if (step == 0)
        compare_all(s, objective == DISCRIMINATOR ? "dstep." : "gstep.", s->grads,
                    GT_REPLAY_PLAIN, 0);
    update(s, objective, step);
}

/* Here in every step, unlike in a run of its own. */
static void follow(step_replay *s) {
    const gan_replay *r = &s->r;
    float *values = gt_params_values(r->params);
    for (int i = 0; i < gt_params_count(r->params); ++i) {
        int from = gt_params_find_under(r->params, i, "GE.", "G.");
        if (from < 0) continue;
        float *copy = values + gt_params_offset(r->params, i);
        const float *value = values + gt_params_offset(r->params, from);
        int64_t count = gt_shape_count(gt_params_shape(r->params, i));
        for (int64_t k = 0; k < count; ++k)
            copy[k] =
                (float)(s->average * (double)copy[k] + (1 - s->average) * (double)value[k]);
    }
}

/* ---- In use ---------------------------------------------------------------------------- */

static gt_tensor *clamp(gt_graph *g, gt_tensor *x) {
    gt_shape one = gt_shape_scalar();
    return gt_max(g, gt_min(g, x, gt_constant(g, 1, one)), gt_constant(g, 0, one));
}

/* With the recorded values after the last step. */
static void replay_use(gan_replay *r) {
    gt_replay_network n;
    gt_recording *after = gt_recording_open_part(r->rec, "after");
    if (!after) return;
    gan_replay_read(r, after, "step3.");
    gt_recording_close_part(r->rec, after);
    if (gt_replay_network_open(r->rec, r->model, &n)) {
        net_pass pass = {.g = n.g, .values = n.leaves};
        gan_draws draws = gan_replay_draws(r, &n, "eval");
        gt_tensor *x = gan_generate(&r->net->generator, &pass, &draws, NULL);
        gan_scores scores = gan_judge(&r->net->discriminator, &pass, clamp(n.g, x));
        expect(&n, x, "eval.images_unclamped");
        expect(&n, scores.main, "eval.logits_of_clamped");
        expect(&n, scores.small, "eval.logits_32_of_clamped");
        gt_replay_job_run(n.job);
    }
    gt_replay_network_close(&n);
}

/* ---- All of it ------------------------------------------------------------------------- */

static void read_rule(step_replay *s) {
    gt_recording *rec = s->r.rec;
    s->rule = gt_optimizer_default(GT_OPTIMIZER_ADAM);
    s->rule.weight_decay = 0;
    s->rule.beta1 = gt_recording_number(rec, "beta1", 0.5);
    s->rule.beta2 = gt_recording_number(rec, "beta2", 0.9);
    s->rule.eps = gt_recording_number(rec, "adam_eps", 1e-8);
    s->rate = gt_recording_number(rec, "lr", 2e-4);
    s->average = gt_recording_number(rec, "ema_beta", 0.995);
    if (!rec->status && gt_recording_number(rec, "steps", STEPS) != STEPS)
        gt_recording_fail(rec, GT_UNSUPPORTED, "metadata 'steps': expected %d", STEPS);
}

static void replay_steps(step_replay *s) {
    gan_replay *r = &s->r;
    size_t floats = (size_t)gt_params_floats(r->params);
    float *work = calloc(3 * floats, sizeof *work);
    if (!work) gt_recording_fail(r->rec, GT_NO_MEMORY, "no memory for moments");
    s->grads = work;
    s->moments[0] = work + floats;
    s->moments[1] = work + 2 * floats;
    for (int step = 0; step < STEPS && !r->rec->status; ++step) {
        char prefix[NAME];
        learn(s, DISCRIMINATOR, step);
        if (!r->rec->status) learn(s, GENERATOR, step);
        if (r->rec->status) break;
        follow(s);
        snprintf(prefix, sizeof prefix, "step%d.", step + 1);
        compare_all(s, prefix, gt_params_values(r->params), GT_REPLAY_STEP,
                    2 * s->rate * (step + 1));
    }
    free(work);
}

static void replay(gt_recording *rec) {
    bool is_first = gt_recording_find(rec, "acc0.real_images") >= 0;
    step_replay s = {
        .r = {.rec = rec, .first = is_first ? rec : gt_recording_open_part(rec, "init")}};
    rec->result->is_inputs = is_first;
    if (!is_first && !rec->status) gan_replay_tolerances(rec);
    if (s.r.first && gan_replay_open(&s.r)) {
        read_rule(&s);
        if (!rec->status) replay_steps(&s);
        bool has_use = is_first || gt_recording_find(rec, "eval.images_unclamped") >= 0;
        if (!rec->status && has_use) replay_use(&s.r);
    }
    gt_model_destroy(s.r.model);
    if (!is_first) gt_recording_close_part(rec, s.r.first);
}

static bool accepts(const gt_safetensors *file) {
    return gt_safetensors_metadata(file, "latent_dim") &&
           gt_safetensors_metadata(file, "attn_res_layers") &&
           gt_safetensors_metadata(file, "steps");
}

const gt_replayer gt_replayer_gan_step = {"steps of a light-weight GAN", accepts, replay};
