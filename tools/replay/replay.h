/* replay.h (room: replay) - golden replay: a recorded run of a model, or of single layers,
 * computed again and compared number by number.
 *
 * A recording is a safetensors file: inputs, weights and noise beside everything that was
 * computed from them, with settings in its metadata. What each kind of recording holds and how
 * it is replayed is the business of a replayer (tools/replay/replayers.def). Beside
 * FILE.safetensors may lie FILE.tol.tsv with the tolerance of each tensor as measured when it
 * was recorded; where it is missing, tolerances follow from the kind of the tensor and its
 * largest magnitude. */
#ifndef GT_REPLAY_H
#define GT_REPLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "galatea/error.h"

typedef struct gt_replay_settings {
    int threads;    /* 0: all processors */
    bool in_double; /* plain loops in double precision instead of the compiled graph: slow */
} gt_replay_settings;

/* One compared tensor, lent to a visitor. */
typedef struct gt_replay_row {
    const char *name;
    double error;     /* largest absolute difference; infinite where one side alone is NaN */
    double tolerance; /* absolute */
    bool passed;
} gt_replay_row;

typedef struct gt_replay_result {
    const char *kind;        /* name of the replayer */
    bool has_measured;       /* a FILE.tol.tsv was there */
    size_t inputs, compared; /* tensors used as inputs, tensors compared */
    size_t outside;          /* compared tensors beyond their tolerance */
    size_t unknown;          /* tensors that nobody asked for: they count as failures */
    char unknown_names[256]; /* the first of them, separated by blanks */
    /* The tensor with the largest error in units of its tolerance. */
    char worst_name[160];
    double worst_ratio, worst_error, worst_tolerance;
    /* Values after optimizer steps: one in a thousand may differ by a few learning rates, where
     * a gradient at rounding level was divided by its own size. */
    size_t step_values, step_outliers;
    double step_worst; /* largest of those differences in units of what is allowed for them */
    /* Tensors that are right only at a closer look (closer.h), and how many decisions, the sign
     * of a ReLU's argument and the like, fell otherwise in it than in double precision. */
    size_t looked_at, decisions_otherwise;
    bool is_inputs; /* what other recordings begin with: there is nothing to compare */
    bool passed;    /* nothing outside, nothing unknown, few enough outliers */
} gt_replay_result;

/* Replays one file. visit (may be NULL) gets every compared tensor. A file that no replayer
 * knows is GT_UNSUPPORTED; one that contradicts itself GT_BAD_FORMAT or GT_BAD_SHAPE. A
 * difference is no error: see result->passed. */
GT_MUST_CHECK gt_status gt_replay_file(const char *path, const gt_replay_settings *settings,
                                       void (*visit)(void *user, const gt_replay_row *row),
                                       void *user, gt_replay_result *result, gt_error *err);
#endif
