/* Attention, gates and augmentations that gradients pass, against plain loops. */
#include "bench.h"

enum {
    N = 2,
    C = 3,
    SIDE = 4,
    PIXELS = SIDE * SIDE,
    HEADS = 2,
    SIZE = 2,
    INNER = HEADS * SIZE
};

/* A branch whose products with x are known: head h, number j of pixel p. */
static double project(const double *w, const double *x, int row, int p) {
    double sum = 0;
    for (int c = 0; c < C; ++c) sum += w[row * C + c] * x[c * PIXELS + p];
    return sum;
}

/* The output of one number of one pixel of the near branch, of image x. */
static double near_value(const double *wq, const double *wkv, const double *x, int row, int p) {
    double share[9], value[9], sum = 0, mixed = 0;
    int head = row / SIZE;
    for (int t = 0; t < 9; ++t) {
        int y = p / SIDE + t / 3 - 1, z = p % SIDE + t % 3 - 1;
        bool inside = y >= 0 && y < SIDE && z >= 0 && z < SIDE;
        double score = 0;
        for (int j = head * SIZE; inside && j < (head + 1) * SIZE; ++j)
            score += project(wq, x, j, p) * project(wkv, x, j, y * SIDE + z) / sqrt(SIZE);
        value[t] = inside ? project(wkv, x, INNER + row, y * SIDE + z) : 0;
        share[t] = exp(score);
        sum += share[t];
    }
    for (int t = 0; t < 9; ++t) mixed += share[t] / sum * value[t];
    return mixed;
}

static double gelu(double x) {
    return 0.5 * x * erfc(-x / sqrt(2));
}

/* The same of the wide branch; keys and values of the picture as it is. */
static double wide_value(const double *wq, const double *wkv, const double *x, int row, int p) {
    double out = 0, all = 0;
    int head = row / SIZE;
    for (int j = head * SIZE; j < (head + 1) * SIZE; ++j) all += exp(project(wq, x, j, p));
    for (int j = head * SIZE; j < (head + 1) * SIZE; ++j) {
        double sum = 0, context = 0;
        for (int q = 0; q < PIXELS; ++q) sum += exp(project(wkv, x, j, q));
        for (int q = 0; q < PIXELS; ++q)
            context += exp(project(wkv, x, j, q)) / sum * project(wkv, x, INNER + row, q);
        out += exp(project(wq, x, j, p)) / all / sqrt(SIZE) * context;
    }
    return gelu(out);
}

/* With the last convolution a unit matrix, the output is the two branches, one after the other;
 * with a window of a single 1 the wide branch reads the picture as it is. */
static void test_attention(void **state) {
    bench *b = bench_create();
    double out[MOST];
    gt_tensor *x = noise(b, GT_SHAPE(N, C, SIDE, SIDE), 1);
    gt_attention how = {.heads = HEADS};
    how.wide_query = noise(b, GT_SHAPE(INNER, C, 1, 1), 1);
    how.wide_both = noise(b, GT_SHAPE(2 * INNER, C, 1, 1), 1);
    how.near_query = noise(b, GT_SHAPE(INNER, C, 1, 1), 1);
    how.near_both = noise(b, GT_SHAPE(2 * INNER, C, 1, 1), 1);
    how.wide_window = noise(b, GT_SHAPE(C, 1, 3, 3), 0);
    how.out = noise(b, GT_SHAPE(2 * INNER, 2 * INNER, 1, 1), 0);
    for (int c = 0; c < C; ++c) b->data[5][9 * c + 4] = 1;
    for (int i = 0; i < 2 * INNER; ++i) b->data[6][i * (2 * INNER + 1)] = 1;
    run(b, gt_attend(b->g, x, &how), out);
    for (int i = 0; i < N * 2 * INNER * PIXELS; ++i) {
        const double *image = b->data[0] + i / (2 * INNER * PIXELS) * C * PIXELS;
        int row = i / PIXELS % (2 * INNER), p = i % PIXELS;
        double want = row < INNER ? wide_value(b->data[1], b->data[2], image, row, p)
                                  : near_value(b->data[3], b->data[4], image, row - INNER, p);
        assert_near(out[i], want, 1e-12);
    }
    how.heads = 3;
    gt_error err = {0};
    gt_attend(b->g, x, &how);
    assert_int_equal(gt_graph_check(b->g, &err), GT_BAD_SHAPE);
    assert_non_null(strstr(err.text, "attention of 3 heads over 4 and 4 channels"));
    bench_destroy(b);
}

/* With a score that is 0 everywhere the context is the mean of the picture. */
static void test_global_context(void **state) {
    bench *b = bench_create();
    double out[MOST];
    gt_tensor *x = noise(b, GT_SHAPE(1, 2, 3, 3), 1), *zero = noise(b, GT_SHAPE(1, 2, 1, 1), 0);
    gt_tensor *narrow = noise(b, GT_SHAPE(1, 2, 1, 1), 0),
              *widen = noise(b, GT_SHAPE(3, 1, 1, 1), 1);
    b->data[2][1] = 1; /* reads the second channel */
    gt_tensor *gate = gt_global_context(b->g, x, (gt_weights){zero, NULL},
                                        (gt_weights){narrow, NULL}, (gt_weights){widen, NULL});
    run(b, gate, out);
    double mean = 0;
    for (int p = 0; p < 9; ++p) mean += b->data[0][9 + p] / 9;
    if (mean < 0) mean *= 0.1;
    for (int i = 0; i < 3; ++i)
        assert_near(out[i], 1 / (1 + exp(-b->data[3][i] * mean)), 1e-13);
    bench_destroy(b);
}

/* The cosines of one axis are orthonormal, up to the other axis, along which they are even. */
static void test_frequency_waves(void **state) {
    enum { WIDTH = 8, CHANNELS = 33 };
    static float waves[CHANNELS * WIDTH * WIDTH];
    gt_frequency_waves(CHANNELS, WIDTH, waves);
    for (int a = 0; a < CHANNELS; ++a)
        for (int c = 0; c < CHANNELS; ++c) {
            double sum = 0;
            for (int i = 0; i < WIDTH * WIDTH; ++i)
                sum += (double)waves[a * WIDTH * WIDTH + i] * waves[c * WIDTH * WIDTH + i];
            bool flat = a / 2 % 8 == 0 && c / 2 % 8 == 0; /* (0,0) stands in both halves */
            bool same = a / 2 == c / 2 || flat;
            assert_near(sum, same && a < 32 && c < 32 ? 1 : 0, 1e-6);
        }
}

static void test_cut_out(void **state) {
    bench *b = bench_create();
    double out[MOST];
    gt_tensor *x = noise(b, GT_SHAPE(3, 2, 5, 5), 1), *centre = noise(b, GT_SHAPE(3, 2), 0);
    static const double centres[] = {0, 5, 2, 2, 5, 0};
    memcpy(b->data[1], centres, sizeof centres);
    run(b, gt_cut_out(b->g, x, centre, 2), out);
    for (int i = 0; i < 150; ++i) {
        const double *at = centres + i / 50 * 2;
        double down = i / 5 % 5 - (at[0] - 1), across = i % 5 - (at[1] - 1);
        bool cut = down >= 0 && down < 2 && across >= 0 && across < 2;
        assert_true(out[i] == (cut ? 0 : b->data[0][i]));
    }
    bench_destroy(b);
}

/* One half everywhere but saturation changes nothing; each number changes what it is named for.
 */
static void test_jitter(void **state) {
    bench *b = bench_create();
    double out[MOST];
    gt_tensor *u[3], *x = noise(b, GT_SHAPE(1, 2, 2, 2), 1);
    for (int i = 0; i < 3; ++i) {
        u[i] = noise(b, GT_SHAPE(1, 1, 1, 1), 0);
        b->data[1 + i][0] = 0.5;
    }
    gt_tensor *y = gt_jitter_colour(b->g, x, u[0], u[1], u[2]);
    run(b, y, out);
    for (int i = 0; i < 8; ++i) assert_near(out[i], b->data[0][i], 1e-15);
    b->data[1][0] = 0.75;
    run(b, y, out);
    for (int i = 0; i < 8; ++i) assert_near(out[i], b->data[0][i] + 0.25, 1e-14);
    b->data[1][0] = 0.5, b->data[2][0] = 0; /* gray */
    run(b, y, out);
    for (int p = 0; p < 4; ++p)
        assert_near(out[p], (b->data[0][p] + b->data[0][4 + p]) / 2, 1e-14);
    b->data[2][0] = 0.5, b->data[3][0] = 0; /* half the contrast */
    run(b, y, out);
    double mean = 0;
    for (int i = 0; i < 8; ++i) mean += b->data[0][i] / 8;
    for (int i = 0; i < 8; ++i) assert_near(out[i], (b->data[0][i] + mean) / 2, 1e-14);
    bench_destroy(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attention),       cmocka_unit_test(test_global_context),
        cmocka_unit_test(test_frequency_waves), cmocka_unit_test(test_cut_out),
        cmocka_unit_test(test_jitter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
