/* Recorded flows are reproduced, and changed ones are not. */
#include "gt_test.h"

#include <unistd.h>

#include "galatea/safetensors.h"
#include "replay.h"

static const char step[] = "golden/maf/maf_step_d6.safetensors";
static char copy[] = "/tmp/gt_maf_XXXXXX";

static void test_golden(void **state) {
    static const char *const names[] = {"masks",       "logit_transform", "maf_step_d2",
                                        "maf_step_d6", "maf_step_d9_wd",  "maf_toy_banana"};
    for (size_t i = 0; i < 2 * sizeof names / sizeof *names; ++i) {
        gt_error err;
        gt_replay_result result;
        char path[128];
        gt_replay_settings settings = {.threads = 1, .in_double = i % 2};
        snprintf(path, sizeof path, "golden/maf/%s.safetensors", names[i / 2]);
        assert_ok(gt_replay_file(path, &settings, NULL, NULL, &result, &err), err);
        print_message("%s: largest error %.3g of its tolerance (%s)\n", path,
                      result.worst_ratio, result.worst_name);
        if (!result.passed)
            fail_msg("%s: %zu outside, %zu unknown", path, result.outside, result.unknown);
    }
}

/* 31.6 million weights by formula. */
static void test_full_size(void **state) {
    gt_error err;
    gt_replay_result result;
    gt_replay_settings settings = {.threads = 2};
    assert_ok(gt_replay_file("golden/maf/maf_full_forward.safetensors", &settings, NULL, NULL,
                             &result, &err),
              err);
    assert_true(result.passed && result.compared == 9);
}

/* A copy in which one number of a tensor is another one, or the tensor is left out. */
static gt_status replay_changed(const char *tensor, uint64_t element, float value, bool drop,
                                gt_replay_result *result, gt_error *err) {
    gt_safetensors *file;
    gt_safetensors_writer *writer;
    void *bytes[512] = {NULL};
    assert_ok(gt_safetensors_open(step, &file, err), *err);
    assert_ok(gt_safetensors_writer_create(&writer, err), *err);
    for (size_t i = 0; i < gt_safetensors_metadata_count(file); ++i) {
        const char *key, *text = gt_safetensors_metadata_at(file, i, &key);
        assert_ok(gt_safetensors_writer_metadata(writer, key, text, err), *err);
    }
    for (size_t i = 0; i < gt_safetensors_count(file); ++i) {
        const gt_st_tensor *t = gt_safetensors_at(file, i);
        bool is_it = strcmp(t->name, tensor) == 0;
        if (is_it && drop) continue;
        bytes[i] = malloc(t->bytes + 1);
        assert_ok(gt_safetensors_read_raw(file, t, bytes[i], t->bytes, err), *err);
        if (is_it) ((float *)bytes[i])[element] = value;
        assert_ok(gt_safetensors_writer_add(writer, t->name, t->dtype, t->rank, t->shape,
                                            bytes[i], err),
                  *err);
    }
    assert_ok(gt_safetensors_writer_save(writer, copy, 0, err), *err);
    for (size_t i = 0; i < gt_safetensors_count(file); ++i) free(bytes[i]);
    gt_safetensors_writer_destroy(writer);
    gt_safetensors_close(file);
    return gt_replay_file(copy, &(gt_replay_settings){.threads = 1}, NULL, NULL, result, err);
}

static void test_changed(void **state) {
    static const char *const names[] = {"eval.u",
                                        "eval.layer3.logdet",
                                        "eval.layer4.out",
                                        "train.logdet",
                                        "inverse.x",
                                        "inverse.logdet",
                                        "loss.step3",
                                        "roundtrip.u",
                                        "grad.3.trunk.1.linear.weight",
                                        "noise",
                                        "x",
                                        "buffer1.4.running_var",
                                        "param1.1.beta",
                                        "init.6.joiner.mask",
                                        "param3.6.trunk.3.linear.weight"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        gt_error err;
        gt_replay_result result;
        assert_ok(replay_changed(names[i], 0, 0.77f, false, &result, &err), err);
        if (result.passed) fail_msg("%s passed", names[i]);
    }
}

/* A gradient under a mask is exactly 0: element (0,1) of the first layer's weights. */
static void test_gradient_under_a_mask(void **state) {
    gt_error err;
    gt_replay_result result;
    assert_ok(replay_changed("grad.0.joiner.linear.weight", 1, 1e-9f, false, &result, &err),
              err);
    assert_true(result.passed);
    assert_ok(replay_changed("grad.0.joiner.linear.weight", 1, 1e-3f, false, &result, &err),
              err);
    assert_true(!result.passed && result.outside == 1);
}

static void test_incomplete(void **state) {
    gt_error err;
    gt_replay_result result;
    assert_int_equal(replay_changed("init.3.trunk.1.linear.bias", 0, 0, true, &result, &err),
                     GT_BAD_FORMAT);
    assert_non_null(strstr(err.text, "no tensor 'init.3.trunk.1.linear.bias'"));
    assert_int_equal(replay_changed("adam_ok.1.beta", 0, 0, true, &result, &err),
                     GT_BAD_FORMAT);
}

static int make_copy(void **state) {
    int file = mkstemp(copy);
    return file < 0 ? -1 : close(file);
}

static int remove_copy(void **state) {
    return unlink(copy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),     cmocka_unit_test(test_full_size),
        cmocka_unit_test(test_changed),    cmocka_unit_test(test_gradient_under_a_mask),
        cmocka_unit_test(test_incomplete),
    };
    return cmocka_run_group_tests(tests, make_copy, remove_copy);
}
