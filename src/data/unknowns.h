/* unknowns.h (room: data) - numbers by which catalogues say that they do not know.
 *
 * A position outside the sphere (right ascension -360 to 360, declination -90 to 90 degrees),
 * one of -99, -999 and -9999, and an angular size below zero or beyond the whole circle stand
 * for nothing. They become NaN, position and position together, and are counted. */
#ifndef GALATEA_DATA_UNKNOWNS_H
#define GALATEA_DATA_UNKNOWNS_H

#include <stdint.h>

enum { GT_UNKNOWNS_TEXT = 200 };

typedef struct gt_unknowns {
    uint64_t positions, sizes;       /* rows that had such numbers */
    uint64_t position_row, size_row; /* the first of them */
    double ra, dec, size;            /* what stood there */
} gt_unknowns;

/* The position of a row; NaN for what is unknown or has no column. */
void gt_unknowns_position(gt_unknowns *unknowns, uint64_t row, double *ra, double *dec);
void gt_unknowns_size(gt_unknowns *unknowns, uint64_t row, double *arcsec);

/* A sentence about positions or sizes in out, or NULL when all are known. */
const char *gt_unknowns_positions_text(const gt_unknowns *unknowns, char out[GT_UNKNOWNS_TEXT]);
const char *gt_unknowns_sizes_text(const gt_unknowns *unknowns, char out[GT_UNKNOWNS_TEXT]);

#endif
