/* kernels_test.c - one op at a time, at sizes where kernels have tails, tiles and parts: the
 * value, its gradient and the gradient of that gradient's square, compiled for one and for
 * three threads, against the reference in double. */
#include "gt_test.h"

#include "galatea/plan.h"
#include "rng.h"

enum { MAX_INPUTS = 3, MAX_OUTPUTS = 1 + 2 * MAX_INPUTS };

typedef struct kernel_case {
    const char *name;
    gt_tensor *(*build)(gt_graph *g, gt_tensor **x);
    int count;
    gt_shape shape[MAX_INPUTS];
    double scale; /* of the normal numbers that go in */
} kernel_case;

#define CASE(name, expression)                           \
    static gt_tensor *name(gt_graph *g, gt_tensor **x) { \
        return expression;                               \
    }

#define S(...)                                                \
    {                                                         \
        sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), { \
            __VA_ARGS__                                       \
        }                                                     \
    }

/* One step holds most of the work, the first nothing, the last column stays empty. */
static const gt_stair uneven = {.steps = 3, .row = {20, 180, 210}, .column = {0, 100, 149}};

static gt_tensor *wide_of_convolved(gt_graph *g, gt_tensor **x) {
    gt_tensor *q = gt_conv2d(g, x[0], x[1], NULL, (gt_conv){1, 1, 1});
    return gt_attend_wide(g, q, gt_conv2d(g, x[0], x[2], NULL, (gt_conv){1, 1, 1}), 2);
}

/* clang-format off */
CASE(two_slopes, gt_sub(g, gt_leaky_relu(g, x[0], 0.1), gt_leaky_relu(g, x[0], 0.3)))
CASE(silu, gt_silu(g, x[0]))
CASE(matmul_nn, gt_matmul(g, x[0], x[1], false, false))
CASE(matmul_nt, gt_matmul(g, x[0], x[1], false, true))
CASE(matmul_tn, gt_matmul(g, x[0], x[1], true, false))
CASE(matmul_tt, gt_matmul(g, x[0], x[1], true, true))
CASE(glu_channels, gt_glu(g, x[0], 1))
CASE(glu_last, gt_glu(g, x[0], 3))
CASE(glu_convolved, gt_conv2d(g, gt_glu(g, gt_conv2d(g, x[0], x[1], NULL, (gt_conv){1, 1, 1}), 1), x[2], NULL, (gt_conv){1, 1, 1}))
CASE(glu_rows_convolved, gt_glu(g, gt_conv2d(g, x[0], x[1], NULL, (gt_conv){1, 1, 1}), 2))
CASE(softmax_first, gt_softmax(g, x[0], 0))
CASE(softmax_second, gt_softmax(g, x[0], 1))
CASE(softmax_third, gt_softmax(g, x[0], 2))
CASE(softmax_both, gt_sub(g, gt_softmax(g, x[0], 1), gt_softmax(g, x[0], 0)))
CASE(unfold, gt_unfold(g, x[0], 3, 1, 1))
CASE(unfold_stride, gt_unfold(g, x[0], 4, 3, 2))
CASE(unfold_and_back, gt_unfold_back(g, gt_unfold(g, x[0], 3, 2, 1), gt_tensor_shape(x[0]), 3, 2, 1))
CASE(shuffle, gt_pixel_shuffle(g, x[0], 2))
CASE(unshuffle, gt_pixel_unshuffle(g, x[0], 3))
CASE(shuffle_convolved, gt_pixel_shuffle(g, gt_conv2d(g, x[0], x[1], NULL, (gt_conv){1, 1, 1}), 2))
CASE(unshuffle_convolved, gt_pixel_unshuffle(g, gt_conv2d(g, x[0], x[1], NULL, (gt_conv){1, 1, 1}), 2))
CASE(wide, gt_attend_wide(g, x[0], x[1], 2))
CASE(wide_convolved, wide_of_convolved(g, x))
CASE(near, gt_attend_near(g, x[0], 2))
CASE(near_convolved, gt_attend_near(g, gt_conv2d(g, x[0], x[1], NULL, (gt_conv){1, 1, 1}), 2))
CASE(nearest_up, gt_resize(g, x[0], 13, 40, GT_RESIZE_NEAREST))
CASE(nearest_down, gt_resize(g, x[0], 4, 3, GT_RESIZE_NEAREST))
CASE(bilinear_up, gt_resize(g, x[0], 13, 40, GT_RESIZE_BILINEAR))
CASE(bilinear_down, gt_resize(g, x[0], 4, 3, GT_RESIZE_BILINEAR))
CASE(two_filters, gt_sub(g, gt_resize(g, x[0], 20, 5, GT_RESIZE_BILINEAR), gt_resize(g, x[0], 20, 5, GT_RESIZE_NEAREST)))
CASE(resize_convolved, gt_resize(g, gt_conv2d(g, x[0], x[1], NULL, (gt_conv){1, 1, 1}), 12, 9, GT_RESIZE_BILINEAR))
CASE(shift, gt_shift(g, x[0], x[1]))
CASE(shift_convolved, gt_shift(g, gt_conv2d(g, x[0], x[1], NULL, (gt_conv){1, 1, 1}), x[2]))
CASE(softmax_convolved, gt_softmax(g, gt_conv2d(g, x[0], x[1], NULL, (gt_conv){1, 1, 1}), 1))
CASE(sum_of_plain, gt_mul(g, gt_conv2d(g, x[0], x[1], NULL, (gt_conv){1, 1, 1}), gt_sum_to(g, x[0], GT_SHAPE(1, 16, 6, 5))))
CASE(sum_of_softmax, sum_of_plain(g, (gt_tensor *[]){gt_softmax(g, x[0], 1), x[1]}))
CASE(depthwise, gt_conv2d(g, x[0], x[1], NULL, (gt_conv){1, 1, 32}))
CASE(transposed, gt_conv2d_data(g, x[0], x[1], GT_SHAPE(2, 16, 16, 14), (gt_conv){2, 1, 1}))
CASE(sum_lines, gt_sum_to(g, gt_square(g, x[0]), GT_SHAPE(5, 1)))
CASE(stair_a, gt_stair_matmul(g, x[0], x[1], false, false, &uneven, GT_STAIR_A))
CASE(stair_b, gt_stair_matmul(g, x[0], x[1], false, true, &uneven, GT_STAIR_B))

static const kernel_case cases[] = {
    {"leaky ReLUs of two slopes", two_slopes, 1, {S(7, 333)}, 2},
    {"SiLU", silu, 1, {S(5, 1000)}, 6},
    {"stack of few matrices", matmul_nn, 2, {S(2, 70, 33), S(2, 33, 90)}, 1},
    {"stack of many, b transposed", matmul_nt, 2, {S(3, 8, 5, 64), S(3, 8, 17, 64)}, 1},
    {"stack of many, a transposed", matmul_tn, 2, {S(9, 64, 5), S(9, 64, 7)}, 1},
    {"stack, both transposed", matmul_tt, 2, {S(2, 2, 6, 5), S(2, 2, 3, 6)}, 1},
    {"gated linear unit of channels", glu_channels, 1, {S(3, 6, 9, 7)}, 2},
    {"gated linear unit of columns", glu_last, 1, {S(2, 3, 5, 8)}, 2},
    {"gated linear unit between convolutions", glu_convolved, 3, {S(2, 16, 6, 5), S(32, 16, 3, 3), S(16, 16, 3, 3)}, 0.3},
    {"gated linear unit of few channels", glu_convolved, 3, {S(2, 16, 6, 5), S(16, 16, 3, 3), S(16, 8, 3, 3)}, 0.3},
    {"gated linear unit of rows convolved", glu_rows_convolved, 2, {S(2, 16, 6, 5), S(32, 16, 3, 3)}, 0.3},
    {"softmax of lines", softmax_third, 1, {S(3, 5, 1037)}, 3},
    {"softmax of short lines", softmax_third, 1, {S(40, 5, 3)}, 30},
    {"softmax of lines side by side", softmax_second, 1, {S(3, 17, 700)}, 3},
    {"softmax along the first axis", softmax_first, 1, {S(9, 5, 3)}, 3},
    {"softmax of one", softmax_second, 1, {S(4, 1, 3)}, 3},
    {"softmaxes along two axes", softmax_both, 1, {S(33, 35)}, 3},
    {"softmax of channels", softmax_convolved, 2, {S(2, 16, 6, 5), S(32, 16, 3, 3)}, 0.5},
    {"unfold 3x3", unfold, 1, {S(2, 5, 9, 21)}, 1},
    {"unfold 3x3 of one pixel", unfold, 1, {S(2, 3, 1, 1)}, 1},
    {"unfold 4x4, stride 3", unfold_stride, 1, {S(2, 3, 11, 10)}, 1},
    {"unfold and back", unfold_and_back, 1, {S(1, 4, 8, 7)}, 1},
    {"channels to pixels", shuffle, 1, {S(2, 12, 3, 19)}, 1},
    {"pixels to channels, 3x3", unshuffle, 1, {S(2, 5, 6, 9)}, 1},
    {"channels to pixels of what was convolved", shuffle_convolved, 2, {S(2, 16, 5, 7), S(128, 16, 3, 3)}, 0.5},
    {"channels to pixels, into no block", shuffle_convolved, 2, {S(2, 16, 5, 4), S(32, 16, 3, 3)}, 0.5},
    {"pixels to channels of what was convolved", unshuffle_convolved, 2, {S(2, 16, 6, 8), S(32, 16, 3, 3)}, 0.5},
    {"pixels to channels, out of no block", unshuffle_convolved, 2, {S(2, 16, 4, 6), S(8, 16, 3, 3)}, 0.5},
    {"attention to all", wide, 2, {S(2, 6, 5, 7), S(2, 12, 5, 7)}, 1},
    {"attention to all, one pixel", wide, 2, {S(3, 8, 1, 1), S(3, 16, 1, 1)}, 0.7},
    {"attention to all, short heads in blocks", wide_convolved, 3, {S(2, 16, 4, 5), S(16, 16, 3, 3), S(32, 16, 3, 3)}, 0.3},
    {"attention to all, heads of blocks", wide_convolved, 3, {S(2, 16, 6, 7), S(64, 16, 3, 3), S(128, 16, 3, 3)}, 0.3},
    {"attention to neighbours", near, 1, {S(2, 18, 5, 19)}, 1},
    {"attention to neighbours, one pixel", near, 1, {S(3, 6, 1, 1)}, 1},
    {"attention to neighbours, short heads in blocks", near_convolved, 2, {S(2, 16, 4, 17), S(48, 16, 3, 3)}, 0.4},
    {"attention to neighbours, heads of blocks", near_convolved, 2, {S(2, 16, 5, 35), S(96, 16, 3, 3)}, 0.4},
    {"nearest, larger", nearest_up, 1, {S(2, 3, 7, 9)}, 1},
    {"nearest, smaller", nearest_down, 1, {S(2, 3, 7, 10)}, 1},
    {"bilinear, larger", bilinear_up, 1, {S(2, 3, 7, 9)}, 1},
    {"bilinear, smaller", bilinear_down, 1, {S(2, 3, 7, 10)}, 1},
    {"bilinear of one pixel", bilinear_up, 1, {S(2, 3, 1, 1)}, 1},
    {"both filters", two_filters, 1, {S(1, 2, 9, 12)}, 1},
    {"bilinear of what was convolved", resize_convolved, 2, {S(2, 16, 6, 5), S(32, 16, 3, 3)}, 0.5},
    {"shift", shift, 2, {S(6, 3, 5, 4), S(6, 2)}, 2.3},
    {"shift of what was convolved", shift_convolved, 3, {S(2, 16, 6, 5), S(32, 16, 3, 3), S(2, 2)}, 0.9},
    {"sum over plain images that are convolved", sum_of_softmax, 2, {S(2, 16, 6, 5), S(16, 16, 3, 3)}, 0.5},
    {"depthwise convolution", depthwise, 2, {S(2, 32, 9, 8), S(32, 1, 3, 3)}, 1},
    {"sums of lines", sum_lines, 1, {S(5, 1037)}, 3},
    {"sums of short lines", sum_lines, 1, {S(5, 39)}, 3},
    {"product with a stair", stair_a, 2, {S(210, 150), S(150, 333)}, 0.2},
    {"product with a stair, transposed", stair_b, 2, {S(333, 150), S(210, 150)}, 0.2},
    {"transposed convolution", transposed, 2, {S(2, 32, 8, 7), S(32, 16, 3, 3)}, 0.5},
};
/* clang-format on */
enum { CASES = sizeof cases / sizeof *cases };

/* ---- The judge ------------------------------------------------------------------------ */

typedef struct bench {
    gt_graph *g;
    gt_tensor *leaves[MAX_INPUTS + 1], *outputs[MAX_OUTPUTS];
    float *data[MAX_INPUTS + 1];
    double *exact[MAX_INPUTS + 1], *want[MAX_OUTPUTS];
    int leaf_count, output_count;
} bench;

static gt_tensor *fed_input(bench *b, gt_shape shape, double scale) {
    int i = b->leaf_count++;
    int64_t count = gt_shape_count(shape);
    b->leaves[i] = gt_input(b->g, "x", shape);
    b->data[i] = malloc((size_t)count * sizeof(float));
    b->exact[i] = malloc((size_t)count * sizeof(double));
    gt_rng_fill_normal((gt_rng_key){11, (uint32_t)i, 0}, 0, (size_t)count, b->data[i]);
    for (int64_t j = 0; j < count; j++)
        b->exact[i][j] = b->data[i][j] = (float)scale * b->data[i][j];
    return b->leaves[i];
}

static void add_gradients(bench *b, const kernel_case *c, gt_tensor *scalar) {
    gt_grad(b->g, scalar, b->leaves, c->count, b->outputs + b->output_count);
    b->output_count += c->count;
}

static void begin(bench *b, const kernel_case *c) {
    gt_error err = {0};
    gt_feed feeds[MAX_INPUTS + 1];
    *b = (bench){.g = gt_graph_create()};
    for (int i = 0; i < c->count; i++) fed_input(b, c->shape[i], c->scale);
    gt_tensor *y = c->build(b->g, b->leaves);
    assert_ok(gt_graph_check(b->g, &err), err);
    gt_tensor *seed = fed_input(b, gt_tensor_shape(y), 1);
    b->outputs[b->output_count++] = y;
    add_gradients(b, c, gt_sum(b->g, gt_mul(b->g, y, seed)));
    gt_tensor *squares = gt_constant(b->g, 0, gt_shape_scalar());
    for (int i = 0; i < c->count; i++)
        squares = gt_add(b->g, squares, gt_sum(b->g, gt_square(b->g, b->outputs[1 + i])));
    add_gradients(b, c, squares);
    for (int i = 0; i < b->leaf_count; i++) feeds[i] = (gt_feed){b->leaves[i], b->exact[i]};
    for (int i = 0; i < b->output_count; i++)
        b->want[i] =
            malloc((size_t)gt_shape_count(gt_tensor_shape(b->outputs[i])) * sizeof(double));
    assert_ok(gt_reference_run(b->g, feeds, b->leaf_count, b->outputs, b->output_count, b->want,
                               &err),
              err);
}

static void end(bench *b) {
    for (int i = 0; i < b->leaf_count; i++) {
        free(b->data[i]);
        free(b->exact[i]);
    }
    for (int i = 0; i < b->output_count; i++) free(b->want[i]);
    gt_graph_destroy(b->g);
}

/* Largest error, relative to the largest value of the output (or 1e-3). */
static double error_of(const bench *b, int i, const float *got) {
    double largest = 1e-3, error = 0;
    for (int64_t j = 0; j < gt_shape_count(gt_tensor_shape(b->outputs[i])); j++) {
        double off = fabs(got[j] - b->want[i][j]);
        error = off <= error ? error : off; /* keeps a NaN */
        largest = fmax(largest, fabs(b->want[i][j]));
    }
    return error / largest;
}

static double judge(const bench *b, const kernel_case *c, int threads) {
    gt_error err = {0};
    gt_plan *plan = NULL;
    double worst = 0;
    gt_plan_options options = {.threads = threads};
    assert_ok(gt_plan_create(b->g, (gt_tensor *const *)b->outputs, b->output_count, &options,
                             &plan, &err),
              err);
    for (int i = 0; i < b->leaf_count; i++)
        assert_ok(gt_plan_bind(plan, b->leaves[i], b->data[i], &err), err);
    for (int run = 0; run < 2; run++) /* the second finds dirty memory */
        assert_ok(gt_plan_run(plan, &err), err);
    for (int i = 0; i < b->output_count; i++) {
        double error = error_of(b, i, gt_plan_output(plan, i));
        if (!(error < 1e-5))
            fail_msg("%s, %d threads: output %d is off by %g", c->name, threads, i, error);
        worst = fmax(worst, error);
    }
    gt_plan_destroy(plan);
    return worst;
}

static void kernels_compute_what_the_reference_does(void **state) {
    double worst = 0;
    for (int i = 0; i < CASES; i++) {
        bench b;
        begin(&b, &cases[i]);
        for (int threads = 1; threads <= 3; threads += 2)
            worst = fmax(worst, judge(&b, &cases[i], threads));
        end(&b);
    }
    print_message("%d cases, largest relative error %.2g\n", CASES, worst);
}

/* Runs y of one input of `count` numbers. */
static void compute(gt_graph *g, gt_tensor *x, gt_tensor *y, const float *in, int count,
                    float *out) {
    gt_error err = {0};
    gt_plan *plan = NULL;
    assert_ok(gt_plan_create(g, &y, 1, &(gt_plan_options){.threads = 1}, &plan, &err), err);
    assert_ok(gt_plan_bind(plan, x, in, &err), err);
    assert_ok(gt_plan_run(plan, &err), err);
    memcpy(out, gt_plan_output(plan, 0), (size_t)count * sizeof *out);
    gt_plan_destroy(plan);
}

/* The largest numbers there are do no harm, a NaN stays in its line. */
static void softmax_survives_extremes(void **state) {
    static const float in[] = {3e38f, -3e38f, 0, 1, NAN, 1, -200, -200, -200};
    for (int axis = 0; axis < 2; axis++) {
        gt_graph *g = gt_graph_create();
        gt_tensor *x = gt_input(g, "x", GT_SHAPE(3, 3));
        gt_tensor *turned = axis ? x : gt_permute(g, x, (const int[]){1, 0});
        gt_tensor *y = gt_softmax(g, turned, axis);
        float out[9];
        if (!axis) y = gt_permute(g, y, (const int[]){1, 0});
        compute(g, x, y, in, 9, out);
        assert_true(out[0] == 1 && out[1] == 0 && out[2] == 0);
        for (int i = 3; i < 6; i++) assert_true(isnan(out[i]));
        for (int i = 6; i < 9; i++) assert_near(out[i], 1.0 / 3, 1e-7);
        gt_graph_destroy(g);
    }
}

/* Shifts by more than the image, or by no number, leave zeros. */
static void shifts_leave_the_image(void **state) {
    static const float in[] = {1, 2, 3, 4};
    static const float by[][2] = {{2, 0}, {0, -2}, {1e30f, 0}, {-INFINITY, 0}, {0, NAN}};
    for (size_t i = 0; i < sizeof by / sizeof *by; i++) {
        gt_graph *g = gt_graph_create();
        gt_tensor *x = gt_input(g, "x", GT_SHAPE(1, 1, 2, 2));
        gt_tensor *parts[] = {gt_constant(g, by[i][0], GT_SHAPE(1, 1)),
                              gt_constant(g, by[i][1], GT_SHAPE(1, 1))};
        gt_tensor *y = gt_shift(g, x, gt_concat(g, parts, 2, 1));
        float out[4];
        compute(g, x, y, in, 4, out);
        for (int j = 0; j < 4; j++) assert_true(out[j] == 0);
        gt_graph_destroy(g);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_compute_what_the_reference_does),
        cmocka_unit_test(softmax_survives_extremes),
        cmocka_unit_test(shifts_leave_the_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
