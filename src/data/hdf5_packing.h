/* hdf5_packing.h (room: data, private) - what a stored number stands for by netCDF's
 * attributes: none, or, of an array that is packed, scale_factor times it plus add_offset. */
#ifndef GALATEA_DATA_HDF5_PACKING_H
#define GALATEA_DATA_HDF5_PACKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "hdf5_file.h"

typedef struct gt_hdf5_packing {
    double scale, offset; /* 1 and 0 of an array that is not packed */
    double missing;       /* the stored number that stands for none; NaN: there is none such */
} gt_hdf5_packing;

#define GT_HDF5_PACKED "packed (scale_factor, add_offset)"

/* The value that stands for none: the first of the attributes missing, _FillValue and
 * missing_value that is a number; NaN: none is. */
double gt_hdf5_missing_value(const gt_hdf5 *file, const gt_hdf5_array *array);

/* Attributes of these names that are no finite numbers mean something else, and texts cannot be
 * packed. */
gt_hdf5_packing gt_hdf5_packing_of(const gt_hdf5 *file, const gt_hdf5_array *array);

bool gt_hdf5_is_packed(const gt_hdf5_packing *packing);

/* NaN for what stands for none. */
double gt_hdf5_unpack(const gt_hdf5_packing *packing, double stored);

/* The same of numbers that are float32 by now, which the one that stands for none is met as. */
void gt_hdf5_unpack_floats(const gt_hdf5_packing *packing, float *values, size_t count);

/* A line for notes about an array that is packed; none about another. */
void gt_hdf5_packing_tell(const gt_hdf5_packing *packing, const char *name, FILE *notes);

#endif
