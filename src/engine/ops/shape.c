/* shape.c - values moved, not computed: reshape, permute, reverse, slice, pad, concat. A
 * builder that would change nothing returns its input. */
#include "ops.h"

#include <string.h>

static void copy(double *to, const double *from, int64_t count) {
    memcpy(to, from, (size_t)count * sizeof *to);
}

static bool axis_exists(const gt_tensor *x, int axis) {
    return axis >= 0 && axis < x->shape.rank;
}

static gt_tensor *fail_axis(gt_graph *g, gt_op op, const gt_tensor *x, int axis) {
    char text[96];
    return gt_graph_fail(g, GT_BAD_ARGUMENT, op, "axis %d of a tensor %s", axis,
                         gt_shape_text(x->shape, text));
}

/* ---- reshape -------------------------------------------------------------------------- */

static bool reshape_reference(const gt_tensor *node, const double *const *in, double *out) {
    copy(out, in[0], gt_shape_count(node->shape));
    return true;
}

static void reshape_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                        gt_tensor **gx) {
    gx[0] = gt_reshape(g, gy, node->inputs[0]->shape);
}

static bool reshape_keeps(gt_shape x, gt_shape result, const gt_attr *attr) {
    return gt_shape_equal(x, result);
}

const gt_op_class gt_op_reshape = {"reshape",
                                   GT_OTHER,
                                   NULL,
                                   reshape_reference,
                                   reshape_vjp,
                                   .is_input = reshape_keeps,
                                   .of_constant = GT_CONSTANT_KEPT};

gt_tensor *gt_reshape(gt_graph *g, gt_tensor *x, gt_shape shape) {
    if (gt_graph_failed(g)) return g->poison;
    if (gt_shape_equal(x->shape, shape)) return x;
    if (shape.rank > GT_MAX_RANK || gt_shape_count(shape) != gt_shape_count(x->shape)) {
        char a[96], b[96];
        return gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_RESHAPE,
                             "%s has not as many elements as %s", gt_shape_text(shape, a),
                             gt_shape_text(x->shape, b));
    }
    if (x->op == GT_OP_CONSTANT) return gt_constant(g, x->attr.shift, shape);
    return gt_graph_append(g, GT_OP_RESHAPE, shape, &x, 1, NULL, NULL);
}

/* ---- permute -------------------------------------------------------------------------- */

static bool permute_reference(const gt_tensor *node, const double *const *in, double *out) {
    int64_t from[GT_MAX_RANK], stride[GT_MAX_RANK], count = gt_shape_count(node->shape);
    gt_strides_of(node->inputs[0]->shape, from);
    for (int i = 0; i < node->shape.rank; i++) stride[i] = from[node->attr.order[i]];
    for (int64_t i = 0; i < count; i++) out[i] = in[0][gt_offset_at(node->shape, i, stride)];
    return true;
}

static void permute_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                        gt_tensor **gx) {
    int inverse[GT_MAX_RANK];
    for (int i = 0; i < node->shape.rank; i++) inverse[node->attr.order[i]] = i;
    gx[0] = gt_permute(g, gy, inverse);
}

const gt_op_class gt_op_permute = {
    "permute", GT_OTHER, NULL, permute_reference, permute_vjp, .of_constant = GT_CONSTANT_KEPT};

gt_tensor *gt_permute(gt_graph *g, gt_tensor *x, const int *order) {
    if (gt_graph_failed(g)) return g->poison;
    gt_shape shape = {.rank = x->shape.rank};
    gt_attr attr = {0};
    bool seen[GT_MAX_RANK] = {false}, same = true;
    for (int i = 0; i < shape.rank; i++) {
        int axis = order[i];
        if (!axis_exists(x, axis)) return fail_axis(g, GT_OP_PERMUTE, x, axis);
        if (seen[axis]) {
            char text[96];
            return gt_graph_fail(g, GT_BAD_ARGUMENT, GT_OP_PERMUTE,
                                 "axis %d of a tensor %s is named twice", axis,
                                 gt_shape_text(x->shape, text));
        }
        seen[axis] = true;
        same = same && axis == i;
        attr.order[i] = axis;
        shape.dim[i] = x->shape.dim[axis];
    }
    return same ? x : gt_graph_append(g, GT_OP_PERMUTE, shape, &x, 1, &attr, NULL);
}

/* ---- reverse -------------------------------------------------------------------------- */

static bool reverse_reference(const gt_tensor *node, const double *const *in, double *out) {
    gt_axis_view v = gt_axis_view_of(node->shape, node->attr.axis);
    for (int64_t o = 0; o < v.outer; o++) {
        for (int64_t i = 0; i < v.length; i++) {
            copy(out + (o * v.length + i) * v.inner,
                 in[0] + (o * v.length + v.length - 1 - i) * v.inner, v.inner);
        }
    }
    return true;
}

static void reverse_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                        gt_tensor **gx) {
    gx[0] = gt_reverse(g, gy, node->attr.axis);
}

const gt_op_class gt_op_reverse = {"reverse", GT_OTHER, NULL, reverse_reference, reverse_vjp};

gt_tensor *gt_reverse(gt_graph *g, gt_tensor *x, int axis) {
    if (gt_graph_failed(g)) return g->poison;
    if (!axis_exists(x, axis)) return fail_axis(g, GT_OP_REVERSE, x, axis);
    if (x->shape.dim[axis] == 1) return x;
    gt_attr attr = {.axis = axis};
    return gt_graph_append(g, GT_OP_REVERSE, x->shape, &x, 1, &attr, NULL);
}

/* ---- slice ---------------------------------------------------------------------------- */

static bool slice_reference(const gt_tensor *node, const double *const *in, double *out) {
    gt_axis_view from = gt_axis_view_of(node->inputs[0]->shape, node->attr.axis);
    int64_t row = node->shape.dim[node->attr.axis] * from.inner;
    for (int64_t o = 0; o < from.outer; o++) {
        copy(out + o * row, in[0] + (o * from.length + node->attr.start) * from.inner, row);
    }
    return true;
}

static void slice_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                      gt_tensor **gx) {
    int axis = node->attr.axis;
    int64_t start = node->attr.start, length = node->shape.dim[axis];
    int64_t after = node->inputs[0]->shape.dim[axis] - start - length;
    gx[0] = gt_pad(g, gy, axis, start, after, 0);
}

const gt_op_class gt_op_slice = {"slice",         GT_OTHER,  NULL,
                                 slice_reference, slice_vjp, .of_constant = GT_CONSTANT_KEPT};

gt_tensor *gt_slice(gt_graph *g, gt_tensor *x, int axis, int64_t start, int64_t length) {
    if (gt_graph_failed(g)) return g->poison;
    if (!axis_exists(x, axis)) return fail_axis(g, GT_OP_SLICE, x, axis);
    int64_t whole = x->shape.dim[axis];
    if (start < 0 || length < 1 || start > whole || length > whole - start) {
        char text[96];
        return gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_SLICE,
                             "%lld elements from %lld along axis %d of a tensor %s",
                             (long long)length, (long long)start, axis,
                             gt_shape_text(x->shape, text));
    }
    if (length == whole) return x;
    gt_shape shape = x->shape;
    shape.dim[axis] = length;
    gt_attr attr = {.axis = axis, .start = start};
    return gt_graph_append(g, GT_OP_SLICE, shape, &x, 1, &attr, NULL);
}

/* ---- pad ------------------------------------------------------------------------------ */

static bool pad_reference(const gt_tensor *node, const double *const *in, double *out) {
    gt_axis_view to = gt_axis_view_of(node->shape, node->attr.axis);
    int64_t row = node->inputs[0]->shape.dim[node->attr.axis] * to.inner;
    int64_t count = gt_shape_count(node->shape);
    for (int64_t i = 0; i < count; i++) out[i] = node->attr.shift;
    for (int64_t o = 0; o < to.outer; o++) {
        copy(out + (o * to.length + node->attr.start) * to.inner, in[0] + o * row, row);
    }
    return true;
}

static void pad_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                    gt_tensor **gx) {
    int axis = node->attr.axis;
    gx[0] = gt_slice(g, gy, axis, node->attr.start, node->inputs[0]->shape.dim[axis]);
}

const gt_op_class gt_op_pad = {"pad", GT_OTHER, NULL, pad_reference, pad_vjp};

gt_tensor *gt_pad(gt_graph *g, gt_tensor *x, int axis, int64_t before, int64_t after,
                  double value) {
    if (gt_graph_failed(g)) return g->poison;
    if (!axis_exists(x, axis)) return fail_axis(g, GT_OP_PAD, x, axis);
    gt_shape shape = x->shape;
    if (before < 0 || after < 0 ||
        __builtin_add_overflow(shape.dim[axis], before, &shape.dim[axis]) ||
        __builtin_add_overflow(shape.dim[axis], after, &shape.dim[axis])) {
        char text[96];
        return gt_graph_fail(
            g, GT_BAD_SHAPE, GT_OP_PAD, "%lld before and %lld after axis %d of a tensor %s",
            (long long)before, (long long)after, axis, gt_shape_text(x->shape, text));
    }
    if (before == 0 && after == 0) return x;
    gt_attr attr = {.axis = axis, .start = before, .shift = value};
    return gt_graph_append(g, GT_OP_PAD, shape, &x, 1, &attr, NULL);
}

/* ---- concat --------------------------------------------------------------------------- */

static bool concat_reference(const gt_tensor *node, const double *const *in, double *out) {
    gt_axis_view to = gt_axis_view_of(node->shape, node->attr.axis);
    for (int64_t o = 0; o < to.outer; o++) {
        for (int p = 0; p < node->input_count; p++) {
            int64_t row = node->inputs[p]->shape.dim[node->attr.axis] * to.inner;
            copy(out, in[p] + o * row, row);
            out += row;
        }
    }
    return true;
}

static void concat_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                       gt_tensor **gx) {
    int axis = node->attr.axis;
    int64_t start = 0;
    for (int p = 0; p < node->input_count; p++) {
        int64_t length = node->inputs[p]->shape.dim[axis];
        if (wanted[p]) gx[p] = gt_slice(g, gy, axis, start, length);
        start += length;
    }
}

static bool concat_of_one(gt_shape x, gt_shape result, const gt_attr *attr) {
    return true;
}

const gt_op_class gt_op_concat = {"concat",         GT_OTHER,   NULL,
                                  concat_reference, concat_vjp, .is_input = concat_of_one};

/* Whether the parts agree outside of the axis. */
static bool parts_agree(gt_shape a, gt_shape b, int axis) {
    if (a.rank != b.rank) return false;
    a.dim[axis] = b.dim[axis];
    return gt_shape_equal(a, b);
}

gt_tensor *gt_concat(gt_graph *g, gt_tensor *const *parts, int count, int axis) {
    if (gt_graph_failed(g)) return g->poison;
    if (count < 1) {
        return gt_graph_fail(g, GT_BAD_ARGUMENT, GT_OP_CONCAT, "%d parts, expected 1 or more",
                             count);
    }
    if (!axis_exists(parts[0], axis)) return fail_axis(g, GT_OP_CONCAT, parts[0], axis);
    gt_shape shape = parts[0]->shape;
    for (int p = 1; p < count; p++) {
        if (!parts_agree(shape, parts[p]->shape, axis) ||
            __builtin_add_overflow(shape.dim[axis], parts[p]->shape.dim[axis],
                                   &shape.dim[axis])) {
            char a[96], b[96];
            return gt_graph_fail(
                g, GT_BAD_SHAPE, GT_OP_CONCAT, "parts %s and %s differ outside of axis %d",
                gt_shape_text(parts[0]->shape, a), gt_shape_text(parts[p]->shape, b), axis);
        }
    }
    if (count == 1) return parts[0];
    gt_attr attr = {.axis = axis};
    return gt_graph_append(g, GT_OP_CONCAT, shape, parts, count, &attr, NULL);
}
