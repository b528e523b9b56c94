/* dataset_layout.h (room: data, private) - the arrays of a set's file, as its writer fills
 * them. */
#ifndef GALATEA_DATA_DATASET_LAYOUT_H
#define GALATEA_DATA_DATASET_LAYOUT_H

#include "galatea/dataset.h"

typedef struct gt_array_place {
    uint64_t offset; /* in the file */
    size_t size;     /* bytes of a row */
} gt_array_place;

/* Makes the file of a set at path with its attributes and room for all rows. *places are the
 * pixels, then the columns that the set has, its fields, and its planes; yours (free). */
gt_status gt_dataset_lay_out(const gt_dataset_info *info, const char *path,
                             gt_array_place **places, size_t *count,
                             gt_error *err) GT_MUST_CHECK;

#endif
