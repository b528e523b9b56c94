/* evaluation_test.c - judgements of several runs become one: over the runs, and within them. */
#include "gt_test.h"

#include <math.h>

#include "galatea/evaluation.h"

static gt_evaluation judged(double accuracy, double cv, double folds) {
    return (gt_evaluation){.fits = 3,
                           .accuracy = {accuracy, 0.5},
                           .roc_auc = {accuracy + 0.01, 0.5},
                           .specificity = {1 - accuracy, 0.5},
                           .recall = {accuracy * accuracy, 0.5},
                           .held_out = 10,
                           .cv_accuracy = {cv, folds},
                           .cv_roc_auc = {cv / 2, 2 * folds}};
}

static void means_and_spread_are_those_of_the_runs(void **state) {
    const gt_evaluation a = judged(0.80, 0.90, 0.03), b = judged(0.84, 0.86, 0.04),
                        c = judged(0.88, 0.85, 0.12);
    const gt_evaluation *const runs[] = {&a, &b, &c};
    gt_evaluated_runs out = gt_evaluate_runs(runs, 3, 100);
    assert_int_equal(out.runs, 3);
    assert_int_equal(out.held_out, 10);
    assert_near(out.accuracy.mean, 0.84, 1e-12);
    assert_near(out.accuracy.deviation, 0.04, 1e-12); /* not the fits' own 0.5 */
    assert_near(out.roc_auc.mean, 0.85, 1e-12);
    assert_near(out.roc_auc.deviation, 0.04, 1e-12);
    assert_near(out.specificity.mean, 0.16, 1e-12);
    assert_near(out.recall.mean, (0.64 + 0.7056 + 0.7744) / 3, 1e-12);
    assert_near(out.cv_accuracy.mean, 0.87, 1e-12);
    assert_near(out.cv_accuracy.deviation, sqrt((0.0009 + 0.0001 + 0.0004) / 2), 1e-12);
    assert_near(out.cv_accuracy_folds, sqrt((0.0009 + 0.0016 + 0.0144) / 3), 1e-12);
    assert_near(out.cv_roc_auc.mean, 0.435, 1e-12);
    assert_near(out.cv_roc_auc_folds, 2 * out.cv_accuracy_folds, 1e-12);
    gt_interval expected = gt_wilson_interval(84, 100);
    assert_near(out.accuracy_interval.low, expected.low, 1e-12);
    assert_near(out.accuracy_interval.high, expected.high, 1e-12);
}

static void one_run_has_no_spread_over_runs(void **state) {
    const gt_evaluation a = judged(0.80, 0.90, 0.03);
    const gt_evaluation *const runs[] = {&a};
    gt_evaluated_runs out = gt_evaluate_runs(runs, 1, 100);
    assert_int_equal(out.runs, 1);
    assert_true(out.accuracy.mean == 0.80);
    assert_true(out.accuracy.deviation == 0);
    assert_true(out.cv_accuracy.mean == 0.90);
    assert_true(out.cv_accuracy.deviation == 0);
    assert_near(out.cv_accuracy_folds, 0.03, 1e-15);
}

static void equal_runs_have_none_either(void **state) {
    const gt_evaluation a = judged(0.1 + 0.2, 0.7, 0);
    const gt_evaluation *const runs[] = {&a, &a, &a, &a, &a, &a, &a};
    gt_evaluated_runs out = gt_evaluate_runs(runs, 7, 3);
    assert_true(out.accuracy.mean == a.accuracy.mean);
    assert_true(out.accuracy.deviation == 0);
    assert_true(out.cv_accuracy_folds == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_and_spread_are_those_of_the_runs),
        cmocka_unit_test(one_run_has_no_spread_over_runs),
        cmocka_unit_test(equal_runs_have_none_either),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
