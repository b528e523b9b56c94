/* places_test.c - the nearest position against a look at all of them, the poles included. */
#include "places.h"

#include <math.h>
#include <stdlib.h>

#include "gt_test.h"
#include "text_set.h"

enum { PLACES = 400, SEARCHES = 300 };

static gt_error err;

#define DEGREE (M_PI / 180)

/* Haversine, in arcsec: another formula than that of the search. */
static double haversine(const double a[2], const double b[2]) {
    double y = sin((a[1] - b[1]) * DEGREE / 2), x = sin((a[0] - b[0]) * DEGREE / 2);
    double h = y * y + cos(a[1] * DEGREE) * cos(b[1] * DEGREE) * x * x;
    return 2 * asin(fmin(1, sqrt(h))) / DEGREE * 3600;
}

static double uniform(unsigned *state) {
    *state = *state * 1103515245 + 12345;
    return (double)(*state >> 8) / (1 << 24);
}

/* Crowds at a pole, at the meridian and elsewhere. */
static void draw(unsigned *state, double out[2]) {
    double where = uniform(state);
    out[0] = where < 0.3 ? 359.99 + 0.02 * uniform(state) : 360 * uniform(state);
    out[1] = where < 0.3   ? 0.01 * uniform(state)
             : where < 0.6 ? 90 - 0.01 * uniform(state)
                           : 180 * uniform(state) - 90;
    if (out[0] >= 360) out[0] -= 360;
}

static void the_nearest_is_found_wherever_it_lies(void **state) {
    unsigned chance = 7;
    double at[PLACES][2], from[2];
    gt_places places = {0};
    for (int i = 0; i < PLACES; i++) {
        draw(&chance, at[i]);
        assert_ok(gt_places_add(&places, at[i][0], at[i][1], (uint64_t)i, &err), err);
    }
    gt_places_sort(&places);
    int found = 0;
    for (int s = 0; s < SEARCHES; s++) {
        uint64_t row = 0;
        double within = s % 3 ? 20 : 5000, best = INFINITY;
        draw(&chance, from);
        for (int i = 0; i < PLACES; i++) best = fmin(best, haversine(from, at[i]));
        bool is_there = gt_places_nearest(&places, from[0], from[1], within, &row);
        assert_true(is_there == (best <= within));
        if (is_there) assert_near(haversine(from, at[row]), best, 1e-4);
        found += is_there;
    }
    assert_in_range(found, 50, SEARCHES - 50);
    gt_places_free(&places);
}

static void the_edge_counts_and_the_first_row_wins(void **state) {
    gt_places places = {0};
    uint64_t row = 9;
    assert_false(gt_places_nearest(&places, 0, 0, 1000, &row));
    assert_ok(gt_places_add(&places, 10, 0.001, 5, &err), err);
    assert_ok(gt_places_add(&places, 10, 0.001, 3, &err), err);
    assert_ok(gt_places_add(&places, -350, -0.001, 4, &err), err);
    gt_places_sort(&places);
    assert_true(gt_places_nearest(&places, 10, 0.001, 1e-6, &row));
    assert_int_equal(row, 3);
    assert_true(gt_places_nearest(&places, 10, 0, 3.6000001, &row));
    assert_false(gt_places_nearest(&places, 10, 0, 3.5999, &row));
    gt_places_free(&places);
}

/* ---- the texts of a column ---- */

static void texts_stand_once_and_in_order(void **state) {
    static const char *const given[] = {"spiral", "", "Ring", "spiral", "elliptical", "Ring"};
    static const char *const want[] = {"Ring", "elliptical", "spiral"};
    gt_text_set set = {0};
    char **list;
    bool fits = true, is_there;
    for (size_t i = 0; i < 6; i++) assert_ok(gt_text_set_add(&set, given[i], &fits, &err), err);
    assert_true(fits);
    assert_int_equal(set.count, 3);
    assert_ok(gt_text_set_list(&set, &list, &err), err);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(list[i], want[i]);
        assert_int_equal(gt_text_set_place(&set, want[i], &is_there), i);
        assert_true(is_there);
    }
    gt_text_set_place(&set, "ring", &is_there);
    assert_false(is_there);
    free(list);
    gt_text_set_free(&set);
}

static void classes_have_an_end(void **state) {
    gt_text_set set = {0};
    bool fits = true;
    char text[16];
    for (int i = 0; i < GT_CLASSES_MOST; i++) {
        snprintf(text, sizeof text, "c%d", i * 7919 % GT_CLASSES_MOST);
        assert_ok(gt_text_set_add(&set, text, &fits, &err), err);
        assert_true(fits);
    }
    assert_ok(gt_text_set_add(&set, "c5", &fits, &err), err);
    assert_true(fits);
    assert_ok(gt_text_set_add(&set, "one more", &fits, &err), err);
    assert_false(fits);
    assert_int_equal(set.count, GT_CLASSES_MOST);
    gt_text_set_free(&set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_is_found_wherever_it_lies),
        cmocka_unit_test(the_edge_counts_and_the_first_row_wins),
        cmocka_unit_test(texts_stand_once_and_in_order),
        cmocka_unit_test(classes_have_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
