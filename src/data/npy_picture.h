/* npy_picture.h (room: data, private) - NumPy's arrays as pictures: which axis is which, and
 * values brought into (C,H,W). */
#ifndef GALATEA_DATA_NPY_PICTURE_H
#define GALATEA_DATA_NPY_PICTURE_H

#include "galatea/error.h"
#include "npy.h"

typedef struct gt_npy_picture {
    size_t channels, height, width;
    size_t steps[3]; /* between channels, rows and columns, in stored values */
} gt_npy_picture;

/* Adds to an error about an array what can be typed where it looks like a column: labels that
 * lie beside pictures in a file of their own. */
void gt_npy_advise(const gt_npy *array, gt_error *err);

/* An array of one picture, (H,W), (C,H,W) or (H,W,C). axes: "nchw", "nhwc"; "auto" or NULL:
 * guess. GT_BAD_FORMAT for other ranks and texts, GT_USAGE for axes that are unclear,
 * GT_UNSUPPORTED above 2^26 values. Messages do not name the file. */
gt_status gt_npy_picture_of(const gt_npy *array, const char *axes, gt_npy_picture *out,
                            gt_error *err) GT_MUST_CHECK;

/* One item along the first axis of an array of rank 2 or more. */
gt_npy gt_npy_item(const gt_npy *array);

/* Whether stored values are (C,H,W) as they are. */
bool gt_npy_picture_is_in_order(const gt_npy_picture *picture);

/* Stored values of a picture, as floats in their order, to (C,H,W). */
void gt_npy_picture_arrange(const gt_npy_picture *picture, const float *stored, float *out);

#endif
