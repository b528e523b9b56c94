/* Samples against the model's own graph and draws, image by image: counts around a batch,
 * seeds, temperatures, the range of pixels, sheets, and what is refused. */
#include "sampling.h"

#include "galatea/run.h"
#include "made.h"
#include "png_file.h"
#include "study_pictures.h"

enum { BATCH = 8, CODES_AT_ONCE = 1024, CODE = 3 };

static const gt_value_range range = {-1, 3};
static const char *bytes_run, *floats_run, *flow, *simclr;

static int make_all(void **state) {
    static const char *const settings[] = {"widths=4,8", "blocks=1,1", "hidden=8",  "output=4",
                                           "epochs=1",   "batch=8",    "threads=1", NULL};
    (void)state;
    begin_kept();
    const char *bytes = make_picture_set(
        (made_pictures){.name = "bytes.h5", .survey = "FIRST", .scale = 1.8, .bands = "r"});
    bytes_run = make_vdvae(bytes, "bytes");
    floats_run = make_vdvae(
        make_picture_set((made_pictures){.name = "f.h5", .is_float = true, .range = range}),
        "floats");
    flow =
        make_flow(make_set((made_set){.name = "c.h5", .rows = 60, .width = CODE, .seed = 1}));
    simclr = make_run_of(
        "simclr", settings,
        make_picture_set((made_pictures){.name = "large.h5", .rows = 16, .side = 32}),
        "simclr");
    return 0;
}

static gt_sample_settings settings_for(const char *out, int64_t count) {
    return (gt_sample_settings){.out = out,
                                .colours = "gray",
                                .count = count,
                                .seed = 5,
                                .columns = 4,
                                .batch = BATCH,
                                .exact = true};
}

static gt_status sample_at(const char *run, const gt_sample_settings *settings,
                           const char *temperature, size_t *width, gt_error *err) {
    use_settings u;
    begin_use_of(&u, "vdvae", true);
    if (temperature) set_use(&u, "temperature", temperature);
    gt_sampled made = {.width = *width};
    gt_status status = gt_sample_write(&u.context, run, settings, u.values, &made, err);
    *width = made.width;
    end_use(&u);
    return status;
}

/* Pixels (count, values), as they lie in the set; yours. */
static float *sample(const char *run, const gt_sample_settings *settings,
                     const char *temperature) {
    gt_error err = {0};
    size_t width = 99, count = 0, values = 0;
    assert_ok(sample_at(run, settings, temperature, &width, &err), err);
    assert_int_equal(width, 0); /* images, not codes */
    float *pixels = values_in(settings->out, &count, &values);
    assert_int_equal(count, settings->count);
    assert_int_equal(values, PICTURE_VALUES);
    return pixels;
}

/* Levels of images 0 .. count - 1 of a seed, each drawn by itself. */
static float *expected_levels(const char *path, size_t count, uint64_t seed, bool is_mean) {
    gt_error err = {0};
    gt_run *run = NULL;
    gt_inference *inference = NULL;
    use_settings u;
    const float *output = NULL;
    float *levels = calloc(count, PICTURE_VALUES * sizeof *levels);
    begin_use_of(&u, "vdvae", true);
    assert_ok(gt_run_open(path, &run, &err), err);
    const gt_use_options how = {
        .use = GT_USE_SAMPLE, .settings = u.values, .batch = 1, .threads = 1, .exact = true};
    assert_ok(gt_inference_create(run, &how, &inference, &err), err);
    for (uint64_t i = 0; i < count; i++) {
        gt_draws draws = {.seed = seed, .first = i};
        assert_ok(gt_inference_run(inference, NULL, 1, seed, i, &output, &err), err);
        assert_ok(gt_model_decode(gt_run_model(run), output, 1, is_mean ? NULL : &draws,
                                  levels + i * PICTURE_VALUES, &err),
                  err);
    }
    gt_inference_destroy(inference);
    gt_run_close(run);
    end_use(&u);
    return levels;
}

static double difference(const float *a, const float *b, size_t count) {
    double most = 0;
    for (size_t i = 0; i < count; i++) most = fmax(most, fabs((double)a[i] - (double)b[i]));
    return most;
}

/* ---- Images --------------------------------------------------------------------------------
 */

/* One, a batch, one more than a batch, and two batches with a part: always the first so many
 * images of the seed, cut to bytes. */
static void images_are_the_models(void **state) {
    static const int64_t counts[] = {1, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH + 5};
    (void)state;
    for (int is_mean = 0; is_mean < 2; is_mean++) {
        float *expected = expected_levels(bytes_run, 2 * BATCH + 5, 5, is_mean);
        for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
            gt_sample_settings settings = settings_for(kept_path("s.h5"), counts[k]);
            settings.mean = is_mean;
            float *pixels = sample(bytes_run, &settings, NULL);
            for (size_t i = 0; i < (size_t)counts[k] * PICTURE_VALUES; i++) {
                double level = fmin(255, fmax(0, (double)expected[i]));
                bool is_close = fabs(level - round(level)) < 1e-3; /* rounding may carry it */
                if (is_close) assert_near((double)pixels[i], level, 1.001);
                if (!is_close) assert_near((double)pixels[i], floor(level), 0);
            }
            free(pixels);
        }
        free(expected);
    }
}

/* The seed decides, and the cut into batches does not. */
static void images_follow_from_the_seed(void **state) {
    static const struct { int64_t seed, batch; } cases[] = {{5, 8}, {5, 8}, {5, 3}, {6, 8}};
    float *made[4];
    enum { COUNT = 10, VALUES = COUNT * PICTURE_VALUES };
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        gt_sample_settings settings = settings_for(kept_path("s.h5"), COUNT);
        settings.seed = cases[i].seed;
        settings.batch = cases[i].batch;
        made[i] = sample(bytes_run, &settings, NULL);
    }
    assert_memory_equal(made[0], made[1], VALUES * sizeof(float));
    assert_true(difference(made[0], made[2], VALUES) <= 1);
    assert_true(difference(made[0], made[3], VALUES) > 10);
    assert_true(difference(made[0], made[0] + PICTURE_VALUES, PICTURE_VALUES) > 10);
    for (size_t i = 0; i < 4; i++) free(made[i]);
}

/* Without deviation nothing is left to chance: all images are one. */
static void temperature_zero_is_one_image(void **state) {
    gt_error err = {0};
    size_t width = 0;
    (void)state;
    gt_sample_settings settings = settings_for(kept_path("s.h5"), 5);
    settings.mean = true;
    float *cold = sample(bytes_run, &settings, "0");
    for (size_t i = 1; i < 5; i++)
        assert_true(difference(cold, cold + i * PICTURE_VALUES, PICTURE_VALUES) <= 1);
    free(cold);
    settings.out = kept_path("none.h5");
    assert_int_equal(sample_at(bytes_run, &settings, "warm", &width, &err), GT_USAGE);
    assert_has(err.text, "temperature 'warm' is not a number");
    assert_int_equal(sample_at(bytes_run, &settings, "1,1,1,1,1", &width, &err), GT_USAGE);
    assert_has(err.text, "layers of latents");
    assert_false(is_there(settings.out));
}

/* A run of floats draws floats of its range, a run of bytes bytes. */
static void pixels_have_the_runs_range(void **state) {
    static const struct {
        const char *const *run;
        gt_pixel_type type;
    } cases[] = {{&bytes_run, GT_PIXEL_U8}, {&floats_run, GT_PIXEL_F32}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        gt_error err = {0};
        gt_dataset *made = NULL;
        const gt_sample_settings settings = settings_for(kept_path("s.h5"), BATCH + 1);
        float *levels = sample(*cases[i].run, &settings, NULL);
        assert_ok(gt_dataset_open(settings.out, &made, &err), err);
        const gt_dataset_info *info = gt_dataset_describe(made);
        assert_int_equal(info->type, cases[i].type);
        assert_int_equal(gt_range_is_declared(info->range), i == 1);
        for (size_t k = 0; k < (BATCH + 1) * PICTURE_VALUES; k++)
            assert_true(levels[k] >= 0 && levels[k] <= 255);
        free(levels);
        if (i == 1) {
            float stored[PICTURE_VALUES];
            float *expected = expected_levels(floats_run, 1, 5, false);
            assert_near(info->range.low, range.low, 0);
            assert_near(info->range.high, range.high, 0);
            assert_ok(gt_dataset_read_bytes(made, 0, 1, stored, &err), err);
            for (size_t k = 0; k < PICTURE_VALUES; k++)
                assert_near((double)stored[k], -1 + (double)expected[k] * 4 / 255, 1e-3);
            free(expected);
        }
        gt_dataset_close(made);
    }
}

/* How the pictures were taken that the run learned from, and who asked. */
static void sets_remember(void **state) {
    gt_error err = {0};
    gt_dataset *made = NULL;
    (void)state;
    const gt_sample_settings settings = settings_for(kept_path("s.h5"), 1);
    free(sample(bytes_run, &settings, NULL));
    assert_ok(gt_dataset_open(settings.out, &made, &err), err);
    const gt_dataset_info *info = gt_dataset_describe(made);
    assert_string_equal(info->survey, "FIRST");
    assert_string_equal(info->bands, "r");
    assert_near(info->pixel_scale_arcsec, 1.8, 0);
    assert_int_equal(info->columns, 0);
    assert_has(info->provenance, "\"galatea test\"");
    assert_has(info->provenance, bytes_run);
    gt_dataset_close(made);
}

/* The run remembers how bright its pictures were; samples that are not so are told, with the
 * figures of what stands in the set, and others are not. */
static void brightness_is_compared(void **state) {
    enum { COUNT = 60 };
    static const char *const temperatures[] = {"1", "0", "30"};
    gt_error err = {0};
    gt_run *run = NULL;
    int told = 0;
    (void)state;
    assert_ok(gt_run_open(bytes_run, &run, &err), err);
    gt_brightness known = gt_run_brightness(run);
    gt_run_close(run);
    assert_true(known.count > 10 && known.count < PICTURE_ROWS); /* neither test nor judged */
    assert_true(known.mean > 20 && known.mean < 60 && known.deviation > 0.1);
    for (size_t i = 0; i < 3; i++) {
        gt_brightness_sums sums = {0};
        gt_brightness_drift drift;
        char says[200];
        const gt_sample_settings settings = settings_for(kept_path("s.h5"), COUNT);
        remarks_begin();
        float *pixels = sample(bytes_run, &settings, temperatures[i]);
        for (size_t k = 0; k < COUNT; k++) {
            double mean = 0;
            for (size_t p = 0; p < PICTURE_VALUES; p++)
                mean += (double)pixels[k * PICTURE_VALUES + p] / PICTURE_VALUES;
            gt_brightness_add(&sums, mean);
        }
        gt_brightness made = gt_brightness_of(&sums);
        assert_true(gt_brightness_compare(&made, &known, &drift));
        bool is_off = fabs(drift.mean) > 3 || fabs(drift.deviation) > 3;
        snprintf(says, sizeof says, "brightness of 60 samples: mean %.4g, scatter %.4g; of the",
                 made.mean, made.deviation);
        if (is_off) assert_has(remarks, says);
        if (!is_off) assert_null(strstr(remarks, "brightness"));
        told += is_off;
        free(pixels);
    }
    gt_log_to(NULL, NULL);
    assert_true(told > 0);
}

/* ---- Sheets --------------------------------------------------------------------------------
 */

enum { UPSCALE = 2, PADDING = 2, CELL = UPSCALE * PICTURE_SIDE + PADDING, BLACK_REST = 32 };

/* Pixel k of picture `index` of a sheet of so many columns. */
static double on_sheet(const gt_png *sheet, size_t columns, size_t index, size_t k) {
    size_t x = PADDING + index % columns * CELL + UPSCALE * (k % PICTURE_SIDE);
    size_t y = PADDING + index / columns * CELL + UPSCALE * (k / PICTURE_SIDE);
    return (double)sheet->pixels[y * sheet->width + x];
}

/* Six images in rows of four: the same pixels as in a set, and nothing in the last places. */
static void draws_sheets(void **state) {
    enum { COUNT = 6, COLUMNS = 4 };
    gt_error err = {0};
    gt_png sheet = {0};
    size_t width = 0;
    (void)state;
    const gt_sample_settings set = settings_for(kept_path("s.h5"), COUNT);
    gt_sample_settings drawn = settings_for(kept_path("s.png"), COUNT);
    drawn.batch = 4; /* a batch and a part of one */
    float *pixels = sample(bytes_run, &set, NULL);
    assert_ok(sample_at(bytes_run, &drawn, NULL, &width, &err), err);
    assert_ok(read_png(drawn.out, &sheet, &err), err);
    assert_int_equal(sheet.channels, 1);
    assert_int_equal(sheet.width, COLUMNS * CELL + PADDING);
    assert_int_equal(sheet.height, 2 * CELL + PADDING);
    for (size_t i = 0; i < COUNT; i++)
        for (size_t k = 0; k < PICTURE_VALUES; k++)
            assert_true(fabs(on_sheet(&sheet, COLUMNS, i, k) -
                             (double)pixels[i * PICTURE_VALUES + k]) <= 1);
    for (size_t k = 0; k < PICTURE_VALUES; k++)
        assert_near(on_sheet(&sheet, COLUMNS, COUNT, k), BLACK_REST, 0);
    free(sheet.pixels);
    free(pixels);
}

static void draws_sheets_in_colour(void **state) {
    gt_error err = {0};
    gt_png sheet = {0};
    size_t width = 0;
    (void)state;
    gt_sample_settings settings = settings_for(kept_path("s.png"), 2);
    settings.colours = "heat";
    assert_ok(sample_at(bytes_run, &settings, NULL, &width, &err), err);
    assert_ok(read_png(settings.out, &sheet, &err), err);
    assert_int_equal(sheet.channels, 3);
    free(sheet.pixels);
    settings.colours = "grey";
    settings.out = kept_path("none.png");
    assert_int_equal(sample_at(bytes_run, &settings, NULL, &width, &err), GT_NOT_FOUND);
    assert_has(err.text, "grey");
    assert_false(is_there(settings.out));
}

/* ---- Codes ---------------------------------------------------------------------------------
 */

/* Also across what is drawn at once: the first 1030 codes of the seed are those that the model
 * draws in one go. */
static void codes_are_the_models(void **state) {
    static const int64_t counts[] = {1, CODES_AT_ONCE, CODES_AT_ONCE + 6};
    gt_error err = {0};
    gt_run *run = NULL;
    const gt_draws draws = {.seed = 5, .first = 0};
    float *expected = calloc(CODES_AT_ONCE + 6, CODE * sizeof *expected);
    (void)state;
    assert_ok(gt_run_open(flow, &run, &err), err);
    assert_ok(gt_model_draw(gt_run_model(run), CODES_AT_ONCE + 6, &draws, expected, &err), err);
    gt_run_close(run);
    for (size_t k = 0; k < 3; k++) {
        size_t width = 0, count = 0, values = 0;
        const gt_sample_settings settings = settings_for(kept_path("c.h5"), counts[k]);
        assert_ok(sample_at(flow, &settings, NULL, &width, &err), err);
        assert_int_equal(width, CODE);
        float *codes = values_in(settings.out, &count, &values);
        assert_int_equal(count, counts[k]);
        assert_int_equal(values, CODE);
        for (size_t i = 0; i < count * CODE; i++)
            assert_near((double)codes[i], (double)expected[i], 1e-5);
        free(codes);
    }
    free(expected);
}

/* ---- What is refused -----------------------------------------------------------------------
 */

static void expect_refusal(const char *run, const char *out, int64_t count, gt_status status,
                           const char *says) {
    gt_error err = {0};
    size_t width = 0;
    const gt_sample_settings settings = settings_for(out, count);
    assert_int_equal(sample_at(run, &settings, NULL, &width, &err), status);
    assert_has(err.text, says);
    assert_false(is_there(out));
}

static void refuses(void **state) {
    (void)state;
    expect_refusal(in_folder("nothing"), kept_path("s.h5"), 4, GT_NOT_FOUND, "nothing");
    expect_refusal(bytes_run, kept_path("s.png"), 4097, GT_USAGE,
                   "count 4097: a sheet holds at most 4096, write a .h5");
    expect_refusal(bytes_run, in_folder("no/s.h5"), 4, GT_NOT_FOUND, "no/s.h5");
    expect_refusal(bytes_run, in_folder("no/s.png"), 4, GT_NOT_FOUND, "no/s.png");
    expect_refusal(flow, kept_path("c.png"), 4, GT_USAGE,
                   "maf draws codes, not images; its name must end in .h5");
    expect_refusal(simclr, kept_path("s.h5"), 4, GT_UNSUPPORTED, "simclr");
    assert_int_equal(entries_in_folder(), 0);
}

/* Brightness and comparisons see pictures as sets hold them. */
static void sets_hold_cut_levels(void **state) {
    const float levels[] = {-3, 17.75F, 255, 300}, floats[] = {0, 17.75F, 255, 255},
                bytes[] = {0, 17, 255, 255};
    gt_picture_maker maker = {.range = {0, 1}};
    gt_brightness_sums sums = {0};
    for (int i = 0; i < 4; i++) {
        assert_true(gt_made_level(maker.range, levels[i]) == floats[i]);
        assert_true(gt_made_level(gt_range_undeclared(), levels[i]) == bytes[i]);
    }
    assert_true(gt_made_weigh(&maker, levels, 4, &sums));
    assert_near(gt_brightness_of(&sums).mean, (17.75 + 2 * 255) / 4, 1e-9);
    const float lost[] = {1, NAN};
    assert_false(gt_made_weigh(&maker, lost, 2, &sums));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(images_are_the_models),
        TEST(images_follow_from_the_seed),
        TEST(temperature_zero_is_one_image),
        TEST(pixels_have_the_runs_range),
        TEST(sets_remember),
        TEST(brightness_is_compared),
        TEST(sets_hold_cut_levels),
        TEST(draws_sheets),
        TEST(draws_sheets_in_colour),
        TEST(codes_are_the_models),
        TEST(refuses),
    };
    return cmocka_run_group_tests(tests, make_all, end_kept);
}
