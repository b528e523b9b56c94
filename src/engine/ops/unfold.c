/* unfold.c - the windows of images as columns, and columns added up where their windows lie:
 * one op, which with `back` is its own transpose. */
#include "ops.h"

#include <string.h>

/* Windows along a side of n pixels; 0 when there are none. */
static int64_t windows_along(int64_t n, int k, gt_conv how) {
    int64_t room = n + 2 * (int64_t)how.pad - k;
    return room < 0 ? 0 : room / how.stride + 1;
}

/* Element i of the columns, which stands for pixel (row, column) of a plane; false when that
 * lies outside. */
static bool pixel_of(gt_shape image, int k, gt_conv how, int64_t i, int64_t *pixel) {
    int64_t across = windows_along(image.dim[3], k, how);
    int64_t down = windows_along(image.dim[2], k, how);
    int64_t window = i % (down * across), tap = i / (down * across) % (k * k);
    int64_t plane = i / (down * across * k * k);
    int64_t row = window / across * how.stride - how.pad + tap / k;
    int64_t column = window % across * how.stride - how.pad + tap % k;
    *pixel = (plane * image.dim[2] + row) * image.dim[3] + column;
    return row >= 0 && row < image.dim[2] && column >= 0 && column < image.dim[3];
}

static bool unfold_reference(const gt_tensor *node, const double *const *in, double *out) {
    bool back = node->attr.back;
    gt_shape image = back ? node->shape : node->inputs[0]->shape;
    int64_t count = gt_shape_count(back ? node->inputs[0]->shape : node->shape), pixel;
    memset(out, 0, (size_t)gt_shape_count(node->shape) * sizeof *out);
    for (int64_t i = 0; i < count; i++) {
        if (!pixel_of(image, node->attr.factor, node->attr.conv, i, &pixel)) continue;
        if (back)
            out[pixel] += in[0][i];
        else
            out[i] = in[0][pixel];
    }
    return true;
}

static void unfold_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                       gt_tensor **gx) {
    gt_attr attr = node->attr;
    attr.back = !attr.back;
    gx[0] = gt_graph_append(g, GT_OP_UNFOLD, node->inputs[0]->shape, &gy, 1, &attr, NULL);
}

const gt_op_class gt_op_unfold = {"unfold", GT_OTHER, NULL, unfold_reference, unfold_vjp};

/* The shape of the columns of images; a failure when there are none. */
static gt_shape columns_of(gt_graph *g, gt_shape image, int k, gt_conv how) {
    bool fits = image.rank == 4 && k >= 1 && how.stride >= 1 && how.pad >= 0 && how.pad < k &&
                image.dim[2] <= INT32_MAX && image.dim[3] <= INT32_MAX;
    int64_t down = fits ? windows_along(image.dim[2], k, how) : 0;
    int64_t across = fits ? windows_along(image.dim[3], k, how) : 0;
    int64_t rows = 0, columns = 0;
    char text[96];
    fits = down > 0 && across > 0 && !__builtin_mul_overflow(down, across, &columns) &&
           !__builtin_mul_overflow(image.dim[1], (int64_t)k * k, &rows);
    if (!gt_graph_failed(g) && !fits)
        gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_UNFOLD,
                      "windows of %dx%d every %d pixels, %d outside, of images %s (N,C,H,W)", k,
                      k, how.stride, how.pad, gt_shape_text(image, text));
    return GT_SHAPE(image.dim[0], rows, columns);
}

gt_tensor *gt_unfold(gt_graph *g, gt_tensor *x, int k, int stride, int pad) {
    gt_attr attr = {.factor = k, .conv = {.stride = stride, .pad = pad, .groups = 1}};
    gt_shape columns = columns_of(g, x->shape, k, attr.conv);
    if (gt_graph_failed(g)) return g->poison;
    return gt_graph_append(g, GT_OP_UNFOLD, columns, &x, 1, &attr, NULL);
}

gt_tensor *gt_unfold_back(gt_graph *g, gt_tensor *x, gt_shape images, int k, int stride,
                          int pad) {
    gt_attr attr = {
        .factor = k, .conv = {.stride = stride, .pad = pad, .groups = 1}, .back = true};
    gt_shape columns = columns_of(g, images, k, attr.conv);
    if (gt_graph_failed(g)) return g->poison;
    if (!gt_shape_equal(x->shape, columns)) {
        char found[96], wanted[96], to[96];
        return gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_UNFOLD, "columns %s of images %s, not %s",
                             gt_shape_text(x->shape, found), gt_shape_text(images, to),
                             gt_shape_text(columns, wanted));
    }
    return gt_graph_append(g, GT_OP_UNFOLD, images, &x, 1, &attr, NULL);
}
