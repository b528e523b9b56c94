/* knn.h (room: analysis) - k-nearest-neighbour classification by brute force.
 *
 * Euclidean distance, every neighbour one vote. Rules where the reference (scikit-learn) leaves
 * the outcome open or fixed: of training rows at equal distance the lower index is nearer; the
 * class with most votes wins, and of classes with equally many the lower number (so a 10:10
 * vote is FRI). Distances are sums of squared differences in double: nothing cancels, and two
 * equal training rows are at exactly equal distance.
 *
 * Threads: rows are shared out over OpenMP threads; the result is the same for any number. */
#ifndef GT_KNN_H
#define GT_KNN_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

#define GT_KNN_DEFAULT_K 20 /* the paper's choice */

/* What is known: rows x features values, row-major, with a class 0..classes-1 for each row.
 * All borrowed for the time of the call. */
typedef struct gt_knn_problem {
    size_t rows, features;
    int32_t classes;
    const float *x;
    const int32_t *labels;
    size_t k; /* 1..rows */
} gt_knn_problem;

/* Where the answers for n rows go; each pointer may be NULL if not wanted. */
typedef struct gt_knn_answer {
    int32_t *predicted; /* (n) */
    int32_t *votes;     /* (n, classes), each row sums to k */
    double *score; /* (n) votes for class 1 / k, the score for roc-auc; needs classes >= 2 */
    int64_t *neighbours; /* (n, k) training rows, nearest first */
    double *distances;   /* (n, k) Euclidean */
} gt_knn_answer;

/* Classifies the n rows of `query` (n, features). Cost n x rows x features operations; memory
 * about 256 k + 384 features bytes per thread besides what the caller gives.
 * GT_BAD_ARGUMENT: k, classes or a label out of range. GT_NOT_FINITE: a NaN or an infinity in x
 * or query, with its row and feature. GT_NO_MEMORY. */
gt_status gt_knn_classify(const gt_knn_problem *known, size_t n, const float *query,
                          const gt_knn_answer *answer, gt_error *err) GT_MUST_CHECK;

/* Share of the rows of `known` whose class the k nearest of the others tell by the same rules:
 * leave-one-out. k < rows. GT_BAD_ARGUMENT as above, and what gt_neighbours_find says. */
gt_status gt_knn_leave_one_out(const gt_knn_problem *known, double *accuracy,
                               gt_error *err) GT_MUST_CHECK;
#endif
