/* Replays recorded schedules: what a target keeps of itself by epoch, and rates by step. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formula.h"
#include "galatea/optim.h"
#include "recording.h"

/* Doubles of a formula. */
static const double tolerance = 1e-12;

/* A name "....warm10_max100" or "....max1000": the number behind `word`, -1 without. */
static int64_t number_behind(const char *name, const char *word) {
    const char *at = strstr(name, word);
    long long value = at ? strtoll(at + strlen(word), NULL, 10) : -1;
    return value > 0 && value < 1 << 30 ? (int64_t)value : -1;
}

/* The points of a schedule: those in NAME.step, or 0, 1, ... */
static double *points_of(gt_recording *rec, const gt_st_tensor *tensor) {
    char name[128];
    uint64_t count = tensor->elements;
    snprintf(name, sizeof name, "%s.step", tensor->name);
    if (gt_recording_find(rec, name) >= 0) {
        double *points = gt_recording_input_double(rec, name, &count);
        if (points && count != tensor->elements)
            gt_recording_fail(rec, GT_BAD_SHAPE, "'%s' has not one step for each value", name);
        return points;
    }
    double *points = calloc((size_t)count + 1, sizeof *points);
    for (uint64_t i = 0; points && i < count; ++i) points[i] = (double)i;
    if (!points) gt_recording_fail(rec, GT_NO_MEMORY, "no memory for '%s'", tensor->name);
    return points;
}

static double value_at(const char *name, int64_t point) {
    int64_t total = number_behind(name, "max");
    gt_schedule schedule = {GT_SCHEDULE_BY_STEPS, number_behind(name, "warm"), total, 0.001};
    if (strncmp(name, "ema_momentum.", 13) == 0) return gt_target_momentum(0.996, point, total);
    return gt_schedule_factor(&schedule, point);
}

static void replay_one(gt_recording *rec, const gt_st_tensor *tensor) {
    double *values = points_of(rec, tensor);
    if (!rec->status)
        for (uint64_t i = 0; i < tensor->elements; ++i)
            values[i] = value_at(tensor->name, (int64_t)values[i]);
    if (!rec->status)
        gt_recording_compare_within(rec, tensor->name, gt_shape_of(tensor->rank, tensor->shape),
                                    values, tolerance);
    free(values);
}

static bool is_schedule(const char *name) {
    bool is_factor = strncmp(name, "lr_factor.", 10) == 0 && number_behind(name, "warm") > 0;
    return number_behind(name, "max") > 0 && !gt_formula_ends_in(name, ".step") &&
           (is_factor || strncmp(name, "ema_momentum.", 13) == 0);
}

static void replay_schedules(gt_recording *rec) {
    for (size_t i = 0; i < gt_safetensors_count(rec->file) && !rec->status; ++i) {
        const gt_st_tensor *tensor = gt_safetensors_at(rec->file, i);
        if (is_schedule(tensor->name)) replay_one(rec, tensor);
    }
}

static bool accepts(const gt_safetensors *file) {
    for (size_t i = 0; i < gt_safetensors_count(file); ++i)
        if (is_schedule(gt_safetensors_at(file, i)->name)) return true;
    return false;
}

const gt_replayer gt_replayer_schedules = {"schedules", accepts, replay_schedules};
