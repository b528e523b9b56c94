/* schedule.h (room: nn) - how the learning rate changes: by step number, or when progress
 * stops.
 *
 * Both are plain values: copy them, store them in a checkpoint, compare them. */
#ifndef GALATEA_SCHEDULE_H
#define GALATEA_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "galatea/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gt_schedule_kind {
    GT_SCHEDULE_CONSTANT, /* 1 after the warm-up */
    GT_SCHEDULE_COSINE,  /* half a cosine from 1 at the end of the warm-up to `floor` at `total`
                          */
    GT_SCHEDULE_BY_STEPS /* the same as usual in self-supervised learning: the first step has
                            rate 1 / warmup, the last one (total - 1) `floor` */
} gt_schedule_kind;

typedef struct gt_schedule {
    gt_schedule_kind kind;
    int64_t warmup; /* steps of the linear warm-up; 0: none */
    int64_t total;  /* of the cosines: steps in all, above warmup */
    double floor;   /* of the cosines: 0 to 1 */
} gt_schedule;

/* Factor on the learning rate at `step`, counted from 0: step / warmup up to and including step
 * == warmup (so the first step of a warm-up has rate 0; but see BY_STEPS), then the kind's
 * curve; past `total` it stays at `floor`. */
double gt_schedule_factor(const gt_schedule *schedule, int64_t step);

/* What BYOL's target keeps of itself in each step of an epoch, counted from 0: half a cosine
 * from `first` to 1 in the last epoch (Grill et al. 2020, section 3.3, epoch by epoch). */
double gt_target_momentum(double first, int64_t epoch, int64_t epochs);

/* Cuts the rate when a loss stops improving. An improvement is value < best (1 - threshold);
 * after more than `patience` values in a row without one the rate is multiplied by `factor`,
 * but not below `min_rate` and only if it changes by more than 1e-8. NaN is no improvement. */
typedef struct gt_plateau {
    double factor, threshold, min_rate;
    int64_t patience;
    double rate; /* state from here on: the present rate, */
    double best; /* the best value so far, infinite at the start, */
    int64_t bad; /* and the values since then */
} gt_plateau;

/* factor 0.5, threshold 1e-4, patience 10, min_rate 0. */
gt_plateau gt_plateau_default(double rate);

/* Takes one value (a validation loss, once per epoch); true when it is an improvement. */
bool gt_plateau_update(gt_plateau *plateau, double value);

#ifdef __cplusplus
}
#endif
#endif
