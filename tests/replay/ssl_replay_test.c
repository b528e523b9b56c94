/* Recorded steps of learners from pairs of views are reproduced, and changed ones are not. */
#include "gt_test.h"

#include <unistd.h>

#include "galatea/safetensors.h"
#include "replay.h"

static const char folder[] = "golden/ssl";
static char copy[] = "/tmp/gt_ssl_XXXXXX";

static gt_replay_result replay(const char *path, bool in_double) {
    gt_error err;
    gt_replay_result result;
    gt_replay_settings settings = {.threads = 2, .in_double = in_double};
    assert_ok(gt_replay_file(path, &settings, NULL, NULL, &result, &err), err);
    print_message("%s: largest error %.3g of its tolerance (%s)\n", path, result.worst_ratio,
                  result.worst_name);
    return result;
}

static void test_golden(void **state) {
    enum { NETWORKS = !IS_SLOW_BUILD }; /* whether in double as well */
    static const struct {
        const char *name;
        size_t compared;
        bool in_double;
    } files[] = {{"ntxent", 18, true},
                 {"negative_cosine", 12, true},
                 {"lars_unit", 36, false},
                 {"schedules", 3, false},
                 {"byol_step", 892, NETWORKS},
                 {"simclr_step", 502, NETWORKS},
                 {"simsiam_step", 533, NETWORKS},
                 {"resnet34_full_forward", 30, false}};
    for (size_t i = 0; i < sizeof files / sizeof *files; ++i)
        for (int in_double = 0; in_double <= files[i].in_double; ++in_double) {
            char path[128];
            snprintf(path, sizeof path, "%s/%s.safetensors", folder, files[i].name);
            gt_replay_result result = replay(path, in_double);
            assert_true(result.passed && result.compared == files[i].compared);
        }
}

/* A copy of a golden file in which one number of a tensor is another one. */
static gt_status replay_changed(const char *name, const char *tensor, uint64_t element,
                                float value, gt_replay_result *result, gt_error *err) {
    char path[128];
    gt_safetensors *file;
    gt_safetensors_writer *writer;
    bool was_found = false;
    snprintf(path, sizeof path, "%s/%s.safetensors", folder, name);
    assert_ok(gt_safetensors_open(path, &file, err), *err);
    assert_ok(gt_safetensors_writer_create(&writer, err), *err);
    size_t count = gt_safetensors_count(file);
    void **bytes = calloc(count, sizeof *bytes);
    for (size_t i = 0; i < gt_safetensors_metadata_count(file); ++i) {
        const char *key, *text = gt_safetensors_metadata_at(file, i, &key);
        assert_ok(gt_safetensors_writer_metadata(writer, key, text, err), *err);
    }
    for (size_t i = 0; i < count; ++i) {
        const gt_st_tensor *t = gt_safetensors_at(file, i);
        bytes[i] = malloc(t->bytes + 1);
        assert_ok(gt_safetensors_read_raw(file, t, bytes[i], t->bytes, err), *err);
        if (strcmp(t->name, tensor) == 0) {
            ((float *)bytes[i])[element] = value;
            was_found = true;
        }
        assert_ok(gt_safetensors_writer_add(writer, t->name, t->dtype, t->rank, t->shape,
                                            bytes[i], err),
                  *err);
    }
    assert_true(was_found);
    assert_ok(gt_safetensors_writer_save(writer, copy, 0, err), *err);
    for (size_t i = 0; i < count; ++i) free(bytes[i]);
    free(bytes);
    gt_safetensors_writer_destroy(writer);
    gt_safetensors_close(file);
    return gt_replay_file(copy, &(gt_replay_settings){.threads = 2}, NULL, NULL, result, err);
}

static void test_changed(void **state) {
    static const char *const changes[][2] = {
        {"ntxent", "e.grad_z0"}, /* beside a row of 1e11 */
        {"ntxent", "c.temperature"},
        {"negative_cosine", "c.grad_p"},
        {"negative_cosine", "b.std_per_dim"},
        {"lars_unit", "grads.fc"},
        {"lars_unit", "bare.zero_p"},
        {"lars_unit", "dampening.bn_w"},
        {"../ops/l2_normalize", "edge.grad_x"},
        {"../ops/cross_entropy", "large.log_softmax"},
        {"../ops/batch_norm1d", "train_no_affine.grad_x"},
        {"../ops/batch_norm1d", "eval.new_running_var"},
        {"../ops/batch_norm2d_train", "train.new_running_var"},
        {"../ops/masked_linear", "zero_rows.mask"},
        {"../ops/conv2d_7x7_s2_p3", "in3.grad_weight"},
        {"../ops/max_pool_3x3_s2_p1", "ties.grad_x"},
        {"byol_step", "x1"}, /* under sanitizers the last one */
        {"byol_step", "target_z1"},
        {"byol_step", "init.backbone_momentum.layer2.0.conv1.weight"},
        {"byol_step", "grad.prediction_head.layers.3.bias"},
        {"byol_step", "buffer3.backbone_momentum.bn1.running_var"},
        {"byol_step", "target3.projection_head_momentum.layers.0.weight"},
        {"byol_step", "param3.backbone.layer4.2.conv2.weight"},
        {"byol_step", "loss.step3"},
        {"byol_step", "h0_eval_after3"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; ++i) {
        gt_error err;
        gt_replay_result result;
        assert_ok(replay_changed(changes[i][0], changes[i][1], 0, 0.77f, &result, &err), err);
        if (result.passed) fail_msg("%s %s passed", changes[i][0], changes[i][1]);
        if (IS_SLOW_BUILD && strcmp(changes[i][0], "byol_step") == 0) break;
    }
}

/* Other recordings of the same steps, where they are. */
static void test_projector_of_two_layers(void **state) {
    char path[512];
    const char *fixtures = getenv("GALATEA_FIXTURES");
    snprintf(path, sizeof path, "%s/ssl/simsiam_proj2_step.safetensors",
             fixtures ? fixtures : "../../shared/fixtures");
    if (access(path, R_OK) != 0) {
        print_message("no %s\n", path);
        skip();
    }
    assert_true(replay(path, false).passed);
}

static int make_copy(void **state) {
    int file = mkstemp(copy);
    return file < 0 ? -1 : close(file);
}

static int remove_copy(void **state) {
    return unlink(copy);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden),
                                       cmocka_unit_test(test_changed),
                                       cmocka_unit_test(test_projector_of_two_layers)};
    return cmocka_run_group_tests(tests, make_copy, remove_copy);
}
