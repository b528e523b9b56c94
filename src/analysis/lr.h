/* lr.h - logistic regression. Private.
 *
 * Two classes: minimises |w|^2 / 2 + C sum log(1 + e^(-t (w.x + b))), t = +-1; b is free. More
 * classes: one w and b each, |w|^2 / 2 over all of them, C sum of -log softmax; of the biases,
 * of which only differences matter, the sum is 0. */
#ifndef GT_ANALYSIS_LR_H
#define GT_ANALYSIS_LR_H

#include <stdbool.h>

#include "galatea/samples.h"

typedef struct gt_lr_settings {
    double c;           /* 1 */
    int64_t iterations; /* at most so many steps */
} gt_lr_settings;

typedef struct gt_lr {
    size_t features, scores; /* scores: 1 of two classes, else one per class */
    int32_t classes;
    double *weights; /* (scores, features) */
    double *bias;    /* (scores) */
} gt_lr;

/* The optimum, by quasi-Newton steps (lr_newton.c) with a line search: the sum of squares of
 * the last step, in the norm of the Hessian, is below 1e-18 (1 + value). A remark is made when
 * the steps run out before. GT_UNSUPPORTED for more than 16384 unknowns, GT_NOT_FINITE for
 * values so large that sums overflow, GT_INTERRUPTED between steps. *out is yours. */
GT_MUST_CHECK gt_status gt_lr_fit(const gt_samples *samples, const gt_lr_settings *settings,
                                  gt_lr **out, gt_error *err);
void gt_lr_destroy(gt_lr *lr);

/* Decision values out (n, scores). */
void gt_lr_decide(const gt_lr *lr, size_t n, const float *x, double *out);

/* One block of the method: an orthogonal basis of the rows, when there are fewer rows than
 * features (lr_reduce.c). The optimal w are combinations of rows, so the problem in the basis
 * is the same with fewer unknowns. */
typedef struct gt_lr_basis {
    size_t rows, features;
    double *factors, *tau; /* LAPACK's QR of the rows as columns */
} gt_lr_basis;

/* coordinates (rows, stride): those of each row in the basis, the first `rows` of a line. */
GT_MUST_CHECK gt_status gt_lr_basis_make(const gt_samples *samples, size_t stride,
                                         double *coordinates, gt_lr_basis *out, gt_error *err);
/* Weights (features) of the coordinates (rows) of w. */
GT_MUST_CHECK gt_status gt_lr_basis_expand(const gt_lr_basis *basis, const double *coordinates,
                                           double *weights, gt_error *err);
void gt_lr_basis_free(gt_lr_basis *basis);

#endif
