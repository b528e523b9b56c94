/* simclr.c - training step of SimCLR on ResNet-34. The peer is bench/peers/simclr_torch.py:
 * both views of 128 images of 64x64 forward and backward, NT-Xent, LARS. */
#include <stdlib.h>

#include "bench.h"
#include "galatea/model.h"
#include "galatea/optim.h"
#include "rng.h"
#include "ssl.h"
#include "state.h"
#include "stepper.h"

enum { SIZE = 64, BATCH = 128 };

typedef struct learner {
    gt_model *model;
    gt_stepper *stepper;
    float *images;
    gt_vectors vectors;
    gt_optimizer rule;
    int64_t number;
    int threads;
} learner;

static gt_status train(void *self, gt_error *err) {
    learner *l = self;
    double terms[1 + GT_MODEL_MONITORS];
    gt_stepper_bind_values(l->stepper, l->vectors.values);
    gt_status status = gt_stepper_run(l->stepper, &(gt_batch){.images = l->images},
                                      (gt_noise_at){0}, terms, l->vectors.grads, err);
    if (status) return status;
    gt_optimizer_vectors vectors = gt_vectors_of(&l->vectors, l->model, 0);
    gt_optimizer_step how = {
        .number = ++l->number, .rate = 1e-3, .grad_scale = 1, .threads = l->threads};
    gt_optimizer_apply(&l->rule, &vectors, &how);
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
    size_t pixels = (size_t)2 * BATCH * SIZE * SIZE;
    l->images = malloc(pixels * sizeof *l->images);
    if (!l->images) return gt_fail(err, GT_NO_MEMORY, "no memory for a bench");
    gt_rng_fill_uniform((gt_rng_key){1, gt_rng_stream("bench.simclr"), 0}, 0, pixels,
                        l->images);
    for (size_t i = 0; i < pixels; i++) l->images[i] *= 255;
    return gt_vectors_create(l->model, gt_optimizer_state_count(&l->rule), false, &l->vectors,
                             err);
}

static gt_status open(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    static const ssl_settings paper = {.widths = "64,128,256,512",
                                       .blocks = "3,4,6,3",
                                       .projection_layers = 2,
                                       .hidden = 512,
                                       .output = 128,
                                       .temperature = 0.5};
    static const gt_model_input input = GT_MODEL_INPUT(1, SIZE, SIZE, 0, 1.0 / 255);
    gt_status status = GT_OK;
    learner *l = calloc(1, sizeof *l);
    if (!l) return gt_fail(err, GT_NO_MEMORY, "no memory for a bench");
    gt_plan_options options = {.threads = how->threads,
                               .algorithms = how->algorithms,
                               .keep_activations = true}; /* as in training */
    *work = (gt_bench_work){.self = l,
                            .step = train,
                            .close = close_learner,
                            .items = BATCH,
                            .report = report,
                            .profile = profile};
    l->threads = how->threads;
    l->rule = gt_optimizer_default(GT_OPTIMIZER_LARS);
    l->rule.momentum = 0.9;
    l->rule.weight_decay = 1e-6;
    GT_TRY(gt_model_create(&gt_model_simclr, &paper, &input, &l->model, err));
    GT_TRY(gt_model_init(l->model, 1, err));
    GT_TRY(allocate(l, err));
    GT_TRY(gt_stepper_create(l->model, 0, BATCH, BATCH, GT_LOSS_USUAL, &options, &l->stepper,
                             err));
    const gt_plan *plan = gt_stepper_plan(l->stepper);
    gt_plan_memory use = gt_plan_memory_use(plan);
    work->flops = gt_plan_flops(plan);
    work->bytes = use.arena + use.persistent +
                  3 * (size_t)gt_params_floats(gt_model_params(l->model)) * sizeof(float) +
                  (size_t)2 * BATCH * SIZE * SIZE * sizeof(float);
done:
    return status;
}

const gt_bench gt_bench_simclr = {
    "simclr-train", "training step of SimCLR on ResNet-34, 128 pairs of views of 64x64",
    "images", open};
