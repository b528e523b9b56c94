/* cover.h - which part of each pixel an ellipse covers, exactly. Private.
 *
 * Pixel (i, j) is [j - 1/2, j + 1/2] x [i - 1/2, i + 1/2]. The chord of an ellipse at x is s x
 * -+ k sqrt(X^2 - x^2), so the area left of x and below y has a closed form, with one arc sine
 * for every grid line and its crossings and none for a pixel: a pixel's part is that area at
 * its four corners, added and taken away. Between the crossings of a row pixels are whole. */
#ifndef GT_MORPHOLOGY_COVER_H
#define GT_MORPHOLOGY_COVER_H

#include "galatea/error.h"

typedef struct gt_ellipse {
    double x, y, a, b; /* centre, semi-axes */
    double angle;      /* of a, from +x towards +y */
} gt_ellipse;

/* Pixels [begin, end) of a row are touched; of them [full_begin, full_end) are covered wholly.
 */
typedef struct gt_cover_row {
    int begin, full_begin, full_end, end;
} gt_cover_row;

/* Parts of pixels that are not whole are kept in chunks of at most 7 neighbours of a row, zeros
 * behind them, in the order of rows: first those from `begin` to `full_begin`, then those from
 * `full_end` to `end`. */
enum { GT_COVER_CHUNK = 7, GT_COVER_LANES = 8 };

typedef struct gt_cover {
    int height, width;      /* of the grid */
    int row_begin, row_end; /* rows that are touched */
    double area;            /* where the grid has all of it, else negative */
    gt_cover_row *rows;     /* by row */
    int chunks;
    double *part;                                       /* (chunks, GT_COVER_LANES) */
    int *at;                                            /* by chunk: its first pixel */
    double *edge, *edge_integral, *edge_middle, *lines; /* of the grid */
    int most_lines;
} gt_cover;

/* Room for grids up to (height, width); zeroed before, freed in any case. */
GT_MUST_CHECK gt_status gt_cover_create(gt_cover *cover, int height, int width, gt_error *err);
void gt_cover_free(gt_cover *cover);

/* What the ellipse covers of a grid (height, width) within the room. */
void gt_cover_make(gt_cover *cover, int height, int width, const gt_ellipse *ellipse);

/* Values of a grid, with room for GT_COVER_LANES more behind the last, and their sums along
 * rows: running (height, width + 1), from 0. */
typedef struct gt_summed {
    const double *values, *running;
} gt_summed;
void gt_running_sums(int height, int width, const double *values, double *running);

/* Area covered, and sums of values times the part covered. */
double gt_cover_area(const gt_cover *cover);
double gt_cover_sum(const gt_cover *cover, gt_summed plane);
double gt_cover_sum_directly(const gt_cover *cover, const double *values);

#endif
