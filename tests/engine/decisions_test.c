/* Values that jump are found with what decided them, and can be given to a run in double. */
#include "gt_test.h"

#include "decisions.h"

static const double values[] = {-2, -1e-9, 0, 3};

/* sum of relu(x)^2 + max(x, y) */
typedef struct sample {
    gt_graph *g;
    gt_tensor *x, *y, *slope;
} sample;

static sample make_sample(void) {
    sample s = {.g = gt_graph_create()};
    s.x = gt_input(s.g, "x", GT_SHAPE(4));
    s.y = gt_input(s.g, "y", GT_SHAPE(4));
    gt_tensor *relu = gt_square(s.g, gt_affine(s.g, gt_relu(s.g, s.x), 1, 1));
    gt_tensor *loss = gt_sum(s.g, gt_add(s.g, relu, gt_max(s.g, s.x, s.y)));
    gt_grad(s.g, loss, &s.x, 1, &s.slope);
    return s;
}

static void test_found(void **state) {
    sample s = make_sample();
    int found = 0, steps = 0;
    gt_decision *all = gt_decisions_of(s.g, &s.slope, 1, &found);
    assert_non_null(all);
    for (int i = 0; i < found; ++i) {
        if (all[i].low) continue;
        steps++;
        assert_ptr_equal(all[i].high, s.x); /* not what the ReLU made of it */
    }
    assert_int_equal(steps, 1);
    assert_int_equal(found, 3); /* a maximum asks both ways, for ties */
    free(all);
    all = gt_decisions_of(s.g, &s.x, 1, &found);
    assert_int_equal(found, 0);
    free(all);
    gt_graph_destroy(s.g);
}

/* The slope at -1e-9 as if it were above 0. */
static void test_given(void **state) {
    sample s = make_sample();
    gt_error err;
    int found = 0;
    double low[] = {9, 9, 9, 9}, taken[] = {0, 1, 0, 1}, plain[4], given[4];
    gt_decision *all = gt_decisions_of(s.g, &s.slope, 1, &found);
    gt_feed feeds[] = {{s.x, values}, {s.y, low}, {NULL, taken}};
    for (int i = 0; i < found; ++i)
        if (!all[i].low) feeds[2].leaf = all[i].value;
    double *out = plain;
    assert_ok(gt_reference_run(s.g, feeds, 2, &s.slope, 1, &out, &err), err);
    out = given;
    assert_ok(gt_reference_run(s.g, feeds, 3, &s.slope, 1, &out, &err), err);
    const double expected[] = {0, 0, 0, 8}, otherwise[] = {0, 2, 0, 8};
    for (int i = 0; i < 4; ++i) {
        assert_true(fabs(plain[i] - expected[i]) < 1e-8);
        assert_true(fabs(given[i] - otherwise[i]) < 1e-8);
    }
    free(all);
    gt_graph_destroy(s.g);
}

/* Every value once: 1 + 1e-9 is 1, but a product of thirds is not rounded on the way. */
static void test_rounded(void **state) {
    gt_error err;
    gt_graph *g = gt_graph_create();
    gt_tensor *x = gt_input(g, "x", GT_SHAPE(2)), *third = gt_affine(g, x, 1.0 / 3, 0);
    const double in[] = {1 + 1e-9, 2};
    double out[2], *outputs[] = {out};
    gt_feed feed = {x, in};
    assert_ok(gt_reference_run_rounded(g, &feed, 1, &third, 1, outputs, &err), err);
    assert_true(out[0] == (float)(1.0 / 3) && out[1] == (float)(2.0 / 3));
    assert_ok(gt_reference_run(g, &feed, 1, &third, 1, outputs, &err), err);
    assert_true(out[0] != (float)(1.0 / 3) && fabs(out[0] - 1.0 / 3) < 1e-9);
    gt_graph_destroy(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_found),
                                       cmocka_unit_test(test_given),
                                       cmocka_unit_test(test_rounded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
