/* Replay says yes to recordings as they are, and no to every kind of change. */
#include "gt_test.h"

#include <unistd.h>

#include "file.h"
#include "galatea/safetensors.h"
#include "replay.h"

static const char gray[] = "golden/vdvae/gray_tiny";

/* Changes of a network's recording: under sanitizers, where each takes seconds, some of them.
 */
enum { STRIDE = IS_SLOW_BUILD ? 5 : 1 };
static char folder[] = "/tmp/gt_replay_XXXXXX";

/* What is changed in a copy of a recording; NULL members: nothing. */
typedef struct change {
    const char *tensor; /* its element `element` becomes value, or */
    bool drop, rename;  /* it is left out, or called "extra" */
    uint64_t element;
    float value;
    const char *key, *text; /* this metadata entry becomes text */
    bool bare;              /* no measured tolerances beside the copy */
    const char *tolerances; /* or these */
} change;

static void copy_metadata(const gt_safetensors *file, gt_safetensors_writer *writer,
                          const change *what) {
    gt_error err;
    for (size_t i = 0; i < gt_safetensors_metadata_count(file); ++i) {
        const char *key, *text = gt_safetensors_metadata_at(file, i, &key);
        if (what->key && strcmp(key, what->key) == 0) text = what->text;
        if (text) assert_ok(gt_safetensors_writer_metadata(writer, key, text, &err), err);
    }
}

/* The copied bytes, to be freed once the file is saved. */
static void *copy_tensor(const gt_safetensors *file, const gt_st_tensor *t,
                         gt_safetensors_writer *writer, const change *what) {
    gt_error err;
    const char *name = t->name;
    void *bytes = malloc(t->bytes + 1);
    assert_ok(gt_safetensors_read_raw(file, t, bytes, t->bytes, &err), err);
    if (what->tensor && strcmp(name, what->tensor) == 0) {
        if (what->drop) return bytes;
        if (what->rename)
            name = "extra";
        else
            ((float *)bytes)[what->element] = what->value;
    }
    assert_ok(gt_safetensors_writer_add(writer, name, t->dtype, t->rank, t->shape, bytes, &err),
              err);
    return bytes;
}

static void copy_tolerances(const char *stem, const char *path, const change *what) {
    gt_error err;
    char source[256], *text = NULL;
    size_t size = 0;
    unlink(path);
    if (what->bare) return;
    snprintf(source, sizeof source, "%s.tol.tsv", stem);
    if (!what->tolerances) assert_ok(gt_file_load(source, 1 << 24, &text, &size, &err), err);
    FILE *out = fopen(path, "wb");
    fputs(what->tolerances ? what->tolerances : text, out);
    fclose(out);
    free(text);
}

/* Writes the changed copy and replays it. */
static gt_status replay_changed(const char *stem, change what, gt_replay_result *result,
                                gt_error *err) {
    char path[256], measured[256];
    gt_safetensors *file;
    gt_safetensors_writer *writer;
    snprintf(path, sizeof path, "%s.safetensors", stem);
    assert_ok(gt_safetensors_open(path, &file, err), *err);
    assert_ok(gt_safetensors_writer_create(&writer, err), *err);
    copy_metadata(file, writer, &what);
    size_t count = gt_safetensors_count(file);
    void **copies = calloc(count, sizeof *copies);
    for (size_t i = 0; i < count; ++i)
        copies[i] = copy_tensor(file, gt_safetensors_at(file, i), writer, &what);
    snprintf(path, sizeof path, "%s/copy.safetensors", folder);
    snprintf(measured, sizeof measured, "%s/copy.tol.tsv", folder);
    assert_ok(gt_safetensors_writer_save(writer, path, 0, err), *err);
    copy_tolerances(stem, measured, &what);
    for (size_t i = 0; i < count; ++i) free(copies[i]);
    free(copies);
    gt_safetensors_writer_destroy(writer);
    gt_safetensors_close(file);
    return gt_replay_file(path, &(gt_replay_settings){.threads = 1}, NULL, NULL, result, err);
}

/* Every golden file, compiled and in double. */
static void test_golden(void **state) {
    static const char *const files[] = {
        "vdvae/gray_tiny",
        "vdvae/ref_rgb_lowbit",
        "ops/vg_conv2d",
        "ops/vg_dmol",
        "ops/vg_gaussian",
        "ops/vg_glow_layers",
        "ops/vg_optim",
        "ops/vg_pointwise",
        "ops/vg_spatial",
        "ops/l2_normalize",
        "ops/cross_entropy",
        "ops/batch_norm1d",
        "ops/batch_norm2d_train",
        "ops/masked_linear",
        "ops/conv2d_7x7_s2_p3",
        "ops/conv2d_1x1_s2",
        "ops/global_avg_pool",
        "ops/max_pool_3x3_s2_p1",
        "ops/batch_norm_train",
        "ops/bias_free_batch_norm_train",
        "ops/blur_121_reflect",
        "ops/chan_norm",
        "ops/leaky_relu_0p1",
        "ops/conv_transpose_2x2_stride2",
        "ops/pixel_shuffle_2",
        "ops/depthwise_conv_3x3",
        "ops/softmax_positions",
        "ops/unfold_3x3_pad1",
        "ops/adam",
        "ops/image_resize_bilinear_uint8",
        "ops/discriminator_residual_block",
        "ops/global_context",
        "ops/fcanet_width8",
        "ops/fcanet_dct_weights_width8_chan16",
        "ops/gradient_penalty_one_centred_real",
        "ops/gradient_penalty_zero_centred_real_and_fake",
        "ops/residual_prenorm_linear_attention",
        "ops/pixel_shuffle_upsample_block",
        "ops/augment_color",
        "ops/augment_cutout",
        "ops/augment_translation",
    };
    for (size_t i = 0; i < 2 * sizeof files / sizeof *files; ++i) {
        gt_error err;
        gt_replay_result result;
        char path[256];
        gt_replay_settings settings = {.threads = 1, .in_double = i % 2};
        snprintf(path, sizeof path, "golden/%s.safetensors", files[i / 2]);
        assert_ok(gt_replay_file(path, &settings, NULL, NULL, &result, &err), err);
        print_message("%s: largest error %.3g of its tolerance (%s)\n", path,
                      result.worst_ratio, result.worst_name);
        if (!result.passed || !result.has_measured)
            fail_msg("%s: %zu outside, %zu unknown", path, result.outside, result.unknown);
    }
}

/* Without measurements the rules of the kind of tensor hold, and still catch. */
static void test_without_measurements(void **state) {
    gt_error err;
    gt_replay_result result;
    change same = {.bare = true};
    change changed = {.bare = true, .tensor = "act/px_z", .element = 70, .value = 0};
    assert_ok(replay_changed(gray, same, &result, &err), err);
    assert_true(result.passed && !result.has_measured);
    assert_ok(replay_changed(gray, changed, &result, &err), err);
    assert_true(!result.passed && result.outside == 1);
    assert_string_equal(result.worst_name, "act/px_z");
}

/* Tensors for which the recording names no error are judged by their magnitude. */
static void test_without_named_errors(void **state) {
    gt_error err;
    gt_replay_result result;
    static const char softmax[] = "golden/ops/softmax_positions";
    change none = {.bare = true, .key = "fp32_error", .text = "{}"};
    assert_ok(replay_changed(softmax, none, &result, &err), err);
    assert_true(result.passed && result.compared > 0);
    change wrong = {.bare = true, .key = "fp32_error", .text = "{}", .tensor = "out"};
    wrong.value = 2;
    assert_ok(replay_changed(softmax, wrong, &result, &err), err);
    assert_int_equal(result.outside, 1);
}

/* A gradient that is 0 may be recorded as what double precision leaves of it. */
static void test_true_zero(void **state) {
    gt_error err;
    gt_replay_result result;
    static const char context[] = "golden/ops/global_context";
    const float left[] = {3e-18F, -2e-14F, 2e-7F, 1e-3F};
    for (int i = 0; i < 4; ++i) {
        change what = {.bare = true, .tensor = "grad.to_k.bias", .value = left[i]};
        assert_ok(replay_changed(context, what, &result, &err), err);
        assert_int_equal(result.outside, i < 2 ? 0 : 1);
    }
}

static void test_changed_values(void **state) {
    static const char *const outputs[] = {
        "act/encoder.activations.8",
        "act/z.3",
        "act/qm.2",
        "loss/kl_per_layer.4",
        "loss/elbo_bits_per_dim",
        "grad/decoder.dec_blocks.5.prior.c2.weight",
        "grad/decoder.bias_xs.1",
        "sample/image_float",
        "opt/grad_norm_step2",
        "opt3/square_avg/decoder.gain",
        "step1/decoder.gain",
        "step3/encoder.in_conv.weight",
        "ema3/encoder.in_conv.bias",
        "sample/recon_from_means_float",
    };
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i += STRIDE) {
        gt_error err;
        gt_replay_result result;
        change what = {.tensor = outputs[i], .value = 0.77f};
        assert_ok(replay_changed(gray, what, &result, &err), err);
        if (result.passed || result.outside != 1) fail_msg("%s passed", outputs[i]);
    }
}

/* Recordings of one operator each: changed ones, and those said to be of another operator. */
static void test_changed_operators(void **state) {
    static const struct {
        const char *name, *tensor;
    } rows[] = {
        {"batch_norm_train", "out.running_var"},
        {"bias_free_batch_norm_train", "in.running_sd"},
        {"blur_121_reflect", "second.gout"},
        {"chan_norm", "second.g"},
        {"conv_transpose_2x2_stride2", "grad.weight"},
        {"depthwise_conv_3x3", "second.weight"},
        {"leaky_relu_0p1", "in.x"},
        {"pixel_shuffle_2", "grad.x"},
        {"softmax_positions", "second.scalar"},
        {"unfold_3x3_pad1", "out"},
        {"residual_prenorm_linear_attention", "second.fn.fn.to_q.weight"},
        {"gradient_penalty_zero_centred_real_and_fake", "grad.fake"},
        {"augment_translation", "in.shift_rows"},
        {"global_context", "grad.net.0.weight"},
    };
    enum { ROWS = sizeof rows / sizeof *rows };
    for (size_t i = 0; i < ROWS * (ROWS + 1); ++i) {
        gt_error err;
        gt_replay_result result;
        char stem[96];
        const char *other = i % (ROWS + 1) < ROWS ? rows[i % (ROWS + 1)].name : NULL;
        change what = {.bare = true, .key = "op", .text = other};
        if (!other)
            what =
                (change){.bare = true, .tensor = rows[i / (ROWS + 1)].tensor, .value = 0.77f};
        snprintf(stem, sizeof stem, "golden/ops/%s", rows[i / (ROWS + 1)].name);
        bool same = other && strcmp(other, rows[i / (ROWS + 1)].name) == 0;
        gt_status status = replay_changed(stem, what, &result, &err);
        if ((status == GT_OK && result.passed) != same)
            fail_msg("%s as %s: %s", stem, other ? other : what.tensor,
                     status ? err.text : "passed");
    }
}

/* A change of a weight or of noise shows in what follows from it. */
static void test_changed_inputs(void **state) {
    static const char *const inputs[] = {"param/decoder.dec_blocks.7.resnet.c3.weight",
                                         "noise/eps.6", "noise/sample_eps.2",
                                         "noise/sample_u_logistic"};
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i += STRIDE) {
        gt_error err;
        gt_replay_result result;
        change what = {.tensor = inputs[i], .element = 3, .value = 0.77f};
        assert_ok(replay_changed(gray, what, &result, &err), err);
        if (result.passed) fail_msg("%s passed", inputs[i]);
    }
}

static void test_not_a_number(void **state) {
    gt_error err;
    gt_replay_result result;
    change what = {.tensor = "act/px_z", .value = NAN};
    assert_ok(replay_changed(gray, what, &result, &err), err);
    assert_true(!result.passed && isinf(result.worst_ratio));
}

/* What nobody compares is a failure. */
static void test_unknown_tensor(void **state) {
    gt_error err;
    gt_replay_result result;
    change what = {.tensor = "act/px_z", .rename = true};
    assert_ok(replay_changed(gray, what, &result, &err), err);
    assert_true(!result.passed && result.outside == 0 && result.unknown == 1);
    assert_string_equal(result.unknown_names, "extra");
}

/* Other updates than the recorded ones: an optimizer of another kind, no clipping, another
 * rate. */
static void test_changed_settings(void **state) {
    static const struct {
        const char *key, *text;
    } rows[] = {
        {"optimizer", "{\"name\": \"AdamW\", \"lr\": 2e-5, \"weight_decay\": 1e-4}"},
        {"optimizer", "{\"name\": \"RMSprop\", \"lr\": 4e-5, \"momentum\": 0.9}"},
        {"grad_clip", "1.0"},
        {"ema_rate", "0.9"},
        {"shift", "-41"},
        {"sample_temperature", "1"},
        {"cfg",
         "{\"channels\": 1, \"width\": 16, \"bottleneck\": 0.25, \"res\": [16, 8, 4, 1], "
         "\"enc_counts\": [3, 2, 2, 1], \"dec_counts\": [3, 2, 2, 1], \"zdim\": {\"0\": 4, "
         "\"1\": 16}, \"nmix\": 5, \"no_bias_above\": 64, \"tap\": \"post_block\"}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i += STRIDE) {
        gt_error err;
        gt_replay_result result;
        change what = {.key = rows[i].key, .text = rows[i].text};
        assert_ok(replay_changed(gray, what, &result, &err), err);
        if (result.passed) fail_msg("%s = %s passed", rows[i].key, rows[i].text);
    }
}

/* Contradictions end with one sentence. */
static void test_bad_recordings(void **state) {
    static const struct {
        change what;
        const char *says;
    } rows[] = {
        {{.tensor = "noise/eps.2", .drop = true}, "no tensor 'noise/eps.2'"},
        {{.tensor = "param/decoder.gain", .drop = true}, "param/decoder.gain"},
        {{.tensor = "input/image_u8", .drop = true}, "no tensor 'input/image_u8'"},
        {{.key = "cfg", .text = "{"}, "metadata 'cfg' is not a JSON object"},
        {{.key = "cfg", .text = "[]"}, "metadata 'cfg' is not a JSON object: another value"},
        {{.key = "cfg", .text = "{\"channels\": 1}"}, "metadata cfg: 'res' has no number 0"},
        {{.key = "cfg",
          .text =
              "{\"channels\": 1, \"width\": 32, \"bottleneck\": 0.25, \"res\": [16, 8, 4, 1], "
              "\"enc_counts\": [3, 2, 2, 1], \"dec_counts\": [3, 2, 2, 1], \"zdim\": {\"0\": "
              "4}, \"nmix\": 5, \"no_bias_above\": 64, \"tap\": \"pre_pool\"}"},
         "32x1x3x3"},
        {{.key = "cfg",
          .text =
              "{\"channels\": 1, \"width\": 16, \"bottleneck\": 0.25, \"res\": [16, 8, 4, 1], "
              "\"enc_counts\": [3, 2, 2, 1], \"dec_counts\": [3, 2, 2, 1], \"zdim\": {\"1\": "
              "4}, \"nmix\": 5, \"no_bias_above\": 64, \"tap\": \"pre_pool\"}"},
         "latents '1:4' names no number for size 4"},
        {{.key = "batch", .text = "3"}, "'input/image_u8' has 512 values, not 768"},
        {{.key = "batch", .text = "1e12"}, "metadata 'batch'"},
        {{.key = "shift", .text = "much"}, "metadata 'shift': 'much' is not a number"},
        {{.key = "shift", .text = NULL}, "no metadata 'shift'"},
        {{.key = "optimizer", .text = "{\"name\": \"LBFGS\", \"lr\": 1}"},
         "optimizer 'lbfgs' is not known here"},
        {{.tolerances = "tensor\tshape\n"}, "has no column suggested_atol"},
        {{.tolerances = "tensor\tsuggested_atol\nact/px_z\tmuch\n"},
         "line 2: no name and tolerance"},
        {{.tolerances = "tensor\tsuggested_atol\nact/px_z\t-1\n"},
         "line 2: no name and tolerance"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        gt_error err = {0};
        gt_replay_result result;
        gt_status status = replay_changed(gray, rows[i].what, &result, &err);
        if (!status || status == GT_USAGE || !strstr(err.text, rows[i].says))
            fail_msg("row %zu: %s: '%s'", i, gt_status_name(status), err.text);
    }
}

/* Exact zeros of a gradient stay zeros even where the tolerance would allow more. */
static void test_exact_zeros(void **state) {
    gt_error err;
    gt_replay_result result;
    change what = {.tensor = "max_minus7/in.x", .value = -6.5f};
    what.tolerances = "tensor\tsuggested_atol\nmax_minus7/gin.x\t10\nmax_minus7/out.y\t10\n";
    assert_ok(replay_changed("golden/ops/vg_pointwise", what, &result, &err), err);
    assert_true(!result.passed && result.outside == 1);
    assert_string_equal(result.worst_name, "max_minus7/gin.x");
}

/* One value in a thousand may leave the tolerance after a step, not two, and none by far. */
static void test_step_rule(void **state) {
    gt_error err;
    gt_replay_result result;
    gt_safetensors *file;
    const gt_st_tensor *tensor;
    float first[4];
    assert_ok(gt_safetensors_open("golden/vdvae/gray_tiny.safetensors", &file, &err), err);
    assert_ok(gt_safetensors_get(file, "step1/encoder.enc_blocks.0.c1.bias", &tensor, &err),
              err);
    assert_ok(gt_safetensors_read_f32(file, tensor, first, 4, &err), err);
    gt_safetensors_close(file);
    change what = {.tensor = "step1/encoder.enc_blocks.0.c1.bias"};
    what.value = first[0] + 3e-4f; /* within 20 learning rates */
    assert_ok(replay_changed(gray, what, &result, &err), err);
    assert_true(result.passed && result.step_outliers == 1);
    what.value = first[0] + 5e-4f; /* not */
    assert_ok(replay_changed(gray, what, &result, &err), err);
    assert_true(!result.passed && result.outside == 1);
}

static int make_folder(void **state) {
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    static const char *const names[] = {"copy.safetensors", "copy.tol.tsv"};
    for (size_t i = 0; i < 2; ++i) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_without_measurements),
        cmocka_unit_test(test_true_zero),
        cmocka_unit_test(test_changed_values),
        cmocka_unit_test(test_changed_operators),
        cmocka_unit_test(test_changed_inputs),
        cmocka_unit_test(test_not_a_number),
        cmocka_unit_test(test_unknown_tensor),
        cmocka_unit_test(test_changed_settings),
        cmocka_unit_test(test_bad_recordings),
        cmocka_unit_test(test_exact_zeros),
        cmocka_unit_test(test_step_rule),
        cmocka_unit_test(test_without_named_errors),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
