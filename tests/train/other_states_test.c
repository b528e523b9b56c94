/* other_states_test.c - whole states that are not this run's: of a later version, without
 * moments, of another width. Each is refused by what differs, and stays as it is. */
#include "small_run.h"

#include "galatea/safetensors.h"
#include "state_file.h"

static gt_error err;
static gt_train_result result;

typedef struct change {
    const char *layout;   /* instead of its own; NULL: its own */
    const char *without;  /* tensors whose names begin so are left out; NULL: none */
    const char *narrower; /* a tensor that loses its last row; NULL: none */
    const char *says[2];
    gt_status status;
} change;

static void copy_texts(const gt_safetensors *file, gt_safetensors_writer *writer,
                       const change *c) {
    for (size_t i = 0; i < gt_safetensors_metadata_count(file); i++) {
        const char *key, *value = gt_safetensors_metadata_at(file, i, &key);
        if (strcmp(key, "checksum") == 0) continue;
        if (c->layout && strcmp(key, GT_KEY_LAYOUT) == 0) value = c->layout;
        assert_ok(gt_safetensors_writer_metadata(writer, key, value, &err), err);
    }
}

/* Writes the state anew, changed but whole: its checksums are right. */
static void rewrite(const change *c) {
    enum { MOST = 4096 };
    static void *values[MOST];
    gt_safetensors *file = NULL;
    gt_safetensors_writer *writer = NULL;
    assert_ok(gt_safetensors_open("reference/state.safetensors", &file, &err), err);
    assert_ok(gt_safetensors_writer_create(&writer, &err), err);
    copy_texts(file, writer, c);
    size_t count = gt_safetensors_count(file);
    assert_true(count <= MOST);
    for (size_t i = 0; i < count; i++) {
        const gt_st_tensor *tensor = gt_safetensors_at(file, i);
        int64_t shape[8];
        if (c->without && strncmp(tensor->name, c->without, strlen(c->without)) == 0) continue;
        memcpy(shape, tensor->shape, (size_t)tensor->rank * sizeof *shape);
        if (c->narrower && strcmp(tensor->name, c->narrower) == 0) shape[0]--;
        values[i] = malloc(tensor->bytes + 1);
        assert_ok(gt_safetensors_read_raw(file, tensor, values[i], tensor->bytes, &err), err);
        assert_ok(gt_safetensors_writer_add(writer, tensor->name, tensor->dtype, tensor->rank,
                                            shape, values[i], &err),
                  err);
    }
    assert_ok(gt_safetensors_writer_save(writer, "run/state.safetensors", true, &err), err);
    gt_safetensors_writer_destroy(writer);
    gt_safetensors_close(file);
    for (size_t i = 0; i < count; i++) free(values[i]), values[i] = NULL;
}

static void test_each(void **unused) {
    static const change cases[] = {
        {.layout = "3",
         .says = {"has layout 3, this version of Galatea knows layouts 1 to 2", ""},
         .status = GT_UNSUPPORTED},
        {.layout = "-1", .says = {"its 'state_layout' is '-1'", ""}, .status = GT_BAD_FORMAT},
        {.without = "exp_avg_sq/",
         .says = {"'exp_avg_sq/", "is missing; "},
         .status = GT_MISMATCH},
        {.without = "param/decoder",
         .says = {"'param/decoder", "is missing; "},
         .status = GT_MISMATCH},
        {.narrower = "param/encoder.in_conv.weight",
         .says = {"'param/encoder.in_conv.weight' is 7x1x3x3, expected 8x1x3x3", ""},
         .status = GT_MISMATCH},
        {.without = "progress/", .says = {"progress/", ""}, .status = GT_NOT_FOUND},
    };
    assert_ok(SMALL_TRAIN(&result, &err, "out=run", "epochs=1", "optimizer=adam"), err);
    assert_int_equal(system("cp -r run reference"), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const change *c = &cases[i];
        rewrite(c);
        assert_int_equal(system("cp run/state.safetensors changed"), 0);
        gt_status status = SMALL_TRAIN(&result, &err, "out=run", "epochs=2", "optimizer=adam");
        if (status != c->status || !strstr(err.text, "run/state.safetensors") ||
            !strstr(err.text, c->says[0]) || !strstr(err.text, c->says[1]))
            fail_msg("case %zu: %s: %s", i, gt_status_name(status), err.text);
        assert_same_file("run/state.safetensors", "changed");
        assert_same_file("run/last.safetensors", "reference/last.safetensors");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each)};
    return cmocka_run_group_tests(tests, small_folder, small_remove);
}
