/* learning.h - the training step of a model as a bench. */
#ifndef GT_BENCH_LEARNING_H
#define GT_BENCH_LEARNING_H

#include "bench.h"
#include "galatea/model.h"
#include "galatea/optim.h"

/* Every objective of a kind, on one batch of images of uniform levels; all lent for as long as
 * the bench. Where a costly loss stands in for a usual one in every so many-th step, a step of
 * the bench is so many of them. */
typedef struct gt_bench_learning {
    const gt_model_class *kind;
    const void *settings;
    gt_model_input input;
    int64_t batch, micro; /* so many at a time, a divisor; 0: all */
    gt_optimizer rule;
    double rate;
} gt_bench_learning;

GT_MUST_CHECK gt_status gt_bench_learning_open(const gt_bench_learning *what,
                                               const gt_bench_how *how, gt_bench_work *work,
                                               gt_error *err);

#endif
