/* Composite functions of the graph against what they mean, in double precision. */
#include "bench.h"

static void test_logsumexp(void **state) {
    bench *b = bench_create();
    double out[MOST];
    gt_tensor *x = noise(b, GT_SHAPE(2, 5, 3), 300);
    run(b, gt_logsumexp(b->g, x, 1), out);
    for (int n = 0; n < 2; ++n)
        for (int j = 0; j < 3; ++j) {
            long double sum = 0;
            for (int k = 0; k < 5; ++k)
                sum += expl((long double)b->data[0][n * 15 + k * 3 + j]);
            assert_near(out[n * 3 + j], (double)logl(sum), 1e-11);
        }
    bench_destroy(b);
}

static void test_log_softmax(void **state) {
    bench *b = bench_create();
    double out[MOST];
    gt_tensor *x = noise(b, GT_SHAPE(3, 4), 200);
    run(b, gt_logsumexp(b->g, gt_log_softmax(b->g, x, 1), 1), out);
    for (int n = 0; n < 3; ++n) assert_near(out[n], 0, 1e-13);
    bench_destroy(b);
}

/* Parameters of one pixel with scales of several bins. */
static void wide_mixture(bench *b, gt_dmol dmol) {
    gt_rng_key key = {3, 0, 0};
    int k = dmol.mixtures;
    for (int i = 0; i < gt_dmol_width(dmol); ++i) {
        double u = gt_rng_uniform(key, (uint64_t)i) - 0.5;
        bool is_scale = i >= k && (i - k) / k % 3 == 1;
        b->data[0][i] = is_scale ? u - 2 : 1.5 * u;
    }
}

/* A bench with the parameters of one pixel in data[0] and its value in data[1]. */
static bench *pixel_bench(gt_dmol dmol, gt_tensor **nll) {
    bench *b = bench_create();
    gt_tensor *params = noise(b, GT_SHAPE(1, gt_dmol_width(dmol), 1, 1), 1);
    gt_tensor *pixel = noise(b, GT_SHAPE(1, dmol.channels, 1, 1), 1);
    *nll = gt_dmol_nll(b->g, dmol, params, gt_dmol_target(b->g, dmol, pixel));
    wide_mixture(b, dmol);
    return b;
}

static double probability(bench *b, gt_tensor *nll, int channels) {
    double out;
    run(b, nll, &out);
    return exp(-out * channels);
}

/* The probabilities of all values of a pixel add up to 1, but for bins so small that the
 * density at their centre stands for them. */
static void test_gray_probabilities(void **state) {
    gt_tensor *nll;
    bench *b = pixel_bench((gt_dmol){1, 3, false}, &nll);
    double sum = 0;
    for (int v = 0; v < 256; ++v) {
        b->data[1][0] = v;
        sum += probability(b, nll, 1);
    }
    assert_near(sum, 1, 1e-6);
    bench_destroy(b);
}

/* Summed over green and blue, three colours are as likely as their red alone. */
static void test_colour_probabilities(void **state) {
    gt_tensor *nll, *red_nll;
    bench *b = pixel_bench((gt_dmol){3, 2, false}, &nll);
    bench *red = pixel_bench((gt_dmol){1, 2, false}, &red_nll);
    double sum = 0;
    b->data[1][0] = red->data[1][0] = 150;
    for (int green = 0; green < 256; ++green)
        for (int blue = 0; blue < 256; ++blue) {
            b->data[1][1] = green;
            b->data[1][2] = blue;
            sum += probability(b, nll, 3);
        }
    memcpy(red->data[0], b->data[0], 6 * sizeof(double)); /* logits, means and scales of red */
    assert_near(sum / probability(red, red_nll, 1), 1, 1e-6);
    bench_destroy(b);
    bench_destroy(red);
}

/* Low-bit targets are the lower multiples of 8. */
static void test_low_bit_target(void **state) {
    bench *b = bench_create();
    double out[MOST];
    gt_tensor *pixels = noise(b, GT_SHAPE(1, 1, 16, 16), 1);
    for (int i = 0; i < 256; ++i) b->data[0][i] = i;
    run(b, gt_dmol_target(b->g, (gt_dmol){1, 1, true}, pixels), out);
    for (int i = 0; i < 256; ++i) assert_near(out[i], (i / 8 * 8 - 127.5) / 127.5, 1e-15);
    bench_destroy(b);
}

static void test_pixel_shuffle(void **state) {
    bench *b = bench_create();
    double there[MOST], back[MOST];
    gt_tensor *x = noise(b, GT_SHAPE(2, 3, 4, 6), 1);
    gt_tensor *y = gt_pixel_unshuffle(b->g, x, 2);
    run(b, y, there);
    /* Channel 4 i + 2 dy + dx at (1, 2) is channel i at (2 + dy, 4 + dx). */
    for (int i = 0; i < 3; ++i)
        for (int d = 0; d < 4; ++d)
            assert_true(there[((12 + 4 * i + d) * 2 + 1) * 3 + 2] ==
                        b->data[0][((3 + i) * 4 + 2 + d / 2) * 6 + 4 + d % 2]);
    run(b, gt_pixel_shuffle(b->g, y, 2), back);
    for (int i = 0; i < 144; ++i) assert_true(back[i] == b->data[0][i]);
    bench_destroy(b);
}

/* An actnorm started from its input makes each channel's mean 0 and deviation 1. */
static void test_actnorm_from_data(void **state) {
    bench *b = bench_create();
    double out[MOST];
    gt_tensor *loc, *scale, *x = noise(b, GT_SHAPE(4, 2, 3, 3), 5);
    gt_actnorm_from_data(b->g, x, &loc, &scale);
    run(b, gt_actnorm(b->g, x, loc, scale), out);
    for (int c = 0; c < 2; ++c) {
        double sum = 0, squares = 0;
        for (int i = 0; i < 36; ++i) {
            double v = out[(i / 9 * 2 + c) * 9 + i % 9];
            sum += v;
            squares += v * v;
        }
        assert_near(sum, 0, 1e-12);
        assert_near(squares / 35, 1, 1e-5);
    }
    bench_destroy(b);
}

/* Layers whose halves or parts are computed apart give the whole. */
static void test_conv_parts(void **state) {
    bench *b = bench_create();
    gt_error err;
    gt_params *params = gt_params_create();
    gt_conv_layer layer = gt_conv_layer_add(params, "l", 6, 5, 3);
    assert_ok(gt_params_allocate(params, &err), err);
    gt_tensor *x = noise(b, GT_SHAPE(1, 6, 4, 4), 1);
    gt_tensor *leaves[2];
    leaves[layer.weight] = noise(b, GT_SHAPE(5, 6, 3, 3), 1);
    leaves[layer.bias] = noise(b, GT_SHAPE(5), 1);
    double whole[MOST], parts[MOST];
    run(b, gt_conv_layer_apply(b->g, leaves, &layer, x), whole);
    gt_tensor *left = gt_slice(b->g, x, 1, 0, 2), *right = gt_slice(b->g, x, 1, 2, 4);
    run(b,
        gt_add(b->g, gt_conv_layer_from(b->g, leaves, &layer, left, 0),
               gt_conv_layer_from(b->g, leaves, &layer, right, 2)),
        parts);
    for (int i = 0; i < 80; ++i) assert_near(parts[i], whole[i], 1e-12);
    run(b, gt_conv_layer_to(b->g, leaves, &layer, x, 3, 2), parts);
    for (int i = 0; i < 32; ++i) assert_near(parts[i], whole[48 + i], 1e-12);
    gt_params_destroy(params);
    bench_destroy(b);
}

/* ---- Plain arrays -------------------------------------------------------------------------
 */

/* With narrow components inside the range the mean image is the mean of many draws. */
static void test_mean_of_draws(void **state) {
    enum { DRAWS = 20000 };
    gt_dmol dmol = {3, 2, false};
    /* logits; per colour: means, log scales, coefficients */
    static const float params[20] = {0.4f,  -0.3f, 0.1f,  -0.2f, -4,    -5,   0.8f,
                                     -0.5f, 0.2f,  -0.1f, -5,    -4,    0.3f, 0.9f,
                                     -0.3f, 0.1f,  -4.5f, -5,    -0.7f, 0.2f};
    gt_rng_key mixture = {1, 1, 0}, logistic = {1, 2, 0};
    double sum[3] = {0};
    for (int i = 0; i < DRAWS; ++i) {
        float u[2], v[3], x[3];
        gt_rng_fill_uniform(mixture, (uint64_t)i * 2, 2, u);
        gt_rng_fill_uniform(logistic, (uint64_t)i * 3, 3, v);
        gt_dmol_draw(dmol, 1, 1, params, u, v, x);
        for (int c = 0; c < 3; ++c) sum[c] += x[c];
    }
    float mean[3];
    gt_dmol_mean(dmol, 1, 1, params, mean);
    for (int c = 0; c < 3; ++c) assert_near(sum[c] / DRAWS, mean[c], 0.005);
}

/* Components are drawn as often as their weights say; values outside are clipped. */
static void test_draw_frequencies(void **state) {
    enum { DRAWS = 20000 };
    gt_dmol dmol = {1, 3, false};
    static const float params[9] = {0, 1, 2, -0.5f, 0, 3, -7, -9, -7};
    gt_rng_key mixture = {5, 1, 0}, logistic = {5, 2, 0};
    int hits[3] = {0};
    double weights = 1 + exp(1) + exp(2);
    for (int i = 0; i < DRAWS; ++i) {
        float u[3], v, x;
        gt_rng_fill_uniform(mixture, (uint64_t)i * 3, 3, u);
        gt_rng_fill_uniform(logistic, (uint64_t)i, 1, &v);
        gt_dmol_draw(dmol, 1, 1, params, u, &v, &x);
        hits[x < -0.25f ? 0 : x < 0.5f ? 1 : 2]++;
        assert_true(x >= -1 && x <= 1);
    }
    for (int k = 0; k < 3; ++k) assert_near(hits[k] / (double)DRAWS, exp(k) / weights, 0.015);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logsumexp),          cmocka_unit_test(test_log_softmax),
        cmocka_unit_test(test_gray_probabilities), cmocka_unit_test(test_colour_probabilities),
        cmocka_unit_test(test_low_bit_target),     cmocka_unit_test(test_pixel_shuffle),
        cmocka_unit_test(test_actnorm_from_data),  cmocka_unit_test(test_conv_parts),
        cmocka_unit_test(test_mean_of_draws),      cmocka_unit_test(test_draw_frequencies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
