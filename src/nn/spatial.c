/* spatial.c - changes of shape of images, borders, and convolutions that are other ones in
 * disguise. */
#include "galatea/nn.h"

gt_tensor *gt_pad_channels(gt_graph *g, gt_tensor *x, int64_t width) {
    int64_t have = gt_tensor_dim(x, 1);
    return have == width ? x : gt_pad(g, x, 1, 0, width - have, 0);
}

gt_tensor *gt_pad_border(gt_graph *g, gt_tensor *x, int64_t by, double value) {
    return gt_pad(g, gt_pad(g, x, 2, by, by, value), 3, by, by, value);
}

gt_tensor *gt_pad_reflect(gt_graph *g, gt_tensor *x, int axis, int64_t by) {
    int64_t n = gt_tensor_dim(x, axis);
    if (by == 0) return x;
    gt_tensor *before = gt_reverse(g, gt_slice(g, x, axis, 1, by), axis);
    gt_tensor *after = gt_reverse(g, gt_slice(g, x, axis, n - 1 - by, by), axis);
    return gt_concat(g, (gt_tensor *[]){before, x, after}, 3, axis);
}

static gt_tensor *blur_along(gt_graph *g, gt_tensor *x, int axis) {
    int64_t n = gt_tensor_dim(x, axis);
    gt_tensor *wide = gt_pad_reflect(g, x, axis, 1);
    gt_tensor *sides = gt_add(g, gt_slice(g, wide, axis, 0, n), gt_slice(g, wide, axis, 2, n));
    return gt_add(g, gt_affine(g, x, 0.5, 0), gt_affine(g, sides, 0.25, 0));
}

gt_tensor *gt_blur_121(gt_graph *g, gt_tensor *x) {
    return blur_along(g, blur_along(g, x, 2), 3);
}

gt_tensor *gt_conv2d_same(gt_graph *g, gt_tensor *x, gt_tensor *w, gt_tensor *bias) {
    int k = (int)gt_tensor_dim(w, 2);
    gt_conv how = {.stride = 1, .pad = k / 2, .groups = 1, .less = 1 - k % 2};
    return gt_conv2d(g, x, w, bias, how);
}

gt_tensor *gt_depthwise_conv2d(gt_graph *g, gt_tensor *x, gt_tensor *w, gt_tensor *bias,
                               int stride, int pad) {
    int channels = (int)gt_tensor_dim(x, 1);
    return gt_conv2d(g, x, w, bias, (gt_conv){stride, pad, channels});
}

gt_tensor *gt_conv2d_transposed(gt_graph *g, gt_tensor *x, gt_tensor *w, gt_tensor *bias,
                                gt_conv how, int extra) {
    int64_t channels = gt_tensor_dim(w, 1) * how.groups, k = gt_tensor_dim(w, 2) + extra;
    gt_shape shape = GT_SHAPE(gt_tensor_dim(x, 0), channels,
                              (gt_tensor_dim(x, 2) - 1) * how.stride + k - 2 * how.pad,
                              (gt_tensor_dim(x, 3) - 1) * how.stride + k - 2 * how.pad);
    gt_tensor *y = gt_conv2d_data(g, x, w, shape, how);
    return bias ? gt_add(g, y, gt_reshape(g, bias, GT_SHAPE(1, channels, 1, 1))) : y;
}
