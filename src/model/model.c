/* model.c - the part of a model that is the same for all kinds. */
#include "model_internal.h"

#include <stdlib.h>
#include <string.h>

/* Pictures that were sent through stand beside those that came in. */
static gt_status check_made(const gt_model *model, gt_error *err) {
    const gt_model_input *in = &model->input;
    gt_shape made = gt_model_made(model), like = GT_SHAPE(in->channels, in->height, in->width);
    bool is_shape = made.rank == 3 && made.dim[0] > 0 && made.dim[1] > 0 && made.dim[2] > 0;
    char text[96], input[96];
    if (is_shape && (!model->class->reconstruct || gt_shape_equal(made, like))) return GT_OK;
    return gt_fail(err, GT_BAD_ARGUMENT, "%s: makes pictures of %s from those of %s",
                   model->class->name, gt_shape_text(made, text), gt_shape_text(like, input));
}

gt_status gt_model_create(const gt_model_class *class, const void *settings,
                          const gt_model_input *input, gt_model **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_model *model = NULL;
    GT_TRY(gt_model_check_input(class, input, err));
    model = calloc(1, sizeof *model);
    if (!model) GT_THROW(err, GT_NO_MEMORY, "no memory for a model");
    model->class = class;
    model->input = *input;
    if (input->constant) {
        model->input.constant = model->constant = strdup(input->constant);
        if (!model->constant) GT_THROW(err, GT_NO_MEMORY, "no memory for a model");
    }
    model->params = gt_params_create();
    if (!model->params) GT_THROW(err, GT_NO_MEMORY, "no memory for a model");
    GT_TRY(class->create(settings, &model->input, model->params, &model->self, err));
    GT_TRY(gt_params_allocate(model->params, err));
    GT_TRY(gt_model_find_ranges(model, err));
    GT_TRY(check_made(model, err));
    *out = model;
    model = NULL;
done:
    gt_model_destroy(model);
    return status;
}

void gt_model_destroy(gt_model *model) {
    if (!model) return;
    model->class->destroy(model->self);
    free(model->constant);
    gt_params_destroy(model->params);
    free(model);
}

gt_status gt_model_weigh(gt_model *model, gt_error *err) {
    if (!model->class->needs.weights)
        return gt_fail(err, GT_UNSUPPORTED,
                       "%s: its loss is no sum over pixels, which weights are for",
                       model->class->name);
    model->is_weighing = true;
    return GT_OK;
}

gt_status gt_model_init(gt_model *model, uint64_t seed, gt_error *err) {
    return model->class->init(model->self, model->params, seed, err);
}

gt_status gt_model_init_from(gt_model *model, const gt_first_batch *batch, gt_error *err) {
    if (!model->class->init_from) return GT_OK;
    return model->class->init_from(model, batch, gt_params_values(model->params), err);
}

const gt_model_class *gt_model_class_of(const gt_model *model) {
    return model->class;
}

const gt_model_input *gt_model_input_of(const gt_model *model) {
    return &model->input;
}

gt_params *gt_model_params(const gt_model *model) {
    return model->params;
}

void *gt_model_self(const gt_model *model) {
    return model->self;
}

gt_shape gt_model_made(const gt_model *model) {
    const gt_model_input *in = &model->input;
    if (model->class->made) return model->class->made(model->self);
    return GT_SHAPE(in->channels, in->height, in->width);
}

gt_shape gt_model_inner(const gt_model *model) {
    return model->class->inner ? model->class->inner(model->self) : gt_model_made(model);
}

/* Back from what the network sees of its input. */
static void to_levels(const gt_model *model, const float *seen, int64_t count, float *images) {
    const gt_model_input *in = &model->input;
    gt_shape made = gt_model_made(model);
    int64_t plane = made.dim[1] * made.dim[2];
    for (int64_t i = 0; i < count * made.dim[0] * plane; i++) {
        int channel = (int)(i / plane % made.dim[0]);
        images[i] = (float)((double)seen[i] / gt_reals_at(&in->scale, channel) -
                            gt_reals_at(&in->shift, channel));
    }
}

gt_status gt_model_decode(const gt_model *model, const float *output, int64_t count,
                          const gt_draws *draws, float *images, gt_error *err) {
    if (model->class->decode)
        return model->class->decode(model, output, count, draws, images, err);
    to_levels(model, output, count, images);
    return GT_OK;
}

gt_status gt_model_draw(const gt_model *model, int64_t count, const gt_draws *draws,
                        float *codes, gt_error *err) {
    if (!model->class->draw)
        return gt_fail(err, GT_UNSUPPORTED, "%s draws no codes", model->class->name);
    return model->class->draw(model, count, draws, codes, err);
}

double gt_model_scheduled_value(const gt_model *model, const char *name, int64_t epoch,
                                int64_t epochs) {
    const gt_scheduled_value *scalar = model->class->schedules;
    for (; scalar && scalar->name; ++scalar)
        if (strcmp(scalar->name, name) == 0) return scalar->at(model->self, epoch, epochs);
    return 0;
}

int64_t gt_model_loss_images(const gt_model *model, int64_t batch) {
    return model->class->needs.views == 2 ? 2 * batch : batch;
}

gt_status gt_model_recalibrate(const gt_model *model, float *values, const gt_model_rows *rows,
                               int threads, gt_error *err) {
    if (!model->class->recalibrate) return GT_OK;
    return model->class->recalibrate(model, values, rows, threads, err);
}

bool gt_model_fixed_at(const gt_model *model, int i, gt_model_fixed *out) {
    return model->class->fixed && model->class->fixed(model->self, i, out);
}
