/* maf.c - training step of the flow of the paper. The peer is bench/peers/maf_torch.py:
 * forward, backward and Adam on 1000 codes of 256 numbers. */
#include <stdlib.h>

#include "bench.h"
#include "galatea/model.h"
#include "galatea/optim.h"
#include "maf.h"
#include "rng.h"
#include "stepper.h"

enum { BATCH = 1000, FEATURES = 256 };

typedef struct flow {
    gt_model *model;
    gt_stepper *stepper;
    float *codes, *grads, *moments[2];
    gt_optimizer rule;
    int64_t number;
    int threads;
} flow;

static gt_status train(void *self, gt_error *err) {
    flow *f = self;
    gt_params *params = gt_model_params(f->model);
    double terms[1 + GT_MODEL_MONITORS];
    gt_stepper_bind_values(f->stepper, gt_params_values(params));
    gt_status status = gt_stepper_run(f->stepper, &(gt_batch){.images = f->codes},
                                      (gt_noise_at){0}, terms, f->grads, err);
    if (status) return status;
    gt_optimizer_vectors vectors = {.count = (size_t)gt_params_learned_floats(params),
                                    .values = gt_params_values(params),
                                    .grads = f->grads,
                                    .state = {f->moments[0], f->moments[1]}};
    gt_optimizer_step how = {
        .number = ++f->number, .rate = 5e-4, .grad_scale = 1, .threads = f->threads};
    gt_optimizer_apply(&f->rule, &vectors, &how);
    return GT_OK;
}

static void close_flow(void *self) {
    flow *f = self;
    gt_stepper_destroy(f->stepper);
    gt_model_destroy(f->model);
    free(f->codes);
    free(f->grads);
    free(f->moments[0]);
    free(f->moments[1]);
    free(f);
}

static void profile(void *self, int on) {
    gt_stepper_profile(((flow *)self)->stepper, on);
}

static char *report(void *self) {
    const flow *f = self;
    return gt_plan_report(gt_stepper_plan(f->stepper));
}

static gt_status allocate(flow *f, gt_error *err) {
    size_t floats = (size_t)gt_params_floats(gt_model_params(f->model));
    f->codes = malloc((size_t)BATCH * FEATURES * sizeof *f->codes);
    f->grads = calloc(floats, sizeof(float));
    f->moments[0] = calloc(floats, sizeof(float));
    f->moments[1] = calloc(floats, sizeof(float));
    if (!f->codes || !f->grads || !f->moments[0] || !f->moments[1])
        return gt_fail(err, GT_NO_MEMORY, "no memory for a bench");
    gt_rng_fill_normal((gt_rng_key){1, gt_rng_stream("bench.maf"), 0}, 0,
                       (size_t)BATCH * FEATURES, f->codes);
    return GT_OK;
}

static gt_status open(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    static const maf_settings paper = {.blocks = 48, .width = 512};
    static const gt_model_input input = GT_MODEL_INPUT(FEATURES, 1, 1, 0, 1);
    gt_status status = GT_OK;
    flow *f = calloc(1, sizeof *f);
    if (!f) return gt_fail(err, GT_NO_MEMORY, "no memory for a bench");
    gt_plan_options options = {.threads = how->threads,
                               .algorithms = how->algorithms,
                               .keep_activations = true}; /* as in training */
    *work = (gt_bench_work){.self = f,
                            .step = train,
                            .close = close_flow,
                            .items = BATCH,
                            .report = report,
                            .profile = profile};
    f->threads = how->threads;
    f->rule = gt_optimizer_default(GT_OPTIMIZER_ADAM);
    f->rule.weight_decay = 1e-6;
    GT_TRY(gt_model_create(&gt_model_maf, &paper, &input, &f->model, err));
    GT_TRY(gt_model_init(f->model, 1, err));
    GT_TRY(allocate(f, err));
    GT_TRY(gt_stepper_create(f->model, 0, BATCH, BATCH, GT_LOSS_USUAL, &options, &f->stepper,
                             err));
    const gt_plan *plan = gt_stepper_plan(f->stepper);
    gt_plan_memory use = gt_plan_memory_use(plan);
    work->flops = gt_plan_flops(plan);
    work->bytes = use.arena + use.persistent +
                  4 * (size_t)gt_params_floats(gt_model_params(f->model)) * sizeof(float) +
                  (size_t)BATCH * FEATURES * sizeof(float);
done:
    return status;
}

const gt_bench gt_bench_maf = {"maf-paper-train",
                               "training step of the MAF preset 'paper', 1000 codes of 256",
                               "codes", open};
