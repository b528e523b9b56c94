/* fits_opened.h (room: data, private) - the files of one object, open: how many pictures of how
 * many channels they hold, and these.
 *
 * An image with several planes is several pictures, or one of several channels: of a file alone
 * they are pictures, of many files up to GT_FITS_CHANNEL_PLANES planes are channels, unless it
 * is told; planes that a card BANDS names are channels in both. With a fourth axis (N,C,H,W)
 * they are N pictures of C channels. */
#ifndef GALATEA_DATA_FITS_OPENED_H
#define GALATEA_DATA_FITS_OPENED_H

#include "fits_image.h"
#include "fits_objects.h"
#include "importer.h"

enum { GT_FITS_CHANNEL_PLANES = 16, GT_FITS_BANDS = 2 * GT_FITS_VALUE };

/* The names of an image's planes, "g,r,z", where BANDS has as many as there are planes: with
 * commas, or a letter each, as in cut-outs of the Legacy Surveys (not in files of Galatea). ""
 * where it has not. */
void gt_fits_bands(const gt_fits_image_info *info, char out[GT_FITS_BANDS]);

typedef struct gt_fits_opened {
    gt_fits_image *images[GT_FITS_MOST_BANDS]; /* one a band */
    size_t band_count;
    size_t channels, height, width;
    uint64_t pictures;
} gt_fits_opened;

/* GT_BAD_SHAPE for bands of different shapes, and whatever a file says. To be closed in any
 * case.
 */
gt_status gt_fits_opened_open(const gt_fits_objects *all, const gt_fits_object *object,
                              const gt_source_request *request, gt_fits_opened *out,
                              gt_error *err);

/* A unit of the file of a band; hdu as gt_fits_image_open has it. */
gt_status gt_fits_opened_unit(const gt_fits_objects *all, const gt_fits_object *object,
                              size_t band, const char *hdu, gt_fits_image **out, gt_error *err);

/* Picture `index` as (channels, height, width) floats, first row at the top; *rounding grows.
 */
gt_status gt_fits_opened_read(gt_fits_opened *opened, uint64_t index, float *out,
                              gt_rounding *rounding, gt_error *err);

/* Where the pictures lie, all but the path; false where they have to be read here, or where one
 * is alone, which costs less than opening its file again. */
bool gt_fits_opened_place(const gt_fits_opened *opened, gt_flat *out);

/* Closes the files; accepts an empty struct. */
void gt_fits_opened_close(gt_fits_opened *opened);

#endif
