/* convolution.h - a square grid convolved with an even kernel, by transforms of twice its side.
 * Private.
 *
 * Rows are transformed where they lie; columns one by one in a thread's own room, forward,
 * times the kernel, and back, so that the doubled grid never exists as a whole and its empty
 * half costs nothing. Plans are estimated, not measured: a measured plan would give other bits
 * from run to run. */
#ifndef GT_TSNE_CONVOLUTION_H
#define GT_TSNE_CONVOLUTION_H

#include <stddef.h>

#include "galatea/error.h"

typedef struct gt_convolution {
    size_t side;    /* nodes of the grid, along each axis */
    size_t length;  /* of the transforms, even, at least 2 * side */
    size_t pitch;   /* doubles from row to row of the grid */
    double *grid;   /* (side, pitch); rows are to be zero from `side` to `length` */
    double *kernel; /* (length/2 + 1, length/2 + 1): its transform over length^2 */
    void *plans[4]; /* row there, row back, column there, column back */
} gt_convolution;

/* side of at most 16384; slack: least value of length - 2 side. Takes FFTW's planner, which
 * serves one thread at a time. */
GT_MUST_CHECK gt_status gt_convolution_create(size_t side, size_t slack, gt_convolution *out,
                                              gt_error *err);
void gt_convolution_free(gt_convolution *c);

/* Sets the kernel: `value` at distances a, b = 0 .. length/2 along the axes, and the transform
 * is divided by filter[a] filter[b] (length/2 + 1). */
GT_MUST_CHECK gt_status gt_convolution_set(gt_convolution *c, double (*value)(double squared),
                                           double spacing, const double *filter, gt_error *err);

/* Transforms row r there (its values become its spectrum), all columns, and row r back. */
void gt_convolution_row_there(gt_convolution *c, size_t r);
GT_MUST_CHECK gt_status gt_convolution_columns(gt_convolution *c, gt_error *err);
void gt_convolution_row_back(gt_convolution *c, size_t r);

#endif
