/* codes.c - mean and deviation of each feature of some codes. */
#include "codes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* "3, 17, 18 and 4 more" */
static void list_constant(const tally *t, char *text, size_t room, size_t *count) {
    enum { NAMED = 5 };
    size_t used = 0;
    *count = 0;
    for (size_t j = 0; j < t->width; j++) {
        if (deviation(t, j) > 0) continue;
        if (++*count > NAMED) continue;
        used += (size_t)snprintf(text + used, room - used, "%s%zu", used ? ", " : "", j);
    }
    if (*count > NAMED) snprintf(text + used, room - used, " and %zu more", *count - NAMED);
}

static gt_status check_tally(const tally *t, const char *path, size_t rows, gt_error *err) {
    char text[160] = "";
    size_t constant = 0, low = 0, high = 0;
    if (t->bad)
        return gt_fail(
            err, GT_NOT_FINITE,
            "%s: %zu numbers in %zu of %zu rows are NaN, infinite or beyond 1e18 (first row "
            "%llu)",
            path, t->bad, t->bad_rows, rows, (unsigned long long)t->first_bad);
    list_constant(t, text, sizeof text, &constant);
    if (constant)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "%s: %zu of %zu features are the same in all %zu rows (%s), "
                       "which no density can hold; codes of a network that learned more, or of "
                       "more rows, vary in all of them; or leave these columns out before, as "
                       "codes[:, codes[:].std(0) > 0] of h5py does",
                       path, constant, t->width, rows, text);
    for (size_t j = 0; j < t->width; j++) {
        if (deviation(t, j) < deviation(t, low)) low = j;
        if (deviation(t, j) > deviation(t, high)) high = j;
    }
    gt_remark(
        "codes: deviations of the %zu features from %.3g (feature %zu) to %.3g (feature %zu)",
        t->width, deviation(t, low), low, deviation(t, high), high);
    return GT_OK;
}

gt_status gt_codes_measure(const gt_dataset *data, const uint64_t *rows, size_t count,
                           gt_model_input *out, gt_error *err) {
    gt_status status = GT_OK;
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
    GT_TRY(check_tally(&t, gt_dataset_path(data), count, err));
done:
    free(t.features);
    free(values);
    return status;
}
