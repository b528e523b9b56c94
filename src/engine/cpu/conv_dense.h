/* conv_dense.h - convolutions of images so small that every output pixel sees nearly all
 * pixels: one matrix product with a dense matrix, instead of windows that are mostly border.
 *
 * The matrix D has a row for each channel and pixel of the output and a column for each of the
 * input, both in the order of blocked images: y = x D', gx = gy D, and the gradient of D is gy'
 * x, of which the weights' is a sum. For y D is kept transposed: oneDNN's products are then
 * twice as fast. */
#ifndef GT_ENGINE_CONV_DENSE_H
#define GT_ENGINE_CONV_DENSE_H

#include "onednn.h"

/* Blocked images on both sides, no more multiplications than windows have, no bias. */
bool gt_conv_dense_applies(const gt_conv_problem *problem);

/* Bytes of D, and of working memory. */
size_t gt_conv_dense_bytes(const gt_conv_problem *problem);
size_t gt_conv_dense_scratch(const gt_conv_problem *problem);

/* As gt_conv_prepare and gt_conv_run. */
void gt_conv_dense_prepare(const gt_conv_problem *problem, const float *w, float *matrix,
                           int threads);
GT_MUST_CHECK gt_status gt_conv_dense_run(const gt_conv_problem *problem, const float *a,
                                          const float *b, float *result, bool accumulate,
                                          void *scratch, int threads, gt_error *err);

#endif
