/* Rows of numbers with their intervals: where they stand, what is named, what is left out. */
#include <unistd.h>

#include "file.h"
#include "galatea/figure.h"
#include "gt_test.h"
#include "temp_folder.h"

enum { MOST = 40 };

static const gt_whisker one[] = {{2, 1, 3, 2.5}}, none[] = {{NAN, NAN, NAN, NAN}},
                        bare[] = {{2, NAN, NAN, NAN}}, large[] = {{300, 100, 900, 10}};
static const char *const name[] = {"generated"};

static char *drawn(const gt_whisker_row *rows, size_t count, const char *note, double height) {
    gt_error err;
    char *bytes = NULL;
    size_t size = 0;
    const gt_whiskers all = {count, 1, rows, name, "real", note};
    assert_int_equal(setenv("TMPDIR", temp_folder, 1), 0);
    assert_ok(
        gt_figure_whiskers(in_folder("a.svg"), &(gt_figure){.height = height}, &all, &err),
        err);
    assert_ok(gt_file_load(in_folder("a.svg"), 1 << 22, &bytes, &size, &err), err);
    return bytes;
}

/* Dots of 1/96 inch from the top at which a text stands; -1: it does not. */
static double height_of(const char *svg, const char *text) {
    char wanted[64];
    double x, y;
    snprintf(wanted, sizeof wanted, ">%s<", text);
    const char *found = strstr(svg, wanted);
    if (!found) return -1;
    while (found > svg && strncmp(found, "translate(", 10) != 0) found--;
    return sscanf(found, "translate(%lf,%lf)", &x, &y) == 2 ? y : -1;
}

static size_t count_of(const char *svg, const char *text) {
    size_t count = 0;
    for (const char *at = svg; (at = strstr(at, text)); at++) count++;
    return count;
}

static void rows_follow_each_other(void **state) {
    const gt_whisker_row rows[] = {{"first", "low is good", {.high = 1}, one},
                                   {"second", NULL, {.low = 0, .high = 4}, one},
                                   {"third", "high is good", {.is_log = true}, large}};
    char *svg = drawn(rows, 3, "a note", 0);
    double legend = height_of(svg, "generated"), first = height_of(svg, "first"),
           second = height_of(svg, "second"), third = height_of(svg, "third"),
           note = height_of(svg, "a note");
    assert_true(legend > 0 && first > legend && second > first && third > second);
    assert_near(third - second, second - first, 1.5);
    assert_true(note > third);
    assert_near(height_of(svg, "low is good"), first, 3);
    assert_near(height_of(svg, "high is good"), third, 3);
    assert_int_equal(count_of(svg, ">real<"), 1); /* in the legend, not in every row */
    assert_int_equal(count_of(svg, ">generated<"), 1);
    assert_true(count_of(svg, ">100<") == 1 && count_of(svg, ">1000<") <= 1);
    free(svg);
}

/* Its name stands, and nothing is in it; a number without an interval is a dot. */
static void what_is_no_number_is_not_shown(void **state) {
    const gt_whisker_row full[] = {{"a", NULL, {0}, one}, {"b", NULL, {0}, one}};
    const gt_whisker_row half[] = {{"a", NULL, {0}, one}, {"b", NULL, {0}, none}};
    const gt_whisker_row dots[] = {{"a", NULL, {0}, one}, {"b", NULL, {0}, bare}};
    char *both = drawn(full, 2, NULL, 0), *some = drawn(half, 2, NULL, 0),
         *dot = drawn(dots, 2, NULL, 0);
    size_t marks = count_of(both, "xlink:href='#gp"), left = count_of(some, "xlink:href='#gp");
    assert_true(height_of(some, "b") > height_of(some, "a"));
    assert_true(left < marks && count_of(dot, "xlink:href='#gp") > left);
    free(both), free(some), free(dot);
}

static void sets_stand_below_each_other(void **state) {
    gt_error err;
    static const gt_whisker pair[] = {{1, 0.5, 1.5, 1.2}, {3, 2.5, 3.5, NAN}};
    const char *const names[] = {"A", "B"};
    const gt_whisker_row row = {"share", NULL, {.low = 0, .high = 4}, pair};
    const gt_whiskers two = {1, 2, &row, names, "real", NULL};
    char *bytes = NULL;
    size_t size = 0;
    assert_ok(
        gt_figure_whiskers(in_folder("b.svg"), &(gt_figure){.title = "Title"}, &two, &err),
        err);
    assert_ok(gt_file_load(in_folder("b.svg"), 1 << 22, &bytes, &size, &err), err);
    assert_int_equal(count_of(bytes, ">A<"), 1);
    assert_int_equal(count_of(bytes, ">B<"), 1);
    free(bytes);
}

static void too_much_is_refused(void **state) {
    gt_error err;
    gt_whisker_row rows[MOST];
    for (int i = 0; i < MOST; i++) rows[i] = (gt_whisker_row){"a", NULL, {0}, one};
    gt_whiskers all = {MOST, 1, rows, name, "real", NULL};
    const gt_figure figure = {0};
    assert_int_equal(gt_figure_whiskers(in_folder("c.png"), &figure, &all, &err),
                     GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "40 rows of 1 sets, expected 1 to 32 of 1 to 8"));
    all.count = 1, all.sets = 0;
    assert_int_equal(gt_figure_whiskers(in_folder("c.png"), &figure, &all, &err),
                     GT_BAD_ARGUMENT);
    all.sets = 1, all.count = 0;
    assert_int_equal(gt_figure_whiskers(in_folder("c.png"), &figure, &all, &err),
                     GT_BAD_ARGUMENT);
    all.count = 1, rows[0].of = none;
    assert_int_equal(gt_figure_whiskers(in_folder("c.png"), &figure, &all, &err),
                     GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "no number can be shown"));
    assert_int_equal(gt_figure_whiskers(in_folder("c.gif"), &figure, &all, &err), GT_USAGE);
    assert_int_not_equal(access(in_folder("c.png"), F_OK), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_follow_each_other),
                                       cmocka_unit_test(what_is_no_number_is_not_shown),
                                       cmocka_unit_test(sets_stand_below_each_other),
                                       cmocka_unit_test(too_much_is_refused)};
    return cmocka_run_group_tests(tests, make_temp_folder, remove_temp_folder);
}
