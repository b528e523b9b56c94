/* hdf5_source.h (room: data, private) - pictures in one HDF5 file: (N,C,H,W), (N,H,W,C) or
 * (N,H,W), and codes (N,D), any whole or real numbers, also compressed; and flat sets again. */
#ifndef GALATEA_DATA_HDF5_SOURCE_H
#define GALATEA_DATA_HDF5_SOURCE_H

#include "importer.h"

typedef struct gt_hdf5_source gt_hdf5_source;

/* request: dataset and axes; its path is not looked at. *out is yours. */
gt_status gt_hdf5_source_open(const char *path, const gt_source_request *request,
                              gt_hdf5_source **out, gt_error *err) GT_MUST_CHECK;
/* As the functions of gt_importer. */
const gt_source_info *gt_hdf5_source_describe(const gt_hdf5_source *source);
gt_status gt_hdf5_source_next(gt_hdf5_source *source, gt_picture *out, bool *more,
                              gt_error *err) GT_MUST_CHECK;
void gt_hdf5_source_close(gt_hdf5_source *source); /* accepts NULL */

#endif
