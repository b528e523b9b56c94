/* pca.h (room: analysis) - principal components.
 *
 * The eigenvectors of the covariance matrix (divisor rows - 1) of a table, largest variance
 * first, by LAPACK's symmetric eigenproblem on the matrix gathered in double. Rows come block
 * by block, so a table of any length does; memory is that of a few features x features
 * matrices. Of a table in memory that has at least twice as many features as rows, the right
 * singular vectors: as many components as rows, whose last has no variance.
 *
 * The reference (scikit-learn, svd_flip) turns each component so that the row with the largest
 * absolute score on it has a positive score, the first such row on equality. gt_pca_orient does
 * that; it takes a second pass over the rows. Without it each component is turned so that its
 * own entry of largest absolute value is positive.
 *
 * Threads: one object, one thread while rows are added; a finished one may be read by many. The
 * results are the same for any number of OpenMP threads. */
#ifndef GALATEA_PCA_H
#define GALATEA_PCA_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gt_pca gt_pca;

/* features: 1 to 16384. GT_NO_MEMORY, GT_UNSUPPORTED. *out is yours. */
GT_MUST_CHECK gt_status gt_pca_create(size_t features, gt_pca **out, gt_error *err);
void gt_pca_destroy(gt_pca *pca); /* accepts NULL */

/* Adds rows x features values. GT_NOT_FINITE with row (counted from the first ever added) and
 * feature. Sums are taken about the mean of the first block, so that a large common offset
 * costs no digits. */
GT_MUST_CHECK gt_status gt_pca_add(gt_pca *pca, size_t rows, const float *x, gt_error *err);

/* Ends the adding and computes. GT_BAD_ARGUMENT with fewer than 2 rows. */
GT_MUST_CHECK gt_status gt_pca_finish(gt_pca *pca, gt_error *err);

/* Looks at rows again, the same in the same order; call it for all of them, then
 * gt_pca_orient_finish. `components`: how many are turned, at most the number of features. */
GT_MUST_CHECK gt_status gt_pca_orient(gt_pca *pca, size_t components, size_t rows,
                                      const float *x, gt_error *err);
void gt_pca_orient_finish(gt_pca *pca);

/* Create, add, finish and orient (all components) for a table in memory. */
GT_MUST_CHECK gt_status gt_pca_compute(size_t rows, size_t features, const float *x,
                                       gt_pca **out, gt_error *err);

/* Of a finished one; arrays are lent until destroy. */
size_t gt_pca_features(const gt_pca *pca);
size_t gt_pca_count(const gt_pca *pca);       /* of components: features, or rows where few */
const double *gt_pca_mean(const gt_pca *pca); /* (features) */
const double *gt_pca_variances(const gt_pca *pca);  /* (count), falling, never negative */
const double *gt_pca_components(const gt_pca *pca); /* (count, features), one a row */
/* Share of component i < count in the whole variance; 0 if all rows are equal. */
double gt_pca_ratio(const gt_pca *pca, size_t component);
/* The fewest components whose ratios add up to at least `share` (0..1). */
size_t gt_pca_components_for(const gt_pca *pca, double share);

/* Scores of rows on the first `components` components: (x - mean) . component. out is (rows,
 * components). */
GT_MUST_CHECK gt_status gt_pca_project(const gt_pca *pca, size_t components, size_t rows,
                                       const float *x, double *out, gt_error *err);

#ifdef __cplusplus
}
#endif
#endif
