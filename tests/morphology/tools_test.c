/* Root finder, search, filters, order and components. */
#include "gt_test.h"

#include "components.h"
#include "filter.h"
#include "root.h"
#include "sort.h"

static int calls;

static double cubic(void *self, double x) {
    calls++;
    return x * x * x - 2 * x - 5;
}

static double cliff(void *self, double x) {
    return x < 0.3 ? -1 : 1;
}

static double root_of(gt_function_1 f, double a, double b) {
    gt_known from = {a, f(NULL, a)}, to = {b, f(NULL, b)};
    return gt_brent_root(f, NULL, from, to, 1e-6);
}

static void test_root(void **state) {
    calls = 0;
    assert_near(root_of(cubic, 2, 3), 2.0945514815423265, 1e-6);
    assert_in_range(calls, 3, 12);
    assert_near(root_of(cliff, 0, 1), 0.3, 1e-6);
    assert_near(root_of(cubic, 3, 2), 2.0945514815423265, 1e-6);
}

static double valley(void *self, const double x[2]) { /* Rosenbrock's */
    double a = 1 - x[0], b = x[1] - x[0] * x[0];
    calls++;
    return a * a + 100 * b * b;
}

static double hollow(void *self, const double x[2]) {
    return isnan(x[0]) ? 0 : hypot(x[0] - 3, x[1] + 2);
}

static void test_search(void **state) {
    static const gt_search_rule plane = {2, 1e-6, 1e-4, 400}, line = {1, 1e-6, 1e-4, 200};
    double x[2] = {-1.2, 1};
    calls = 0;
    gt_nelder_mead(&plane, valley, NULL, x);
    assert_near(x[0], 1, 1e-5);
    assert_near(x[1], 1, 1e-5);
    assert_in_range(calls, 100, 400); /* SciPy, with these tolerances: 149 */
    double from_zero[2] = {0, 0};
    assert_near(gt_nelder_mead(&plane, hollow, NULL, from_zero), 0, 1e-4);
    assert_near(from_zero[0], 3, 1e-4);
    assert_near(from_zero[1], -2, 1e-4);
    double along[2] = {1, 0};
    assert_near(gt_nelder_mead(&line, hollow, NULL, along), 2, 1e-9);
    assert_near(along[0], 3, 1e-4);
    assert_true(along[1] == 0);
}

/* The filter as its definition says it. */
static double tapped(int h, int w, const double *in, gt_taps t, gt_border border, int y,
                     int x) {
    double sum = 0;
    for (int k = 0; k < t.count; k++)
        for (int l = 0; l < t.count; l++) {
            int i = y - t.before + k, j = x - t.before + l;
            if (border == GT_BORDER_ZERO && (i < 0 || i >= h || j < 0 || j >= w)) continue;
            while (i < 0 || i >= h) i = i < 0 ? -1 - i : 2 * h - 1 - i;
            while (j < 0 || j >= w) j = j < 0 ? -1 - j : 2 * w - 1 - j;
            sum += t.weight[k] * t.weight[l] * in[i * w + j];
        }
    return sum;
}

static void check_filter(int h, int w, gt_taps taps, gt_border border) {
    double in[400] = {0}, between[400], line[200], out[400];
    for (int i = 0; i < h * w; i++) in[i] = sin(3 * i) + 0.01 * i;
    gt_filter(h, w, in, taps, border, between, line, out);
    for (int i = 0; i < h * w; i++)
        assert_near(out[i], tapped(h, w, in, taps, border, i / w, i % w), 1e-12);
}

static void test_filters(void **state) {
    double weights[200];
    for (int n = 1; n < 20; n++) {
        check_filter(11, 17, gt_boxcar_taps(n, 17, weights), GT_BORDER_REFLECT);
        check_filter(5, 3, gt_boxcar_taps(n, 5, weights), GT_BORDER_REFLECT);
        check_filter(7, 43, gt_boxcar_taps(n, 43, weights), GT_BORDER_REFLECT);
        check_filter(13, 9, gt_gaussian_taps(0.2 * n, 13, weights), GT_BORDER_ZERO);
    }
    gt_taps narrow = gt_gaussian_taps(1.27398, 64, weights);
    assert_int_equal(narrow.count, 11);
    /* What reaches beyond all pixels counts in the sum of the weights, and nowhere else. */
    gt_taps wide = gt_gaussian_taps(5, 3, weights);
    assert_int_equal(wide.count, 7);
    assert_near(weights[3], 0.0797925, 1e-5);
    gt_taps even = gt_boxcar_taps(4, 64, weights);
    assert_int_equal(even.before, 2);
}

static void test_order(void **state) {
    double values[] = {3, -1, 0, 1e-300, -0.0, 1e300, -7.5, 3, 2}, sorted[9];
    uint64_t keys[18];
    memcpy(sorted, values, sizeof sorted);
    gt_sort_in_room(9, sorted, keys);
    for (int i = 1; i < 9; i++) assert_true(sorted[i - 1] <= sorted[i]);
    assert_true(sorted[0] == -7.5 && sorted[8] == 1e300);
    assert_true(gt_sorted_median(9, sorted) == 1e-300);
    assert_true(gt_sorted_median(8, sorted) == 5e-301);
    gt_sort_in_room(0, sorted, keys);
}

static void test_components(void **state) {
    int32_t stack[35];
    int32_t map[] = {1, 0, 0, 0, 1, 1, //
                     0, 1, 0, 0, 0, 1, //
                     0, 0, 1, 0, 0, 0, //
                     0, 0, 0, 0, 1, 0, //
                     1, 0, 0, 1, 0, 0};
    assert_int_equal(gt_fill_component(5, 6, map, 0, 7, stack), 3);
    assert_int_equal(gt_fill_component(5, 6, map, 5, 8, stack), 3);
    assert_int_equal(gt_fill_component(5, 6, map, 27, 9, stack), 2);
    const int32_t want[] = {7, 0, 0, 0, 8, 8, 0, 7, 0, 0, 0, 8, 0, 0, 7,
                            0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 0, 9, 0, 0};
    assert_memory_equal(map, want, sizeof want);
}

/* Spreads a label to what touches it until nothing changes. */
static int spread(int height, int width, int32_t *map, int start, int32_t from, int32_t to) {
    int count = 1;
    map[start] = to;
    for (bool has_grown = true; has_grown;) {
        has_grown = false;
        for (int at = 0; at < height * width; at++)
            for (int k = 0; k < 9 && map[at] == from; k++) {
                int y = at / width + k / 3 - 1, x = at % width + k % 3 - 1;
                if (y < 0 || x < 0 || y >= height || x >= width || map[y * width + x] != to)
                    continue;
                map[at] = to;
                count++;
                has_grown = true;
            }
    }
    return count;
}

/* Of any map, thin or dense, also of one row or column, and within the room that is promised.
 */
static void test_any_component(void **state) {
    static const int sides[][2] = {{1, 17}, {17, 1}, {9, 9}, {8, 14}, {13, 7}};
    uint32_t chance = 1;
    for (int kind = 0; kind < 400; kind++) {
        int height = sides[kind % 5][0], width = sides[kind % 5][1], pixels = height * width;
        int32_t map[128], want[128], stack[160];
        for (int at = 0; at < pixels; at++) {
            chance = chance * 1664525 + 1013904223;
            map[at] = want[at] = (int)(chance >> 24) < 40 + kind / 2;
        }
        int start = kind % pixels, room = height * (width + 1);
        stack[room] = -5;
        int filled = gt_fill_component(height, width, map, start, 9, stack);
        assert_int_equal(filled, spread(height, width, want, start, want[start], 9));
        assert_memory_equal(map, want, (size_t)pixels * sizeof *map);
        assert_int_equal(stack[room], -5);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_root),       cmocka_unit_test(test_search),
        cmocka_unit_test(test_filters),    cmocka_unit_test(test_order),
        cmocka_unit_test(test_components), cmocka_unit_test(test_any_component),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
