/* sampling.h - making images with a model's preset as a bench. */
#ifndef GT_BENCH_SAMPLING_H
#define GT_BENCH_SAMPLING_H

#include "bench.h"
#include "galatea/model.h"

/* Some images at once from first values, by the options' defaults; lent for as long as the
 * bench. */
typedef struct gt_bench_sampling {
    const char *model, *preset;
    gt_model_input input;
    int64_t images;
} gt_bench_sampling;

GT_MUST_CHECK gt_status gt_bench_sampling_open(const gt_bench_sampling *what,
                                               const gt_bench_how *how, gt_bench_work *work,
                                               gt_error *err);

#endif
