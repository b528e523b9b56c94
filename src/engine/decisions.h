/* decisions.h (room: engine) - what two sound computations of one graph may differ by:
 * rounding, and the values that jump, what STEP and LESS say.
 *
 * A slope of a ReLU follows the sign of its argument. Where that is nearly 0, rounding decides,
 * and two sound computations of one gradient differ by much more than rounding. Whoever
 * compares them takes the decisions of one as values of the other (gt_reference_run): what is
 * left is smooth. */
#ifndef GT_ENGINE_DECISIONS_H
#define GT_ENGINE_DECISIONS_H

#include "galatea/graph.h"

/* value is 1 where low < high, else 0; both have its shape. low NULL: 0. */
typedef struct gt_decision {
    gt_tensor *value, *low, *high;
} gt_decision;

/* The decisions that `fetch` depends on, in the order of the graph; the caller frees them.
 * Their number in *found. NULL when memory is short. */
gt_decision *gt_decisions_of(const gt_graph *g, gt_tensor *const *fetch, int fetch_count,
                             int *found);

/* gt_reference_run with every value rounded to single precision, once: as good as single
 * precision can be. */
gt_status gt_reference_run_rounded(const gt_graph *g, const gt_feed *feeds, int feed_count,
                                   gt_tensor *const *fetch, int fetch_count,
                                   double *const *outputs, gt_error *err);

#endif
