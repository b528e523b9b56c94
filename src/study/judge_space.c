/* judge_space.c - see judge_space.h. */
#include "judge_space.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encoder.h"
#include "galatea/image.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "mismatch.h"
#include "network.h"
#include "run_use.h"

enum { BLOCK = 256 };
/* Pixels are 0 to 1: what rounding leaves of a flat picture. */
#define FLAT 1e-9

/* ---- As they are ------------------------------------------------------------------------- */

static size_t block_at(const gt_points *p, size_t at, size_t most) {
    return p->rows - at < most ? p->rows - at : most;
}

/* Distances have sixth powers of codes in their intervals. */
static gt_status check_code(const char *path, uint64_t row, size_t width, const float *code,
                            gt_error *err) {
    for (size_t i = 0; i < width; i++)
        if (isfinite(code[i]) && !(fabsf(code[i]) < GT_IMAGE_HUGE))
            return gt_fail(err, GT_NOT_FINITE,
                           "%s, row %llu: its code has %g, expected numbers within %g", path,
                           (unsigned long long)row, (double)code[i], (double)GT_IMAGE_HUGE);
    return gt_use_check_finite(path, row, 1, width, code, "its code", err);
}

static gt_status read_codes(gt_judge_rows *r, int s, size_t at, size_t count, float *out,
                            gt_error *err) {
    gt_status status = GT_OK;
    size_t columns = r->points[s].columns;
    GT_TRY(gt_dataset_read_rows(r->data[s], r->rows[s] + at, count, out, err));
    for (size_t i = 0; i < count; i++)
        GT_TRY(
            check_code(r->points[s].name, r->rows[s][at + i], columns, out + i * columns, err));
done:
    return status;
}

/* The shape in which pictures are compared: of those learned from, or smaller. */
static gt_dataset_info shape_of(const gt_judge_rows *r) {
    gt_dataset_info own = *gt_dataset_describe(r->data[0]);
    while (r->most_side && (own.height > r->most_side || own.width > r->most_side)) {
        own.height = (own.height + 1) / 2;
        own.width = (own.width + 1) / 2;
    }
    return own;
}

/* Levels of `count` pictures from `at` on, in the shape of those learned from. */
static gt_status read_pictures(gt_judge_rows *r, int s, size_t at, size_t count, float *out,
                               gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info own = shape_of(r), *info = gt_dataset_describe(r->data[s]);
    size_t values = gt_dataset_row_values(info), width = gt_dataset_row_values(&own);
    float *picture = malloc(values * sizeof *picture);
    if (!picture) GT_THROW(err, GT_NO_MEMORY, "no memory for a picture of %zu values", values);
    for (size_t i = 0; i < count; i++) {
        uint64_t row = r->rows[s][at + i];
        GT_TRY(gt_dataset_read_rows(r->data[s], &row, 1, picture, err));
        GT_TRY(gt_use_check_pixels(r->points[s].name, gt_dataset_range(info), row, 1, values,
                                   picture, err));
        if (info->channels == own.channels && info->height == own.height &&
            info->width == own.width)
            memcpy(out + i * width, picture, width * sizeof *out);
        else
            GT_TRY(gt_judge_fit(&own, info, picture, out + i * width, err));
    }
done:
    free(picture);
    return status;
}

/* Reads all rows; codes must be finite, pictures levels, which become 0 to 1. */
static gt_status read_set(gt_judge_rows *r, int s, gt_error *err) {
    gt_status status = GT_OK;
    gt_points *p = &r->points[s];
    const gt_dataset_info *info = gt_dataset_describe(r->data[s]), own = shape_of(r);
    bool are_codes = info->kind == GT_DATASET_CODES;
    size_t columns = gt_dataset_row_values(are_codes ? info : &own);
    if (!are_codes) GT_TRY(gt_use_check_unit(r->data[s], err));
    GT_TRY(gt_judge_rows_make_room(r, s, columns, err));
    for (size_t at = 0; at < p->rows; at += BLOCK) {
        size_t count = block_at(p, at, BLOCK);
        float *x = r->x[s] + at * columns;
        if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
        GT_TRY(are_codes ? read_codes(r, s, at, count, x, err)
                         : read_pictures(r, s, at, count, x, err));
        for (size_t i = 0; !are_codes && i < count * columns; i++) x[i] /= 255.0f;
    }
done:
    return status;
}

static gt_status as_they_are(const gt_context *context, gt_judge_rows *r, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t total = 0, done = 0;
    for (int s = 0; s < GT_JUDGE_SETS; s++) total += r->points[s].rows;
    gt_progress progress = gt_context_progress(context, (int64_t)total, "reading");
    for (int s = 0; s < GT_JUDGE_SETS; s++) {
        GT_TRY(read_set(r, s, err));
        gt_progress_update(&progress, (int64_t)(done += r->points[s].rows), NULL);
    }
done:
    gt_progress_finish(&progress);
    return status;
}

static void name_pixels(gt_judge_report *report, const char *which, const gt_judge_rows *r) {
    const gt_dataset_info own = shape_of(r);
    snprintf(report->space, sizeof report->space, "%s of %zux%zux%zu", which, own.channels,
             own.height, own.width);
}

static gt_status describe_pixels(const gt_context *context, const char *argument,
                                 gt_judge_rows *r, gt_judge_report *report, gt_error *err) {
    (void)argument;
    name_pixels(report, "pixels", r);
    return as_they_are(context, r, err);
}

/* A picture less its mean, by its norm: squared distances are 2 less twice the cosine of
 * centred pictures. A flat picture is 0. */
static void centre(size_t columns, float *x) {
    double mean = 0.0, square = 0.0;
    for (size_t i = 0; i < columns; i++) mean += (double)x[i] / (double)columns;
    for (size_t i = 0; i < columns; i++)
        square += ((double)x[i] - mean) * ((double)x[i] - mean);
    double norm = sqrt(square);
    bool is_flat = !(norm > FLAT * (double)columns);
    for (size_t i = 0; i < columns; i++)
        x[i] = is_flat ? 0.0f : (float)(((double)x[i] - mean) / norm);
}

static gt_status describe_centred(const gt_context *context, const char *argument,
                                  gt_judge_rows *r, gt_judge_report *report, gt_error *err) {
    (void)argument;
    name_pixels(report, "centred pixels", r);
    gt_status status = as_they_are(context, r, err);
    for (int s = 0; !status && s < GT_JUDGE_SETS; s++)
        for (size_t i = 0; i < r->points[s].rows; i++)
            centre(r->points[s].columns, r->x[s] + i * r->points[s].columns);
    return status;
}

static gt_status describe_codes(const gt_context *context, const char *argument,
                                gt_judge_rows *r, gt_judge_report *report, gt_error *err) {
    const gt_dataset_info *first = gt_dataset_describe(r->data[0]);
    (void)argument;
    for (int s = 1; s < GT_JUDGE_SETS; s++) {
        const gt_dataset_info *info = gt_dataset_describe(r->data[s]);
        if (first->model && info->model && strcmp(first->model, info->model) != 0)
            return gt_fail(err, GT_MISMATCH,
                           "%s has codes of %s, %s those of %s, expected one model for all",
                           r->points[s].name, info->model, r->points[0].name, first->model);
    }
    snprintf(report->space, sizeof report->space, "codes of %s",
             first->model ? first->model : "an unknown model");
    return as_they_are(context, r, err);
}

/* ---- Codes of a run ---------------------------------------------------------------------- */

typedef struct at_work {
    gt_run *run;
    gt_encoder *encoder;
    gt_options *options; /* usual settings of the model's codes */
    void *settings;
    size_t batch;
    float *images;
} at_work;

static gt_status open_encoder(const gt_context *context, const char *run, const char *data,
                              size_t values, at_work *w, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_network_open_run(context, run, data, NULL, &w->run, err));
    const gt_model_class *class = gt_model_class_of(gt_run_model(w->run));
    w->settings = calloc(1, class->encode_size + 1);
    w->batch = (size_t)gt_use_batch(0, gt_run_model(w->run));
    w->images = malloc(w->batch * values * sizeof *w->images);
    if (!w->settings || !w->images)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %zu images", w->batch);
    GT_TRY(gt_options_create(&w->options, err));
    if (class->encode_options)
        GT_TRY(gt_options_add(w->options, class->encode_options, w->settings, err));
    const gt_use_options how = {.use = GT_USE_ENCODE,
                                .settings = w->settings,
                                .batch = (int64_t)w->batch,
                                .threads = context->threads};
    GT_TRY(gt_encoder_create(w->run, &how, "none", &w->encoder, err));
done:
    return status;
}

static void close_encoder(at_work *w) {
    gt_encoder_destroy(w->encoder);
    gt_options_destroy(w->options);
    gt_run_close(w->run);
    free(w->settings);
    free(w->images);
}

static gt_status encode_set(gt_judge_rows *r, int s, at_work *w, gt_progress *progress,
                            uint64_t *done, gt_error *err) {
    gt_status status = GT_OK;
    gt_points *p = &r->points[s];
    size_t width = gt_encoder_width(w->encoder);
    const float *codes;
    GT_TRY(gt_use_check_levels(w->run, r->data[s], err));
    GT_TRY(gt_judge_rows_make_room(r, s, width, err));
    for (size_t at = 0; at < p->rows; at += w->batch) {
        size_t count = block_at(p, at, w->batch);
        if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
        GT_TRY(read_pictures(r, s, at, count, w->images, err));
        GT_TRY(gt_encoder_run(w->encoder, w->images, count, 1, at, &codes, err));
        memcpy(r->x[s] + at * width, codes, count * width * sizeof *codes);
        GT_TRY(gt_use_check_finite(p->name, at, count, width, codes, "its code", err));
        gt_progress_update(progress, (int64_t)(*done += count), NULL);
    }
done:
    return status;
}

static gt_status describe_by_run(const gt_context *context, const char *argument,
                                 gt_judge_rows *r, gt_judge_report *report, gt_error *err) {
    gt_status status = GT_OK;
    at_work w = {.run = NULL};
    char model[GT_USE_MODEL_TEXT];
    uint64_t total = 0, done = 0;
    for (int s = 0; s < GT_JUDGE_SETS; s++) total += r->points[s].rows;
    gt_progress progress = gt_context_progress(context, (int64_t)total, "encoding");
    const char *path = gt_dataset_path(r->data[0]);
    GT_TRY(open_encoder(context, argument, path,
                        gt_dataset_row_values(gt_dataset_describe(r->data[0])), &w, err));
    GT_TRY(gt_use_check_images(w.run, r->data[0], err)); /* the others are fitted to it */
    const gt_sight learned = {argument, gt_run_imaging(w.run)},
                   seen = {path, gt_imaging_of(gt_dataset_describe(r->data[0]))};
    GT_TRY(gt_mismatch_check(context, &learned, &seen, 1, "", err));
    snprintf(report->space, sizeof report->space, "codes of %s",
             gt_use_model_text(w.run, argument, model));
    for (int s = 0; s < GT_JUDGE_SETS; s++) GT_TRY(encode_set(r, s, &w, &progress, &done, err));
done:
    gt_progress_finish(&progress);
    close_encoder(&w);
    return status;
}

/* ---- By name ----------------------------------------------------------------------------- */

/* The first that goes with a set is the usual one. */
static const gt_judge_space spaces[] = {
    {"morphology", gt_judge_describe_morphology, false, true, true},
    {"pixels", describe_pixels, false, true, false},
    {"centred", describe_centred, false, true, false},
    {"codes", describe_codes, true, false, false},
    {"codes:", describe_by_run, false, true, false},
};

static bool goes_with(const gt_judge_space *space, const gt_dataset *data) {
    return gt_dataset_describe(data)->kind == GT_DATASET_CODES ? space->of_codes
                                                               : space->of_pictures;
}

static bool is_named(const gt_judge_space *space, const char *text) {
    size_t length = strlen(space->name);
    if (space->name[length - 1] == ':')
        return strncmp(text, space->name, length) == 0 && text[length];
    return strcmp(text, space->name) == 0;
}

gt_status gt_judge_space_find(const char *text, const gt_dataset *data,
                              const gt_judge_space **out, const char **argument,
                              gt_error *err) {
    *out = NULL;
    *argument = NULL;
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        if (*out || (text ? !is_named(&spaces[i], text) : !goes_with(&spaces[i], data)))
            continue;
        *out = &spaces[i];
        if (text) *argument = text + strlen(spaces[i].name);
    }
    if (!*out)
        return gt_fail(err, GT_USAGE,
                       "space %s, expected morphology, pixels, centred, codes or codes:RUN",
                       text);
    if (goes_with(*out, data)) return GT_OK;
    return gt_fail(err, GT_USAGE, "%s holds %s, which have no space %s", gt_dataset_path(data),
                   (*out)->of_codes ? "pictures" : "codes", text);
}
