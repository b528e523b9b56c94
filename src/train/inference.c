/* inference.c - a trained model's graphs, compiled and fed a few images at a time. */
#include <stdlib.h>
#include <string.h>

#include "galatea/plan.h"
#include "galatea/run.h"

struct gt_inference {
    const gt_model *model;
    const void *settings;
    const float *values; /* bound parameters */
    float *driven;       /* output of a sampler that runs many times; NULL: it runs once */
    gt_graph *graph;
    gt_model_graph nodes;
    gt_tensor *input; /* of the graph, a row an image; NULL: it needs none */
    gt_plan *plan;
    float *images; /* (batch,...) of the input, also for a last batch that is not full; NULL:
                      nothing is put in */
    size_t batch, image_floats, width;
    bool refills; /* `driven` makes as many as are asked for */
    int64_t driven_count, fates[GT_SAMPLING_FATES]; /* of images since they were told */
};

void gt_inference_destroy(gt_inference *inference) {
    if (!inference) return;
    gt_plan_destroy(inference->plan);
    gt_model_graph_close(&inference->nodes);
    gt_graph_destroy(inference->graph);
    free(inference->images);
    free(inference->driven);
    free(inference);
}

static int64_t images_in_work(const gt_inference *inference, const gt_use_options *options) {
    int64_t wanted = options->at_once, most = options->batch;
    return inference->refills && wanted > 0 && wanted < most ? wanted : most;
}

static gt_status build(const gt_model *model, const gt_use_options *options, gt_shape image,
                       gt_inference *inference, gt_error *err) {
    gt_graph *g = inference->graph;
    switch (options->use) {
    case GT_USE_ENCODE:
        return gt_model_build_encode(model, g, options->batch, options->settings,
                                     &inference->nodes, err);
    case GT_USE_CLASSIFY:
        return gt_model_build_classify(model, g, options->batch, &inference->nodes, err);
    case GT_USE_DENSITY:
        return gt_model_build_density(model, g, options->batch, &inference->nodes, err);
    case GT_USE_SCORE:
        return gt_model_build_score(
            model, g, GT_SHAPE(options->batch, image.dim[0], image.dim[1], image.dim[2]),
            &inference->nodes, err);
    case GT_USE_RECONSTRUCT:
        return gt_model_build_reconstruct(model, g, options->batch, &inference->nodes, err);
    case GT_USE_INVERT:
        return gt_model_build_invert(model, g, options->batch, options->settings,
                                     &options->latents, &inference->nodes, err);
    default:
        return gt_model_build_sample_of(model, g, images_in_work(inference, options),
                                        options->settings, &options->latents, &inference->nodes,
                                        err);
    }
}

/* What the graph, or the sampler, takes a row an image. */
static gt_status prepare_input(gt_inference *inference, const gt_use_options *options,
                               gt_error *err) {
    static const char *const names[] = {"images", "latents", "inner"};
    bool is_given = options->use == GT_USE_SAMPLE && options->latents.given;
    for (size_t i = 0; i < sizeof names / sizeof *names && !inference->input; i++)
        inference->input = gt_model_graph_input(&inference->nodes, names[i]);
    if (is_given)
        inference->image_floats = (size_t)gt_model_latent_width(inference->model);
    else if (options->use == GT_USE_INVERT && options->latents.inner)
        inference->image_floats = (size_t)gt_shape_count(gt_model_inner(inference->model));
    if (!inference->input && !is_given) return GT_OK;
    inference->images =
        calloc(inference->batch * inference->image_floats, sizeof *inference->images);
    if (inference->images) return GT_OK;
    return gt_fail(err, GT_NO_MEMORY, "no memory for a batch of images");
}

gt_status gt_inference_create_for(const gt_model *model, const float *values,
                                  const gt_use_options *options, gt_inference **out,
                                  gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_input *input = gt_model_input_of(model);
    gt_plan_options how = {.threads = options->threads,
                           .exact = options->exact,
                           .algorithms = options->algorithms};
    gt_inference *inference = calloc(1, sizeof *inference);
    if (!inference) GT_THROW(err, GT_NO_MEMORY, "no memory to use a model");
    inference->model = model;
    inference->settings = options->settings;
    inference->batch = (size_t)options->batch;
    inference->refills =
        options->use == GT_USE_SAMPLE && gt_model_class_of(model)->sampler_refills;
    gt_shape image = options->image.rank == 3
                         ? options->image
                         : GT_SHAPE(input->channels, input->height, input->width);
    inference->image_floats = (size_t)gt_shape_count(image);
    inference->graph = gt_graph_create();
    if (!inference->graph) GT_THROW(err, GT_NO_MEMORY, "no memory for a graph");
    GT_TRY(build(model, options, image, inference, err));
    GT_TRY(gt_graph_check(inference->graph, err));
    GT_TRY(gt_plan_create(inference->graph, &inference->nodes.output, 1, &how, &inference->plan,
                          err));
    gt_inference_bind_values(inference, values);
    gt_shape made = gt_tensor_shape(inference->nodes.output);
    inference->width = (size_t)(gt_shape_count(made) / images_in_work(inference, options));
    if (options->use == GT_USE_SAMPLE && gt_model_class_of(model)->run_sampler) {
        inference->driven =
            calloc(inference->batch * inference->width, sizeof *inference->driven);
        if (!inference->driven) GT_THROW(err, GT_NO_MEMORY, "no memory for a batch of samples");
    }
    GT_TRY(prepare_input(inference, options, err));
    *out = inference;
    inference = NULL;
done:
    gt_inference_destroy(inference);
    return status;
}

/* A weight file may lack what this use has no need of, and nothing else. */
static gt_status check_weights(const gt_run *run, const gt_inference *inference,
                               gt_error *err) {
    gt_status status = GT_OK;
    int count = gt_params_count(gt_model_params(gt_run_model(run)));
    bool *needed = calloc((size_t)count + 1, sizeof *needed);
    if (!needed) GT_THROW(err, GT_NO_MEMORY, "no memory for a list of parameters");
    GT_TRY(gt_tensor_needs(inference->nodes.output, inference->nodes.parameters, count, needed,
                           err));
    GT_TRY(gt_run_check(run, needed, err));
done:
    free(needed);
    return status;
}

gt_status gt_inference_create(const gt_run *run, const gt_use_options *options,
                              gt_inference **out, gt_error *err) {
    const gt_model *model = gt_run_model(run);
    const float *values = gt_params_values(gt_model_params(model));
    gt_use_options how = *options;
    gt_inference *inference = NULL;
    if (!how.algorithms) how.algorithms = gt_run_algorithms(run);
    gt_status status = gt_inference_create_for(model, values, &how, &inference, err);
    if (status == GT_UNSUPPORTED) gt_blame(err, "%s", gt_run_path_of(run));
    if (!status) status = check_weights(run, inference, err);
    if (!status)
        *out = inference;
    else
        gt_inference_destroy(inference);
    return status;
}

gt_status gt_inference_create_encoder(const gt_run *run, int64_t batch, int threads,
                                      gt_inference **out, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_class *class = gt_model_class_of(gt_run_model(run));
    gt_options *options = NULL;
    void *settings = calloc(1, class->encode_size + 1);
    if (!settings) GT_THROW(err, GT_NO_MEMORY, "no memory for settings");
    GT_TRY(gt_options_create(&options, err));
    if (class->encode_options)
        GT_TRY(gt_options_add(options, class->encode_options, settings, err));
    const gt_use_options how = {
        .use = GT_USE_ENCODE, .settings = settings, .batch = batch, .threads = threads};
    GT_TRY(gt_inference_create(run, &how, out, err));
done:
    gt_options_destroy(options);
    free(settings);
    return status;
}

void gt_inference_bind_values(gt_inference *inference, const float *values) {
    inference->values = values;
    gt_plan_bind_parameters(inference->plan, values);
}

size_t gt_inference_width(const gt_inference *inference) {
    return inference->width;
}

size_t gt_inference_bytes(const gt_inference *inference) {
    gt_plan_memory use = gt_plan_memory_use(inference->plan);
    size_t floats = (inference->images ? inference->image_floats : 0) +
                    (inference->driven ? inference->width : 0);
    return use.arena + use.persistent + inference->batch * floats * sizeof(float);
}

size_t gt_inference_image_floats(const gt_inference *inference) {
    return inference->image_floats;
}

static gt_status drive(gt_inference *inference, size_t count, uint64_t seed, uint64_t first,
                       gt_error *err) {
    const gt_sampling sampling = {.plan = inference->plan,
                                  .values = inference->values,
                                  .graph = &inference->nodes,
                                  .settings = inference->settings,
                                  .batch =
                                      (int64_t)(inference->refills ? count : inference->batch),
                                  .seed = seed,
                                  .first = first,
                                  .latents = inference->images,
                                  .fates = inference->fates};
    inference->driven_count += sampling.batch;
    return gt_model_class_of(inference->model)
        ->run_sampler(inference->model, &sampling, inference->driven, err);
}

void gt_inference_tell(gt_inference *inference) {
    const gt_model_class *class = gt_model_class_of(inference->model);
    if (inference->driven_count && class->tell_samples)
        class->tell_samples(inference->settings, inference->driven_count, inference->fates);
    inference->driven_count = 0;
    memset(inference->fates, 0, sizeof inference->fates);
}

gt_status gt_inference_run(gt_inference *inference, const float *images, size_t count,
                           uint64_t seed, uint64_t first, const float **output, gt_error *err) {
    gt_status status = GT_OK;
    GT_ASSERT(count >= 1 && count <= inference->batch);
    if (inference->images)
        memcpy(inference->images, images, count * inference->image_floats * sizeof(float));
    if (inference->input)
        GT_TRY(gt_plan_bind(inference->plan, inference->input, inference->images, err));
    if (inference->driven) {
        GT_TRY(drive(inference, count, seed, first, err));
        *output = inference->driven;
        goto done;
    }
    gt_plan_set_noise(inference->plan, seed, 0, first);
    GT_TRY(gt_plan_run(inference->plan, err));
    *output = gt_plan_output(inference->plan, 0);
done:
    return status;
}
