/* C_T: ranks by hand, cells that are left out, distances within cells, k-means. */
#include "cells.h"
#include "intervals.h"
#include "judged_sets.h"

static double rank_sum(size_t n, const double *generated, size_t m, const double *test,
                       double *ties) {
    gt_error err = {0};
    gt_celled of_test = {m, test, NULL}, of_generated = {n, generated, NULL};
    double out;
    assert_ok(gt_rank_sum(&of_test, &of_generated, &out, ties, &err), err);
    return out;
}

/* Of 2 x 3 pairs generated is above in 4 and ties in one: U = 4.5, Z = (4.5 - 2.5) / sqrt 3. */
static void ranks_by_hand(void **state) {
    const double generated[] = {2, 9}, test[] = {1, 2, 5};
    double ties;
    (void)state;
    assert_near(rank_sum(2, generated, 3, test, &ties), 2.0 / sqrt(3.0), 1e-14);
    assert_near(ties, 1.0 / 6.0, 1e-15);
    assert_near(rank_sum(3, test, 2, generated, NULL), (1.5 - 2.5) / sqrt(3.0), 1e-14);
    assert_true(isnan(rank_sum(0, generated, 3, test, NULL)));
}

/* Cell 0 is by hand as above; 1 has no generated row, 2 no test row, 3 a row of 60. */
static void cells_are_left_out(void **state) {
    gt_error err = {0};
    enum { MANY = 60 };
    double generated[MANY] = {2, 9}, test[] = {1, 2, 5, 4, 7}, z[4];
    int32_t generated_cell[MANY] = {0, 0}, test_cell[] = {0, 0, 0, 1, 3};
    uint8_t is_used[4];
    gt_copying c;
    (void)state;
    for (int i = 2; i < MANY; i++) generated_cell[i] = i == 2 ? 3 : 2;
    gt_celled of_test = {5, test, test_cell}, of_generated = {MANY, generated, generated_cell};
    assert_ok(gt_copying_measure(&of_test, &of_generated, 4, 0.02, &c, z, is_used, &err), err);
    assert_near(c.value, 2.0 / sqrt(3.0), 1e-14);
    assert_near(c.least, (0.0 - 2.5) / sqrt(3.0), 1e-14);
    assert_int_equal(c.used, 1);
    assert_int_equal(c.empty, 2);
    const uint8_t expected[] = {1, 0, 0, 0};
    assert_memory_equal(is_used, expected, sizeof expected);
    assert_true(isnan(z[1]) && isnan(z[2]) && !isnan(z[3]));
    /* The cell of one row alone, weighted with its test rows. */
    assert_ok(gt_copying_measure(&of_test, &of_generated, 4, 0.0, &c, z, is_used, &err), err);
    assert_near(c.value, (3.0 * z[0] + z[3]) / 4.0, 1e-14);
}

static void no_cell_is_left(void **state) {
    gt_error err = {0};
    const double distance[] = {1, 2};
    const int32_t first[] = {0, 0}, second[] = {1, 1};
    uint8_t is_used[2];
    gt_celled test = {2, distance, first}, generated = {2, distance, second};
    gt_copying c;
    gt_judged interval;
    (void)state;
    assert_ok(gt_copying_measure(&test, &generated, 2, 0.02, &c, NULL, is_used, &err), err);
    assert_true(isnan(c.value));
    assert_int_equal(c.used, 0);
    assert_int_equal(c.empty, 2);
    assert_ok(gt_interval_of_copying(&test, &generated, 2, is_used, 1, &interval, &err), err);
    assert_true(isnan(interval.low) && isnan(interval.high));
    const int32_t outside[] = {0, 2};
    gt_celled strange = {2, distance, outside};
    assert_int_equal(gt_copying_measure(&strange, &test, 2, 0.02, &c, NULL, NULL, &err),
                     GT_BAD_ARGUMENT);
}

/* The nearest row of another cell does not count; a cell may have none. */
static void distances_within_cells(void **state) {
    gt_error err = {0};
    const float x[] = {0, 10}, y[] = {4, 9, 1};
    const int32_t train_cell[] = {0, 1}, cell[] = {1, 1, 2};
    gt_points train = {"train", 2, 1, x}, points = {"points", 3, 1, y};
    double squared[3];
    (void)state;
    assert_ok(gt_cell_distances(&train, train_cell, &points, cell, 3, squared, &err), err);
    assert_near(squared[0], 36.0, 0);
    assert_near(squared[1], 1.0, 0);
    assert_true(isnan(squared[2]));
}

static void groups_are_found(void **state) {
    gt_error err = {0};
    gt_points p = make_points("p", 90, 2, 1, 0.0f, 0.1f);
    float centre[6];
    int32_t cell[90];
    (void)state;
    for (size_t r = 0; r < 90; r++) ((float *)(uintptr_t)p.x)[2 * r] += 10.0f * (float)(r % 3);
    for (uint64_t seed = 0; seed < 5; seed++) {
        assert_ok(gt_cells_make(&p, 3, seed, centre, cell, &err), err);
        for (size_t r = 0; r < 90; r++) assert_int_equal(cell[r], cell[r % 3]);
        assert_true(cell[0] != cell[1] && cell[1] != cell[2] && cell[0] != cell[2]);
    }
    free_points(&p);
}

/* More centres than different rows: cells without rows, and no other trouble. */
static void groups_of_equal_rows(void **state) {
    gt_error err = {0};
    gt_points p = make_constant("p", 30, 3, 0.5f);
    float centre[12];
    int32_t cell[30];
    (void)state;
    assert_ok(gt_cells_make(&p, 4, 1, centre, cell, &err), err);
    for (size_t r = 0; r < 30; r++) assert_int_equal(cell[r], 0);
    free_points(&p);
}

/* An interval of Z from rows drawn again: as wide as Z is uncertain, 1 either way and more. */
static void intervals_hold_the_value(void **state) {
    gt_error err = {0};
    enum { ROWS = 200 };
    double distance[2][ROWS], value;
    int32_t cell[ROWS] = {0};
    uint8_t is_used = 1;
    gt_judged interval;
    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        for (uint32_t s = 0; s < 2; s++)
            distance[s][i] = gt_rng_normal((gt_rng_key){7, s, 0}, i);
    gt_celled test = {ROWS, distance[0], cell}, generated = {ROWS, distance[1], cell};
    assert_ok(gt_rank_sum(&test, &generated, &value, NULL, &err), err);
    assert_ok(gt_interval_of_copying(&test, &generated, 1, &is_used, 1, &interval, &err), err);
    assert_true(interval.low < value && value < interval.high);
    assert_near(interval.high - interval.low, 2 * 1.96, 0.4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_by_hand),
        cmocka_unit_test(cells_are_left_out),
        cmocka_unit_test(no_cell_is_left),
        cmocka_unit_test(distances_within_cells),
        cmocka_unit_test(groups_are_found),
        cmocka_unit_test(groups_of_equal_rows),
        cmocka_unit_test(intervals_hold_the_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
