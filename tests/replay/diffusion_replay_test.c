/* The recorded denoiser: its training in parts and its walks replay, and a change of any kind
 * is told. */
#include "gt_test.h"

#include <unistd.h>

#include "changed_copy.h"
#include "replay.h"
#include "temp_folder.h"

static gt_status replay(const char *path, bool in_double, gt_replay_result *result,
                        gt_error *err) {
    gt_replay_settings settings = {.threads = 1, .in_double = in_double};
    return gt_replay_file(path, &settings, NULL, NULL, result, err);
}

static void test_golden(void **state) {
    static const struct {
        const char *name;
        size_t compared;
    } files[] = {{"unet_tiny_init", 0},   {"unet_tiny_forward", 20}, {"unet_tiny_grads", 29},
                 {"unet_tiny_after", 82}, {"sampler_paper", 11},     {"sampler_ou", 12}};
    for (size_t i = 0; i < 2 * (sizeof files / sizeof *files); ++i) {
        char path[256];
        gt_replay_result result;
        gt_error err;
        const char *name = files[i / 2].name;
        snprintf(path, sizeof path, "golden/diffusion/%s.safetensors", name);
        assert_ok(replay(path, i % 2, &result, &err), err);
        if (!result.passed || result.compared != files[i / 2].compared)
            fail_msg("%s: %zu compared, worst %s %g of its tolerance, unknown %s", name,
                     result.compared, result.worst_name, result.worst_ratio,
                     result.unknown_names);
    }
}

/* Replays golden/diffusion/PART with what it begins with, one of them changed. */
static bool passes(const char *part, const char *changed, const char *tensor, float value) {
    static const char *const suffix = ".safetensors";
    gt_replay_result result;
    gt_error err;
    const char *const parts[] = {part, "unet_tiny_init"};
    char to[256] = "";
    for (int i = 1; i >= 0; --i) {
        char from[256];
        snprintf(from, sizeof from, "golden/diffusion/%s%s", parts[i], suffix);
        snprintf(to, sizeof to, "%s/%s%s", temp_folder, parts[i], suffix);
        copy_changed(from, to, strcmp(parts[i], changed) == 0 ? tensor : "", 3, value);
    }
    assert_ok(replay(to, false, &result, &err), err);
    return result.passed;
}

static void test_changes(void **state) {
    assert_true(passes("unet_tiny_forward", "", "", 0));
    assert_false(passes("unet_tiny_forward", "unet_tiny_init", "clean", 0.7F));
    assert_false(passes("unet_tiny_forward", "unet_tiny_init", "u", 0.9F));
    assert_false(passes("unet_tiny_forward", "unet_tiny_init", "z", 2));
    assert_false(passes("unet_tiny_forward", "unet_tiny_init", "mid_block.1.running_sd", 2));
    assert_false(passes("unet_tiny_forward", "unet_tiny_forward", "eval.output", 2));
    assert_false(passes("unet_tiny_grads", "unet_tiny_grads", "grad.upsample.1.weight", 2));
    assert_false(
        passes("unet_tiny_after", "unet_tiny_after", "step3.encoder.1.1.running_sd", 2));
    assert_false(passes("sampler_paper", "sampler_paper", "noise", 2));
    assert_false(passes("sampler_paper", "sampler_paper", "gamma", 2));
    assert_false(passes("sampler_ou", "sampler_ou", "t_grid", 2));
    assert_false(passes("sampler_ou", "sampler_ou", "train_mean", 2));
}

static void test_part_alone(void **state) {
    char path[256];
    gt_replay_result result;
    gt_error err;
    assert_true(passes("unet_tiny_forward", "", "", 0));
    snprintf(path, sizeof path, "%s/unet_tiny_init.safetensors", temp_folder);
    assert_int_equal(unlink(path), 0);
    snprintf(path, sizeof path, "%s/unet_tiny_forward.safetensors", temp_folder);
    assert_int_equal(replay(path, false, &result, &err), GT_NOT_FOUND);
    assert_non_null(strstr(err.text, "unet_tiny_init.safetensors"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden),
                                       cmocka_unit_test(test_changes),
                                       cmocka_unit_test(test_part_alone)};
    return cmocka_run_group_tests(tests, make_temp_folder, remove_temp_folder);
}
