/* The recorded denoiser: its training in parts and its walks replay, and a change of any kind
 * is told. */
#include "gt_test.h"

#include <unistd.h>

#include "galatea/safetensors.h"
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

/* A copy in which element 3 of a tensor is another number. */
static void copy_changed(const char *from, const char *to, const char *tensor, float value) {
    gt_error err;
    gt_safetensors *file;
    gt_safetensors_writer *writer;
    assert_ok(gt_safetensors_open(from, &file, &err), err);
    assert_ok(gt_safetensors_writer_create(&writer, &err), err);
    size_t count = gt_safetensors_count(file);
    void **bytes = calloc(count, sizeof *bytes);
    for (size_t i = 0; i < gt_safetensors_metadata_count(file); ++i) {
        const char *key, *text = gt_safetensors_metadata_at(file, i, &key);
        assert_ok(gt_safetensors_writer_metadata(writer, key, text, &err), err);
    }
    for (size_t i = 0; i < count; ++i) {
        const gt_st_tensor *t = gt_safetensors_at(file, i);
        bytes[i] = malloc(t->bytes + 1);
        assert_ok(gt_safetensors_read_raw(file, t, bytes[i], t->bytes, &err), err);
        if (strcmp(t->name, tensor) == 0) ((float *)bytes[i])[3] = value;
        assert_ok(gt_safetensors_writer_add(writer, t->name, t->dtype, t->rank, t->shape,
                                            bytes[i], &err),
                  err);
    }
    assert_ok(gt_safetensors_writer_save(writer, to, 0, &err), err);
    for (size_t i = 0; i < count; ++i) free(bytes[i]);
    free(bytes);
    gt_safetensors_writer_destroy(writer);
    gt_safetensors_close(file);
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
        copy_changed(from, to, strcmp(parts[i], changed) == 0 ? tensor : "", value);
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
