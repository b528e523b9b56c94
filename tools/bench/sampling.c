/* sampling.c - see sampling.h. */
#include "sampling.h"

#include <stdlib.h>

typedef struct sampler {
    const gt_bench_sampling *what;
    gt_options *options;
    void *settings, *how; /* of the model, of its samples */
    gt_model *model;
    gt_graph *graph;
    gt_model_graph nodes;
    gt_plan *plan;
    float *images;
    size_t pixels;
    uint64_t number;
} sampler;

static gt_status sample(void *self, gt_error *err) {
    sampler *s = self;
    gt_draws draws = {1, s->number};
    gt_plan_set_noise(s->plan, 1, s->number++, 0);
    gt_status status = gt_plan_run(s->plan, err);
    if (status) return status;
    return gt_model_decode(s->model, gt_plan_output(s->plan, 0), s->what->images, &draws,
                           s->images, err);
}

static void close_sampler(void *self) {
    sampler *s = self;
    gt_plan_destroy(s->plan);
    gt_model_graph_close(&s->nodes);
    gt_graph_destroy(s->graph);
    gt_model_destroy(s->model);
    gt_options_destroy(s->options);
    free(s->settings);
    free(s->how);
    free(s->images);
    free(s);
}

static char *report(void *self) {
    return gt_plan_report(((sampler *)self)->plan);
}

static void profile(void *self, int on) {
    gt_plan_profile(((sampler *)self)->plan, on);
}

static gt_status create_model(sampler *s, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_class *class;
    const gt_model_preset *preset;
    GT_TRY(gt_model_class_find(s->what->model, &class, err));
    GT_TRY(gt_model_preset_find(class, s->what->preset, &preset, err));
    s->settings = calloc(1, class->settings_size);
    s->how = calloc(1, class->sample_size + 1);
    if (!s->settings || !s->how) GT_THROW(err, GT_NO_MEMORY, "no memory for a bench");
    GT_TRY(gt_options_create(&s->options, err));
    GT_TRY(gt_options_add(s->options, class->options, s->settings, err));
    GT_TRY(gt_options_preset(s->options, s->what->preset, preset->settings, err));
    GT_TRY(gt_options_add(s->options, class->sample_options, s->how, err));
    GT_TRY(gt_model_create(class, s->settings, &s->what->input, &s->model, err));
    GT_TRY(gt_model_init(s->model, 1, err));
done:
    return status;
}

static gt_status compile(sampler *s, const gt_bench_how *how, gt_error *err) {
    gt_status status = GT_OK;
    gt_plan_options options = {.threads = how->threads, .algorithms = how->algorithms};
    s->graph = gt_graph_create();
    if (!s->graph) GT_THROW(err, GT_NO_MEMORY, "no memory for a bench");
    GT_TRY(gt_model_build_sample(s->model, s->graph, s->what->images, s->how, &s->nodes, err));
    GT_TRY(gt_plan_create(s->graph, &s->nodes.output, 1, &options, &s->plan, err));
    gt_plan_bind_parameters(s->plan, gt_params_values(gt_model_params(s->model)));
done:
    return status;
}

/* Plan, parameters and the batch. */
static size_t bytes_of(const sampler *s) {
    gt_plan_memory use = gt_plan_memory_use(s->plan);
    size_t floats = (size_t)gt_params_floats(gt_model_params(s->model)) + s->pixels;
    return use.arena + use.persistent + floats * sizeof(float);
}

gt_status gt_bench_sampling_open(const gt_bench_sampling *what, const gt_bench_how *how,
                                 gt_bench_work *work, gt_error *err) {
    gt_status status = GT_OK;
    sampler *s = calloc(1, sizeof *s);
    if (!s) return gt_fail(err, GT_NO_MEMORY, "no memory for a bench");
    *work = (gt_bench_work){.self = s,
                            .step = sample,
                            .close = close_sampler,
                            .items = (double)what->images,
                            .report = report,
                            .profile = profile};
    s->what = what;
    GT_TRY(create_model(s, err));
    s->pixels = (size_t)(what->images * gt_shape_count(gt_model_made(s->model)));
    s->images = malloc(s->pixels * sizeof *s->images);
    if (!s->images) GT_THROW(err, GT_NO_MEMORY, "no memory for a bench");
    GT_TRY(compile(s, how, err));
    work->flops = gt_plan_flops(s->plan);
    work->bytes = bytes_of(s);
done:
    return status;
}
