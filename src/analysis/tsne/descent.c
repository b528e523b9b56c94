/* descent.c */
#include "tsne/descent.h"

#include <math.h>
#include <stdlib.h>

enum { MANY = 1 << 16 }; /* fewer are done before threads have met */

gt_status gt_descent_create(size_t count, gt_descent *out, gt_error *err) {
    *out = (gt_descent){.count = count,
                        .gain = malloc(count * sizeof *out->gain),
                        .update = malloc(count * sizeof *out->update)};
    if (!out->gain || !out->update) {
        gt_descent_free(out);
        return gt_fail(err, GT_NO_MEMORY, "the state of %zu coordinates", count);
    }
    gt_descent_reset(out);
    return GT_OK;
}

void gt_descent_free(gt_descent *descent) {
    free(descent->gain);
    free(descent->update);
    *descent = (gt_descent){0};
}

void gt_descent_reset(gt_descent *descent) {
    for (size_t i = 0; i < descent->count; i++) {
        descent->gain[i] = 1;
        descent->update[i] = 0;
    }
}

void gt_descent_step(gt_descent *descent, const double *gradient, double momentum, double rate,
                     double *y) {
    double *gain = descent->gain, *update = descent->update;
#pragma omp parallel for simd schedule(static) if (descent->count > MANY)
    for (size_t i = 0; i < descent->count; i++) {
        double raised = gain[i] + 0.2, lowered = gain[i] * 0.8;
        double next = update[i] * gradient[i] < 0 ? raised : lowered;
        gain[i] = next > 0.01 ? next : 0.01;
        update[i] = momentum * update[i] - rate * gain[i] * gradient[i];
        y[i] += update[i];
    }
}
