/* elementwise_unary.c - functions of one value. Each row of the list is one op: its value as a
 * function of x in double, and its gradient as graph nodes made from x, the result y and the
 * gradient gy of y. */
#include "ops.h"

#include <math.h>

static const double sqrt_half = 0.70710678118654752440;      /* 1/sqrt 2 */
static const double sqrt_half_turn = 0.39894228040143267794; /* 1/sqrt(2 pi) */

static gt_tensor *append_unary(gt_graph *g, gt_op op, gt_tensor *x, const gt_attr *attr) {
    if (gt_graph_failed(g)) return g->poison;
    return gt_graph_append(g, op, x->shape, &x, 1, attr, NULL);
}

/* -1, 0 or 1. */
static gt_tensor *sign(gt_graph *g, gt_tensor *x) {
    return gt_sub(g, gt_step(g, x), gt_step(g, gt_neg(g, x)));
}

/* The slope of x s with s = sigmoid(x). */
static gt_tensor *silu_slope(gt_graph *g, gt_tensor *x) {
    gt_tensor *s = gt_sigmoid(g, x), *rest = gt_affine(g, s, -1, 1);
    return gt_mul(g, s, gt_affine(g, gt_mul(g, x, rest), 1, 1));
}

/* exp(-x^2/2)/sqrt(2 pi) */
static gt_tensor *normal_density(gt_graph *g, gt_tensor *x) {
    gt_tensor *bell = gt_exp(g, gt_affine(g, gt_square(g, x), -0.5, 0));
    return gt_affine(g, bell, sqrt_half_turn, 0);
}

#define UNARY(NAME, stem, value, gradient)                                              \
    static double stem##_value(const gt_attr *attr, double x, double b, double c) {     \
        return value;                                                                   \
    }                                                                                   \
    static void stem##_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy,           \
                           const bool *wanted, gt_tensor **gx) {                        \
        gt_tensor *x = node->inputs[0], *y = g->nodes[node->id];                        \
        (void)x, (void)y;                                                               \
        gx[0] = gradient;                                                               \
    }                                                                                   \
    const gt_op_class gt_op_##stem = {#stem, GT_UNARY, stem##_value, NULL, stem##_vjp}; \
    gt_tensor *gt_##stem(gt_graph *g, gt_tensor *x) {                                   \
        return append_unary(g, GT_OP_##NAME, x, NULL);                                  \
    }

/* The same with derivative zero. */
#define UNARY_FLAT(NAME, stem, value)                                               \
    static double stem##_value(const gt_attr *attr, double x, double b, double c) { \
        return value;                                                               \
    }                                                                               \
    const gt_op_class gt_op_##stem = {#stem, GT_UNARY, stem##_value, NULL, NULL};   \
    gt_tensor *gt_##stem(gt_graph *g, gt_tensor *x) {                               \
        return append_unary(g, GT_OP_##NAME, x, NULL);                              \
    }

/* clang-format off */
UNARY(NEG, neg, -x, gt_neg(g, gy))
UNARY(ABS, abs, fabs(x), gt_mul(g, gy, sign(g, x)))
UNARY(EXP, exp, exp(x), gt_mul(g, gy, y))
UNARY(LOG, log, log(x), gt_div(g, gy, x))
UNARY(SQRT, sqrt, sqrt(x), gt_div(g, gt_affine(g, gy, 0.5, 0), y))
UNARY(RECIPROCAL, reciprocal, 1 / x, gt_neg(g, gt_mul(g, gy, gt_square(g, y))))
UNARY(SQUARE, square, x * x, gt_mul(g, gy, gt_affine(g, x, 2, 0)))
UNARY(TANH, tanh, tanh(x), gt_mul(g, gy, gt_affine(g, gt_square(g, y), -1, 1)))
UNARY(SIGMOID, sigmoid, x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)),
      gt_mul(g, gy, gt_mul(g, y, gt_affine(g, y, -1, 1))))
UNARY(SOFTPLUS, softplus, (x > 0 ? x : 0) + log1p(exp(-fabs(x))),
      gt_mul(g, gy, gt_sigmoid(g, x)))
/* A NaN stays one. The slope comes from y: a backend that folds relu into what made x need not
 * keep x. */
UNARY(RELU, relu, x <= 0 ? 0 : x, gt_mul(g, gy, gt_step(g, y)))
UNARY(SILU, silu, x / (1 + exp(-x)), gt_mul(g, gy, silu_slope(g, x)))
UNARY(GELU, gelu, 0.5 * x * erfc(-x * sqrt_half), gt_mul(g, gy, gt_gelu_slope(g, x)))
UNARY(GELU_SLOPE, gelu_slope,
      0.5 * erfc(-x * sqrt_half) + x * sqrt_half_turn * exp(-0.5 * x * x),
      gt_mul(g, gy, gt_mul(g, normal_density(g, x), gt_affine(g, gt_square(g, x), -1, 2))))
UNARY_FLAT(STEP, step, x > 0 ? 1 : 0)
/* clang-format on */

static double stop_gradient_value(const gt_attr *attr, double x, double b, double c) {
    return x;
}

static bool stop_gradient_keeps(gt_shape x, gt_shape result, const gt_attr *attr) {
    return true;
}

const gt_op_class gt_op_stop_gradient = {"stop_gradient", GT_UNARY, stop_gradient_value,
                                         .is_input = stop_gradient_keeps};

gt_tensor *gt_stop_gradient(gt_graph *g, gt_tensor *x) {
    return append_unary(g, GT_OP_STOP_GRADIENT, x, NULL);
}

static double affine_value(const gt_attr *attr, double x, double b, double c) {
    return attr->scale * x + attr->shift;
}

static void affine_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy, const bool *wanted,
                       gt_tensor **gx) {
    gx[0] = gt_affine(g, gy, node->attr.scale, 0);
}

const gt_op_class gt_op_affine = {"affine", GT_UNARY, affine_value, NULL, affine_vjp};

gt_tensor *gt_affine(gt_graph *g, gt_tensor *x, double scale, double shift) {
    gt_attr attr = {.scale = scale, .shift = shift};
    return append_unary(g, GT_OP_AFFINE, x, &attr);
}

static double leaky_relu_value(const gt_attr *attr, double x, double b, double c) {
    return x > 0 ? x : attr->scale * x;
}

/* By the sign of y, which is that of x. */
static void leaky_relu_vjp(gt_graph *g, const gt_tensor *node, gt_tensor *gy,
                           const bool *wanted, gt_tensor **gx) {
    gt_tensor *positive = gt_step(g, g->nodes[node->id]);
    gx[0] = gt_select(g, positive, gy, gt_affine(g, gy, node->attr.scale, 0));
}

const gt_op_class gt_op_leaky_relu = {"leaky_relu", GT_UNARY, leaky_relu_value, NULL,
                                      leaky_relu_vjp};

gt_tensor *gt_leaky_relu(gt_graph *g, gt_tensor *x, double slope) {
    if (!gt_graph_failed(g) && !(slope >= 0))
        return gt_graph_fail(g, GT_BAD_ARGUMENT, GT_OP_LEAKY_RELU,
                             "slope %g, expected 0 or more", slope);
    gt_attr attr = {.scale = slope};
    return append_unary(g, GT_OP_LEAKY_RELU, x, &attr);
}
