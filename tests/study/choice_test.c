/* Rows of a split, and some of them by chance. */
#include "choice.h"

#include "study_sets.h"

enum { FIRST = 40, SECOND = 60, ALL = FIRST + SECOND };

static gt_error err;

/* Rows 2 and 3 of every four are test rows. */
static void make_two(const char *paths[2]) {
    static const char *const classes[] = {"FRI", "FRII"};
    paths[0] = make_set((made_set){
        .name = "first.h5", .rows = FIRST, .width = 2, .classes = classes, .class_count = 2});
    paths[1] = make_set((made_set){
        .name = "second.h5", .rows = SECOND, .width = 2, .classes = classes, .class_count = 2});
}

static int stay(const bool *marks) {
    int count = 0;
    for (int i = 0; i < ALL; i++) count += !marks[i];
    return count;
}

static void rows_of_a_split_stay(void **state) {
    const char *paths[2];
    bool *marks = NULL;
    gt_row_choice choice = {.split = "test"};
    make_two(paths);
    assert_ok(gt_choose_rows(paths, 2, &choice, &marks, &err), err);
    for (int i = 0; i < ALL; i++) assert_int_equal(marks[i], i % 4 < 2);
    free(marks);
    marks = NULL;
    choice.split = "all";
    assert_ok(gt_choose_rows(paths, 2, &choice, &marks, &err), err);
    assert_null(marks);
    choice.split = "validation";
    assert_int_equal(gt_choose_rows(paths, 2, &choice, &marks, &err), GT_BAD_ARGUMENT);
    assert_has(err.text, "none of 100 rows is left");
    assert_null(marks);
}

/* Every row has the same chance, marks that are there stay, and one seed is one choice. */
static void some_are_taken_by_chance(void **state) {
    enum { SEEDS = 400, TAKEN = 20 };
    const char *paths[2];
    int taken[ALL] = {0};
    make_two(paths);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        const gt_row_choice choice = {.split = "train", .take = TAKEN, .seed = seed};
        bool *marks = calloc(ALL, sizeof *marks), *again = calloc(ALL, sizeof *again);
        marks[0] = again[0] = true;
        assert_ok(gt_choose_rows(paths, 2, &choice, &marks, &err), err);
        assert_ok(gt_choose_rows(paths, 2, &choice, &again, &err), err);
        assert_memory_equal(marks, again, ALL * sizeof *marks);
        assert_int_equal(stay(marks), TAKEN);
        for (int i = 0; i < ALL; i++) taken[i] += !marks[i];
        free(marks);
        free(again);
    }
    for (int i = 0; i < ALL; i++) {
        bool may = i > 0 && i % 4 < 2;
        double expected = may ? (double)SEEDS * TAKEN / (ALL / 2 - 1) : 0;
        assert_true(fabs(taken[i] - expected) < 4.5 * sqrt(expected) + 1e-9);
    }
}

static void what_is_not_there_is_refused(void **state) {
    const char *paths[2];
    bool *marks = NULL;
    gt_row_choice choice = {.split = "test", .take = 51};
    make_two(paths);
    assert_int_equal(gt_choose_rows(paths, 2, &choice, &marks, &err), GT_BAD_ARGUMENT);
    assert_string_equal(err.text, "51 rows to take, 50 are there");
    paths[1] = make_set((made_set){.name = "plain.h5", .rows = 9, .width = 2});
    assert_int_equal(gt_choose_rows(paths, 2, &choice, &marks, &err), GT_BAD_ARGUMENT);
    assert_has(err.text, "plain.h5 has no column 'split'");
    assert_null(marks);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(rows_of_a_split_stay),
        TEST(some_are_taken_by_chance),
        TEST(what_is_not_there_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
