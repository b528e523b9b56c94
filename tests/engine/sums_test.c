/* sums_test.c - kernels that add up or compare: pools, resizing, windows put back, maxima,
 * softmax, gated units, against the definition in both layouts and for any number of threads.
 * A sum may be off by u for each of its terms; what a NaN or an infinity makes is what IEEE 754
 * says. */
#include "kernel_call.h"

static const double u = 0x1p-24; /* half a unit in the last place of 1 */
static gt_graph *g;

static gt_tensor *input(gt_shape shape) {
    return gt_input(g, "x", shape);
}

static const gt_shape images[] = {
    {4, {1, 1, 1, 1}},    {4, {2, 15, 4, 6}},  {4, {1, 16, 2, 2}},  {4, {3, 16, 12, 6}},
    {4, {2, 17, 6, 4}},   {4, {1, 32, 8, 3}},  {4, {2, 33, 2, 9}},  {4, {1, 48, 17, 1}},
    {4, {2, 16, 16, 17}}, {4, {1, 3, 30, 33}}, {4, {1, 1, 1, 300}}, {4, {2, 256, 3, 2}},
    {4, {2, 16, 10, 15}}};
enum { IMAGES = sizeof images / sizeof *images };

static void each_image(void (*one)(gt_shape shape)) {
    for (int i = 0; i < IMAGES; i++) {
        g = gt_graph_create();
        one(images[i]);
        gt_graph_destroy(g);
    }
}

/* `terms` roundings of what the absolute inputs give, and `floor` besides; 0: no rounding. */
static void check(const gt_tensor *node, double terms, double floor, const char *what) {
    gt_error err = {0};
    float *in[GT_CALL_INPUTS];
    char text[96];
    assert_ok(gt_graph_check(g, &err), err);
    call_draw(node, 1, in);
    double *want = call_definition(node, in, false), *size = call_definition(node, in, true);
    for (int layout = GT_PLAIN; layout <= GT_BLOCKED; layout++) {
        for (int threads = 1; threads <= 5; threads++) {
            float *got = call_kernel(
                node, in, (call_how){.layout = (gt_layout)layout, .threads = threads});
            for (int64_t i = 0; i < gt_shape_count(node->shape); i++)
                if (!(fabs(got[i] - want[i]) <= terms * u * size[i] + floor))
                    fail_msg("%s of %s, %s, %d threads: number %lld is %.9g, not %.9g", what,
                             gt_shape_text(node->inputs[0]->shape, text),
                             layout ? "blocked" : "plain", threads, (long long)i,
                             (double)got[i], want[i]);
            free(got);
        }
    }
    free(call_either_way(node, in, (call_how){.layout = GT_BLOCKED, .threads = 3}, what));
    free(want);
    free(size);
    call_free(node, in);
}

/* ---- Sums ----------------------------------------------------------------------------- */

static void pools_of(gt_shape s) {
    for (int k = 2; k <= 6; k++)
        if (s.dim[2] % k == 0 && s.dim[3] % k == 0)
            check(gt_avg_pool(g, input(s), k), k * k + 2, 0, "average pool");
}

/* Weights of a row and of a column are rounded, their sums have few terms: at most twice what
 * shrinking brings together along each side, and two. */
static void bilinear_of(gt_shape s) {
    static const int64_t sizes[] = {1, 2, 5, 16, 33};
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 5; k++) {
            double rows = 2 * fmax(1, (double)s.dim[2] / (double)sizes[i]) + 2;
            double columns = 2 * fmax(1, (double)s.dim[3] / (double)sizes[k]) + 2;
            gt_tensor *y = gt_resize(g, input(s), sizes[i], sizes[k], GT_RESIZE_BILINEAR);
            if (y->op == GT_OP_RESIZE) check(y, rows + columns + 4, 0, "bilinear");
        }
}

/* The transposes: as many terms as pixels have a part in one at most. */
static void resize_back_of(gt_shape s) {
    static const int64_t sizes[] = {1, 3, 16, 33};
    for (int filter = GT_RESIZE_NEAREST; filter <= GT_RESIZE_BILINEAR; filter++)
        for (int i = 0; i < 4; i++) {
            gt_tensor *x = input(s), *grad;
            gt_tensor *y = gt_resize(g, x, sizes[i], sizes[3 - i], (gt_resize_filter)filter);
            if (y == x) continue;
            gt_tensor *seed = input(y->shape);
            gt_grad_from(g, y, seed, &x, 1, &grad);
            double most = (double)(sizes[i] + sizes[3 - i]) + 8;
            check(grad, most, 0, "resize, transposed");
        }
}

static void unfolds_back_of(gt_shape s) {
    for (int k = 1; k <= 4; k++)
        for (int stride = 1; stride <= 3; stride++)
            for (int pad = 0; pad < k; pad++) {
                if (s.dim[2] + 2 * pad < k || s.dim[3] + 2 * pad < k) continue;
                gt_tensor *columns = gt_unfold(g, input(s), k, stride, pad);
                gt_tensor *y = gt_unfold_back(g, input(columns->shape), s, k, stride, pad);
                check(y, k * k, 0, "unfold, back");
            }
}

/* Over the first dimension alone. Its sums are made in double: one rounding. */
static void sums_of_images_of(gt_shape s) {
    gt_shape one = s;
    one.dim[0] = 1;
    gt_tensor *y = gt_sum_to(g, input(s), one);
    if (y->op == GT_OP_SUM_TO) check(y, 1, 0, "sum over images");
}

static void pools(void **state) {
    each_image(pools_of);
}
static void bilinear(void **state) {
    each_image(bilinear_of);
}
static void resize_back(void **state) {
    each_image(resize_back_of);
}
static void unfolds_back(void **state) {
    each_image(unfolds_back_of);
}
static void sums_of_images(void **state) {
    each_image(sums_of_images_of);
}

/* ---- Maxima --------------------------------------------------------------------------- */

static void maxima_of(gt_shape s) {
    for (int axis = 0; axis < 4; axis++)
        check(gt_reduce_max(g, input(s), axis), 0, 0, "maximum");
}

static void max_pools_of(gt_shape s) {
    for (int k = 1; k <= 4; k++)
        for (int stride = 1; stride <= 3; stride++)
            for (int pad = 0; pad < k; pad += 2) {
                if (s.dim[2] + 2 * pad < k || s.dim[3] + 2 * pad < k) continue;
                gt_tensor *x = input(s), *grad;
                gt_tensor *y = gt_max_pool(g, x, k, stride, pad);
                check(y, 0, 0, "max pool");
                gt_grad_from(g, y, input(y->shape), &x, 1, &grad);
                /* by |x| others may win; k k numbers below 6 meet in a pixel at most */
                check(grad, 0, 6 * pow(k, 4) * u, "max pool, back");
            }
}

static void maxima(void **state) {
    each_image(maxima_of);
}
static void max_pools(void **state) {
    each_image(max_pools_of);
}

/* Wherever a NaN stands in a line, it is the maximum; infinities are numbers like others. */
static void maxima_of_no_numbers(void **state) {
    static const int64_t lengths[] = {1, 2, 15, 16, 17, 33, 100};
    for (size_t n = 0; n < sizeof lengths / sizeof *lengths; n++)
        for (int64_t inner = 1; inner <= 3; inner += 2)
            for (int64_t at = 0; at < lengths[n]; at++) {
                g = gt_graph_create();
                gt_tensor *y = gt_reduce_max(g, input(GT_SHAPE(2, lengths[n], inner)), 1);
                float *in[GT_CALL_INPUTS];
                call_draw(y, 1, in);
                in[0][at * inner] = NAN;
                in[0][(lengths[n] + at) * inner] = INFINITY;
                float *got = call_kernel(y, in, (call_how){.threads = 2});
                assert_true(isnan(got[0]) && got[inner] == INFINITY);
                for (int64_t i = 1; i < inner; i++)
                    assert_true(got[i] < 9 && got[inner + i] < 9);
                for (int64_t k = 0; k < lengths[n]; k++) in[0][k * inner] = -INFINITY;
                free(got);
                got = call_kernel(y, in, (call_how){.threads = 2});
                assert_true(got[0] == -INFINITY);
                free(got);
                call_free(y, in);
                gt_graph_destroy(g);
            }
}

/* ---- Softmax and gates ---------------------------------------------------------------- */

/* exp within 1.5 units, its argument rounded once (|x| below 11 here), sums of n terms. */
static void softmaxes_of(gt_shape s) {
    for (int axis = 0; axis < 4; axis++) {
        float *in[GT_CALL_INPUTS];
        gt_tensor *y = gt_softmax(g, input(s), axis);
        double allowed = (2 * 3 + 2 * 11 + (double)s.dim[axis] + 2) * u;
        call_draw(y, 1, in);
        double *want = call_definition(y, in, false);
        for (int layout = GT_PLAIN; layout <= GT_BLOCKED; layout++)
            for (int threads = 1; threads <= 5; threads++) {
                call_how how = {.layout = (gt_layout)layout, .threads = threads};
                float *got = call_kernel(y, in, how);
                for (int64_t i = 0; i < gt_shape_count(s); i++)
                    if (!(fabs(got[i] - want[i]) <= allowed * want[i]))
                        fail_msg("softmax along axis %d of %lld: %.9g, not %.9g", axis,
                                 (long long)s.dim[axis], (double)got[i], want[i]);
                free(got);
            }
        free(call_either_way(y, in, (call_how){.layout = GT_BLOCKED, .threads = 4}, "softmax"));
        free(want);
        call_free(y, in);
    }
}

/* Places along the axis that a line of numbers is written to, in an image of 32 channels. */
static void put_line(float *x, int axis, const float *line) {
    int64_t step = axis == 1 ? 4 : 1, length = axis == 1 ? 32 : 4;
    for (int64_t i = 0; i < length; i++) x[i * step] = line[i];
}

/* A line of -infinity has no softmax; one infinity among numbers takes nothing or all is NaN;
 * a NaN stays in its line; far apart and equal huge values are exact. */
static void softmax_ends(void **state) {
    for (int axis = 1; axis <= 3; axis += 2)
        for (int layout = GT_PLAIN; layout <= GT_BLOCKED; layout++)
            for (int c = 0; c < 6; c++) {
                static const float value[] = {-INFINITY, -INFINITY, INFINITY,
                                              NAN,       1e30f,     3e38f};
                static const float rest[] = {-INFINITY, 1, 0, 0, -1e30f, 3e38f};
                float line[32], *in[GT_CALL_INPUTS];
                g = gt_graph_create();
                gt_tensor *y = gt_softmax(g, input(GT_SHAPE(1, 32, 1, 4)), axis);
                call_draw(y, 1, in);
                for (int i = 0; i < 32; i++) line[i] = i == 1 ? value[c] : rest[c];
                put_line(in[0], axis, line);
                int64_t step = axis == 1 ? 4 : 1, length = axis == 1 ? 32 : 4, next = 5 - step;
                float *got =
                    call_kernel(y, in, (call_how){.layout = (gt_layout)layout, .threads = 1});
                bool is_lost = c == 0 || c == 2 || c == 3;
                for (int64_t i = 0; i < length; i++) {
                    float a = got[i * step];
                    if (is_lost) assert_true(isnan(a));
                    if (c == 1)
                        assert_true(i == 1 ? a == 0
                                           : fabs(a * (double)(length - 1) - 1) < 4 * u);
                    if (c == 4) assert_true(a == (i == 1));
                    if (c == 5) assert_true(a == 1.0f / (float)length);
                }
                assert_true(got[next] > 0 && got[next] < 1); /* another line */
                free(got);
                call_free(y, in);
                gt_graph_destroy(g);
            }
}

/* a / (1 + exp(-b)): a few roundings, whatever the halves are. */
static void gates_of(gt_shape s) {
    for (int axis = 0; axis < 4; axis++) {
        gt_shape both = s;
        both.dim[axis] *= 2;
        check(gt_glu(g, input(both), axis), 40, 0, "gated unit");
    }
}

static void softmaxes(void **state) {
    each_image(softmaxes_of);
}
static void gates(void **state) {
    each_image(gates_of);
}

/* Gates open and shut fully, and pass on what is no number. */
static void gates_ends(void **state) {
    static const float a[] = {2, 2, 1e30f, NAN, 0, INFINITY, 2, -3e38f};
    static const float b[] = {200, -200, 200, 0, NAN, 1, -INFINITY, INFINITY};
    static const float want[] = {2, 0, 1e30f, NAN, NAN, INFINITY, 0, -3e38f};
    g = gt_graph_create();
    gt_tensor *y = gt_glu(g, input(GT_SHAPE(16)), 0);
    float *in[GT_CALL_INPUTS];
    call_draw(y, 1, in);
    memcpy(in[0], a, sizeof a);
    memcpy(in[0] + 8, b, sizeof b);
    float *got = call_kernel(y, in, (call_how){.threads = 1});
    for (int i = 0; i < 8; i++) {
        if (i == 5)
            assert_true(got[i] == INFINITY);
        else if (!call_same(got[i], want[i]))
            fail_msg("%g through a gate of %g is %g", (double)a[i], (double)b[i],
                     (double)got[i]);
    }
    free(got);
    call_free(y, in);
    gt_graph_destroy(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pools),          cmocka_unit_test(bilinear),
        cmocka_unit_test(resize_back),    cmocka_unit_test(unfolds_back),
        cmocka_unit_test(sums_of_images), cmocka_unit_test(maxima),
        cmocka_unit_test(max_pools),      cmocka_unit_test(maxima_of_no_numbers),
        cmocka_unit_test(softmaxes),      cmocka_unit_test(softmax_ends),
        cmocka_unit_test(gates),          cmocka_unit_test(gates_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
