/* shuffle.c - channels that become pixels: k k channels after each other are a block of k x k
 * pixels of one. With `back` its inverse, which is its transpose. */
#include "ops.h"

/* Element i of the many channels (N,C k k,H,W), where it lies among the pixels. */
static int64_t pixel_of(gt_shape many, int k, int64_t i) {
    int64_t column = i % many.dim[3], row = i / many.dim[3] % many.dim[2];
    int64_t channel = i / (many.dim[3] * many.dim[2]); /* of all images */
    int64_t place = channel % ((int64_t)k * k), plane = channel / ((int64_t)k * k);
    int64_t y = row * k + place / k, x = column * k + place % k;
    return (plane * many.dim[2] * k + y) * many.dim[3] * k + x;
}

static bool shuffle_reference(const gt_tensor *node, const double *const *in, double *out) {
    bool back = node->attr.back;
    gt_shape many = back ? node->shape : node->inputs[0]->shape;
    for (int64_t i = 0; i < gt_shape_count(many); i++) {
        int64_t pixel = pixel_of(many, node->attr.factor, i);
        if (back)
            out[i] = in[0][pixel];
        else
            out[pixel] = in[0][i];
    }
    return true;
}

static void shuffle_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                        gt_tensor **gx) {
    gt_attr attr = node->attr;
    attr.back = !attr.back;
    gx[0] = gt_graph_append(g, GT_OP_SHUFFLE, node->inputs[0]->shape, &gy, 1, &attr, NULL);
}

static bool shuffle_of_one(gt_shape x, gt_shape result, const gt_attr *attr) {
    return attr->factor == 1;
}

const gt_op_class gt_op_shuffle = {"shuffle",
                                   GT_OTHER,
                                   NULL,
                                   shuffle_reference,
                                   shuffle_vjp,
                                   .is_input = shuffle_of_one,
                                   .of_constant = GT_CONSTANT_KEPT};

gt_tensor *gt_pixel_unshuffle(gt_graph *g, gt_tensor *x, int k) {
    gt_shape s = x->shape;
    if (gt_graph_failed(g)) return g->poison;
    if (s.rank != 4 || k < 1 || s.dim[2] % k || s.dim[3] % k) {
        char text[96];
        return gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_SHUFFLE,
                             "blocks of %dx%d pixels do not tile images %s (N,C,H,W)", k, k,
                             gt_shape_text(s, text));
    }
    gt_attr attr = {.factor = k, .back = true};
    gt_shape shape = GT_SHAPE(s.dim[0], s.dim[1] * k * k, s.dim[2] / k, s.dim[3] / k);
    return gt_graph_append(g, GT_OP_SHUFFLE, shape, &x, 1, &attr, NULL);
}

gt_tensor *gt_pixel_shuffle(gt_graph *g, gt_tensor *x, int k) {
    gt_shape s = x->shape;
    if (gt_graph_failed(g)) return g->poison;
    if (s.rank != 4 || k < 1 || s.dim[1] % ((int64_t)k * k)) {
        char text[96];
        return gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_SHUFFLE,
                             "channels of %s (N,C,H,W) do not make blocks of %dx%d pixels",
                             gt_shape_text(s, text), k, k);
    }
    gt_attr attr = {.factor = k};
    gt_shape shape = GT_SHAPE(s.dim[0], s.dim[1] / k / k, k * s.dim[2], k * s.dim[3]);
    return gt_graph_append(g, GT_OP_SHUFFLE, shape, &x, 1, &attr, NULL);
}
