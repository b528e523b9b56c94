/* Every algorithm of a convolution gives what the direct one gives, in all three directions;
 * the rule takes the one that suits. */
#include "gt_test.h"

#include <math.h>

#include "cpu/conv.h"
#include "galatea/plan.h"

typedef struct sides {
    float *x, *w, *y;
    int64_t x_count, w_count, y_count;
} sides;

static float *filled(int64_t count, int step) {
    float *out = aligned_alloc(64, ((size_t)count * sizeof *out + 127) / 64 * 64);
    for (int64_t i = 0; i < count; i++) out[i] = (float)(i * step % 61) / 61.0f - 0.45f;
    return out;
}

static gt_conv_problem problem_of(gt_conv_kind kind, int64_t size, int stride) {
    int64_t out = (size + 2 - 3) / stride + 1;
    return (gt_conv_problem){.kind = kind,
                             .x = GT_SHAPE(5, 48, size, size),
                             .w = GT_SHAPE(32, 48, 3, 3),
                             .y = GT_SHAPE(5, 32, out, out),
                             .how = {stride, 1, 1},
                             .x_blocked = true,
                             .y_blocked = true};
}

/* Runs the problem from the same numbers; the result is the caller's, NULL where there is no
 * such algorithm. */
static float *result_of(const gt_conv_problem *p, gt_conv_algorithm algorithm, bool accumulate,
                        int64_t *count) {
    gt_error err;
    gt_conv_work *conv = NULL;
    int64_t x = gt_shape_count(p->x), w = gt_shape_count(p->w), y = gt_shape_count(p->y);
    gt_status status = gt_conv_create(p, algorithm, 2, &conv, &err);
    if (status == GT_UNSUPPORTED && algorithm != GT_CONV_DIRECT) return NULL;
    assert_ok(status, err);
    float *a = filled(p->kind == GT_CONV_DATA ? y : x, 7);
    float *weights = filled(p->kind == GT_CONV_WEIGHTS ? y : w, 11);
    float *prepared = filled((int64_t)(gt_conv_weights_bytes(conv) / sizeof(float)), 1);
    float *scratch = filled((int64_t)(gt_conv_scratch(conv) / sizeof(float)) + 16, 3);
    *count = p->kind == GT_CONV_FORWARD ? y : p->kind == GT_CONV_DATA ? x : w;
    float *result = filled(*count, 5);
    const float *b = weights;
    if (p->kind != GT_CONV_WEIGHTS) {
        assert_ok(gt_conv_prepare(conv, weights, prepared, &err), err);
        b = prepared;
    }
    assert_ok(gt_conv_run(conv, a, b, NULL, result, accumulate, scratch, &err), err);
    free(a);
    free(weights);
    free(prepared);
    free(scratch);
    gt_conv_destroy(conv);
    return result;
}

/* Returns whether there was anything to compare. */
static bool compare(gt_conv_problem p, gt_conv_algorithm algorithm, bool accumulate) {
    int64_t count = 0;
    p.accumulate = accumulate && p.kind == GT_CONV_FORWARD;
    accumulate = accumulate && p.kind == GT_CONV_WEIGHTS;
    float *want = result_of(&p, GT_CONV_DIRECT, accumulate, &count);
    float *got = result_of(&p, algorithm, accumulate, &count);
    for (int64_t i = 0; got && i < count; i++)
        if (!(fabsf(got[i] - want[i]) <= 2e-4f))
            fail_msg("algorithm %d, kind %d, %lld pixels, stride %d: number %lld is %g, not %g",
                     (int)algorithm, (int)p.kind, (long long)p.x.dim[2], p.how.stride,
                     (long long)i, (double)got[i], (double)want[i]);
    bool was_there = got != NULL;
    free(want);
    free(got);
    return was_there;
}

static void test_algorithms_agree(void **state) {
    int compared[GT_CONV_ALGORITHMS] = {0};
    for (gt_conv_algorithm a = GT_CONV_WINOGRAD; a < GT_CONV_ALGORITHMS; a++)
        for (gt_conv_kind kind = GT_CONV_FORWARD; kind <= GT_CONV_WEIGHTS; kind++)
            for (int64_t size = 1; size <= 4; size++)
                for (int stride = 1; stride <= 2; stride++)
                    for (int accumulate = 0; accumulate < 2; accumulate++)
                        compared[a] += compare(problem_of(kind, size, stride), a, accumulate);
    /* images of 1x1 and 2x2 pixels, either stride, with and without adding */
    assert_int_equal(compared[GT_CONV_DENSE], 3 * 2 * 2 * 2);
    assert_int_equal(compared[GT_CONV_PAIRS], 3 * 2);     /* 2x2 pixels, one stride */
    assert_int_equal(compared[GT_CONV_TILES], 3 * 4 * 2); /* four sizes, one stride */
}

/* The line of a 3x3 convolution of `images` square pictures, whose profile tells its work. */
static void assert_chosen_for(int64_t images, int64_t in, int64_t out, int64_t size, int window,
                              const char *wanted) {
    gt_error err;
    gt_plan *plan = NULL;
    gt_algorithms *algorithms = gt_algorithms_create();
    gt_plan_options options = {.threads = 1, .algorithms = algorithms};
    gt_graph *g = gt_graph_create();
    gt_tensor *x = gt_input(g, "x", GT_SHAPE(images, in, size, size));
    gt_tensor *w = gt_parameter(g, "w", GT_SHAPE(out, in, window, window), 0);
    gt_tensor *y = gt_conv2d(g, gt_relu(g, x), w, NULL, (gt_conv){1, window / 2, 1});
    gt_tensor *result = gt_relu(g, y);
    assert_int_equal(gt_plan_create(g, &result, 1, &options, &plan, &err), GT_OK);
    char *text = gt_algorithms_text(algorithms);
    assert_non_null(text);
    if (!strstr(text, wanted)) fail_msg("%s, expected %s", text, wanted);
    char *report = gt_plan_report(plan), sum[64];
    double terms = (double)(window * window * in) * (double)gt_shape_count(gt_tensor_shape(y));
    snprintf(sum, sizeof sum, "  %8.2f GFLOP     0 GFLOP/s  convolution, ", 2e-9 * terms);
    if (!strstr(report, sum)) fail_msg("%s, expected %s", report, sum);
    free(report);
    free(text);
    gt_plan_destroy(plan);
    gt_graph_destroy(g);
    gt_algorithms_destroy(algorithms);
}

static void assert_chosen_between(int64_t images, int64_t in, int64_t out, int64_t size,
                                  const char *wanted) {
    assert_chosen_for(images, in, out, size, 3, wanted);
}

static void assert_chosen(int64_t images, int64_t channels, int64_t size, const char *wanted) {
    assert_chosen_between(images, channels, channels, size, wanted);
}

static void test_the_rule(void **unused) {
    (void)unused;
    assert_chosen(1, 64, 8, " direct"); /* too few tiles for the transforms of the weights */
    assert_chosen(8, 64, 2, " dense");
    assert_chosen(16, 544, 2, " direct"); /* a matrix too large, tiles three quarters empty */
    assert_chosen(64, 544, 2, " pairs");
#ifdef __AVX512F__
    assert_chosen(8, 64, 8, " tiles");
    assert_chosen(2, 16, 8, " tiles");
    assert_chosen_between(2, 6, 64, 16, " narrow");
    assert_chosen_between(2, 64, 1, 16, " narrow");
    assert_chosen_for(2, 512, 512, 16, 1, " strassen");
    assert_chosen_for(1, 512, 512, 16, 1, " strassen");
#else
    assert_chosen(8, 64, 8, " winograd");
    assert_chosen(8, 16, 8, " direct"); /* too few channels for the transforms of the pixels */
    assert_chosen(2, 16, 32, " winograd");
#endif
    assert_chosen_for(4, 512, 256, 16, 1, " direct"); /* too few channels */
    assert_chosen_for(1, 512, 512, 15, 1, " direct"); /* too few pixels */
    assert_chosen_for(5, 512, 512, 15, 1, " direct"); /* in the last chunk */
    assert_chosen_between(2, 4, 64, 16, " direct");   /* little to multiply */
    assert_chosen_between(2, 64, 6, 4, " direct");    /* too few tiles */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_algorithms_agree),
                                       cmocka_unit_test(test_the_rule)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
