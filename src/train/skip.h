/* skip.h - leaves out updates whose gradient is far too large, but not for ever.
 *
 * Child (2020) leaves a step out when the gradient norm before clipping is not below a fixed
 * threshold. A model whose norms settle above it would then never move again. Here, after
 * `patience` steps left out in a row the threshold rises to `factor` times the median of the
 * last norms; it sinks again as they do, never below its first value. A plain value, kept in
 * checkpoints. */
#ifndef GT_TRAIN_SKIP_H
#define GT_TRAIN_SKIP_H

#include <stdbool.h>
#include <stdint.h>

enum { GT_SKIP_WINDOW = 32 };

typedef struct gt_skip_rule {
    double limit;                  /* the first threshold; 0: nothing is left out */
    double factor;                 /* above 1 */
    int64_t patience;              /* 1 to GT_SKIP_WINDOW */
    double threshold;              /* state from here on: the present threshold, */
    int64_t in_row;                /* steps left out since the last applied one, */
    int64_t seen;                  /* norms seen, */
    double recent[GT_SKIP_WINDOW]; /* and the last of them, number i at i % GT_SKIP_WINDOW */
} gt_skip_rule;

typedef enum gt_skip_decision {
    GT_SKIP_APPLY,
    GT_SKIP_LEAVE_OUT,
    GT_SKIP_RAISED /* left out, and the threshold was raised for the steps to come */
} gt_skip_decision;

gt_skip_rule gt_skip_rule_start(double limit, double factor, int64_t patience);

/* Judges one finite norm. */
gt_skip_decision gt_skip_decide(gt_skip_rule *rule, double norm);

#endif
