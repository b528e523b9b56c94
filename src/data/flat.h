/* flat.h (room: data, private) - pictures that lie in a file one behind the other as plain
 * numbers: contiguous HDF5 data, FITS images, arrays of NumPy.
 *
 * A reader process that has understood such a file tells where they are, and they are read here
 * with pread. A description is foreign: every number of it is compared with the others and with
 * the file's size before it is used. */
#ifndef GALATEA_DATA_FLAT_H
#define GALATEA_DATA_FLAT_H

#include <stdbool.h>
#include <stdint.h>

#include "galatea/error.h"
#include "npy_picture.h"
#include "numbers.h"

typedef struct gt_flat {
    const char *path;
    uint64_t offset, count; /* of the first picture in the file; pictures */
    gt_npy_picture picture; /* sides and order of the numbers of each */
    bool has_bottom_first;  /* its rows go from the bottom to the top, as those of FITS do */
    gt_numbers numbers;
} gt_flat;

/* Whether its file is the one of that path, or lies in the folder of that path. */
bool gt_flat_lies_in(const gt_flat *flat, const char *path);

typedef struct gt_flat_file gt_flat_file;

/* Opens the file. GT_BAD_FORMAT for a description that cannot be, or needs more bytes than the
 * file has; GT_NOT_FOUND, GT_IO. Nothing of *flat is kept. *out is yours. */
GT_MUST_CHECK gt_status gt_flat_open(const gt_flat *flat, gt_flat_file **out, gt_error *err);

/* Whether it was opened by this description. */
bool gt_flat_is_of(const gt_flat_file *file, const gt_flat *flat);

/* Picture `index` as (channels, height, width) floats, first row at the top; lent until the
 * next call. *rounding grows. Cheapest in their order: a MiB of pictures is read at a time. */
GT_MUST_CHECK gt_status gt_flat_read(gt_flat_file *file, uint64_t index, gt_rounding *rounding,
                                     const float **out, gt_error *err);

/* Accepts NULL. */
void gt_flat_close(gt_flat_file *file);

#endif
