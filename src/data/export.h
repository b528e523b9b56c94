/* export.h (room: data) - pictures with their columns as a file for oneself or for others, by
 * its ending:
 *
 *     .h5, .hdf5   a set
 *     .fits, .fit  one image of all pictures, PICTURES, (N,H,W) or (N,C,H,W), their planes,
 *                  MASK and IVAR, and the columns as a table, ROWS
 *     .npy         an array (N,C,H,W)
 *     .npz         that array, images, and beside it mask, ivar, and an array for each column
 *     a folder     a file for each picture, fits or png, named by its id, or by its number
 *
 * FITS and npy hold values where these are known: floats as they are stored, bytes that stand
 * for values of a range as floats of these, and of pictures that were scaled each by itself the
 * values before that, by their columns vmin and vmax (physical.h). FITS says their unit, the
 * size of a pixel, what else is known of the pictures in cards, and the provenance as HISTORY.
 */
#ifndef GALATEA_DATA_EXPORT_H
#define GALATEA_DATA_EXPORT_H

#include "galatea/dataset.h"

#define GT_EXPORT_ENDINGS "h5|hdf5|fits|fit|npy|npz"

typedef struct gt_export gt_export;

/* As gt_dataset_writer_create; info is copied, its texts are lent until commit. single: NULL
 * for a file by the ending of path, "fits" or "png" for a folder, which must not be there yet
 * or be empty. as_levels: bytes stay bytes. GT_UNSUPPORTED for codes in FITS and for PNG of
 * neither one nor three channels; GT_USAGE for a name that says nothing. *out is yours. */
gt_status gt_export_create(const char *path, const gt_dataset_info *info, const char *single,
                           bool as_levels, gt_export **out, gt_error *err) GT_MUST_CHECK;

/* As gt_dataset_writer_append. */
gt_status gt_export_append(gt_export *self, const void *values, const gt_dataset_row *rows,
                           size_t count, gt_error *err) GT_MUST_CHECK;

/* As gt_dataset_writer_note; FITS has it in its history, others nowhere. */
void gt_export_note(gt_export *self, const char *name, const char *text);

/* Ends the pictures: the same ones follow again as `name`, in files that have room for several
 * images; false where this one has not. Their rows are given again. */
gt_status gt_export_next(gt_export *self, const char *name, bool *has_room,
                         gt_error *err) GT_MUST_CHECK;

/* Where a file has its planes: with each picture, in the row that is given with it; behind all
 * pictures, one plane after the other; nowhere. */
typedef enum gt_export_place {
    GT_EXPORT_PLANES_NEVER,
    GT_EXPORT_PLANES_WITH_ROWS,
    GT_EXPORT_PLANES_BEHIND
} gt_export_place;
gt_export_place gt_export_planes(const gt_export *self);

/* Ends the pictures: of the same rows one plane follows, a GT_PLANE_ bit of the description, as
 * gt_dataset_read_plane gives it, row by row. Only of files that have planes behind. */
gt_status gt_export_begin_plane(gt_export *self, unsigned plane, gt_error *err) GT_MUST_CHECK;
gt_status gt_export_append_plane(gt_export *self, const void *values,
                                 gt_error *err) GT_MUST_CHECK;

/* Puts the file in its place and frees self, also on failure. */
gt_status gt_export_commit(gt_export *self, gt_error *err) GT_MUST_CHECK;
void gt_export_discard(gt_export *self); /* accepts NULL */

#endif
