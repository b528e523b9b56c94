/* sheet.h (room: study) - pictures of a command as a sheet: a PNG file, or a PDF or SVG figure
 * whose texts are texts and which tells the scale. */
#ifndef GT_STUDY_SHEET_H
#define GT_STUDY_SHEET_H

#include "galatea/imaging.h"
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

/* What the name of a sheet may end in, and which of them are figures (gt_figure_sheet). */
#define GT_SHEET_ENDINGS "png|pdf|svg"
bool gt_sheet_is_figure(const char *path);

/* The same, which a figure says of what survey it is, with a bar of so many arcsec where a
 * pixel has a scale. imaging may be NULL: nothing is known. */
GT_MUST_CHECK gt_status gt_sheet_write_of(const char *path, size_t count, size_t channels,
                                          size_t height, size_t width, const float *images,
                                          const gt_grid_options *options,
                                          const gt_imaging *imaging, const char *provenance,
                                          gt_error *err);

#endif
