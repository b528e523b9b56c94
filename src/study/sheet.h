/* sheet.h - pictures of a command as a PNG file. */
#ifndef GT_SHEET_FILE_H
#define GT_SHEET_FILE_H

#include "galatea/run.h"
#include "grid.h"

/* Writes count images (count,C,H,W) of the size that the run makes, levels 0..255, row by row
 * on a sheet with so many columns. colours: "gray" or "heat". */
GT_MUST_CHECK gt_status gt_sheet_write(const char *path, const gt_run *run, size_t count,
                                       size_t columns, const char *colours, const float *images,
                                       const char *provenance, gt_error *err);

/* The same of pictures of any size, with what options say. */
GT_MUST_CHECK gt_status gt_sheet_write_images(const char *path, size_t count, size_t channels,
                                              size_t height, size_t width, const float *images,
                                              const gt_grid_options *options,
                                              const char *provenance, gt_error *err);

#endif
