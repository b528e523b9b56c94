/* fits_write.h (room: format) - FITS files with pictures and tables, written beside their place
 * and renamed.
 *
 *     gt_fits_writer *writer = NULL;
 *     GT_TRY(gt_fits_writer_create("made.fits", &writer, err));
 *     GT_TRY(gt_fits_writer_begin(writer, &image, err));
 *     GT_TRY(gt_fits_writer_append(writer, values, count, err));
 *     GT_TRY(gt_fits_writer_table(writer, table, "ROWS", err));
 *     GT_TRY(gt_fits_writer_commit(writer, err));
 * done:
 *     gt_fits_writer_discard(writer);
 *
 * Pictures are given with their first row at the top and stored with it at the end, as FITS
 * has it. Equal calls give equal bytes. Threads: one writer, one thread. */
#ifndef GT_FITS_WRITE_H
#define GT_FITS_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"
#include "table.h"

/* A card of a header: a text, or a number. NULL and what is not finite are left out. */
typedef struct gt_fits_card {
    const char *key; /* up to 8 capitals, digits and '-' */
    const char *text;
    bool is_real;
    double real;
    const char *comment; /* NULL: none */
} gt_fits_card;

/* An image of the file: NAXIS1 width, NAXIS2 height, then channels where there are several,
 * then pictures. The first image is the primary one. */
typedef struct gt_fits_new_image {
    const char *name; /* EXTNAME */
    size_t width, height, channels;
    bool is_one;               /* of a single picture, without an axis for more */
    bool is_float;             /* else bytes */
    const char *unit;          /* BUNIT; NULL: none */
    double pixel_scale_arcsec; /* NaN: unknown */
    double ra, dec;            /* degrees, of the centre; NaN: unknown */
    double north;              /* degrees that north is turned from up to the left there */
    bool is_mirrored;          /* east is on the right of north */
    const gt_fits_card *cards;
    size_t card_count;
    const char *history; /* NULL: none */
} gt_fits_new_image;

typedef struct gt_fits_writer gt_fits_writer;

/* *out is yours. What gt_outfile_open returns. */
GT_MUST_CHECK gt_status gt_fits_writer_create(const char *path, gt_fits_writer **out,
                                              gt_error *err);

/* Begins an image; what was begun before ends. Texts are lent for the call, and may be of any
 * bytes: those that are not printable ASCII appear as \xNN. */
GT_MUST_CHECK gt_status gt_fits_writer_begin(gt_fits_writer *writer,
                                             const gt_fits_new_image *image, gt_error *err);

/* A line of history for the image that is open, any time before it ends; one at most, cut
 * behind 576 bytes. */
void gt_fits_writer_note(gt_fits_writer *writer, const char *text);

/* Appends count pictures (channels, height, width), bytes or floats as was said. */
GT_MUST_CHECK gt_status gt_fits_writer_append(gt_fits_writer *writer, const void *values,
                                              size_t count, gt_error *err);

/* A binary table of this EXTNAME behind the images. */
GT_MUST_CHECK gt_status gt_fits_writer_table(gt_fits_writer *writer, const gt_table *table,
                                             const char *name, gt_error *err);

/* Puts the file in its place. The writer is to be discarded in any case. */
GT_MUST_CHECK gt_status gt_fits_writer_commit(gt_fits_writer *writer, gt_error *err);
void gt_fits_writer_discard(gt_fits_writer *writer); /* accepts NULL */

#endif
