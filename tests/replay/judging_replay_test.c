/* Recorded judgements are computed again; a number that is not theirs is found. */
#include <unistd.h>

#include "changed_copy.h"
#include "replay.h"

static const char recorded[] = "golden/judging/judges_d5.safetensors";

static gt_replay_result replay(const char *path) {
    gt_error err = {0};
    gt_replay_result result;
    gt_replay_settings settings = {.threads = 1};
    assert_ok(gt_replay_file(path, &settings, NULL, NULL, &result, &err), err);
    return result;
}

static void golden(void **state) {
    gt_replay_result result = replay(recorded);
    (void)state;
    assert_string_equal(result.kind, "judging");
    assert_int_equal(result.compared, 105);
    assert_int_equal(result.unknown, 0);
    assert_true(result.passed);
}

/* A row that moved, and the upper half of a number. */
static void changed(void **state) {
    static const char *const names[] = {
        "good.generated", "copies.train",        "exact.test",          "good.frechet",
        "copies.c_t",     "shifted.coverage_k5", "collapsed.vendi_test"};
    char path[] = "/tmp/gt_judging_XXXXXX";
    (void)state;
    close(mkstemp(path));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        copy_changed(recorded, path, names[i], 1, 3.25f);
        if (replay(path).passed) fail_msg("%s was changed, and nobody saw it", names[i]);
    }
    unlink(path);
}

/* What is no set and what is no cell is refused in one line. */
static void damaged(void **state) {
    char path[] = "/tmp/gt_judging_XXXXXX";
    gt_error err = {0};
    gt_replay_result result;
    gt_replay_settings settings = {.threads = 1};
    (void)state;
    close(mkstemp(path));
    copy_changed(recorded, path, "good.train", 7, NAN);
    assert_int_equal(gt_replay_file(path, &settings, NULL, NULL, &result, &err), GT_NOT_FINITE);
    assert_non_null(strstr(err.text, "train: row 1, number 2 is nan"));
    copy_changed(recorded, path, "good.test_cell", 0, 1e9f);
    assert_int_equal(gt_replay_file(path, &settings, NULL, NULL, &result, &err), GT_BAD_FORMAT);
    assert_non_null(strstr(err.text, "'good.test_cell' has"));
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden),
        cmocka_unit_test(changed),
        cmocka_unit_test(damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
