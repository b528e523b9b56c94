/* diffusion.c - training step and sampler of the blind denoiser at the paper's size. The peer
 * is bench/peers/diffusion_torch.py: 16 images of 64x64, noise drawn in the step, Adam; the
 * same steps of the coarse-to-fine walk. */
#include "diffusion.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learning.h"
#include "rng.h"

static const diffusion_settings paper = {.width = 64, .levels = 3, .noise = "square"};

/* ---- Training --------------------------------------------------------------------------- */

static gt_status open(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    static gt_bench_learning what = {.kind = &gt_model_diffusion,
                                     .settings = &paper,
                                     .input = GT_MODEL_INPUT(1, 64, 64, 0, 1.0 / 255),
                                     .batch = 16,
                                     .rate = 1e-3};
    what.rule = gt_optimizer_default(GT_OPTIMIZER_ADAM);
    what.rule.weight_decay = 0;
    return gt_bench_learning_open(&what, how, work, err);
}

const gt_bench gt_bench_diffusion = {
    "diffusion-paper-train",
    "training step of the denoiser at the paper's size, 16 images of 64x64", "images", open};

/* ---- Sampling --------------------------------------------------------------------------- */

enum { SIDE = 64, DRAWN = 16, STEPS = 8, PASSES = STEPS + 1 };

typedef struct drawing {
    gt_model *model;
    gt_graph *graph;
    gt_model_graph nodes;
    gt_plan *plan;
    float *images; /* (DRAWN,1,SIDE,SIDE) */
    uint64_t first;
} drawing;

/* So many steps, and the last look. */
static const diffusion_sampling walk = {.sampler = "coarse-to-fine",
                                        .start_sigma = 1,
                                        .end_sigma = 1e-4,
                                        .step = 0.01,
                                        .beta = 0.1,
                                        .most_steps = STEPS};

static gt_status draw(void *self, gt_error *err) {
    drawing *d = self;
    const gt_sampling sampling = {.plan = d->plan,
                                  .values = gt_params_values(gt_model_params(d->model)),
                                  .graph = &d->nodes,
                                  .settings = &walk,
                                  .batch = DRAWN,
                                  .seed = 1,
                                  .first = d->first};
    d->first += DRAWN;
    return gt_model_diffusion.run_sampler(d->model, &sampling, d->images, err);
}

static void close_drawing(void *self) {
    drawing *d = self;
    gt_plan_destroy(d->plan);
    gt_model_graph_close(&d->nodes);
    gt_graph_destroy(d->graph);
    gt_model_destroy(d->model);
    free(d->images);
    free(d);
}

static void profile(void *self, int on) {
    gt_plan_profile(((drawing *)self)->plan, on);
}

static char *report(void *self) {
    return gt_plan_report(((drawing *)self)->plan);
}

/* One pass over noise; the root of the mean square of what the network sees in it. */
static gt_status look_at_noise(drawing *d, double *sigma, gt_error *err) {
    gt_status status = GT_OK;
    size_t count = (size_t)DRAWN * SIDE * SIDE;
    double sum = 0;
    gt_rng_fill_normal((gt_rng_key){1, gt_rng_stream("bench.noise"), 0}, 0, count, d->images);
    GT_TRY(gt_plan_bind(d->plan, gt_model_graph_input(&d->nodes, "noisy"), d->images, err));
    GT_TRY(gt_plan_run(d->plan, err));
    const float *seen = gt_plan_output(d->plan, 0);
    for (size_t i = 0; i < count; i++) sum += (double)seen[i] * (double)seen[i];
    *sigma = sqrt(sum / (double)count);
done:
    return status;
}

/* First weights see next to nothing, and a walk would end at once. As no layer adds anything,
 * the last one decides how much is seen: as much as there is. */
static gt_status open_eyes(drawing *d, gt_error *err) {
    gt_status status = GT_OK;
    gt_params *params = gt_model_params(d->model);
    double sigma = 0;
    for (int i = 0; i < gt_params_count(params); i++)
        if (strstr(gt_params_name(params, i), ".gammas")) gt_init_fill(params, i, 1);
    GT_TRY(look_at_noise(d, &sigma, err));
    int last = gt_params_find(params, "decoder.0.3.weight");
    float *weights = gt_params_values(params) + gt_params_offset(params, last);
    int64_t count = gt_shape_count(gt_params_shape(params, last));
    for (int64_t i = 0; i < count; i++) weights[i] = (float)(weights[i] / sigma);
    gt_plan_parameters_changed(d->plan);
done:
    return status;
}

static gt_status open_sampling(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    static const gt_model_input input = GT_MODEL_INPUT(1, SIDE, SIDE, 0, 1.0 / 255);
    gt_plan_options options = {.threads = how->threads, .algorithms = how->algorithms};
    gt_status status = GT_OK;
    drawing *d = calloc(1, sizeof *d);
    if (!d) return gt_fail(err, GT_NO_MEMORY, "no memory for a bench");
    *work = (gt_bench_work){.self = d,
                            .step = draw,
                            .close = close_drawing,
                            .items = (double)DRAWN * PASSES,
                            .report = report,
                            .profile = profile};
    d->graph = gt_graph_create();
    d->images = calloc((size_t)DRAWN * SIDE * SIDE, sizeof *d->images);
    if (!d->graph || !d->images) GT_THROW(err, GT_NO_MEMORY, "no memory for a bench");
    GT_TRY(gt_model_create(&gt_model_diffusion, &paper, &input, &d->model, err));
    GT_TRY(gt_model_init(d->model, 1, err));
    GT_TRY(gt_model_build_sample(d->model, d->graph, DRAWN, &walk, &d->nodes, err));
    GT_TRY(gt_plan_create(d->graph, &d->nodes.output, 1, &options, &d->plan, err));
    gt_plan_bind_parameters(d->plan, gt_params_values(gt_model_params(d->model)));
    GT_TRY(open_eyes(d, err));
    gt_plan_memory use = gt_plan_memory_use(d->plan);
    work->flops = gt_plan_flops(d->plan) * PASSES;
    work->bytes = use.arena + use.persistent +
                  (size_t)gt_params_floats(gt_model_params(d->model)) * sizeof(float) +
                  3 * (size_t)DRAWN * SIDE * SIDE * sizeof(float);
done:
    return status;
}

const gt_bench gt_bench_diffusion_sample = {
    "diffusion-paper-sample",
    "steps of the denoiser's sampler at the paper's size, 16 images of 64x64", "passes",
    open_sampling};
