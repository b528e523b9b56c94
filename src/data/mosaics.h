/* mosaics.h (room: data) - parts of large FITS images around positions on the sky.
 *
 * A band is one or several images; a position is taken from the one that holds most of the
 * part. Pixels are those of the image, not resampled: a part begins at the pixel ceil(x - side
 * / 2) with x the position in pixels from 0 on, as Cutout2D of astropy has it. Only what the
 * parts need is read. Threads: one object, one thread. */
#ifndef GALATEA_DATA_MOSAICS_H
#define GALATEA_DATA_MOSAICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

typedef struct gt_mosaics gt_mosaics;

/* The file of a word: FILE of BAND=FILE, unless there is a file of the whole name. */
const char *gt_mosaics_path(const char *word);

/* words: FILE, or BAND=FILE for pictures of several channels. hdu: as gt_fits_image_open.
 * GT_BAD_FORMAT for images whose header tells no place on the sky, GT_MISMATCH for pixels of
 * different size (1 %) or units, GT_USAGE for bands of which some have no name. *out is yours.
 */
gt_status gt_mosaics_open(const char *const *words, size_t count, const char *hdu,
                          gt_mosaics **out, gt_error *err) GT_MUST_CHECK;
void gt_mosaics_close(gt_mosaics *mosaics); /* accepts NULL */

/* Of them all. Lent until close. */
typedef struct gt_mosaics_info {
    size_t bands, images;
    const char *band_names; /* "g,r"; NULL: one without a name */
    const char *type;       /* of stored pixels, of the first */
    double scale_arcsec;    /* of a pixel at the centre of the first */
    const char *unit;       /* NULL: not stated */
    size_t name_length;     /* of the longest name of a file */
} gt_mosaics_info;
const gt_mosaics_info *gt_mosaics_describe(const gt_mosaics *mosaics);

/* Whether every band has an image with this position on it. */
bool gt_mosaics_hold(gt_mosaics *mosaics, double ra, double dec);

/* The part of side x side pixels around a position that they hold: (bands, side, side), first
 * row at the top. What lies beyond the edge is `pad`, and counted in *padded, over all bands.
 * *name: the file that it was taken from, of the first band, lent until close. */
gt_status gt_mosaics_cut(gt_mosaics *mosaics, double ra, double dec, size_t side, float pad,
                         float *out, uint64_t *padded, const char **name,
                         gt_error *err) GT_MUST_CHECK;

#endif
