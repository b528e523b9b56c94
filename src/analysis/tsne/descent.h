/* descent.h - gradient descent with momentum and gains (Jacobs 1988). Private. */
#ifndef GT_TSNE_DESCENT_H
#define GT_TSNE_DESCENT_H

#include <stddef.h>

#include "galatea/error.h"

/* Of `count` coordinates: gains begin at 1, updates at 0. */
typedef struct gt_descent {
    size_t count;
    double *gain, *update;
} gt_descent;

GT_MUST_CHECK gt_status gt_descent_create(size_t count, gt_descent *out, gt_error *err);
void gt_descent_free(gt_descent *descent);
void gt_descent_reset(gt_descent *descent);

/* gain + 0.2 where update and gradient point apart, else times 0.8, at least 0.01;
 * update = momentum update - rate gain gradient; y += update. */
void gt_descent_step(gt_descent *descent, const double *gradient, double momentum, double rate,
                     double *y);

#endif
