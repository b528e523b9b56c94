/* max_pool.c - maximum over windows of pixels. The op takes two images: x, where a window's
 * winner is, and v, whose value there is taken; a maximum takes x for both. So the gradient
 * with respect to v is linear in v, and its transpose, MAX_POOL_BACK, puts values back to the
 * winners: each is the other's derivative. No gradient passes to x: winners do not move. */
#include "ops.h"

#include <math.h>
#include <string.h>

/* One window of a plane of h x w pixels, without what lies outside. */
typedef struct window {
    int64_t top, bottom, left, right;
} window;

static window window_at(const gt_attr *attr, int64_t h, int64_t w, int64_t row,
                        int64_t column) {
    int64_t top = row * attr->conv.stride - attr->conv.pad, bottom = top + attr->factor;
    int64_t left = column * attr->conv.stride - attr->conv.pad, right = left + attr->factor;
    return (window){top > 0 ? top : 0, bottom < h ? bottom : h, left > 0 ? left : 0,
                    right < w ? right : w};
}

/* The first of the largest pixels in row-major order; a NaN is larger than all. */
static int64_t winner(window at, int64_t w, const double *plane) {
    int64_t best = at.top * w + at.left;
    for (int64_t y = at.top; y < at.bottom; y++)
        for (int64_t x = at.left; x < at.right; x++)
            if (plane[y * w + x] > plane[best] || isnan(plane[y * w + x])) best = y * w + x;
    return best;
}

/* Calls for every window: out[window] = v[winner], or out[winner] += v[window]. */
static void each_window(const gt_attr *attr, gt_shape large, gt_shape small, const double *x,
                        const double *v, double *out, bool back) {
    int64_t h = large.dim[2], w = large.dim[3], rows = small.dim[2], columns = small.dim[3];
    for (int64_t i = 0; i < gt_shape_count(small); i++) {
        int64_t first = i / (rows * columns) * h * w;
        window at = window_at(attr, h, w, i / columns % rows, i % columns);
        int64_t best = first + winner(at, w, x + first);
        if (back)
            out[best] += v[i];
        else
            out[i] = v[best];
    }
}

static bool max_pool_reference(const gt_tensor *node, const double *const *in, double *out) {
    each_window(&node->attr, node->inputs[0]->shape, node->shape, in[0], in[1], out, false);
    return true;
}

static bool max_pool_back_reference(const gt_tensor *node, const double *const *in,
                                    double *out) {
    memset(out, 0, (size_t)gt_shape_count(node->shape) * sizeof *out);
    each_window(&node->attr, node->shape, node->inputs[1]->shape, in[0], in[1], out, true);
    return true;
}

static gt_tensor *append(gt_graph *g, gt_op op, gt_shape shape, const gt_tensor *like,
                         gt_tensor *v) {
    gt_tensor *inputs[] = {like->inputs[0], v};
    return gt_graph_append(g, op, shape, inputs, 2, &like->attr, NULL);
}

static void max_pool_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                         gt_tensor **gx) {
    gx[1] = append(g, GT_OP_MAX_POOL_BACK, node->inputs[1]->shape, node, gy);
}

static void max_pool_back_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy,
                              const bool *wanted, gt_tensor **gx) {
    gx[1] = append(g, GT_OP_MAX_POOL, node->inputs[1]->shape, node, gy);
}

const gt_op_class gt_op_max_pool = {"max_pool", GT_OTHER, NULL, max_pool_reference,
                                    max_pool_vjp};
const gt_op_class gt_op_max_pool_back = {"max_pool_back", GT_OTHER, NULL,
                                         max_pool_back_reference, max_pool_back_vjp};

gt_tensor *gt_max_pool(gt_graph *g, gt_tensor *x, int k, int stride, int pad) {
    if (gt_graph_failed(g)) return g->poison;
    gt_shape shape = x->shape;
    bool fits = shape.rank == 4 && k >= 1 && stride >= 1 && pad >= 0 && pad < k &&
                shape.dim[2] + 2 * (int64_t)pad >= k && shape.dim[3] + 2 * (int64_t)pad >= k;
    if (!fits || shape.dim[2] * shape.dim[3] > INT32_MAX) {
        char text[96];
        return gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_MAX_POOL,
                             "windows of %dx%d every %d pixels, %d outside, of images %s "
                             "(N,C,H,W)",
                             k, k, stride, pad, gt_shape_text(shape, text));
    }
    gt_attr attr = {.factor = k, .conv = {.stride = stride, .pad = pad, .groups = 1}};
    for (int d = 2; d < 4; d++)
        shape.dim[d] = (shape.dim[d] + 2 * (int64_t)pad - k) / stride + 1;
    return gt_graph_append(g, GT_OP_MAX_POOL, shape, (gt_tensor *[]){x, x}, 2, &attr, NULL);
}
