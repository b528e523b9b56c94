/* field.h - repulsion as a field on a grid: O(n) for the points, O(g log g) for the g nodes.
 * Private.
 *
 * Every point is spread onto a grid with the B-spline of order 6, 36 nodes a point. The grid is
 * convolved with a kernel that makes the result, read off again with the same splines, the
 * interpolating spline of 1/(1+d^2) in both points: phi_i, whose sum is Z. Its gradient, by
 * derivatives of the same splines, is -2 times the repulsion, so one field gives both, by one
 * forward and one inverse transform (the scheme with polynomials needs four of each and their
 * kernel's). Errors fall with the fifth power of the spacing: measured on the maps of the
 * tests, relative to the norm of all forces, 7.6e-3 at a spacing of 1/2, 2.5e-3 at 0.4, 9e-4 at
 * 1/3, where polynomials of degree 2 have 2e-2, as Barnes-Hut with theta 0.7.
 *
 * What is convolved is 1/(1+d^2) - 1, which has the same gradient: then the forces of a map
 * that is still tiny are not lost in the rounding of ones. */
#ifndef GT_TSNE_FIELD_H
#define GT_TSNE_FIELD_H

#include "galatea/tsne.h"

#define GT_FIELD_SPACING 0.45

typedef struct gt_field gt_field;

/* spacing: of the nodes, above 0; a map narrower than GT_FIELD_CELLS of them gets a finer grid,
 * one wider than GT_FIELD_MOST_CELLS a coarser one. */
enum { GT_FIELD_CELLS = 64, GT_FIELD_MOST_CELLS = 4096 };
GT_MUST_CHECK gt_status gt_field_create(size_t n, double spacing, gt_field **out,
                                        gt_error *err);
void gt_field_destroy(gt_field *field);

/* As gt_repulsion_compute; y is finite. z_of (n): phi_i less the own term. */
GT_MUST_CHECK gt_status gt_field_repulsion(gt_field *field, const double *y, double *force,
                                           double *z_of, gt_error *err);

#endif
