/* Reconstructions against the model's own graph: which rows are taken, what the sheet shows,
 * and the peak signal-to-noise ratios. */
#include "reconstruction.h"

#include "galatea/run.h"
#include "png_file.h"
#include "study_pictures.h"

static const char *data, *run, *flow;

static int make_all(void **state) {
    (void)state;
    begin_kept();
    data = make_picture_set((made_pictures){.name = "set.h5", .survey = "FIRST"});
    run = make_vdvae(data, "run");
    flow = make_flow(make_set((made_set){.name = "c.h5", .rows = 60, .width = 3, .seed = 1}));
    return 0;
}

static gt_reconstruct_settings settings_for(const char *split, int64_t count) {
    return (gt_reconstruct_settings){.data = data,
                                     .out = kept_path("r.png"),
                                     .split = split,
                                     .colours = "gray",
                                     .count = count,
                                     .columns = 4,
                                     .batch = 3,
                                     .exact = true};
}

static gt_status reconstruct(const char *path, const gt_reconstruct_settings *settings,
                             gt_reconstruction *out, gt_error *err) {
    gt_invocation asked;
    gt_context context = make_context(&asked, "error");
    gt_status status = gt_reconstruct_write(&context, path, settings, out, err);
    end_context(&context);
    return status;
}

/* ---- What they are, computed without the study
 * ----------------------------------------------- */

/* Levels of the reconstructions of rows of the set. */
static float *expected_levels(const uint64_t *rows, size_t count) {
    gt_error err = {0};
    gt_run *opened = NULL;
    gt_inference *inference = NULL;
    const float *output = NULL;
    float levels[PICTURE_VALUES], *made = calloc(count, PICTURE_VALUES * sizeof *made);
    assert_ok(gt_run_open(run, &opened, &err), err);
    const gt_use_options how = {
        .use = GT_USE_RECONSTRUCT, .batch = 1, .threads = 1, .exact = true};
    assert_ok(gt_inference_create(opened, &how, &inference, &err), err);
    for (size_t i = 0; i < count; i++) {
        picture(rows[i], PICTURE_SIDE, levels);
        assert_ok(gt_inference_run(inference, levels, 1, 0, 0, &output, &err), err);
        assert_ok(gt_model_decode(gt_run_model(opened), output, 1, NULL,
                                  made + i * PICTURE_VALUES, &err),
                  err);
    }
    gt_inference_destroy(inference);
    gt_run_close(opened);
    return made;
}

static double psnr_of(uint64_t row, const float *made) {
    float levels[PICTURE_VALUES];
    double mean = 0;
    picture(row, PICTURE_SIDE, levels);
    for (size_t k = 0; k < PICTURE_VALUES; k++) {
        double off = (double)levels[k] - (double)made[k];
        mean += off * off / PICTURE_VALUES;
    }
    return 20 * log10(255) - 10 * log10(mean);
}

static void assert_ratios(const gt_reconstruction *got, const uint64_t *rows, size_t count) {
    float *made = expected_levels(rows, count);
    double low = INFINITY, high = -INFINITY, mean = 0;
    for (size_t i = 0; i < count; i++) {
        double one = psnr_of(rows[i], made + i * PICTURE_VALUES);
        low = fmin(low, one), high = fmax(high, one), mean += one / (double)count;
    }
    free(made);
    assert_int_equal(got->count, count);
    assert_near(got->low, low, 1e-3);
    assert_near(got->high, high, 1e-3);
    assert_near(got->mean, mean, 1e-3);
}

/* ---- Rows ----------------------------------------------------------------------------------
 */

/* The first so many rows of the split, in their order; "auto" is test where there are such
 * rows. Rows 3, 7, 11, ... are test, 5, 13, 21, ... validation. */
static void takes_rows_of_the_split(void **state) {
    static const struct {
        const char *split;
        int64_t count;
        uint64_t rows[5];
        size_t found;
    } cases[] = {{"auto", 4, {3, 7, 11, 15}, 4},
                 {"test", 4, {3, 7, 11, 15}, 4},
                 {"train", 5, {0, 1, 2, 4, 6}, 5},
                 {"any", 3, {0, 1, 2}, 3},
                 {"validation", 64, {5, 13, 21, 29, 37}, 5},
                 {"test", 1, {3}, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_error err = {0};
        gt_reconstruction got = {0};
        const gt_reconstruct_settings settings = settings_for(cases[i].split, cases[i].count);
        assert_ok(reconstruct(run, &settings, &got, &err), err);
        assert_ratios(&got, cases[i].rows, cases[i].found);
    }
}

/* A set without splits: its first rows, unless a split is asked for by name. */
static void takes_rows_without_splits(void **state) {
    static const uint64_t rows[] = {0, 1};
    gt_error err = {0};
    gt_reconstruction got = {0};
    (void)state;
    gt_reconstruct_settings settings = settings_for("auto", 2);
    settings.data = make_picture_set((made_pictures){.name = "bare.h5", .is_bare = true});
    assert_ok(reconstruct(run, &settings, &got, &err), err);
    assert_ratios(&got, rows, 2);
    settings = settings_for("test", 2);
    settings.data = make_picture_set((made_pictures){.name = "bare.h5", .is_bare = true});
    assert_int_equal(reconstruct(run, &settings, &got, &err), GT_NOT_FOUND);
    assert_has(err.text, "split");
}

static void ratios_do_not_depend_on_batches(void **state) {
    static const int64_t batches[] = {0, 1, 4, 64};
    static const uint64_t rows[] = {0, 1, 2, 4, 6, 8, 9};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        gt_error err = {0};
        gt_reconstruction got = {0};
        gt_reconstruct_settings settings = settings_for("train", 7);
        settings.batch = batches[i];
        assert_ok(reconstruct(run, &settings, &got, &err), err);
        assert_ratios(&got, rows, 7);
    }
}

/* ---- Sheets --------------------------------------------------------------------------------
 */

enum { UPSCALE = 2, PADDING = 2, CELL = UPSCALE * PICTURE_SIDE + PADDING };

static double on_sheet(const gt_png *sheet, size_t line, size_t column, size_t k) {
    size_t x = PADDING + column * CELL + UPSCALE * (k % PICTURE_SIDE);
    size_t y = PADDING + line * CELL + UPSCALE * (k / PICTURE_SIDE);
    return (double)sheet->pixels[y * sheet->width + x];
}

/* Six pictures in rows of four: a line of pictures, the line of what became of them, and so on;
 * the last two places are black. */
static void draws_pictures_over_reconstructions(void **state) {
    enum { COUNT = 6, COLUMNS = 4 };
    static const uint64_t rows[COUNT] = {3, 7, 11, 15, 19, 23};
    gt_error err = {0};
    gt_reconstruction got = {0};
    gt_png sheet = {0};
    (void)state;
    const gt_reconstruct_settings settings = settings_for("test", COUNT);
    assert_ok(reconstruct(run, &settings, &got, &err), err);
    assert_ok(read_png(settings.out, &sheet, &err), err);
    assert_int_equal(sheet.width, COLUMNS * CELL + PADDING);
    assert_int_equal(sheet.height, 4 * CELL + PADDING);
    float *made = expected_levels(rows, COUNT), levels[PICTURE_VALUES];
    for (size_t i = 0; i < COUNT; i++) {
        picture(rows[i], PICTURE_SIDE, levels);
        for (size_t k = 0; k < PICTURE_VALUES; k++) {
            size_t line = 2 * (i / COLUMNS), column = i % COLUMNS;
            assert_near(on_sheet(&sheet, line, column, k), (double)levels[k], 0);
            assert_near(on_sheet(&sheet, line + 1, column, k),
                        (double)made[i * PICTURE_VALUES + k], 1);
        }
    }
    for (size_t k = 0; k < PICTURE_VALUES; k++) {
        assert_near(on_sheet(&sheet, 2, 2, k), 0, 0);
        assert_near(on_sheet(&sheet, 3, 3, k), 0, 0);
    }
    free(made);
    free(sheet.pixels);
}

/* Fewer pictures than columns make a sheet as wide as they are. */
static void sheets_are_no_wider_than_needed(void **state) {
    gt_error err = {0};
    gt_reconstruction got = {0};
    gt_png sheet = {0};
    (void)state;
    const gt_reconstruct_settings settings = settings_for("test", 2);
    assert_ok(reconstruct(run, &settings, &got, &err), err);
    assert_ok(read_png(settings.out, &sheet, &err), err);
    assert_int_equal(sheet.width, 2 * CELL + PADDING);
    assert_int_equal(sheet.height, 2 * CELL + PADDING);
    free(sheet.pixels);
}

/* ---- What is refused -----------------------------------------------------------------------
 */

static void expect_refusal(const char *path, const gt_reconstruct_settings *settings,
                           gt_status status, const char *says) {
    gt_error err = {0};
    gt_reconstruction got = {0};
    assert_int_equal(reconstruct(path, settings, &got, &err), status);
    assert_has(err.text, says);
    assert_false(is_there(settings->out));
}

static void refuses(void **state) {
    (void)state;
    gt_reconstruct_settings settings = settings_for("validation", 4);
    settings.data = make_picture_set((made_pictures){.name = "few.h5", .rows = 5});
    expect_refusal(run, &settings, GT_BAD_ARGUMENT, "few.h5 has no rows in split validation");
    settings.split = "any";
    settings.data = make_picture_set((made_pictures){.name = "large.h5", .side = 20});
    expect_refusal(run, &settings, GT_BAD_SHAPE, "has images of 1x20x20");
    settings.data = make_picture_set((made_pictures){.name = "nvss.h5", .survey = "NVSS"});
    expect_refusal(run, &settings, GT_MISMATCH, "differ in survey (NVSS and FIRST)");
    settings.data = make_picture_set((made_pictures){
        .name = "odd.h5", .rows = 5, .is_float = true, .odd_row = 3, .odd = 300});
    expect_refusal(run, &settings, GT_BAD_ARGUMENT, "row 3: a pixel is 300, expected");
    settings.data = in_folder("nothing.h5");
    expect_refusal(run, &settings, GT_NOT_FOUND, "nothing.h5");
    settings.data = data;
    settings.colours = "grey";
    expect_refusal(run, &settings, GT_NOT_FOUND, "grey");
    settings.colours = "gray";
    expect_refusal(flow, &settings, GT_BAD_SHAPE, "has images of 1x16x16");
    settings.out = in_folder("no/r.png");
    expect_refusal(run, &settings, GT_NOT_FOUND, "no/r.png");
}

/* A float set that does not say its range is refused by a run that learned from a declared one:
 * its values would be taken for levels. */
static void refuses_undeclared_floats(void **state) {
    (void)state;
    const char *floats = make_picture_set(
        (made_pictures){.name = "f.h5", .rows = 24, .is_float = true, .range = {-1, 3}});
    const char *own = make_vdvae(floats, "own");
    gt_reconstruct_settings settings = settings_for("any", 4);
    settings.data =
        make_picture_set((made_pictures){.name = "u.h5", .rows = 5, .is_float = true});
    expect_refusal(own, &settings, GT_MISMATCH, "does not declare the range of its pixels");
    settings.data = make_picture_set(
        (made_pictures){.name = "other.h5", .rows = 5, .is_float = true, .range = {0, 3}});
    expect_refusal(own, &settings, GT_MISMATCH, "differ in range of pixels (0:3 and -1:3)");
}

/* Bytes of the run's levels, with the columns of their rows and two more. */
static void writes_pictures_with_their_columns(void **state) {
    static const uint64_t rows[] = {3, 7, 11};
    gt_error err = {0};
    gt_reconstruction got = {0};
    gt_dataset *set = NULL;
    gt_reconstruct_settings settings = settings_for("test", 3);
    float *made = expected_levels(rows, 3), pixels[3 * PICTURE_VALUES];
    (void)state;
    settings.out = kept_path("r.h5");
    assert_ok(reconstruct(run, &settings, &got, &err), err);
    assert_ok(gt_dataset_open(settings.out, &set, &err), err);
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_true(info->count == 3 && info->type == GT_PIXEL_U8 && info->field_count == 2);
    assert_string_equal(info->fields[0].name, "data_row");
    assert_string_equal(info->fields[1].description, "of the reconstruction, in dB");
    assert_ok(gt_dataset_read(set, 0, 3, pixels, &err), err);
    for (size_t i = 0; i < 3 * PICTURE_VALUES; i++)
        assert_true(pixels[i] == rintf(fminf(fmaxf(made[i], 0), 255)));
    for (uint64_t i = 0; i < 3; i++) {
        const gt_field_value *values;
        const char *ids;
        assert_ok(gt_dataset_values(set, i, &values, &err), err);
        assert_ok(gt_dataset_ids(set, &ids, &err), err);
        assert_int_equal(values[0].integer, rows[i]);
        assert_near(values[1].real, psnr_of(rows[i], made + i * PICTURE_VALUES), 1e-3);
        assert_string_equal(ids + i * (info->id_length + 1), picture_row(rows[i]).id);
    }
    gt_dataset_close(set);
    free(made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(takes_rows_of_the_split),         TEST(takes_rows_without_splits),
        TEST(ratios_do_not_depend_on_batches), TEST(draws_pictures_over_reconstructions),
        TEST(sheets_are_no_wider_than_needed), TEST(refuses),
        TEST(refuses_undeclared_floats),       TEST(writes_pictures_with_their_columns),
    };
    return cmocka_run_group_tests(tests, make_all, end_kept);
}
