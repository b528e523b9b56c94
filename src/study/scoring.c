/* scoring.c - see scoring.h. */
#include "scoring.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/interrupt.h"
#include "mismatch.h"
#include "network.h"
#include "object_table.h"
#include "progress.h"
#include "provenance.h"

enum { MOST_SCORES = 4, IMAGES_AT_ONCE = 8 };

/* Images as they are learned from, or as they are made. */
static gt_status check_images(const gt_run *run, const gt_dataset *data, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(data);
    gt_shape made = gt_model_made(gt_run_model(run));
    bool is_made = (int64_t)info->channels == made.dim[0] &&
                   (int64_t)info->height == made.dim[1] && (int64_t)info->width == made.dim[2];
    return (is_made ? gt_use_check_levels : gt_use_check_images)(run, data, err);
}

static gt_status open_set(const gt_scoring *c, gt_scored *s, gt_error *err) {
    gt_status status = GT_OK;
    gt_base_name(s->path, s->name);
    GT_TRY(gt_dataset_open(s->path, &s->data, err));
    GT_TRY(check_images(c->run, s->data, err));
    s->count = gt_dataset_describe(s->data)->count;
    GT_TRY(gt_row_columns_read(s->data, GT_COLUMNS_ALL, &s->columns, err));
    s->values = calloc(s->count * c->width + 1, sizeof *s->values);
    if (!s->values) GT_THROW(err, GT_NO_MEMORY, "no memory for %" PRIu64 " scores", s->count);
done:
    return status;
}

static gt_status score_rows(gt_inference *inference, gt_scored *s, size_t width, uint64_t first,
                            size_t count, float *pixels, gt_error *err) {
    gt_status status = GT_OK;
    const float *scores = NULL;
    const gt_dataset_info *info = gt_dataset_describe(s->data);
    GT_TRY(gt_dataset_read(s->data, first, count, pixels, err));
    GT_TRY(gt_use_check_pixels(s->path, gt_dataset_range(info), first, count,
                               gt_dataset_row_values(info), pixels, err));
    GT_TRY(gt_inference_run(inference, pixels, count, 0, first, &scores, err));
    GT_TRY(gt_use_check_finite(s->path, first, count, width, scores, "a score", err));
    memcpy(s->values + first * width, scores, count * width * sizeof *scores);
done:
    return status;
}

static gt_status score_set(const gt_context *context, const gt_scoring *c, gt_scored *s,
                           gt_error *err) {
    gt_status status = GT_OK;
    gt_inference *inference = NULL;
    float *pixels = NULL;
    const gt_dataset_info *info = gt_dataset_describe(s->data);
    gt_progress progress = gt_context_progress(context, (int64_t)s->count, s->name);
    const gt_use_options how = {.use = GT_USE_SCORE,
                                .batch = IMAGES_AT_ONCE,
                                .threads = context->threads,
                                .image = GT_SHAPE((int64_t)info->channels,
                                                  (int64_t)info->height, (int64_t)info->width)};
    GT_TRY(gt_inference_create(c->run, &how, &inference, err));
    pixels = malloc(IMAGES_AT_ONCE * gt_dataset_row_values(info) * sizeof *pixels);
    if (!pixels) GT_THROW(err, GT_NO_MEMORY, "no memory for %d images", IMAGES_AT_ONCE);
    for (uint64_t at = 0; at < s->count; at += IMAGES_AT_ONCE) {
        uint64_t left = s->count - at;
        size_t count = left < IMAGES_AT_ONCE ? (size_t)left : IMAGES_AT_ONCE;
        if (gt_interrupt_pending())
            GT_THROW(err, GT_INTERRUPTED, "interrupted, no file written");
        GT_TRY(score_rows(inference, s, c->width, at, count, pixels, err));
        gt_progress_update(&progress, (int64_t)(at + count), NULL);
    }
    gt_progress_finish(&progress);
done:
    gt_inference_destroy(inference);
    free(pixels);
    return status;
}

static gt_status open_run(const gt_context *context, const char *run, const char *data,
                          gt_scoring *c, gt_error *err) {
    gt_status status = gt_network_open_run(context, run, data, NULL, &c->run, err);
    if (status) return status;
    const gt_model_class *class = gt_model_class_of(gt_run_model(c->run));
    if (!class->score)
        return gt_fail(err, GT_UNSUPPORTED,
                       "%s is a run of model %s, which scores no images; the second network of "
                       "a GAN does: galatea train gan",
                       run, class->name);
    c->names = class->scores;
    while (c->names[c->width]) c->width++;
    GT_ASSERT(c->width <= MOST_SCORES);
    return GT_OK;
}

static gt_status name_sets(gt_scoring *c, gt_error *err) {
    gt_named named[GT_SCORING_SETS];
    for (size_t i = 0; i < c->count; i++)
        named[i] = (gt_named){c->sets[i].name, c->sets[i].path};
    return gt_names_tell_apart(named, c->count, err);
}

gt_status gt_scoring_compute(const gt_context *context, const char *run,
                             const char *const *sets, size_t count, gt_scoring *c,
                             gt_error *err) {
    gt_status status = GT_OK;
    const char *inputs[GT_SCORING_SETS + 2] = {NULL};
    GT_ASSERT(count > 0 && count <= GT_SCORING_SETS);
    memcpy(inputs, sets, count * sizeof *inputs);
    GT_TRY(open_run(context, run, sets[0], c, err));
    const gt_sight learned = {run, gt_run_imaging(c->run)};
    GT_TRY(gt_mismatch_check_files(context, &learned, inputs, "", err));
    for (; c->count < count; c->count++) { /* the last before hours go into the first */
        c->sets[c->count].path = sets[c->count];
        GT_TRY(open_set(c, &c->sets[c->count], err));
    }
    for (size_t i = 0; i < count; i++) GT_TRY(score_set(context, c, &c->sets[i], err));
    GT_TRY(name_sets(c, err));
    inputs[count] = gt_run_path_of(c->run);
    GT_TRY(gt_provenance_make(context->invocation, inputs, &c->provenance, err));
done:
    return status;
}

void gt_scoring_free(gt_scoring *c) {
    for (size_t i = 0; i < GT_SCORING_SETS; i++) {
        gt_dataset_close(c->sets[i].data);
        free(c->sets[i].values);
    }
    gt_run_close(c->run);
    free(c->provenance);
    *c = (gt_scoring){0};
}

gt_score_summary gt_scoring_summary(const gt_scoring *c, size_t set, size_t k) {
    const gt_scored *s = &c->sets[set];
    double sum = 0, squares = 0, n = (double)s->count;
    for (uint64_t i = 0; i < s->count; i++) sum += (double)s->values[i * c->width + k];
    for (uint64_t i = 0; i < s->count; i++) {
        double d = (double)s->values[i * c->width + k] - sum / n;
        squares += d * d;
    }
    return (gt_score_summary){sum / n, sqrt(squares / n)};
}

gt_status gt_scoring_table(const gt_scoring *c, const char *path, gt_error *err) {
    enum { ABOUT = GT_OBJECT_ABOUT };
    gt_table_column columns[ABOUT + MOST_SCORES];
    gt_status status = GT_OK;
    gt_object_table *made = NULL;
    gt_dataset *sets[GT_SCORING_SETS];
    memcpy(columns, gt_object_about, sizeof gt_object_about);
    for (size_t k = 0; k < c->width; k++)
        columns[ABOUT + k] = (gt_table_column){c->names[k], GT_TABLE_REAL, NULL,
                                               "output of the second network, low: real"};
    for (size_t i = 0; i < c->count; i++) sets[i] = c->sets[i].data;
    GT_TRY(gt_object_table_create("SCORES", columns, ABOUT + c->width, sets, c->count, &made,
                                  err));
    for (size_t i = 0; i < c->count; i++) {
        const gt_scored *s = &c->sets[i];
        for (uint64_t row = 0; row < s->count; row++) {
            gt_cell cells[ABOUT + MOST_SCORES];
            gt_object_about_cells(s->name, gt_dataset_describe(s->data), &s->columns, row,
                                  cells);
            for (size_t k = 0; k < c->width; k++)
                cells[ABOUT + k] = gt_cell_real((double)s->values[row * c->width + k]);
            GT_TRY(gt_object_table_append(made, i, row, cells, err));
        }
    }
    GT_TRY(gt_object_table_write(made, path, c->provenance, err));
done:
    gt_object_table_destroy(made);
    return status;
}
