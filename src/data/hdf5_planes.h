/* hdf5_planes.h (room: data, private) - mask and inverse variance beside pictures in HDF5
 * files: `mask` and `ivar` as data sets have them, `image_mask` and `image_ivar` as the
 * Multimodal Universe does. Arrays of other shapes are no planes. */
#ifndef GALATEA_DATA_HDF5_PLANES_H
#define GALATEA_DATA_HDF5_PLANES_H

#include <stdbool.h>
#include <stdio.h>

#include "hdf5_file.h"
#include "importer.h"

typedef struct gt_hdf5_planes gt_hdf5_planes;

/* Looks beside the pictures `main` of the description; notes gets a line where a mask is turned
 * round. *out is yours, NULL where there are none. */
gt_status gt_hdf5_planes_open(const gt_hdf5 *file, const char *main, const gt_source_info *info,
                              FILE *notes, gt_hdf5_planes **out, gt_error *err) GT_MUST_CHECK;
void gt_hdf5_planes_close(gt_hdf5_planes *planes); /* accepts NULL */

/* GT_PLANE_ bits; 0 for NULL. */
unsigned gt_hdf5_planes_are(const gt_hdf5_planes *planes);

/* Whether an array of this name in the pictures' group is one of them. */
bool gt_hdf5_planes_have(const gt_hdf5_planes *planes, const char *name);

/* Those of a row behind each other, as gt_picture has them behind its channels. */
gt_status gt_hdf5_planes_row(gt_hdf5_planes *planes, uint64_t row, float *out,
                             gt_error *err) GT_MUST_CHECK;

/* gt_rounded_text of the inverse variances read so far; "" for none and NULL. */
const char *gt_hdf5_planes_rounded(const gt_hdf5_planes *planes, char text[GT_ROUNDED_TEXT]);

#endif
