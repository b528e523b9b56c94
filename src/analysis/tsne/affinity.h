/* affinity.h - which points of t-SNE attract each other, and how strongly. Private. */
#ifndef GT_TSNE_AFFINITY_H
#define GT_TSNE_AFFINITY_H

#include "galatea/neighbours.h"

/* Symmetric matrix by rows, columns rising, without its zero diagonal; all weights sum to 1.
 * One of the two weights is NULL. */
typedef struct gt_affinity {
    size_t rows;
    size_t *start; /* (rows + 1) */
    int32_t *column;
    double *weight;
    float *narrow;
    double entropy; /* sum of p ln p */
} gt_affinity;

/* Conditional affinities of one row at squared distances d2 (k): p_j = exp(-beta d2_j) / sum,
 * with the beta at which their entropy is ln(perplexity), as near as rounding lets it be.
 * Returns beta; *entropy (NULL allowed) is the entropy reached. Equal distances have one
 * entropy only, that of equal weights. */
double gt_affinity_row(size_t k, const double *d2, double perplexity, double *p,
                       double *entropy);

/* P = (C + C') / (2 rows) of the conditional affinities C of a graph of neighbours. */
GT_MUST_CHECK gt_status gt_affinity_create(const gt_neighbours *graph, double perplexity,
                                           gt_affinity *out, gt_error *err);
/* Single-precision weights in place of double ones. */
GT_MUST_CHECK gt_status gt_affinity_narrow(gt_affinity *affinity, gt_error *err);
void gt_affinity_free(gt_affinity *affinity);

#endif
