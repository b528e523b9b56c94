/* range.h (room: data) - the range of pixels in HDF5 files. */
#ifndef GALATEA_DATA_RANGE_H
#define GALATEA_DATA_RANGE_H

#include "galatea/dataset.h"
#include "hdf5_file.h"

#define GT_RANGE_LEFT_OUT                                                                 \
    "attributes 'value_min' and 'value_max' are left out: they are not two numbers, the " \
    "second above the first, or 'stretch' is none"

/* The root's attributes value_min, value_max and stretch, undeclared when there are none. False
 * when they are there but make no range, as in files of others they may mean something else. */
bool gt_range_take(const gt_hdf5 *file, gt_value_range *out);

/* They as attributes to be written, in order; returns how many. stretch: room for a text. */
enum { GT_RANGE_ATTRIBUTES = 3 };
size_t gt_range_put(gt_value_range range, char stretch[GT_STRETCH_TEXT],
                    gt_hdf5_new_attribute out[GT_RANGE_ATTRIBUTES]);

#endif
