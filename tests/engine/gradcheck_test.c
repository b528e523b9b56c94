/* gradcheck_test.c - every op's first and second derivatives against finite differences, in
 * double. For a case y = f(x) with fixed random weights r and v:
 *   first:  d s/dx of s = sum r y, against differences of s;
 *   second: d t/dx of t = sum v (d s/dx), against differences of t, which reads the first.
 * Inputs are distinct points of a lattice that misses zero, so that no kink (relu, max, ...) is
 * nearer than a quarter of the lattice's spacing. */
#include "gt_test.h"

#include "node.h"
#include "rng.h"

static const double tolerance = 1e-8; /* relative to the largest derivative of the case, or 1 */
static const double step = 3e-4;

enum { MAX_INPUTS = 4 };

typedef struct gradcase {
    gt_op op;
    const char *name;
    gt_tensor *(*build)(gt_graph *g, gt_tensor **x);
    double low, high; /* range of the inputs */
    int count;
    gt_shape shape[MAX_INPUTS];
    bool stopped; /* gradients are 0 whatever the value does */
} gradcase;

/* ---- Cases ---------------------------------------------------------------------------- */

#define CASE(name, expression)                           \
    static gt_tensor *name(gt_graph *g, gt_tensor **x) { \
        return expression;                               \
    }

/* A matrix 4x3 of which 7 elements count, and a first row of which none does. */
static const gt_stair stair = {.steps = 3, .row = {1, 3, 4}, .column = {0, 2, 3}};
static const gt_degrees cyclic = {.period = 3, .sorted = true},
                        natural = {.period = 4, .shift = -1};

/* The gradient of a maximum, from a given one of its result. */
static gt_tensor *max_pool_gradient(gt_graph *g, gt_tensor *x, gt_tensor *seed) {
    gt_tensor *grad;
    gt_grad_from(g, gt_max_pool(g, x, 3, 2, 1), seed, &x, 1, &grad);
    return grad;
}

static gt_tensor *near_gradient(gt_graph *g, gt_tensor *x, gt_tensor *seed) {
    gt_tensor *grad;
    gt_grad_from(g, gt_attend_near(g, x, 2), seed, &x, 1, &grad);
    return grad;
}

static gt_tensor *wide_gradient(gt_graph *g, gt_tensor **x) {
    gt_tensor *grads[2];
    gt_grad_from(g, gt_attend_wide(g, x[0], x[1], 2), x[2], x, 2, grads);
    return gt_concat(g, grads, 2, 1);
}

/* clang-format off */
CASE(neg, gt_neg(g, x[0]))
CASE(absolute, gt_abs(g, x[0]))
CASE(exponential, gt_exp(g, x[0]))
CASE(logarithm, gt_log(g, x[0]))
CASE(root, gt_sqrt(g, x[0]))
CASE(reciprocal, gt_reciprocal(g, x[0]))
CASE(square, gt_square(g, x[0]))
CASE(hyperbolic, gt_tanh(g, x[0]))
CASE(sigmoid, gt_sigmoid(g, x[0]))
CASE(softplus, gt_softplus(g, x[0]))
CASE(relu, gt_square(g, gt_relu(g, x[0])))
CASE(silu, gt_silu(g, x[0]))
CASE(gelu, gt_gelu(g, x[0]))
CASE(gelu_slope, gt_gelu_slope(g, x[0]))
CASE(heaviside, gt_mul(g, gt_step(g, x[0]), x[1]))
CASE(affine, gt_affine(g, gt_square(g, x[0]), -1.5, 0.25))
CASE(stop_gradient, gt_stop_gradient(g, x[0]))
CASE(add, gt_square(g, gt_add(g, x[0], x[1])))
CASE(sub, gt_square(g, gt_sub(g, x[0], x[1])))
CASE(mul, gt_mul(g, x[0], x[1]))
CASE(mul_self, gt_mul(g, x[0], x[0]))
CASE(divide, gt_div(g, x[0], x[1]))
CASE(maximum, gt_max(g, gt_square(g, x[0]), x[1]))
CASE(minimum, gt_min(g, gt_square(g, x[0]), x[1]))
CASE(less, gt_mul(g, gt_less(g, x[0], x[1]), x[1]))
CASE(select_branch, gt_select(g, gt_step(g, x[0]), gt_square(g, x[1]), gt_exp(g, x[2])))
CASE(broadcast, gt_mul(g, gt_broadcast(g, x[0], GT_SHAPE(2, 3, 4)), x[1]))
CASE(sum_to, gt_square(g, gt_sum_to(g, x[0], GT_SHAPE(1, 3, 1))))
CASE(sum, gt_exp(g, gt_sum(g, x[0])))
CASE(mean, gt_exp(g, gt_mean(g, x[0])))
CASE(reduce_max_0, gt_square(g, gt_reduce_max(g, x[0], 0)))
CASE(reduce_max_1, gt_square(g, gt_reduce_max(g, x[0], 1)))
CASE(reduce_max_2, gt_square(g, gt_reduce_max(g, x[0], 2)))
CASE(reshape, gt_exp(g, gt_reshape(g, x[0], GT_SHAPE(4, 1, 6))))
CASE(permute, gt_exp(g, gt_permute(g, x[0], (const int[]){2, 0, 1})))
CASE(permute_4, gt_exp(g, gt_permute(g, x[0], (const int[]){0, 3, 1, 2})))
CASE(slice, gt_exp(g, gt_slice(g, x[0], 1, 1, 2)))
CASE(slices, gt_mul(g, gt_slice(g, x[0], 2, 0, 2), gt_slice(g, x[0], 2, 2, 2)))
CASE(slices_gap, gt_mul(g, gt_slice(g, x[0], 1, 0, 1), gt_slice(g, x[0], 1, 2, 1)))
CASE(slices_overlap, gt_mul(g, gt_slice(g, x[0], 2, 0, 3), gt_slice(g, x[0], 2, 1, 3)))
CASE(slice_in_slice, gt_exp(g, gt_slice(g, gt_slice(g, x[0], 2, 1, 3), 1, 0, 2)))
CASE(pad, gt_exp(g, gt_pad(g, x[0], 1, 2, 1, 0.5)))
CASE(concat, gt_exp(g, gt_concat(g, (gt_tensor *[]){x[0], x[1], x[0]}, 3, 1)))
CASE(conv_plain, gt_conv2d(g, x[0], x[1], NULL, (gt_conv){1, 1, 1}))
CASE(conv_bias, gt_exp(g, gt_conv2d(g, x[0], x[1], x[2], (gt_conv){1, 1, 1})))
CASE(conv_point, gt_square(g, gt_conv2d(g, x[0], x[1], NULL, (gt_conv){1, 0, 1})))
CASE(conv_stride, gt_square(g, gt_conv2d(g, x[0], x[1], x[2], (gt_conv){2, 1, 1})))
CASE(conv_groups, gt_square(g, gt_conv2d(g, x[0], x[1], x[2], (gt_conv){1, 1, 2})))
CASE(conv_less, gt_square(g, gt_conv2d(g, x[0], x[1], x[2], (gt_conv){1, 2, 1, 1})))
CASE(conv_data, gt_conv2d_data(g, x[0], x[1], GT_SHAPE(2, 3, 4, 5), (gt_conv){1, 1, 1}))
CASE(conv_data_stride, gt_square(g, gt_conv2d_data(g, x[0], x[1], GT_SHAPE(1, 2, 6, 4), (gt_conv){2, 1, 2})))
CASE(conv_weights, gt_conv2d_weights(g, x[0], x[1], GT_SHAPE(2, 3, 3, 3), (gt_conv){1, 1, 1}))
CASE(conv_weights_stride, gt_square(g, gt_conv2d_weights(g, x[0], x[1], GT_SHAPE(4, 1, 3, 3), (gt_conv){2, 1, 2})))
CASE(avg_pool, gt_square(g, gt_avg_pool(g, x[0], 2)))
CASE(max_pool, gt_square(g, gt_max_pool(g, x[0], 3, 2, 1)))
CASE(max_pool_tight, gt_exp(g, gt_max_pool(g, gt_tanh(g, x[0]), 2, 1, 0)))
CASE(max_pool_back, gt_square(g, max_pool_gradient(g, x[0], x[1])))
CASE(upsample, gt_square(g, gt_upsample(g, x[0], 3)))
CASE(matmul_nn, gt_square(g, gt_matmul(g, x[0], x[1], false, false)))
CASE(matmul_nt, gt_square(g, gt_matmul(g, x[0], x[1], false, true)))
CASE(matmul_tn, gt_square(g, gt_matmul(g, x[0], x[1], true, false)))
CASE(matmul_tt, gt_square(g, gt_matmul(g, x[0], x[1], true, true)))
CASE(reverse, gt_exp(g, gt_reverse(g, x[0], 1)))
CASE(stair_a, gt_square(g, gt_stair_matmul(g, x[0], x[1], false, false, &stair, GT_STAIR_A)))
CASE(stair_a_t, gt_square(g, gt_stair_matmul(g, x[0], x[1], true, true, &stair, GT_STAIR_A)))
CASE(stair_b, gt_square(g, gt_stair_matmul(g, x[0], x[1], true, false, &stair, GT_STAIR_B)))
CASE(stair_b_t, gt_square(g, gt_stair_matmul(g, x[0], x[1], false, true, &stair, GT_STAIR_B)))
CASE(stair_y, gt_square(g, gt_stair_matmul(g, x[0], x[1], false, false, &stair, GT_STAIR_RESULT)))
CASE(stair_y_t, gt_square(g, gt_stair_matmul(g, x[0], x[1], true, true, &stair, GT_STAIR_RESULT)))
CASE(arrange, gt_exp(g, gt_arrange(g, x[0], cyclic, natural)))
CASE(arrange_back, gt_exp(g, gt_arrange_back(g, x[0], natural, cyclic)))
CASE(inverse, gt_inverse(g, x[0]))
CASE(log_abs_det, gt_log_abs_det(g, x[0]))
CASE(leaky_relu, gt_square(g, gt_leaky_relu(g, x[0], 0.1)))
CASE(softmax_first, gt_softmax(g, x[0], 0))
CASE(softmax_middle, gt_softmax(g, x[0], 1))
CASE(softmax_last, gt_softmax(g, x[0], 2))
CASE(unfold, gt_exp(g, gt_unfold(g, x[0], 3, 1, 1)))
CASE(unfold_stride, gt_exp(g, gt_unfold(g, x[0], 2, 3, 1)))
CASE(unfold_back, gt_square(g, gt_unfold_back(g, x[0], GT_SHAPE(2, 2, 4, 3), 3, 1, 1)))
CASE(resize_nearest, gt_exp(g, gt_resize(g, x[0], 3, 7, GT_RESIZE_NEAREST)))
CASE(resize_bilinear, gt_exp(g, gt_resize(g, x[0], 3, 7, GT_RESIZE_BILINEAR)))
CASE(shift, gt_exp(g, gt_shift(g, x[0], gt_affine(g, x[1], 1, 0.2))))
CASE(glu, gt_glu(g, x[0], 1))
CASE(shuffle, gt_exp(g, gt_pixel_shuffle(g, x[0], 2)))
CASE(unshuffle, gt_exp(g, gt_pixel_unshuffle(g, x[0], 3)))
CASE(wide, gt_attend_wide(g, x[0], x[1], 2))
CASE(wide_back, wide_gradient(g, x))
CASE(near, gt_attend_near(g, x[0], 2))
CASE(near_back, near_gradient(g, x[0], x[1]))
/* clang-format on */

/* A residual block with gates cut from one tensor, as the models have them. */
static gt_tensor *block(gt_graph *g, gt_tensor **x) {
    gt_conv same = {1, 1, 1};
    gt_tensor *h = gt_conv2d(g, gt_gelu(g, x[0]), x[1], x[2], same);
    gt_tensor *mean = gt_slice(g, h, 1, 0, 2), *scale = gt_exp(g, gt_slice(g, h, 1, 2, 2));
    gt_tensor *z = gt_add(g, x[0], gt_mul(g, mean, scale));
    return gt_add(g, gt_upsample(g, gt_avg_pool(g, z, 2), 2), gt_relu(g, z));
}

#define S(...)                                                \
    {                                                         \
        sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), { \
            __VA_ARGS__                                       \
        }                                                     \
    }

/* clang-format off */
static const gradcase cases[] = {
    {GT_OP_NEG, "neg", neg, -2, 2, 1, {S(2, 3)}},
    {GT_OP_ABS, "abs", absolute, -2, 2, 1, {S(2, 3)}},
    {GT_OP_EXP, "exp", exponential, -2, 2, 1, {S(2, 3)}},
    {GT_OP_LOG, "log", logarithm, 0.3, 3, 1, {S(2, 3)}},
    {GT_OP_SQRT, "sqrt", root, 0.3, 3, 1, {S(2, 3)}},
    {GT_OP_RECIPROCAL, "reciprocal", reciprocal, 0.5, 3, 1, {S(2, 3)}},
    {GT_OP_SQUARE, "square", square, -2, 2, 1, {S(2, 3)}},
    {GT_OP_TANH, "tanh", hyperbolic, -2, 2, 1, {S(2, 3)}},
    {GT_OP_SIGMOID, "sigmoid", sigmoid, -4, 4, 1, {S(2, 3)}},
    {GT_OP_SOFTPLUS, "softplus", softplus, -4, 4, 1, {S(2, 3)}},
    {GT_OP_RELU, "relu", relu, -2, 2, 1, {S(3, 4)}},
    {GT_OP_SILU, "silu", silu, -4, 4, 1, {S(3, 4)}},
    {GT_OP_GELU, "gelu", gelu, -4, 4, 1, {S(3, 4)}},
    {GT_OP_GELU_SLOPE, "gelu_slope", gelu_slope, -4, 4, 1, {S(3, 4)}},
    {GT_OP_STEP, "step", heaviside, -2, 2, 2, {S(3, 4), S(3, 4)}},
    {GT_OP_AFFINE, "affine", affine, -2, 2, 1, {S(2, 3)}},
    {GT_OP_STOP_GRADIENT, "stop_gradient", stop_gradient, -2, 2, 1, {S(2, 3)}, true},
    {GT_OP_ADD, "add", add, -2, 2, 2, {S(2, 3), S(2, 3)}},
    {GT_OP_ADD, "add, stretched", add, -2, 2, 2, {S(2, 3, 1), S(3, 4)}},
    {GT_OP_SUB, "sub", sub, -2, 2, 2, {S(2, 3), S(3)}},
    {GT_OP_MUL, "mul", mul, -2, 2, 2, {S(2, 3), S(2, 3)}},
    {GT_OP_MUL, "mul, by a number", mul, -2, 2, 2, {S(2, 3), {0}}},
    {GT_OP_MUL, "mul, both sides the same", mul_self, -2, 2, 1, {S(2, 3)}},
    {GT_OP_DIV, "div", divide, 0.5, 3, 2, {S(2, 3), S(2, 1)}},
    {GT_OP_MAX, "max", maximum, -2, 2, 2, {S(4, 5), S(4, 5)}},
    {GT_OP_MAX, "max, stretched", maximum, -2, 2, 2, {S(4, 5), S(1, 5)}},
    {GT_OP_MIN, "min", minimum, -2, 2, 2, {S(4, 5), S(4, 5)}},
    {GT_OP_LESS, "less", less, -2, 2, 2, {S(4, 5), S(4, 5)}},
    {GT_OP_SELECT, "select", select_branch, -2, 2, 3, {S(3, 4), S(3, 4), S(3, 1)}},
    {GT_OP_BROADCAST, "broadcast", broadcast, -2, 2, 2, {S(2, 1, 4), S(2, 3, 4)}},
    {GT_OP_SUM_TO, "sum_to", sum_to, -2, 2, 1, {S(2, 3, 4)}},
    {GT_OP_SUM_TO, "sum", sum, -2, 2, 1, {S(2, 3)}},
    {GT_OP_SUM_TO, "mean", mean, -2, 2, 1, {S(2, 3)}},
    {GT_OP_REDUCE_MAX, "reduce_max, first axis", reduce_max_0, -2, 2, 1, {S(3, 4, 2)}},
    {GT_OP_REDUCE_MAX, "reduce_max, middle axis", reduce_max_1, -2, 2, 1, {S(3, 4, 2)}},
    {GT_OP_REDUCE_MAX, "reduce_max, last axis", reduce_max_2, -2, 2, 1, {S(2, 3, 4)}},
    {GT_OP_RESHAPE, "reshape", reshape, -2, 2, 1, {S(2, 3, 4)}},
    {GT_OP_PERMUTE, "permute, rank 3", permute, -2, 2, 1, {S(2, 3, 4)}},
    {GT_OP_PERMUTE, "permute, rank 4", permute_4, -2, 2, 1, {S(2, 3, 4, 2)}},
    {GT_OP_SLICE, "slice", slice, -2, 2, 1, {S(2, 4, 3)}},
    {GT_OP_SLICE, "slices that cover", slices, -2, 2, 1, {S(2, 3, 4)}},
    {GT_OP_SLICE, "slices with a gap", slices_gap, -2, 2, 1, {S(2, 4, 3)}},
    {GT_OP_SLICE, "slices that overlap", slices_overlap, -2, 2, 1, {S(2, 3, 4)}},
    {GT_OP_SLICE, "slice of a slice", slice_in_slice, -2, 2, 1, {S(2, 3, 5)}},
    {GT_OP_PAD, "pad", pad, -2, 2, 1, {S(2, 3, 2)}},
    {GT_OP_CONCAT, "concat", concat, -2, 2, 2, {S(2, 3, 2), S(2, 1, 2)}},
    {GT_OP_CONV2D, "conv2d 3x3", conv_plain, -1, 1, 2, {S(2, 3, 4, 5), S(2, 3, 3, 3)}},
    {GT_OP_CONV2D, "conv2d 3x3, bias", conv_bias, -0.5, 0.5, 3, {S(1, 2, 4, 3), S(3, 2, 3, 3), S(3)}},
    {GT_OP_CONV2D, "conv2d 1x1", conv_point, -1, 1, 2, {S(2, 3, 2, 2), S(4, 3, 1, 1)}},
    {GT_OP_CONV2D, "conv2d 3x3, stride 2, odd rest", conv_stride, -1, 1, 3, {S(1, 2, 6, 4), S(2, 2, 3, 3), S(2)}},
    {GT_OP_CONV2D, "conv2d 3x3, 2 groups", conv_groups, -1, 1, 3, {S(1, 4, 3, 3), S(4, 2, 3, 3), S(4)}},
    {GT_OP_CONV2D, "conv2d 3x3, depthwise", conv_groups, -1, 1, 3, {S(1, 2, 4, 4), S(2, 1, 3, 3), S(2)}},
    {GT_OP_CONV2D, "conv2d 4x4, less behind", conv_less, -1, 1, 3, {S(1, 2, 3, 4), S(2, 2, 4, 4), S(2)}},
    {GT_OP_CONV2D_DATA, "conv2d_data 3x3", conv_data, -1, 1, 2, {S(2, 2, 4, 5), S(2, 3, 3, 3)}},
    {GT_OP_CONV2D_DATA, "conv2d_data, stride 2, 2 groups", conv_data_stride, -1, 1, 2, {S(1, 4, 3, 2), S(4, 1, 3, 3)}},
    {GT_OP_CONV2D_WEIGHTS, "conv2d_weights 3x3", conv_weights, -1, 1, 2, {S(2, 3, 4, 5), S(2, 2, 4, 5)}},
    {GT_OP_CONV2D_WEIGHTS, "conv2d_weights, stride 2, 2 groups", conv_weights_stride, -1, 1, 2, {S(1, 2, 6, 4), S(1, 4, 3, 2)}},
    {GT_OP_AVG_POOL, "avg_pool", avg_pool, -2, 2, 1, {S(2, 2, 4, 6)}},
    {GT_OP_UPSAMPLE, "upsample", upsample, -2, 2, 1, {S(2, 2, 2, 3)}},
    {GT_OP_MATMUL, "matmul", matmul_nn, -1, 1, 2, {S(2, 3), S(3, 4)}},
    {GT_OP_MATMUL, "matmul, b transposed", matmul_nt, -1, 1, 2, {S(2, 3), S(4, 3)}},
    {GT_OP_MATMUL, "matmul, a transposed", matmul_tn, -1, 1, 2, {S(3, 2), S(3, 4)}},
    {GT_OP_MATMUL, "matmul, both transposed", matmul_tt, -1, 1, 2, {S(3, 2), S(4, 3)}},
    {GT_OP_REVERSE, "reverse", reverse, -2, 2, 1, {S(2, 3, 2)}},
    {GT_OP_STAIR_MATMUL, "stair a", stair_a, -1, 1, 2, {S(4, 3), S(3, 2)}},
    {GT_OP_STAIR_MATMUL, "stair a, both transposed", stair_a_t, -1, 1, 2, {S(4, 3), S(2, 4)}},
    {GT_OP_STAIR_MATMUL, "stair b, a transposed", stair_b, -1, 1, 2, {S(4, 2), S(4, 3)}},
    {GT_OP_STAIR_MATMUL, "stair b, b transposed", stair_b_t, -1, 1, 2, {S(2, 3), S(4, 3)}},
    {GT_OP_STAIR_MATMUL, "stair result", stair_y, -1, 1, 2, {S(4, 2), S(2, 3)}},
    {GT_OP_STAIR_MATMUL, "stair result, both transposed", stair_y_t, -1, 1, 2, {S(2, 4), S(3, 2)}},
    {GT_OP_ARRANGE, "arrange", arrange, -2, 2, 1, {S(7, 4)}},
    {GT_OP_ARRANGE, "arrange back", arrange_back, -2, 2, 1, {S(4, 7)}},
    {GT_OP_INVERSE, "inverse", inverse, -1, 1, 1, {S(3, 3)}},
    {GT_OP_LOG_ABS_DET, "log_abs_det", log_abs_det, -1, 1, 1, {S(4, 4)}},
    {GT_OP_GELU, "a residual block", block, -1, 1, 3, {S(1, 2, 4, 4), S(4, 2, 3, 3), S(4)}},
    {GT_OP_MAX_POOL, "max_pool, padded, stride 2", max_pool, -2, 2, 1, {S(2, 2, 5, 6)}},
    {GT_OP_MAX_POOL, "max_pool, overlapping", max_pool_tight, -2, 2, 1, {S(1, 2, 4, 3)}},
    {GT_OP_MAX_POOL_BACK, "max_pool_back", max_pool_back, -2, 2, 2, {S(1, 2, 6, 5), S(1, 2, 3, 3)}},
    {GT_OP_LEAKY_RELU, "leaky_relu", leaky_relu, -2, 2, 1, {S(3, 4)}},
    {GT_OP_MATMUL, "matmul, rank 3", matmul_nn, -1, 1, 2, {S(2, 2, 3), S(2, 3, 4)}},
    {GT_OP_MATMUL, "matmul, rank 3, b transposed", matmul_nt, -1, 1, 2, {S(3, 2, 3), S(3, 2, 3)}},
    {GT_OP_MATMUL, "matmul, rank 4, a transposed", matmul_tn, -1, 1, 2, {S(2, 2, 3, 2), S(2, 2, 3, 1)}},
    {GT_OP_MATMUL, "matmul, rank 4, both transposed", matmul_tt, -1, 1, 2, {S(1, 3, 3, 2), S(1, 3, 2, 3)}},
    {GT_OP_SOFTMAX, "softmax, first axis", softmax_first, -2, 2, 1, {S(3, 4, 2)}},
    {GT_OP_SOFTMAX, "softmax, middle axis", softmax_middle, -2, 2, 1, {S(3, 4, 2)}},
    {GT_OP_SOFTMAX, "softmax, last axis", softmax_last, -2, 2, 1, {S(2, 3, 4)}},
    {GT_OP_UNFOLD, "unfold 3x3, padded", unfold, -2, 2, 1, {S(2, 2, 3, 4)}},
    {GT_OP_UNFOLD, "unfold 2x2, stride 3, odd rest", unfold_stride, -2, 2, 1, {S(1, 2, 5, 6)}},
    {GT_OP_UNFOLD, "unfold back", unfold_back, -2, 2, 1, {S(2, 18, 12)}},
    {GT_OP_RESIZE, "resize, nearest", resize_nearest, -2, 2, 1, {S(2, 2, 5, 4)}},
    {GT_OP_RESIZE, "resize, bilinear", resize_bilinear, -2, 2, 1, {S(2, 2, 5, 4)}},
    {GT_OP_SHIFT, "shift", shift, -2, 2, 2, {S(2, 2, 4, 5), S(2, 2)}},
    {GT_OP_GLU, "glu", glu, -2, 2, 1, {S(2, 4, 3)}},
    {GT_OP_SHUFFLE, "shuffle", shuffle, -2, 2, 1, {S(2, 8, 2, 3)}},
    {GT_OP_SHUFFLE, "unshuffle, 3x3", unshuffle, -2, 2, 1, {S(1, 2, 3, 6)}},
    {GT_OP_WIDE, "wide", wide, -2, 2, 2, {S(2, 4, 2, 3), S(2, 8, 2, 3)}},
    {GT_OP_WIDE_BACK, "wide_back", wide_back, -1, 1, 3, {S(1, 4, 3, 2), S(1, 8, 3, 2), S(1, 4, 3, 2)}},
    {GT_OP_NEAR, "near", near, -2, 2, 1, {S(2, 12, 2, 3)}},
    {GT_OP_NEAR_BACK, "near_back", near_back, -1, 1, 2, {S(1, 12, 3, 2), S(1, 4, 3, 2)}},
};
/* clang-format on */
enum { CASES = sizeof cases / sizeof *cases };

/* ---- The judge ------------------------------------------------------------------------ */

/* One case as a graph: s and t as above, their gradients, and data for every leaf. */
typedef struct bench {
    const gradcase *c;
    gt_graph *g;
    gt_tensor *s, *t, *first[MAX_INPUTS], *second[MAX_INPUTS];
    gt_feed feeds[2 * MAX_INPUTS + 1];
    double *x[MAX_INPUTS], *feed_data[2 * MAX_INPUTS + 1];
    int feed_count;
} bench;

static double *new_array(int64_t count) {
    double *array = calloc((size_t)count, sizeof *array);
    assert_non_null(array);
    return array;
}

static gt_tensor *fed_input(bench *b, gt_shape shape) {
    gt_tensor *leaf = gt_input(b->g, "leaf", shape);
    b->feed_data[b->feed_count] = new_array(gt_shape_count(shape));
    b->feeds[b->feed_count] = (gt_feed){leaf, b->feed_data[b->feed_count]};
    b->feed_count++;
    return leaf;
}

/* The next input, filled with standard normal numbers. */
static gt_tensor *random_input(bench *b, gt_shape shape) {
    gt_tensor *leaf = fed_input(b, shape);
    gt_rng_key key = {17, (uint32_t)b->feed_count, (uint32_t)(b->c - cases)};
    double *data = b->feed_data[b->feed_count - 1];
    for (int64_t i = 0; i < gt_shape_count(shape); i++)
        data[i] = gt_rng_normal(key, (uint64_t)i);
    return leaf;
}

/* All inputs together take each point of one even lattice on [low, high] once. */
static void fill_lattice(bench *b) {
    size_t points = 0, used = 0;
    for (int i = 0; i < b->c->count; i++) points += (size_t)gt_shape_count(b->c->shape[i]);
    points += points % 2;
    size_t *order = malloc(points * sizeof *order);
    assert_non_null(order);
    for (size_t i = 0; i < points; i++) order[i] = i;
    gt_rng_shuffle((gt_rng_key){4, 0, (uint32_t)(b->c - cases)}, order, points);
    for (int i = 0; i < b->c->count; i++) {
        for (int64_t k = 0; k < gt_shape_count(b->c->shape[i]); k++) {
            double at = ((double)order[used++] + 0.5) / (double)points;
            b->x[i][k] = b->c->low + (b->c->high - b->c->low) * at;
        }
    }
    free(order);
}

static bool contains(const gt_graph *g, gt_op op) {
    for (int id = 0; id < g->count; id++) {
        if (g->nodes[id]->op == op) return true;
    }
    return false;
}

static void begin(bench *b, const gradcase *c) {
    gt_error err = {0};
    gt_tensor *x[MAX_INPUTS];
    *b = (bench){.c = c, .g = gt_graph_create()};
    assert_non_null(b->g);
    gt_graph_push_scope(b->g, "%s", c->name);
    for (int i = 0; i < c->count; i++) {
        x[i] = fed_input(b, c->shape[i]);
        b->x[i] = b->feed_data[i];
    }
    fill_lattice(b);
    gt_tensor *y = c->build(b->g, x);
    assert_ok(gt_graph_check(b->g, &err), err);
    if (!contains(b->g, c->op)) fail_msg("%s does not use its op", c->name);
    b->s = gt_sum(b->g, gt_mul(b->g, y, random_input(b, y->shape)));
    gt_grad(b->g, b->s, x, c->count, b->first);
    b->t = gt_constant(b->g, 0, gt_shape_scalar());
    for (int i = 0; i < c->count; i++) {
        gt_tensor *v = random_input(b, c->shape[i]);
        b->t = gt_add(b->g, b->t, gt_sum(b->g, gt_mul(b->g, b->first[i], v)));
    }
    gt_grad(b->g, b->t, x, c->count, b->second);
    assert_ok(gt_graph_check(b->g, &err), err);
}

static void end(bench *b) {
    for (int i = 0; i < b->feed_count; i++) free(b->feed_data[i]);
    gt_graph_destroy(b->g);
}

static void fetch(const bench *b, gt_tensor *what, double *out) {
    gt_error err = {0};
    assert_ok(gt_reference_run(b->g, b->feeds, b->feed_count, &what, 1, &out, &err), err);
}

/* Derivative of `scalar` by x[i][k]: central, fourth order. */
static double difference(const bench *b, gt_tensor *scalar, int i, int64_t k) {
    static const double offset[] = {-2, -1, 1, 2}, weight[] = {1, -8, 8, -1};
    double here = b->x[i][k], sum = 0;
    for (int p = 0; p < 4; p++) {
        double value;
        b->x[i][k] = here + offset[p] * step;
        fetch(b, scalar, &value);
        sum += weight[p] * value;
    }
    b->x[i][k] = here;
    return sum / (12 * step);
}

/* Largest error of grads as the derivatives of scalar, relative to the largest of them. */
static double judge(const bench *b, gt_tensor *scalar, gt_tensor *const *grads,
                    double *largest) {
    double worst = 0;
    *largest = 0;
    for (int i = 0; i < b->c->count; i++) {
        int64_t count = gt_shape_count(b->c->shape[i]);
        double *got = new_array(count);
        assert_true(gt_shape_equal(grads[i]->shape, b->c->shape[i]));
        fetch(b, grads[i], got);
        for (int64_t k = 0; k < count; k++) {
            double want = b->c->stopped ? 0 : difference(b, scalar, i, k);
            double error = fabs(got[k] - want);
            worst = error <= worst ? worst : error; /* keeps a NaN */
            *largest = fmax(*largest, fabs(want));
        }
        free(got);
    }
    return worst / fmax(1, *largest);
}

static void derivatives(void **state) {
    double worst_first = 0, worst_second = 0;
    for (int i = 0; i < CASES; i++) {
        const gradcase *c = &cases[i];
        double size, size2;
        bench b;
        begin(&b, c);
        double first = judge(&b, b.s, b.first, &size);
        double second = judge(&b, b.t, b.second, &size2);
        if (!c->stopped && size < 1e-3) fail_msg("%s: the derivative is zero", c->name);
        if (!(first <= tolerance && second <= tolerance))
            fail_msg("%s: first order off by %.3g, second by %.3g", c->name, first, second);
        worst_first = fmax(worst_first, first);
        worst_second = fmax(worst_second, second);
        end(&b);
    }
    print_message("%d cases, largest relative error: first order %.2g, second order %.2g\n",
                  CASES, worst_first, worst_second);
}

static void every_op_has_a_case(void **state) {
    for (gt_op op = 0; op < GT_OP_COUNT; op++) {
        bool found = gt_op_class_of(op)->kind == GT_LEAF;
        for (int i = 0; i < CASES; i++) found = found || cases[i].op == op;
        if (!found)
            fail_msg("no case for op %s: add a CASE and a row of cases",
                     gt_op_class_of(op)->name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_op_has_a_case),
        cmocka_unit_test(derivatives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
