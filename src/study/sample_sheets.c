/* sample_sheets.c - see sample_sheets.h. */
#include "sample_sheets.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "made.h"
#include "outfile.h"
#include "progress.h"
#include "run_use.h"
#include "sheet.h"
#include "text.h"

enum { SEED = 1 }; /* as `galatea sample` draws unless it is told otherwise */

struct gt_sample_sheets {
    gt_train_probe view;
    const char *folder, *provenance; /* of the run */
    size_t count, batch, values;
    gt_options *options; /* of samples, as sketched */
    void *settings;
    bool is_exact, is_untimed;
    gt_algorithms *algorithms; /* a copy: none of them becomes the run's */
    gt_picture_maker maker;
    const char *bands; /* of its channels, lent */
    float *pictures;
};

/* ---- getting ready ---- */

static gt_status copy_algorithms(const gt_algorithms *from, gt_algorithms **out,
                                 gt_error *err) {
    gt_status status = GT_OK;
    char *text = gt_algorithms_text(from);
    *out = gt_algorithms_create();
    if (!text || !*out) GT_THROW(err, GT_NO_MEMORY, "no memory for the choice of algorithms");
    GT_TRY(gt_algorithms_parse(*out, text, err));
done:
    free(text);
    return status;
}

/* What a killed process left. */
static gt_status sweep(const gt_sample_sheets *s, gt_error *err) {
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/samples", s->folder);
    if (length >= (int)sizeof path || access(path, F_OK) != 0) return GT_OK;
    return gt_outfile_sweep(path, NULL, err);
}

static gt_status prepare(void *user, const gt_train_scene *scene, uint64_t *bytes,
                         gt_error *err) {
    gt_status status = GT_OK;
    gt_sample_sheets *s = user;
    s->maker.model = scene->model;
    s->maker.range = scene->imaging->range;
    s->bands = scene->imaging->bands;
    int64_t at_once = gt_use_batch(0, scene->model);
    s->batch = gt_model_class_of(scene->model)->sampler_refills ? s->count : (size_t)at_once;
    s->values = (size_t)gt_shape_count(gt_model_made(scene->model));
    GT_TRY(sweep(s, err));
    GT_TRY(copy_algorithms(scene->algorithms, &s->algorithms, err));
    const gt_use_options how = {.use = GT_USE_SAMPLE,
                                .settings = s->settings,
                                .batch = (int64_t)s->batch,
                                .at_once = at_once,
                                .threads = scene->threads,
                                .exact = s->is_exact,
                                .algorithms = s->algorithms};
    GT_TRY(
        gt_inference_create_for(scene->model, scene->values, &how, &s->maker.inference, err));
    s->pictures = calloc(s->count, s->values * sizeof *s->pictures);
    if (!s->pictures) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu pictures", s->count);
    *bytes =
        gt_inference_bytes(s->maker.inference) + s->count * s->values * sizeof *s->pictures;
done:
    return status;
}

/* ---- a sheet ---- */

static gt_status draw(gt_sample_sheets *s, gt_error *err) {
    gt_status status = GT_OK;
    for (size_t at = 0; at < s->count; at += s->batch) {
        size_t n = s->count - at < s->batch ? s->count - at : s->batch;
        if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
        GT_TRY(gt_make_pictures(&s->maker, NULL, at, n, s->pictures + at * s->values, err));
    }
    gt_inference_tell(s->maker.inference);
done:
    return status;
}

/* Adds up how bright pictures are; those that are not finite are crossed out. */
static gt_brightness weigh(gt_sample_sheets *s, const char *what) {
    gt_brightness_sums sums = {0};
    size_t bad = 0;
    for (size_t i = 0; i < s->count; i++) {
        float *picture = s->pictures + i * s->values;
        if (gt_made_weigh(&s->maker, picture, s->values, &sums)) continue;
        gt_made_cross_out(&s->maker, picture);
        bad++;
    }
    if (bad)
        gt_remark("%s: %zu with values that are not finite, crossed out on the sheet and left "
                  "out of means",
                  what, bad);
    return gt_brightness_of(&sums);
}

/* Small pictures are enlarged so that a sheet of eight columns is about 500 wide. */
static gt_grid_options arrange(const gt_sample_sheets *s, size_t side) {
    enum { WIDE = 64 };
    gt_grid_options options = gt_grid_options_default();
    size_t columns = 1;
    while (columns * columns < s->count) columns++;
    options.columns = columns;
    options.high = 255;
    options.colours = GT_COLOURS_HEAT;
    options.upscale = side < WIDE ? WIDE / side : 1;
    return options;
}

/* Of other numbers of channels than 1 and 3, which nobody sees as colours, the first one. */
static gt_status write_sheet(const gt_sample_sheets *s, int64_t epoch, gt_error *err) {
    gt_status status = GT_OK;
    char path[4096];
    gt_shape made = gt_model_made(s->maker.model);
    size_t plane = (size_t)(made.dim[1] * made.dim[2]), channels = (size_t)made.dim[0];
    size_t shown = channels == 3 ? 3 : 1;
    gt_grid_options options = arrange(s, (size_t)made.dim[2]);
    options.bands = s->bands;
    int length = snprintf(path, sizeof path, "%s/samples", s->folder);
    if (length + 64 > (int)sizeof path)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s: too long a path", s->folder);
    GT_TRY(gt_mkdirs(path, err));
    snprintf(path + length, sizeof path - (size_t)length, "/epoch-%04" PRId64 ".png", epoch);
    for (size_t i = 1; shown < channels && i < s->count; i++)
        memmove(s->pictures + i * plane, s->pictures + i * channels * plane,
                plane * sizeof *s->pictures);
    GT_TRY(gt_sheet_write_images(path, s->count, shown, (size_t)made.dim[1],
                                 (size_t)made.dim[2], s->pictures, &options, s->provenance,
                                 err));
done:
    return status;
}

static gt_status measure(void *user, const gt_train_scene *scene, double *numbers,
                         gt_error *err) {
    gt_status status = GT_OK;
    gt_sample_sheets *s = user;
    char counted[GT_COUNTED_SIZE], what[GT_COUNTED_SIZE + 40];
    double start = gt_seconds();
    snprintf(what, sizeof what, "%s of epoch %" PRId64,
             gt_text_counted(s->count, "sample", counted), scene->epoch);
    gt_inference_bind_values(s->maker.inference, scene->values);
    GT_TRY(draw(s, err));
    gt_brightness made = weigh(s, what);
    GT_TRY(write_sheet(s, scene->epoch, err));
    gt_made_remark_drift(what, &made, scene->brightness, s->maker.range);
    made = gt_made_in_values(made, s->maker.range);
    numbers[0] = made.count ? made.mean : NAN;
    numbers[1] = made.count > 1 ? made.deviation : NAN;
    numbers[2] = s->is_untimed ? NAN : gt_seconds() - start;
done:
    return status;
}

/* ---- opening ---- */

bool gt_sample_sheets_suit(const gt_model_class *model) {
    return model->sample && !model->needs.codes;
}

static gt_status read_settings(gt_sample_sheets *s, const gt_model_class *model,
                               gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_options_create(&s->options, err));
    s->settings = calloc(1, model->sample_size + 1);
    if (!s->settings) GT_THROW(err, GT_NO_MEMORY, "no memory for settings");
    if (model->sample_options)
        GT_TRY(gt_options_add(s->options, model->sample_options, s->settings, err));
    if (model->sketch) GT_TRY(gt_options_preset(s->options, "sketch", model->sketch, err));
done:
    return status;
}

gt_status gt_sample_sheets_open(const gt_train_job *job, gt_sample_sheets **out,
                                gt_error *err) {
    gt_status status = GT_OK;
    const gt_train_settings *settings = job->settings;
    gt_sample_sheets *s = calloc(1, sizeof *s);
    if (!s) GT_THROW(err, GT_NO_MEMORY, "no memory for sheets of samples");
    s->folder = settings->out;
    s->provenance = job->provenance;
    s->is_untimed = job->is_untimed;
    s->count = (size_t)settings->sample_count;
    s->is_exact = settings->exact;
    s->maker.seed = SEED;
    GT_TRY(read_settings(s, job->model, err));
    s->view = (gt_train_probe){"samples",
                               {"sample_mean", "sample_deviation", "sample_seconds"},
                               settings->sample_every,
                               prepare,
                               measure,
                               s};
    *out = s;
    s = NULL;
done:
    gt_sample_sheets_close(s);
    return status;
}

void gt_sample_sheets_close(gt_sample_sheets *s) {
    if (!s) return;
    gt_inference_destroy(s->maker.inference);
    gt_algorithms_destroy(s->algorithms);
    gt_options_destroy(s->options);
    free(s->settings);
    free(s->pictures);
    free(s);
}

const gt_train_probe *gt_sample_sheets_view(const gt_sample_sheets *s) {
    return &s->view;
}
