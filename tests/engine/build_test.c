/* build_test.c - what a plan merges and simplifies: equal ops only when all their attributes
 * are the same, and what the ops say of themselves. */
#include "gt_test.h"

#include "galatea/plan.h"
#include "node.h"

/* Every bit that is not padding counts, whatever members there will be. */
static void every_member_counts(void **state) {
    gt_attr base, held;
    unsigned char *bytes = (unsigned char *)&held;
    memset(&base, 0, sizeof base);
    memset(&held, 0xff, sizeof held);
#if defined(__GNUC__) && !defined(__clang__)
    __builtin_clear_padding(&held);
#else
    skip();
#endif
    unsigned char counts[sizeof held];
    memcpy(counts, &held, sizeof held);
    for (size_t i = 0; i < sizeof held; i++) {
        if (!counts[i]) continue;
        memset(&held, 0, sizeof held);
        bytes[i] = 1;
        if (gt_attr_equal(&base, &held) || gt_attr_equal(&held, &base))
            fail_msg("byte %zu of gt_attr is not compared", i);
    }
    memset(&held, 0, sizeof held);
    assert_true(gt_attr_equal(&base, &held));
}

/* Two ops that differ in one attribute give two results. */
static void different_attributes_stay_apart(void **state) {
    enum { SIDE = 4, COUNT = SIDE * SIDE };
    gt_error err;
    gt_plan *plan = NULL;
    gt_graph *g = gt_graph_create();
    float data[COUNT];
    for (int i = 0; i < COUNT; i++) data[i] = (float)(i * i % 7) - 3;
    gt_tensor *x = gt_input(g, "x", GT_SHAPE(SIDE, SIDE));
    gt_tensor *outputs[] = {gt_softmax(g, x, 0),
                            gt_softmax(g, x, 1),
                            gt_leaky_relu(g, x, 0.1),
                            gt_leaky_relu(g, x, 0.2),
                            gt_matmul(g, x, x, false, false),
                            gt_matmul(g, x, x, true, false),
                            gt_pad(g, x, 0, 1, 1, 2),
                            gt_pad(g, x, 0, 1, 1, 3)};
    assert_ok(gt_plan_create(g, outputs, 8, &(gt_plan_options){.threads = 1}, &plan, &err),
              err);
    assert_ok(gt_plan_bind(plan, x, data, &err), err);
    assert_ok(gt_plan_run(plan, &err), err);
    for (int i = 0; i < 8; i += 2)
        assert_true(memcmp(gt_plan_output(plan, i), gt_plan_output(plan, i + 1),
                           COUNT * sizeof(float)) != 0);
    gt_plan_destroy(plan);
    gt_graph_destroy(g);
}

/* What is its input is not computed, and constants stay constants. */
static void ops_simplify_themselves(void **state) {
    enum { OUTPUTS = 11 };
    gt_error err;
    gt_plan *plan = NULL;
    gt_graph *g = gt_graph_create();
    gt_shape shape = GT_SHAPE(1, 2, 2, 2);
    gt_tensor *x = gt_input(g, "x", shape), *two = gt_constant(g, 2, shape);
    gt_tensor *one = gt_constant(g, 1, shape), *zero = gt_constant(g, 0, shape);
    float data[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    gt_tensor *same[OUTPUTS] = {
        gt_stop_gradient(g, x),  gt_mul(g, x, one),     gt_mul(g, one, x),
        gt_add(g, zero, x),      gt_sub(g, x, zero),    gt_div(g, x, one),
        gt_concat(g, &x, 1, 0),  gt_avg_pool(g, x, 1),  gt_upsample(g, x, 1),
        gt_reshape(g, x, shape), gt_sum_to(g, x, shape)};
    gt_tensor *folded[] = {gt_sum_to(g, two, GT_SHAPE(1, 1, 1, 1)),
                           gt_slice(g, gt_avg_pool(g, two, 2), 1, 0, 1), gt_sub(g, one, x),
                           gt_div(g, one, x)};
    static const float want[] = {16, 2};
    assert_ok(gt_plan_create(g, same, OUTPUTS, &(gt_plan_options){.threads = 1}, &plan, &err),
              err);
    assert_ok(gt_plan_bind(plan, x, data, &err), err);
    assert_ok(gt_plan_run(plan, &err), err);
    for (int i = 0; i < OUTPUTS; i++)
        assert_memory_equal(gt_plan_output(plan, i), data, sizeof data);
    char *report = gt_plan_report(plan);
    assert_non_null(strstr(report, "  11 x       0.0 MB  output\n"));
    assert_null(strstr(strstr(report, " x  ") + 1, " x  ")); /* nothing but outputs */
    free(report);
    gt_plan_destroy(plan);
    assert_ok(gt_plan_create(g, folded, 4, &(gt_plan_options){.threads = 1}, &plan, &err), err);
    assert_ok(gt_plan_bind(plan, x, data, &err), err);
    assert_ok(gt_plan_run(plan, &err), err);
    for (int i = 0; i < 2; i++) assert_true(gt_plan_output(plan, i)[0] == want[i]);
    assert_true(gt_plan_output(plan, 2)[7] == -7 && gt_plan_output(plan, 3)[7] == 0.125f);
    report = gt_plan_report(plan);
    assert_null(strstr(report, "average pool"));
    free(report);
    gt_plan_destroy(plan);
    gt_graph_destroy(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_member_counts),
                                       cmocka_unit_test(different_attributes_stay_apart),
                                       cmocka_unit_test(ops_simplify_themselves)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
