/* A recording of augmentations is reproduced, and a changed one is not. */
#include "gt_test.h"

#include <unistd.h>

#include "galatea/safetensors.h"
#include "replay.h"

static const char golden[] = "golden/ssl/augment.safetensors";
static char copy[] = "/tmp/gt_augment_XXXXXX";
static gt_error err;

static gt_status replay(const char *path, gt_replay_result *result) {
    return gt_replay_file(path, &(gt_replay_settings){.threads = 1}, NULL, NULL, result, &err);
}

static void test_golden(void **state) {
    gt_replay_result result;
    assert_ok(replay(golden, &result), err);
    print_message("largest error %.3g of its tolerance (%s)\n", result.worst_ratio,
                  result.worst_name);
    assert_true(result.passed && result.unknown == 0);
    assert_int_equal(result.compared, 11);
    assert_int_equal(result.inputs, 9);
}

/* A copy in which the first number of a tensor has other bytes, or the tensor is left out. */
static gt_status replay_changed(const char *tensor, const void *bytes, size_t size,
                                gt_replay_result *result) {
    gt_safetensors *file;
    gt_safetensors_writer *writer;
    char *kept[64] = {NULL};
    assert_ok(gt_safetensors_open(golden, &file, &err), err);
    assert_ok(gt_safetensors_writer_create(&writer, &err), err);
    assert_true(gt_safetensors_count(file) < 64);
    for (size_t i = 0; i < gt_safetensors_count(file); i++) {
        const gt_st_tensor *t = gt_safetensors_at(file, i);
        bool is_it = strcmp(t->name, tensor) == 0;
        if (is_it && !bytes) continue;
        kept[i] = malloc(t->bytes + 1);
        assert_ok(gt_safetensors_read_raw(file, t, kept[i], t->bytes, &err), err);
        if (is_it) memcpy(kept[i], bytes, size);
        assert_ok(gt_safetensors_writer_add(writer, t->name, t->dtype, t->rank, t->shape,
                                            kept[i], &err),
                  err);
    }
    assert_ok(gt_safetensors_writer_save(writer, copy, 0, &err), err);
    for (size_t i = 0; i < 64; i++) free(kept[i]);
    gt_safetensors_writer_destroy(writer);
    gt_safetensors_close(file);
    return replay(copy, result);
}

/* Every tensor but the sigma of blurs that must stay in range. */
static void test_changed(void **state) {
    static const char *const floats[] = {
        "images",          "image_large",    "crop.out",           "crop_large.out",
        "hflip.out",       "vflip.out",      "brightness.factor",  "brightness.out",
        "contrast.factor", "contrast.out",   "blur.sigma",         "blur_ebox3.radius",
        "blur_ebox3.out",  "blur_gauss.out", "blur_gauss.kernel0", "pipeline.params",
        "pipeline.out"};
    gt_replay_result result;
    const float other = 1;
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++) {
        gt_status status = replay_changed(floats[i], &other, sizeof other, &result);
        if (status == GT_OK && result.passed) fail_msg("%s passed", floats[i]);
    }
    const int64_t one = 1;
    assert_ok(replay_changed("crop.params", &one, sizeof one, &result), err);
    assert_false(result.passed);
    assert_ok(replay_changed("crop_large.params", &one, sizeof one, &result), err);
    assert_false(result.passed);
    assert_ok(replay_changed("pipeline.image_index", &one, sizeof one, &result), err);
    assert_false(result.passed);
}

static void test_what_cannot_be(void **state) {
    gt_replay_result result;
    const int64_t beyond = 60;
    const float none = 0;
    assert_int_equal(replay_changed("crop.params", &beyond, sizeof beyond, &result),
                     GT_BAD_FORMAT);
    assert_non_null(strstr(err.text, "60 among the parameters, expected 0 to 31"));
    assert_int_equal(replay_changed("pipeline.image_index", &beyond, sizeof beyond, &result),
                     GT_BAD_FORMAT);
    assert_int_equal(replay_changed("blur.sigma", &none, sizeof none, &result), GT_BAD_FORMAT);
    assert_non_null(strstr(err.text, "sigma 0, expected above 0 to 32"));
    assert_int_equal(replay_changed("contrast.out", NULL, 0, &result), GT_BAD_FORMAT);
    assert_non_null(strstr(err.text, "no tensor 'contrast.out'"));
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
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_changed),
        cmocka_unit_test(test_what_cannot_be),
    };
    return cmocka_run_group_tests(tests, make_copy, remove_copy);
}
