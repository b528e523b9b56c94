/* Remarks reach the sink as one clean line. */
#include "gt_test.h"

#include "galatea/log.h"
#include "galatea/version.h"

static void keep_line(void *user, const char *line) {
    snprintf(user, 600, "%s", line);
}

static void lines_arrive_clean_and_cut(void **state) {
    char got[600] = "", longest[2000];
    gt_remark("nobody listens");
    gt_log_to(keep_line, got);
    gt_remark("%s: alpha dropped\n", "a\033[2Jb.png");
    assert_string_equal(got, "a\\x1b[2Jb.png: alpha dropped\\x0a");
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    gt_remark("%s", longest);
    assert_int_equal(strlen(got), 511);
    gt_log_to(NULL, NULL);
    gt_remark("gone");
    assert_int_equal(strlen(got), 511);
}

static void version_has_three_numbers(void **state) {
    int a, b, c, end = 0;
    assert_int_equal(sscanf(gt_version(), "%d.%d.%d%n", &a, &b, &c, &end), 3);
    assert_int_equal(gt_version()[end], '\0');
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(lines_arrive_clean_and_cut),
                                       cmocka_unit_test(version_has_three_numbers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
