/* npy_planes.h (room: data, private) - mask and inverse variance beside pictures in npz
 * archives: arrays "mask" (N,H,W), (N,C,H,W) or (N,H,W,C) of whole numbers or truth values, and
 * "ivar" (N,C,H,W) or (N,H,W,C), of one channel (N,H,W) too, of the sides of the pictures. */
#ifndef GALATEA_DATA_NPY_PLANES_H
#define GALATEA_DATA_NPY_PLANES_H

#include "archive_reader.h"
#include "importer.h"
#include "npy.h"

typedef struct gt_npy_planes gt_npy_planes;

/* Whether an array of this name is a plane of such pictures: GT_PLANE_ bit, or 0. */
unsigned gt_npy_plane_of(const char *name, const gt_npy *array, const gt_source_info *info);

/* Opens the npz archive that is asked for. *out is yours. */
gt_status gt_npy_archive_open(const gt_source_request *request, gt_archive **out,
                              gt_error *err) GT_MUST_CHECK;

/* Opens the archive once for each plane of `planes`, which lies in the group `prefix` ("", or
 * with a slash behind it). *out is yours. */
gt_status gt_npy_planes_open(const gt_source_request *request, const char *prefix,
                             unsigned planes, const gt_source_info *info, gt_npy_planes **out,
                             gt_error *err) GT_MUST_CHECK;
void gt_npy_planes_close(gt_npy_planes *planes); /* accepts NULL */

/* The next row as a picture has its planes (gt_picture.pixels): mask, then inverse variances.
 */
gt_status gt_npy_planes_next(gt_npy_planes *planes, float *out, gt_error *err) GT_MUST_CHECK;

/* gt_rounded_text of the inverse variances read so far; "" for none and NULL. */
const char *gt_npy_planes_rounded(const gt_npy_planes *planes, char text[GT_ROUNDED_TEXT]);

#endif
