/* Replays a recorded Glow: a pass with recorded noise, its gradients, images from latents and
 * latents from these images, actnorms from data, and three updates. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/optim.h"
#include "glow.h"
#include "recording.h"

enum { STEPS = 3, MOST_SIZE = 4096 };

typedef struct glow_replay {
    gt_recording *rec;
    gt_model *model;
    const glow *net;
    gt_params *params;
    gt_replay_network n;
    int64_t batch;
    gt_tensor *x, *loss;        /* what flows, and its loss */
    int loss_kept, *grads_kept; /* by parameter */
} glow_replay;

/* ---- Reading ----------------------------------------------------------------------------- */

static int64_t read_size(gt_recording *rec, const char *key) {
    double value = gt_recording_number(rec, key, 0);
    if (!(value >= 1 && value <= MOST_SIZE) || value != floor(value))
        gt_recording_fail(rec, GT_BAD_FORMAT, "metadata '%s': a size of %g, expected 1 to %d",
                          key, value, MOST_SIZE);
    return (int64_t)value;
}

static bool is_true(gt_recording *rec, const char *key) {
    const char *text = gt_recording_text(rec, key);
    return text && strcmp(text, "True") == 0;
}

/* Sizes beyond what a file of its length can hold are refused before memory is asked for. */
static void read_network(glow_replay *r) {
    gt_recording *rec = r->rec;
    glow_settings set = {.flows = read_size(rec, "n_flow"),
                         .levels = read_size(rec, "n_block"),
                         .width = read_size(rec, "filter_size"),
                         .bits = read_size(rec, "n_bits"),
                         .coupling = is_true(rec, "affine") ? "affine" : "additive",
                         .mixing = is_true(rec, "conv_lu") ? "lu" : "plain"};
    int64_t channels = read_size(rec, "in_channel"), side = read_size(rec, "image_size");
    gt_model_input input = GT_MODEL_INPUT(channels, side, side, 0, 1);
    r->batch = read_size(rec, "batch");
    int index = gt_recording_find(rec, "param/blocks.0.flows.0.coupling.net.2.weight");
    bool is_fit = set.levels <= GLOW_LEVELS && set.flows <= 1024 && set.bits <= 8;
    if (!rec->status && !is_fit)
        gt_recording_fail(rec, GT_BAD_FORMAT, "%lld levels of %lld flows, %lld bits",
                          (long long)set.levels, (long long)set.flows, (long long)set.bits);
    if (!rec->status && index < 0)
        gt_recording_fail(rec, GT_BAD_FORMAT, "no network of the first coupling");
    if (!rec->status && !gt_recording_fits(rec, index, GT_SHAPE(set.width, set.width))) return;
    if (rec->status) return;
    (void)gt_model_fit_input(&gt_model_glow, &input);
    rec->status = gt_model_create(&gt_model_glow, &set, &input, &r->model, rec->err);
    if (rec->status) return;
    r->net = gt_model_self(r->model);
    r->params = gt_model_params(r->model);
}

static void read_parameters(glow_replay *r) {
    char name[160];
    gt_model_fixed fixed;
    for (int i = 0; i < gt_params_count(r->params) && !r->rec->status; ++i) {
        uint64_t count = 0;
        bool is_state = gt_params_is_state(r->params, i);
        snprintf(name, sizeof name, "%s/%s", is_state ? "buffer" : "param",
                 gt_params_name(r->params, i));
        int index = gt_recording_find(r->rec, name);
        if (index >= 0 && !gt_recording_fits(r->rec, index, gt_params_shape(r->params, i)))
            return;
        float *values = gt_recording_input(r->rec, name, &count);
        if (values)
            memcpy(gt_params_values(r->params) + gt_params_offset(r->params, i), values,
                   count * sizeof *values);
        free(values);
    }
    for (int i = 0; gt_model_fixed_at(r->model, i, &fixed) && !r->rec->status; ++i) {
        snprintf(name, sizeof name, "buffer/%s", fixed.name);
        gt_recording_compare_floats(r->rec, name, fixed.shape, fixed.values, GT_REPLAY_ZEROS,
                                    0);
    }
}

/* ---- Forwards ---------------------------------------------------------------------------- */

static gt_tensor *feed_images(glow_replay *r) {
    static const int to_planes[] = {0, 3, 1, 2};
    const gt_model_input *in = gt_model_input_of(r->model);
    gt_shape shape = GT_SHAPE(r->batch, in->height, in->width, in->channels);
    gt_tensor *bytes = gt_input(r->n.g, "bytes", shape);
    gt_replay_feed(r->n.job, bytes, "input/image_u8");
    gt_tensor *images = gt_permute(r->n.g, bytes, to_planes);
    gt_tensor *noise = gt_input(r->n.g, "noise", gt_tensor_shape(images));
    gt_replay_feed(r->n.job, noise, "noise/dequant_u");
    gt_tensor *cut = glow_cut(r->net, r->n.g, images);
    gt_tensor *x = glow_dequantise(r->net, r->n.g, cut, noise);
    gt_replay_expect(r->n.job, cut, GT_REPLAY_PLAIN, "input/x_quantised");
    gt_replay_expect(r->n.job, x, GT_REPLAY_PLAIN, "input/x");
    return x;
}

static void want_flow(glow_replay *r, const char *flow, const glow_step *step) {
    gt_replay_job *job = r->n.job;
    gt_shape square = gt_tensor_shape(step->matrix);
    gt_tensor *weight =
        gt_reshape(r->n.g, step->matrix, GT_SHAPE(square.dim[0], square.dim[1], 1, 1));
    gt_replay_expect(job, step->normed, GT_REPLAY_PLAIN, "act/%s.actnorm", flow);
    gt_replay_expect(job, step->mixed, GT_REPLAY_PLAIN, "act/%s.invconv", flow);
    gt_replay_expect(job, step->coupled, GT_REPLAY_PLAIN, "act/%s.coupling", flow);
    gt_replay_expect(job, weight, GT_REPLAY_PLAIN, "act/%s.invconv.weight_assembled", flow);
    gt_replay_expect(job, step->normed_det, GT_REPLAY_PLAIN, "loss/logdet.%s.actnorm", flow);
    gt_replay_expect(job, step->mixed_det, GT_REPLAY_PLAIN, "loss/logdet.%s.invconv", flow);
    gt_replay_expect(job, step->coupled_det, GT_REPLAY_PLAIN, "loss/logdet.%s.coupling", flow);
}

static gt_tensor *for_all(glow_replay *r, gt_tensor *x) {
    gt_shape shape = gt_tensor_shape(x);
    shape.dim[0] = r->batch;
    return gt_broadcast(r->n.g, x, shape);
}

static void want_level(glow_replay *r, int level, const glow_level_pass *pass) {
    char flow[64];
    gt_replay_job *job = r->n.job;
    for (int f = 0; f < r->net->flow_count; ++f) {
        snprintf(flow, sizeof flow, "blocks.%d.flows.%d", level, f);
        want_flow(r, flow, &pass->steps[f]);
    }
    gt_replay_expect(job, for_all(r, pass->prior.both), GT_REPLAY_PLAIN, "act/blocks.%d.prior",
                     level);
    gt_replay_expect(job, pass->passed, GT_REPLAY_PLAIN, "act/blocks.%d.out", level);
    gt_replay_expect(job, pass->z, GT_REPLAY_PLAIN, "act/z.%d", level);
    gt_replay_expect(job, pass->log_det, GT_REPLAY_PLAIN, "loss/logdet.blocks.%d", level);
    gt_replay_expect(job, pass->log_p, GT_REPLAY_PLAIN, "loss/log_p.blocks.%d", level);
}

static gt_tensor *in_bits(glow_replay *r, gt_tensor *nats) {
    double scale = 1 / (M_LN2 * (double)r->net->values);
    return gt_affine(r->n.g, gt_mean(r->n.g, nats), scale, 0);
}

static void want_loss(glow_replay *r, const glow_pass *pass) {
    gt_replay_job *job = r->n.job;
    gt_graph *g = r->n.g;
    gt_tensor *bits = gt_add(g, in_bits(r, pass->log_p), in_bits(r, pass->log_det));
    r->loss = gt_affine(g, bits, -1, r->net->bits);
    r->loss_kept = gt_replay_add_output(job, r->loss);
    gt_replay_expect(job, pass->log_p, GT_REPLAY_PLAIN, "loss/log_p");
    gt_replay_expect(job, pass->log_det, GT_REPLAY_PLAIN, "loss/logdet");
    gt_replay_expect(job, r->loss, GT_REPLAY_PLAIN, "loss/bits_per_dim");
    gt_replay_expect(job, in_bits(r, pass->log_p), GT_REPLAY_PLAIN, "loss/log_p_bits_per_dim");
    gt_replay_expect(job, in_bits(r, pass->log_det), GT_REPLAY_PLAIN,
                     "loss/logdet_bits_per_dim");
}

static void keep_gradients(glow_replay *r) {
    int count = gt_params_count(r->params);
    gt_tensor **grads = calloc((size_t)count, sizeof *grads);
    r->grads_kept = calloc((size_t)count, sizeof *r->grads_kept);
    if (!grads || !r->grads_kept)
        gt_recording_fail(r->rec, GT_NO_MEMORY, "no memory for gradients");
    else
        gt_grad(r->n.g, r->loss, r->n.leaves, count, grads);
    for (int i = 0; i < count && !r->rec->status; ++i) {
        if (gt_params_is_state(r->params, i)) continue;
        r->grads_kept[i] = gt_replay_add_output(r->n.job, grads[i]);
        gt_replay_expect(r->n.job, grads[i], GT_REPLAY_ZEROS, "grad/%s",
                         gt_params_name(r->params, i));
    }
    free(grads);
}

/* ---- There and back ---------------------------------------------------------------------- */

/* Largest absolute difference, (). */
static gt_tensor *distance(gt_graph *g, gt_tensor *a, gt_tensor *b) {
    gt_tensor *d = gt_abs(g, gt_sub(g, a, b));
    int64_t count = gt_shape_count(gt_tensor_shape(d));
    return gt_reshape(g, gt_reduce_max(g, gt_reshape(g, d, GT_SHAPE(count)), 0),
                      gt_shape_scalar());
}

static gt_tensor *largest(glow_replay *r, gt_tensor *const *a, gt_tensor *const *b) {
    gt_tensor *most = distance(r->n.g, a[0], b[0]);
    for (int l = 1; l < r->net->level_count; ++l)
        most = gt_max(r->n.g, most, distance(r->n.g, a[l], b[l]));
    return most;
}

static gt_tensor *reverse(glow_replay *r, gt_tensor *const *latents, bool are_white) {
    return glow_reverse(r->net, r->n.g, r->n.leaves, latents, are_white);
}

static glow_pass *forward(glow_replay *r, gt_tensor *x, bool from_data) {
    glow_pass *pass = NULL;
    if (!r->rec->status)
        r->rec->status =
            glow_pass_create(r->net, r->n.g, r->n.leaves, x, from_data, &pass, r->rec->err);
    return pass;
}

typedef struct round_trip {
    int image, white, raw; /* kept: the errors */
} round_trip;

/* Latents of the pass back to its images; and images of recorded noise, with the noise that is
 * found in them. */
static round_trip want_round_trips(glow_replay *r, const glow_pass *main) {
    gt_graph *g = r->n.g;
    gt_tensor *z[GLOW_LEVELS], *eps[GLOW_LEVELS], *cool[GLOW_LEVELS], *found[GLOW_LEVELS];
    double temperature = gt_recording_number(r->rec, "temperature", 1);
    round_trip kept = {0};
    for (int l = 0; l < r->net->level_count; ++l) {
        z[l] = main->levels[l].z;
        eps[l] = gt_input(g, "eps", gt_tensor_shape(z[l]));
        gt_replay_feed(r->n.job, eps[l], "noise/eps.%d", l);
        cool[l] = gt_affine(g, eps[l], temperature, 0);
    }
    gt_tensor *back = reverse(r, z, false), *image = reverse(r, eps, true);
    gt_tensor *raw = reverse(r, eps, false);
    gt_replay_expect(r->n.job, back, GT_REPLAY_PLAIN, "inv/reconstruction");
    gt_replay_expect(r->n.job, reverse(r, cool, true), GT_REPLAY_PLAIN, "sample/image_T");
    gt_replay_expect(r->n.job, image, GT_REPLAY_PLAIN, "sample/image_T1");
    gt_replay_expect(r->n.job, raw, GT_REPLAY_PLAIN, "sample/image_raw_latents");
    kept.image = gt_replay_add_output(r->n.job, distance(g, back, r->x));
    glow_pass *again = forward(r, image, false), *of_raw = forward(r, raw, false);
    for (int l = 0; again && of_raw && l < r->net->level_count; ++l) {
        found[l] = glow_whiten(again, g, l);
        z[l] = of_raw->levels[l].z;
        gt_replay_expect(r->n.job, found[l], GT_REPLAY_PLAIN, "inv/eps_recovered.%d", l);
    }
    if (again && of_raw) {
        kept.white = gt_replay_add_output(r->n.job, largest(r, found, eps));
        kept.raw = gt_replay_add_output(r->n.job, largest(r, z, eps));
    }
    glow_pass_destroy(again);
    glow_pass_destroy(of_raw);
    return kept;
}

/* An error of there and back is a property of rounding: at most twice the recorded one. */
static void judge_error(glow_replay *r, const char *name, int kept) {
    uint64_t count = 0;
    if (gt_recording_find(r->rec, name) < 0) return;
    double *theirs = gt_recording_expected(r->rec, name, &count);
    double own = r->rec->status ? 0 : (double)*gt_replay_output(r->n.job, kept);
    if (theirs && count == 1) gt_recording_judged(r->rec, name, own, 2 * theirs[0]);
    free(theirs);
}

static void want_first_values(glow_replay *r) {
    glow_pass *pass = forward(r, r->x, true);
    for (int l = 0; pass && l < r->net->level_count; ++l) {
        gt_replay_expect(r->n.job, pass->levels[l].z, GT_REPLAY_PLAIN, "init/z.%d", l);
        for (int f = 0; f < r->net->flow_count; ++f) {
            const glow_step *step = &pass->levels[l].steps[f];
            gt_replay_expect(r->n.job, step->loc, GT_REPLAY_PLAIN,
                             "init/blocks.%d.flows.%d.actnorm.loc", l, f);
            gt_replay_expect(r->n.job, step->scale, GT_REPLAY_PLAIN,
                             "init/blocks.%d.flows.%d.actnorm.scale", l, f);
        }
    }
    if (pass) {
        gt_replay_expect(r->n.job, pass->log_p, GT_REPLAY_PLAIN, "init/log_p");
        gt_replay_expect(r->n.job, pass->log_det, GT_REPLAY_PLAIN, "init/logdet");
    }
    glow_pass_destroy(pass);
}

/* ---- Updates ----------------------------------------------------------------------------- */

static void compare_vector(glow_replay *r, const char *prefix, const float *vector,
                           gt_replay_judge judge, double bound) {
    char name[160];
    for (int i = 0; i < gt_params_count(r->params) && !r->rec->status; ++i) {
        if (gt_params_is_state(r->params, i)) continue;
        snprintf(name, sizeof name, "%s/%s", prefix, gt_params_name(r->params, i));
        gt_recording_compare_floats(r->rec, name, gt_params_shape(r->params, i),
                                    vector + gt_params_offset(r->params, i), judge, bound);
    }
}

static void compare_after(glow_replay *r, int step, const gt_optimizer *rule,
                          const gt_optimizer_vectors *v, double rate) {
    char prefix[64];
    snprintf(prefix, sizeof prefix, "step%d", step);
    compare_vector(r, prefix, v->values, GT_REPLAY_STEP, 2 * rate * step);
    for (int i = 0; i < gt_optimizer_state_count(rule); ++i) {
        snprintf(prefix, sizeof prefix, "opt%d/%s", step, gt_optimizer_state_name(rule, i));
        compare_vector(r, prefix, v->state[i], GT_REPLAY_PLAIN, 0);
    }
}

static void gather_gradients(const glow_replay *r, float *grads) {
    for (int i = 0; i < gt_params_count(r->params); ++i) {
        size_t count = (size_t)gt_shape_count(gt_params_shape(r->params, i));
        if (!gt_params_is_state(r->params, i))
            memcpy(grads + gt_params_offset(r->params, i),
                   gt_replay_output(r->n.job, r->grads_kept[i]), count * sizeof *grads);
    }
}

static double read_rule(gt_recording *rec, gt_optimizer *rule) {
    json_t *read = gt_recording_object(rec, "optimizer");
    *rule = gt_optimizer_default(GT_OPTIMIZER_ADAM);
    double rate = gt_recording_real(rec, read, "lr");
    rule->beta1 = gt_recording_real(rec, read, "beta1");
    rule->beta2 = gt_recording_real(rec, read, "beta2");
    rule->eps = gt_recording_real(rec, read, "eps");
    rule->weight_decay = 0;
    json_decref(read);
    return rate;
}

static void replay_updates(glow_replay *r) {
    gt_optimizer rule;
    char name[64];
    double rate = read_rule(r->rec, &rule);
    size_t floats = (size_t)gt_params_floats(r->params);
    float *work = calloc(3 * floats, sizeof *work);
    if (!work) gt_recording_fail(r->rec, GT_NO_MEMORY, "no memory for moments");
    gt_optimizer_vectors v = {.count = (size_t)gt_params_learned_floats(r->params),
                              .values = gt_params_values(r->params),
                              .grads = work,
                              .state = {work + floats, work + 2 * floats}};
    for (int step = 1; step <= STEPS && !r->rec->status; ++step) {
        if (step > 1) gt_replay_job_run(r->n.job);
        if (r->rec->status) break;
        snprintf(name, sizeof name, "loss/bits_per_dim_step%d", step);
        gt_recording_compare_floats(r->rec, name, gt_shape_scalar(),
                                    gt_replay_output(r->n.job, r->loss_kept), GT_REPLAY_PLAIN,
                                    0);
        gather_gradients(r, work);
        gt_optimizer_apply(&rule, &v,
                           &(gt_optimizer_step){.number = step,
                                                .rate = rate,
                                                .grad_scale = 1,
                                                .threads = r->rec->settings.threads});
        compare_after(r, step, &rule, &v, rate);
    }
    free(work);
}

/* ---- All of it --------------------------------------------------------------------------- */

static void build_and_run(glow_replay *r) {
    r->x = feed_images(r);
    glow_pass *pass = forward(r, r->x, false);
    if (!pass) return;
    for (int l = 0; l < r->net->level_count; ++l) want_level(r, l, &pass->levels[l]);
    want_loss(r, pass);
    keep_gradients(r);
    round_trip kept = want_round_trips(r, pass);
    want_first_values(r);
    glow_pass_destroy(pass);
    if (!r->rec->status) gt_replay_job_run(r->n.job);
    judge_error(r, "inv/reconstruction_max_abs_err_fp32", kept.image);
    judge_error(r, "inv/eps_max_abs_err_fp32", kept.white);
    judge_error(r, "inv/raw_latent_max_abs_err_fp32", kept.raw);
    if (!r->rec->status) replay_updates(r);
}

static void replay(gt_recording *rec) {
    static const gt_replay_rule rules[] = {
        {"loss/", 3e-5},  {"grad/", 1e-6},    {"init/", 5e-6}, {"inv/", 5e-6},
        {"step1/", 1e-6}, {"step3/", 1.4e-5}, {"opt", 3e-7},   {NULL, 0},
    };
    glow_replay r = {.rec = rec};
    rec->rules = rules;
    read_network(&r);
    if (r.model && gt_replay_network_open(rec, r.model, &r.n)) {
        read_parameters(&r);
        if (!rec->status) build_and_run(&r);
    }
    gt_replay_network_close(&r.n);
    gt_model_destroy(r.model);
    free(r.grads_kept);
}

static bool accepts(const gt_safetensors *file) {
    return gt_safetensors_metadata(file, "n_flow") &&
           gt_safetensors_metadata(file, "n_block") &&
           gt_safetensors_find(file, "input/image_u8");
}

const gt_replayer gt_replayer_glow = {"glow", accepts, replay};
