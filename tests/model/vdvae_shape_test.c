/* The size of VDVAE networks: published parameter counts, names, and what settings may not say.
 */
#include "gt_test.h"

#include "vdvae.h"

static const char gray_encoder[] = "64x2,64d2,32x2,32d2,16x1,16d2,8x1,8d2,4x1,4d4,1x1";
static const char gray_decoder[] = "1x1,4m1,4x1,8m4,8x2,16m8,16x3,32m16,32x4,64m32,64x4";

static vdvae_settings gray(int64_t width, const char *latents) {
    return (vdvae_settings){.encoder = gray_encoder,
                            .decoder = gray_decoder,
                            .widths = "",
                            .latents = latents,
                            .tap = "pre_pool",
                            .width = width,
                            .mixtures = 10,
                            .bias_up_to = 64,
                            .bottleneck = 0.25};
}

static gt_model *make(vdvae_settings settings, int64_t channels, int64_t size) {
    gt_error err;
    gt_model *model;
    gt_model_input input = GT_MODEL_INPUT(channels, size, size, 0, 1);
    assert_ok(gt_model_create(&gt_model_vdvae, &settings, &input, &model, &err), err);
    return model;
}

static int64_t elements(vdvae_settings settings, int64_t channels, int64_t size) {
    gt_model *model = make(settings, channels, size);
    int64_t count = gt_params_elements(gt_model_params(model));
    gt_model_destroy(model);
    return count;
}

static void test_paper_counts(void **state) {
    static const struct {
        int64_t width;
        const char *latents;
        int64_t elements;
    } rows[] = {
        {64, "16,1:256", 903566},    {128, "16,1:256", 2743870}, {256, "16,1:256", 9241502},
        {256, "256", 11594462},      {256, "16", 9117662},       {384, "16,1:256", 19495166},
        {512, "16,1:256", 33504862}, {512, "256", 38192542},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
        assert_int_equal(elements(gray(rows[i].width, rows[i].latents), 1, 64),
                         rows[i].elements);
}

static void test_published_counts(void **state) {
    static const struct {
        const char *encoder, *decoder;
        int64_t size, width, elements;
    } rows[] = {
        {"32x11,32d2,16x6,16d2,8x6,8d2,4x3,4d4,1x3",
         "1x1,4m1,4x2,8m4,8x5,16m8,16x10,32m16,32x21", 32, 384, 39145700},
        {"32x15,32d2,16x9,16d2,8x8,8d2,4x6,4d4,1x6",
         "1x2,4m1,4x4,8m4,8x9,16m8,16x19,32m16,32x40", 32, 512, 119280868},
        {"64x11,64d2,32x20,32d2,16x9,16d2,8x8,8d2,4x7,4d4,1x5",
         "1x2,4m1,4x3,8m4,8x7,16m8,16x15,32m16,32x31,64m32,64x12", 64, 512, 125005860},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        vdvae_settings settings = gray(rows[i].width, "16");
        settings.encoder = rows[i].encoder;
        settings.decoder = rows[i].decoder;
        settings.tap = "post_block";
        assert_int_equal(elements(settings, 3, rows[i].size), rows[i].elements);
    }
}

static void test_paper_tensors(void **state) {
    gt_model *model = make(gray(256, "16,1:256"), 1, 64);
    const gt_params *params = gt_model_params(model);
    assert_int_equal(gt_params_count(params), 636);
    static const struct {
        const char *name, *shape;
    } rows[] = {
        {"encoder.in_conv.weight", "256x1x3x3"},
        {"encoder.enc_blocks.12.c2.weight", "64x64x1x1"},
        {"decoder.dec_blocks.0.enc.c4.weight", "512x64x1x1"},
        {"decoder.dec_blocks.19.prior.c4.bias", "288"},
        {"decoder.dec_blocks.19.enc.c1.weight", "64x512x1x1"},
        {"decoder.dec_blocks.1.z_proj.weight", "256x16x1x1"},
        {"decoder.bias_xs.1", "1x256x4x4"},
        {"decoder.out_net.out_conv.weight", "30x256x1x1"},
        {"decoder.gain", "1x256x1x1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        int index = gt_params_find(params, rows[i].name);
        char text[96];
        assert_true(index >= 0);
        assert_string_equal(gt_shape_text(gt_params_shape(params, index), text), rows[i].shape);
    }
    gt_model_destroy(model);
}

static const float *values(const gt_model *model, const char *name, int64_t *count) {
    gt_params *params = gt_model_params(model);
    int index = gt_params_find(params, name);
    assert_true(index >= 0);
    *count = gt_shape_count(gt_params_shape(params, index));
    return gt_params_values(params) + gt_params_offset(params, index);
}

/* Largest magnitude and root mean square stand for a uniform distribution of the given bound.
 */
static void assert_uniform(const gt_model *model, const char *name, double bound) {
    int64_t count;
    const float *v = values(model, name, &count);
    double squares = 0, largest = 0, sum = 0;
    for (int64_t i = 0; i < count; ++i) {
        squares += (double)v[i] * v[i];
        sum += v[i];
        largest = fmax(largest, fabs(v[i]));
    }
    assert_true(largest <= bound);
    assert_near(sqrt(squares / (double)count), bound / sqrt(3), 0.05 * bound);
    assert_near(sum / (double)count, 0, 0.05 * bound);
}

static void test_init(void **state) {
    gt_error err;
    gt_model *model = make(gray(256, "16,1:256"), 1, 64);
    assert_ok(gt_model_init(model, 5, &err), err);
    assert_uniform(model, "encoder.in_conv.weight", 1.0 / 3);
    assert_uniform(model, "encoder.enc_blocks.3.c2.weight", 1 / 24.0);
    assert_uniform(model, "encoder.enc_blocks.3.c4.weight", sqrt(1 / 13.0) / 8);
    assert_uniform(model, "decoder.dec_blocks.7.z_proj.weight", sqrt(1 / 20.0) / 4);
    assert_uniform(model, "decoder.dec_blocks.7.resnet.c4.weight", sqrt(1 / 20.0) / 8);
    assert_uniform(model, "decoder.dec_blocks.7.enc.c4.weight", 1 / 8.0);
    assert_uniform(model, "decoder.out_net.out_conv.weight", 1 / 16.0);
    static const char *const zeros[] = {
        "decoder.dec_blocks.7.prior.c4.weight",
        "decoder.dec_blocks.7.enc.c1.bias",
        "decoder.bias_xs.3",
        "decoder.bias",
    };
    int64_t count;
    for (size_t i = 0; i < sizeof zeros / sizeof *zeros; ++i) {
        const float *v = values(model, zeros[i], &count);
        for (int64_t k = 0; k < count; ++k) assert_true(v[k] == 0);
    }
    assert_true(values(model, "decoder.gain", &count)[0] == 1);
    gt_model_destroy(model);
}

static void test_init_depends_on_seed_alone(void **state) {
    gt_error err;
    gt_model *a = make(gray(64, "16"), 1, 64), *b = make(gray(64, "16"), 1, 64);
    size_t bytes = (size_t)gt_params_floats(gt_model_params(a)) * sizeof(float);
    assert_ok(gt_model_init(a, 5, &err), err);
    assert_ok(gt_model_init(b, 6, &err), err);
    assert_true(memcmp(gt_params_values(gt_model_params(a)),
                       gt_params_values(gt_model_params(b)), bytes) != 0);
    assert_ok(gt_model_init(b, 5, &err), err);
    assert_memory_equal(gt_params_values(gt_model_params(a)),
                        gt_params_values(gt_model_params(b)), bytes);
    gt_model_destroy(a);
    gt_model_destroy(b);
}

static void test_bad_settings(void **state) {
    static const struct {
        const char *encoder, *decoder, *widths, *latents;
        double bottleneck;
        int64_t channels, size;
        const char *message;
    } rows[] = {
        {"8x1,8d2,4d2,2q1", "2x1", "", "4", 0.5, 1, 8,
         "encoder-blocks '8x1,8d2,4d2,2q1': '2q1' is not one of R, RxN, RdD, RmS with sizes up "
         "to "
         "4096"},
        {"8x1,", "8x1", "", "4", 0.5, 1, 8, NULL},
        {"8x0", "8x1", "", "4", 0.5, 1, 8, NULL},
        {"", "8x1", "", "4", 0.5, 1, 8, "encoder-blocks: at least one block"},
        {"8x1", "", "", "4", 0.5, 1, 8, "decoder-blocks: at least one block"},
        {"8m4", "8x1", "", "4", 0.5, 1, 8, "encoder-blocks: 8m4 belongs into decoder-blocks"},
        {"8x1", "8d2", "", "4", 0.5, 1, 8, "decoder-blocks: 8d2 belongs into encoder-blocks"},
        {"8x99999", "8x1", "", "4", 0.5, 1, 8, NULL},
        {"8x1024,8x1", "8x1", "", "4", 0.5, 1, 8, "encoder-blocks: more than 1024 blocks"},
        {"16x1", "16x1", "", "4", 0.5, 1, 8,
         "encoder-blocks begin at 16, but the images are 8 pixels wide"},
        {"8x1,4x1", "8x1", "", "4", 0.5, 1, 8,
         "encoder-blocks: block 2 is at 4, but the map there is 8 wide"},
        {"9d2", "9x1", "", "4", 0.5, 1, 9, "encoder-blocks: 9d2 does not divide evenly"},
        {"8d2,4x1", "2x1,8m2", "", "4", 0.5, 1, 8,
         "decoder-blocks: the encoder has no map of size 2"},
        {"8d2,4x1", "8m4", "", "4", 0.5, 1, 8,
         "decoder-blocks: 8m4 needs an earlier block at 4, a divisor of 8"},
        {"8d2,4x1", "4x1", "", "4", 0.5, 1, 8,
         "decoder-blocks end at 4, but the images are 8 pixels wide"},
        {"8d2,4x1", "4x1,8m4", "", "1:4", 0.5, 1, 8,
         "latents '1:4' names no number for size 4"},
        {"8d2,4x1", "4x1,8m4", "", "4,x", 0.5, 1, 8,
         "latents '4,x': 'x' is not a number or SIZE:NUMBER"},
        {"8d2,4x1", "4x1,8m4", "", "4,", 0.5, 1, 8,
         "latents '4,': '4,' is not a number or SIZE:NUMBER"},
        {"8d2,4x1", "4x1,8m4", "", "4,4:0", 0.5, 1, 8,
         "latents '4,4:0': the first decoder block, at size 4, needs some"},
        {"8d2,4x1", "4x1,8m4", "4:0", "4", 0.5, 1, 8, "widths: 0 at size 4"},
        {"8d2,4x1", "4x1,8m4", "4:8", "4", 0.5, 1, 8,
         "widths: 8 at size 4 is less than 16 at size 8"},
        {"8d2,4x1", "4x1,8m4", "8:24", "4", 0.5, 1, 8,
         "widths: size 8 must have the width 16, not 24"},
        {"8d2,4x1", "4x1,8m4", "", "4", 0.01, 1, 8,
         "bottleneck 0.01 leaves no channel of width 16"},
        {"8d2,4x1", "4x1,8m4", "", "4", 0.5, 2, 8,
         "vdvae takes images of 1 or 3 channels, not 2"},
        {"8d2,4x1", "4x1,8m4", "", "4", 0.5, 1, 5000, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        gt_error err = {0};
        gt_model *model = NULL;
        vdvae_settings settings = gray(16, rows[i].latents);
        settings.encoder = rows[i].encoder;
        settings.decoder = rows[i].decoder;
        settings.widths = rows[i].widths;
        settings.bottleneck = rows[i].bottleneck;
        gt_model_input input =
            GT_MODEL_INPUT(rows[i].channels, rows[i].size, rows[i].size, 0, 1);
        gt_status status = gt_model_create(&gt_model_vdvae, &settings, &input, &model, &err);
        if (status != GT_USAGE || model) fail_msg("row %zu: %s", i, gt_status_name(status));
        if (rows[i].message) assert_string_equal(err.text, rows[i].message);
    }
}

static void test_registry(void **state) {
    gt_error err;
    const gt_model_class *class;
    const gt_model_preset *preset;
    assert_ok(gt_model_class_find("vdvae", &class, &err), err);
    assert_int_equal(gt_model_class_find("vdave", &class, &err), GT_USAGE);
    assert_string_equal(err.text, "unknown model 'vdave'; did you mean 'vdvae'");
    assert_int_equal(gt_model_class_find("nothing like it", &class, &err), GT_USAGE);
    assert_non_null(strstr(err.text, "'nothing like it'; there are 'vdvae', 'simclr', "));
    assert_ok(gt_model_class_find("vdvae", &class, &err), err);
    assert_int_equal(gt_model_preset_find(class, "huge", &preset, &err), GT_USAGE);
    assert_string_equal(err.text,
                        "model vdvae has no preset 'huge', it has 'tiny', 'small', 'paper'");
    size_t count = 0; /* a run without a preset is the paper's, whatever it learns */
    const gt_model_class *const *classes = gt_model_classes(&count);
    for (size_t i = 0; i < count; i++)
        assert_ok(gt_model_preset_find(classes[i], "paper", &preset, &err), err);
}

/* Each preset's keys are known and its network fits 64 x 64 images. */
static void test_presets(void **state) {
    for (int i = 0; i < gt_model_vdvae.preset_count; ++i) {
        const gt_model_preset *preset = &gt_model_vdvae.presets[i];
        gt_error err;
        gt_options *options;
        vdvae_settings settings;
        assert_ok(gt_options_create(&options, &err), err);
        assert_ok(gt_options_add(options, gt_model_vdvae.options, &settings, &err), err);
        assert_ok(gt_options_preset(options, preset->name, preset->settings, &err), err);
        int64_t count = elements(settings, 1, 64);
        if (strcmp(preset->name, "paper") == 0) assert_int_equal(count, 9241502);
        gt_options_destroy(options);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paper_counts),  cmocka_unit_test(test_published_counts),
        cmocka_unit_test(test_paper_tensors), cmocka_unit_test(test_init),
        cmocka_unit_test(test_bad_settings),  cmocka_unit_test(test_init_depends_on_seed_alone),
        cmocka_unit_test(test_registry),      cmocka_unit_test(test_presets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
