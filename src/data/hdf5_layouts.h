/* hdf5_layouts.h (room: data, private) - what is known of published files beside what they say
 * of themselves.
 *
 * Galaxy10 (astroNN, Leung & Bovy) has images (N,69,69,3) of SDSS or (N,256,256,3) of DECaLS
 * and labels `ans`: the names of the ten classes.
 *
 * The Multimodal Universe has image_array or image_flux (N,C,H,W) with image_band (N,C), names
 * of the bands, and image_scale (N,C), arcsec per pixel. */
#ifndef GALATEA_DATA_HDF5_LAYOUTS_H
#define GALATEA_DATA_HDF5_LAYOUTS_H

#include <stdio.h>

#include "hdf5_file.h"
#include "importer.h"

/* Adds to info what it does not tell yet; path: of the file, for messages; main: the path of
 * the pictures. *bands is yours, and info->bands lends it. GT_BAD_FORMAT where rows differ in
 * their bands. */
gt_status gt_hdf5_layout_describe(const gt_hdf5 *file, const char *path, const char *main,
                                  FILE *notes, gt_source_info *info, char **bands,
                                  gt_error *err) GT_MUST_CHECK;

/* Whether it will take what it adds from the array of this name, which is no column then; info:
 * as attributes describe the pictures. */
bool gt_hdf5_layout_takes(const gt_hdf5 *file, const char *main, const gt_source_info *info,
                          const char *name);

#endif
