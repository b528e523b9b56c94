/* attention.c - every pixel mixed with others, with weights that follow from both.
 *
 * In the wide branch keys, queries and values are (N,heads,size,H W), and the softmax of
 * queries over their numbers and of keys over the pixels makes the cost linear in the pixels
 * (Shen et al. 2018); in the near branch each pixel looks at the 3 x 3 around it. */
#include "galatea/nn.h"

#include <math.h>

static gt_tensor *point_conv(gt_graph *g, gt_tensor *x, gt_tensor *w, gt_tensor *bias) {
    return gt_conv2d(g, x, w, bias, (gt_conv){.stride = 1, .groups = 1});
}

/* (N,heads size,H,W) as (N,heads,size,H W). */
static gt_tensor *split_heads(gt_graph *g, gt_tensor *x, int64_t heads) {
    gt_shape s = gt_tensor_shape(x);
    return gt_reshape(g, x, GT_SHAPE(s.dim[0], heads, s.dim[1] / heads, s.dim[2] * s.dim[3]));
}

typedef struct attended {
    gt_tensor *query, *key, *value; /* (N,heads size,H,W) */
    int64_t heads;
    double scale; /* 1/sqrt(size) */
} attended;

static attended project(gt_graph *g, gt_tensor *x, gt_tensor *source, const gt_attention *how,
                        gt_tensor *to_query, gt_tensor *to_both) {
    int64_t inner = gt_tensor_dim(to_query, 0);
    gt_tensor *both = point_conv(g, source, to_both, NULL);
    return (attended){.query = point_conv(g, x, to_query, NULL),
                      .key = gt_slice(g, both, 1, 0, inner),
                      .value = gt_slice(g, both, 1, inner, inner),
                      .heads = how->heads,
                      .scale = 1 / sqrt((double)inner / (double)how->heads)};
}

/* gelu of (softmax(k) v') q: what all pixels tell, as a matrix for each head. */
static gt_tensor *wide(gt_graph *g, const attended *a, gt_shape shape) {
    gt_tensor *query = gt_softmax(g, split_heads(g, a->query, a->heads), 2);
    gt_tensor *key = gt_softmax(g, split_heads(g, a->key, a->heads), 3);
    gt_tensor *value = split_heads(g, a->value, a->heads);
    gt_tensor *context = gt_matmul(g, key, value, false, true);
    gt_tensor *out = gt_matmul(g, context, gt_affine(g, query, a->scale, 0), true, false);
    return gt_gelu(g, gt_reshape(g, out, shape));
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
    gt_tensor *blurred = gt_depthwise_conv2d(g, x, how->wide_window, NULL, 1, 1);
    attended far = project(g, x, blurred, how, how->wide_query, how->wide_both);
    gt_tensor *parts[] = {wide(g, &far, shape), near(g, x, how)};
    return point_conv(g, gt_concat(g, parts, 2, 1), how->out, how->bias);
}
