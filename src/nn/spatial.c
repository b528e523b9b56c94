/* Changes of shape of images: space to depth and back, padding of channels and borders. */
#include "galatea/nn.h"

gt_tensor *gt_squeeze(gt_graph *g, gt_tensor *x) {
    gt_shape s = gt_tensor_shape(x);
    int64_t n = s.dim[0], c = s.dim[1], h = s.dim[2] / 2, w = s.dim[3] / 2;
    gt_tensor *split = gt_reshape(g, x, GT_SHAPE(n, c, h, 2, w, 2));
    gt_tensor *moved = gt_permute(g, split, (const int[]){0, 1, 3, 5, 2, 4});
    return gt_reshape(g, moved, GT_SHAPE(n, 4 * c, h, w));
}

gt_tensor *gt_unsqueeze(gt_graph *g, gt_tensor *x) {
    gt_shape s = gt_tensor_shape(x);
    int64_t n = s.dim[0], c = s.dim[1] / 4, h = s.dim[2], w = s.dim[3];
    gt_tensor *split = gt_reshape(g, x, GT_SHAPE(n, c, 2, 2, h, w));
    gt_tensor *moved = gt_permute(g, split, (const int[]){0, 1, 4, 2, 5, 3});
    return gt_reshape(g, moved, GT_SHAPE(n, c, 2 * h, 2 * w));
}

gt_tensor *gt_pad_channels(gt_graph *g, gt_tensor *x, int64_t width) {
    int64_t have = gt_tensor_dim(x, 1);
    return have == width ? x : gt_pad(g, x, 1, 0, width - have, 0);
}

gt_tensor *gt_pad_border(gt_graph *g, gt_tensor *x, int64_t by, double value) {
    return gt_pad(g, gt_pad(g, x, 2, by, by, value), 3, by, by, value);
}
