/* layout_test.c - a run whose state has the layout of models with one loss, from before there
 * were several objectives, goes on with the bits of one with a state of today. */
#include "small_run.h"
#include "state_file.h"

#include "galatea/safetensors.h"

enum { TENSORS = 4096, OLD_COUNTS = 9, OLD_NUMBERS = 6 + GT_TERMS + GT_SKIP_WINDOW };

static gt_error err;

static void begin(gt_trainer *t) {
    assert_ok(gt_loader_begin(t->loader, 0, 0, &err), err);
    for (int i = 0; i < 5; i++) assert_ok(gt_trainer_step(t, &err), err);
    assert_ok(gt_trainer_save(t, &err), err);
}

static void take_counts(const gt_safetensors *file, const char *name, int64_t length,
                        int64_t *out) {
    const gt_st_tensor *tensor = NULL;
    assert_ok(gt_safetensors_require(file, name, 1, &length, &tensor, &err), err);
    assert_ok(gt_safetensors_read_i64(file, tensor, out, (uint64_t)length, &err), err);
}

static void take_numbers(const gt_safetensors *file, const char *name, int64_t length,
                         double *out) {
    const gt_st_tensor *tensor = NULL;
    assert_ok(gt_safetensors_require(file, name, 1, &length, &tensor, &err), err);
    assert_ok(gt_safetensors_read_f64(file, tensor, out, (uint64_t)length, &err), err);
}

/* The place as it was written once: both in one array each, `applied` before `best_epoch`. */
static void add_place(const gt_safetensors *file, gt_safetensors_writer *writer,
                      int64_t counts[OLD_COUNTS], double numbers[OLD_NUMBERS]) {
    int64_t run[4], own[5], lengths[] = {OLD_COUNTS, OLD_NUMBERS};
    take_counts(file, "progress/counts", 4, run);
    take_counts(file, "learner/loss/counts", 5, own);
    const int64_t all[] = {run[0], run[1], run[2], own[0], run[3],
                           own[1], own[2], own[3], own[4]};
    memcpy(counts, all, sizeof all);
    take_numbers(file, "progress/numbers", 1, numbers);
    take_numbers(file, "learner/loss/numbers", OLD_NUMBERS - 1, numbers + 1);
    assert_ok(gt_safetensors_writer_add(writer, "progress/counts", GT_ST_I64, 1, &lengths[0],
                                        counts, &err),
              err);
    assert_ok(gt_safetensors_writer_add(writer, "progress/numbers", GT_ST_F64, 1, &lengths[1],
                                        numbers, &err),
              err);
}

static void make_old(const char *path) {
    static const char *const keys[] = {GT_KEY_MODEL,      GT_KEY_MODEL_CONFIG, GT_KEY_CONFIG,
                                       GT_KEY_ALGORITHMS, GT_KEY_DATA_PATH,    GT_KEY_DATA_SIZE,
                                       GT_KEY_DATA_HASH,  GT_KEY_VERSION,      GT_KEY_THREADS};
    gt_safetensors *file = NULL;
    gt_safetensors_writer *writer = NULL;
    static float *values[TENSORS];
    int64_t counts[OLD_COUNTS];
    double numbers[OLD_NUMBERS];
    assert_ok(gt_safetensors_open(path, &file, &err), err);
    assert_ok(gt_safetensors_writer_create(&writer, &err), err);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        assert_ok(gt_safetensors_writer_metadata(writer, keys[i],
                                                 gt_safetensors_metadata(file, keys[i]), &err),
                  err);
    assert_string_equal(gt_safetensors_metadata(file, GT_KEY_LAYOUT), "2");
    assert_ok(gt_safetensors_writer_metadata(writer, GT_KEY_LAYOUT, "1", &err), err);
    assert_true(gt_safetensors_count(file) < TENSORS);
    for (size_t i = 0; i < gt_safetensors_count(file); i++) {
        const gt_st_tensor *tensor = gt_safetensors_at(file, i);
        if (tensor->dtype != GT_ST_F32) continue;
        values[i] = malloc((tensor->elements + 1) * sizeof *values[i]);
        assert_ok(gt_safetensors_read_f32(file, tensor, values[i], tensor->elements, &err),
                  err);
        assert_ok(gt_safetensors_writer_add(writer, tensor->name, GT_ST_F32, tensor->rank,
                                            tensor->shape, values[i], &err),
                  err);
    }
    add_place(file, writer, counts, numbers);
    assert_ok(gt_safetensors_writer_save(writer, path, true, &err), err);
    gt_safetensors_writer_destroy(writer);
    gt_safetensors_close(file);
    for (int i = 0; i < TENSORS; i++) free(values[i]);
}

static void go_on(const char *name) {
    gt_train_result result;
    assert_ok(SMALL_TRAIN(&result, &err, "out=steps"), err);
    assert_int_equal(rename("steps", name), 0);
}

static void test_first_layout(void **unused) {
    static const char *const files[] = {"last.safetensors", "best.safetensors",
                                        "state.safetensors"};
    small_trainer("vdvae", small_settings, begin);
    assert_int_equal(system("cp -r steps kept"), 0);
    make_old("steps/state.safetensors");
    go_on("old");
    assert_int_equal(rename("kept", "steps"), 0);
    go_on("new");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char a[64], b[64];
        snprintf(a, sizeof a, "old/%s", files[i]);
        snprintf(b, sizeof b, "new/%s", files[i]);
        assert_same_file(a, b);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_first_layout)};
    return cmocka_run_group_tests(tests, small_folder, small_remove);
}
