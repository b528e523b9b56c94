/* dataset_internal.h (room: data, private) - an open set, as the dataset*.c files that read
 * share it. */
#ifndef GALATEA_DATA_DATASET_INTERNAL_H
#define GALATEA_DATA_DATASET_INTERNAL_H

#include "columns.h"
#include "dataset_fields.h"
#include "description.h"
#include "field_block.h"
#include "witness.h"

struct gt_dataset {
    char *path;
    int descriptor;
    uint64_t size; /* of the file */
    gt_witness *witness;
    gt_description own;
    uint64_t main_offset, column_offset[GT_COLUMN_COUNT], plane_offset[GT_PLANE_COUNT];
    void *columns[GT_COLUMN_COUNT]; /* read when asked for */
    gt_stored_fields fields;
    gt_field_block window; /* fields of rows that were asked for one by one */
    uint64_t window_first; /* of those it holds, */
    size_t window_rows;    /* and how many they are */
};

/* Does `read`, an expression that gives a gt_status, until the file was not touched meanwhile.
 */
#define GT_DATASET_READ(set, status, err, read)                                        \
    do {                                                                               \
        unsigned gt_touched = gt_witness_touched((set)->witness);                      \
        do (status) = (read);                                                          \
        while (gt_witness_wants_again((set)->witness, &gt_touched, &(status), (err))); \
    } while (0)

#endif
