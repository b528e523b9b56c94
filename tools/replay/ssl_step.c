/* Replays three training steps of a learner from pairs of views on one batch: both passes,
 * gradients, running statistics, the target, updates, and codes at rest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/optim.h"
#include "ssl_replay.h"

typedef struct step_replay {
    gt_recording *rec;
    gt_model *model;
    gt_params *params;
    gt_replay_network graph;
    gt_model_graph nodes; /* parameters are the graph's leaves */
    int loss, spread;     /* kept values, and below the gradient or new state of a parameter */
    int *changes;
} step_replay;

/* Both views, one behind the other. */
static void feed_views(step_replay *s) {
    gt_recording *rec = s->rec;
    const gt_model_input *in = gt_model_input_of(s->model);
    uint64_t counts[2] = {0, 0};
    float *views[] = {gt_recording_input(rec, "x0", &counts[0]),
                      gt_recording_input(rec, "x1", &counts[1])};
    int64_t image = in->channels * in->height * in->width;
    int64_t rows = (int64_t)counts[0] / image;
    if (!rec->status && counts[0] != counts[1])
        gt_recording_fail(rec, GT_BAD_SHAPE, "'x0' and 'x1' are not of one size");
    float *both = rec->status ? NULL : malloc(2 * counts[0] * sizeof *both);
    if (!rec->status && !both) gt_recording_fail(rec, GT_NO_MEMORY, "no memory for views");
    if (both) {
        memcpy(both, views[0], counts[0] * sizeof *both);
        memcpy(both + counts[0], views[1], counts[0] * sizeof *both);
        gt_shape shape = GT_SHAPE(2 * rows, in->channels, in->height, in->width);
        gt_replay_feed_values(s->graph.job,
                              gt_model_graph_add_input(&s->nodes, s->graph.g, "images", shape),
                              both);
    }
    free(both);
    free(views[0]);
    free(views[1]);
}

static void feed_pace(step_replay *s) {
    if (!gt_model_class_of(s->model)->schedules) return;
    float pace = (float)(1 - gt_recording_number(s->rec, "ema", 1));
    gt_tensor *input =
        gt_model_graph_add_input(&s->nodes, s->graph.g, "pace", gt_shape_scalar());
    gt_replay_feed_values(s->graph.job, input, &pace);
}

static void expect_views(step_replay *s, const ssl_views *views) {
    gt_replay_job *job = s->graph.job;
    for (int i = 0; i < 2; ++i) {
        gt_replay_expect(job, views->h[i], GT_REPLAY_PLAIN, "h%d", i);
        gt_replay_expect(job, views->z[i], GT_REPLAY_PLAIN, "z%d", i);
        if (views->p[i]) gt_replay_expect(job, views->p[i], GT_REPLAY_PLAIN, "p%d", i);
        if (views->targets[i])
            gt_replay_expect(job, views->targets[i], GT_REPLAY_PLAIN, "target_z%d", i);
    }
}

/* Gradients of what is learned, new values of the rest. */
static void keep_changes(step_replay *s, gt_tensor *loss) {
    int count = gt_params_count(s->params);
    gt_tensor **grads = calloc((size_t)count + 1, sizeof *grads);
    s->changes = calloc((size_t)count + 1, sizeof *s->changes);
    if (!grads || !s->changes)
        gt_recording_fail(s->rec, GT_NO_MEMORY, "no memory for gradients");
    if (!s->rec->status) gt_grad(s->graph.g, loss, s->graph.leaves, count, grads);
    for (int i = 0; i < count && !s->rec->status; ++i) {
        if (gt_params_is_state(s->params, i)) continue;
        gt_replay_expect(s->graph.job, grads[i], GT_REPLAY_PLAIN, "grad.%s",
                         gt_params_name(s->params, i));
        s->changes[i] = gt_replay_add_output(s->graph.job, grads[i]);
    }
    for (int i = 0; i < s->nodes.update_count && !s->rec->status; ++i)
        s->changes[s->nodes.updates[i].index] =
            gt_replay_add_output(s->graph.job, s->nodes.updates[i].value);
    free(grads);
}

static void build(step_replay *s) {
    const ssl_net *net = gt_model_self(s->model);
    ssl_views views;
    feed_views(s);
    feed_pace(s);
    if (s->rec->status) return;
    s->rec->status =
        ssl_views_build(s->model, s->graph.g, true, &s->nodes, &views, s->rec->err);
    if (s->rec->status) return;
    gt_tensor *loss = net->kind->loss(s->graph.g, net, &views);
    expect_views(s, &views);
    s->loss = gt_replay_add_output(s->graph.job, loss);
    s->spread =
        views.p[0]
            ? gt_replay_add_output(s->graph.job,
                                   gt_mean(s->graph.g, gt_unit_spread(s->graph.g, views.p[0])))
            : -1;
    keep_changes(s, loss);
}

/* ---- Updates --------------------------------------------------------------------------- */

static bool is_target(const char *name) {
    return strstr(name, "_momentum.") != NULL;
}

static bool is_statistic(const char *name) {
    return strstr(name, ".running_") != NULL;
}

static void compare_after(step_replay *s, int step) {
    char name[160];
    for (int i = 0; i < gt_params_count(s->params) && !s->rec->status; ++i) {
        const char *own = gt_params_name(s->params, i);
        snprintf(name, sizeof name, "%s%d.%s",
                 is_statistic(own) ? "buffer"
                 : is_target(own)  ? "target"
                                   : "param",
                 step, own);
        gt_recording_compare_floats(
            s->rec, name, gt_params_shape(s->params, i),
            gt_params_values(s->params) + gt_params_offset(s->params, i), GT_REPLAY_PLAIN, 0);
    }
}

static void compare_scalar(step_replay *s, const char *what, int step, int kept) {
    char name[48];
    snprintf(name, sizeof name, "%s.step%d", what, step);
    if (kept >= 0)
        gt_recording_compare_floats(s->rec, name, gt_shape_scalar(),
                                    gt_replay_output(s->graph.job, kept), GT_REPLAY_PLAIN, 0);
}

/* ---- The rule -------------------------------------------------------------------------- */

static bool is_true(gt_recording *rec, const char *key) {
    const char *text = gt_recording_text(rec, key);
    return text && (strcmp(text, "True") == 0 || strcmp(text, "true") == 0);
}

static gt_optimizer read_rule(gt_recording *rec) {
    gt_optimizer rule = gt_optimizer_default(GT_OPTIMIZER_LARS);
    rule.momentum = gt_recording_number(rec, "momentum", 0);
    rule.weight_decay = gt_recording_number(rec, "weight_decay", 0);
    rule.trust = gt_recording_number(rec, "trust_coefficient", 0);
    rule.eps = gt_recording_number(rec, "eps", 0);
    rule.dampening = gt_recording_number(rec, "dampening", 0);
    rule.nesterov = is_true(rec, "nesterov");
    return rule;
}

/* One update; what has more than one axis is a weight and decays. */
static void update(step_replay *s, const gt_optimizer *rule, const float *grads, float *moments,
                   int number) {
    double rate = gt_recording_number(s->rec, "lr", 0);
    for (int i = 0; i < gt_params_count(s->params); ++i) {
        gt_shape shape = gt_params_shape(s->params, i);
        gt_optimizer_segment all = {(size_t)gt_params_offset(s->params, i),
                                    (size_t)gt_shape_count(shape), shape.rank > 1};
        gt_optimizer_vectors v = {.values = gt_params_values(s->params),
                                  .grads = grads,
                                  .state = {moments},
                                  .segments = &all,
                                  .segment_count = 1};
        gt_optimizer_step step = {
            .number = number, .rate = rate, .grad_scale = 1, .threads = 1};
        if (!gt_params_is_state(s->params, i)) gt_optimizer_apply(rule, &v, &step);
    }
}

/* What the last run changes: gradients into `grads`, states into the parameters' vector. */
static void compute_changes(step_replay *s, float *grads) {
    for (int i = 0; i < gt_params_count(s->params); ++i) {
        bool is_state = gt_params_is_state(s->params, i);
        float *to = is_state ? gt_params_values(s->params) : grads;
        memcpy(to + gt_params_offset(s->params, i),
               gt_replay_output(s->graph.job, s->changes[i]),
               (size_t)gt_shape_count(gt_params_shape(s->params, i)) * sizeof *to);
    }
}

static void replay_steps(step_replay *s) {
    enum { STEPS = 3 };
    gt_recording *rec = s->rec;
    size_t floats = (size_t)gt_params_floats(s->params);
    gt_optimizer rule = read_rule(rec);
    float *work = rec->status ? NULL : calloc(2 * floats, sizeof *work);
    if (!rec->status && !work) gt_recording_fail(rec, GT_NO_MEMORY, "no memory for moments");
    for (int step = 1; step <= STEPS && !rec->status; ++step) {
        gt_replay_job_run(s->graph.job);
        if (rec->status) break;
        compare_scalar(s, "loss", step, s->loss);
        compare_scalar(s, "collapse_std", step, s->spread);
        compute_changes(s, work);
        update(s, &rule, work, work + floats, step);
        compare_after(s, step);
    }
    free(work);
}

/* Codes of view 0 at rest. */
static void replay_rest(step_replay *s) {
    const ssl_net *net = gt_model_self(s->model);
    const gt_model_input *in = gt_model_input_of(s->model);
    gt_replay_network at_rest;
    if (gt_replay_network_open(s->rec, s->model, &at_rest)) {
        net_pass pass = {.g = at_rest.g, .values = at_rest.leaves};
        int64_t rows = gt_tensor_dim(gt_model_graph_input(&s->nodes, "images"), 0) / 2;
        gt_tensor *x =
            gt_input(at_rest.g, "x0", GT_SHAPE(rows, in->channels, in->height, in->width));
        gt_replay_feed(at_rest.job, x, "x0");
        gt_replay_expect(at_rest.job, resnet_apply(&net->backbone, &pass, x, NULL),
                         GT_REPLAY_PLAIN, "h0_eval_after3");
        gt_replay_job_run(at_rest.job);
    }
    gt_replay_network_close(&at_rest);
}

static void replay(gt_recording *rec) {
    static const gt_replay_rule rules[] = {
        {"loss", 2e-5}, {"grad.", 6e-5}, {"param3", 3e-4}, {"_after3", 2e-4}, {NULL, 0}};
    step_replay s = {.rec = rec};
    rec->rules = rules;
    if (gt_safetensors_metadata(rec->file, "fp32_error")) ssl_replay_tolerances(rec);
    s.model = ssl_replay_model(rec, "x0");
    if (s.model && gt_replay_network_open(rec, s.model, &s.graph)) {
        s.params = gt_model_params(s.model);
        s.nodes.parameters = s.graph.leaves;
        ssl_replay_read(rec, s.model);
        build(&s);
        replay_steps(&s);
        if (!rec->status) replay_rest(&s);
    }
    gt_replay_network_close(&s.graph);
    free(s.nodes.updates);
    free(s.changes);
    gt_model_destroy(s.model);
}

static bool accepts(const gt_safetensors *file) {
    return gt_safetensors_find(file, "x0") && gt_safetensors_find(file, "x1") &&
           gt_safetensors_metadata(file, "method") && gt_safetensors_metadata(file, "widths");
}

const gt_replayer gt_replayer_ssl_step = {"step of a learner from views", accepts, replay};
