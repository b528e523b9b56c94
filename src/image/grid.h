/* grid.h (room: image) - many small pictures on one sheet.
 *
 * A sheet is plain bytes, row-major, 1 (gray) or 3 (RGB) channels interleaved: what
 * gt_png_write (png.h) takes. Pixels are enlarged by whole factors without smoothing, so that a
 * figure shows exactly what the data hold. */
#ifndef GT_GRID_H
#define GT_GRID_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

/* Colours for pictures of one channel. */
typedef enum gt_colour_map {
    GT_COLOURS_GRAY,
    GT_COLOURS_HEAT, /* black, violet, red, orange, pale yellow; brightness rises steadily */
    GT_COLOURS_COUNT
} gt_colour_map;

/* "gray" or "heat"; GT_NOT_FOUND for another name. */
gt_status gt_colour_map_find(const char *name, gt_colour_map *out, gt_error *err);

/* The colour of t in 0..1 (clamped). */
void gt_colour_at(gt_colour_map map, double t, uint8_t rgb[3]);

/* Which channel of three, by the names of their bands ("g,r,z"; NULL: unknown), is shown as
 * red, green and blue: those of u, g, r, i, z, y, Y, J, H, K from the longest wavelength to the
 * shortest; as they stand where a name is another one. */
void gt_colour_order(const char *bands, int order[3]);

/* Puts the three planes of a picture into that order, for sheets of pictures whose bands stand
 * in several orders. */
void gt_colour_arrange(const char *bands, size_t plane, float *picture);

typedef struct gt_grid_options {
    size_t columns;  /* 0: as many as rows, or one more */
    size_t upscale;  /* screen pixels per picture pixel and side, 1 to 64 */
    size_t padding;  /* screen pixels around each picture, up to 256 */
    float low, high; /* values shown as black and as full brightness; low < high */
    gt_colour_map colours;
    uint8_t background; /* gray level of the padding */
    /* One text above each column (NULL for none): an array of at least `columns` strings, then
     * columns must not be 0. Letters, digits and punctuation of ASCII, lower case drawn as
     * upper case, others as a box; texts are cut at the width of their column. */
    const char *const *captions;
    /* One text below each picture (NULL for none): an array of n strings, a NULL among them is
     * no text. Letters as above. */
    const char *const *labels;
    const char *bands; /* of the channels, see gt_colour_order */
} gt_grid_options;

/* Square sheet, factor 2, padding 2, values 0..1, gray on background 32, no texts. */
gt_grid_options gt_grid_options_default(void);

typedef struct gt_sheet {
    size_t width, height, channels; /* channels 1 or 3 */
    uint8_t *pixels;                /* (height, width, channels) */
} gt_sheet;

/* Puts n >= 1 images (n, C, height, width), C = 1 or 3, on a sheet, row by row. The sheet has 3
 * channels if C is 3 or the colours are not gray. GT_BAD_ARGUMENT for options or sizes out of
 * range (a sheet has at most 2^31 - 1 bytes), GT_NOT_FINITE for a NaN or infinite pixel with
 * its image, GT_NO_MEMORY. out->pixels is yours (gt_sheet_destroy). */
gt_status gt_grid_draw(size_t n, size_t channels, size_t height, size_t width,
                       const float *images, const gt_grid_options *options, gt_sheet *out,
                       gt_error *err) GT_MUST_CHECK;

/* Frees the pixels and empties the struct. Accepts an empty one. */
void gt_sheet_destroy(gt_sheet *sheet);
#endif
