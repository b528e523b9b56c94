/* Replays the change of variables of features with bounds. */
#include <stdlib.h>

#include "galatea/nn.h"
#include "recording.h"

typedef struct bounds_replay {
    gt_bounds bounds;
    double *low, *high;
    float *x, *y, *out;
    double *log_jacobian;
} bounds_replay;

static void compare(gt_recording *rec, bounds_replay *b, int64_t n) {
    gt_shape shape = GT_SHAPE(n, b->bounds.features);
    uint64_t count = 0;
    gt_bounds_apply(&b->bounds, n, b->x, b->out, b->log_jacobian);
    gt_recording_compare_floats(rec, "y", shape, b->out, GT_REPLAY_PLAIN, 0);
    gt_recording_compare(rec, "log_jacobian", GT_SHAPE(n), b->log_jacobian, GT_REPLAY_PLAIN, 0);
    b->y = gt_recording_input(rec, "y", &count);
    if (!b->y) return;
    gt_bounds_undo(&b->bounds, n, b->y, b->out);
    gt_recording_compare_floats(rec, "inverse", shape, b->out, GT_REPLAY_PLAIN, 0);
}

static void replay(gt_recording *rec) {
    static const gt_replay_rule rules[] = {{"", 0}, {NULL, 0}};
    bounds_replay b = {.low = NULL};
    uint64_t low = 0, high = 0, values = 0;
    rec->rules = rules;
    b.low = gt_recording_input_double(rec, "lower", &low);
    b.high = gt_recording_input_double(rec, "upper", &high);
    b.x = gt_recording_input(rec, "x", &values);
    b.bounds = (gt_bounds){(int64_t)low, b.low, b.high, gt_recording_number(rec, "offset", 0)};
    if (!rec->status && (low == 0 || low != high || values % low))
        gt_recording_fail(rec, GT_BAD_SHAPE, "%llu lower and %llu upper bounds of %llu values",
                          (unsigned long long)low, (unsigned long long)high,
                          (unsigned long long)values);
    if (!rec->status) {
        b.out = malloc((values + 1) * sizeof *b.out);
        b.log_jacobian = malloc((values / low + 1) * sizeof *b.log_jacobian);
        if (b.out && b.log_jacobian)
            compare(rec, &b, (int64_t)(values / low));
        else
            gt_recording_fail(rec, GT_NO_MEMORY, "no memory for %llu values",
                              (unsigned long long)values);
    }
    free(b.low);
    free(b.high);
    free(b.x);
    free(b.y);
    free(b.out);
    free(b.log_jacobian);
}

static bool accepts(const gt_safetensors *file) {
    return gt_safetensors_find(file, "lower") && gt_safetensors_find(file, "log_jacobian");
}

const gt_replayer gt_replayer_maf_bounds = {"features with bounds", accepts, replay};
