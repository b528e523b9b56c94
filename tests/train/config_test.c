/* What a run that goes on may change of its settings. */
#include "config.h"
#include "gt_test.h"
#include "toy_linear.h"

static gt_error err;

static gt_status compare(const char *recorded, const char *wanted) {
    return gt_config_compare(&linear_class, "run", recorded, wanted, NULL, &err);
}

/* Runs of earlier versions know nothing of settings that came later. */
static void test_a_setting_that_was_not_there(void **unused) {
    assert_int_equal(compare("batch = 8\n", "batch = 8\nepoch-rows = 0\n"), GT_OK);
    assert_int_equal(compare("batch = 8\n", "batch = 8\nepoch-rows = 7\n"), GT_MISMATCH);
    assert_non_null(strstr(err.text, "run was begun with epoch-rows = 0, not 7"));
    assert_int_equal(compare("batch = 8\nprobe = a.h5\n", "batch = 8\n"), GT_MISMATCH);
}

static void test_what_may_change(void **unused) {
    assert_int_equal(compare("batch = 8\nepochs = 2\n", "batch = 8\nepochs = 4\n"), GT_OK);
    assert_int_equal(compare("batch = 8\n", "batch = 9\n"), GT_MISMATCH);
    assert_non_null(strstr(err.text, "batch = 8, not 9"));
    assert_int_equal(
        compare("schedule = cosine\nepochs = 2\n", "schedule = cosine\nepochs = 4\n"),
        GT_MISMATCH);
}

/* A caller may hold on to what runs let go. */
static void test_bound_settings(void **unused) {
    static const char *const bound[] = {"threads", "epochs", NULL};
    static const char *const wanted[] = {"epochs = 2\nthreads = 2\n",
                                         "epochs = 3\nthreads = 1\n"};
    static const char *const says[] = {"threads = 1, not 2; ", "epochs = 2, not 3; "};
    const char *recorded = "epochs = 2\nthreads = 1\n";
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(compare(recorded, wanted[i]), GT_OK);
        assert_int_equal(
            gt_config_compare(&linear_class, "run", recorded, wanted[i], bound, &err),
            GT_MISMATCH);
        assert_non_null(strstr(err.text, says[i]));
    }
    assert_int_equal(gt_config_compare(&linear_class, "run", recorded, recorded, bound, &err),
                     GT_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_setting_that_was_not_there),
        cmocka_unit_test(test_what_may_change),
        cmocka_unit_test(test_bound_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
