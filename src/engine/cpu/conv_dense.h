/* conv_dense.h - convolutions of images so small that every output pixel sees nearly all
 * pixels: one matrix product with a dense matrix, instead of windows that are mostly border.
 *
 * The matrix D has a row for each channel and pixel of the output and a column for each of the
 * input, both in the order of blocked images: y = x D', gx = gy D, and the gradient of D is gy'
 * x, of which the weights' is a sum. For y D is kept transposed: oneDNN's products are then
 * twice as fast. */
#ifndef GT_ENGINE_CONV_DENSE_H
#define GT_ENGINE_CONV_DENSE_H

#include "conv_own.h"

/* Bytes of D. It applies to blocked images on both sides, where there are no more
 * multiplications than windows have, and no bias. */
size_t gt_conv_dense_bytes(const gt_conv_problem *problem);

#endif
