/* moments.h - means, covariances and spectra of rows picked from a set. Private. */
#ifndef GT_JUDGING_MOMENTS_H
#define GT_JUDGING_MOMENTS_H

#include "galatea/judging.h"

/* Some rows of a set; NULL: all. */
typedef struct gt_picked {
    const gt_points *points;
    const size_t *rows;
    size_t count;
} gt_picked;

/* Sums about `shift`: total (columns) of x - shift, and the lower triangle (columns, columns)
 * of (x - shift)(x - shift)', weighted (NULL: 1). Both are added to. GT_NO_MEMORY. */
GT_MUST_CHECK gt_status gt_picked_sums(const gt_picked *picked, const double *shift,
                                       const double *weight, double *total, double *products,
                                       gt_error *err);

/* mean (columns) of the rows. */
void gt_picked_mean(const gt_picked *picked, double *mean);

/* Eigenvalues (n) of a symmetric matrix in its lower triangle, ascending; the matrix becomes
 * the eigenvectors, a row each, or is lost. GT_NO_MEMORY, GT_BAD_ARGUMENT where LAPACK gives
 * up.
 */
GT_MUST_CHECK gt_status gt_eigen(size_t n, double *matrix, bool with_vectors, double *values,
                                 gt_error *err);

/* b, symmetric, becomes the lower triangle of R b R' where a = R'R (Cholesky), whose
 * eigenvalues are those of a b; a, whole and symmetric, is lost. *done is false, and both are
 * what they were, where a is not positive definite, or hardly. */
GT_MUST_CHECK gt_status gt_congruent(size_t n, double *a, double *b, bool *done, gt_error *err);

/* The sum of the singular values of a matrix (n,m), which is lost. */
GT_MUST_CHECK gt_status gt_singular_sum(size_t n, size_t m, double *matrix, double *out,
                                        gt_error *err);

/* The first `half` of rows 0 .. count-1 in an order drawn by the key, then the others. */
size_t *gt_drawn_order(size_t count, uint64_t seed, const char *stream, uint32_t step);

#endif
