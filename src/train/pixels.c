/* pixels.c - mean, deviation and range of the training pixels. */
#include "pixels.h"

#include <math.h>
#include <stdlib.h>

#include "galatea/interrupt.h"

enum { ROWS_AT_ONCE = 64, MOST_CHANNELS = 32 };

/* Sums over all pixels, and over those of each channel where that has its own numbers. */
typedef struct sums {
    double sum, squares;
} sums;

typedef struct tally {
    sums all, channel[MOST_CHANNELS];
    int channels; /* with numbers of their own, 0: none */
    double low, high;
    size_t pixels, bad, bad_rows;
    uint64_t first_bad;
    gt_brightness_sums brightness;
} tally;

static void add_channels(tally *t, const float *pixels, size_t count) {
    size_t plane = t->channels ? count / (size_t)t->channels : 0;
    for (int c = 0; c < t->channels; c++)
        for (size_t i = 0; i < plane; i++) {
            double value = (double)pixels[(size_t)c * plane + i];
            t->channel[c].sum += value;
            t->channel[c].squares += value * value;
        }
}

static void add_row(tally *t, uint64_t row, const float *pixels, size_t count) {
    size_t bad = 0;
    double sum = 0; /* of this row */
    for (size_t i = 0; i < count; i++) {
        double value = (double)pixels[i];
        if (!isfinite(value)) {
            bad++;
            continue;
        }
        sum += value;
        t->all.sum += value;
        t->all.squares += value * value;
        if (value < t->low) t->low = value;
        if (value > t->high) t->high = value;
    }
    add_channels(t, pixels, count);
    gt_brightness_add(&t->brightness, sum / (double)count);
    t->pixels += count;
    t->bad += bad;
    if (bad && t->bad_rows++ == 0) t->first_bad = row;
}

/* Levels lie between 0 and 255. */
static gt_status check_range(const tally *t, const gt_dataset *data, gt_error *err) {
    char expected[GT_RANGE_TEXT];
    gt_value_range range = gt_dataset_range(gt_dataset_describe(data));
    if (t->low >= 0 && t->high <= 255)
        return gt_range_check_levels(gt_dataset_path(data), range, t->low, t->high, err);
    gt_range_expected(range, expected);
    return gt_fail(err, GT_BAD_ARGUMENT, "%s: pixels from %g to %g, expected %s",
                   gt_dataset_path(data), gt_range_value(range, t->low),
                   gt_range_value(range, t->high), expected);
}

/* A channel of one value everywhere is scaled as all pixels are. */
static void set_channel_scales(const tally *t, gt_model_input *out) {
    double scale = out->scale.value[0];
    for (int c = 0; c < t->channels; c++) {
        double pixels = (double)t->pixels / t->channels, mean = t->channel[c].sum / pixels;
        double variance = t->channel[c].squares / pixels - mean * mean;
        bool is_flat = !(variance > 1e-12 * (1 + mean * mean));
        out->shift.value[c] = -mean;
        out->scale.value[c] = is_flat ? scale : 1 / sqrt(variance);
    }
    if (t->channels) out->shift.count = out->scale.count = t->channels;
}

static gt_status check_tally(const tally *t, const gt_dataset *data, size_t rows,
                             gt_model_input *out, gt_error *err) {
    const char *path = gt_dataset_path(data);
    if (t->bad)
        return gt_fail(err, GT_NOT_FINITE,
                       "%s: %zu pixels in %zu of %zu rows are NaN or infinite (first row %llu)",
                       path, t->bad, t->bad_rows, rows, (unsigned long long)t->first_bad);
    gt_status status = check_range(t, data, err);
    if (status) return status;
    double mean = t->all.sum / (double)t->pixels;
    double variance = t->all.squares / (double)t->pixels - mean * mean;
    if (t->low == t->high || !(variance > 0))
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "%s: all pixels of its %zu training rows are %g: nothing to learn", path,
                       rows,
                       gt_range_value(gt_dataset_range(gt_dataset_describe(data)), t->low));
    out->shift = (gt_reals)GT_REALS(-mean);
    out->scale = (gt_reals)GT_REALS(1 / sqrt(variance));
    set_channel_scales(t, out);
    return GT_OK;
}

gt_status gt_pixels_measure(const gt_dataset *data, const uint64_t *rows, size_t count,
                            gt_model_input *out, gt_brightness *brightness, gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(data);
    size_t values = gt_dataset_row_values(info);
    bool has_channels = info->channels > 1 && info->channels <= MOST_CHANNELS;
    tally t = {
        .channels = has_channels ? (int)info->channels : 0, .low = INFINITY, .high = -INFINITY};
    float *pixels = malloc(ROWS_AT_ONCE * values * sizeof *pixels);
    if (!pixels) GT_THROW(err, GT_NO_MEMORY, "no memory for %d images", ROWS_AT_ONCE);
    *out = (gt_model_input){.channels = (int64_t)info->channels,
                            .height = (int64_t)info->height,
                            .width = (int64_t)info->width};
    for (size_t at = 0; at < count; at += ROWS_AT_ONCE) {
        size_t n = count - at < ROWS_AT_ONCE ? count - at : ROWS_AT_ONCE;
        if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
        GT_TRY(gt_dataset_read_rows(data, rows + at, n, pixels, err));
        for (size_t i = 0; i < n; i++) add_row(&t, rows[at + i], pixels + i * values, values);
    }
    GT_TRY(check_tally(&t, data, count, out, err));
    *brightness = gt_brightness_of(&t.brightness);
done:
    free(pixels);
    return status;
}
