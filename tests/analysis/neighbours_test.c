/* The graph of neighbours against its definition, on tables that make it hard. */
#include <omp.h>
#include <signal.h>
#include <stdbool.h>

#include "galatea/interrupt.h"
#include "galatea/neighbours.h"
#include "gt_test.h"
#include "rng.h"

static float *normal(size_t count, uint32_t stream, float scale, float offset) {
    float *x = malloc(count * sizeof *x);
    assert_non_null(x);
    gt_rng_fill_normal((gt_rng_key){7, stream, 0}, 0, count, x);
    for (size_t i = 0; i < count; i++) x[i] = offset + scale * x[i];
    return x;
}

/* k times the nearest other row that was not taken yet. */
static void check_row(size_t rows, size_t features, const float *x, const gt_neighbours *g,
                      size_t row) {
    double last = -1;
    int64_t last_index = -1;
    for (size_t k = 0; k < g->k; k++) {
        double least = INFINITY;
        int64_t index = -1;
        for (size_t j = 0; j < rows; j++) {
            double sum = 0;
            for (size_t f = 0; f < features; f++) {
                double d = (double)x[row * features + f] - x[j * features + f];
                sum += d * d;
            }
            bool is_later = sum > last || (sum == last && (int64_t)j > last_index);
            if (j != row && is_later && sum < least) least = sum, index = (int64_t)j;
        }
        if (g->index[row * g->k + k] != index)
            fail_msg("row %zu, neighbour %zu is %d, expected %d", row, k,
                     (int)g->index[row * g->k + k], (int)index);
        assert_near(g->squared[row * g->k + k], least, 0);
        last = least;
        last_index = index;
    }
}

static void check_graph(size_t rows, size_t features, float *x, size_t k, size_t every) {
    gt_error err;
    gt_neighbours g;
    assert_ok(
        gt_neighbours_find(rows, features, x, k, GT_NEIGHBOURS_EXACT, 0, NULL, NULL, &g, &err),
        err);
    for (size_t i = 0; i < rows; i += every) check_row(rows, features, x, &g, i);
    gt_neighbours_free(&g);
    free(x);
}

/* Whole numbers: sums of squares are exact in any order, and ties abound. */
static void whole_numbers(void **state) {
    float *x = normal(1500 * 3, 1, 4, 0);
    for (size_t i = 0; i < 1500 * 3; i++) x[i] = nearbyintf(x[i]);
    check_graph(1500, 3, x, 20, 7);
}

/* Rounding of single precision is larger than the distances: every row is in doubt. */
static void far_from_the_origin(void **state) {
    float *x = normal(600 * 2, 2, 64, 0);
    for (size_t i = 0; i < 600; i++) {
        float group = i % 2 ? 3e6f : -3e6f;
        x[2 * i] = group + nearbyintf(x[2 * i]);
        x[2 * i + 1] = nearbyintf(x[2 * i + 1]);
    }
    check_graph(600, 2, x, 15, 1);
}

static void equal_rows(void **state) {
    float *x = calloc(300 * 4, sizeof *x);
    check_graph(300, 4, x, 30, 11);
}

/* Squared norms overflow a float. */
static void huge_values(void **state) {
    float *x = normal(300, 3, 8, 0);
    for (size_t i = 0; i < 300; i++) x[i] = ldexpf(nearbyintf(x[i]), 100);
    check_graph(300, 1, x, 5, 1);
}

static void all_others(void **state) {
    float *x = normal(60 * 2, 4, 16, 0);
    for (size_t i = 0; i < 60 * 2; i++) x[i] = nearbyintf(x[i]);
    check_graph(60, 2, x, 59, 1);
}

/* Clusters of 16 dimensions; more rows than one group looks into. */
enum { MANY = 20000, WIDTH = 16, K = 15 };

static float *clusters(void) {
    float *x = normal((size_t)MANY * WIDTH, 5, 1, 0), *centre = normal(40 * WIDTH, 6, 1.5f, 0);
    for (size_t i = 0; i < MANY; i++)
        for (size_t f = 0; f < WIDTH; f++) x[i * WIDTH + f] += centre[i % 40 * WIDTH + f];
    free(centre);
    return x;
}

static void same_for_any_threads(void **state) {
    float *x = clusters();
    for (int how = GT_NEIGHBOURS_EXACT; how <= GT_NEIGHBOURS_APPROXIMATE; how++) {
        gt_error err;
        gt_neighbours g[2];
        int before = omp_get_max_threads();
        for (int i = 0; i < 2; i++) {
            omp_set_num_threads(i ? 3 : 1);
            assert_ok(
                gt_neighbours_find(MANY / 4, WIDTH, x, K, how, 1, NULL, NULL, &g[i], &err),
                err);
        }
        omp_set_num_threads(before);
        assert_memory_equal(g[0].index, g[1].index, MANY / 4 * K * sizeof(int32_t));
        assert_memory_equal(g[0].squared, g[1].squared, MANY / 4 * K * sizeof(double));
        gt_neighbours_free(&g[0]);
        gt_neighbours_free(&g[1]);
    }
    free(x);
}

/* The approximate graph misses few neighbours and invents none. */
static void approximate_recall(void **state) {
    gt_error err;
    gt_neighbours exact, near;
    float *x = clusters();
    size_t common = 0;
    assert_ok(
        gt_neighbours_find(MANY, WIDTH, x, K, GT_NEIGHBOURS_EXACT, 0, NULL, NULL, &exact, &err),
        err);
    assert_ok(gt_neighbours_find(MANY, WIDTH, x, K, GT_NEIGHBOURS_APPROXIMATE, 3, NULL, NULL,
                                 &near, &err),
              err);
    for (size_t i = 0; i < MANY; i++)
        for (size_t a = 0, b = 0; a < K && b < K;) {
            double da = exact.squared[i * K + a], db = near.squared[i * K + b];
            assert_true(db >= exact.squared[i * K + b]); /* never nearer than the nearest */
            assert_true(near.index[i * K + b] != (int32_t)i);
            common += da == db;
            a += da <= db;
            b += db <= da;
        }
    double recall = (double)common / ((double)MANY * K);
    print_message("recall of the approximate graph %.4f\n", recall);
    assert_true(recall > 0.97 && recall < 1);
    gt_neighbours_free(&exact);
    gt_neighbours_free(&near);
    free(x);
}

static void wrong_input_is_named(void **state) {
    float x[] = {0, 1, 2, NAN, 4, 5};
    gt_error err;
    gt_neighbours g;
    assert_int_equal(
        gt_neighbours_find(3, 2, x, 1, GT_NEIGHBOURS_EXACT, 0, NULL, NULL, &g, &err),
        GT_NOT_FINITE);
    assert_string_equal(err.text, "row 1, feature 1 is nan, expected a finite number");
    assert_int_equal(
        gt_neighbours_find(3, 2, x, 3, GT_NEIGHBOURS_EXACT, 0, NULL, NULL, &g, &err),
        GT_BAD_ARGUMENT);
    assert_string_equal(err.text, "3 neighbours asked of 3 rows");
    assert_null(g.index);
}

static void an_interrupt_ends_it(void **state) {
    gt_error err;
    gt_neighbours g;
    float *x = clusters();
    assert_ok(gt_interrupt_install(&err), err);
    raise(SIGTERM);
    for (int how = GT_NEIGHBOURS_EXACT; how <= GT_NEIGHBOURS_APPROXIMATE; how++)
        assert_int_equal(gt_neighbours_find(MANY, WIDTH, x, K, how, 0, NULL, NULL, &g, &err),
                         GT_INTERRUPTED);
    gt_interrupt_remove();
    free(x);
}

/* With four threads; another session of the process is not concerned. */
static void a_stopped_session_ends(void **state) {
    gt_error err;
    gt_neighbours g;
    float *x = clusters();
    int threads = omp_get_max_threads();
    gt_session stopped = {0}, other = {0};
    omp_set_num_threads(4);
    gt_session_stop(&stopped);
    for (int how = GT_NEIGHBOURS_EXACT; how <= GT_NEIGHBOURS_APPROXIMATE; how++) {
        gt_session_enter(&stopped);
        assert_int_equal(gt_neighbours_find(MANY, WIDTH, x, K, how, 0, NULL, NULL, &g, &err),
                         GT_INTERRUPTED);
        gt_session_enter(&other);
        assert_ok(gt_neighbours_find(MANY, WIDTH, x, K, how, 0, NULL, NULL, &g, &err), err);
        gt_neighbours_free(&g);
    }
    gt_session_enter(NULL);
    omp_set_num_threads(threads);
    free(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers),        cmocka_unit_test(far_from_the_origin),
        cmocka_unit_test(equal_rows),           cmocka_unit_test(huge_values),
        cmocka_unit_test(all_others),           cmocka_unit_test(same_for_any_threads),
        cmocka_unit_test(approximate_recall),   cmocka_unit_test(wrong_input_is_named),
        cmocka_unit_test(an_interrupt_ends_it), cmocka_unit_test(a_stopped_session_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
