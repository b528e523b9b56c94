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

/* Marks that are there stay, and one seed is one choice. */
static void one_seed_is_one_choice(void **state) {
    const char *paths[2];
    bool *marks[3] = {NULL};
    make_two(paths);
    for (int i = 0; i < 3; i++) {
        const gt_row_choice choice = {.split = "train", .take = 20, .seed = i / 2};
        marks[i] = calloc(ALL, sizeof *marks[i]);
        marks[i][0] = true;
        assert_ok(gt_choose_rows(paths, 2, &choice, &marks[i], &err), err);
        assert_int_equal(stay(marks[i]), 20);
        assert_true(marks[i][0]);
    }
    assert_memory_equal(marks[0], marks[1], ALL * sizeof *marks[0]);
    assert_memory_not_equal(marks[0], marks[2], ALL * sizeof *marks[0]);
    for (int i = 0; i < 3; i++) free(marks[i]);
}

/* Every row of the split has the same chance: none is never taken, none twice as often. */
static void some_are_taken_by_chance(void **state) {
    enum { SEEDS = 80, TAKEN = 20, MAY = SECOND / 2 };
    const char *paths[2];
    int taken[SECOND] = {0};
    make_two(paths);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        const gt_row_choice choice = {.split = "train", .take = TAKEN, .seed = seed};
        bool *marks = NULL;
        assert_ok(gt_choose_rows(&paths[1], 1, &choice, &marks, &err), err);
        for (int i = 0; i < SECOND; i++) taken[i] += !marks[i];
        free(marks);
    }
    const double chance = (double)TAKEN / MAY;
    for (int i = 0; i < SECOND; i++) {
        double expected = i % 4 < 2 ? SEEDS * chance : 0;
        assert_true(fabs(taken[i] - expected) <= 4.5 * sqrt(expected * (1 - chance)));
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
        TEST(one_seed_is_one_choice),
        TEST(some_are_taken_by_chance),
        TEST(what_is_not_there_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
