/* Functions of images, gates and losses of adversaries against what they mean, in double. */
#include "bench.h"

static void test_reflection(void **state) {
    bench *b = bench_create();
    double out[MOST];
    gt_tensor *x = noise(b, GT_SHAPE(2, 5, 3), 1);
    run(b, gt_pad_reflect(b->g, x, 1, 2), out);
    static const int from[] = {2, 1, 0, 1, 2, 3, 4, 3, 2};
    for (int i = 0; i < 2 * 9 * 3; ++i)
        assert_true(out[i] == b->data[0][(i / 27 * 5 + from[i / 3 % 9]) * 3 + i % 3]);
    assert_ptr_equal(gt_pad_reflect(b->g, x, 1, 0), x);
    bench_destroy(b);
}

/* A picture of one value stays it, and the centre of a spike gets a quarter of it. */
static void test_blur(void **state) {
    bench *b = bench_create();
    double out[MOST];
    gt_tensor *x = noise(b, GT_SHAPE(1, 2, 5, 5), 0);
    for (int i = 0; i < 25; ++i) b->data[0][i] = 3;
    b->data[0][25 + 12] = 1;
    run(b, gt_blur_121(b->g, x), out);
    for (int i = 0; i < 25; ++i) assert_near(out[i], 3, 1e-15);
    assert_near(out[25 + 12], 0.25, 1e-15);
    assert_near(out[25 + 6], 0.0625, 1e-15);
    assert_true(out[25] == 0);
    bench_destroy(b);
}

/* An even kernel of one 1 moves the picture: it has one more zero above and on the left. */
static void test_same_convolution(void **state) {
    bench *b = bench_create();
    double out[MOST];
    gt_tensor *x = noise(b, GT_SHAPE(1, 1, 5, 6), 1);
    gt_tensor *w = noise(b, GT_SHAPE(1, 1, 4, 4), 0);
    b->data[1][0] = 1;
    run(b, gt_conv2d_same(b->g, x, w, NULL), out);
    for (int y = 0; y < 5; ++y)
        for (int c = 0; c < 6; ++c)
            assert_true(out[y * 6 + c] ==
                        (y < 2 || c < 2 ? 0 : b->data[0][(y - 2) * 6 + c - 2]));
    bench_destroy(b);
}

/* <conv(x), y> = <x, transposed(y)>, whatever the stride leaves over. */
static void test_transposed_convolution(void **state) {
    bench *b = bench_create();
    double there, back;
    gt_conv how = {2, 1, 2};
    gt_tensor *x = noise(b, GT_SHAPE(2, 4, 8, 7), 1);
    gt_tensor *w = noise(b, GT_SHAPE(6, 2, 3, 3), 1);
    gt_tensor *image = gt_conv2d(b->g, x, w, NULL, how);
    gt_tensor *y = noise(b, gt_tensor_shape(image), 1);
    run(b, gt_sum(b->g, gt_mul(b->g, image, y)), &there);
    gt_tensor *bias = gt_constant(b->g, 0, GT_SHAPE(4));
    gt_tensor *larger = gt_conv2d_transposed(b->g, y, w, bias, how, 0);
    assert_int_equal(gt_tensor_dim(larger, 2), 7);
    gt_tensor *wide = gt_conv2d_transposed(b->g, y, w, NULL, how, 1); /* rows as x has */
    gt_tensor *rows = gt_slice(b->g, wide, 3, 0, 7);
    run(b, gt_sum(b->g, gt_mul(b->g, rows, x)), &back);
    assert_near(there, back, 1e-10);
    bench_destroy(b);
}

static void test_depthwise_convolution(void **state) {
    bench *b = bench_create();
    double all[MOST], one[MOST];
    gt_tensor *x = noise(b, GT_SHAPE(1, 3, 4, 4), 1), *w = noise(b, GT_SHAPE(3, 1, 3, 3), 1);
    run(b, gt_depthwise_conv2d(b->g, x, w, NULL, 1, 1), all);
    gt_tensor *channel = gt_slice(b->g, x, 1, 1, 1), *kernel = gt_slice(b->g, w, 0, 1, 1);
    run(b, gt_conv2d(b->g, channel, kernel, NULL, (gt_conv){1, 1, 1}), one);
    for (int i = 0; i < 16; ++i) assert_near(all[16 + i], one[i], 1e-14);
    bench_destroy(b);
}

static void test_gated_linear_unit(void **state) {
    bench *b = bench_create();
    double out[MOST];
    gt_tensor *x = noise(b, GT_SHAPE(2, 6, 3), 1);
    run(b, gt_glu(b->g, x, 1), out);
    for (int n = 0; n < 2; ++n)
        for (int i = 0; i < 9; ++i) {
            double gate = 1 / (1 + exp(-b->data[0][n * 18 + 9 + i]));
            assert_near(out[n * 9 + i], b->data[0][n * 18 + i] * gate, 1e-14);
        }
    bench_destroy(b);
}

static void test_channel_norm(void **state) {
    bench *b = bench_create();
    double out[MOST];
    gt_tensor *x = noise(b, GT_SHAPE(1, 40, 2, 1), 5);
    gt_shape each = GT_SHAPE(1, 40, 1, 1);
    gt_tensor *two = gt_constant(b->g, 2, each), *three = gt_constant(b->g, 3, each);
    run(b, gt_channel_norm(b->g, x, two, three, 0), out);
    for (int p = 0; p < 2; ++p) {
        double sum = 0, squares = 0;
        for (int c = 0; c < 40; ++c) sum += out[2 * c + p];
        for (int c = 0; c < 40; ++c) squares += (out[2 * c + p] - 3) * (out[2 * c + p] - 3);
        assert_near(sum / 40, 3, 1e-13);
        assert_near(squares / 40, 4, 1e-12);
    }
    bench_destroy(b);
}

static void test_unit_length(void **state) {
    bench *b = bench_create();
    double out[MOST];
    gt_tensor *x = noise(b, GT_SHAPE(2, 7, 3), 4);
    run(b, gt_unit_length(b->g, x, 1, 1e-12), out);
    for (int i = 0; i < 6; ++i) {
        double squares = 0;
        for (int c = 0; c < 7; ++c)
            squares += out[(i / 3 * 7 + c) * 3 + i % 3] * out[(i / 3 * 7 + c) * 3 + i % 3];
        assert_near(squares, 1, 1e-14);
    }
    bench_destroy(b);
}

/* Real ones below -1 and made ones above 1 cost nothing. */
static void test_hinge(void **state) {
    bench *b = bench_create();
    double out;
    gt_tensor *real = noise(b, GT_SHAPE(2, 1), 0), *fake = noise(b, GT_SHAPE(2, 1), 0);
    b->data[0][0] = -1.5, b->data[0][1] = 0.5;
    b->data[1][0] = 3, b->data[1][1] = 0.25;
    run(b, gt_hinge_discriminator(b->g, real, fake), &out);
    assert_near(out, (1.5 + 0.75) / 2, 1e-15);
    bench_destroy(b);
}

/* Of scores <w, x_i> s_i the gradients are w s_i. */
static gt_tensor *linear_scores(bench *b, gt_tensor **x, gt_tensor **w) {
    *x = noise(b, GT_SHAPE(3, 4), 1);
    *w = noise(b, GT_SHAPE(1, 4), 1);
    gt_tensor *scale = noise(b, GT_SHAPE(3, 1), 1);
    return gt_mul(b->g, gt_matmul(b->g, *x, *w, false, true), scale);
}

static void test_gradient_penalty(void **state) {
    bench *b = bench_create();
    double one, zero, slope, want_one = 0, want_zero = 0, want_slope = 0, length = 0;
    gt_tensor *x, *w, *mean, *scores = linear_scores(b, &x, &w);
    for (int j = 0; j < 4; ++j) length += b->data[1][j] * b->data[1][j];
    length = sqrt(length);
    for (int i = 0; i < 3; ++i) {
        double size = length * fabs(b->data[2][i]);
        want_one += (size - 1) * (size - 1) / 3;
        want_zero += size * size / 3;
        want_slope += size / 3;
    }
    run(b, gt_gradient_penalty(b->g, scores, x, 1, &mean), &one);
    run(b, gt_gradient_penalty(b->g, scores, x, 0, NULL), &zero);
    assert_near(one, want_one, 1e-13);
    assert_near(zero, want_zero, 1e-13);
    run(b, mean, &slope);
    assert_near(slope, want_slope, 1e-13);
    bench_destroy(b);
}

/* Where the gradient is 0, the penalty still has a gradient: 0, and no NaN. */
static void test_gradient_penalty_of_nothing(void **state) {
    bench *b = bench_create();
    double value, slope[4], curvature[4];
    gt_tensor *x, *w, *grad, *again, *scores = linear_scores(b, &x, &w);
    gt_tensor *penalty = gt_gradient_penalty(b->g, scores, x, 1, NULL);
    gt_grad(b->g, penalty, &w, 1, &grad);
    gt_grad(b->g, gt_sum(b->g, grad), &w, 1, &again);
    for (int j = 0; j < 4; ++j) b->data[1][j] = 0;
    run(b, penalty, &value);
    run(b, grad, slope);
    run(b, again, curvature);
    assert_near(value, 1, 1e-15);
    for (int j = 0; j < 4; ++j) assert_true(slope[j] == 0 && curvature[j] == 0);
    bench_destroy(b);
}

/* Shapes that do not go together poison the graph, with a sentence. */
static void test_refusals(void **state) {
    static const char *const says[] = {
        "axis 1 of 2x5x4x4 has no halves", "blocks of 3x3 pixels do not tile",
        "channels of 2x5x4x4 (N,C,H,W) do not make blocks of 2x2 pixels",
        "4 elements from 1 along axis 2", "weights"};
    for (int i = 0; i < 5; ++i) {
        gt_error err = {0};
        bench *b = bench_create();
        gt_tensor *x = noise(b, GT_SHAPE(2, 5, 4, 4), 1);
        if (i == 0) gt_glu(b->g, x, 1);
        if (i == 1) gt_pixel_unshuffle(b->g, x, 3);
        if (i == 2) gt_pixel_shuffle(b->g, x, 2);
        if (i == 3) gt_pad_reflect(b->g, x, 2, 4);
        if (i == 4) gt_conv2d_transposed(b->g, x, x, NULL, (gt_conv){1, 0, 1}, 0);
        assert_int_equal(gt_graph_check(b->g, &err), GT_BAD_SHAPE);
        if (!strstr(err.text, says[i])) fail_msg("row %d: %s", i, err.text);
        bench_destroy(b);
    }
}

/* Every channel by its own numbers; one number in either list is that of all. */
static void test_affine_by_channel(void **state) {
    bench *b = bench_create();
    double out[MOST];
    const gt_reals three = {3, {2, -1, 0.5}}, one = GT_REALS(4);
    const gt_reals *lists[][2] = {
        {&three, &three}, {&one, &three}, {&three, &one}, {&one, &one}};
    gt_tensor *x = noise(b, GT_SHAPE(2, 3, 2, 2), 1);
    for (int k = 0; k < 4; ++k) {
        run(b, gt_affine_by_channel(b->g, x, lists[k][0], lists[k][1]), out);
        for (int i = 0; i < 24; ++i) {
            int c = i / 4 % 3;
            double scale = gt_reals_at(lists[k][0], c), shift = gt_reals_at(lists[k][1], c);
            assert_near(out[i], scale * b->data[0][i] + shift, 1e-14);
        }
    }
    bench_destroy(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_affine_by_channel),
        cmocka_unit_test(test_reflection),
        cmocka_unit_test(test_blur),
        cmocka_unit_test(test_same_convolution),
        cmocka_unit_test(test_transposed_convolution),
        cmocka_unit_test(test_depthwise_convolution),
        cmocka_unit_test(test_gated_linear_unit),
        cmocka_unit_test(test_channel_norm),
        cmocka_unit_test(test_unit_length),
        cmocka_unit_test(test_hinge),
        cmocka_unit_test(test_gradient_penalty),
        cmocka_unit_test(test_gradient_penalty_of_nothing),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
