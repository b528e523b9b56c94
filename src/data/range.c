/* range.c - the declared range of pixels, and levels. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/log.h"
#include "range.h"
#include "text.h"

static const double white = 255;

gt_value_range gt_range_undeclared(void) {
    return (gt_value_range){NAN, NAN};
}

bool gt_range_is_declared(gt_value_range range) {
    float low = (float)range.low, high = (float)range.high;
    return isfinite(low) && isfinite(high) && isfinite(high - low) && low < high;
}

bool gt_range_is_same(gt_value_range a, gt_value_range b) {
    bool is_known = gt_range_is_declared(a);
    if (is_known != gt_range_is_declared(b)) return false;
    return !is_known || ((float)a.low == (float)b.low && (float)a.high == (float)b.high &&
                         a.stretch.curve == b.stretch.curve && a.stretch.a == b.stretch.a);
}

void gt_range_text(gt_value_range range, char out[GT_RANGE_TEXT]) {
    char stretch[GT_STRETCH_TEXT];
    bool is_linear = range.stretch.curve == GT_CURVE_LINEAR;
    gt_stretch_text(range.stretch, stretch);
    snprintf(out, GT_RANGE_TEXT, "%.9g to %.9g%s%s", range.low, range.high,
             is_linear ? "" : ", ", is_linear ? "" : stretch);
}

gt_status gt_range_parse(const char *text, gt_value_range *out, gt_error *err) {
    char low[GT_NUMBER_SIZE];
    const char *colon = strchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : sizeof low;
    *out = gt_range_undeclared();
    if (length < sizeof low) {
        snprintf(low, sizeof low, "%.*s", (int)length, text);
        if (gt_text_to_real(low, &out->low, NULL) == GT_OK &&
            gt_text_to_real(colon + 1, &out->high, NULL) == GT_OK && gt_range_is_declared(*out))
            return GT_OK;
    }
    return gt_fail(err, GT_USAGE, "'%s' is no range, expected LOW:HIGH as in -0.5:2", text);
}

/* Pixels are float32, so the ends are: a pixel at an end has exactly the level of that end. */
static gt_value_range rounded(gt_value_range range) {
    if (!gt_range_is_declared(range)) return (gt_value_range){0, white};
    return (gt_value_range){(double)(float)range.low, (double)(float)range.high, range.stretch};
}

static bool is_levels(gt_value_range ends) {
    return ends.low == 0 && ends.high == white && ends.stretch.curve == GT_CURVE_LINEAR;
}

void gt_range_to_levels(gt_value_range range, size_t count, float *values) {
    gt_value_range ends = rounded(range);
    double factor = white / (ends.high - ends.low);
    if (is_levels(ends)) return;
    if (ends.stretch.curve == GT_CURVE_LINEAR) {
        for (size_t i = 0; i < count; i++)
            values[i] = (float)(((double)values[i] - ends.low) * factor);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        double t = ((double)values[i] - ends.low) / (ends.high - ends.low);
        values[i] = (float)(white * gt_stretch_apply(ends.stretch, t));
    }
}

double gt_range_value(gt_value_range range, double level) {
    gt_value_range ends = rounded(range);
    if (is_levels(ends)) return level;
    if (ends.stretch.curve == GT_CURVE_LINEAR)
        return ends.low + level * ((ends.high - ends.low) / white);
    return ends.low + gt_stretch_undo(ends.stretch, level / white) * (ends.high - ends.low);
}

void gt_range_to_values(gt_value_range range, size_t count, float *levels) {
    for (size_t i = 0; i < count; i++)
        levels[i] = (float)gt_range_value(range, (double)levels[i]);
}

void gt_range_expected(gt_value_range range, char out[GT_RANGE_TEXT]) {
    if (gt_range_is_declared(range))
        snprintf(out, GT_RANGE_TEXT, "%.9g to %.9g, which the set declares", range.low,
                 range.high);
    else
        snprintf(out, GT_RANGE_TEXT,
                 "0 to 255; import the pictures with a scaling to bytes, or as they are with "
                 "--range LOW:HIGH or --keep-values");
}

gt_status gt_range_check_levels(const char *path, gt_value_range range, double low, double high,
                                gt_error *err) {
    const double dim = 8;
    char expected[GT_RANGE_TEXT];
    if (gt_range_is_declared(range) || !(high > low && high <= dim)) return GT_OK;
    gt_range_expected(range, expected);
    if (high <= 1)
        return gt_fail(err, GT_BAD_ARGUMENT, "%s: pixels from %g to %g, expected %s", path, low,
                       high, expected);
    gt_remark("%s: pixels from %g to %g, which is nearly black, expected %s", path, low, high,
              expected);
    return GT_OK;
}

gt_value_range gt_dataset_range(const gt_dataset_info *info) {
    bool has = info->kind == GT_DATASET_IMAGES && info->type == GT_PIXEL_F32;
    return has ? info->range : gt_range_undeclared();
}

/* False for an attribute that names no stretch. */
static bool take_stretch(const gt_hdf5 *file, gt_stretch *out) {
    char *text = NULL;
    bool is_text = gt_hdf5_text(file, NULL, "stretch", &text, NULL) == GT_OK;
    bool is_known = is_text && (text == NULL || gt_stretch_read(text, out));
    free(text);
    return is_known;
}

bool gt_range_take(const gt_hdf5 *file, gt_value_range *out) {
    gt_value_range found = {0};
    bool has_numbers = gt_hdf5_real(file, NULL, "value_min", &found.low, NULL) == GT_OK &&
                       gt_hdf5_real(file, NULL, "value_max", &found.high, NULL) == GT_OK;
    bool is_absent = has_numbers && isnan(found.low) && isnan(found.high);
    bool is_range = has_numbers && gt_range_is_declared(found);
    if (is_range) is_range = take_stretch(file, &found.stretch);
    *out = is_range ? found : gt_range_undeclared();
    return is_range || is_absent;
}

size_t gt_range_put(gt_value_range range, char stretch[GT_STRETCH_TEXT],
                    gt_hdf5_new_attribute out[GT_RANGE_ATTRIBUTES]) {
    out[0] = (gt_hdf5_new_attribute){.name = "value_min", .real = range.low};
    out[1] = (gt_hdf5_new_attribute){.name = "value_max", .real = range.high};
    if (range.stretch.curve == GT_CURVE_LINEAR) return 2;
    gt_stretch_text(range.stretch, stretch);
    out[2] = (gt_hdf5_new_attribute){.name = "stretch", .text = stretch};
    return GT_RANGE_ATTRIBUTES;
}
