/* reduce.c - broadcast and its transpose sum_to, sum and mean of everything, maximum over an
 * axis. */
#include "ops.h"

#include <math.h>
#include <string.h>

/* Whether `small` stretches to `large` of the same rank. */
static bool stretches(gt_shape small, gt_shape large) {
    if (small.rank != large.rank) return false;
    for (int i = 0; i < small.rank; i++) {
        if (small.dim[i] != large.dim[i] && small.dim[i] != 1) return false;
    }
    return true;
}

/* Strides in `small` as seen from an index of the shape it stretches to. */
static void stretched_strides(gt_shape small, int64_t stride[GT_MAX_RANK]) {
    gt_strides_of(small, stride);
    for (int i = 0; i < small.rank; i++) {
        if (small.dim[i] == 1) stride[i] = 0;
    }
}

static bool broadcast_reference(const gt_tensor *node, const double *const *in, double *out) {
    int64_t stride[GT_MAX_RANK], count = gt_shape_count(node->shape);
    stretched_strides(node->inputs[0]->shape, stride);
    for (int64_t i = 0; i < count; i++) out[i] = in[0][gt_offset_at(node->shape, i, stride)];
    return true;
}

static void broadcast_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                          gt_tensor **gx) {
    gx[0] = gt_sum_to(g, gy, node->inputs[0]->shape);
}

static bool sum_to_reference(const gt_tensor *node, const double *const *in, double *out) {
    gt_shape large = node->inputs[0]->shape;
    int64_t stride[GT_MAX_RANK], count = gt_shape_count(large);
    stretched_strides(node->shape, stride);
    memset(out, 0, (size_t)gt_shape_count(node->shape) * sizeof *out);
    for (int64_t i = 0; i < count; i++) out[gt_offset_at(large, i, stride)] += in[0][i];
    return true;
}

static void sum_to_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                       gt_tensor **gx) {
    gx[0] = gt_broadcast(g, gy, node->inputs[0]->shape);
}

static bool reduce_max_reference(const gt_tensor *node, const double *const *in, double *out) {
    gt_axis_view view = gt_axis_view_of(node->inputs[0]->shape, node->attr.axis);
    for (int64_t o = 0; o < view.outer; o++) {
        for (int64_t r = 0; r < view.inner; r++) {
            const double *x = in[0] + o * view.length * view.inner + r;
            double best = x[0];
            for (int64_t i = 1; i < view.length; i++) {
                double value = x[i * view.inner];
                if (value > best || isnan(value)) best = value;
            }
            out[o * view.inner + r] = best;
        }
    }
    return true;
}

/* gy / (number of maxima) at each maximum, exactly 0 elsewhere. */
static void reduce_max_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy,
                           const bool *wanted, gt_tensor **gx) {
    gt_tensor *x = node->inputs[0], *y = g->nodes[node->id];
    gt_tensor *below = gt_less(g, x, y);
    gt_tensor *maxima = gt_sum_to(g, gt_affine(g, below, -1, 1), node->shape);
    gx[0] = gt_select(g, below, gt_constant(g, 0, x->shape), gt_div(g, gy, maxima));
}

/* Whether nothing is repeated or summed. */
static bool keeps_shape(gt_shape x, gt_shape result, const gt_attr *attr) {
    return gt_shape_equal(x, result);
}

const gt_op_class gt_op_broadcast = {"broadcast",
                                     GT_OTHER,
                                     NULL,
                                     broadcast_reference,
                                     broadcast_vjp,
                                     .is_input = keeps_shape,
                                     .of_constant = GT_CONSTANT_KEPT};
const gt_op_class gt_op_sum_to = {"sum_to",
                                  GT_OTHER,
                                  NULL,
                                  sum_to_reference,
                                  sum_to_vjp,
                                  .is_input = keeps_shape,
                                  .of_constant = GT_CONSTANT_SUMMED};
const gt_op_class gt_op_reduce_max = {"reduce_max",   GT_OTHER,
                                      NULL,           reduce_max_reference,
                                      reduce_max_vjp, .of_constant = GT_CONSTANT_KEPT};

gt_tensor *gt_stretch(gt_graph *g, gt_tensor *x, gt_shape shape) {
    if (gt_graph_failed(g)) return g->poison;
    if (gt_shape_equal(x->shape, shape)) return x;
    if (x->op == GT_OP_CONSTANT) return gt_constant(g, x->attr.shift, shape);
    gt_shape aligned = {.rank = shape.rank};
    int shift = shape.rank - x->shape.rank;
    for (int i = 0; i < shape.rank; i++)
        aligned.dim[i] = i < shift ? 1 : x->shape.dim[i - shift];
    x = gt_reshape(g, x, aligned);
    if (gt_graph_failed(g) || gt_shape_equal(aligned, shape)) return x;
    return gt_graph_append(g, GT_OP_BROADCAST, shape, &x, 1, NULL, NULL);
}

gt_tensor *gt_broadcast(gt_graph *g, gt_tensor *x, gt_shape shape) {
    if (gt_graph_failed(g)) return g->poison;
    if (!stretches(x->shape, shape)) {
        char a[96], b[96];
        return gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_BROADCAST, "%s does not stretch to %s",
                             gt_shape_text(x->shape, a), gt_shape_text(shape, b));
    }
    return gt_stretch(g, x, shape);
}

gt_tensor *gt_sum_to(gt_graph *g, gt_tensor *x, gt_shape shape) {
    if (gt_graph_failed(g)) return g->poison;
    if (!stretches(shape, x->shape)) {
        char a[96], b[96];
        return gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_SUM_TO, "%s cannot be summed to %s",
                             gt_shape_text(x->shape, a), gt_shape_text(shape, b));
    }
    if (gt_shape_equal(x->shape, shape)) return x;
    return gt_graph_append(g, GT_OP_SUM_TO, shape, &x, 1, NULL, NULL);
}

gt_tensor *gt_sum(gt_graph *g, gt_tensor *x) {
    gt_shape ones = {.rank = x->shape.rank};
    for (int i = 0; i < ones.rank; i++) ones.dim[i] = 1;
    return gt_reshape(g, gt_sum_to(g, x, ones), gt_shape_scalar());
}

gt_tensor *gt_mean(gt_graph *g, gt_tensor *x) {
    return gt_affine(g, gt_sum(g, x), 1.0 / (double)gt_shape_count(x->shape), 0);
}

gt_tensor *gt_reduce_max(gt_graph *g, gt_tensor *x, int axis) {
    if (gt_graph_failed(g)) return g->poison;
    if (axis < 0 || axis >= x->shape.rank) {
        char text[96];
        return gt_graph_fail(g, GT_BAD_ARGUMENT, GT_OP_REDUCE_MAX, "axis %d of a tensor %s",
                             axis, gt_shape_text(x->shape, text));
    }
    gt_shape shape = x->shape;
    shape.dim[axis] = 1;
    gt_attr attr = {.axis = axis};
    return gt_graph_append(g, GT_OP_REDUCE_MAX, shape, &x, 1, &attr, NULL);
}
