/* constants_test.c - features that are constant as a text, and back. */
#include "gt_test.h"

#include "constants.h"

static void assert_back(const char *text, size_t count) {
    gt_error err = {0};
    gt_constants constants;
    char *again = NULL;
    assert_ok(gt_constants_of_text(text, 40, &constants, &err), err);
    assert_int_equal(constants.count, count);
    assert_ok(gt_constants_text(&constants, &again, &err), err);
    assert_string_equal(again, text);
    free(again);
    gt_constants_free(&constants);
}

static void text_and_back(void **state) {
    assert_back("0", 1);
    assert_back("3,17-20=0.25", 5);
    assert_back("0-39=-1e-30", 40);
    assert_back("1,2=-0,3-5,39=0.1", 6);
    assert_back("8=1.5e+30,9=3.4028235e+38", 2);
}

static void numbers_and_features(void **state) {
    gt_error err = {0};
    gt_constants c;
    char *text = NULL;
    assert_ok(gt_constants_of_text("3,17-18=0.25", 40, &c, &err), err);
    static const int64_t features[] = {3, 17, 18};
    static const float values[] = {0, 0.25f, 0.25f};
    assert_memory_equal(c.features, features, sizeof features);
    assert_memory_equal(c.values, values, sizeof values);
    gt_constants_free(&c);
    assert_ok(gt_constants_of_text(NULL, 40, &c, &err), err);
    assert_int_equal(c.count, 0);
    assert_ok(gt_constants_text(&c, &text, &err), err);
    assert_null(text);
}

/* A settings file may say anything. */
static void refuses(void **state) {
    static const char *const texts[] = {"x",
                                        "3,",
                                        "3,,4",
                                        ",3",
                                        "40",
                                        "3-40",
                                        "5-3",
                                        "3,3",
                                        "4,2",
                                        "-3",
                                        "3-",
                                        "3=",
                                        "3=x",
                                        "3=nan",
                                        "3=inf",
                                        "3=1e99",
                                        "3=0x1p3",
                                        "3 ",
                                        " 3",
                                        "3=\n1",
                                        "3=1\x1b[m",
                                        "3;4",
                                        "99999999999999999999",
                                        "2-99999999999999999999"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        gt_error err = {0};
        gt_constants c;
        assert_int_equal(gt_constants_of_text(texts[i], 40, &c, &err), GT_USAGE);
        assert_non_null(strstr(err.text, "expected ascending numbers below 40"));
        gt_constants_free(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_back),
        cmocka_unit_test(numbers_and_features),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
