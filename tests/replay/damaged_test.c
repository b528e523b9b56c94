/* Recordings that lack something: every tensor and every entry of the metadata is left out
 * once, every tensor is cut to its first value once. A sentence answers, or what is there is
 * compared; never a crash. */
#include "gt_test.h"

#include <unistd.h>

#include "galatea/safetensors.h"
#include "replay.h"

static const char *const recordings[] = {
    "golden/ops/softmax_positions.safetensors",
    "golden/ops/vg_gaussian.safetensors",
    "golden/ops/vg_spatial.safetensors",
    "golden/ops/conv2d_1x1_s2.safetensors",
    "golden/ops/batch_norm1d.safetensors",
    "golden/ops/masked_linear.safetensors",
    "golden/ops/residual_prenorm_linear_attention.safetensors",
    "golden/ops/gradient_penalty_zero_centred_real_and_fake.safetensors",
    "golden/ops/augment_cutout.safetensors",
    "golden/ops/discriminator_residual_block.safetensors",
    "golden/ops/fcanet_width8.safetensors",
    "golden/ops/global_context.safetensors",
    "golden/ops/fcanet_dct_weights_width8_chan16.safetensors",
    "golden/ops/adam.safetensors",
    "golden/ops/image_resize_bilinear_uint8.safetensors",
    "golden/maf/maf_step_d2.safetensors",
    "golden/maf/masks.safetensors",
    "golden/maf/logit_transform.safetensors",
    "golden/classifiers/single_trees.safetensors",
    "golden/ssl/ntxent.safetensors",
    "golden/ssl/negative_cosine.safetensors",
    "golden/ssl/lars_unit.safetensors",
    "golden/ssl/schedules.safetensors",
    "golden/diffusion/metrics.safetensors",
    "golden/twomodels/corner.safetensors",
    "golden/twomodels/cosine.safetensors",
    "golden/twomodels/hinge.safetensors",
    "golden/twomodels/psnr.safetensors",
    "golden/twomodels/wasserstein.safetensors",
    "golden/twomodels/wasserstein_noise_floor.safetensors",
};
static char folder[] = "/tmp/gt_replay_XXXXXX", path[64];

typedef struct damage {
    size_t tensor, entry; /* its number; SIZE_MAX: none */
    bool is_cut;          /* the tensor has one value, else it is left out */
} damage;

static void *copy_tensor(const gt_safetensors *file, size_t i, damage what,
                         gt_safetensors_writer *writer) {
    static const int64_t one[] = {1};
    gt_error err;
    const gt_st_tensor *t = gt_safetensors_at(file, i);
    bool is_cut = i == what.tensor && what.is_cut && t->elements > 0;
    if (i == what.tensor && !is_cut) return NULL;
    void *bytes = malloc(t->bytes + 1);
    assert_ok(gt_safetensors_read_raw(file, t, bytes, t->bytes, &err), err);
    assert_ok(gt_safetensors_writer_add(writer, t->name, t->dtype, is_cut ? 1 : t->rank,
                                        is_cut ? one : t->shape, bytes, &err),
              err);
    return bytes;
}

static void write_damaged(const gt_safetensors *file, damage what) {
    gt_error err;
    gt_safetensors_writer *writer;
    size_t count = gt_safetensors_count(file);
    void **copies = calloc(count, sizeof *copies);
    assert_ok(gt_safetensors_writer_create(&writer, &err), err);
    for (size_t i = 0; i < gt_safetensors_metadata_count(file); i++) {
        const char *key, *text = gt_safetensors_metadata_at(file, i, &key);
        if (i != what.entry)
            assert_ok(gt_safetensors_writer_metadata(writer, key, text, &err), err);
    }
    for (size_t i = 0; i < count; i++) copies[i] = copy_tensor(file, i, what, writer);
    assert_ok(gt_safetensors_writer_save(writer, path, 0, &err), err);
    gt_safetensors_writer_destroy(writer);
    for (size_t i = 0; i < count; i++) free(copies[i]);
    free(copies);
}

static void replay_damaged(const gt_safetensors *file, damage what) {
    gt_error err = {0};
    gt_replay_result result;
    gt_replay_settings settings = {.threads = 1};
    write_damaged(file, what);
    gt_status status = gt_replay_file(path, &settings, NULL, NULL, &result, &err);
    if (status && (err.status != status || !strstr(err.text, path)))
        fail_msg("%s, '%s': %s", gt_safetensors_path(file),
                 what.tensor < SIZE_MAX ? gt_safetensors_at(file, what.tensor)->name : "",
                 err.text);
}

static void lacking_recordings(void **state) {
    for (size_t r = 0; r < sizeof recordings / sizeof *recordings; r++) {
        gt_error err;
        gt_safetensors *file;
        assert_ok(gt_safetensors_open(recordings[r], &file, &err), err);
        for (size_t i = 0; i < gt_safetensors_metadata_count(file); i++)
            replay_damaged(file, (damage){SIZE_MAX, i, false});
        /* Under sanitizers two of three tensors, one way or the other. */
        for (size_t i = 0; i < 2 * gt_safetensors_count(file); i += IS_SLOW_BUILD ? 3 : 1)
            replay_damaged(file, (damage){i / 2, SIZE_MAX, i % 2});
        gt_safetensors_close(file);
    }
}

/* An input that is not there is called by its name. */
static void missing_input_is_named(void **state) {
    gt_error err;
    gt_safetensors *file;
    gt_replay_result result;
    gt_replay_settings settings = {.threads = 1};
    assert_ok(gt_safetensors_open("golden/ops/masked_linear.safetensors", &file, &err), err);
    for (size_t i = 0; i < gt_safetensors_count(file); i++) {
        const char *name = gt_safetensors_at(file, i)->name;
        size_t length = strlen(name);
        if (strcmp(name + length - 2, ".x") != 0 && !strstr(name, ".weight")) continue;
        write_damaged(file, (damage){i, SIZE_MAX, false});
        assert_int_equal(gt_replay_file(path, &settings, NULL, NULL, &result, &err),
                         GT_BAD_FORMAT);
        if (!strstr(err.text, name)) fail_msg("'%s' is not in: %s", name, err.text);
    }
    gt_safetensors_close(file);
}

static int make_folder(void **state) {
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/damaged.safetensors", folder);
    return 0;
}

static int remove_folder(void **state) {
    unlink(path);
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lacking_recordings),
        cmocka_unit_test(missing_input_is_named),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
