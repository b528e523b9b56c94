/* What a run that goes on may change of its settings. */
#include "config.h"
#include "gt_test.h"
#include "toy_linear.h"

static gt_error err;

static gt_status compare(const char *recorded, const char *wanted) {
    return gt_config_compare(&linear_class, "run", recorded, wanted, &err);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_setting_that_was_not_there),
        cmocka_unit_test(test_what_may_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
