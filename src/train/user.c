/* user.c - a trained model's graphs, compiled and fed a few images at a time. */
#include <stdlib.h>
#include <string.h>

#include "galatea/plan.h"
#include "galatea/run.h"

struct gt_user {
    const gt_model *model;
    const void *settings;
    float *driven; /* output of a sampler that runs many times; NULL: it runs once */
    gt_graph *graph;
    gt_model_graph nodes;
    gt_tensor *input; /* "images"; NULL: the graph needs none */
    gt_plan *plan;
    float *images; /* (batch,C,H,W), for a last batch that is not full; NULL without images */
    size_t batch, image_floats, width;
};

void gt_user_destroy(gt_user *user) {
    if (!user) return;
    gt_plan_destroy(user->plan);
    gt_model_graph_close(&user->nodes);
    gt_graph_destroy(user->graph);
    free(user->images);
    free(user->driven);
    free(user);
}

static gt_status build(const gt_model *model, const gt_use_options *options, gt_user *user,
                       gt_error *err) {
    gt_graph *g = user->graph;
    switch (options->use) {
    case GT_USE_ENCODE:
        return gt_model_build_encode(model, g, options->batch, options->settings, &user->nodes,
                                     err);
    case GT_USE_DENSITY:
        return gt_model_build_density(model, g, options->batch, &user->nodes, err);
    case GT_USE_RECONSTRUCT:
        return gt_model_build_reconstruct(model, g, options->batch, &user->nodes, err);
    default:
        return gt_model_build_sample(model, g, options->batch, options->settings, &user->nodes,
                                     err);
    }
}

gt_status gt_user_create_for(const gt_model *model, const float *values,
                             const gt_use_options *options, gt_user **out, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_input *input = gt_model_input_of(model);
    gt_plan_options how = {.threads = options->threads,
                           .exact = options->exact,
                           .algorithms = options->algorithms};
    gt_user *user = calloc(1, sizeof *user);
    if (!user) GT_THROW(err, GT_NO_MEMORY, "no memory to use a model");
    user->model = model;
    user->settings = options->settings;
    user->batch = (size_t)options->batch;
    user->image_floats = (size_t)(input->channels * input->height * input->width);
    user->graph = gt_graph_create();
    if (!user->graph) GT_THROW(err, GT_NO_MEMORY, "no memory for a graph");
    GT_TRY(build(model, options, user, err));
    GT_TRY(gt_graph_check(user->graph, err));
    GT_TRY(gt_plan_create(user->graph, &user->nodes.output, 1, &how, &user->plan, err));
    gt_plan_bind_parameters(user->plan, values);
    user->width =
        (size_t)(gt_shape_count(gt_tensor_shape(user->nodes.output)) / options->batch);
    user->input = gt_model_graph_input(&user->nodes, "images");
    if (user->input) {
        user->images = calloc(user->batch * user->image_floats, sizeof *user->images);
        if (!user->images) GT_THROW(err, GT_NO_MEMORY, "no memory for a batch of images");
    }
    if (options->use == GT_USE_SAMPLE && gt_model_class_of(model)->drive) {
        user->driven = calloc(user->batch * user->width, sizeof *user->driven);
        if (!user->driven) GT_THROW(err, GT_NO_MEMORY, "no memory for a batch of samples");
    }
    *out = user;
    user = NULL;
done:
    gt_user_destroy(user);
    return status;
}

/* A weight file may lack what this use has no need of, and nothing else. */
static gt_status check_weights(const gt_run *run, const gt_user *user, gt_error *err) {
    gt_status status = GT_OK;
    int count = gt_params_count(gt_model_params(gt_run_model(run)));
    bool *needed = calloc((size_t)count + 1, sizeof *needed);
    if (!needed) GT_THROW(err, GT_NO_MEMORY, "no memory for a list of parameters");
    GT_TRY(gt_tensor_needs(user->nodes.output, user->nodes.parameters, count, needed, err));
    GT_TRY(gt_run_check(run, needed, err));
done:
    free(needed);
    return status;
}

gt_status gt_user_create(const gt_run *run, const gt_use_options *options, gt_user **out,
                         gt_error *err) {
    const gt_model *model = gt_run_model(run);
    const float *values = gt_params_values(gt_model_params(model));
    gt_use_options how = *options;
    gt_user *user = NULL;
    if (!how.algorithms) how.algorithms = gt_run_algorithms(run);
    gt_status status = gt_user_create_for(model, values, &how, &user, err);
    if (!status) status = check_weights(run, user, err);
    if (!status)
        *out = user;
    else
        gt_user_destroy(user);
    return status;
}

gt_status gt_user_create_encoder(const gt_run *run, int64_t batch, int threads, gt_user **out,
                                 gt_error *err) {
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
    GT_TRY(gt_user_create(run, &how, out, err));
done:
    gt_options_destroy(options);
    free(settings);
    return status;
}

void gt_user_use(gt_user *user, const float *values) {
    gt_plan_bind_parameters(user->plan, values);
}

size_t gt_user_width(const gt_user *user) {
    return user->width;
}

size_t gt_user_image_floats(const gt_user *user) {
    return user->image_floats;
}

static gt_status drive(const gt_user *user, uint64_t seed, uint64_t first, gt_error *err) {
    const gt_sampling sampling = {.plan = user->plan,
                                  .graph = &user->nodes,
                                  .settings = user->settings,
                                  .batch = (int64_t)user->batch,
                                  .seed = seed,
                                  .first = first};
    return gt_model_class_of(user->model)->drive(user->model, &sampling, user->driven, err);
}

gt_status gt_user_run(gt_user *user, const float *images, size_t count, uint64_t seed,
                      uint64_t first, const float **output, gt_error *err) {
    gt_status status = GT_OK;
    GT_ASSERT(count >= 1 && count <= user->batch);
    if (user->input) {
        memcpy(user->images, images, count * user->image_floats * sizeof(float));
        GT_TRY(gt_plan_bind(user->plan, user->input, user->images, err));
    }
    if (user->driven) {
        GT_TRY(drive(user, seed, first, err));
        *output = user->driven;
        goto done;
    }
    gt_plan_set_noise(user->plan, seed, 0, first);
    GT_TRY(gt_plan_run(user->plan, err));
    *output = gt_plan_output(user->plan, 0);
done:
    return status;
}
