/* forces.h - attraction and repulsion of t-SNE. Private.
 *
 * Positions y and forces are (n, 2), double. With w_ij = 1 / (1 + |y_i - y_j|^2):
 * repulsion_i = sum over j of w_ij^2 (y_i - y_j), Z = sum over ordered pairs i != j of w_ij,
 * attraction_i = sum over j of p_ij w_ij (y_i - y_j); the gradient of KL is
 * 4 (attraction - repulsion / Z). */
#ifndef GT_TSNE_FORCES_H
#define GT_TSNE_FORCES_H

#include <stdbool.h>

#include "galatea/tsne.h"
#include "tsne/affinity.h"

/* Attraction by double or by narrow weights; in the second case distances are in float too,
 * with relative errors of about 1e-6. energy (NULL allowed): sum of p ln(1 + d^2), so that KL =
 * entropy + energy + ln Z. `scratch` holds n doubles. */
void gt_attraction(const gt_affinity *p, const double *y, double *force, double *scratch,
                   double *energy);

/* So many points are done before another thread of a busy machine has woken. */
enum { GT_TSNE_ALONE = 256 };

/* Some way to compute repulsion, with its memory. */
typedef struct gt_repulsion gt_repulsion;

/* how: not GT_TSNE_AUTO. */
GT_MUST_CHECK gt_status gt_repulsion_create(gt_tsne_forces how, double theta, size_t n,
                                            gt_repulsion **out, gt_error *err);
void gt_repulsion_destroy(gt_repulsion *repulsion);
/* GT_NOT_FINITE unless all positions are finite. */
GT_MUST_CHECK gt_status gt_repulsion_compute(gt_repulsion *repulsion, const double *y,
                                             double *force, double *z, gt_error *err);

/* ---- The ways ---- */

/* z_of (n): sums over j for each i. */
void gt_exact_repulsion(size_t n, const double *y, double *force, double *z_of);

/* A quadtree over y; a cell of width w at distance d from a point stands for its points when
 * w < theta d. */
typedef struct gt_quadtree gt_quadtree;
GT_MUST_CHECK gt_status gt_quadtree_create(size_t n, gt_quadtree **out, gt_error *err);
void gt_quadtree_destroy(gt_quadtree *tree);
GT_MUST_CHECK gt_status gt_quadtree_repulsion(gt_quadtree *tree, double theta, const double *y,
                                              double *force, double *z_of, gt_error *err);

#endif
