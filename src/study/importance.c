/* importance.c - the stream of batches behind `galatea importance`. */
#include "importance.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "column_values.h"
#include "forest.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "progress.h"

/* Sums over a stream after Welford 1962. */
typedef struct spread {
    double count, mean, squares;
} spread;

/* Everything at work; rows and codes have room for the largest batch. */
typedef struct study {
    gt_dataset *data;
    const gt_importance_request *request;
    gt_importance *out;
    double *targets; /* of all rows of the set */
    uint64_t *rows;
    float *x;
    double *y, *predicted;
    float *low, *high; /* (width) */
    spread *components;
    spread of_targets; /* of rows predicted before they were learnt from */
    double missed;     /* sum of squared errors of those predictions */
    gt_trees *forest;
    gt_progress progress;
} study;

static void spread_add(spread *s, double value) {
    double distance = value - s->mean;
    s->count += 1;
    s->mean += distance / s->count;
    s->squares += distance * (value - s->mean);
}

/* How many rows have a target; whether these differ. */
static gt_status count_rows(study *s, gt_error *err) {
    uint64_t total = gt_dataset_describe(s->data)->count;
    double low = INFINITY, high = -INFINITY;
    for (uint64_t i = 0; i < total; i++) {
        if (!isfinite(s->targets[i])) continue;
        s->out->rows++;
        low = fmin(low, s->targets[i]);
        high = fmax(high, s->targets[i]);
    }
    s->out->missing = total - s->out->rows;
    if (s->out->rows == 0)
        return gt_fail(err, GT_BAD_ARGUMENT, "%s: no row has the number %s, all %llu are NaN",
                       gt_dataset_path(s->data), s->request->target, (unsigned long long)total);
    if (low == high)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "%s: every %s is %g, there is nothing to tell apart",
                       gt_dataset_path(s->data), s->request->target, low);
    return GT_OK;
}

/* What is left behind the last whole batch belongs to it. */
static size_t batch_rows(const study *s, size_t number) {
    uint64_t batch = (uint64_t)s->request->batch, rows = s->out->rows;
    return (size_t)(number + 1 < s->out->batches ? batch : rows - number * batch);
}

static gt_status allocate(study *s, gt_error *err) {
    gt_importance *out = s->out;
    uint64_t batch = (uint64_t)s->request->batch;
    out->batches = out->rows < batch ? 1 : (size_t)(out->rows / batch);
    size_t width = out->width, room = batch_rows(s, out->batches - 1), values;
    if (room < batch && out->batches > 1) room = (size_t)batch;
    if (__builtin_mul_overflow(room, width, &values))
        return gt_fail(err, GT_NO_MEMORY, "a batch of %zu codes of %zu numbers", room, width);
    s->rows = calloc(room, sizeof *s->rows);
    s->x = calloc(values, sizeof *s->x);
    s->y = calloc(room, sizeof *s->y);
    s->predicted = calloc(room, sizeof *s->predicted);
    s->low = calloc(width, sizeof *s->low);
    s->high = calloc(width, sizeof *s->high);
    s->components = calloc(width, sizeof *s->components);
    out->mean = calloc(width, sizeof *out->mean);
    out->deviation = calloc(width, sizeof *out->deviation);
    out->importance = calloc(width, sizeof *out->importance);
    if (s->rows && s->x && s->y && s->predicted && s->low && s->high && s->components &&
        out->mean && out->deviation && out->importance)
        return GT_OK;
    return gt_fail(err, GT_NO_MEMORY, "no memory for batches of %zu codes", room);
}

/* The next `count` rows with a target, from row *at on. */
static gt_status read_batch(study *s, uint64_t *at, size_t count, gt_error *err) {
    size_t width = s->out->width;
    for (size_t n = 0; n < count; ++*at) {
        if (!isfinite(s->targets[*at])) continue;
        s->rows[n] = *at;
        s->y[n++] = s->targets[*at];
    }
    gt_status status = gt_dataset_read_rows(s->data, s->rows, count, s->x, err);
    if (status) return status;
    for (size_t i = 0; i < count * width; i++) {
        if (isfinite(s->x[i])) continue;
        return gt_fail(err, GT_NOT_FINITE, "%s: row %llu, value %zu is %g, expected a number",
                       gt_dataset_path(s->data), (unsigned long long)s->rows[i / width],
                       i % width, (double)s->x[i]);
    }
    return GT_OK;
}

static void describe_batch(study *s, size_t count, bool is_first) {
    size_t width = s->out->width;
    if (is_first) {
        memcpy(s->low, s->x, width * sizeof *s->low);
        memcpy(s->high, s->x, width * sizeof *s->high);
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t f = 0; f < width; f++) {
            float value = s->x[i * width + f];
            spread_add(&s->components[f], value);
            s->low[f] = fminf(s->low[f], value);
            s->high[f] = fmaxf(s->high[f], value);
        }
    }
}

/* The forest so far is asked about rows that it has not seen. */
static gt_status examine(study *s, size_t count, gt_error *err) {
    gt_status status =
        gt_forest_predict(s->forest, count, s->out->width, s->x, s->predicted, err);
    for (size_t i = 0; !status && i < count; i++) {
        double error = s->y[i] - s->predicted[i];
        s->missed += error * error;
        spread_add(&s->of_targets, s->y[i]);
    }
    return status;
}

static gt_status fit_batch(study *s, size_t number, uint64_t *at, gt_error *err) {
    gt_status status = GT_OK;
    size_t count = batch_rows(s, number);
    gt_forest_options options = gt_forest_regression();
    gt_targets targets = {count, s->out->width, s->x, s->y};
    options.trees = number ? 1 : s->request->trees;
    options.seed = (uint64_t)s->request->seed;
    GT_TRY(read_batch(s, at, count, err));
    describe_batch(s, count, number == 0);
    if (number) GT_TRY(examine(s, count, err));
    status = gt_forest_regress(&targets, &options, s->forest, err);
    if (status && status != GT_INTERRUPTED)
        gt_blame(err, "%s, batch %zu", gt_dataset_path(s->data), number);
    gt_progress_update(&s->progress, (int64_t)number + 1, NULL);
done:
    return status;
}

static void finish(study *s) {
    gt_importance *out = s->out;
    out->trees = s->forest->trees;
    out->explained = out->batches > 1 ? 1 - s->missed / s->of_targets.squares : (double)NAN;
    for (size_t f = 0; f < out->width; f++) {
        const spread *c = &s->components[f];
        out->mean[f] = c->mean;
        out->deviation[f] = c->count > 1 ? sqrt(c->squares / (c->count - 1)) : 0;
        out->constants += s->low[f] == s->high[f];
    }
}

static void remark_omissions(const study *s) {
    const char *path = gt_dataset_path(s->data);
    if (s->out->missing)
        gt_remark("%s: %" PRIu64 " rows without %s are left out", path, s->out->missing,
                  s->request->target);
    if (s->out->constants)
        gt_remark("%s: %zu of %zu components are constant, their importance is 0", path,
                  s->out->constants, s->out->width);
}

gt_status gt_importance_measure(gt_dataset *data, const gt_importance_request *request,
                                gt_importance *out, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t at = 0;
    char label[GT_COLUMN_LABEL_TEXT];
    study s = {.data = data, .request = request, .out = out};
    out->width = gt_dataset_row_values(gt_dataset_describe(data));
    GT_TRY(gt_column_numbers(data, request->target, &s.targets, label, err));
    GT_TRY(count_rows(&s, err));
    GT_TRY(allocate(&s, err));
    GT_TRY(gt_trees_create((int64_t)out->width, 1, &s.forest, err));
    s.progress = gt_context_progress(request->context, (int64_t)out->batches, "batches");
    for (size_t number = 0; number < out->batches; number++) {
        if (gt_interrupt_pending())
            GT_THROW(err, GT_INTERRUPTED, "interrupted after %zu of %zu batches", number,
                     out->batches);
        GT_TRY(fit_batch(&s, number, &at, err));
    }
    finish(&s);
    if (out->constants == out->width)
        GT_THROW(err, GT_BAD_ARGUMENT,
                 "%s: all %zu components are constant, they tell nothing of %s",
                 gt_dataset_path(data), out->width, request->target);
    GT_TRY(gt_trees_importance(s.forest, true, out->importance, err));
done:
    if (s.progress.total) gt_progress_finish(&s.progress);
    if (status == GT_OK) remark_omissions(&s);
    gt_trees_destroy(s.forest);
    free(s.targets);
    free(s.rows);
    free(s.x);
    free(s.y);
    free(s.predicted);
    free(s.low);
    free(s.high);
    free(s.components);
    return status;
}

void gt_importance_free(gt_importance *importance) {
    free(importance->mean);
    free(importance->deviation);
    free(importance->importance);
}
