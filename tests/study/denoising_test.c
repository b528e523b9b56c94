/* Denoising against the model's own graph and noise drawn here: ratios, rows, levels, batches,
 * what is written, and what is refused. */
#include "denoising.h"

#include "file.h"
#include "galatea/run.h"
#include "png_file.h"
#include "rng.h"
#include "study_pictures.h"

enum { LEVELS = 3, COUNT = 5 };

static const double levels[LEVELS] = {0, 20, 200};
static const char *data, *run, *second, *flow;

static int make_all(void **state) {
    (void)state;
    begin_kept();
    data = make_picture_set((made_pictures){.name = "set.h5", .survey = "FIRST"});
    run = make_vdvae(data, "run");
    second = make_vdvae(make_picture_set((made_pictures){
                            .name = "other.h5", .survey = "FIRST", .rows = 24, .first = 50}),
                        "second");
    flow = make_flow(make_set((made_set){.name = "c.h5", .rows = 60, .width = 3, .seed = 1}));
    return 0;
}

static gt_denoise_settings usual(void) {
    gt_denoise_settings settings = {.data = data,
                                    .split = "any",
                                    .colours = "gray",
                                    .count = COUNT,
                                    .pictures = 2,
                                    .seed = 42,
                                    .batch = 2,
                                    .exact = true,
                                    .levels = {.count = LEVELS}};
    memcpy(settings.levels.value, levels, sizeof levels);
    return settings;
}

static gt_status denoise(const char *const *runs, size_t count,
                         const gt_denoise_settings *settings, gt_denoised *out, gt_error *err) {
    gt_invocation asked;
    gt_context context = make_context(&asked, "error");
    gt_status status = gt_denoise(&context, runs, count, settings, out, err);
    end_context(&context);
    return status;
}

/* ---- What it is, computed without the study ---------------------------------------------- */

static double ratio(const float *a, const float *b) {
    double mean = 0;
    for (size_t k = 0; k < PICTURE_VALUES; k++)
        mean += ((double)a[k] - b[k]) * ((double)a[k] - b[k]) / PICTURE_VALUES;
    return 20 * log10(255) - 10 * log10(mean);
}

/* Ratios of a row with noise and of what the run makes of it. */
static void expect(const char *path, uint64_t row, double sigma, double *noisy, double *left) {
    gt_error err = {0};
    gt_run *opened = NULL;
    gt_inference *inference = NULL;
    const float *output = NULL;
    float clean[PICTURE_VALUES], y[PICTURE_VALUES], z[PICTURE_VALUES], made[PICTURE_VALUES];
    const gt_use_options how = {
        .use = GT_USE_RECONSTRUCT, .batch = 1, .threads = 1, .exact = true};
    gt_rng_key key = {42, gt_rng_stream("denoise.noise"), 0};
    picture(row, PICTURE_SIDE, clean);
    gt_rng_fill_normal(key, row * PICTURE_VALUES, PICTURE_VALUES, z);
    for (size_t k = 0; k < PICTURE_VALUES; k++) y[k] = (float)(clean[k] + sigma * z[k]);
    assert_ok(gt_run_open(path, &opened, &err), err);
    assert_ok(gt_inference_create(opened, &how, &inference, &err), err);
    assert_ok(gt_inference_run(inference, y, 1, 0, 0, &output, &err), err);
    assert_ok(gt_model_decode(gt_run_model(opened), output, 1, NULL, made, &err), err);
    *noisy = ratio(clean, y);
    *left = ratio(clean, made);
    gt_inference_destroy(inference);
    gt_run_close(opened);
}

static void test_ratios(void **state) {
    gt_error err = {0};
    gt_denoised found = {0};
    const gt_denoise_settings settings = usual();
    const char *const runs[] = {run, second};
    assert_ok(denoise(runs, 2, &settings, &found, &err), err);
    assert_int_equal(found.count, COUNT);
    assert_int_equal(found.level_count, LEVELS);
    assert_string_equal(found.names[0], "run");
    assert_string_equal(found.names[1], "second");
    for (size_t level = 0; level < LEVELS; level++) {
        double sums[3] = {0};
        for (size_t i = 0; i < COUNT; i++)
            for (size_t k = 0; k < 2; k++) {
                double noisy, left;
                const double *line = found.psnr + level * 3 * COUNT;
                expect(runs[k], found.rows[i], levels[level], &noisy, &left);
                if (level == 0)
                    assert_true(isinf(line[i]));
                else
                    assert_near(line[i], noisy, 1e-6);
                assert_near(line[(k + 1) * COUNT + i], left, 1e-3);
                if (k == 0) sums[0] += line[i] / COUNT;
                sums[k + 1] += line[(k + 1) * COUNT + i] / COUNT;
            }
        if (level > 0) assert_near(found.levels[level].noisy, sums[0], 1e-9);
        assert_near(found.levels[level].mean[0], sums[1], 1e-9);
        assert_near(found.levels[level].mean[1], sums[2], 1e-9);
        assert_true(found.levels[level].deviation[0] > 0);
    }
    assert_near(found.levels[1].noisy, -20 * log10(20.0 / 255), 0.5);
    gt_denoised_free(&found);
}

/* Noise belongs to the row, not to where it stands in a batch or a list. */
static void test_rows_and_batches(void **state) {
    gt_error err = {0};
    gt_denoised all = {0}, some = {0};
    gt_denoise_settings settings = usual();
    assert_ok(denoise(&run, 1, &settings, &all, &err), err);
    settings.rows = "4,1";
    settings.batch = 7;
    assert_ok(denoise(&run, 1, &settings, &some, &err), err);
    assert_int_equal(some.count, 2);
    for (size_t line = 0; line < 2; line++) {
        const double *from = all.psnr + (2 * 2 + line) * COUNT;
        const double *to = some.psnr + (2 * 2 + line) * 2;
        assert_near(to[0], from[some.rows[0]], 1e-4);
        assert_near(to[1], from[some.rows[1]], 1e-4);
    }
    gt_denoised_free(&all);
    gt_denoised_free(&some);
}

static void test_outputs(void **state) {
    gt_error err = {0};
    gt_denoised found = {0};
    gt_denoise_settings settings = usual();
    settings.out = kept_path("psnr.csv");
    settings.figure = kept_path("psnr.svg");
    settings.sheet = kept_path("denoised.png");
    const char *const runs[] = {run, second};
    assert_ok(denoise(runs, 2, &settings, &found, &err), err);
    char *text = NULL;
    size_t size = 0, lines = 0;
    assert_ok(gt_file_load(settings.out, 1 << 20, &text, &size, &err), err);
    for (size_t i = 0; i < size; i++) lines += text[i] == '\n';
    assert_int_equal(lines, 1 + 2 * LEVELS * COUNT);
    /* and what the set knows of its objects */
    assert_memory_equal(text, "run,row,noise,psnr_noisy,psnr_denoised,id,ra,dec,", 49);
    assert_non_null(strstr(text, "\nrun,0,0,,")); /* no noise: an empty cell */
    free(text);
    assert_ok(gt_file_load(settings.figure, 1 << 22, &text, &size, &err), err);
    assert_non_null(strstr(text, "PSNR denoised (dB)"));
    free(text);
    gt_png sheet = {0}; /* pictures wide enough for the names of rows */
    assert_ok(read_png(settings.sheet, &sheet, &err), err);
    assert_true(sheet.width > LEVELS * 120);
    free(sheet.pixels);
    gt_denoised_free(&found);
}

static void refuse(const char *const *runs, const gt_denoise_settings *settings,
                   gt_status status, const char *says) {
    gt_error err = {0};
    gt_denoised found = {0};
    assert_int_equal(denoise(runs, 1, settings, &found, &err), status);
    if (!strstr(err.text, says)) fail_msg("'%s' does not say '%s'", err.text, says);
    assert_int_not_equal(access(kept_path("no.csv"), F_OK), 0);
    gt_denoised_free(&found);
}

static void test_refusals(void **state) {
    gt_denoise_settings settings = usual();
    settings.out = kept_path("no.csv");
    settings.levels.value[1] = -1;
    refuse(&run, &settings, GT_USAGE, "noise level -1");
    settings = usual();
    settings.out = kept_path("no.csv");
    settings.rows = "0,999999";
    refuse(&run, &settings, GT_BAD_ARGUMENT, "999999");
    settings.rows = NULL;
    refuse(&flow, &settings, GT_BAD_SHAPE, "");
    settings.levels = (gt_reals)GT_REALS(0);
    settings.figure = kept_path("no.csv.png");
    settings.out = NULL;
    refuse(&run, &settings, GT_BAD_ARGUMENT, "no level has noise");
    settings = usual();
    settings.out = kept_path("no.csv");
    settings.images = kept_path("nowhere/images.fits");
    refuse(&run, &settings, GT_NOT_FOUND, "nowhere");
}

/* The pictures have the ratios that are told, and the columns of the data. */
static void test_images(void **state) {
    gt_error err = {0};
    gt_denoised found = {0};
    gt_dataset *set = NULL;
    gt_denoise_settings settings = usual();
    const char *const runs[] = {run, second};
    const char *ids;
    settings.images = kept_path("images.h5");
    assert_ok(denoise(runs, 2, &settings, &found, &err), err);
    assert_ok(gt_dataset_open(settings.images, &set, &err), err);
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_int_equal(info->count, 2 * LEVELS * COUNT);
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    for (uint64_t i = 0; i < info->count; i++) { /* run, then level, then picture */
        size_t k = i / (LEVELS * COUNT), level = i / COUNT % LEVELS, at = i % COUNT;
        float clean[PICTURE_VALUES], left[PICTURE_VALUES];
        const gt_field_value *values;
        uint64_t row = found.rows[at];
        double told = found.psnr[(level * 3 + k + 1) * COUNT + at];
        picture(row, PICTURE_SIDE, clean);
        assert_ok(gt_dataset_read(set, i, 1, left, &err), err);
        assert_ok(gt_dataset_values(set, i, &values, &err), err);
        values += info->field_count - 4;
        assert_int_equal(values[0].integer, row);
        assert_string_equal(values[1].text, found.names[k]);
        assert_true(values[2].real == levels[level] && values[3].real == told);
        assert_string_equal(ids + i * (info->id_length + 1), picture_row(row).id);
        assert_near(ratio(clean, left), told,
                    0.5); /* bytes are rounded, and end at 0 and 255 */
    }
    gt_dataset_close(set);
    gt_denoised_free(&found);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_ratios), TEST(test_rows_and_batches), TEST(test_outputs),
        TEST(test_images), TEST(test_refusals),
    };
    return cmocka_run_group_tests(tests, make_all, end_kept);
}
