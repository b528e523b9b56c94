/* attention.c - every pixel mixed with others, with weights that follow from both: in the wide
 * branch with all of them, in the near branch with the 3 x 3 around it. */
#include "galatea/nn.h"

static gt_tensor *point_conv(gt_graph *g, gt_tensor *x, gt_tensor *w, gt_tensor *bias) {
    return gt_conv2d(g, x, w, bias, (gt_conv){.stride = 1, .groups = 1});
}

static gt_tensor *wide(gt_graph *g, gt_tensor *x, const gt_attention *how) {
    gt_tensor *blurred = gt_depthwise_conv2d(g, x, how->wide_window, NULL, 1, 1);
    gt_tensor *query = point_conv(g, x, how->wide_query, NULL);
    gt_tensor *both = point_conv(g, blurred, how->wide_both, NULL);
    return gt_gelu(g, gt_attend_wide(g, query, both, how->heads));
}

/* One convolution makes what the near branch wants. */
static gt_tensor *near(gt_graph *g, gt_tensor *x, const gt_attention *how) {
    gt_tensor *const both[] = {how->near_query, how->near_both};
    gt_tensor *all = point_conv(g, x, gt_concat(g, both, 2, 0), NULL);
    return gt_attend_near(g, all, how->heads);
}

gt_tensor *gt_attend(gt_graph *g, gt_tensor *x, const gt_attention *how) {
    gt_shape shape = gt_tensor_shape(x);
    shape.dim[1] = gt_tensor_dim(how->wide_query, 0);
    if (shape.rank != 4 || how->heads < 1 || shape.dim[1] % how->heads ||
        gt_tensor_dim(how->near_query, 0) != shape.dim[1]) {
        char text[96];
        return gt_graph_refuse(
            g, "attention of %d heads over %lld and %lld channels of images %s (N,C,H,W)",
            how->heads, (long long)shape.dim[1], (long long)gt_tensor_dim(how->near_query, 0),
            gt_shape_text(gt_tensor_shape(x), text));
    }
    gt_tensor *parts[] = {wide(g, x, how), near(g, x, how)};
    return point_conv(g, gt_concat(g, parts, 2, 1), how->out, how->bias);
}
