/* The list of model classes, and the part of a model that is the same for all of them. */
#include "model_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"
#include "text.h"

#define GT_MODEL(stem) extern const gt_model_class gt_model_##stem;
#include "models.def"
#undef GT_MODEL

static const gt_model_class *const classes[] = {
#define GT_MODEL(stem) &gt_model_##stem,
#include "models.def"
#undef GT_MODEL
};
enum { CLASSES = sizeof classes / sizeof *classes };

/* A code has a channel for each of its numbers. */
enum { MOST_CHANNELS = 1 << 20, LONGEST_SIDE = 65536 };

static const gt_option input_rows[] = {
    {"image-channels", GT_INT_AT(gt_model_input, channels), "1", "N",
     "channels of the images, or numbers of a code; taken from the data set when training",
     .min = 1, .max = MOST_CHANNELS},
    {"image-height", GT_INT_AT(gt_model_input, height), "64", "N",
     "height of the images; taken from the data set when training", .min = 1,
     .max = LONGEST_SIDE},
    {"image-width", GT_INT_AT(gt_model_input, width), "64", "N",
     "width of the images; taken from the data set when training", .min = 1,
     .max = LONGEST_SIDE},
    {"pixel-shift", GT_REALS_AT(gt_model_input, shift), "0", "X,...",
     "added to pixels (0 to 255) on input, one number or one a channel; minus the mean of the "
     "training pixels",
     .min = -INFINITY, .max = INFINITY},
    {"pixel-scale", GT_REALS_AT(gt_model_input, scale), "1", "X,...",
     "then multiplied with; one over the deviation of the training pixels",
     .min = GT_ABOVE_ZERO, .max = INFINITY},
};
const gt_option_table gt_model_input_options = GT_OPTION_TABLE("Images", input_rows);

static const gt_option label_rows[] = {
    {"class-rows", GT_REALS_AT(gt_model_input, class_rows), "0", "N,...",
     "rows of each class among those to learn from; taken from the data set when training",
     .min = 0, .max = 9e15},
};
const gt_option_table gt_model_label_options = GT_OPTION_TABLE("Labels", label_rows);

const gt_model_class *const *gt_model_classes(size_t *count) {
    *count = CLASSES;
    return classes;
}

gt_status gt_model_class_find(const char *name, const gt_model_class **out, gt_error *err) {
    const char *names[CLASSES];
    for (size_t i = 0; i < CLASSES; ++i) {
        *out = classes[i];
        if (strcmp(name, classes[i]->name) == 0) return GT_OK;
        names[i] = classes[i]->name;
    }
    const char *nearest = gt_text_nearest(name, names, CLASSES);
    char known[256] = "";
    for (size_t i = 0, length = 0; i < CLASSES && length < sizeof known; ++i)
        length += (size_t)snprintf(known + length, sizeof known - length, "%s%s", i ? ", " : "",
                                   names[i]);
    return gt_fail(err, GT_USAGE, "unknown model '%s'; %s%s%s", name,
                   nearest ? "did you mean '" : "there are ", nearest ? nearest : known,
                   nearest ? "'" : "");
}

gt_status gt_model_preset_find(const gt_model_class *class, const char *name,
                               const gt_model_preset **out, gt_error *err) {
    char known[256] = "";
    for (int i = 0; i < class->preset_count; ++i) {
        *out = &class->presets[i];
        if (strcmp(name, class->presets[i].name) == 0) return GT_OK;
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "",
                 class->presets[i].name);
    }
    return gt_fail(err, GT_USAGE, "model %s has no preset '%s', it has %s", class->name, name,
                   known);
}

bool gt_model_fit_input(const gt_model_class *class, gt_model_input *input) {
    static const double white = 255;
    const gt_data_needs *needs = &class->needs;
    double width = needs->high - needs->low;
    if (needs->codes) input->height = input->width = 1;
    if (!needs->codes && width == 0) return false;
    input->shift = (gt_reals)GT_REALS(needs->codes ? 0 : needs->low / width * white);
    input->scale = (gt_reals)GT_REALS(needs->codes ? 1 : width / white);
    return true;
}

/* What cannot be read back from a run's settings is not made. */
static gt_status check_input(const gt_model_class *class, const gt_model_input *input,
                             gt_error *err) {
    const gt_reals *lists[] = {&input->shift, &input->scale};
    for (int i = 0; i < 2; i++)
        if (lists[i]->count != 1 && lists[i]->count != input->channels)
            return gt_fail(err, GT_USAGE,
                           "%d numbers of %s for %lld channels, expected 1 or %lld",
                           lists[i]->count, i ? "pixel-scale" : "pixel-shift",
                           (long long)input->channels, (long long)input->channels);
    if (input->channels <= MOST_CHANNELS && input->height <= LONGEST_SIDE &&
        input->width <= LONGEST_SIDE)
        return GT_OK;
    if (class->needs.codes)
        return gt_fail(err, GT_USAGE, "codes of %lld numbers, expected at most %d",
                       (long long)input->channels, MOST_CHANNELS);
    return gt_fail(err, GT_USAGE, "images of %lldx%lldx%lld, expected at most %dx%dx%d",
                   (long long)input->channels, (long long)input->height,
                   (long long)input->width, MOST_CHANNELS, LONGEST_SIDE, LONGEST_SIDE);
}

/* ---- objectives ---- */

void gt_model_follow(const gt_model *model, int objective, int64_t step, float *values) {
    const gt_objective *own = gt_model_objective(model, objective);
    const gt_params *params = model->params;
    double kept = own->copy ? own->copy_keeps(model->self, step) : 1;
    for (int i = 0; kept < 1 && i < gt_params_count(params); ++i) {
        int from = gt_params_find_under(params, i, own->copy, own->prefix);
        if (from < 0) continue;
        float *copy = values + gt_params_offset(params, i);
        const float *value = values + gt_params_offset(params, from);
        int64_t count = gt_shape_count(gt_params_shape(params, i));
        for (int64_t k = 0; k < count; ++k)
            copy[k] = (float)(kept * (double)copy[k] + (1 - kept) * (double)value[k]);
    }
}

int gt_model_objective_count(const gt_model *model) {
    return model->class->objective_count;
}

const gt_objective *gt_model_objective(const gt_model *model, int objective) {
    GT_ASSERT(objective >= 0 && objective < model->class->objective_count);
    return &model->class->objectives[objective];
}

bool gt_model_owns(const gt_model *model, int objective, int index) {
    const char *prefix = gt_model_objective(model, objective)->prefix;
    return !prefix ||
           strncmp(gt_params_name(model->params, index), prefix, strlen(prefix)) == 0;
}

gt_model_range gt_model_range_of(const gt_model *model, int objective) {
    GT_ASSERT(objective >= 0 && objective < model->class->objective_count);
    return model->ranges[objective];
}

/* First float behind learned parameter `index` and the gap after it. */
static int64_t end_of(const gt_params *params, int index) {
    while (++index < gt_params_count(params))
        if (!gt_params_is_state(params, index)) return gt_params_offset(params, index);
    return gt_params_learned_floats(params);
}

static gt_status find_range(gt_model *model, int objective, gt_error *err) {
    const char *name = gt_model_objective(model, objective)->name;
    int64_t first = -1, end = -1;
    for (int i = 0; i < gt_params_count(model->params); ++i) {
        if (gt_params_is_state(model->params, i) || !gt_model_owns(model, objective, i))
            continue;
        int64_t at = gt_params_offset(model->params, i);
        if (first < 0) first = end = at;
        if (at != end)
            return gt_fail(err, GT_BAD_ARGUMENT, "%s: parameters of '%s' do not stand together",
                           model->class->name, name);
        end = end_of(model->params, i);
    }
    if (first < 0)
        return gt_fail(err, GT_BAD_ARGUMENT, "%s: '%s' has no parameters to learn",
                       model->class->name, name);
    model->ranges[objective] = (gt_model_range){(size_t)first, (size_t)(end - first)};
    return GT_OK;
}

static gt_status find_ranges(gt_model *model, gt_error *err) {
    gt_status status = GT_OK;
    GT_ASSERT(model->class->objective_count <= GT_MOST_OBJECTIVES);
    for (int k = 0; k < model->class->objective_count; ++k) {
        GT_TRY(find_range(model, k, err));
        for (int j = 0; j < k; ++j) {
            gt_model_range a = model->ranges[j], b = model->ranges[k];
            if (a.first < b.first + b.count && b.first < a.first + a.count)
                GT_THROW(err, GT_BAD_ARGUMENT, "%s: '%s' and '%s' move the same parameters",
                         model->class->name, model->class->objectives[j].name,
                         model->class->objectives[k].name);
        }
    }
done:
    return status;
}

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
    GT_TRY(check_input(class, input, err));
    model = calloc(1, sizeof *model);
    if (!model) GT_THROW(err, GT_NO_MEMORY, "no memory for a model");
    model->class = class;
    model->input = *input;
    model->params = gt_params_create();
    if (!model->params) GT_THROW(err, GT_NO_MEMORY, "no memory for a model");
    GT_TRY(class->create(settings, input, model->params, &model->self, err));
    GT_TRY(gt_params_allocate(model->params, err));
    GT_TRY(find_ranges(model, err));
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

/* ---- Latents --------------------------------------------------------------------------- */

bool gt_model_latent_at(const gt_model *model, int i, gt_model_latent *out) {
    return model->class->latent && model->class->latent(model->self, i, out);
}

/* Numbers of the parts before part `i`. */
static int64_t latents_before(const gt_model *model, int i) {
    gt_model_latent part;
    int64_t sum = 0;
    for (int k = 0; k < i && gt_model_latent_at(model, k, &part); ++k)
        sum += gt_shape_count(part.shape);
    return sum;
}

int64_t gt_model_latent_width(const gt_model *model) {
    return latents_before(model, GT_MODEL_LATENTS);
}

static gt_shape many(int64_t batch, gt_shape one) {
    gt_shape out = {.rank = one.rank + 1, .dim = {batch}};
    for (int i = 0; i < one.rank; ++i) out.dim[i + 1] = one.dim[i];
    return out;
}

gt_tensor *gt_model_latent_leaf(const gt_model *model, gt_graph *g, int64_t batch, int i,
                                const gt_model_graph *graph) {
    gt_model_latent part;
    GT_ASSERT(gt_model_latent_at(model, i, &part));
    gt_shape shape = many(batch, part.shape);
    gt_tensor *rows = gt_model_graph_input(graph, "latents");
    if (!rows) return gt_random_normal(g, part.noise, gt_rng_stream(part.noise), shape);
    gt_tensor *own = gt_slice(g, rows, 1, latents_before(model, i), gt_shape_count(part.shape));
    return gt_reshape(g, own, shape);
}

void gt_model_draw_latents(const gt_model *model, int64_t count, const gt_draws *draws,
                           float *rows) {
    int64_t width = gt_model_latent_width(model);
    gt_model_latent part;
    for (int i = 0; gt_model_latent_at(model, i, &part); ++i) {
        size_t own = (size_t)gt_shape_count(part.shape);
        gt_rng_key key = {draws->seed, gt_rng_stream(part.noise), 0};
        float *to = rows + latents_before(model, i);
        for (int64_t n = 0; n < count; ++n)
            gt_rng_fill_normal(key, (draws->first + (uint64_t)n) * own, own, to + n * width);
    }
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
