/* Nearest rows, balls, authenticity: by hand, against plain loops, and where rows are equal. */
#include "judged_sets.h"

/* ---- Nearest ----------------------------------------------------------------------------- */

static int by_value(const void *left, const void *right) {
    const double *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static void finds_what_plain_loops_find(void **state) {
    gt_error err = {0};
    gt_points a = make_points("a", 300, 9, 1, 50.0f, 1.0f),
              b = make_points("b", 530, 9, 2, 50.0f, 1.0f);
    double squared[300 * 4], all[530];
    size_t index[300 * 4];
    (void)state;
    assert_ok(gt_nearest_points(&a, &b, 4, squared, index, &err), err);
    for (size_t i = 0; i < a.rows; i++) {
        for (size_t j = 0; j < b.rows; j++) all[j] = plain_squared(&a, i, &b, j);
        for (size_t k = 0; k < 4; k++)
            assert_near(all[index[4 * i + k]], squared[4 * i + k], 1e-12);
        qsort(all, b.rows, sizeof *all, by_value);
        for (size_t k = 0; k < 4; k++) assert_near(squared[4 * i + k], all[k], 1e-12);
    }
    free_points(&a), free_points(&b);
}

static void own_row_is_no_neighbour(void **state) {
    gt_error err = {0};
    const float x[] = {0, 1, 3, 3, 10};
    gt_points p = {"p", 5, 1, x};
    double squared[10];
    size_t index[10];
    (void)state;
    assert_ok(gt_nearest_points(&p, &p, 2, squared, index, &err), err);
    const double expected[] = {1, 9, 1, 4, 0, 4, 0, 4, 49, 49};
    const size_t rows[] = {1, 2, 0, 2, 3, 1, 2, 1, 2, 3}; /* of equal ones the first */
    assert_memory_equal(squared, expected, sizeof squared);
    assert_memory_equal(index, rows, sizeof index);
    assert_int_equal(gt_nearest_points(&p, &p, 5, squared, index, &err), GT_USAGE);
    assert_string_equal(err.text, "5 neighbours asked of p, which has 4 rows for it");
}

/* ---- Balls ------------------------------------------------------------------------------- */

static gt_coverage cover(const gt_points *real, const gt_points *generated, size_t k) {
    gt_error err = {0};
    gt_coverage out;
    assert_ok(gt_coverage_measure(real, generated, k, &out, NULL, &err), err);
    return out;
}

/* Radii of 0 1 3 7 are 1 1 2 4, of 0.5 3.5 20 3 16.5: 0.5 lies in two balls, 3.5 in those of 3
 * and 7. The balls of the generated ones have 0 1 3, and 7 too. */
static void balls_by_hand(void **state) {
    const float x[] = {0, 1, 3, 7}, y[] = {0.5f, 3.5f, 20};
    gt_points real = {"real", 4, 1, x}, generated = {"generated", 3, 1, y};
    gt_coverage c = cover(&real, &generated, 1), turned = cover(&generated, &real, 1);
    (void)state;
    assert_near(c.precision, 2.0 / 3.0, 1e-15);
    assert_near(c.density, 4.0 / 3.0, 1e-15);
    assert_near(c.coverage, 1.0, 0);
    assert_near(c.recall, 1.0, 0);
    /* The other way round it is another question. */
    assert_near(turned.precision, 1.0, 0);
    assert_near(turned.recall, 2.0 / 3.0, 1e-15);
    assert_near(turned.coverage, 1.0, 0);
}

/* The rim of a ball is outside. */
static void the_rim_is_outside(void **state) {
    const float x[] = {0, 1}, y[] = {2, 3};
    gt_points real = {"real", 2, 1, x}, generated = {"generated", 2, 1, y};
    gt_coverage c = cover(&real, &generated, 1);
    (void)state;
    assert_near(c.precision, 0.0, 0);
    assert_near(c.recall, 0.0, 0);
}

static void plain_cover(const gt_points *real, const gt_points *generated, size_t k,
                        gt_coverage *out) {
    double *radius[2], all[600];
    const gt_points *sets[] = {real, generated};
    *out = (gt_coverage){0};
    for (int s = 0; s < 2; s++) {
        radius[s] = calloc(sets[s]->rows, sizeof(double));
        for (size_t i = 0; i < sets[s]->rows; i++) {
            for (size_t j = 0; j < sets[s]->rows; j++)
                all[j] = plain_squared(sets[s], i, sets[s], j);
            qsort(all, sets[s]->rows, sizeof *all, by_value);
            radius[s][i] = all[k];
        }
    }
    for (size_t g = 0; g < generated->rows; g++) {
        double over = 0;
        for (size_t r = 0; r < real->rows; r++)
            over += plain_squared(real, r, generated, g) < radius[0][r];
        out->precision += (over > 0) / (double)generated->rows;
        out->density += over / (double)(k * generated->rows);
    }
    for (size_t r = 0; r < real->rows; r++) {
        bool is_recalled = false, is_filled = false;
        for (size_t g = 0; g < generated->rows; g++) {
            double d = plain_squared(real, r, generated, g);
            is_recalled |= d < radius[1][g];
            is_filled |= d < radius[0][r];
        }
        out->recall += is_recalled / (double)real->rows;
        out->coverage += is_filled / (double)real->rows;
    }
    free(radius[0]), free(radius[1]);
}

static void covers_as_plain_loops_do(void **state) {
    gt_points real = make_points("real", 290, 3, 1, 9.0f, 1.0f),
              generated = make_points("generated", 330, 3, 2, 9.3f, 0.7f);
    gt_coverage got = cover(&real, &generated, 5), expected;
    (void)state;
    plain_cover(&real, &generated, 5, &expected);
    assert_near(got.precision, expected.precision, 1e-12);
    assert_near(got.recall, expected.recall, 1e-12);
    assert_near(got.density, expected.density, 1e-12);
    assert_near(got.coverage, expected.coverage, 1e-12);
    free_points(&real), free_points(&generated);
}

/* Nothing is strictly inside a ball without extent. */
static void constant_sets(void **state) {
    gt_points a = make_constant("a", 12, 6, 0.7f), b = make_constant("b", 11, 6, 0.7f);
    gt_coverage c = cover(&a, &b, 5);
    (void)state;
    assert_true(c.precision == 0.0 && c.recall == 0.0 && c.density == 0.0 && c.coverage == 0.0);
    assert_int_equal(c.zero_real, 12);
    assert_int_equal(c.zero_generated, 11);
    free_points(&a), free_points(&b);
}

/* A row that equals a neighbour at the rim is on the rim exactly, however far from 0. */
static void equal_rows_at_the_rim(void **state) {
    gt_points real = make_points("real", 2, 33, 1, 200.0f, 1.0f),
              generated = copy_points("generated", &real, 2);
    gt_coverage c = cover(&real, &generated, 1);
    (void)state;
    /* Each lies in its own ball, at distance 0, and on the rim of the other's. */
    assert_near(c.density, 1.0, 0);
    assert_near(c.precision, 1.0, 0);
    free_points(&real), free_points(&generated);
}

static void wants_more_rows_than_neighbours(void **state) {
    gt_error err = {0};
    gt_points five = make_points("five", 5, 2, 1, 0, 1),
              six = make_points("six", 6, 2, 2, 0, 1);
    gt_coverage c;
    (void)state;
    assert_int_equal(gt_coverage_measure(&six, &five, 5, &c, NULL, &err), GT_USAGE);
    assert_string_equal(err.text, "five has 5 rows, expected at least 6");
    assert_int_equal(gt_coverage_measure(&six, &six, 0, &c, NULL, &err), GT_USAGE);
    assert_ok(gt_coverage_measure(&six, &six, 5, &c, NULL, &err), err);
    free_points(&five), free_points(&six);
}

/* ---- Authenticity ------------------------------------------------------------------------ */

/* Training 0 1 5: neighbours at 1 1 4. 0.4 is nearer than that, 2.5 is not; 5 is a copy. */
static void authenticity_by_hand(void **state) {
    gt_error err = {0};
    const float x[] = {0, 1, 5}, y[] = {0.4f, 2.5f, 5};
    gt_points train = {"train", 3, 1, x}, generated = {"generated", 3, 1, y};
    uint8_t is_authentic[3];
    double share, squared[3];
    (void)state;
    assert_ok(gt_authenticity(&train, &generated, &share, is_authentic, squared, &err), err);
    const uint8_t expected[] = {0, 1, 0};
    assert_memory_equal(is_authentic, expected, 3);
    assert_near(share, 1.0 / 3.0, 1e-15);
    assert_true(squared[2] == 0.0);
}

/* A copy of a row that is there twice has a twin at the same distance, which is not nearer. */
static void copies_are_never_authentic(void **state) {
    gt_error err = {0};
    gt_points once = make_points("once", 30, 40, 1, 200.0f, 1.0f),
              train = copy_points("train", &once, 60),
              generated = copy_points("generated", &once, 30);
    uint8_t is_authentic[30];
    double share, squared[30];
    (void)state;
    assert_ok(gt_authenticity(&train, &generated, &share, is_authentic, squared, &err), err);
    assert_true(share == 0.0);
    for (int i = 0; i < 30; i++) assert_true(squared[i] == 0.0);
    free_points(&once), free_points(&train), free_points(&generated);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_plain_loops_find),
        cmocka_unit_test(own_row_is_no_neighbour),
        cmocka_unit_test(balls_by_hand),
        cmocka_unit_test(the_rim_is_outside),
        cmocka_unit_test(covers_as_plain_loops_do),
        cmocka_unit_test(constant_sets),
        cmocka_unit_test(equal_rows_at_the_rim),
        cmocka_unit_test(wants_more_rows_than_neighbours),
        cmocka_unit_test(authenticity_by_hand),
        cmocka_unit_test(copies_are_never_authentic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
