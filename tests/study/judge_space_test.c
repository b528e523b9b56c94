/* judge_space_test.c - names of spaces, room for rows, and rows far outside of test. */
#include "judge_space.h"

#include "study_pictures.h"

static gt_error err;

static const gt_judge_space *find(const char *text, const gt_dataset *data,
                                  const char **argument) {
    const gt_judge_space *space = NULL;
    assert_ok(gt_judge_space_find(text, data, &space, argument, &err), err);
    return space;
}

static void refuse(const char *text, const gt_dataset *data, const char *words) {
    const gt_judge_space *space = NULL;
    const char *argument = NULL;
    assert_int_equal(gt_judge_space_find(text, data, &space, &argument, &err), GT_USAGE);
    assert_has(err.text, words);
}

static void names_of_spaces(void **state) {
    gt_dataset *pictures = NULL, *codes = NULL;
    const char *argument = "before";
    (void)state;
    assert_ok(
        gt_dataset_open_any(make_picture_set((made_pictures){.name = "p.h5"}), &pictures, &err),
        err);
    assert_ok(gt_dataset_open_any(make_set((made_set){.name = "c.h5", .rows = 9, .width = 2}),
                                  &codes, &err),
              err);
    assert_string_equal(find(NULL, pictures, &argument)->name, "morphology");
    assert_null(argument);
    assert_true(find("morphology", pictures, &argument)->of_any_channels);
    assert_string_equal(argument, "");
    assert_false(find("pixels", pictures, &argument)->of_any_channels);
    assert_string_equal(find("codes:some/run", pictures, &argument)->name, "codes:");
    assert_string_equal(argument, "some/run");
    assert_string_equal(find(NULL, codes, &argument)->name, "codes");
    assert_string_equal(find("codes", codes, &argument)->name, "codes");
    refuse("codes", pictures, "p.h5 holds pictures, which have no space codes");
    refuse("morphology", codes, "c.h5 holds codes, which have no space morphology");
    refuse("codes:run", codes, "c.h5 holds codes, which have no space codes:run");
    refuse("codes:", pictures,
           "space codes:, expected morphology, pixels, centred, codes or codes:RUN");
    refuse("pixel", pictures, "space pixel, expected");
    refuse("pixels2", pictures, "space pixels2, expected");
    refuse("", pictures, "space , expected");
    gt_dataset_close(pictures);
    gt_dataset_close(codes);
}

static void room_for_rows(void **state) {
    gt_judge_rows r = {.points = {[GT_JUDGE_TEST] = {.name = "test", .rows = 7}}};
    (void)state;
    assert_ok(gt_judge_rows_make_room(&r, GT_JUDGE_TEST, 3, &err), err);
    assert_int_equal(r.points[GT_JUDGE_TEST].columns, 3);
    assert_ptr_equal(r.points[GT_JUDGE_TEST].x, r.x[GT_JUDGE_TEST]);
    for (size_t i = 0; i < 21; i++) r.x[GT_JUDGE_TEST][i] = 1.0f; /* sanitizers look */
    gt_judge_rows_free(&r);
}

/* Both ways out, at the reach itself and beyond; one row is one however many columns are far.
 */
static void far_rows(void **state) {
    static const float of_test[] = {1, 10, 3, 14, 2, 12}; /* means 2 and 12 */
    static const float x[] = {2, 12, 12, 12, 12.5f, 12, 2, -3, -9, 30};
    const gt_points test = {"test", 3, 2, of_test}, made = {"made", 5, 2, x};
    size_t column = 7;
    (void)state;
    assert_int_equal(gt_judge_far_rows(&made, &test, 10, &column), 3);
    assert_int_equal(column, 1);
    assert_int_equal(gt_judge_far_rows(&made, &test, 17, &column), 1);
    column = 7;
    assert_int_equal(gt_judge_far_rows(&made, &test, 18, &column), 0);
    assert_int_equal(column, 7);
    const gt_points some = {"made", 3, 2, x};
    assert_int_equal(gt_judge_far_rows(&some, &test, 10, &column), 1);
    assert_int_equal(column, 0);
    assert_int_equal(gt_judge_far_rows(&test, &test, 10, &column), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_of_spaces, make_temp_folder, remove_temp_folder),
        cmocka_unit_test(room_for_rows),
        cmocka_unit_test(far_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
