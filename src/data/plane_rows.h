/* plane_rows.h (room: data, private) - mask and inverse variances of pictures on their way into
 * a set: what bad pixels do to them, and what of them is no weight. */
#ifndef GALATEA_DATA_PLANE_ROWS_H
#define GALATEA_DATA_PLANE_ROWS_H

#include "row_block.h"

/* What was met so far; begins as an empty struct, of planes that GT_PLANE_ bits name. */
typedef struct gt_plane_rows {
    unsigned planes;
    bool puts_zero;     /* --bad-pixels zero: what is no weight becomes 0, else it stays */
    uint64_t no_weight; /* inverse variances that are NaN, infinite or negative */
    float first;        /* of them, */
    char where[128];    /* and its picture */
} gt_plane_rows;

/* Before bad pixels become 0: those of `cut`, (channels, pixels) with the planes behind, are
 * not to be used. */
void gt_plane_rows_spare(const gt_plane_rows *self, float *cut, size_t channels, size_t pixels);

/* Puts the planes behind the pixels of `cut` into place `at`. name: of the picture. */
void gt_plane_rows_store(gt_plane_rows *self, const float *cut, size_t channels, size_t pixels,
                         const char *name, gt_row_block *block, size_t at);

/* The sentence about inverse variances that are none; "" for none. */
enum { GT_PLANE_ROWS_TEXT = 384 };
const char *gt_plane_rows_text(const gt_plane_rows *self, char text[GT_PLANE_ROWS_TEXT]);

#endif
