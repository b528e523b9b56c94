/* fits_tiles.h (room: format, private) - pixels of images that are compressed in tiles, by
 * CFITSIO; what a header says of such an image is in fits_image.c.
 *
 * CFITSIO may crash on damaged tiles: whoever reads files of strangers does so in a process
 * that may end. What a header and the table of tiles say is checked here before. */
#ifndef GALATEA_FORMAT_FITS_TILES_H
#define GALATEA_FORMAT_FITS_TILES_H

#include <stddef.h>
#include <stdint.h>

#include "fits_file.h"
#include "galatea/error.h"
#include "numbers.h"

/* An image of `bits` and sides (width, height, planes), all above 0, in the unit of a file. */
typedef struct gt_fits_tiled {
    const char *path; /* lent, as the file */
    gt_fits_file *file;
    gt_fits_unit unit; /* of the table of tiles */
    int bits;
    uint64_t values; /* width * height * all planes */
} gt_fits_tiled;

typedef struct gt_fits_tiles gt_fits_tiles;

/* Checks the table of tiles: GT_BAD_FORMAT for a tile outside the file, GT_UNSUPPORTED for more
 * than 1000 values in a stored byte. Messages do not name the file. */
gt_status gt_fits_tiles_check(const gt_fits_tiled *image, gt_error *err) GT_MUST_CHECK;

/* Opens the image. GT_BAD_FORMAT where CFITSIO does not see what `image` says. *out is yours.
 */
gt_status gt_fits_tiles_open(const gt_fits_tiled *image, gt_fits_tiles **out, gt_error *err);
void gt_fits_tiles_close(gt_fits_tiles *tiles); /* accepts NULL */

/* Values first .. first+count-1, whole planes of the first two axes, BLANK as NaN. NULL for
 * rounding: not asked for. */
gt_status gt_fits_tiles_read(gt_fits_tiles *tiles, uint64_t first, size_t count, float *out,
                             gt_rounding *rounding, gt_error *err);

/* A part of the first plane, from below, as the file has it. */
gt_status gt_fits_tiles_window(gt_fits_tiles *tiles, size_t left, size_t below, size_t width,
                               size_t height, float *out, gt_error *err);

#endif
