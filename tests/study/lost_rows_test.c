/* Rows that are not finite: counted, named and left out; numbers beyond a range; what is told.
 */
#include "lost_rows.h"

#include "study_sets.h"

enum { WIDTH = 3 };

static void test_counts(void **state) {
    float rows[5 * WIDTH] = {0,   5,        9, NAN, 1, 2, -1, 11, 3, 4, 5, (float)INFINITY,
                             -20, 10.0005f, 10};
    bool is_lost[5];
    gt_lost_rows all = {0};
    gt_lost_rows_look(&all, rows, WIDTH, 2, 7, 0, 10.001, is_lost);
    gt_lost_rows_look(&all, rows + 2 * WIDTH, WIDTH, 3, 9, 0, 10.001, is_lost + 2);
    assert_int_equal(all.rows, 5);
    assert_int_equal(all.lost, 2);
    assert_int_equal(all.numbers, 3 * WIDTH);
    assert_int_equal(all.beyond, 3); /* -1, 11 and -20 */
    assert_int_equal(all.rows_beyond, 2);
    assert_string_equal(all.names, "8,10");
    assert_int_equal(gt_lost_rows_close_up(rows, WIDTH, 5, is_lost), 3);
    static const float left[] = {0, 5, 9, -1, 11, 3, -20, 10.0005f, 10};
    assert_memory_equal(rows, left, sizeof left);
}

/* Codes have no range. */
static void test_no_range(void **state) {
    float rows[2] = {-1e30f, 1e30f};
    bool is_lost[2];
    gt_lost_rows all = {0};
    gt_lost_rows_look(&all, rows, 1, 2, 0, 0, 0, is_lost);
    assert_int_equal(all.beyond + all.lost, 0);
}

/* A list of all of very many would not fit into a file's head. */
static void test_many(void **state) {
    gt_lost_rows all = {0};
    const float row = NAN;
    bool is_lost;
    for (uint64_t i = 0; i < 3000; i++)
        gt_lost_rows_look(&all, &row, 1, 1, 123456 + i, 0, 0, &is_lost);
    size_t length = strlen(all.names);
    assert_int_equal(all.lost, 3000);
    assert_true(length < GT_LOST_ROOM && length > GT_LOST_ROOM - 64);
    assert_string_equal(all.names + length - 4, ",...");
    assert_memory_equal(all.names, "123456,123457,", 14);
}

static void test_telling(void **state) {
    gt_error err = {0};
    gt_lost_rows all = {.rows = 8, .lost = 2, .numbers = 600, .names = "3,5"};
    remarks_begin();
    assert_ok(gt_lost_rows_tell(&all, "s.h5", "image", "0.7", &err), err);
    assert_string_equal(
        remarks,
        "s.h5: 2 of 8 images (25 %) are not finite and left out, at temperature 0.7 (3,5)\n");
    all = (gt_lost_rows){.rows = 8, .numbers = 800, .beyond = 4, .rows_beyond = 2};
    remarks_begin();
    assert_ok(gt_lost_rows_tell(&all, "s.h5", "image", NULL, &err), err);
    assert_string_equal(
        remarks, "s.h5: 0.5 % of the pixels lie beyond the range learned from and are cut, "
                 "in 2 of 8 images\n");
    all = (gt_lost_rows){.rows = 8, .numbers = 800};
    remarks_begin();
    assert_ok(gt_lost_rows_tell(&all, "s.h5", "image", NULL, &err), err);
    assert_string_equal(remarks, "");
    all = (gt_lost_rows){.rows = 8, .lost = 8};
    assert_int_equal(gt_lost_rows_tell(&all, "s.h5", "code", NULL, &err), GT_NOT_FINITE);
    assert_string_equal(err.text, "s.h5: none of 8 codes is finite");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_no_range),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_telling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
