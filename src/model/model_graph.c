/* model_graph.c - graphs of a model, one for each use: what they begin with, the builder of its
 * class, and what they are checked for. */
#include "model_internal.h"

#include <stdlib.h>
#include <string.h>

/* Leaves every graph of the model begins with. */
static gt_status begin(const gt_model *model, gt_graph *g, int64_t batch, bool takes_images,
                       bool known, const char *use, gt_model_graph *out, gt_error *err) {
    *out = (gt_model_graph){0};
    if (!known) return gt_fail(err, GT_UNSUPPORTED, "%s cannot %s", model->class->name, use);
    int count = gt_params_count(model->params);
    out->parameters = calloc((size_t)count + 1, sizeof(gt_tensor *));
    if (!out->parameters) return gt_fail(err, GT_NO_MEMORY, "no memory for %d leaves", count);
    for (int i = 0; i < count; ++i) out->parameters[i] = gt_params_tensor(g, model->params, i);
    const gt_model_input *in = &model->input;
    if (takes_images)
        (void)gt_model_graph_add_input(out, g, "images",
                                       GT_SHAPE(batch, in->channels, in->height, in->width));
    return GT_OK;
}

/* The same for a loss: more views, labels, and numbers that change with the epoch. */
static gt_status begin_loss(const gt_model *model, gt_graph *g, int64_t batch, const char *use,
                            gt_model_graph *out, gt_error *err) {
    const gt_scheduled_value *scalar = model->class->schedules;
    gt_status status = begin(model, g, gt_model_loss_images(model, batch), true,
                             model->class->objective_count > 0, use, out, err);
    if (status) return status;
    if (model->class->needs.labels)
        (void)gt_model_graph_add_input(out, g, "labels", GT_SHAPE(batch));
    if (model->is_weighing)
        (void)gt_model_graph_add_input(out, g, "weights",
                                       gt_tensor_shape(gt_model_graph_input(out, "images")));
    for (; scalar && scalar->name; ++scalar)
        (void)gt_model_graph_add_input(out, g, scalar->name, gt_shape_scalar());
    return GT_OK;
}

gt_tensor *gt_model_graph_input(const gt_model_graph *graph, const char *name) {
    for (int i = 0; i < graph->feed_count; ++i)
        if (strcmp(graph->feeds[i].name, name) == 0) return graph->feeds[i].leaf;
    return NULL;
}

gt_tensor *gt_model_graph_add_input(gt_model_graph *graph, gt_graph *g, const char *name,
                                    gt_shape shape) {
    GT_ASSERT(graph->feed_count < GT_MODEL_FEEDS && !gt_model_graph_input(graph, name));
    gt_tensor *leaf = gt_input(g, name, shape);
    graph->feeds[graph->feed_count++] = (gt_model_feed){name, leaf};
    return leaf;
}

gt_tensor *gt_model_weighed(const gt_model_graph *graph, gt_graph *g, gt_tensor *terms) {
    gt_tensor *weights = gt_model_graph_input(graph, "weights");
    if (!weights) return terms;
    gt_shape shape = gt_tensor_shape(weights);
    int64_t channels = shape.dim[1];
    if (channels > 1 && gt_tensor_dim(terms, 1) == 1) {
        shape.dim[1] = 1;
        weights = gt_affine(g, gt_sum_to(g, weights, shape), 1.0 / (double)channels, 0);
    }
    return gt_mul(g, terms, weights);
}

gt_tensor *gt_model_prepare(const gt_model *model, gt_graph *g, gt_tensor *images) {
    const gt_reals *by = &model->input.shift, *scale = &model->input.scale;
    gt_reals shift = {.count = by->count > scale->count ? by->count : scale->count};
    for (int c = 0; c < shift.count; ++c)
        shift.value[c] = gt_reals_at(by, c) * gt_reals_at(scale, c);
    return gt_affine_by_channel(g, images, scale, &shift);
}

void gt_model_graph_close(gt_model_graph *graph) {
    free(graph->parameters);
    free(graph->updates);
    *graph = (gt_model_graph){0};
}

static gt_status finish(const gt_graph *g, gt_status status, gt_model_graph *out,
                        gt_error *err) {
    if (!status) status = gt_graph_check(g, err);
    if (status) gt_model_graph_close(out);
    return status;
}

gt_status gt_model_build_loss(const gt_model *model, int objective, gt_graph *g, int64_t batch,
                              gt_model_graph *out, gt_error *err) {
    gt_status status = begin_loss(model, g, batch, "be trained", out, err);
    if (!status) status = gt_model_objective(model, objective)->loss(model, g, batch, out, err);
    return finish(g, status, out, err);
}

gt_status gt_model_build_seldom(const gt_model *model, int objective, gt_graph *g,
                                int64_t batch, gt_model_graph *out, gt_error *err) {
    const gt_objective *own = gt_model_objective(model, objective);
    if (!own->seldom)
        return gt_fail(err, GT_UNSUPPORTED, "%s: '%s' has one loss", model->class->name,
                       own->name);
    gt_status status = begin_loss(model, g, batch, "be trained", out, err);
    if (!status) status = own->seldom(model, g, batch, out, err);
    return finish(g, status, out, err);
}

gt_status gt_model_build_validation(const gt_model *model, int objective, gt_graph *g,
                                    int64_t batch, gt_model_graph *out, gt_error *err) {
    gt_status status = begin_loss(model, g, batch, "be judged", out, err);
    if (status) return status;
    const gt_objective *own = gt_model_objective(model, objective);
    status =
        (own->validation_loss ? own->validation_loss : own->loss)(model, g, batch, out, err);
    return finish(g, status, out, err);
}

gt_status gt_model_build_density(const gt_model *model, gt_graph *g, int64_t batch,
                                 gt_model_graph *out, gt_error *err) {
    gt_status status = begin(model, g, batch, true, model->class->density,
                             "tell how likely its input is", out, err);
    if (!status) status = model->class->density(model, g, batch, out, err);
    return finish(g, status, out, err);
}

gt_density_subject gt_model_density_subject(const gt_model *model) {
    const gt_model_input *in = &model->input;
    if (model->class->density_subject) return model->class->density_subject(model->self);
    return (gt_density_subject){.channels = in->channels,
                                .values = in->channels * in->height * in->width};
}

gt_status gt_model_build_score(const gt_model *model, gt_graph *g, gt_shape images,
                               gt_model_graph *out, gt_error *err) {
    gt_status status =
        begin(model, g, images.dim[0], false, model->class->score, "score images", out, err);
    if (!status) {
        (void)gt_model_graph_add_input(out, g, "images", images);
        status = model->class->score(model, g, images.dim[0], out, err);
    }
    return finish(g, status, out, err);
}

gt_status gt_model_build_encode(const gt_model *model, gt_graph *g, int64_t batch,
                                const void *settings, gt_model_graph *out, gt_error *err) {
    gt_status status = begin(model, g, batch, true, model->class->encode, "encode", out, err);
    if (!status) status = model->class->encode(model, g, batch, settings, out, err);
    return finish(g, status, out, err);
}

gt_status gt_model_build_classify(const gt_model *model, gt_graph *g, int64_t batch,
                                  gt_model_graph *out, gt_error *err) {
    gt_status status =
        begin(model, g, batch, true, model->class->classify, "tell classes apart", out, err);
    if (!status) status = model->class->classify(model, g, batch, out, err);
    return finish(g, status, out, err);
}

static gt_status check_use(const gt_model_class *class, const gt_latent_use *use,
                           gt_error *err) {
    if (use->given && !class->latent)
        return gt_fail(err, GT_UNSUPPORTED, "%s makes no images of latents that are given",
                       class->name);
    if (use->raw && !class->has_raw_latents)
        return gt_fail(err, GT_UNSUPPORTED, "%s has no latents z, only noise eps", class->name);
    return GT_OK;
}

/* Without a decoder the output of the graph is the pictures themselves. */
static void check_pictures(const gt_model *model, gt_graph *g, int64_t batch,
                           gt_model_graph *out) {
    gt_shape given = gt_tensor_shape(out->output), made = gt_model_made(model);
    char text[96], picture[96];
    if (model->class->decode || gt_graph_check(g, NULL)) return;
    if (gt_shape_count(given) != batch * gt_shape_count(made))
        out->output = gt_graph_refuse(g, "%s makes %s for %lld pictures of %s",
                                      model->class->name, gt_shape_text(given, text),
                                      (long long)batch, gt_shape_text(made, picture));
}

gt_status gt_model_build_reconstruct(const gt_model *model, gt_graph *g, int64_t batch,
                                     gt_model_graph *out, gt_error *err) {
    gt_status status =
        begin(model, g, batch, true, model->class->reconstruct, "reconstruct", out, err);
    if (!status) status = model->class->reconstruct(model, g, batch, out, err);
    if (!status) check_pictures(model, g, batch, out);
    return finish(g, status, out, err);
}

gt_status gt_model_build_sample_of(const gt_model *model, gt_graph *g, int64_t batch,
                                   const void *settings, const gt_latent_use *use,
                                   gt_model_graph *out, gt_error *err) {
    const gt_model_class *class = model->class;
    gt_status status = begin(model, g, batch, false, class->sample, "sample", out, err);
    if (!status) status = check_use(class, use, err);
    if (!status) {
        out->latents = *use;
        if (use->given && !class->run_sampler)
            (void)gt_model_graph_add_input(out, g, "latents",
                                           GT_SHAPE(batch, gt_model_latent_width(model)));
        status = class->sample(model, g, batch, settings, out, err);
    }
    if (!status && !use->inner) check_pictures(model, g, batch, out);
    return finish(g, status, out, err);
}

gt_status gt_model_build_sample(const gt_model *model, gt_graph *g, int64_t batch,
                                const void *settings, gt_model_graph *out, gt_error *err) {
    return gt_model_build_sample_of(model, g, batch, settings, &(gt_latent_use){0}, out, err);
}

gt_status gt_model_build_invert(const gt_model *model, gt_graph *g, int64_t batch,
                                const void *settings, const gt_latent_use *use,
                                gt_model_graph *out, gt_error *err) {
    const gt_model_class *class = model->class;
    gt_shape inner = gt_model_inner(model);
    gt_status status = begin(model, g, batch, !use->inner, class->invert,
                             "tell the latents of images", out, err);
    if (!status) status = check_use(class, use, err);
    if (!status) {
        out->latents = *use;
        if (use->inner)
            (void)gt_model_graph_add_input(
                out, g, "inner", GT_SHAPE(batch, inner.dim[0], inner.dim[1], inner.dim[2]));
        status = class->invert(model, g, batch, settings, out, err);
    }
    return finish(g, status, out, err);
}
