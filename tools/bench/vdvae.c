/* vdvae.c - training steps and sampling of the VDVAE presets. The peer of training is
 * bench/peers/vdvae_torch.py: forward, backward and RMSProp on 16 images of 64x64. */
#include <stdlib.h>

#include "bench.h"
#include "galatea/model.h"
#include "galatea/optim.h"
#include "sampling.h"
#include "stepper.h"

enum { SIZE = 64, BATCH = 16, MICRO = 4, SAMPLES = 16 };

#define PICTURES GT_MODEL_INPUT(1, SIZE, SIZE, -10, 1.0 / 30)
static const gt_model_input pictures = PICTURES;

typedef struct vae {
    gt_options *options;
    void *settings;
    gt_model *model;
    gt_stepper *stepper;
    float *images, *grads, *moments[2];
    gt_optimizer rule;
    int64_t number;
    int threads;
} vae;

static gt_status train(void *self, gt_error *err) {
    vae *v = self;
    gt_params *params = gt_model_params(v->model);
    double terms[1 + GT_MODEL_MONITORS];
    gt_noise_at noise = {1, (uint64_t)v->number++, 0};
    gt_stepper_bind_values(v->stepper, gt_params_values(params));
    gt_status status = gt_stepper_run(v->stepper, &(gt_batch){.images = v->images}, noise,
                                      terms, v->grads, err);
    if (status) return status;
    gt_optimizer_vectors vectors = {.count = (size_t)gt_params_floats(params),
                                    .values = gt_params_values(params),
                                    .grads = v->grads,
                                    .state = {v->moments[0], v->moments[1]}};
    gt_optimizer_step how = {
        .number = v->number, .rate = 2e-5, .grad_scale = 1, .threads = v->threads};
    gt_optimizer_apply(&v->rule, &vectors, &how);
    return GT_OK;
}

static void close_vae(void *self) {
    vae *v = self;
    gt_stepper_destroy(v->stepper);
    gt_model_destroy(v->model);
    gt_options_destroy(v->options);
    free(v->settings);
    free(v->images);
    free(v->grads);
    free(v->moments[0]);
    free(v->moments[1]);
    free(v);
}

static char *report(void *self) {
    return gt_plan_report(gt_stepper_plan(((vae *)self)->stepper));
}

static void profile(void *self, int on) {
    gt_stepper_profile(((vae *)self)->stepper, on);
}

static gt_status create_model(vae *v, const char *preset_name, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_class *class;
    const gt_model_preset *preset;
    GT_TRY(gt_model_class_find("vdvae", &class, err));
    GT_TRY(gt_model_preset_find(class, preset_name, &preset, err));
    v->settings = calloc(1, class->settings_size);
    if (!v->settings) GT_THROW(err, GT_NO_MEMORY, "no memory for a bench");
    GT_TRY(gt_options_create(&v->options, err));
    GT_TRY(gt_options_add(v->options, class->options, v->settings, err));
    GT_TRY(gt_options_preset(v->options, preset_name, preset->settings, err));
    GT_TRY(gt_model_create(class, v->settings, &pictures, &v->model, err));
    GT_TRY(gt_model_init(v->model, 1, err));
done:
    return status;
}

static gt_status allocate(vae *v, gt_error *err) {
    gt_status status = GT_OK;
    size_t floats = (size_t)gt_params_floats(gt_model_params(v->model)),
           pixels = (size_t)BATCH * SIZE * SIZE;
    v->images = calloc(pixels, sizeof(float));
    v->grads = calloc(floats, sizeof(float));
    v->moments[0] = calloc(floats, sizeof(float));
    v->moments[1] = calloc(floats, sizeof(float));
    if (!v->images || !v->grads || !v->moments[0] || !v->moments[1])
        GT_THROW(err, GT_NO_MEMORY, "no memory for a bench");
    for (size_t i = 0; i < pixels; i++)
        v->images[i] = i % 7 == 0 ? (float)(i * 2654435761u % 256) : 0;
done:
    return status;
}

static size_t bytes_of(const vae *v, const gt_plan *plan) {
    gt_plan_memory use = gt_plan_memory_use(plan);
    size_t floats = (size_t)gt_params_floats(gt_model_params(v->model));
    return use.arena + use.persistent + 4 * floats * sizeof(float) +
           (size_t)BATCH * SIZE * SIZE * sizeof(float);
}

static gt_status open_training(const char *preset, const gt_bench_how *how, gt_bench_work *work,
                               gt_error *err) {
    gt_status status = GT_OK;
    vae *v = calloc(1, sizeof *v);
    if (!v) return gt_fail(err, GT_NO_MEMORY, "no memory for a bench");
    gt_plan_options options = {.threads = how->threads,
                               .algorithms = how->algorithms,
                               .keep_activations = true}; /* as in training */
    *work = (gt_bench_work){.self = v,
                            .step = train,
                            .close = close_vae,
                            .items = BATCH,
                            .report = report,
                            .profile = profile};
    v->threads = how->threads;
    v->rule = gt_optimizer_default(GT_OPTIMIZER_RMSPROP);
    v->rule.momentum = 0.9;
    v->rule.weight_decay = 1e-4;
    GT_TRY(create_model(v, preset, err));
    GT_TRY(allocate(v, err));
    GT_TRY(gt_stepper_create(v->model, 0, BATCH, MICRO, GT_LOSS_USUAL, &options, &v->stepper,
                             err));
    work->flops = gt_plan_flops(gt_stepper_plan(v->stepper)) * BATCH / MICRO;
    work->bytes = bytes_of(v, gt_stepper_plan(v->stepper));
done:
    return status;
}

static gt_status open_paper(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    return open_training("paper", how, work, err);
}

static gt_status open_small(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    return open_training("small", how, work, err);
}

static gt_status open_sampling(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    static const gt_bench_sampling what = {
        .model = "vdvae", .preset = "paper", .input = PICTURES, .images = SAMPLES};
    return gt_bench_sampling_open(&what, how, work, err);
}

const gt_bench gt_bench_vdvae_paper = {
    "vdvae-paper-train", "training step of the VDVAE preset 'paper', 16 images of 64x64",
    "images", open_paper};
const gt_bench gt_bench_vdvae_small = {
    "vdvae-small-train", "training step of the VDVAE preset 'small', 16 images of 64x64",
    "images", open_small};
const gt_bench gt_bench_vdvae_sample = {
    "vdvae-paper-sample", "16 samples of the VDVAE preset 'paper'", "images", open_sampling};
