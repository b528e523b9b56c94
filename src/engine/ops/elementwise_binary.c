/* elementwise_binary.c - functions of two values, and select. Inputs are stretched to the
 * common shape by nodes of their own, so that a node's inputs all have its shape. */
#include "ops.h"

#include <math.h>

/* numpy's rule: the shape both stretch to; false when there is none. */
static bool common_shape(gt_shape a, gt_shape b, gt_shape *common) {
    gt_shape longer = a.rank >= b.rank ? a : b, shorter = a.rank >= b.rank ? b : a;
    int shift = longer.rank - shorter.rank;
    for (int i = 0; i < shorter.rank; i++) {
        int64_t *dim = &longer.dim[i + shift], other = shorter.dim[i];
        if (*dim != other && *dim != 1 && other != 1) return false;
        if (*dim == 1) *dim = other;
    }
    *common = longer;
    return true;
}

static gt_tensor *append_elementwise(gt_graph *g, gt_op op, gt_tensor *const *in, int count) {
    if (gt_graph_failed(g)) return g->poison;
    gt_tensor *stretched[3];
    gt_shape shape = in[0]->shape;
    for (int i = 1; i < count; i++) {
        if (!common_shape(shape, in[i]->shape, &shape)) {
            char a[96], b[96];
            return gt_graph_fail(g, GT_BAD_SHAPE, op, "shapes %s and %s do not broadcast",
                                 gt_shape_text(shape, a), gt_shape_text(in[i]->shape, b));
        }
    }
    for (int i = 0; i < count; i++) stretched[i] = gt_stretch(g, in[i], shape);
    if (gt_graph_failed(g)) return g->poison;
    return gt_graph_append(g, op, shape, stretched, count, NULL, NULL);
}

static gt_tensor *append_binary(gt_graph *g, gt_op op, gt_tensor *a, gt_tensor *b) {
    return append_elementwise(g, op, (gt_tensor *[]){a, b}, 2);
}

static gt_tensor *zero_like(gt_graph *g, const gt_tensor *x) {
    return gt_constant(g, 0, x->shape);
}

static double add_value(const gt_attr *attr, double a, double b, double c) {
    return a + b;
}

static void add_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                    gt_tensor **gx) {
    gx[0] = gx[1] = gy;
}

static double sub_value(const gt_attr *attr, double a, double b, double c) {
    return a - b;
}

static void sub_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                    gt_tensor **gx) {
    gx[0] = gy;
    if (wanted[1]) gx[1] = gt_neg(g, gy);
}

static double mul_value(const gt_attr *attr, double a, double b, double c) {
    return a * b;
}

static void mul_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                    gt_tensor **gx) {
    if (wanted[0]) gx[0] = gt_mul(g, gy, node->inputs[1]);
    if (wanted[1]) gx[1] = gt_mul(g, gy, node->inputs[0]);
}

static double div_value(const gt_attr *attr, double a, double b, double c) {
    return a / b;
}

/* d(a/b) = da/b - (y/b) db */
static void div_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                    gt_tensor **gx) {
    gx[0] = gt_div(g, gy, node->inputs[1]);
    if (wanted[1]) gx[1] = gt_neg(g, gt_mul(g, gx[0], g->nodes[node->id]));
}

/* A NaN on either side stays one. */
static double max_value(const gt_attr *attr, double a, double b, double c) {
    return a > b || isnan(a) ? a : b;
}

static double min_value(const gt_attr *attr, double a, double b, double c) {
    return a < b || isnan(a) ? a : b;
}

/* gy where `winner` is ahead of `loser`, half of it at a tie, exactly 0 elsewhere; `low` and
 * `high` are the same two in the order in which winner is ahead when low < high. */
static gt_tensor *share(gt_graph *g, gt_tensor *gy, gt_tensor *low, gt_tensor *high) {
    gt_tensor *half = gt_affine(g, gy, 0.5, 0);
    gt_tensor *won_or_tied = gt_select(g, gt_less(g, low, high), gy, half);
    return gt_select(g, gt_less(g, high, low), zero_like(g, gy), won_or_tied);
}

static void max_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                    gt_tensor **gx) {
    gt_tensor *a = node->inputs[0], *b = node->inputs[1];
    if (wanted[0]) gx[0] = share(g, gy, b, a);
    if (wanted[1]) gx[1] = share(g, gy, a, b);
}

static void min_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                    gt_tensor **gx) {
    gt_tensor *a = node->inputs[0], *b = node->inputs[1];
    if (wanted[0]) gx[0] = share(g, gy, a, b);
    if (wanted[1]) gx[1] = share(g, gy, b, a);
}

static double less_value(const gt_attr *attr, double a, double b, double c) {
    return a < b;
}

static double select_value(const gt_attr *attr, double mask, double a, double b) {
    return mask != 0 ? a : b;
}

static void select_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                       gt_tensor **gx) {
    gt_tensor *mask = node->inputs[0];
    if (wanted[1]) gx[1] = gt_select(g, mask, gy, zero_like(g, gy));
    if (wanted[2]) gx[2] = gt_select(g, mask, zero_like(g, gy), gy);
}

/* ---- With one constant operand --------------------------------------------------------- */

static bool add_affine(double c, bool first, double *scale, double *shift) {
    *scale = 1;
    *shift = c;
    return true;
}

static bool sub_affine(double c, bool first, double *scale, double *shift) {
    *scale = first ? -1 : 1;
    *shift = first ? c : -c;
    return true;
}

static bool mul_affine(double c, bool first, double *scale, double *shift) {
    *scale = c;
    *shift = 0;
    return true;
}

/* A quotient is not rounded as the product with a reciprocal. */
static bool div_affine(double c, bool first, double *scale, double *shift) {
    *scale = 1;
    *shift = 0;
    return !first && c == 1;
}

const gt_op_class gt_op_add = {"add", GT_BINARY, add_value,
                               NULL,  add_vjp,   .as_affine = add_affine};
const gt_op_class gt_op_sub = {"sub", GT_BINARY, sub_value,
                               NULL,  sub_vjp,   .as_affine = sub_affine};
const gt_op_class gt_op_mul = {"mul", GT_BINARY, mul_value,
                               NULL,  mul_vjp,   .as_affine = mul_affine};
const gt_op_class gt_op_div = {"div", GT_BINARY, div_value,
                               NULL,  div_vjp,   .as_affine = div_affine};
const gt_op_class gt_op_max = {"max", GT_BINARY, max_value, NULL, max_vjp};
const gt_op_class gt_op_min = {"min", GT_BINARY, min_value, NULL, min_vjp};
const gt_op_class gt_op_less = {"less", GT_BINARY, less_value, NULL, NULL};
const gt_op_class gt_op_select = {"select", GT_TERNARY, select_value, NULL, select_vjp};

gt_tensor *gt_add(gt_graph *g, gt_tensor *a, gt_tensor *b) {
    return append_binary(g, GT_OP_ADD, a, b);
}

gt_tensor *gt_sub(gt_graph *g, gt_tensor *a, gt_tensor *b) {
    return append_binary(g, GT_OP_SUB, a, b);
}

gt_tensor *gt_mul(gt_graph *g, gt_tensor *a, gt_tensor *b) {
    return append_binary(g, GT_OP_MUL, a, b);
}

gt_tensor *gt_div(gt_graph *g, gt_tensor *a, gt_tensor *b) {
    return append_binary(g, GT_OP_DIV, a, b);
}

gt_tensor *gt_max(gt_graph *g, gt_tensor *a, gt_tensor *b) {
    return append_binary(g, GT_OP_MAX, a, b);
}

gt_tensor *gt_min(gt_graph *g, gt_tensor *a, gt_tensor *b) {
    return append_binary(g, GT_OP_MIN, a, b);
}

gt_tensor *gt_less(gt_graph *g, gt_tensor *a, gt_tensor *b) {
    return append_binary(g, GT_OP_LESS, a, b);
}

gt_tensor *gt_select(gt_graph *g, gt_tensor *mask, gt_tensor *a, gt_tensor *b) {
    return append_elementwise(g, GT_OP_SELECT, (gt_tensor *[]){mask, a, b}, 3);
}
