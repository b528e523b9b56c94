/* learning.c - see learning.h. */
#include "learning.h"

#include <stdlib.h>

#include "rng.h"
#include "state.h"
#include "stepper.h"

typedef struct learner {
    const gt_bench_learning *what;
    gt_model *model;
    gt_stepper *stepper;
    float *images;
    size_t pixels;
    gt_vectors vectors;
    int64_t number;
    int threads;
} learner;

static gt_status train(void *self, gt_error *err) {
    learner *l = self;
    double terms[1 + GT_MODEL_MONITORS];
    gt_stepper_bind_values(l->stepper, l->vectors.values);
    gt_status status = gt_stepper_run(l->stepper, &(gt_batch){.images = l->images},
                                      (gt_noise_at){.step = (uint64_t)l->number}, terms,
                                      l->vectors.grads, err);
    if (status) return status;
    gt_optimizer_vectors vectors = gt_vectors_of(&l->vectors, l->model, 0);
    gt_optimizer_step how = {
        .number = ++l->number, .rate = l->what->rate, .grad_scale = 1, .threads = l->threads};
    gt_optimizer_apply(&l->what->rule, &vectors, &how);
    gt_stepper_read_states(l->stepper, l->vectors.values);
    return GT_OK;
}

static void close_learner(void *self) {
    learner *l = self;
    gt_stepper_destroy(l->stepper);
    gt_model_destroy(l->model);
    gt_vectors_free(&l->vectors);
    free(l->images);
    free(l);
}

static void profile(void *self, int on) {
    gt_stepper_profile(((learner *)self)->stepper, on);
}

static char *report(void *self) {
    const learner *l = self;
    return gt_plan_report(gt_stepper_plan(l->stepper));
}

static gt_status allocate(learner *l, gt_error *err) {
    const gt_model_input *in = &l->what->input;
    int64_t images = gt_model_loss_images(l->model, l->what->batch);
    l->pixels = (size_t)(images * in->channels * in->height * in->width);
    l->images = malloc(l->pixels * sizeof *l->images);
    if (!l->images) return gt_fail(err, GT_NO_MEMORY, "no memory for a bench");
    gt_rng_fill_uniform((gt_rng_key){1, gt_rng_stream("bench.images"), 0}, 0, l->pixels,
                        l->images);
    for (size_t i = 0; i < l->pixels; i++) l->images[i] *= 255;
    return gt_vectors_create(l->model, gt_optimizer_state_count(&l->what->rule), false,
                             &l->vectors, err);
}

/* Plan, parameters, gradients, moments and the batch. */
static size_t bytes_of(const learner *l) {
    gt_plan_memory use = gt_plan_memory_use(gt_stepper_plan(l->stepper));
    size_t vectors = 2 + (size_t)gt_optimizer_state_count(&l->what->rule);
    return use.arena + use.persistent +
           vectors * (size_t)gt_params_floats(gt_model_params(l->model)) * sizeof(float) +
           l->pixels * sizeof(float);
}

gt_status gt_bench_learning_open(const gt_bench_learning *what, const gt_bench_how *how,
                                 gt_bench_work *work, gt_error *err) {
    gt_status status = GT_OK;
    learner *l = calloc(1, sizeof *l);
    if (!l) return gt_fail(err, GT_NO_MEMORY, "no memory for a bench");
    gt_plan_options options = {.threads = how->threads,
                               .algorithms = how->algorithms,
                               .keep_activations = true}; /* as in training */
    *work = (gt_bench_work){.self = l,
                            .step = train,
                            .close = close_learner,
                            .items = (double)what->batch,
                            .report = report,
                            .profile = profile};
    l->what = what;
    l->threads = how->threads;
    GT_TRY(gt_model_create(what->kind, what->settings, &what->input, &l->model, err));
    GT_TRY(gt_model_init(l->model, 1, err));
    GT_TRY(allocate(l, err));
    GT_TRY(gt_stepper_create(l->model, 0, what->batch, what->batch, GT_LOSS_USUAL, &options,
                             &l->stepper, err));
    work->flops = gt_plan_flops(gt_stepper_plan(l->stepper));
    work->bytes = bytes_of(l);
done:
    return status;
}
