/* fits_image.h (room: format) - pictures in FITS files.
 *
 * An image is an array of planes: NAXIS1 is their width, NAXIS2 their height, further axes
 * count them; axes of length 1, as radio pictures have for frequency and polarisation, say
 * nothing. Where NAXIS1 is 2 to 4 and no axis of the sky, and the next two are longer, as of a
 * colour picture (H,W,3) in Python, NAXIS1 counts planes, and the next two are width and
 * height. Planes are given with their first row at the top, which is the last one that FITS
 * stores.
 *
 * Plain images are read here. Images in tiles (RICE, GZIP, HCOMPRESS, PLIO) are read by
 * CFITSIO, whose decoders may crash on damaged ones: what comes from strangers is read in a
 * process that may end. File names are names and nothing else: no brackets, pipes or addresses
 * mean anything.
 *
 * Threads: one image, one thread; CFITSIO in one at a time. */
#ifndef GALATEA_FORMAT_FITS_IMAGE_H
#define GALATEA_FORMAT_FITS_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fits_header.h"
#include "galatea/error.h"
#include "numbers.h"

/* What the names of such files end in. */
#define GT_FITS_ENDINGS "fits|fit|fts|fits.gz|fit.gz|fts.gz|fits.fz|fit.fz|fz"

enum {
    GT_FITS_MAX_SIDE = 16384,
    GT_FITS_MAX_VALUES = 1 << 26 /* of a plane */
};

typedef struct gt_fits_image_info {
    int hdu;                  /* which was read: 0 is the primary one */
    char name[GT_FITS_VALUE]; /* its EXTNAME, "" without */
    int others;               /* further HDUs with images */
    int namesakes;            /* further HDUs of the name that was asked for */
    size_t width, height;
    uint64_t planes, stacks; /* lengths of the third and fourth axis, 1 where there is none */
    const char *type;        /* of stored pixels: "uint8", "uint16", "scaled int16" ... */
    bool is_bytes;           /* whole numbers from 0 to 255 */
    bool is_tiled;
    bool is_interleaved;   /* its first axis counts planes */
    bool lacks_padding;    /* the file ends before its last block does, and behind all data */
    gt_fits_cards cards;   /* of its header */
    gt_fits_cards primary; /* of the primary one; the same where that was read */
} gt_fits_image_info;

typedef struct gt_fits_image gt_fits_image;

/* Looks through all units of a file and opens an image. hdu: the number (0: the primary one) or
 * the name of the unit (EXTNAME, in letters of any case, also with EXTVER: "SCI,2"); NULL: the
 * first with an image of at least two axes. GT_NOT_FOUND, GT_IO, GT_BAD_FORMAT for a damaged
 * file, GT_BAD_SHAPE for an image that is no picture, GT_UNSUPPORTED beyond the limits, with
 * what was found and expected. *out is yours.
 */
gt_status gt_fits_image_open(const char *path, const char *hdu, gt_fits_image **out,
                             gt_error *err);

/* The same for a file in memory, lent until close, which messages call `name`. */
gt_status gt_fits_image_open_bytes(const char *name, const uint8_t *bytes, size_t size,
                                   const char *hdu, gt_fits_image **out, gt_error *err);

/* The same for windows alone, whatever the size. GT_UNSUPPORTED for a file that is packed as a
 * whole (gzip): parts of it could not be read without all that lies before them. */
gt_status gt_fits_mosaic_open(const char *path, const char *hdu, gt_fits_image **out,
                              gt_error *err);
void gt_fits_image_close(gt_fits_image *image); /* accepts NULL */

/* Lent until close. */
const gt_fits_image_info *gt_fits_image_describe(const gt_fits_image *image);

/* Where its planes lie in the file, one behind the other, and how their numbers are stored;
 * false for an image that is in memory, packed, in tiles or interleaved. */
bool gt_fits_image_place(const gt_fits_image *image, uint64_t *offset, gt_numbers *out);

/* Plane number `plane` of planes * stacks, (height, width) floats, first row at the top:
 * physical values, BZERO + BSCALE * stored, NaN where there is none. *rounding grows. */
gt_status gt_fits_image_read(gt_fits_image *image, uint64_t plane, float *out,
                             gt_rounding *rounding, gt_error *err);

/* The part of the first plane that begins `left` pixels from its left and `below` from its
 * bottom and lies inside: (height, width) floats, first row at the top. Nothing else is read of
 * plain files, and of tiled ones the tiles that it meets. */
gt_status gt_fits_image_window(gt_fits_image *image, size_t left, size_t below, size_t width,
                               size_t height, float *out, gt_error *err);

#endif
