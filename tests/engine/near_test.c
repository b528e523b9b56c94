/* near_test.c - attention of pixels to their neighbours: the same as of the ops that it stands
 * for, in value and in both derivatives; what is known without computing; and that neither the
 * other images of a batch nor the number of threads have a say. */
#include "gt_test.h"

#include "galatea/plan.h"
#include "rng.h"

typedef struct geometry {
    int64_t images, heads, size, height, width;
} geometry;

static const geometry geometries[] = {
    {1, 1, 1, 1, 1}, {2, 1, 3, 2, 7},   {1, 2, 4, 5, 3},
    {3, 4, 8, 6, 6}, {2, 1, 16, 9, 17}, {1, 2, 32, 4, 33},
};
enum { GEOMETRIES = sizeof geometries / sizeof *geometries };

static gt_shape shape_of(const geometry *e) {
    return GT_SHAPE(e->images, 3 * e->heads * e->size, e->height, e->width);
}

static float *draw(gt_shape shape, uint32_t stream, float scale) {
    size_t count = (size_t)gt_shape_count(shape);
    float *values = malloc(count * sizeof *values);
    gt_rng_fill_normal((gt_rng_key){7, stream, 0}, 0, count, values);
    for (size_t i = 0; i < count; i++) values[i] *= scale;
    return values;
}

/* ---- The ops that it stands for ---------------------------------------------------------- */

/* What lies around each pixel, (N,heads,size,9,H W). */
static gt_tensor *around(gt_graph *g, gt_tensor *x, const geometry *e, int third) {
    int64_t all = e->heads * e->size;
    gt_tensor *part = gt_slice(g, x, 1, third * all, all);
    return gt_reshape(g, gt_unfold(g, part, 3, 1, 1),
                      GT_SHAPE(e->images, e->heads, e->size, 9, e->height * e->width));
}

static gt_tensor *of_other_ops(gt_graph *g, gt_tensor *x, const geometry *e) {
    int64_t n = e->images, pixels = e->height * e->width;
    gt_tensor *query = gt_reshape(g, gt_slice(g, x, 1, 0, e->heads * e->size),
                                  GT_SHAPE(n, e->heads, e->size, 1, pixels));
    gt_tensor *scores =
        gt_sum_to(g, gt_mul(g, query, around(g, x, e, 1)), GT_SHAPE(n, e->heads, 1, 9, pixels));
    gt_tensor *shares = gt_softmax(g, gt_affine(g, scores, 1 / sqrt((double)e->size), 0), 3);
    gt_tensor *y = gt_sum_to(g, gt_mul(g, shares, around(g, x, e, 2)),
                             GT_SHAPE(n, e->heads, e->size, 1, pixels));
    return gt_reshape(g, y, GT_SHAPE(n, e->heads * e->size, e->height, e->width));
}

/* y, the gradient of g . y, and that of the square of this gradient, as a penalty needs it. */
enum { OUTPUTS = 3 };

static void build(gt_graph *g, const geometry *e, bool is_fused, gt_tensor *leaves[2],
                  gt_tensor *outputs[OUTPUTS]) {
    leaves[0] = gt_input(g, "x", shape_of(e));
    outputs[0] =
        is_fused ? gt_attend_near(g, leaves[0], (int)e->heads) : of_other_ops(g, leaves[0], e);
    leaves[1] = gt_input(g, "seed", gt_tensor_shape(outputs[0]));
    gt_grad(g, gt_sum(g, gt_mul(g, outputs[0], leaves[1])), leaves, 1, &outputs[1]);
    gt_grad(g, gt_sum(g, gt_square(g, outputs[1])), leaves, 1, &outputs[2]);
}

static gt_plan *run(gt_graph *g, gt_tensor *leaves[2], gt_tensor *outputs[OUTPUTS],
                    float *const data[2], const gt_plan_options *options) {
    gt_error err = {0};
    gt_plan *plan = NULL;
    assert_ok(gt_graph_check(g, &err), err);
    assert_ok(gt_plan_create(g, outputs, OUTPUTS, options, &plan, &err), err);
    for (int i = 0; i < 2; i++) assert_ok(gt_plan_bind(plan, leaves[i], data[i], &err), err);
    for (int i = 0; i < 2; i++) assert_ok(gt_plan_run(plan, &err), err);
    return plan;
}

static void check_geometry(const geometry *e) {
    gt_graph *fused = gt_graph_create(), *plain = gt_graph_create();
    gt_tensor *leaves[2][2], *outputs[2][OUTPUTS];
    build(fused, e, true, leaves[0], outputs[0]);
    build(plain, e, false, leaves[1], outputs[1]);
    float *data[2] = {draw(shape_of(e), 1, 1), draw(gt_tensor_shape(outputs[0][0]), 2, 1)};
    gt_plan *got = run(fused, leaves[0], outputs[0], data, &(gt_plan_options){.threads = 2});
    gt_plan *want =
        run(plain, leaves[1], outputs[1], data,
            &(gt_plan_options){.threads = 1, .exact = true, .backend = gt_backend_oracle()});
    for (int i = 0; i < OUTPUTS; i++) {
        const float *a = gt_plan_output(got, i), *b = gt_plan_output(want, i);
        double largest = 1e-3;
        int64_t count = gt_shape_count(gt_tensor_shape(outputs[0][i]));
        for (int64_t k = 0; k < count; k++) largest = fmax(largest, fabs((double)b[k]));
        for (int64_t k = 0; k < count; k++) assert_near(a[k], b[k], 1e-5 * largest);
    }
    gt_plan_destroy(got);
    gt_plan_destroy(want);
    gt_graph_destroy(fused);
    gt_graph_destroy(plain);
    free(data[0]);
    free(data[1]);
}

static void equals_the_ops_it_stands_for(void **state) {
    for (int i = 0; i < GEOMETRIES; i++) check_geometry(&geometries[i]);
}

/* ---- Without computing ------------------------------------------------------------------- */

static void attend(const geometry *e, const float *x, int threads, float *y) {
    gt_error err = {0};
    gt_plan *plan = NULL;
    gt_graph *g = gt_graph_create();
    gt_tensor *leaf = gt_input(g, "x", shape_of(e));
    gt_tensor *output = gt_attend_near(g, leaf, (int)e->heads);
    assert_ok(
        gt_plan_create(g, &output, 1, &(gt_plan_options){.threads = threads}, &plan, &err),
        err);
    assert_ok(gt_plan_bind(plan, leaf, x, &err), err);
    assert_ok(gt_plan_run(plan, &err), err);
    memcpy(y, gt_plan_output(plan, 0),
           (size_t)gt_shape_count(gt_tensor_shape(output)) * sizeof *y);
    gt_plan_destroy(plan);
    gt_graph_destroy(g);
}

/* Queries of zeros look at all nine alike, and outside there is nothing: a corner of ones has
 * four of nine, an edge six. */
static void zeros_outside_take_part(void **state) {
    const geometry e = {1, 1, 2, 3, 3};
    static const int inside[] = {4, 6, 4, 6, 9, 6, 4, 6, 4};
    float x[54] = {0}, y[18];
    for (int i = 36; i < 54; i++) x[i] = 1;
    attend(&e, x, 1, y);
    for (int i = 0; i < 18; i++) assert_near(y[i], inside[i % 9] / 9.0, 1e-6);
}

/* Scores that no exponential holds choose one pixel: here the one to the right. */
static void large_scores_choose(void **state) {
    const geometry e = {1, 1, 1, 1, 3};
    static const float x[] = {1e19f, 1e19f, 1e19f, 0, 1e18f, 2e18f, 5, 6, 7};
    float y[3];
    attend(&e, x, 1, y);
    assert_near(y[0], 6, 0);
    assert_near(y[1], 7, 0);
    assert_near(y[2], 7, 0);
}

static void images_and_threads_have_no_say(void **state) {
    const geometry all = {3, 2, 8, 7, 19}, one = {1, 2, 8, 7, 19};
    size_t wide = (size_t)gt_shape_count(shape_of(&one)), narrow = wide / 3;
    float *x = draw(shape_of(&all), 3, 2), *y = malloc(3 * narrow * sizeof *y),
          *other = malloc(3 * narrow * sizeof *other);
    attend(&all, x, 1, y);
    for (int threads = 2; threads <= 5; threads += 3) {
        attend(&all, x, threads, other);
        assert_memory_equal(y, other, 3 * narrow * sizeof *y);
    }
    for (size_t i = 0; i < 3; i++) attend(&one, x + i * wide, 1, other + i * narrow);
    assert_memory_equal(y, other, 3 * narrow * sizeof *y);
    free(x);
    free(y);
    free(other);
}

/* Blocks of 2 x 2 pixels in the order of their rows, image by image, there and back. */
static void pixels_and_channels(void **state) {
    gt_error err = {0};
    gt_plan *plan = NULL;
    gt_graph *g = gt_graph_create();
    gt_tensor *x = gt_input(g, "x", GT_SHAPE(1, 2, 2, 4));
    gt_tensor *deep = gt_pixel_unshuffle(g, x, 2);
    gt_tensor *outputs[] = {deep, gt_pixel_shuffle(g, gt_square(g, deep), 2)};
    static const int order[] = {0, 2, 1, 3, 4, 6, 5, 7}; /* first image */
    float in[16];
    for (int i = 0; i < 16; i++) in[i] = (float)i;
    assert_ok(gt_plan_create(g, outputs, 2, &(gt_plan_options){.threads = 1}, &plan, &err),
              err);
    assert_ok(gt_plan_bind(plan, x, in, &err), err);
    assert_ok(gt_plan_run(plan, &err), err);
    for (int i = 0; i < 16; i++) {
        assert_near(gt_plan_output(plan, 0)[i], order[i % 8] + i / 8 * 8, 0);
        assert_near(gt_plan_output(plan, 1)[i], i * i, 0);
    }
    gt_plan_destroy(plan);
    gt_graph_destroy(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_ops_it_stands_for),
        cmocka_unit_test(zeros_outside_take_part),
        cmocka_unit_test(large_scores_choose),
        cmocka_unit_test(images_and_threads_have_no_say),
        cmocka_unit_test(pixels_and_channels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
