/* conv_planes_test.c - 1x1 convolutions between few planes against the definition, and their
 * data gradients: channels that fill no register, strips that end early, with a bias, clipped,
 * by any number of threads. */
#include "kernel_call.h"

#include "cpu/conv.h"

typedef struct geometry {
    int64_t images, in, out, height, width;
} geometry;

static const geometry geometries[] = {
    {1, 1, 1, 4, 4},    {3, 12, 12, 8, 8},  {2, 24, 24, 16, 10}, {5, 3, 7, 12, 12},
    {1, 64, 63, 16, 5}, {9, 6, 13, 32, 32}, {2, 2, 64, 1, 80},   {40, 12, 12, 32, 32}};
enum { GEOMETRIES = sizeof geometries / sizeof *geometries };

static gt_conv_problem problem_of(const geometry *e, gt_conv_kind kind, bool extra) {
    return (gt_conv_problem){.kind = kind,
                             .x = GT_SHAPE(e->images, e->in, e->height, e->width),
                             .w = GT_SHAPE(e->out, e->in, 1, 1),
                             .y = GT_SHAPE(e->images, e->out, e->height, e->width),
                             .how = {.stride = 1, .groups = 1},
                             .bias = extra,
                             .clip = extra};
}

static gt_tensor *node_of(gt_graph *g, const gt_conv_problem *p) {
    gt_tensor *x = gt_input(g, "x", p->x), *w = gt_input(g, "w", p->w),
              *y = gt_input(g, "y", p->y);
    if (p->kind == GT_CONV_DATA) return gt_conv2d_data(g, y, w, p->x, p->how);
    gt_tensor *bias = p->bias ? gt_input(g, "bias", GT_SHAPE(p->w.dim[0])) : NULL;
    return gt_conv2d(g, x, w, bias, p->how);
}

static float *compute(const gt_conv_problem *p, float *const *in, int64_t count, int threads) {
    gt_error err = {0};
    gt_conv_work *work = NULL;
    assert_ok(gt_conv_create(p, GT_CONV_PLANES, threads, &work, &err), err);
    assert_string_equal(gt_conv_name(work), "planes");
    assert_int_equal(gt_conv_scratch(work), 0);
    int64_t size = (int64_t)(gt_conv_weights_bytes(work) / sizeof(float));
    float *weights = call_new(size), *result = call_new(count);
    assert_ok(gt_conv_prepare(work, in[1], weights, &err), err);
    gt_conv_beside beside = {.bias = p->bias ? in[2] : NULL};
    assert_ok(gt_conv_run(work, in[0], weights, &beside, result, false, NULL, &err), err);
    call_check_guard(weights, size, "weights");
    call_check_guard(result, count, "result");
    free(weights);
    gt_conv_destroy(work);
    return result;
}

/* Sums of products, off by u a term and addition. */
static void judge(const float *got, const double *want, const double *size, int64_t count,
                  const gt_conv_problem *p) {
    static const double u = 0x1p-24;
    int64_t terms = p->w.dim[p->kind == GT_CONV_DATA ? 0 : 1];
    for (int64_t i = 0; i < count; i++) {
        double off = fabs(got[i] - (p->clip ? fmax(want[i], 0) : want[i]));
        if (!(off <= (double)(terms + 2) * u * size[i]))
            fail_msg("kind %d, %lld channels to %lld: number %lld is %.9g, not %.9g",
                     (int)p->kind, (long long)p->x.dim[1], (long long)p->y.dim[1], (long long)i,
                     (double)got[i], want[i]);
    }
}

static void check(const gt_conv_problem *p) {
    static const int threads[] = {1, 2, 5};
    gt_graph *g = gt_graph_create();
    gt_tensor *node = node_of(g, p);
    int64_t count = gt_shape_count(gt_tensor_shape(node));
    float *in[GT_CALL_INPUTS], *first = NULL;
    call_draw(node, 1, in);
    double *want = call_definition(node, in, false), *size = call_definition(node, in, true);
    for (int i = 0; i < 3; i++) {
        float *got = compute(p, in, count, threads[i]);
        judge(got, want, size, count, p);
        if (first) call_assert_bits(got, first, count, "together", threads[i]);
        if (first) free(first);
        first = got;
    }
    free(first), free(want), free(size);
    call_free(node, in);
    gt_graph_destroy(g);
}

static void test_definition(void **state) {
    for (int i = 0; i < GEOMETRIES; i++)
        for (int extra = 0; extra < 2; extra++) {
            gt_conv_problem p = problem_of(&geometries[i], GT_CONV_FORWARD, extra);
            check(&p);
            p = problem_of(&geometries[i], GT_CONV_DATA, false);
            check(&p);
        }
}

/* What it leaves to others: more channels, pixels that fill no register, windows, steps. */
static void test_others(void **state) {
    static const geometry good = {2, 12, 12, 8, 8}, wide = {2, 65, 12, 8, 8},
                          ragged = {2, 12, 12, 5, 5};
    gt_conv_problem p = problem_of(&good, GT_CONV_FORWARD, true);
    assert_true(gt_conv_own_applies(GT_CONV_PLANES, &p));
    gt_conv_problem others[] = {problem_of(&wide, GT_CONV_FORWARD, true),
                                problem_of(&ragged, GT_CONV_FORWARD, true),
                                problem_of(&good, GT_CONV_WEIGHTS, false),
                                p,
                                p,
                                p,
                                p};
    others[3].how.stride = 2, others[4].how.pad = 1, others[5].accumulate = true;
    others[6].w.dim[2] = others[6].w.dim[3] = 3;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(gt_conv_own_applies(GT_CONV_PLANES, &others[i]));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_definition),
                                       cmocka_unit_test(test_others)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
