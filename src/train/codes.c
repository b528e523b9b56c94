/* codes.c - mean and deviation of each feature of some codes. */
#include "codes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "constants.h"
#include "galatea/image.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"

enum { ROWS_AT_ONCE = 256 };

/* Of one feature: values are taken relative to the first, so that squares do not cancel. */
typedef struct feature {
    double first, sum, squares;
} feature;

typedef struct tally {
    feature *features;
    size_t width, rows, bad_rows, bad;
    uint64_t first_bad;
} tally;

static void add_row(tally *t, uint64_t row, const float *values) {
    size_t bad = 0;
    for (size_t j = 0; j < t->width; j++) bad += !(fabsf(values[j]) < GT_IMAGE_HUGE);
    t->bad += bad;
    if (bad && t->bad_rows++ == 0) t->first_bad = row;
    if (bad) return;
    for (size_t j = 0; j < t->width; j++) {
        feature *f = &t->features[j];
        if (t->rows == 0) f->first = (double)values[j];
        double x = (double)values[j] - f->first;
        f->sum += x;
        f->squares += x * x;
    }
    t->rows++;
}

static double deviation(const tally *t, size_t j) {
    double n = (double)t->rows, mean = t->features[j].sum / n;
    return sqrt(fmax(0, t->features[j].squares / n - mean * mean));
}

static gt_status check_numbers(const tally *t, const char *path, size_t rows, gt_error *err) {
    if (!t->bad) return GT_OK;
    return gt_fail(
        err, GT_NOT_FINITE,
        "%s: %zu numbers in %zu of %zu rows are NaN, infinite or beyond 1e18 (first row "
        "%llu)",
        path, t->bad, t->bad_rows, rows, (unsigned long long)t->first_bad);
}

static gt_status find_constants(const tally *t, gt_constants *out, gt_error *err) {
    out->features = malloc((t->width + 1) * sizeof *out->features);
    out->values = malloc((t->width + 1) * sizeof *out->values);
    if (!out->features || !out->values)
        return gt_fail(err, GT_NO_MEMORY, "no memory for %zu features", t->width);
    for (size_t j = 0; j < t->width; j++) {
        if (deviation(t, j) > 0) continue;
        out->features[out->count] = (int64_t)j;
        out->values[out->count++] = (float)t->features[j].first;
    }
    return GT_OK;
}

/* Which are left out; info of the run tells all of them. */
static gt_status tell_constants(const tally *t, const gt_constants *constants, const char *text,
                                const char *path, gt_error *err) {
    enum { SHOWN = 200 };
    size_t left = t->width - constants->count;
    bool is_long = text && strlen(text) > SHOWN;
    if (!text) return GT_OK;
    if (left < 2)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "%s: %zu of %zu features are the same in all %zu rows, expected at "
                       "least 2 that are not: codes of a network that learned more, or of more "
                       "rows, vary",
                       path, constants->count, t->width, t->rows);
    gt_remark("%s: %zu of %zu features are the same in all %zu rows and left out, the density "
              "is one of the other %zu: %.*s%s",
              path, constants->count, t->width, t->rows, left, (int)SHOWN, text,
              is_long ? "..." : "");
    return GT_OK;
}

static void tell_deviations(const tally *t) {
    size_t low = t->width, high = t->width, count = 0;
    for (size_t j = 0; j < t->width; j++) {
        if (!(deviation(t, j) > 0)) continue;
        if (count == 0 || deviation(t, j) < deviation(t, low)) low = j;
        if (count == 0 || deviation(t, j) > deviation(t, high)) high = j;
        count++;
    }
    gt_remark(
        "codes: deviations of the %zu features from %.3g (feature %zu) to %.3g (feature %zu)",
        count, deviation(t, low), low, deviation(t, high), high);
}

gt_status gt_codes_measure(const gt_dataset *data, const uint64_t *rows, size_t count,
                           gt_model_input *out, char **constant, gt_error *err) {
    gt_status status = GT_OK;
    gt_constants constants = {0};
    size_t width = gt_dataset_row_values(gt_dataset_describe(data));
    tally t = {.width = width};
    float *values = malloc(ROWS_AT_ONCE * width * sizeof *values);
    t.features = calloc(width, sizeof *t.features);
    if (!values || !t.features) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu numbers", width);
    *out = (gt_model_input){.channels = (int64_t)width,
                            .height = 1,
                            .width = 1,
                            .shift = GT_REALS(0),
                            .scale = GT_REALS(1)};
    for (size_t at = 0; at < count; at += ROWS_AT_ONCE) {
        size_t n = count - at < ROWS_AT_ONCE ? count - at : ROWS_AT_ONCE;
        if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
        GT_TRY(gt_dataset_read_rows(data, rows + at, n, values, err));
        for (size_t i = 0; i < n; i++) add_row(&t, rows[at + i], values + i * width);
    }
    GT_TRY(check_numbers(&t, gt_dataset_path(data), count, err));
    GT_TRY(find_constants(&t, &constants, err));
    GT_TRY(gt_constants_text(&constants, constant, err));
    GT_TRY(tell_constants(&t, &constants, *constant, gt_dataset_path(data), err));
    tell_deviations(&t);
    out->constant = *constant;
done:
    gt_constants_free(&constants);
    free(t.features);
    free(values);
    return status;
}
