/* conv_patches_test.c - convolutions whose windows lie side by side, and their data gradients,
 * against the definition: windows of one to three pixels, chunks of pixels that end early and
 * go over from image to image, blocks of results that are no pairs; what they are not made for;
 * and by whom they are done. */
#include "conv_own_check.h"

typedef struct geometry {
    int64_t images, in, out, rows, columns; /* of y */
    int window;
} geometry;

/* clang-format off */
static const geometry geometries[] = {
    {1, 16, 16, 1, 1, 2}, {3, 16, 48, 1, 3, 2}, {2, 48, 32, 5, 7, 2}, {9, 80, 16, 3, 3, 2},
    {1, 32, 96, 17, 9, 2}, {2, 16, 32, 4, 5, 3}, {5, 64, 16, 6, 5, 1}, {1, 256, 48, 2, 40, 2},
};
/* clang-format on */

static const own_algorithm patches = {GT_CONV_PATCHES, "patches", false};

static gt_conv_problem problem_of(const geometry *e, gt_conv_kind kind) {
    int k = e->window;
    return (gt_conv_problem){.kind = kind,
                             .x = GT_SHAPE(e->images, e->in, e->rows * k, e->columns * k),
                             .w = GT_SHAPE(e->out, e->in, k, k),
                             .y = GT_SHAPE(e->images, e->out, e->rows, e->columns),
                             .how = {.stride = k, .groups = 1},
                             .x_blocked = true,
                             .y_blocked = true};
}

static void check(const geometry *e) {
    gt_conv_problem p = problem_of(e, GT_CONV_FORWARD);
    int64_t taps = (int64_t)e->window * e->window;
    gt_graph *g = gt_graph_create();
    gt_tensor *x = gt_input(g, "x", p.x), *y = gt_input(g, "y", p.y),
              *w = gt_input(g, "w", p.w), *bias = gt_input(g, "b", GT_SHAPE(e->out));
    own_check(&p, gt_conv2d(g, x, w, NULL, p.how), e->in * taps, patches);
    p.bias = p.clip = true;
    own_check(&p, gt_conv2d(g, x, w, bias, p.how), e->in * taps, patches);
    p = problem_of(e, GT_CONV_DATA);
    own_check(&p, gt_conv2d_data(g, y, w, p.x, p.how), e->out, patches);
    gt_graph_destroy(g);
}

static void against_the_definition(void **state) {
    for (size_t i = 0; i < sizeof geometries / sizeof *geometries; i++) check(&geometries[i]);
}

static void assert_refused(gt_conv_problem p) {
    gt_error err = {0};
    gt_conv_work *work = NULL;
    assert_int_equal(gt_conv_create(&p, GT_CONV_PATCHES, 1, &work, &err), GT_UNSUPPORTED);
    assert_null(work);
}

/* Gradients of weights; windows that leave pixels out or overlap; pixels that no window has;
 * groups; rows of channels; no image. */
static void refusals(void **state) {
    const geometry good = {2, 32, 32, 4, 4, 2};
    gt_conv_problem p = problem_of(&good, GT_CONV_FORWARD);
    assert_refused(problem_of(&good, GT_CONV_WEIGHTS));
    p.how.stride = 3, p.x = GT_SHAPE(2, 32, 11, 11);
    assert_refused(p);
    p = problem_of(&good, GT_CONV_FORWARD);
    p.how.stride = 1, p.x = GT_SHAPE(2, 32, 5, 5);
    assert_refused(p);
    p = problem_of(&good, GT_CONV_DATA);
    p.x = GT_SHAPE(2, 32, 9, 8);
    assert_refused(p);
    p = problem_of(&good, GT_CONV_FORWARD);
    p.how.groups = 2, p.w = GT_SHAPE(32, 16, 2, 2);
    assert_refused(p);
    p = problem_of(&good, GT_CONV_FORWARD);
    p.y_blocked = false;
    assert_refused(p);
    p = problem_of(&good, GT_CONV_FORWARD);
    p.x.dim[0] = p.y.dim[0] = 0;
    assert_refused(p);
}

/* The name of what a problem is done by. */
static const char *chosen(gt_conv_problem p, char name[64]) {
    gt_error err = {0};
    gt_conv_work *work = NULL;
    gt_plan_options options = {.threads = 2};
    assert_ok(gt_choose_conv(&options, &p, &work, &err), err);
    snprintf(name, 64, "%s", gt_conv_name(work));
    gt_conv_destroy(work);
    return name;
}

/* A window of one pixel is a product that oneDNN has. */
static void the_rule(void **state) {
    const geometry halves = {2, 32, 64, 4, 4, 2}, pixels = {2, 32, 64, 4, 4, 1};
    char name[64];
#ifdef __AVX512F__
    assert_string_equal(chosen(problem_of(&halves, GT_CONV_FORWARD), name), "patches");
    assert_string_equal(chosen(problem_of(&halves, GT_CONV_DATA), name), "patches");
#endif
    assert_string_not_equal(chosen(problem_of(&pixels, GT_CONV_FORWARD), name), "patches");
    assert_string_not_equal(chosen(problem_of(&pixels, GT_CONV_DATA), name), "patches");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(against_the_definition),
                                       cmocka_unit_test(refusals), cmocka_unit_test(the_rule)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
