/* imaging.c - how pictures were taken and prepared, see imaging.h. */
#include "galatea/imaging.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "imaging_facts.h"
#include "text.h"

static const char *const steps[] = {"align", "cut", "resize", "normalize"};
enum { STEPS = sizeof steps / sizeof *steps, VALUE_ROOM = 56 };

gt_imaging gt_imaging_unknown(void) {
    return (gt_imaging){.pixel_scale_arcsec = NAN, .range = gt_range_undeclared()};
}

gt_imaging gt_imaging_of(const gt_dataset_info *info) {
    return (gt_imaging){info->survey,      info->pixel_scale_arcsec,
                        info->preparation, info->learned_from,
                        info->range,       info->unit,
                        info->bands};
}

static bool are_bands_of(const char *bands, size_t channels) {
    size_t count = 1;
    for (; bands && *bands; bands++) count += *bands == ',';
    return bands && count == channels;
}

void gt_imaging_put(const gt_imaging *imaging, gt_dataset_info *info) {
    info->survey = imaging->survey;
    info->pixel_scale_arcsec = imaging->pixel_scale_arcsec;
    info->preparation = imaging->preparation;
    info->range = imaging->range;
    info->unit = imaging->unit;
    info->learned_from = imaging->learned_from;
    info->bands = are_bands_of(imaging->bands, info->channels) ? imaging->bands : NULL;
}

/* ---- texts ---- */

typedef struct text {
    char *at;
    size_t used, room;
} text;

GT_PRINTF(2, 3)
static void append(text *t, const char *format, ...) {
    GT_PLAIN_NUMBERS;
    va_list arguments;
    va_start(arguments, format);
    if (t->used < t->room) {
        int length = vsnprintf(t->at + t->used, t->room - t->used, format, arguments);
        if (length > 0) t->used += (size_t)length;
    }
    va_end(arguments);
}

static text text_in(char *out, size_t room) {
    if (room > 0) *out = '\0';
    return (text){out, 0, room};
}

/* The value of a key of a preparation; false when it does not tell. */
static bool value_of(const char *preparation, const char *key, char out[VALUE_ROOM]) {
    size_t length = strlen(key);
    for (const char *at = preparation; at && *at; at += strspn(at, " ")) {
        size_t word = strcspn(at, " ");
        if (word > length + 1 && strncmp(at, key, length) == 0 && at[length] == '=') {
            snprintf(out, VALUE_ROOM, "%.*s", (int)(word - length - 1), at + length + 1);
            return true;
        }
        at += word;
    }
    return false;
}

/* ---- comparing ---- */

/* What names a survey: "FIRST (VLA, 1.4 GHz)" and "First" are the same. */
static size_t name_length(const char *survey) {
    size_t length = strcspn(survey, "(");
    while (length > 0 && survey[length - 1] == ' ') length--;
    return length;
}

static bool is_same_survey(const char *a, const char *b) {
    size_t length = name_length(a);
    return length == name_length(b) && strncasecmp(a, b, length) == 0;
}

/* Numbers that are not finite or not positive tell nothing. */
static bool is_scale(double value) {
    return isfinite(value) && value > 0;
}

static bool is_same_scale(double a, double b) {
    return fabs(a - b) <= 0.01 * fmax(a, b);
}

/* Undeclared ranges tell nothing. */
static bool is_other_range(gt_value_range a, gt_value_range b) {
    bool are_known = gt_range_is_declared(a) && gt_range_is_declared(b);
    return are_known && !gt_range_is_same(a, b);
}

static bool differ(const char *a, const char *b) {
    return a && b && strcmp(a, b) != 0;
}

/* "LOW:HIGH", and a stretch behind it. */
static const char *range_in(gt_value_range range, char out[VALUE_ROOM]) {
    char stretch[GT_STRETCH_TEXT];
    bool is_linear = range.stretch.curve == GT_CURVE_LINEAR;
    text t = text_in(out, VALUE_ROOM);
    gt_stretch_text(range.stretch, stretch);
    append(&t, "%.6g:%.6g%s%.26s", range.low, range.high, is_linear ? "" : " ",
           is_linear ? "" : stretch);
    return out;
}

bool gt_imaging_compare(const gt_imaging *a, const gt_imaging *b, char out[GT_IMAGING_ROOM]) {
    char own[GT_IMAGING_ROOM], left[VALUE_ROOM], right[VALUE_ROOM];
    text t = text_in(out ? out : own, GT_IMAGING_ROOM);
    if (a->survey && b->survey && !is_same_survey(a->survey, b->survey))
        append(&t, ", survey (%.80s and %.80s)", a->survey, b->survey);
    if (is_scale(a->pixel_scale_arcsec) && is_scale(b->pixel_scale_arcsec) &&
        !is_same_scale(a->pixel_scale_arcsec, b->pixel_scale_arcsec))
        append(&t, ", pixel scale (%.6g and %.6g arcsec)", a->pixel_scale_arcsec,
               b->pixel_scale_arcsec);
    for (size_t i = 0; i < STEPS; i++)
        if (value_of(a->preparation, steps[i], left) &&
            value_of(b->preparation, steps[i], right) && strcmp(left, right) != 0)
            append(&t, ", %s (%s and %s)", steps[i], left, right);
    if (is_other_range(a->range, b->range))
        append(&t, ", range of pixels (%s and %s)", range_in(a->range, left),
               range_in(b->range, right));
    if (differ(a->bands, b->bands)) append(&t, ", bands (%.80s and %.80s)", a->bands, b->bands);
    if (differ(a->unit, b->unit)) append(&t, ", unit (%.50s and %.50s)", a->unit, b->unit);
    if (differ(a->learned_from, b->learned_from))
        append(&t, ", what their networks learned from (%.150s and %.150s)", a->learned_from,
               b->learned_from);
    if (t.used == 0) return false;
    memmove(t.at, t.at + 2, strlen(t.at + 2) + 1); /* without the first comma */
    return true;
}

void gt_imaging_agree(gt_imaging *a, const gt_imaging *b,
                      char preparation[GT_PREPARATION_ROOM]) {
    char left[VALUE_ROOM], right[VALUE_ROOM], both[GT_PREPARATION_ROOM];
    text t = text_in(both, sizeof both);
    if (a->survey && (!b->survey || !is_same_survey(a->survey, b->survey))) a->survey = NULL;
    if (!is_scale(b->pixel_scale_arcsec) ||
        !is_same_scale(a->pixel_scale_arcsec, b->pixel_scale_arcsec))
        a->pixel_scale_arcsec = NAN;
    for (size_t i = 0; i < STEPS; i++)
        if (value_of(a->preparation, steps[i], left) &&
            value_of(b->preparation, steps[i], right) && strcmp(left, right) == 0)
            append(&t, "%s%s=%s", t.used ? " " : "", steps[i], left);
    memcpy(preparation, both, sizeof both);
    a->preparation = *preparation ? preparation : NULL;
    if (!gt_range_is_declared(b->range) || is_other_range(a->range, b->range))
        a->range = gt_range_undeclared();
    if (!b->unit || differ(a->unit, b->unit)) a->unit = NULL;
    if (!b->bands || differ(a->bands, b->bands)) a->bands = NULL;
    if (!b->learned_from || differ(a->learned_from, b->learned_from)) a->learned_from = NULL;
}

const char *const gt_fact_names[GT_FACTS] = {
    "survey", "pixel scale", "preparation",     "align", "cut",
    "resize", "normalize",   "range of pixels", "unit",  "what the network learned from"};

unsigned gt_imaging_facts(const gt_imaging *imaging) {
    char value[VALUE_ROOM];
    bool is_stated[GT_FACTS] = {imaging->survey != NULL, is_scale(imaging->pixel_scale_arcsec),
                                imaging->preparation != NULL};
    unsigned bits = 0;
    for (size_t i = 0; i < STEPS; i++)
        is_stated[GT_FACT_STEP + i] = value_of(imaging->preparation, steps[i], value);
    is_stated[GT_FACT_STEP + STEPS] = gt_range_is_declared(imaging->range);
    is_stated[GT_FACT_STEP + STEPS + 1] = imaging->unit != NULL;
    is_stated[GT_FACT_STEP + STEPS + 2] = imaging->learned_from != NULL;
    for (size_t i = 0; i < GT_FACTS; i++) bits |= (unsigned)is_stated[i] << i;
    return bits;
}

void gt_imaging_text(const gt_imaging *imaging, char out[GT_IMAGING_ROOM]) {
    char value[VALUE_ROOM];
    text t = text_in(out, GT_IMAGING_ROOM);
    if (imaging->survey) append(&t, ", %.80s", imaging->survey);
    if (is_scale(imaging->pixel_scale_arcsec))
        append(&t, ", %.6g arcsec per pixel", imaging->pixel_scale_arcsec);
    if (imaging->bands) append(&t, ", bands %.80s", imaging->bands);
    for (size_t i = 0; i < STEPS; i++)
        if (value_of(imaging->preparation, steps[i], value))
            append(&t, ", %s %s", steps[i], value);
    if (gt_range_is_declared(imaging->range))
        append(&t, ", pixels from %.6g to %.6g", imaging->range.low, imaging->range.high);
    gt_stretch_text(imaging->range.stretch, value);
    if (gt_range_is_declared(imaging->range) && imaging->unit)
        append(&t, " %.50s", imaging->unit);
    if (imaging->range.stretch.curve != GT_CURVE_LINEAR) append(&t, ", stretch %s", value);
    if (t.used > 0) memmove(out, out + 2, strlen(out + 2) + 1);
}

/* Sides of pictures in pixels: those of the source that they show, and their own; 0 for what is
 * no number of a square. */
typedef struct sides {
    double shown, own;
} sides;

static sides sides_of(const char *preparation) {
    char cut[VALUE_ROOM] = "", resize[VALUE_ROOM] = "";
    sides out = {0, 0};
    bool has_both =
        value_of(preparation, "cut", cut) && value_of(preparation, "resize", resize);
    if (!has_both || gt_text_to_real(cut, &out.shown, NULL) != GT_OK) return (sides){0, 0};
    out.own = out.shown;
    if (strcmp(resize, "none") != 0 && gt_text_to_real(resize, &out.own, NULL) != GT_OK)
        out.own = 0;
    return out;
}

/* A cut-out of a cut-out shows a part of the pixels that the first one showed. */
static void add_sides(text *t, const char *before, const char *step) {
    sides old = sides_of(before), now = sides_of(step);
    if (!(old.shown > 0 && old.own > 0 && now.shown > 0 && now.own > 0)) return;
    double shown = old.shown * now.shown / old.own;
    append(t, " cut=%.6g resize=", shown);
    if (fabs(shown - now.own) < 0.5 / now.own)
        append(t, "none");
    else
        append(t, "%.6g", now.own);
}

/* One of two values, or both where both did something. */
static void add_value(text *t, const char *before, const char *step, const char *key) {
    char old[VALUE_ROOM], now[VALUE_ROOM];
    if (!value_of(before, key, old) || !value_of(step, key, now)) return;
    if (strcmp(now, "none") == 0)
        append(t, " %s=%s", key, old);
    else if (strcmp(old, "none") == 0)
        append(t, " %s=%s", key, now);
    else
        append(t, " %s=%.24s+%.24s", key, old, now);
}

void gt_imaging_prepare(const char *before, const char *step, char out[GT_PREPARATION_ROOM]) {
    char joined[GT_PREPARATION_ROOM];
    text t = text_in(joined, sizeof joined);
    if (before) {
        add_value(&t, before, step, "align");
        add_sides(&t, before, step);
        add_value(&t, before, step, "normalize");
    }
    snprintf(out, GT_PREPARATION_ROOM, "%s", before ? joined + (*joined == ' ') : step);
}

/* ---- keeping ---- */

static gt_status copy_text(const char *from, const char **out, gt_error *err) {
    *out = from ? strdup(from) : NULL;
    return from && !*out ? gt_fail(err, GT_NO_MEMORY, "no memory for a text") : GT_OK;
}

gt_status gt_imaging_copy(const gt_imaging *from, gt_imaging *out, gt_error *err) {
    gt_status status = GT_OK;
    *out = gt_imaging_unknown();
    out->pixel_scale_arcsec = from->pixel_scale_arcsec;
    out->range = from->range;
    GT_TRY(copy_text(from->unit, &out->unit, err));
    GT_TRY(copy_text(from->bands, &out->bands, err));
    GT_TRY(copy_text(from->survey, &out->survey, err));
    GT_TRY(copy_text(from->preparation, &out->preparation, err));
    GT_TRY(copy_text(from->learned_from, &out->learned_from, err));
done:
    if (status) gt_imaging_free(out);
    return status;
}

void gt_imaging_free(gt_imaging *imaging) {
    free((void *)(uintptr_t)imaging->survey);
    free((void *)(uintptr_t)imaging->preparation);
    free((void *)(uintptr_t)imaging->learned_from);
    free((void *)(uintptr_t)imaging->unit);
    free((void *)(uintptr_t)imaging->bands);
    *imaging = gt_imaging_unknown();
}

gt_status gt_imaging_save(const gt_imaging *imaging,
                          gt_status (*put)(void *user, const char *name, const char *text,
                                           gt_error *err),
                          void *user, gt_error *err) {
    gt_status status = GT_OK;
    char number[GT_NUMBER_SIZE], stretch[GT_STRETCH_TEXT];
    if (imaging->survey) GT_TRY(put(user, "survey", imaging->survey, err));
    if (is_scale(imaging->pixel_scale_arcsec)) {
        gt_real_to_text(imaging->pixel_scale_arcsec, number);
        GT_TRY(put(user, "pixel_scale_arcsec", number, err));
    }
    if (gt_range_is_declared(imaging->range)) {
        gt_real_to_text(imaging->range.low, number);
        GT_TRY(put(user, "value_min", number, err));
        gt_real_to_text(imaging->range.high, number);
        GT_TRY(put(user, "value_max", number, err));
        gt_stretch_text(imaging->range.stretch, stretch);
        if (imaging->range.stretch.curve != GT_CURVE_LINEAR)
            GT_TRY(put(user, "stretch", stretch, err));
    }
    if (imaging->unit) GT_TRY(put(user, "unit", imaging->unit, err));
    if (imaging->bands) GT_TRY(put(user, "bands", imaging->bands, err));
    if (imaging->preparation) GT_TRY(put(user, "preparation", imaging->preparation, err));
    if (imaging->learned_from) GT_TRY(put(user, "learned_from", imaging->learned_from, err));
done:
    return status;
}

static double load_real(const char *from) {
    double number;
    return from && gt_text_to_real(from, &number, NULL) == GT_OK ? number : NAN;
}

gt_imaging gt_imaging_load(const char *(*get)(const void *user, const char *name),
                           const void *user) {
    gt_imaging out = {
        .survey = get(user, "survey"),
        .pixel_scale_arcsec = load_real(get(user, "pixel_scale_arcsec")),
        .range = {load_real(get(user, "value_min")), load_real(get(user, "value_max"))},
        .preparation = get(user, "preparation"),
        .learned_from = get(user, "learned_from"),
        .unit = get(user, "unit"),
        .bands = get(user, "bands")};
    const char *stretch = get(user, "stretch");
    bool is_known = !stretch || gt_stretch_read(stretch, &out.range.stretch);
    if (!gt_range_is_declared(out.range) || !is_known) out.range = gt_range_undeclared();
    return out;
}
