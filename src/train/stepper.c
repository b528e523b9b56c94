/* stepper.c - one batch through the compiled loss, see stepper.h. */
#include "stepper.h"

#include <stdlib.h>
#include <string.h>

struct gt_stepper {
    const gt_model *model;
    float *values; /* of the runs to come */
    int objective;
    gt_graph *graph;
    gt_model_graph nodes;
    gt_plan *plan;
    int64_t batch, micro, row_floats;     /* floats of a row: of all its views */
    int learned;                          /* gradients among the outputs */
    float scalars[GT_MODEL_FEEDS];        /* of each feed that is one */
    gt_tensor *images, *labels, *weights; /* NULL: the loss needs none */
    float *label_values;                  /* of a batch, where there are labels */
};

void gt_stepper_destroy(gt_stepper *stepper) {
    if (!stepper) return;
    gt_plan_destroy(stepper->plan);
    gt_model_graph_close(&stepper->nodes);
    gt_graph_destroy(stepper->graph);
    free(stepper->label_values);
    free(stepper);
}

static bool is_learned(const gt_stepper *s, int index) {
    return !gt_params_is_state(gt_model_params(s->model), index) &&
           gt_model_owns(s->model, s->objective, index);
}

static int count_learned(const gt_stepper *s) {
    int count = 0;
    for (int i = 0; i < gt_params_count(gt_model_params(s->model)); i++)
        count += is_learned(s, i);
    return count;
}

/* The gradient of each learned parameter, already weighted by micro / batch. */
static gt_status differentiate(gt_stepper *s, gt_tensor **grads, gt_error *err) {
    const gt_params *params = gt_model_params(s->model);
    gt_tensor *share =
        gt_constant(s->graph, (double)s->micro / (double)s->batch, gt_shape_scalar());
    gt_tensor **leaves = calloc((size_t)s->learned + 1, sizeof *leaves);
    if (!leaves) return gt_fail(err, GT_NO_MEMORY, "no memory for %d gradients", s->learned);
    for (int i = 0, k = 0; i < gt_params_count(params); i++)
        if (is_learned(s, i)) leaves[k++] = s->nodes.parameters[i];
    gt_grad_from(s->graph, s->nodes.output, share, leaves, s->learned, grads);
    free(leaves);
    return gt_graph_check(s->graph, err);
}

/* Outputs: the terms, the gradients, the new states. */
static gt_status compile(gt_stepper *s, const gt_plan_options *options, gt_error *err) {
    gt_status status = GT_OK;
    int terms = gt_stepper_term_count(s), states = s->nodes.update_count;
    int count = terms + s->learned + states;
    gt_tensor **outputs = calloc((size_t)count, sizeof(gt_tensor *));
    if (!outputs) GT_THROW(err, GT_NO_MEMORY, "no memory for %d outputs", count);
    outputs[0] = s->nodes.output;
    for (int i = 1; i < terms; i++) outputs[i] = s->nodes.monitors[i - 1].value;
    if (s->learned) GT_TRY(differentiate(s, outputs + terms, err));
    for (int i = 0; i < states; i++)
        outputs[terms + s->learned + i] = s->nodes.updates[i].value;
    GT_TRY(gt_plan_create(s->graph, outputs, count, options, &s->plan, err));
done:
    free(outputs);
    return status;
}

static bool is_scalar(const gt_stepper *s, const gt_model_feed *feed) {
    const gt_scheduled_value *scalar = gt_model_class_of(s->model)->schedules;
    for (; scalar && scalar->name; scalar++)
        if (strcmp(scalar->name, feed->name) == 0) return true;
    return false;
}

/* Scalars stay where they are; rows are bound batch by batch. */
static gt_status bind_feeds(gt_stepper *s, gt_error *err) {
    gt_status status = GT_OK;
    s->images = gt_model_graph_input(&s->nodes, "images");
    s->labels = gt_model_graph_input(&s->nodes, "labels");
    s->weights = gt_model_graph_input(&s->nodes, "weights");
    for (int i = 0; i < s->nodes.feed_count; i++) {
        const gt_model_feed *feed = &s->nodes.feeds[i];
        if (feed->leaf == s->images || feed->leaf == s->labels || feed->leaf == s->weights)
            continue;
        if (!is_scalar(s, feed))
            GT_THROW(err, GT_BAD_ARGUMENT,
                     "%s: a loss has an input '%s', which is none of its scalars: nothing is "
                     "known to bind to it",
                     gt_model_class_of(s->model)->name, feed->name);
        GT_TRY(gt_plan_bind(s->plan, feed->leaf, &s->scalars[i], err));
    }
    if (s->labels) s->label_values = calloc((size_t)s->batch, sizeof *s->label_values);
    if (s->labels && !s->label_values)
        GT_THROW(err, GT_NO_MEMORY, "no memory for the labels of a batch");
done:
    return status;
}

gt_status gt_stepper_create(const gt_model *model, int objective, int64_t batch, int64_t micro,
                            gt_stepper_loss loss, const gt_plan_options *options,
                            gt_stepper **out, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_input *input = gt_model_input_of(model);
    gt_stepper *s = calloc(1, sizeof *s);
    if (!s) GT_THROW(err, GT_NO_MEMORY, "no memory for a training step");
    *s = (gt_stepper){.model = model,
                      .objective = objective,
                      .batch = batch,
                      .micro = micro,
                      .row_floats = gt_model_loss_images(model, 1) * input->channels *
                                    input->height * input->width};
    s->learned = loss == GT_LOSS_VALIDATION ? 0 : count_learned(s);
    GT_ASSERT(batch % micro == 0);
    s->graph = gt_graph_create();
    if (!s->graph) GT_THROW(err, GT_NO_MEMORY, "no memory for a graph");
    GT_TRY((loss == GT_LOSS_VALIDATION ? gt_model_build_validation
            : loss == GT_LOSS_USUAL
                ? gt_model_build_loss
                : gt_model_build_seldom)(model, objective, s->graph, micro, &s->nodes, err));
    GT_ASSERT(batch == micro || gt_model_loss_images(model, 1) == 1);
    GT_TRY(compile(s, options, err));
    GT_TRY(bind_feeds(s, err));
    *out = s;
    s = NULL;
done:
    gt_stepper_destroy(s);
    return status;
}

int gt_stepper_term_count(const gt_stepper *stepper) {
    return 1 + stepper->nodes.monitor_count;
}

const char *gt_stepper_term_name(const gt_stepper *stepper, int i) {
    return i == 0 ? "loss" : stepper->nodes.monitors[i - 1].name;
}

int64_t gt_stepper_batch(const gt_stepper *stepper) {
    return stepper->batch;
}

const gt_plan *gt_stepper_plan(const gt_stepper *stepper) {
    return stepper->plan;
}

void gt_stepper_profile(gt_stepper *stepper, bool on) {
    gt_plan_profile(stepper->plan, on);
}

/* The first micro-batch overwrites the gradient, the others add to it. */
static void bind_gradient(gt_stepper *s, float *grads, bool accumulate) {
    const gt_params *params = gt_model_params(s->model);
    int output = gt_stepper_term_count(s);
    for (int i = 0; i < gt_params_count(params); i++)
        if (is_learned(s, i))
            gt_plan_bind_output(s->plan, output++, grads + gt_params_offset(params, i),
                                accumulate);
}

void gt_stepper_read_states(const gt_stepper *s, float *values) {
    const gt_params *params = gt_model_params(s->model);
    int first = gt_stepper_term_count(s) + s->learned;
    for (int i = 0; i < s->nodes.update_count; i++) {
        int index = s->nodes.updates[i].index;
        memcpy(values + gt_params_offset(params, index), gt_plan_output(s->plan, first + i),
               (size_t)gt_shape_count(gt_params_shape(params, index)) * sizeof *values);
    }
}

double gt_stepper_idle(const gt_stepper *stepper) {
    return stepper->nodes.idle;
}

const gt_monitor *gt_stepper_monitor(const gt_stepper *stepper, int i) {
    return &stepper->nodes.monitors[i - 1];
}

void gt_stepper_set(gt_stepper *s, const char *scalar, double value) {
    for (int i = 0; i < s->nodes.feed_count; i++)
        if (strcmp(s->nodes.feeds[i].name, scalar) == 0) s->scalars[i] = (float)value;
}

void gt_stepper_set_epoch(gt_stepper *s, int64_t epoch, int64_t epochs) {
    const gt_scheduled_value *scalar = gt_model_class_of(s->model)->schedules;
    for (; scalar && scalar->name; scalar++)
        gt_stepper_set(s, scalar->name,
                       gt_model_scheduled_value(s->model, scalar->name, epoch, epochs));
}

void gt_stepper_bind_values(gt_stepper *stepper, float *values) {
    stepper->values = values;
    gt_plan_bind_parameters(stepper->plan, values);
}

/* The next part goes on from the states that the last one left. */
static void pass_on_states(gt_stepper *s) {
    if (s->nodes.update_count == 0) return;
    gt_stepper_read_states(s, s->values);
    gt_plan_bind_parameters(s->plan, s->values);
}

/* Micro-batch number `part` of a batch. */
static gt_status run_part(gt_stepper *s, int64_t part, const gt_batch *batch, gt_noise_at noise,
                          gt_error *err) {
    int64_t first = part * s->micro, at = first * s->row_floats;
    gt_status status = GT_OK;
    GT_TRY(gt_plan_bind(s->plan, s->images, batch->images + at, err));
    if (s->weights) GT_TRY(gt_plan_bind(s->plan, s->weights, batch->weights + at, err));
    if (s->labels) GT_TRY(gt_plan_bind(s->plan, s->labels, s->label_values + first, err));
    gt_plan_set_noise(s->plan, noise.seed, noise.step, noise.first + (uint64_t)first);
    GT_TRY(gt_plan_run(s->plan, err));
done:
    return status;
}

static void set_labels(gt_stepper *s, const gt_batch *batch) {
    for (int64_t i = 0; s->labels && i < s->batch; i++)
        s->label_values[i] = batch->labels ? (float)batch->labels[i] : -1;
}

gt_status gt_stepper_run(gt_stepper *s, const gt_batch *batch, gt_noise_at noise, double *terms,
                         float *grads, gt_error *err) {
    gt_status status = GT_OK;
    GT_ASSERT(!s->weights || batch->weights);
    set_labels(s, batch);
    int count = gt_stepper_term_count(s);
    double share = (double)s->micro / (double)s->batch;
    for (int i = 0; i < count; i++) terms[i] = 0;
    for (int64_t part = 0; part < s->batch / s->micro; part++) {
        if (s->learned) bind_gradient(s, grads, part > 0);
        if (part > 0) pass_on_states(s);
        GT_TRY(run_part(s, part, batch, noise, err));
        for (int i = 0; i < count; i++)
            terms[i] += share * (double)gt_plan_output(s->plan, i)[0];
    }
done:
    return status;
}
