/* Recorded measurements of galaxies come out again, and replay sees what was changed. */
#include "gt_test.h"

#include "changed_copy.h"
#include "replay.h"

static const char copy[] = "/tmp/gt_morphology_replay.safetensors";

static gt_replay_result replay(const char *path) {
    gt_error err;
    gt_replay_result result;
    gt_replay_settings settings = {.threads = 1};
    assert_ok(gt_replay_file(path, &settings, NULL, NULL, &result, &err), err);
    return result;
}

static void test_golden(void **state) {
    static const char *const files[] = {"base64",       "hard64",     "large128",
                                        "luptongray64", "weighted64", "frame64"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[256];
        snprintf(path, sizeof path, "golden/morphology/%s.safetensors", files[i]);
        gt_replay_result result = replay(path);
        print_message("%s: %.3g of its tolerance (%s)\n", path, result.worst_ratio,
                      result.worst_name);
        assert_true(result.passed && result.compared >= 29);
        assert_string_equal(result.kind, "morphology");
    }
}

static void test_changed(void **state) {
    static const struct {
        const char *file, *tensor;
        size_t element; /* of floats: numbers of 8 bytes are two, the higher one last */
        float value;
    } changes[] = {
        {"base64", "out.m20", 3, -1.5f},
        {"base64", "out.r80", 3, 7},
        {"base64", "images", 32 * 64 + 32, 0.5f},
        {"hard64", "out.rpetro_ellip", 5, 3},
        {"hard64", "out.flag_core", 0, 1},
        {"large128", "out.events_core", 0, 1},
        {"large128", "skybox_yxhw", 0, 7},
        {"luptongray64", "gray", 700, 0.9f},
        {"luptongray64", "default_seg.sigma", 1, 1},
        {"frame64", "out.asymmetry", 1, 0.5f},
        {"hard64", "out.flag", 0, 1},
        {"hard64", "out.multimode", 5, 1},
        {"weighted64", "gini_segmap", 0, 2.3694278e-38f} /* bytes of 1 */,
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char path[256];
        snprintf(path, sizeof path, "golden/morphology/%s.safetensors", changes[i].file);
        copy_changed(path, copy, changes[i].tensor, changes[i].element, changes[i].value);
        if (replay(copy).passed) fail_msg("%s: %s passed", path, changes[i].tensor);
    }
    remove(copy);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden),
                                       cmocka_unit_test(test_changed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
