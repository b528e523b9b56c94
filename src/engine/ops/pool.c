/* pool.c - mean over blocks of pixels, and pixels repeated as blocks: transposes of each other
 * up to the factor k*k. */
#include "ops.h"

#include <string.h>

/* Adds scale times every pixel of `large` to the pixel of `small` whose block holds it. */
static void gather(gt_shape large, int k, double scale, const double *from, double *to) {
    int64_t count = gt_shape_count(large), height = large.dim[2], width = large.dim[3];
    for (int64_t i = 0; i < count; i++) {
        int64_t plane = i / (height * width), row = i / width % height, column = i % width;
        to[(plane * (height / k) + row / k) * (width / k) + column / k] += scale * from[i];
    }
}

static bool avg_pool_reference(const gt_tensor *node, const double *const *in, double *out) {
    int k = node->attr.factor;
    memset(out, 0, (size_t)gt_shape_count(node->shape) * sizeof *out);
    gather(node->inputs[0]->shape, k, 1.0 / ((double)k * k), in[0], out);
    return true;
}

static bool upsample_reference(const gt_tensor *node, const double *const *in, double *out) {
    int k = node->attr.factor;
    int64_t count = gt_shape_count(node->shape);
    int64_t height = node->shape.dim[2], width = node->shape.dim[3];
    for (int64_t i = 0; i < count; i++) {
        int64_t plane = i / (height * width), row = i / width % height, column = i % width;
        out[i] = in[0][(plane * (height / k) + row / k) * (width / k) + column / k];
    }
    return true;
}

static void avg_pool_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                         gt_tensor **gx) {
    double k = node->attr.factor;
    gx[0] = gt_upsample(g, gt_affine(g, gy, 1 / (k * k), 0), node->attr.factor);
}

static void upsample_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                         gt_tensor **gx) {
    double k = node->attr.factor;
    gx[0] = gt_affine(g, gt_avg_pool(g, gy, node->attr.factor), k * k, 0);
}

static bool of_one_pixel(gt_shape x, gt_shape result, const gt_attr *attr) {
    return attr->factor == 1;
}

const gt_op_class gt_op_avg_pool = {"avg_pool",
                                    GT_OTHER,
                                    NULL,
                                    avg_pool_reference,
                                    avg_pool_vjp,
                                    .is_input = of_one_pixel,
                                    .of_constant = GT_CONSTANT_KEPT};
const gt_op_class gt_op_upsample = {"upsample",
                                    GT_OTHER,
                                    NULL,
                                    upsample_reference,
                                    upsample_vjp,
                                    .is_input = of_one_pixel,
                                    .of_constant = GT_CONSTANT_KEPT};

gt_tensor *gt_avg_pool(gt_graph *g, gt_tensor *x, int k) {
    if (gt_graph_failed(g)) return g->poison;
    gt_shape shape = x->shape;
    if (k < 1 || shape.rank != 4 || shape.dim[2] % k || shape.dim[3] % k) {
        char text[96];
        return gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_AVG_POOL,
                             "windows of %dx%d do not tile images %s (N,C,H,W)", k, k,
                             gt_shape_text(shape, text));
    }
    if (k == 1) return x;
    shape.dim[2] /= k;
    shape.dim[3] /= k;
    gt_attr attr = {.factor = k};
    return gt_graph_append(g, GT_OP_AVG_POOL, shape, &x, 1, &attr, NULL);
}

gt_tensor *gt_upsample(gt_graph *g, gt_tensor *x, int k) {
    if (gt_graph_failed(g)) return g->poison;
    gt_shape shape = x->shape;
    if (k < 1 || shape.rank != 4 || __builtin_mul_overflow(shape.dim[2], k, &shape.dim[2]) ||
        __builtin_mul_overflow(shape.dim[3], k, &shape.dim[3])) {
        char text[96];
        return gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_UPSAMPLE,
                             "factor %d for images %s (N,C,H,W)", k,
                             gt_shape_text(x->shape, text));
    }
    if (k == 1) return x;
    gt_attr attr = {.factor = k};
    return gt_graph_append(g, GT_OP_UPSAMPLE, shape, &x, 1, &attr, NULL);
}
