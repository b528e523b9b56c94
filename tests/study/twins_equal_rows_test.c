/* twins_equal_rows_test.c - rows that show one picture: counted once each, told with the first
 * of them and the row that it repeats, and only where they are in groups that should not meet.
 */
#include <unistd.h>

#include "small_set.h"
#include "study_sets.h"
#include "twins/equal_rows.h"

enum { ROWS = 8, SIDE = 4 };

static gt_error err;

/* A set whose row i shows picture number `shown[i]`. */
static gt_dataset *set_of(const int shown[ROWS]) {
    gt_dataset *set = NULL;
    const gt_dataset_info info = small_set_of(ROWS, SIDE, GT_PIXEL_F32);
    float pixels[ROWS][SIDE * SIDE];
    for (int i = 0; i < ROWS; i++)
        for (int k = 0; k < SIDE * SIDE; k++) pixels[i][k] = (float)(10 * shown[i] + k);
    (void)unlink("rows.h5");
    write_small_set("rows.h5", &info, pixels, NULL);
    assert_ok(gt_dataset_open("rows.h5", &set, &err), err);
    return set;
}

/* A learns from rows 0 to 2, B from 3 and 4, which are two lists; 5 to 7 are unseen. */
static void tells(const int shown[ROWS], const char *want) {
    static const uint64_t row[ROWS] = {0, 1, 2, 3, 4, 5, 6, 7};
    static const gt_row_group groups[GT_ROW_GROUPS] = {
        {{row}, {3}}, {{row + 3, row + 4}, {1, 1}}, {{row + 5}, {3}}};
    gt_dataset *set = set_of(shown);
    remarks_begin();
    assert_ok(gt_equal_rows_tell(set, groups, &err), err);
    gt_log_to(NULL, NULL);
    assert_string_equal(remarks, want);
    gt_dataset_close(set);
}

static void groups_that_should_not_meet(void **state) {
    tells((int[]){1, 2, 3, 4, 5, 6, 7, 8}, "");
    tells((int[]){1, 1, 2, 3, 3, 4, 4, 5}, ""); /* each in its own group */
    tells((int[]){1, 2, 3, 4, 2, 5, 6, 7},
          "rows.h5: 1 of 2 rows that B learns from show the same as rows that A does (row 4 as "
          "row 1): both agree on what both learned\n");
    tells((int[]){1, 2, 3, 4, 5, 6, 4, 2},
          "rows.h5: 2 of 3 rows to validate and test by show the same as rows that are learned "
          "(row 6 as row 3): what is called unseen has been learned\n");
    tells((int[]){9, 9, 9, 9, 9, 9, 9, 9},
          "rows.h5: 2 of 2 rows that B learns from show the same as rows that A does (row 3 as "
          "row 0): both agree on what both learned\n"
          "rows.h5: 3 of 3 rows to validate and test by show the same as rows that are learned "
          "(row 5 as row 0): what is called unseen has been learned\n");
}

static int enter_folder(void **state) {
    return make_temp_folder(state) || chdir(temp_folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(groups_that_should_not_meet)};
    return cmocka_run_group_tests(tests, enter_folder, remove_temp_folder);
}
