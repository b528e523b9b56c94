/* stretching.c - see stretching.h. */
#include "stretching.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"
#include "sort.h"
#include "span.h"
#include "text.h"

/* ---- what is asked for ---- */

static bool is(const char *a, const char *b) {
    return strcmp(a, b) == 0;
}

/* "99.5": as much in the middle; "LOW:HIGH" in percent. */
static gt_status read_percentile(const char *text, gt_stretching *out, gt_error *err) {
    char low[GT_NUMBER_SIZE];
    size_t length = strcspn(text, ":");
    double first, second = 0;
    if (length < sizeof low) {
        snprintf(low, sizeof low, "%.*s", (int)length, text);
        bool is_one = !text[length] && gt_text_to_real(text, &first, NULL) == GT_OK;
        bool are_two = text[length] && gt_text_to_real(low, &first, NULL) == GT_OK &&
                       gt_text_to_real(text + length + 1, &second, NULL) == GT_OK;
        out->lower = is_one ? (100 - first) / 2 : first;
        out->upper = is_one ? 100 - out->lower : second;
        if ((is_one || are_two) && out->lower >= 0 && out->upper <= 100 &&
            out->lower < out->upper)
            return GT_OK;
    }
    return gt_fail(err, GT_USAGE,
                   "--percentile %s: expected a share in percent, as 99.5, or two, as 1:99",
                   text);
}

static gt_status read_normalization(const gt_import_settings *s, bool are_bytes,
                                    gt_stretching *out, gt_error *err) {
    bool keeps = s->keep_values || s->range != NULL;
    bool is_auto = is(s->normalize, "auto"), is_none = is(s->normalize, "none");
    if (keeps && !is_auto && !is_none)
        return gt_fail(err, GT_USAGE, "--normalize %s does not keep values, which %s asks for",
                       s->normalize, s->range != NULL ? "--range" : "--keep-values");
    out->limits = GT_LIMITS_SCALING;
    out->scaling = GT_SCALING_MINMAX;
    out->parameter = s->softening;
    out->contrast = s->contrast;
    if (keeps || is_none || (is_auto && are_bytes)) out->limits = GT_LIMITS_KEPT;
    if (is(s->normalize, "asinh")) out->scaling = GT_SCALING_ASINH;
    if (is(s->normalize, "sigma-clip")) {
        out->scaling = GT_SCALING_SIGMA;
        out->parameter = s->sigma;
    }
    if (is(s->normalize, "zscale")) out->limits = GT_LIMITS_ZSCALE;
    if (!is(s->normalize, "percentile")) return GT_OK;
    out->limits = GT_LIMITS_PERCENTILE;
    return read_percentile(s->percentile, out, err);
}

static gt_status read_stretch(const gt_import_settings *s, const gt_source_info *source,
                              gt_stretching *out, gt_error *err) {
    gt_status status = gt_stretch_find(s->stretch, s->stretch_a, &out->stretch, err);
    if (status) return gt_blame(err, "--stretch"), status;
    if (out->stretch.curve == GT_CURVE_LINEAR) return GT_OK;
    if (out->limits == GT_LIMITS_SCALING && out->scaling == GT_SCALING_ASINH)
        return gt_fail(err, GT_USAGE,
                       "--stretch %s: --normalize asinh is a stretch of its own; --normalize "
                       "minmax leaves it to --stretch",
                       s->stretch);
    bool is_known = s->keep_values || s->range != NULL || is(s->pixels, "float32") ||
                    gt_range_is_declared(source->range);
    if (out->limits == GT_LIMITS_KEPT && !is_known)
        return gt_fail(err, GT_USAGE,
                       "--stretch %s lies between black and white: --range LOW:HIGH tells "
                       "them, or --normalize minmax, zscale or percentile takes each picture's",
                       s->stretch);
    return GT_OK;
}

/* Floats where values are kept that are no bytes, unless bytes are said, which a range makes of
 * them; and where a stretch is to lie between. */
static gt_pixel_type type_of_result(const gt_import_settings *s, const gt_source_info *source,
                                    const gt_stretching *self) {
    bool keeps = s->keep_values || s->range != NULL;
    bool stand_for_others = self->is_asked && gt_range_is_declared(source->range);
    bool are_plain_bytes =
        source->is_bytes && self->stretch.curve == GT_CURVE_LINEAR && !stand_for_others;
    if (source->is_codes || self->limits == GT_LIMITS_LUPTON || is(s->pixels, "float32"))
        return GT_PIXEL_F32;
    if (is(s->pixels, "uint8") && self->is_asked) return GT_PIXEL_U8;
    return keeps && !are_plain_bytes ? GT_PIXEL_F32 : GT_PIXEL_U8;
}

/* As far as it is known before a pixel is read. */
static gt_value_range range_of_result(const gt_source_info *source, gt_value_range asked,
                                      const gt_stretching *self) {
    bool is_told = gt_range_is_declared(source->range), is_f32 = self->type == GT_PIXEL_F32;
    bool is_curved = self->stretch.curve != GT_CURVE_LINEAR;
    gt_value_range told = is_told ? source->range : gt_range_undeclared();
    if (source->is_codes) return told;
    if (self->limits != GT_LIMITS_KEPT)
        return is_f32 || is_curved ? (gt_value_range){0, 1, self->stretch}
                                   : gt_range_undeclared();
    if (is_curved) told.stretch = self->stretch;
    if (self->is_asked) return (gt_value_range){asked.low, asked.high, told.stretch};
    if (!is_f32) return source->is_bytes ? told : gt_range_undeclared();
    return source->is_bytes && !is_told ? (gt_value_range){0, 255, told.stretch} : told;
}

gt_status gt_stretching_open(const gt_import_settings *settings, const gt_source_info *source,
                             bool has_lupton, gt_stretching *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_value_range asked = gt_range_undeclared();
    *out = (gt_stretching){.low = INFINITY, .high = -INFINITY, .source = asked};
    GT_TRY(read_normalization(settings, source->is_bytes, out, err));
    if (settings->range != NULL && (status = gt_range_parse(settings->range, &asked, err))) {
        gt_blame(err, "--range");
        goto done;
    }
    GT_TRY(read_stretch(settings, source, out, err));
    if (source->is_codes) out->limits = GT_LIMITS_KEPT;
    if (has_lupton) out->limits = GT_LIMITS_LUPTON;
    if (source->is_bytes) out->source = source->range;
    out->is_asked = settings->range != NULL;
    out->type = type_of_result(settings, source, out);
    if (source->is_bytes && out->type == GT_PIXEL_U8 && !gt_range_is_declared(source->range))
        out->is_asked = false;
    out->range = range_of_result(source, asked, out);
done:
    return status;
}

void gt_stretching_name(const gt_stretching *self, char out[48]) {
    static const char *const names[] = {"none", "minmax", "asinh", "sigma-clip"};
    const char *end = self->type == GT_PIXEL_F32 ? "/1" : "";
    bool is_plain = self->scaling == GT_SCALING_MINMAX;
    if (self->limits == GT_LIMITS_ZSCALE)
        snprintf(out, 48, "zscale:%.6g%s", self->contrast, end);
    else if (self->limits == GT_LIMITS_PERCENTILE)
        snprintf(out, 48, "percentile:%.6g:%.6g%s", self->lower, self->upper, end);
    else if (self->limits != GT_LIMITS_SCALING)
        snprintf(out, 48, "none");
    else if (is_plain)
        snprintf(out, 48, "%s%s", names[self->scaling], end);
    else
        snprintf(out, 48, "%s:%.6g%s", names[self->scaling], self->parameter, end);
}

/* ---- one picture ---- */

bool gt_stretching_has_limits(const gt_stretching *self) {
    return self->limits == GT_LIMITS_ZSCALE || self->limits == GT_LIMITS_PERCENTILE ||
           self->limits == GT_LIMITS_SCALING;
}

gt_status gt_stretching_scale(gt_stretching *self, float *values, size_t count, gt_error *err) {
    enum { SAMPLES = 1000 };
    gt_status status = GT_OK;
    double *low = &self->black, *high = &self->white;
    if (self->limits == GT_LIMITS_SCALING)
        return gt_image_scale_limits(values, count, self->scaling, self->parameter, low, high,
                                     err);
    if (self->limits == GT_LIMITS_ZSCALE)
        GT_TRY(gt_image_zscale(values, count, SAMPLES, self->contrast, low, high, err));
    else if (self->limits == GT_LIMITS_PERCENTILE)
        GT_TRY(gt_image_percentiles(values, count, self->lower, self->upper, low, high, err));
    else
        goto done;
    gt_image_normalize(values, count, *low, *high);
done:
    return status;
}

static void move_into_range(gt_stretching *self, float *values, size_t count) {
    float low = (float)self->range.low, high = (float)self->range.high;
    uint64_t moved = 0;
    for (size_t i = 0; i < count; i++) {
        float kept = fminf(fmaxf(values[i], low), high);
        moved += kept != values[i];
        values[i] = kept;
    }
    self->moved_pixels += moved;
    self->moved_pictures += moved > 0;
}

static gt_status to_bytes(const gt_stretching *self, const float *values, size_t count,
                          unsigned char *out, gt_error *err) {
    float factor = self->limits == GT_LIMITS_KEPT ? 1 : 255;
    for (size_t i = 0; i < count; i++) {
        float value = rintf(values[i] * factor);
        if (!(value >= 0 && value <= 255))
            return gt_fail(err, GT_BAD_ARGUMENT,
                           "a pixel of %g does not fit uint8 (0 to 255); --normalize minmax or "
                           "--pixels float32 keeps it",
                           (double)values[i]);
        out[i] = (unsigned char)value;
    }
    return GT_OK;
}

/* Levels of a declared range; rounding may have put one just beyond its end. */
static void to_levels(const gt_stretching *self, float *values, size_t count,
                      unsigned char *out) {
    gt_range_to_levels(self->range, count, values);
    for (size_t i = 0; i < count; i++)
        out[i] = (unsigned char)rintf(fminf(fmaxf(values[i], 0), 255));
}

/* A sample of fixed size, in which each picture is as likely as any other. */
static void keep_peak(gt_stretching *self, float high) {
    const gt_rng_key key = {0, gt_rng_stream("peaks"), 0};
    uint64_t place = self->kept;
    if (place >= GT_STRETCHING_PEAKS)
        place = (uint64_t)(gt_rng_uniform(key, self->kept) * (double)(self->kept + 1));
    if (place < GT_STRETCHING_PEAKS) self->peaks[place] = high;
    self->kept++;
}

/* What the floats of a picture are, before they become levels or go out. */
static void look_at(gt_stretching *self, const float *values, size_t count) {
    float low = INFINITY, high = -INFINITY;
    gt_span_grow(values, count, &low, &high);
    self->low = fminf(self->low, low);
    self->high = fmaxf(self->high, high);
    if (self->limits == GT_LIMITS_KEPT) keep_peak(self, high);
}

gt_status gt_stretching_store(gt_stretching *self, float *values, size_t count, void *out,
                              gt_error *err) {
    bool is_scaled = self->limits != GT_LIMITS_KEPT;
    bool has_levels = self->is_asked || (is_scaled && gt_range_is_declared(self->range));
    bool has_values = self->type == GT_PIXEL_F32 || self->is_asked;
    if (has_values && !is_scaled && gt_range_is_declared(self->source))
        gt_range_to_values(self->source, count, values);
    if (self->is_asked) move_into_range(self, values, count);
    if (self->type == GT_PIXEL_U8 && !has_levels)
        return to_bytes(self, values, count, out, err);
    look_at(self, values, count);
    if (self->type == GT_PIXEL_U8)
        to_levels(self, values, count, out);
    else
        memcpy(out, values, count * sizeof *values);
    return GT_OK;
}

bool gt_stretching_measured(gt_stretching *self) {
    gt_value_range found = {(double)self->low, (double)self->high, self->stretch};
    bool is_open = self->type == GT_PIXEL_F32 && !gt_range_is_declared(self->range);
    if (!is_open || !gt_range_is_declared(found)) return false;
    self->range = found;
    return true;
}

const char *gt_stretching_dark_text(const gt_stretching *self, char out[GT_STRETCHING_TEXT]) {
    enum { FEW = 4, SHARE = 8 };
    float sorted[GT_STRETCHING_PEAKS];
    size_t count = self->kept < GT_STRETCHING_PEAKS ? (size_t)self->kept : GT_STRETCHING_PEAKS;
    out[0] = 0;
    if (count < FEW || !gt_range_is_declared(self->range)) return out;
    memcpy(sorted, self->peaks, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, gt_by_float);
    float level = sorted[count / 2];
    gt_range_to_levels(self->range, 1, &level);
    if (level >= 255.0f / SHARE) return out;
    snprintf(out, GT_STRETCHING_TEXT,
             "half of the pictures have no pixel above %.2g %% of the range, %.4g to %.4g: "
             "networks and figures see them nearly black; %s shows what is faint, or --range "
             "LOW:HIGH another part",
             (double)level / 2.55, self->range.low, self->range.high,
             self->stretch.curve == GT_CURVE_LINEAR ? "--stretch asinh"
                                                    : "--stretch log, or another --stretch-a,");
    return out;
}
