/* How sure numbers are: shares against the binomial, halves of two ways to one number, what
 * spreads mean, and that seeds decide. */
#include "intervals.h"

#include "frechet.h"
#include "judged_sets.h"
#include "moments.h"

enum { ROWS = 400, SPLITS = 3 };

static gt_judged interval_of(const double *outcome, size_t count, uint64_t seed) {
    gt_error err = {0};
    gt_judged out = {.value = NAN};
    assert_ok(gt_interval_of_share(count, outcome, seed, &out, &err), err);
    return out;
}

/* 120 of 400: 0.3, deviation sqrt(0.3 0.7 / 400) = 0.0229. */
static void shares_are_binomial(void **state) {
    double outcome[ROWS] = {0};
    (void)state;
    for (size_t i = 0; i < ROWS; i++) outcome[i] = i % 10 < 3;
    gt_judged one = interval_of(outcome, ROWS, 1), again = interval_of(outcome, ROWS, 1),
              other = interval_of(outcome, ROWS, 2);
    assert_near(one.low, 0.3 - 1.96 * 0.0229, 0.008);
    assert_near(one.high, 0.3 + 1.96 * 0.0229, 0.008);
    assert_memory_equal(&one.low, &again.low, sizeof one.low);
    assert_memory_equal(&one.high, &again.high, sizeof one.high);
    assert_true(other.low != one.low || other.high != one.high);
}

/* Nothing varies: nothing is drawn but that. */
static void sure_shares_have_no_width(void **state) {
    double outcome[ROWS];
    (void)state;
    for (size_t i = 0; i < ROWS; i++) outcome[i] = 1.0;
    gt_judged sure = interval_of(outcome, ROWS, 1);
    assert_true(sure.low == 1.0 && sure.high == 1.0);
}

/* Deviation of 1 2 3 4 is sqrt(5/3). */
static void halves_by_hand(void **state) {
    const double values[] = {1, 2, 3, 4};
    gt_judged out = {.value = 10};
    (void)state;
    gt_interval_of_halves(4, values, &out);
    assert_near(out.low, 10 - 1.96 * sqrt(0.5 * 5.0 / 3.0), 1e-12);
    assert_near(out.high, 10 + 1.96 * sqrt(0.5 * 5.0 / 3.0), 1e-12);
}

/* The same rows among columns of zeros: more columns than rows of a half. */
static gt_points widen(const gt_points *p, size_t columns) {
    gt_points wide = make_constant(p->name, p->rows, columns, 0.0f);
    for (size_t r = 0; r < p->rows; r++)
        memcpy((float *)(uintptr_t)wide.x + r * columns + 5, p->x + r * p->columns,
               p->columns * sizeof *p->x);
    return wide;
}

/* By columns a half is what the other leaves of sums; by rows it is computed of its own. */
static void both_ways_halve_alike(void **state) {
    gt_error err = {0};
    gt_points a = make_points("a", 41, 4, 1, 20.0f, 1.0f),
              b = make_points("b", 36, 4, 2, 20.5f, 1.0f), wide_a = widen(&a, 60),
              wide_b = widen(&b, 60);
    double narrow[2 * SPLITS], wide[2 * SPLITS];
    (void)state;
    assert_ok(gt_frechet_halves(&a, &b, SPLITS, 7, narrow, &err), err);
    assert_ok(gt_frechet_halves(&wide_a, &wide_b, SPLITS, 7, wide, &err), err);
    for (int i = 0; i < 2 * SPLITS; i++) assert_near(wide[i], narrow[i], 1e-9 * narrow[i]);
    assert_ok(gt_vendi_halves(&a, SPLITS, 7, narrow, &err), err);
    assert_ok(gt_vendi_halves(&wide_a, SPLITS, 7, wide, &err), err);
    for (int i = 0; i < 2 * SPLITS; i++) assert_near(wide[i], narrow[i], 1e-9 * narrow[i]);
    assert_true(narrow[0] != narrow[1] && narrow[0] != narrow[2]);
    free_points(&a), free_points(&b), free_points(&wide_a), free_points(&wide_b);
}

/* All halves of four rows of one column are known: sums of all are those of a set. */
static void halves_leave_the_rest(void **state) {
    gt_error err = {0};
    const float x[] = {0, 1, 4, 9}, y[] = {2, 3, 3, 7};
    gt_points a = {"a", 4, 1, x}, b = {"b", 4, 1, y};
    double halves[2 * SPLITS];
    (void)state;
    assert_ok(gt_frechet_halves(&a, &b, SPLITS, 1, halves, &err), err);
    for (int s = 0; s < SPLITS; s++) {
        bool is_found = false;
        for (unsigned of_a = 0; of_a < 16; of_a++)
            for (unsigned of_b = 0; of_b < 16; of_b++) {
                float p[2][4], q[2][4];
                size_t n[2] = {0}, m[2] = {0};
                gt_frechet first, rest;
                if (__builtin_popcount(of_a) != 2 || __builtin_popcount(of_b) != 2) continue;
                for (int i = 0; i < 4; i++) {
                    int of = of_a >> i & 1, to = of_b >> i & 1;
                    p[of][n[of]++] = x[i];
                    q[to][m[to]++] = y[i];
                }
                gt_points p1 = {"p", 2, 1, p[1]}, q1 = {"q", 2, 1, q[1]},
                          p0 = {"p", 2, 1, p[0]}, q0 = {"q", 2, 1, q[0]};
                assert_ok(gt_frechet_distance(&p1, &q1, &first, &err), err);
                assert_ok(gt_frechet_distance(&p0, &q0, &rest, &err), err);
                is_found |= fabs(first.value - halves[2 * s]) < 1e-9 &&
                            fabs(rest.value - halves[2 * s + 1]) < 1e-9;
            }
        assert_true(is_found);
    }
}

/* The widths of many sets of one distribution hold what they should; see judging.h. */
static void spreads_are_of_the_right_size(void **state) {
    enum { TIMES = 40, SUBSETS = 10 };
    gt_error err = {0};
    double values[TIMES], mean = 0, square = 0, width = 0;
    (void)state;
    for (uint64_t t = 0; t < TIMES; t++) {
        gt_points a = make_points("a", 120, 3, 100 + t, 0.0f, 1.0f),
                  b = make_points("b", 120, 3, 500 + t, 1.0f, 1.0f);
        double halves[2 * SUBSETS];
        gt_frechet f;
        assert_ok(gt_frechet_distance(&a, &b, &f, &err), err);
        assert_ok(gt_frechet_halves(&a, &b, SUBSETS, t, halves, &err), err);
        gt_judged out = {.value = values[t] = f.value};
        gt_interval_of_halves(2 * SUBSETS, halves, &out);
        width += (out.high - out.low) / (2 * 1.96 * TIMES);
        mean += f.value / TIMES;
        free_points(&a), free_points(&b);
    }
    for (int t = 0; t < TIMES; t++) square += (values[t] - mean) * (values[t] - mean);
    assert_in_range((int)(100 * width / sqrt(square / (TIMES - 1))), 55, 110);
}

static void orders_are_drawn(void **state) {
    size_t *one = gt_drawn_order(50, 1, "a stream", 0),
           *again = gt_drawn_order(50, 1, "a stream", 0),
           *other = gt_drawn_order(50, 1, "a stream", 1);
    bool is_there[50] = {false};
    (void)state;
    assert_memory_equal(one, again, 50 * sizeof *one);
    assert_true(memcmp(one, other, 50 * sizeof *one) != 0);
    for (size_t i = 0; i < 50; i++) {
        assert_true(one[i] < 50 && !is_there[one[i]]);
        is_there[one[i]] = true;
    }
    free(one), free(again), free(other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_are_binomial),
        cmocka_unit_test(sure_shares_have_no_width),
        cmocka_unit_test(halves_by_hand),
        cmocka_unit_test(both_ways_halve_alike),
        cmocka_unit_test(halves_leave_the_rest),
        cmocka_unit_test(spreads_are_of_the_right_size),
        cmocka_unit_test(orders_are_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
