/* row_list_test.c - rows as people write them, and the rows of splits. */
#include "row_list.h"

#include "split_rows.h"
#include "study_sets.h"

static const gt_row_source source = {"rows ", "sky.h5", 20, 6};

static void reads(const char *text, size_t expected, const uint64_t *want) {
    gt_error err = {0};
    uint64_t *rows = NULL;
    size_t count = 0;
    assert_ok(gt_row_list_read(&source, text, &rows, &count, &err), err);
    assert_int_equal(count, expected);
    assert_memory_equal(rows, want, expected * sizeof *want);
    free(rows);
}

static void refuses(const gt_row_source *from, const char *text, gt_status status,
                    const char *words) {
    gt_error err = {0};
    uint64_t *rows = NULL;
    size_t count = 0;
    assert_int_equal(gt_row_list_read(from, text, &rows, &count, &err), status);
    assert_has(err.text, words);
    assert_null(rows);
}

/* In the order written, and as often. */
static void rows_and_ranges(void **state) {
    (void)state;
    reads("7", 1, (const uint64_t[]){7});
    reads("3,7-9", 4, (const uint64_t[]){3, 7, 8, 9});
    reads("9-9,0", 2, (const uint64_t[]){9, 0});
    reads("19,4,4", 3, (const uint64_t[]){19, 4, 4});
    reads("0-5", 6, (const uint64_t[]){0, 1, 2, 3, 4, 5});
}

static void texts_that_are_none(void **state) {
    static const char *const texts[] = {"",   ",",   "3,",   ",3",  "3,,4", "a",
                                        "-1", "3-",  "3--4", "9-7", "3 7",  "1.5",
                                        "-",  "0x3", "3-b",  "1e1"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        refuses(&source, texts[i], GT_USAGE, ": expected rows as 3,7-9");
    refuses(&source, "3-000000000000000000000000000000000000000000000000004", GT_USAGE,
            "expected rows as");
}

static void rows_that_are_not_there(void **state) {
    (void)state;
    refuses(&source, "20", GT_BAD_ARGUMENT, "sky.h5 has 20 rows (0 to 19), row 20 is none");
    refuses(&source, "3,18-25", GT_BAD_ARGUMENT, "row 25 is none of them");
    refuses(&source, "0,9223372036854775807", GT_BAD_ARGUMENT, "none of them");
    refuses(&source, "99999999999999999999", GT_USAGE, "expected rows as");
}

/* Together, however they are written. */
static void no_more_than_the_most(void **state) {
    (void)state;
    refuses(&source, "0-6", GT_USAGE, "rows 0-6: more than 6 rows");
    refuses(&source, "0,1,2,3,4,5,6", GT_USAGE, "more than 6 rows");
    refuses(&source, "0-3,0-2", GT_USAGE, "more than 6 rows");
}

static void no_text_is_all(void **state) {
    gt_row_source few = source;
    gt_error err = {0};
    uint64_t *rows = NULL;
    size_t count = 0;
    (void)state;
    few.there = 3;
    assert_ok(gt_row_list_read(&few, NULL, &rows, &count, &err), err);
    assert_int_equal(count, 3);
    for (uint64_t i = 0; i < 3; i++) assert_int_equal(rows[i], i);
    free(rows);
    refuses(&source, NULL, GT_USAGE, "more than 6 rows");
}

/* ---- Splits ------------------------------------------------------------------------------ */

enum { ROWS = 12 };

static gt_dataset *open_set(const char *name, const uint8_t *splits) {
    static float x[ROWS];
    gt_error err = {0};
    gt_dataset *set = NULL;
    const char *path =
        give_set((given_set){.name = name, .rows = ROWS, .width = 1, .x = x, .splits = splits});
    assert_ok(gt_dataset_open_any(path, &set, &err), err);
    return set;
}

static void split_is(gt_dataset *set, const char *split, size_t most, size_t expected,
                     const uint64_t *want) {
    gt_error err = {0};
    uint64_t *rows = NULL;
    size_t count = 0;
    assert_ok(gt_split_rows(set, split, most, &rows, &count, &err), err);
    assert_int_equal(count, expected);
    assert_memory_equal(rows, want, expected * sizeof *want);
    free(rows);
}

static void no_split(gt_dataset *set, const char *split, gt_status status, const char *words) {
    gt_error err = {0};
    uint64_t *rows = NULL;
    size_t count = 0;
    assert_int_equal(gt_split_rows(set, split, 5, &rows, &count, &err), status);
    assert_has(err.text, words);
    assert_null(rows);
}

static void rows_of_a_split(void **state) {
    uint8_t splits[ROWS];
    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        splits[i] = i % 3 == 0   ? GT_SPLIT_TRAIN
                    : i % 3 == 1 ? GT_SPLIT_TEST
                                 : GT_SPLIT_VALIDATION;
    gt_dataset *set = open_set("three.h5", splits);
    split_is(set, "train", 9, 4, (const uint64_t[]){0, 3, 6, 9});
    split_is(set, "test", 9, 4, (const uint64_t[]){1, 4, 7, 10});
    split_is(set, "validation", 9, 4, (const uint64_t[]){2, 5, 8, 11});
    split_is(set, "test", 2, 2, (const uint64_t[]){1, 4});
    split_is(set, "auto", 3, 3, (const uint64_t[]){1, 4, 7});
    split_is(set, "any", 5, 5, (const uint64_t[]){0, 1, 2, 3, 4});
    gt_dataset_close(set);
}

/* Of a set without test rows, or without splits, "auto" takes any. */
static void sets_without_some_split(void **state) {
    uint8_t splits[ROWS];
    (void)state;
    for (size_t i = 0; i < ROWS; i++) splits[i] = GT_SPLIT_TRAIN;
    gt_dataset *set = open_set("train.h5", splits);
    split_is(set, "auto", 2, 2, (const uint64_t[]){0, 1});
    no_split(set, "test", GT_BAD_ARGUMENT, "train.h5 has no rows in split test");
    no_split(set, "validation", GT_BAD_ARGUMENT, "has no rows in split validation");
    gt_dataset_close(set);
    set = open_set("bare.h5", NULL);
    split_is(set, "auto", 2, 2, (const uint64_t[]){0, 1});
    split_is(set, "any", 20, ROWS, (const uint64_t[]){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
    no_split(set, "train", GT_NOT_FOUND, "bare.h5");
    gt_dataset_close(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_and_ranges),
        cmocka_unit_test(texts_that_are_none),
        cmocka_unit_test(rows_that_are_not_there),
        cmocka_unit_test(no_more_than_the_most),
        cmocka_unit_test(no_text_is_all),
        cmocka_unit_test_setup_teardown(rows_of_a_split, make_temp_folder, remove_temp_folder),
        cmocka_unit_test_setup_teardown(sets_without_some_split, make_temp_folder,
                                        remove_temp_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
