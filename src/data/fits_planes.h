/* fits_planes.h (room: data, private) - mask and inverse variance of the pictures of FITS
 * files: images of their own, in the units that are told (--mask-hdu, --ivar-hdu), or MASK and
 * IVAR of files that Galatea wrote (export_fits.c). Of bands in files of their own each file
 * has them. */
#ifndef GALATEA_DATA_FITS_PLANES_H
#define GALATEA_DATA_FITS_PLANES_H

#include "columns.h"
#include "fits_opened.h"

/* In the order of their bits; NULL: there is none. */
typedef struct gt_fits_planes {
    gt_fits_image *images[GT_PLANE_COUNT][GT_FITS_MOST_BANDS]; /* of each file */
    size_t files;
} gt_fits_planes;

/* Those of an object that is open. Without being told none where a file is another program's, a
 * unit was asked for, bands have files or units of their own, or sides and numbers differ; told
 * ones are there or the object fails, GT_BAD_SHAPE where they are not as the pictures. GT_USAGE
 * for told ones with bands that are units. To be closed in any case. */
gt_status gt_fits_planes_open(const gt_fits_objects *all, const gt_fits_object *object,
                              const gt_source_request *request, const gt_fits_opened *opened,
                              gt_fits_planes *out, gt_error *err);
void gt_fits_planes_close(gt_fits_planes *planes); /* accepts an empty struct */

/* As GT_PLANE_ bits. */
unsigned gt_fits_planes_are(const gt_fits_planes *planes);

/* Those of `wanted`, of picture `index`, as gt_picture has them: one mask, then as many inverse
 * variances as there are channels, of which *rounding is. */
gt_status gt_fits_planes_read(const gt_fits_planes *planes, unsigned wanted,
                              const gt_fits_opened *opened, uint64_t index, float *out,
                              gt_rounding *rounding, gt_error *err);

#endif
