/* bench.h - what `galatea bench` measures: a list of benches, each a step that is repeated and
 * timed. */
#ifndef GT_BENCH_H
#define GT_BENCH_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/plan.h"

/* What a bench made ready: everything but the steps themselves is outside the clock. */
typedef struct gt_bench_work {
    void *self;
    gt_status (*step)(void *self, gt_error *err);
    void (*close)(void *self);
    double items; /* images, queries, ... of one step */
    double flops; /* of one step; 0: not counted */
    size_t
        bytes; /* known before the first step: plan, parameters, moments, data; 0: not known */
    char *(*report)(void *self); /* where the time went, or NULL; the caller frees it */
    void (*profile)(void *self, int on);
} gt_bench_work;

typedef struct gt_bench_how {
    int threads;
    gt_algorithms *algorithms; /* of plans; lent while the bench is open */
} gt_bench_how;

typedef struct gt_bench {
    const char *name, *summary, *unit; /* unit of items: "images" */
    gt_status (*open)(const gt_bench_how *how, gt_bench_work *work, gt_error *err);
} gt_bench;

const gt_bench *const *gt_benches(size_t *count);

#endif
