/* stepper.c - one batch through the compiled loss, see stepper.h. */
#include "stepper.h"

#include <math.h>
#include <stdlib.h>

#include "galatea/progress.h"

struct gt_stepper {
    const gt_model *model;
    gt_graph *graph;
    gt_model_graph nodes;
    gt_plan *plan;
    int64_t batch, micro, image_floats;
    bool has_gradient;
};

void gt_stepper_destroy(gt_stepper *stepper) {
    if (!stepper) return;
    gt_plan_destroy(stepper->plan);
    gt_model_graph_close(&stepper->nodes);
    gt_graph_destroy(stepper->graph);
    free(stepper);
}

/* Outputs: the terms, then the gradient of each parameter, already weighted by micro / batch.
 */
static gt_status compile(gt_stepper *s, const gt_plan_options *options, gt_error *err) {
    gt_status status = GT_OK;
    int params = gt_params_count(gt_model_params(s->model));
    int terms = gt_stepper_term_count(s), count = terms + (s->has_gradient ? params : 0);
    gt_tensor **outputs = calloc((size_t)count, sizeof(gt_tensor *));
    if (!outputs) GT_THROW(err, GT_NO_MEMORY, "no memory for %d gradients", params);
    outputs[0] = s->nodes.output;
    for (int i = 1; i < terms; i++) outputs[i] = s->nodes.monitors[i - 1].value;
    if (s->has_gradient) {
        gt_tensor *share =
            gt_constant(s->graph, (double)s->micro / (double)s->batch, gt_shape_scalar());
        gt_grad_from(s->graph, s->nodes.output, share, s->nodes.parameters, params,
                     outputs + terms);
    }
    GT_TRY(gt_graph_check(s->graph, err));
    GT_TRY(gt_plan_create(s->graph, outputs, count, options, &s->plan, err));
done:
    free(outputs);
    return status;
}

gt_status gt_stepper_create(const gt_model *model, int64_t batch, int64_t micro,
                            bool with_gradient, const gt_plan_options *options,
                            gt_stepper **out, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_input *input = gt_model_input_of(model);
    gt_stepper *s = calloc(1, sizeof *s);
    if (!s) GT_THROW(err, GT_NO_MEMORY, "no memory for a training step");
    *s = (gt_stepper){.model = model,
                      .batch = batch,
                      .micro = micro,
                      .image_floats = input->channels * input->height * input->width,
                      .has_gradient = with_gradient};
    GT_ASSERT(batch % micro == 0);
    s->graph = gt_graph_create();
    if (!s->graph) GT_THROW(err, GT_NO_MEMORY, "no memory for a graph");
    GT_TRY((with_gradient ? gt_model_build_loss : gt_model_build_judge)(model, s->graph, micro,
                                                                        &s->nodes, err));
    GT_TRY(compile(s, options, err));
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

/* The first micro-batch overwrites the gradient, the others add to it. */
static void bind_gradient(gt_stepper *s, float *grads, bool accumulate) {
    const gt_params *params = gt_model_params(s->model);
    int first = gt_stepper_term_count(s);
    for (int i = 0; i < gt_params_count(params); i++)
        gt_plan_bind_output(s->plan, first + i, grads + gt_params_offset(params, i),
                            accumulate);
}

void gt_stepper_use(gt_stepper *stepper, const float *values) {
    gt_plan_bind_parameters(stepper->plan, values);
}

/* Micro-batch number `part` of the batch whose images these are. */
static gt_status run_part(gt_stepper *s, int64_t part, const float *images, gt_noise_at noise,
                          gt_error *err) {
    int64_t first = part * s->micro;
    gt_status status =
        gt_plan_bind(s->plan, s->nodes.images, images + first * s->image_floats, err);
    if (status) return status;
    gt_plan_set_noise(s->plan, noise.seed, noise.step, noise.first + (uint64_t)first);
    return gt_plan_run(s->plan, err);
}

gt_status gt_stepper_run(gt_stepper *s, const float *images, gt_noise_at noise, double *terms,
                         float *grads, gt_error *err) {
    gt_status status = GT_OK;
    int count = gt_stepper_term_count(s);
    double share = (double)s->micro / (double)s->batch;
    for (int i = 0; i < count; i++) terms[i] = 0;
    for (int64_t part = 0; part < s->batch / s->micro; part++) {
        if (s->has_gradient) bind_gradient(s, grads, part > 0);
        GT_TRY(run_part(s, part, images, noise, err));
        for (int i = 0; i < count; i++)
            terms[i] += share * (double)gt_plan_output(s->plan, i)[0];
    }
done:
    return status;
}

gt_status gt_stepper_time(gt_stepper *s, float *grads, double *seconds, gt_error *err) {
    enum { RUNS = 3 }; /* the first one also prepares what later runs reuse */
    gt_status status = GT_OK;
    double best = INFINITY;
    float *images = calloc((size_t)(s->micro * s->image_floats), sizeof *images);
    if (!images) GT_THROW(err, GT_NO_MEMORY, "no memory for %lld images", (long long)s->micro);
    if (s->has_gradient) bind_gradient(s, grads, false);
    for (int i = 0; i < RUNS; i++) {
        double start = gt_seconds();
        GT_TRY(run_part(s, 0, images, (gt_noise_at){0}, err));
        best = fmin(best, gt_seconds() - start);
    }
    *seconds = best * (double)(s->batch / s->micro);
done:
    free(images);
    return status;
}
