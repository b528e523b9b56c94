/* resize.c - images of another height and width: every pixel of the result is a weighted mean
 * of pixels, with weights of its row times weights of its column. One op, which with `back` is
 * its own transpose. */
#include "ops.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How pixel i of `to` is made of the `from` pixels along one side: weights (from). */
static void weights_of(gt_resize_filter filter, int64_t from, int64_t to, int64_t i,
                       double *weight) {
    double scale = (double)from / (double)to, reach = fmax(scale, 1), sum = 0;
    double centre = ((double)i + 0.5) * scale - 0.5;
    for (int64_t j = 0; j < from; j++) {
        weight[j] = fmax(0, 1 - fabs((double)j - centre) / reach);
        if (filter == GT_RESIZE_NEAREST) weight[j] = j == i * from / to;
        sum += weight[j];
    }
    for (int64_t j = 0; j < from; j++) weight[j] /= sum;
}

/* All weights along one side, (to,from); NULL when memory is short. */
static double *weights_along(gt_resize_filter filter, int64_t from, int64_t to) {
    double *all = malloc((size_t)(from * to) * sizeof *all);
    for (int64_t i = 0; all && i < to; i++) weights_of(filter, from, to, i, all + i * from);
    return all;
}

/* Calls for every pair of pixels: `to` gets its share of `from`, or gives it back. */
static void share(gt_shape from, gt_shape to, const double *rows, const double *columns,
                  bool back, const double *in, double *out) {
    int64_t h = from.dim[2], w = from.dim[3], width = to.dim[3];
    for (int64_t i = 0; i < gt_shape_count(to); i++) {
        int64_t plane = i / (to.dim[2] * width), y = i / width % to.dim[2], x = i % width;
        for (int64_t j = 0; j < h * w; j++) {
            double weight = rows[y * h + j / w] * columns[x * w + j % w];
            int64_t pixel = plane * h * w + j;
            if (rows[y * h + j / w] == 0)
                j += w - 1; /* none of the row counts */
            else
                out[back ? pixel : i] += weight * in[back ? i : pixel];
        }
    }
}

static bool resize_reference(const gt_tensor *node, const double *const *in, double *out) {
    bool back = node->attr.back;
    gt_shape from = node->inputs[0]->shape, to = node->shape;
    if (back) to = node->inputs[0]->shape, from = node->shape;
    gt_resize_filter filter = (gt_resize_filter)node->attr.factor;
    double *rows = weights_along(filter, from.dim[2], to.dim[2]);
    double *columns = weights_along(filter, from.dim[3], to.dim[3]);
    memset(out, 0, (size_t)gt_shape_count(node->shape) * sizeof *out);
    if (rows && columns) share(from, to, rows, columns, back, in[0], out);
    bool done = rows && columns;
    free(rows);
    free(columns);
    return done;
}

static void resize_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                       gt_tensor **gx) {
    gt_attr attr = node->attr;
    attr.back = !attr.back;
    gx[0] = gt_graph_append(g, GT_OP_RESIZE, node->inputs[0]->shape, &gy, 1, &attr, NULL);
}

const gt_op_class gt_op_resize = {"resize", GT_OTHER, NULL, resize_reference, resize_vjp};

gt_tensor *gt_resize(gt_graph *g, gt_tensor *x, int64_t height, int64_t width,
                     gt_resize_filter filter) {
    enum { MOST = 1 << 24 }; /* products of sides and taps stay far from overflow */
    if (gt_graph_failed(g)) return g->poison;
    gt_shape shape = x->shape;
    if (shape.rank != 4 || height < 1 || width < 1 || height > MOST || width > MOST ||
        shape.dim[2] > MOST || shape.dim[3] > MOST) {
        char text[96];
        return gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_RESIZE, "images %s (N,C,H,W) to %lldx%lld",
                             gt_shape_text(shape, text), (long long)height, (long long)width);
    }
    if (shape.dim[2] == height && shape.dim[3] == width) return x;
    shape.dim[2] = height;
    shape.dim[3] = width;
    gt_attr attr = {.factor = (int)filter};
    return gt_graph_append(g, GT_OP_RESIZE, shape, &x, 1, &attr, NULL);
}
