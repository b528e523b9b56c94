/* Recorded Glows replay, and a change of any kind is told. */
#include "gt_test.h"

#include "changed_copy.h"
#include "replay.h"
#include "temp_folder.h"

static const char additive[] = "golden/glow/rgb_additive_plain.safetensors";

static gt_status replay(const char *path, bool in_double, gt_replay_result *result,
                        gt_error *err) {
    gt_replay_settings settings = {.threads = 1, .in_double = in_double};
    return gt_replay_file(path, &settings, NULL, NULL, result, err);
}

static void test_golden(void **state) {
    static const struct {
        const char *path;
        size_t compared;
        bool in_double;
    } files[] = {{"golden/glow/gray_affine_lu.safetensors", 477, false},
                 {additive, 218, false},
                 {additive, 218, true}};
    for (size_t i = 0; i < sizeof files / sizeof *files; ++i) {
        gt_replay_result result;
        gt_error err;
        assert_ok(replay(files[i].path, files[i].in_double, &result, &err), err);
        if (!result.passed || result.compared != files[i].compared)
            fail_msg("%s: %zu compared, worst %s %g of its tolerance, unknown %s",
                     files[i].path, result.compared, result.worst_name, result.worst_ratio,
                     result.unknown_names);
    }
}

/* A copy in which the first element of a tensor is another number. */
static bool passes(const char *tensor, float value) {
    gt_error err;
    gt_replay_result result;
    char to[256];
    snprintf(to, sizeof to, "%s/changed.safetensors", temp_folder);
    copy_changed(additive, to, tensor, 0, value);
    assert_ok(replay(to, false, &result, &err), err);
    return result.passed;
}

static void test_changes(void **state) {
    static const char *const names[] = {
        "noise/dequant_u",
        "noise/eps.1",
        "param/blocks.0.flows.1.invconv.weight",
        "buffer/blocks.1.flows.0.invconv.l_mask",
        "param/blocks.1.prior.scale",
        "act/blocks.0.prior",
        "loss/logdet.blocks.0.flows.1.invconv",
        "grad/blocks.1.flows.0.invconv.w_l",
        "step3/blocks.0.flows.0.actnorm.loc",
        "sample/image_T",
        "inv/eps_recovered.0",
        "init/blocks.1.flows.1.actnorm.scale",
    };
    assert_true(passes("", 0));
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
        if (passes(names[i], 3)) fail_msg("%s: a change passes", names[i]);
    assert_false(passes("inv/reconstruction_max_abs_err_fp32", 1e-9F));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden),
                                       cmocka_unit_test(test_changes)};
    return cmocka_run_group_tests(tests, make_temp_folder, remove_temp_folder);
}
