/* The rule that leaves updates out: as the reference while it works, and never for ever. */
#include "gt_test.h"

#include "skip.h"

static void test_below_the_limit(void **unused) {
    gt_skip_rule rule = gt_skip_rule_start(380, 2, 10);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(gt_skip_decide(&rule, 379.9), GT_SKIP_APPLY);
        assert_int_equal(gt_skip_decide(&rule, 380), GT_SKIP_LEAVE_OUT); /* "not below" */
    }
    assert_true(rule.threshold == 380);
}

static void test_off(void **unused) {
    gt_skip_rule rule = gt_skip_rule_start(0, 2, 10);
    assert_int_equal(gt_skip_decide(&rule, 1e30), GT_SKIP_APPLY);
}

static void test_does_not_stall(void **unused) {
    gt_skip_rule rule = gt_skip_rule_start(380, 2, 10);
    for (int i = 0; i < 9; i++)
        assert_int_equal(gt_skip_decide(&rule, 1000 + i), GT_SKIP_LEAVE_OUT);
    assert_int_equal(gt_skip_decide(&rule, 1009), GT_SKIP_RAISED);
    assert_near(rule.threshold, 2 * 1004.5, 1e-9);
    assert_int_equal(gt_skip_decide(&rule, 1200), GT_SKIP_APPLY);
}

/* Norms that grow without bound: at most `patience` steps in a row are left out. */
static void test_growth(void **unused) {
    gt_skip_rule rule = gt_skip_rule_start(1, 2, 5);
    int in_row = 0, longest = 0, applied = 0;
    double norm = 10;
    for (int i = 0; i < 200; i++, norm *= 1.05) {
        in_row = gt_skip_decide(&rule, norm) == GT_SKIP_APPLY ? 0 : in_row + 1;
        applied += in_row == 0;
        if (in_row > longest) longest = in_row;
    }
    assert_true(longest <= 5);
    assert_true(applied > 100);
}

static void test_sinks_again(void **unused) {
    gt_skip_rule rule = gt_skip_rule_start(100, 2, 10);
    for (int i = 0; i < 10; i++) gt_skip_decide(&rule, 5000);
    assert_true(rule.threshold == 10000);
    for (int i = 0; i < GT_SKIP_WINDOW; i++)
        assert_int_equal(gt_skip_decide(&rule, 80), GT_SKIP_APPLY);
    assert_true(rule.threshold == 160); /* the last 5000 has left the window */
    for (int i = 0; i < GT_SKIP_WINDOW; i++) gt_skip_decide(&rule, 10);
    assert_true(rule.threshold == 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_below_the_limit), cmocka_unit_test(test_off),
        cmocka_unit_test(test_does_not_stall),  cmocka_unit_test(test_growth),
        cmocka_unit_test(test_sinks_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
