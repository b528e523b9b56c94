/* Replays three training steps of the blind denoiser: a run recorded in parts, whose inputs
 * stand in x_init. Each step has a batch of its own. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diffusion_replay.h"
#include "galatea/optim.h"

enum { STEPS = 3 };

typedef struct step_replay {
    gt_recording *rec, *first; /* first: the inputs, perhaps rec itself */
    gt_model *model;
    gt_params *params;
    gt_optimizer rule;
    double rate;
    float *grads, *moments[2];
} step_replay;

/* Element `step` of a tensor of batches, as a leaf's values. */
static void feed_part(step_replay *s, gt_replay_job *job, gt_tensor *leaf, const char *name,
                      int step) {
    uint64_t count = 0;
    float *all = gt_recording_input(s->first, name, &count);
    uint64_t each = (uint64_t)gt_shape_count(gt_tensor_shape(leaf));
    if (all && count != STEPS * each)
        gt_recording_fail(s->first, GT_BAD_SHAPE, "'%s' are not %d batches", name, STEPS);
    else if (all)
        gt_replay_feed_values(job, leaf, all + (size_t)step * each);
    free(all);
}

static gt_shape batch_shape(step_replay *s) {
    const gt_model_input *in = gt_model_input_of(s->model);
    const gt_st_tensor *all =
        gt_safetensors_at(s->first->file, (size_t)gt_recording_find(s->first, "clean"));
    int64_t pixels = in->channels * in->height * in->width;
    return GT_SHAPE((int64_t)all->elements / (STEPS * pixels), in->channels, in->height,
                    in->width);
}

static void want_stages(gt_replay_job *job, const unet *net, const unet_shown *shown) {
    for (int b = 0; b < net->levels; ++b) {
        gt_replay_expect(job, shown->encoder[b], GT_REPLAY_PLAIN, "train.encoder.%d", b);
        gt_replay_expect(job, shown->upsample[b], GT_REPLAY_PLAIN, "train.upsample.%d", b);
        gt_replay_expect(job, shown->decoder[b], GT_REPLAY_PLAIN, "train.decoder.%d", b);
    }
    if (shown->norm)
        gt_replay_expect(job, shown->norm, GT_REPLAY_PLAIN, "train.encoder.1.1_bfbn");
    gt_replay_expect(job, shown->middle, GT_REPLAY_PLAIN, "train.mid_block");
}

static void want_psnr(gt_replay_job *job, gt_graph *g, gt_tensor *squares, gt_shape shape) {
    double pixels = (double)(gt_shape_count(shape) / shape.dim[0]);
    gt_tensor *log_mse = gt_log(g, gt_affine(g, squares, 1 / pixels, 0));
    gt_replay_expect(job, gt_affine(g, log_mse, -10 / log(10), 0), GT_REPLAY_PLAIN,
                     "train.psnr_per_image");
}

/* Keeps the gradient, or the new state, of every parameter in order; the number of the first.
 */
static int keep_changes(step_replay *s, gt_replay_network *n, gt_tensor *loss,
                        const net_pass *pass, int step) {
    int count = gt_params_count(s->params), first = -1;
    gt_tensor **grads = calloc((size_t)count, sizeof *grads);
    if (!grads) {
        gt_recording_fail(s->rec, GT_NO_MEMORY, "no memory for gradients");
        return first;
    }
    gt_grad(n->g, loss, n->leaves, count, grads);
    for (int i = 0; i < count; ++i) {
        bool is_state = gt_params_is_state(s->params, i);
        int kept = gt_replay_add_output(n->job, is_state ? pass->values[i] : grads[i]);
        if (i == 0) first = kept;
    }
    for (int i = 0; i < count && step == 0; ++i)
        if (!gt_params_is_state(s->params, i))
            gt_replay_expect(n->job, grads[i], GT_REPLAY_PLAIN, "grad.%s",
                             gt_params_name(s->params, i));
    free(grads);
    return first;
}

/* Gradients into the vector, new states into the parameters' own. */
static void take_changes(step_replay *s, const gt_replay_job *job, int first) {
    for (int i = 0; i < gt_params_count(s->params); ++i) {
        float *to = gt_params_is_state(s->params, i) ? gt_params_values(s->params) : s->grads;
        memcpy(to + gt_params_offset(s->params, i), gt_replay_output(job, first + i),
               (size_t)gt_shape_count(gt_params_shape(s->params, i)) * sizeof *to);
    }
}

static void compare_after(step_replay *s, int step) {
    char name[160];
    for (int i = 0; i < gt_params_count(s->params) && !s->rec->status; ++i) {
        snprintf(name, sizeof name, "step%d.%s", step, gt_params_name(s->params, i));
        gt_recording_compare_floats(
            s->rec, name, gt_params_shape(s->params, i),
            gt_params_values(s->params) + gt_params_offset(s->params, i), GT_REPLAY_PLAIN, 0);
    }
}

static void update(step_replay *s, int number) {
    gt_optimizer_vectors v = {.count = (size_t)gt_params_learned_floats(s->params),
                              .values = gt_params_values(s->params),
                              .grads = s->grads,
                              .state = {s->moments[0], s->moments[1]}};
    gt_optimizer_step step = {.number = number, .rate = s->rate, .grad_scale = 1, .threads = 1};
    gt_optimizer_apply(&s->rule, &v, &step);
    compare_after(s, number);
}

/* The noisy pictures of a batch, and the leaves they are made of. */
typedef struct noisy_batch {
    gt_shape shape;
    gt_tensor *sigma, *noise, *y;
} noisy_batch;

static noisy_batch feed_batch(step_replay *s, gt_replay_network *n, int step) {
    noisy_batch b = {.shape = batch_shape(s)};
    gt_tensor *x = gt_input(n->g, "clean", b.shape), *z = gt_input(n->g, "z", b.shape);
    gt_tensor *u = gt_input(n->g, "u", GT_SHAPE(b.shape.dim[0], 1, 1, 1));
    feed_part(s, n->job, x, "clean", step);
    feed_part(s, n->job, u, "u", step);
    feed_part(s, n->job, z, "z", step);
    if (!s->rec->status) s->rec->status = s->first->status;
    b.sigma = gt_square(n->g, u);
    b.noise = gt_mul(n->g, b.sigma, z);
    b.y = gt_add(n->g, x, b.noise);
    return b;
}

static void want_forward(step_replay *s, gt_replay_network *n, const noisy_batch *b,
                         const unet_shown *shown, gt_tensor *told, gt_tensor *squares) {
    want_stages(n->job, &((const diffusion *)gt_model_self(s->model))->net, shown);
    want_psnr(n->job, n->g, squares, b->shape);
    gt_replay_expect(n->job, b->sigma, GT_REPLAY_PLAIN, "train.sigma");
    gt_replay_expect(n->job, b->y, GT_REPLAY_PLAIN, "train.noisy");
    gt_replay_expect(n->job, told, GT_REPLAY_PLAIN, "train.output");
}

/* What the loss of the class is, with its inside shown. */
static int build_step(step_replay *s, gt_replay_network *n, int step) {
    const diffusion *own = gt_model_self(s->model);
    gt_model_graph nodes = {.parameters = n->leaves};
    net_pass pass = {0};
    unet_shown shown = {0};
    int first = -1;
    noisy_batch b = feed_batch(s, n, step);
    if (!s->rec->status)
        s->rec->status = net_pass_open(s->model, n->g, true, &nodes, &pass, s->rec->err);
    if (s->rec->status) return first;
    gt_tensor *told = unet_apply(&own->net, &pass, b.y, &shown);
    gt_tensor *left = gt_square(n->g, gt_sub(n->g, told, b.noise));
    gt_tensor *squares = gt_sum_per_image(n->g, left), *loss = gt_mean(n->g, squares);
    gt_replay_expect(n->job, loss, GT_REPLAY_PLAIN, "train.loss.step%d", step + 1);
    if (step == 0) want_forward(s, n, &b, &shown, told, squares);
    first = keep_changes(s, n, loss, &pass, step);
    net_pass_close(&pass);
    return first;
}

static void replay_step(step_replay *s, int step) {
    gt_replay_network n = {0};
    int first = -1;
    if (gt_replay_network_open(s->rec, s->model, &n)) first = build_step(s, &n, step);
    if (!s->rec->status) gt_replay_job_run(n.job);
    if (!s->rec->status) {
        take_changes(s, n.job, first);
        update(s, step + 1);
    }
    gt_replay_network_close(&n);
}

/* The first weights at rest, on the first batch with its noise, and on `scale` times that. */
static void replay_rest(step_replay *s, double scale, const char *name) {
    const diffusion *own = gt_model_self(s->model);
    gt_replay_network n = {0};
    if (gt_replay_network_open(s->rec, s->model, &n)) {
        net_pass pass = {.g = n.g, .values = n.leaves};
        noisy_batch b = feed_batch(s, &n, 0);
        gt_tensor *told = unet_apply(&own->net, &pass, gt_affine(n.g, b.y, scale, 0), NULL);
        gt_replay_expect(n.job, told, GT_REPLAY_PLAIN, "%s", name);
        gt_replay_job_run(n.job);
    }
    gt_replay_network_close(&n);
}

static void read_rule(step_replay *s) {
    gt_recording *rec = s->rec;
    s->rule = gt_optimizer_default(GT_OPTIMIZER_ADAM);
    s->rule.weight_decay = 0;
    s->rule.beta1 = gt_recording_number(rec, "beta1", 0.9);
    s->rule.beta2 = gt_recording_number(rec, "beta2", 0.999);
    s->rule.eps = gt_recording_number(rec, "adam_eps", 1e-8);
    s->rate = gt_recording_number(rec, "lr", 1e-3);
    if (!rec->status && gt_recording_number(rec, "steps", STEPS) != STEPS)
        gt_recording_fail(rec, GT_UNSUPPORTED, "metadata 'steps': expected %d", STEPS);
}

static void replay_all(step_replay *s) {
    gt_recording *rec = s->rec;
    size_t floats = (size_t)gt_params_floats(s->params);
    float *work = calloc(3 * floats, sizeof *work);
    if (!work) gt_recording_fail(rec, GT_NO_MEMORY, "no memory for moments");
    s->grads = work;
    s->moments[0] = work + floats;
    s->moments[1] = work + 2 * floats;
    read_rule(s);
    if (!rec->status) replay_rest(s, 1, "eval.output");
    if (!rec->status) replay_rest(s, 2.5, "eval.output_of_2.5x_input");
    for (int step = 0; step < STEPS && !rec->status; ++step) replay_step(s, step);
    free(work);
}

static void replay(gt_recording *rec) {
    static const gt_replay_rule rules[] = {
        {"train.", 0.8e-6}, {"eval.", 0.8e-6}, {"grad.", 1.4e-6}, {"step", 3.1e-5}, {NULL, 0}};
    bool is_first = gt_recording_find(rec, "clean") >= 0;
    step_replay s = {.rec = rec, .first = is_first ? rec : gt_recording_open_part(rec, "init")};
    rec->rules = rules;
    rec->result->is_inputs = is_first;
    if (s.first) s.model = diffusion_replay_model(s.first, "clean", "");
    if (s.model) {
        s.params = gt_model_params(s.model);
        replay_all(&s);
    }
    gt_model_destroy(s.model);
    if (!is_first) gt_recording_close_part(rec, s.first);
}

static bool accepts(const gt_safetensors *file) {
    return gt_safetensors_metadata(file, "num_kernels") &&
           gt_safetensors_metadata(file, "num_mid_conv") &&
           gt_safetensors_metadata(file, "steps");
}

const gt_replayer gt_replayer_diffusion_step = {"training steps of a denoiser", accepts,
                                                replay};
