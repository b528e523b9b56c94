/* embedding.h (room: analysis) - how well a map in the plane keeps what is near what.
 *
 * x (rows, features) is the data, y (rows, 2) the map. Ranks and neighbours are by Euclidean
 * distance in double, of rows at equal distance the lower index nearer. Costs rows^2 features
 * operations, so for some thousands of rows; the same for any number of threads. */
#ifndef GT_EMBEDDING_H
#define GT_EMBEDDING_H

#include <stddef.h>

#include "galatea/error.h"

/* Trustworthiness (Venna and Kaski 2001): 1 - 2 / (n k (2n - 3k - 1)) times the sum over each
 * row's k neighbours in the map of max(0, rank in the data - k), the nearest other row having
 * rank 1. 1: no false neighbours. 1 <= k < rows / 2.
 * Recall: mean share of a row's k nearest in the data that are also its k nearest in the map.
 * Either pointer may be NULL. GT_BAD_ARGUMENT, GT_NOT_FINITE, GT_NO_MEMORY. */
GT_MUST_CHECK gt_status gt_embedding_quality(size_t rows, size_t features, const float *x,
                                             const double *y, size_t k, double *trust,
                                             double *recall, gt_error *err);

/* KL divergence of the map from the affinities of all pairs, or of the 3 perplexity + 1 nearest
 * neighbours (sparse), with Z of all pairs either way: the measure by which maps of different
 * programs are compared. Up to 10^5 rows when sparse, some thousands else. */
GT_MUST_CHECK gt_status gt_embedding_kl(size_t rows, size_t features, const float *x,
                                        const double *y, double perplexity, int is_sparse,
                                        double *kl, gt_error *err);

/* How much a map clusters by a value (angular size in the radio galaxy paper): mean absolute
 * difference of `values` between a row and its k nearest in the map, over that of all pairs.
 * Rows whose value is NaN are left out. 1: not at all. NaN with fewer than k + 1 values, or
 * when all are equal. */
GT_MUST_CHECK gt_status gt_embedding_clustering(size_t rows, const double *y,
                                                const double *values, size_t k, double *out,
                                                gt_error *err);
#endif
