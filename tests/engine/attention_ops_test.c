/* attention_ops_test.c - attention to neighbours and to all: every kernel of both against the
 * definition, in both layouts, at heads that fill no block and rows that fill no vector, by any
 * number of threads; what the definitions have to do with each other; and results that are
 * known. */
#include "kernel_call.h"

typedef struct geometry {
    int64_t images, heads, size, height, width;
} geometry;

/* clang-format off */
static const geometry geometries[] = {
    {1, 1, 1, 1, 1}, {2, 3, 2, 1, 5}, {1, 2, 5, 4, 1}, {3, 2, 8, 3, 17}, {2, 1, 16, 2, 2},
    {1, 4, 4, 5, 6}, {2, 2, 16, 4, 16}, {1, 1, 32, 3, 33}, {1, 2, 17, 5, 15}, {2, 1, 48, 4, 31},
    {4, 2, 16, 1, 1}, {1, 3, 16, 7, 18},
};
/* clang-format on */
enum { GEOMETRIES = sizeof geometries / sizeof *geometries, FORMS = 8 };

static const char *const names[FORMS] = {
    "near", "near, moved", "gradient of near", "gradient of near, moved",
    "wide", "wide, moved", "gradient of wide", "gradient of wide, moved"};

/* ---- The eight forms -------------------------------------------------------------------- */

/* Thirds of queries, keys and values, or one of them. */
static gt_shape thirds(const geometry *e, int64_t count) {
    return GT_SHAPE(e->images, count * e->heads * e->size, e->height, e->width);
}

/* Form number `form` of leaves: values, what a gradient begins with, and the way they move. */
static gt_tensor *node_of(gt_graph *g, const geometry *e, int form) {
    gt_tensor *inputs[GT_CALL_INPUTS];
    int count = 0;
    bool is_wide = form >= 4, is_back = form % 4 >= 2, moves = form % 2;
    gt_op op = is_wide ? (is_back ? GT_OP_WIDE_BACK : GT_OP_WIDE)
                       : (is_back ? GT_OP_NEAR_BACK : GT_OP_NEAR);
    gt_attr attr = {.factor = (int)e->heads};
    if (is_wide) {
        inputs[count++] = gt_input(g, "q", thirds(e, 1));
        inputs[count++] = gt_input(g, "kv", thirds(e, 2));
    } else {
        inputs[count++] = gt_input(g, "x", thirds(e, 3));
    }
    if (is_back) inputs[count++] = gt_input(g, "g", thirds(e, 1));
    if (moves) inputs[count++] = gt_input(g, "t", thirds(e, 3));
    return gt_graph_append(g, op, thirds(e, is_back ? 3 : 1), inputs, count, &attr, NULL);
}

/* ---- Kernels against definitions -------------------------------------------------------- */

/* Off by no more than rounding of sums over channels and pixels, softmaxes between them. */
static void judge(const float *got, const double *want, int64_t count, const char *what) {
    static const double enough = 1e-5;
    double largest = 1e-2;
    for (int64_t i = 0; i < count; i++) largest = fmax(largest, fabs(want[i]));
    for (int64_t i = 0; i < count; i++)
        if (!(fabs(got[i] - want[i]) <= enough * largest))
            fail_msg("%s: number %lld is %.9g, not %.9g, where the largest is %.3g", what,
                     (long long)i, (double)got[i], want[i], largest);
}

static void check(const geometry *e, int form) {
    static const int threads[] = {1, 2, 3, 5};
    gt_graph *g = gt_graph_create();
    gt_tensor *node = node_of(g, e, form);
    float *in[GT_CALL_INPUTS], *first[2] = {NULL, NULL};
    int64_t count = gt_shape_count(node->shape);
    call_draw(node, 0.7f, in);
    double *want = call_definition(node, in, false);
    for (int i = 0; i < 8; i++) {
        char what[160];
        call_how how = {.layout = i % 2 ? GT_BLOCKED : GT_PLAIN, .threads = threads[i / 2]};
        snprintf(what, sizeof what,
                 "%s, %lld images of %lldx%lld, %lld heads of %lld, %s, %d threads",
                 names[form], (long long)e->images, (long long)e->height, (long long)e->width,
                 (long long)e->heads, (long long)e->size, i % 2 ? "blocked" : "plain",
                 how.threads);
        float *got = call_either_way(node, in, how, what);
        judge(got, want, count, what);
        if (!first[i % 2]) first[i % 2] = got;
        call_assert_bits(got, first[i % 2], count, what, how.threads);
        if (got != first[i % 2]) free(got);
    }
    free(first[0]), free(first[1]), free(want);
    call_free(node, in);
    gt_graph_destroy(g);
}

static void kernels(void **state) {
    for (int form = 0; form < FORMS; form++)
        for (int i = 0; i < GEOMETRIES; i++) check(&geometries[i], form);
}

/* What one image holds does not reach the others. */
static void images_stay_apart(void **state) {
    static const geometry e = {3, 2, 16, 4, 18};
    static const float poison[] = {NAN, INFINITY, 1e30f};
    for (int form = 0; form < FORMS; form++)
        for (int p = 0; p < 3; p++) {
            gt_graph *g = gt_graph_create();
            gt_tensor *node = node_of(g, &e, form);
            float *in[GT_CALL_INPUTS];
            call_how how = {.layout = GT_BLOCKED, .threads = 2};
            int64_t made = gt_shape_count(node->shape) / 3;
            int64_t each = gt_shape_count(node->inputs[0]->shape) / 3;
            call_draw(node, 1, in);
            float *clean = call_kernel(node, in, how);
            for (int64_t i = each; i < 2 * each; i++) in[0][i] = poison[p];
            float *got = call_kernel(node, in, how);
            call_assert_bits(got, clean, made, names[form], 2);
            call_assert_bits(got + 2 * made, clean + 2 * made, made, names[form], 2);
            if (p == 0) assert_true(isnan(got[made + made / 2]));
            free(clean), free(got);
            call_free(node, in);
            gt_graph_destroy(g);
        }
}

/* ---- Definitions among each other ------------------------------------------------------- */

static double product(const double *a, const float *b, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += a[i] * (double)b[i];
    return sum;
}

/* The form of drawn inputs, but for the last one or two, which are given. */
static double *form_of(const geometry *e, int form, float *seed, float *tangent) {
    gt_graph *g = gt_graph_create();
    gt_tensor *node = node_of(g, e, form);
    float *in[GT_CALL_INPUTS], *drawn[GT_CALL_INPUTS];
    int last = node->input_count - 1;
    call_draw(node, 0.7f, drawn);
    memcpy(in, drawn, sizeof in);
    if (tangent) in[last--] = tangent;
    if (seed) in[last] = seed;
    double *result = call_definition(node, in, false);
    call_free(node, drawn);
    gt_graph_destroy(g);
    return result;
}

/* g . J t = J' g . t, and u . H t = t . H u. */
static void gradients_are_transposes(void **state) {
    for (int i = 0; i < GEOMETRIES; i++)
        for (int wide = 0; wide <= 4; wide += 4) {
            const geometry *e = &geometries[i];
            int64_t third = gt_shape_count(thirds(e, 1)), all = 3 * third;
            float *seed = call_drawn(third, 70, 1), *t = call_drawn(all, 71, 1),
                  *u = call_drawn(all, 72, 1);
            double *moved = form_of(e, wide + 1, NULL, t),
                   *slope = form_of(e, wide + 2, seed, NULL);
            double *of_t = form_of(e, wide + 3, seed, t), *of_u = form_of(e, wide + 3, seed, u);
            double a = product(moved, seed, third), b = product(slope, t, all);
            double c = product(of_t, u, all), d = product(of_u, t, all);
            if (!(fabs(a - b) <= 1e-11 * (1 + fabs(a))) ||
                !(fabs(c - d) <= 1e-11 * (1 + fabs(c))))
                fail_msg("%s, geometry %d: %.12g and %.12g, %.12g and %.12g", names[wide], i, a,
                         b, c, d);
            free(moved), free(slope), free(of_t), free(of_u);
            free(seed), free(t), free(u);
        }
}

/* The moved form is the difference of two values a little apart, by their distance. */
static void motions_are_differences(void **state) {
    static const double small = 1e-3;
    static const geometry e = {1, 2, 3, 3, 4};
    for (int form = 0; form < FORMS; form += 2) {
        gt_graph *g = gt_graph_create();
        gt_tensor *node = node_of(g, &e, form);
        float *in[GT_CALL_INPUTS], *t = call_drawn(gt_shape_count(thirds(&e, 3)), 71, 1);
        int64_t count = gt_shape_count(node->shape);
        double *ends[2], *moved = form_of(&e, form + 1, NULL, t);
        for (int side = 0; side < 2; side++) {
            const float *at = t;
            call_draw(node, 0.7f, in);
            for (int k = 0; k < (form >= 4 ? 2 : 1); k++)
                for (int64_t i = 0; i < gt_shape_count(node->inputs[k]->shape); i++) {
                    /* q, k and v of the one image stand one after the other in either form */
                    in[k][i] += (float)(side ? -small : small) * *at++;
                }
            ends[side] = call_definition(node, in, false);
            call_free(node, in);
        }
        for (int64_t i = 0; i < count; i++)
            assert_near((ends[0][i] - ends[1][i]) / (2 * small), moved[i], 2e-3);
        free(ends[0]), free(ends[1]), free(moved), free(t);
        gt_graph_destroy(g);
    }
}

/* ---- Made of other ops ------------------------------------------------------------------ */

enum { HEADS = 2, SIDE = 4, LENGTH = 3, WIDTH = HEADS * LENGTH, MOST_OUTPUTS = 5 };

static gt_tensor *part(gt_graph *g, gt_tensor *x, int64_t first, int64_t count) {
    return gt_slice(g, x, 1, first * WIDTH, count * WIDTH);
}

/* (N,C,H,W) as what lies around each pixel, (N,heads,size,9,H W). */
static gt_tensor *around(gt_graph *g, gt_tensor *x) {
    return gt_reshape(g, gt_unfold(g, x, 3, 1, 1), GT_SHAPE(2, HEADS, LENGTH, 9, SIDE * SIDE));
}

static gt_tensor *near_of_others(gt_graph *g, gt_tensor *x) {
    gt_tensor *q = gt_affine(g, part(g, x, 0, 1), 1 / sqrt((double)LENGTH), 0);
    q = gt_reshape(g, q, GT_SHAPE(2, HEADS, LENGTH, 1, SIDE * SIDE));
    gt_tensor *scores = gt_sum_to(g, gt_mul(g, q, around(g, part(g, x, 1, 1))),
                                  GT_SHAPE(2, HEADS, 1, 9, SIDE * SIDE));
    gt_tensor *mixed = gt_mul(g, gt_softmax(g, scores, 3), around(g, part(g, x, 2, 1)));
    gt_tensor *y = gt_sum_to(g, mixed, GT_SHAPE(2, HEADS, LENGTH, 1, SIDE * SIDE));
    return gt_reshape(g, y, GT_SHAPE(2, WIDTH, SIDE, SIDE));
}

static gt_tensor *wide_of_others(gt_graph *g, gt_tensor *x) {
    gt_shape each = GT_SHAPE(2, HEADS, LENGTH, SIDE * SIDE);
    gt_tensor *q = gt_softmax(g, gt_reshape(g, part(g, x, 0, 1), each), 2);
    gt_tensor *k = gt_softmax(g, gt_reshape(g, part(g, x, 1, 1), each), 3);
    gt_tensor *context = gt_matmul(g, k, gt_reshape(g, part(g, x, 2, 1), each), false, true);
    gt_tensor *y = gt_matmul(g, context, q, true, false);
    return gt_reshape(g, gt_affine(g, y, 1 / sqrt((double)LENGTH), 0),
                      GT_SHAPE(2, WIDTH, SIDE, SIDE));
}

static gt_tensor *attend(gt_graph *g, gt_tensor *x, bool is_wide, bool of_others) {
    if (of_others) return is_wide ? wide_of_others(g, x) : near_of_others(g, x);
    return is_wide ? gt_attend_wide(g, part(g, x, 0, 1), part(g, x, 1, 2), HEADS)
                   : gt_attend_near(g, x, HEADS);
}

/* y, the gradient of the sum of its cubes, and so on, each of the squares of the last. */
static void differentiate(gt_graph *g, gt_tensor *x, gt_tensor *y, gt_tensor **out) {
    gt_tensor *last = gt_sum(g, gt_mul(g, y, gt_square(g, y)));
    out[0] = y;
    for (int i = 1; i < MOST_OUTPUTS - 1; i++) {
        gt_grad(g, last, &x, 1, &out[i]);
        last = gt_sum(g, gt_square(g, out[i]));
    }
    out[MOST_OUTPUTS - 1] = last;
}

/* Values and derivatives up to the third are those of the same attention made of other ops. */
static void other_ops_agree(void **state) {
    for (int is_wide = 0; is_wide < 2; is_wide++) {
        gt_error err = {0};
        gt_graph *g = gt_graph_create();
        gt_tensor *x = gt_input(g, "x", GT_SHAPE(2, 3 * WIDTH, SIDE, SIDE));
        gt_tensor *out[2 * MOST_OUTPUTS];
        double *value[2 * MOST_OUTPUTS], *in = malloc(2 * 3 * WIDTH * SIDE * SIDE * sizeof *in);
        for (int i = 0; i < 2 * 3 * WIDTH * SIDE * SIDE; i++)
            in[i] = gt_rng_normal((gt_rng_key){77, 1, 0}, (uint64_t)i);
        for (int k = 0; k < 2; k++)
            differentiate(g, x, attend(g, x, is_wide, k), out + k * MOST_OUTPUTS);
        assert_ok(gt_graph_check(g, &err), err);
        for (int i = 0; i < 2 * MOST_OUTPUTS; i++)
            value[i] = malloc((size_t)gt_shape_count(out[i]->shape) * sizeof(double));
        gt_feed feed = {x, in};
        assert_ok(gt_reference_run(g, &feed, 1, out, 2 * MOST_OUTPUTS, value, &err), err);
        for (int i = 0; i < MOST_OUTPUTS; i++) {
            double largest = 1e-3;
            for (int64_t j = 0; j < gt_shape_count(out[i]->shape); j++)
                largest = fmax(largest, fabs(value[i][j]));
            for (int64_t j = 0; j < gt_shape_count(out[i]->shape); j++)
                assert_near(value[i][j], value[MOST_OUTPUTS + i][j], 1e-10 * largest);
        }
        for (int i = 0; i < 2 * MOST_OUTPUTS; i++) free(value[i]);
        free(in);
        gt_graph_destroy(g);
    }
}

/* ---- Known results ---------------------------------------------------------------------- */

/* A pixel alone has eight vectors of zeros around it. */
static void one_pixel_near(void **state) {
    static const geometry e = {1, 1, 4, 1, 1};
    gt_graph *g = gt_graph_create();
    float x[] = {1, 2, -1, 0.5f, 0.5f, 1, 1, -2, 3, -4, 5, 6}, *in[] = {x};
    double score = (0.5 + 2 - 1 - 1) / sqrt(4.0), share = exp(score) / (exp(score) + 8);
    float *y = call_kernel(node_of(g, &e, 0), in, (call_how){.threads = 1});
    for (int c = 0; c < 4; c++) assert_near(y[c], share * (double)x[8 + c], 1e-6);
    free(y);
    gt_graph_destroy(g);
}

/* Values that are the same everywhere come out as they are, over the root of the size. */
static void equal_values_wide(void **state) {
    static const geometry e = {2, 2, 16, 3, 5};
    gt_graph *g = gt_graph_create();
    gt_tensor *node = node_of(g, &e, 4);
    float *in[GT_CALL_INPUTS];
    int64_t third = 2 * 16 * 15;
    call_draw(node, 2, in);
    for (int n = 0; n < 2; n++)
        for (int64_t i = 0; i < third; i++)
            in[1][(2 * n + 1) * third + i] = (float)(i / 15 % 7) - 3;
    for (int layout = 0; layout < 2; layout++) {
        float *y = call_kernel(
            node, in, (call_how){.layout = layout ? GT_BLOCKED : GT_PLAIN, .threads = 2});
        for (int64_t i = 0; i < 2 * third; i++)
            assert_near(y[i], ((double)(i % third / 15 % 7) - 3) / 4, 2e-6);
        free(y);
    }
    call_free(node, in);
    gt_graph_destroy(g);
}

/* Scores of any size have softmaxes. */
static void large_scores(void **state) {
    static const geometry e = {1, 2, 16, 4, 5};
    for (int form = 0; form < FORMS; form++) {
        gt_graph *g = gt_graph_create();
        gt_tensor *node = node_of(g, &e, form);
        float *in[GT_CALL_INPUTS];
        call_draw(node, 1, in);
        for (int64_t i = 0; i < gt_shape_count(node->inputs[0]->shape); i++) in[0][i] *= 1e4f;
        float *got = call_kernel(node, in, (call_how){.layout = GT_BLOCKED, .threads = 1});
        for (int64_t i = 0; i < gt_shape_count(node->shape); i++) assert_true(isfinite(got[i]));
        free(got);
        call_free(node, in);
        gt_graph_destroy(g);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels),
        cmocka_unit_test(images_stay_apart),
        cmocka_unit_test(gradients_are_transposes),
        cmocka_unit_test(motions_are_differences),
        cmocka_unit_test(other_ops_agree),
        cmocka_unit_test(one_pixel_near),
        cmocka_unit_test(equal_values_wide),
        cmocka_unit_test(large_scores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
