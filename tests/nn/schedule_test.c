/* Learning-rate factors at the places where their formulas change. */
#include "gt_test.h"

#include "galatea/optim.h"

static void test_constant_and_warmup(void **unused) {
    gt_schedule plain = {.kind = GT_SCHEDULE_CONSTANT};
    assert_true(gt_schedule_factor(&plain, 0) == 1);
    assert_true(gt_schedule_factor(&plain, 1000000) == 1);
    gt_schedule warm = {.kind = GT_SCHEDULE_CONSTANT, .warmup = 100};
    assert_true(gt_schedule_factor(&warm, 0) == 0);
    assert_true(gt_schedule_factor(&warm, 1) == 0.01);
    assert_true(gt_schedule_factor(&warm, 99) == 0.99);
    assert_true(gt_schedule_factor(&warm, 100) == 1);
    assert_true(gt_schedule_factor(&warm, 101) == 1);
}

static void test_cosine(void **unused) {
    gt_schedule s = {.kind = GT_SCHEDULE_COSINE, .warmup = 10, .total = 110, .floor = 0.1};
    assert_near(gt_schedule_factor(&s, 5), 0.5, 1e-15);
    assert_near(gt_schedule_factor(&s, 10), 1, 1e-15);
    assert_near(gt_schedule_factor(&s, 60), 0.55, 1e-15);
    assert_near(gt_schedule_factor(&s, 35), 0.1 + 0.45 * (1 + sqrt(0.5)), 1e-15);
    assert_near(gt_schedule_factor(&s, 109), 0.1, 3e-4);
    assert_true(gt_schedule_factor(&s, 110) == 0.1);
    assert_true(gt_schedule_factor(&s, 1000) == 0.1);
}

static void test_plateau_counts(void **unused) {
    gt_plateau p = gt_plateau_default(1);
    assert_true(gt_plateau_update(&p, 2));
    for (int i = 0; i < 10; i++)
        assert_false(gt_plateau_update(&p, 2 * (1 - 0.9e-4))); /* below the threshold */
    assert_true(p.rate == 1);
    assert_false(gt_plateau_update(&p, NAN));
    assert_true(p.rate == 0.5);
    assert_int_equal(p.bad, 0);
    assert_true(gt_plateau_update(&p, 2 * (1 - 1.1e-4)));
}

static void test_plateau_floor(void **unused) {
    gt_plateau p = gt_plateau_default(1);
    p.patience = 0;
    p.min_rate = 0.3;
    gt_plateau_update(&p, 1);
    gt_plateau_update(&p, 1);
    assert_true(p.rate == 0.5);
    gt_plateau_update(&p, 1);
    assert_true(p.rate == 0.3);
    gt_plateau tiny = gt_plateau_default(1.5e-8);
    tiny.patience = 0;
    gt_plateau_update(&tiny, 1);
    gt_plateau_update(&tiny, 1);
    assert_true(tiny.rate == 1.5e-8); /* a change of less than 1e-8 is not made */
}

/* lightly's benchmarks: 1/W, 2/W, ..., then from 1 to a thousandth in the last step. */
static void test_by_steps(void **state) {
    gt_schedule schedule = {GT_SCHEDULE_BY_STEPS, 10, 100, 0.001};
    assert_true(gt_schedule_factor(&schedule, 0) == 0.1);
    assert_true(gt_schedule_factor(&schedule, 9) == 1);
    assert_true(gt_schedule_factor(&schedule, 10) == 1);
    assert_float_equal(gt_schedule_factor(&schedule, 54), 0.5093154160812, 1e-12);
    assert_true(gt_schedule_factor(&schedule, 99) == 0.001);
    assert_true(gt_schedule_factor(&schedule, 100) == 0.001);
}

static void test_halved(void **state) {
    gt_schedule s = {.kind = GT_SCHEDULE_HALVED, .every = 30};
    assert_true(gt_schedule_factor(&s, 0) == 1 && gt_schedule_factor(&s, 29) == 1);
    assert_true(gt_schedule_factor(&s, 30) == 0.5 && gt_schedule_factor(&s, 59) == 0.5);
    assert_true(gt_schedule_factor(&s, 60) == 0.25);
    assert_true(gt_schedule_factor(&s, 1000000000) == 0); /* what is below all numbers */
    s.warmup = 40;
    assert_true(gt_schedule_factor(&s, 20) == 0.5 && gt_schedule_factor(&s, 41) == 0.5);
}

static void test_target_momentum(void **state) {
    assert_true(gt_target_momentum(0.996, 0, 10) == 0.996);
    assert_float_equal(gt_target_momentum(0.9, 5, 11), 0.95, 1e-12);
    assert_true(gt_target_momentum(0.996, 9, 10) == 1);
    assert_true(gt_target_momentum(0.996, 0, 1) == 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constant_and_warmup),
        cmocka_unit_test(test_cosine),
        cmocka_unit_test(test_by_steps),
        cmocka_unit_test(test_halved),
        cmocka_unit_test(test_target_momentum),
        cmocka_unit_test(test_plateau_counts),
        cmocka_unit_test(test_plateau_floor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
