/* scores.c - log-densities of the rows of sets, see scores.h. */
#include "scores.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "constants.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "galatea/twomodels.h"
#include "needs.h"
#include "network.h"
#include "progress.h"
#include "sort.h"

enum { CODES_AT_ONCE = 256 };

gt_status gt_scores_open_run(const gt_context *context, const char *path, const char *data,
                             gt_run **out, gt_error *err) {
    gt_run *run = NULL;
    gt_status status = gt_network_open_run(context, path, data, NULL, &run, err);
    if (status) return status;
    const gt_model_class *class = gt_model_class_of(gt_run_model(run));
    if (!class->density) {
        gt_run_close(run);
        return gt_fail(err, GT_UNSUPPORTED,
                       "%s is a run of model %s, which does not tell how likely its %ss are; "
                       "of codes a flow does: galatea train maf",
                       path, class->name, gt_needs_row_word(class));
    }
    *out = run;
    return GT_OK;
}

bool gt_scores_are_of_codes(const gt_run *run) {
    return gt_model_class_of(gt_run_model(run))->needs.codes;
}

const char *gt_scores_word(const gt_run *run) {
    return gt_needs_row_word(gt_model_class_of(gt_run_model(run)));
}

const char *gt_scores_subject(const gt_run *run, char text[GT_SCORES_ROOM]) {
    const gt_model *model = gt_run_model(run);
    const gt_model_input *input = gt_model_input_of(model);
    *text = '\0';
    if (input->constant)
        snprintf(text, GT_SCORES_ROOM,
                 " of the %" PRId64 " of %" PRId64
                 " features that were not the same in all rows of training",
                 gt_model_density_subject(model).values, input->channels);
    return text;
}

static gt_status check_length(const gt_run *run, const gt_dataset *data, gt_error *err) {
    size_t length = gt_dataset_describe(data)->channels;
    int64_t expected = gt_model_input_of(gt_run_model(run))->channels;
    if ((int64_t)length == expected) return GT_OK;
    return gt_fail(err, GT_BAD_SHAPE,
                   "%s has codes of %zu numbers, %s was trained on codes of %" PRId64,
                   gt_dataset_path(data), length, gt_run_path_of(run), expected);
}

gt_status gt_scores_open_set(const gt_run *run, const char *path, gt_dataset **out,
                             gt_error *err) {
    bool of_codes = gt_scores_are_of_codes(run);
    gt_dataset *data = NULL;
    gt_status status = (of_codes ? gt_codes_open : gt_dataset_open)(path, &data, err);
    if (!status) status = (of_codes ? check_length : gt_use_check_images)(run, data, err);
    if (status)
        gt_dataset_close(data);
    else
        *out = data;
    return status;
}

static gt_status open_set(const gt_run *run, gt_scores *s, gt_error *err) {
    gt_status status = GT_OK;
    gt_base_name(s->path, s->name);
    GT_TRY(gt_scores_open_set(run, s->path, &s->data, err));
    s->count = gt_dataset_describe(s->data)->count;
    GT_TRY(gt_row_columns_read(s->data, GT_COLUMNS_ALL, &s->columns, err));
    s->log_p = calloc(s->count + 1, sizeof *s->log_p);
    if (!s->log_p) GT_THROW(err, GT_NO_MEMORY, "no memory for %" PRIu64 " numbers", s->count);
done:
    return status;
}

static gt_status check_rows(const gt_scores *s, bool of_codes, uint64_t first, size_t count,
                            const float *rows, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(s->data);
    size_t width = gt_dataset_row_values(info);
    if (of_codes)
        return gt_use_check_finite(s->path, first, count, width, rows, "a number", err);
    return gt_use_check_pixels(s->path, gt_dataset_range(info), first, count, width, rows, err);
}

static int64_t draws_of(const gt_score_noise *noise) {
    return noise->draws > 0 ? noise->draws : 1;
}

static gt_status score_rows(gt_inference *inference, gt_scores *s, bool of_codes,
                            const gt_score_noise *noise, uint64_t first, size_t count,
                            float *rows, gt_error *err) {
    static const uint64_t apart = 0x9e3779b97f4a7c15; /* seeds of draws, so that none meet */
    gt_status status = GT_OK;
    int64_t draws = draws_of(noise);
    const float *log_p = NULL;
    GT_TRY(gt_dataset_read(s->data, first, count, rows, err));
    GT_TRY(check_rows(s, of_codes, first, count, rows, err));
    for (int64_t d = 0; d < draws; d++) {
        uint64_t seed = (uint64_t)noise->seed + (uint64_t)d * apart;
        GT_TRY(gt_inference_run(inference, rows, count, seed, first, &log_p, err));
        for (size_t i = 0; i < count; i++)
            s->log_p[first + i] +=
                isfinite(log_p[i]) ? (double)log_p[i] / (double)draws : -INFINITY;
    }
done:
    return status;
}

static gt_status check_draws(const gt_run *run, const gt_score_noise *noise, gt_error *err) {
    const gt_model *model = gt_run_model(run);
    if (draws_of(noise) == 1 || gt_model_density_subject(model).bits > 0) return GT_OK;
    return gt_fail(err, GT_USAGE,
                   "draws %" PRId64 ": densities of %s take no noise, all draws are the same",
                   noise->draws, gt_model_class_of(model)->name);
}

/* Rows that have another number where all rows of training had one. */
static uint64_t count_other(const gt_constants *constants, const float *rows, size_t count,
                            size_t width) {
    uint64_t other = 0;
    for (size_t i = 0; i < count; i++) {
        size_t c = 0;
        while (c < constants->count &&
               rows[i * width + (size_t)constants->features[c]] == constants->values[c])
            c++;
        other += c < constants->count;
    }
    return other;
}

static void remark_rows(const gt_run *run, const gt_scores *s, uint64_t other) {
    uint64_t lost = 0;
    if (other)
        gt_remark("%s: %" PRIu64 " of %" PRIu64
                  " codes have another number in a feature that was the same in all rows of "
                  "training; their log-density does not tell that",
                  s->path, other, s->count);
    for (uint64_t i = 0; i < s->count; i++) lost += isinf(s->log_p[i]) != 0;
    if (lost)
        gt_remark("%s: %" PRIu64 " of %" PRIu64
                  " %ss are so far out that their density is 0 (log-density -inf)",
                  s->path, lost, s->count, gt_scores_word(run));
}

static gt_status score_all(const gt_run *run, gt_inference *inference, size_t batch,
                           gt_scores *s, const gt_context *context, const gt_score_noise *noise,
                           gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_input *input = gt_model_input_of(gt_run_model(run));
    gt_constants constants = {0};
    uint64_t other = 0;
    size_t width = gt_dataset_row_values(gt_dataset_describe(s->data));
    gt_progress progress = gt_context_progress(context, (int64_t)s->count, s->name);
    float *rows = malloc(batch * width * sizeof *rows);
    if (!rows) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu rows", batch);
    GT_TRY(gt_constants_of_text(input->constant, input->channels, &constants, err));
    for (uint64_t at = 0; at < s->count; at += batch) {
        size_t count = s->count - at < batch ? (size_t)(s->count - at) : batch;
        if (gt_interrupt_pending())
            GT_THROW(err, GT_INTERRUPTED, "interrupted, no file written");
        GT_TRY(
            score_rows(inference, s, gt_scores_are_of_codes(run), noise, at, count, rows, err));
        other += count_other(&constants, rows, count, width);
        gt_progress_update(&progress, (int64_t)(at + count), NULL);
    }
    remark_rows(run, s, other);
done:
    gt_progress_finish(&progress);
    gt_constants_free(&constants);
    free(rows);
    return status;
}

gt_status gt_scores_compute(const gt_run *run, const char *path, const gt_context *context,
                            const gt_score_noise *noise, gt_scores *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_inference *inference = NULL;
    int64_t batch =
        gt_scores_are_of_codes(run) ? CODES_AT_ONCE : gt_use_batch(0, gt_run_model(run));
    *out = (gt_scores){.path = path};
    GT_TRY(check_draws(run, noise, err));
    GT_TRY(open_set(run, out, err));
    GT_TRY(gt_inference_create(
        run,
        &(gt_use_options){.use = GT_USE_DENSITY, .batch = batch, .threads = context->threads},
        &inference, err));
    GT_TRY(score_all(run, inference, (size_t)batch, out, context, noise, err));
done:
    gt_inference_destroy(inference);
    return status;
}

void gt_scores_free(gt_scores *scores) {
    gt_dataset_close(scores->data);
    free(scores->log_p);
    *scores = (gt_scores){0};
}

double gt_scores_bits(const gt_run *run, double log_p) {
    return -log_p / M_LN2 / (double)gt_model_density_subject(gt_run_model(run)).values;
}

double gt_scores_below(const gt_scores *scores, double value) {
    uint64_t below = 0;
    for (uint64_t i = 0; i < scores->count; i++) below += scores->log_p[i] < value;
    return (double)below / (double)scores->count;
}

/* ---- What is usual --------------------------------------------------------------------- */

static gt_status measure(const gt_scores *s, const gt_run_origin *origin, gt_usual *out,
                         gt_error *err) {
    double *held = malloc((origin->held_count + 1) * sizeof *held);
    if (!held)
        return gt_fail(err, GT_NO_MEMORY, "no memory for %zu numbers", origin->held_count);
    *out = (gt_usual){.is_known = true,
                      .train_count = origin->train_count,
                      .held_count = origin->held_count,
                      .permille = NAN,
                      .percent = NAN,
                      .minimum = INFINITY};
    for (size_t i = 0; i < origin->train_count; i++)
        out->minimum = fmin(out->minimum, s->log_p[origin->train[i]]);
    for (size_t i = 0; i < origin->held_count; i++) held[i] = s->log_p[origin->held[i]];
    qsort(held, origin->held_count, sizeof *held, gt_by_double);
    if (origin->held_count > 0) {
        out->permille = gt_quantile(origin->held_count, held, 0.001);
        out->percent = gt_quantile(origin->held_count, held, 0.01);
    }
    free(held);
    return GT_OK;
}

/* The set that lies at path, if it is among those scored already. */
static const gt_scores *find_scored(const gt_scores *sets, size_t count, const char *path) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(sets[i].path, path) == 0) return &sets[i];
    return NULL;
}

gt_status gt_usual_find(const gt_run *run, const gt_context *context, const char *path,
                        const gt_scores *sets, size_t count, const gt_score_noise *noise,
                        gt_usual *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_error why;
    gt_run_origin origin = {0};
    gt_scores own = {0};
    *out = (gt_usual){0};
    const char **paths = calloc(count + 1, sizeof *paths);
    if (!paths) return gt_fail(err, GT_NO_MEMORY, "no memory for a list of paths");
    for (size_t i = 0; i < count; i++) paths[i] = sets[i].path;
    status = gt_run_origin_find(path, paths, &origin, &why);
    free(paths);
    if (status) {
        gt_remark("%s: shares below what is usual are left out", why.text);
        return GT_OK;
    }
    const gt_scores *scored = find_scored(sets, count, origin.path);
    if (!scored) {
        GT_TRY(gt_scores_compute(run, origin.path, context, noise, &own, err));
        scored = &own;
    }
    GT_TRY(measure(scored, &origin, out, err));
done:
    gt_scores_free(&own);
    gt_run_origin_free(&origin);
    return status;
}
