/* Codes of sets of pictures against the model's own graph, picture by picture; their columns
 * and records; averages over orientations; and calls that go on by what a former one left. */
#include "encoding.h"

#include "galatea/run.h"
#include "run_use.h"
#include "study_pictures.h"

enum { BATCH = 8 };

/* By which equal codes may differ in rounding: those of two pictures differ by 6e-4. */
static const double WITHIN = 1e-7;

static const char *data, *run;
static size_t width;

static int make_all(void **state) {
    (void)state;
    begin_kept();
    data = make_picture_set((made_pictures){.name = "set.h5", .survey = "FIRST", .scale = 1.8});
    run = make_vdvae(data, "run");
    return 0;
}

/* ---- What codes are, computed without the study --------------------------------------------
 */

/* The picture laid otherwise: mirrored left to right first, then upside down, then turned about
 * the main diagonal. */
static void lay(const float *in, bool mirror, bool upset, bool transpose, float *out) {
    for (size_t y = 0; y < PICTURE_SIDE; y++)
        for (size_t x = 0; x < PICTURE_SIDE; x++) {
            size_t u = mirror ? PICTURE_SIDE - 1 - x : x, v = upset ? PICTURE_SIDE - 1 - y : y;
            out[transpose ? x * PICTURE_SIDE + y : y * PICTURE_SIDE + x] =
                in[v * PICTURE_SIDE + u];
        }
}

/* Codes (rows, width) of pictures first .. first + rows - 1: means over `ways` orientations
 * (1, 4 or 8), each picture by itself. */
static double *expected_codes(uint64_t first, size_t rows, int ways) {
    gt_error err = {0};
    gt_run *opened = NULL;
    gt_inference *inference = NULL;
    const float *code = NULL;
    float levels[PICTURE_VALUES], laid[PICTURE_VALUES];
    assert_ok(gt_run_open(run, &opened, &err), err);
    assert_ok(gt_inference_create_encoder(opened, 1, 1, &inference, &err), err);
    width = gt_inference_width(inference);
    double *codes = calloc(rows, width * sizeof *codes);
    for (size_t i = 0; i < rows; i++) {
        picture(first + i, PICTURE_SIDE, levels);
        for (int w = 0; w < ways; w++) {
            lay(levels, w & 1, w & 2, w & 4, laid);
            assert_ok(gt_inference_run(inference, laid, 1, 0, i, &code, &err), err);
            for (size_t k = 0; k < width; k++) codes[i * width + k] += (double)code[k] / ways;
        }
    }
    gt_inference_destroy(inference);
    gt_run_close(opened);
    return codes;
}

/* ---- At work -------------------------------------------------------------------------------
 */

static gt_encode_settings settings_for(const char *set, const char *out) {
    return (gt_encode_settings){
        .data = set, .out = out, .average = "none", .batch = BATCH, .exact = true, .seed = 1};
}

static gt_status encode_with(const gt_encode_settings *settings, const char *key,
                             const char *value, gt_error *err) {
    use_settings u;
    gt_encoded made = {0};
    begin_use_of(&u, "vdvae", false);
    if (key) set_use(&u, key, value);
    gt_status status = gt_encode_set(&u.context, run, settings, u.values, &made, err);
    end_use(&u);
    return status;
}

static const char *encode(const gt_encode_settings *settings) {
    gt_error err = {0};
    assert_ok(encode_with(settings, NULL, NULL, &err), err);
    return settings->out;
}

static void assert_codes(const char *path, const double *expected, size_t rows, double within) {
    size_t count = 0, values = 0;
    float *codes = values_in(path, &count, &values);
    assert_int_equal(count, rows);
    assert_int_equal(values, width);
    for (size_t i = 0; i < rows * width; i++)
        assert_near((double)codes[i], expected[i], within);
    free(codes);
}

static double spread_of(const double *codes, size_t rows) {
    double largest = 0;
    for (size_t i = 1; i < rows; i++)
        for (size_t k = 0; k < width; k++)
            largest = fmax(largest, fabs(codes[i * width + k] - codes[k]));
    return largest;
}

/* Row by row what the network says of the picture, whatever the batches: 40 rows are whole
 * batches of 8 and of 1, and end with a part of one of 7 and of 64. */
static void codes_are_the_models(void **state) {
    static const int64_t batches[] = {0, 1, 7, 8, 64};
    double *expected = expected_codes(0, PICTURE_ROWS, 1);
    (void)state;
    assert_true(spread_of(expected, PICTURE_ROWS) > 1000 * WITHIN); /* rows are told apart */
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        gt_encode_settings settings = settings_for(data, kept_path("codes.h5"));
        settings.batch = batches[i];
        assert_codes(encode(&settings), expected, PICTURE_ROWS, WITHIN);
    }
    free(expected);
}

/* Over the picture and its mirror images, and over all eight ways to lay it. */
static void averages_over_orientations(void **state) {
    static const struct {
        const char *name;
        int ways;
    } cases[] = {{"none", 1}, {"flips", 4}, {"all", 8}};
    double *codes[3];
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        gt_encode_settings settings = settings_for(data, kept_path("codes.h5"));
        settings.average = cases[i].name;
        codes[i] = expected_codes(0, PICTURE_ROWS, cases[i].ways);
        assert_codes(encode(&settings), codes[i], PICTURE_ROWS, WITHIN);
    }
    double by_flips = 0, by_turns = 0;
    for (size_t k = 0; k < PICTURE_ROWS * width; k++) {
        by_flips = fmax(by_flips, fabs(codes[0][k] - codes[1][k]));
        by_turns = fmax(by_turns, fabs(codes[1][k] - codes[2][k]));
    }
    assert_true(by_flips > 50 * WITHIN && by_turns > 50 * WITHIN); /* so that one is no other */
    for (size_t i = 0; i < 3; i++) free(codes[i]);
}

/* All columns come along, row by row, with what is known of the pictures. */
static void keeps_columns(void **state) {
    gt_error err = {0};
    gt_dataset *codes = NULL;
    gt_row_columns columns;
    (void)state;
    const char *some = make_picture_set(
        (made_pictures){.name = "some.h5", .rows = 21, .first = 5, .survey = "FIRST"});
    gt_encode_settings settings = settings_for(some, kept_path("codes.h5"));
    assert_ok(gt_codes_open(encode(&settings), &codes, &err), err);
    const gt_dataset_info *info = gt_dataset_describe(codes);
    assert_int_equal(info->count, 21);
    assert_int_equal(info->class_count, 2);
    assert_string_equal(info->class_names[1], two_classes[1]);
    assert_string_equal(info->survey, "FIRST");
    assert_has(info->learned_from, "FIRST, 1.8 arcsec per pixel");
    assert_ok(gt_row_columns_read(codes, GT_COLUMNS_ALL, &columns, &err), err);
    for (uint64_t i = 0; i < 21; i++) {
        const gt_dataset_row got = gt_row_columns_at(&columns, i), want = picture_row(5 + i);
        assert_int_equal(got.label, want.label);
        assert_int_equal(got.split, want.split);
        assert_near(got.ra, want.ra, 0);
        assert_near(got.dec, want.dec, 0);
        assert_near(got.angular_size, want.angular_size, 0);
        assert_string_equal(got.id, want.id);
    }
    gt_dataset_close(codes);
}

static void needs_no_columns(void **state) {
    gt_error err = {0};
    gt_dataset *codes = NULL;
    double *expected = expected_codes(0, 3, 1);
    (void)state;
    const char *bare =
        make_picture_set((made_pictures){.name = "bare.h5", .rows = 3, .is_bare = true});
    gt_encode_settings settings = settings_for(bare, kept_path("codes.h5"));
    assert_codes(encode(&settings), expected, 3, WITHIN);
    assert_ok(gt_codes_open(settings.out, &codes, &err), err);
    assert_int_equal(gt_dataset_describe(codes)->columns, 0);
    assert_null(gt_dataset_describe(codes)->survey);
    gt_dataset_close(codes);
    free(expected);
}

/* What made the codes: the run with its epoch, or that it learned nothing; and the record of
 * the training goes along. */
static void remembers_the_maker(void **state) {
    (void)state;
    for (int untrained = 0; untrained < 2; untrained++) {
        gt_error err = {0};
        gt_dataset *codes = NULL;
        gt_encode_settings settings = settings_for(data, kept_path("codes.h5"));
        settings.untrained = untrained;
        assert_ok(gt_codes_open(encode(&settings), &codes, &err), err);
        const gt_dataset_info *info = gt_dataset_describe(codes);
        assert_has(info->model, untrained ? "vdvae, untrained" : "vdvae, epoch ");
        assert_has(info->model, run);
        assert_has(info->provenance, "\"training\": {\"command\": \"galatea train\"");
        assert_has(info->provenance, data);
        gt_dataset_close(codes);
    }
}

/* Weights that learned nothing follow from their seed, and from nothing else. */
static void draws_first_weights_by_seed(void **state) {
    static const int64_t seeds[] = {1, 1, 2};
    float *codes[3];
    size_t count = 0;
    double by_seed = 0;
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        gt_encode_settings settings = settings_for(data, kept_path("codes.h5"));
        settings.untrained = true;
        settings.seed = seeds[i];
        codes[i] = values_in(encode(&settings), &count, &width);
    }
    assert_memory_equal(codes[0], codes[1], count * width * sizeof(float));
    for (size_t k = 0; k < count * width; k++)
        by_seed = fmax(by_seed, (double)fabsf(codes[0][k] - codes[2][k]));
    assert_true(by_seed > 1e-4);
    for (size_t i = 0; i < 3; i++) free(codes[i]);
}

/* A draw from the posterior is one of the row's own: the cut into batches does not matter, the
 * seed does. */
static void draws_belong_to_rows(void **state) {
    static const struct { int64_t batch, seed; } cases[] = {{8, 1}, {3, 1}, {8, 2}};
    float *codes[3];
    size_t count = 0;
    double by_seed = 0;
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        gt_error err = {0};
        gt_encode_settings settings = settings_for(data, kept_path("codes.h5"));
        settings.batch = cases[i].batch;
        settings.seed = cases[i].seed;
        assert_ok(encode_with(&settings, "code", "draw", &err), err);
        codes[i] = values_in(settings.out, &count, &width);
    }
    for (size_t k = 0; k < count * width; k++) {
        assert_near((double)codes[0][k], (double)codes[1][k], 1e-5);
        by_seed = fmax(by_seed, (double)fabsf(codes[0][k] - codes[2][k]));
    }
    assert_true(by_seed > 1e-2);
    for (size_t i = 0; i < 3; i++) free(codes[i]);
}

/* ---- Floats --------------------------------------------------------------------------------
 */

/* A run of pictures from -1 to 3 takes such pictures as it takes their levels. */
static void floats_are_levels(void **state) {
    static const gt_value_range range = {-1, 3};
    gt_error err = {0};
    gt_dataset *codes = NULL;
    (void)state;
    const char *bytes = make_picture_set((made_pictures){.name = "bytes.h5", .rows = 9}),
               *floats = make_picture_set((made_pictures){
                   .name = "floats.h5", .rows = 9, .is_float = true, .range = range});
    gt_encode_settings settings = settings_for(floats, kept_path("codes.h5"));
    double *expected = expected_codes(0, 9, 1);
    assert_codes(encode(&settings), expected, 9,
                 10 * WITHIN); /* levels are rounded to float32 */
    assert_ok(gt_codes_open(settings.out, &codes, &err), err);
    assert_near(gt_dataset_describe(codes)->range.low, -1, 0);
    gt_dataset_close(codes);
    settings.data = bytes;
    assert_codes(encode(&settings), expected, 9, WITHIN);
    free(expected);
}

/* ---- What is refused -----------------------------------------------------------------------
 */

static void expect_refusal(const gt_encode_settings *settings, gt_status status,
                           const char *says) {
    gt_error err = {0};
    char parts[600];
    snprintf(parts, sizeof parts, "%s.parts", settings->out);
    assert_int_equal(encode_with(settings, NULL, NULL, &err), status);
    assert_has(err.text, says);
    assert_false(is_there(settings->out));
    assert_false(is_there(parts));
}

/* The row is named, also one of a later batch; nothing stays behind. */
static void refuses_pixels(void **state) {
    static const struct {
        float odd;
        gt_status status;
        const char *says;
    } cases[] = {{NAN, GT_NOT_FINITE, "row 19: a pixel is nan"},
                 {INFINITY, GT_NOT_FINITE, "row 19: a pixel is inf"},
                 {-1, GT_BAD_ARGUMENT, "row 19: a pixel is -1, expected"},
                 {256, GT_BAD_ARGUMENT, "row 19: a pixel is 256, expected"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *odd = make_picture_set((made_pictures){.name = "odd.h5",
                                                           .rows = 20,
                                                           .is_float = true,
                                                           .odd_row = 19,
                                                           .odd = cases[i].odd});
        const gt_encode_settings settings = settings_for(odd, kept_path("codes.h5"));
        expect_refusal(&settings, cases[i].status, cases[i].says);
        assert_int_equal(entries_in_folder(), 1); /* the set itself */
    }
}

static void refuses_sets(void **state) {
    (void)state;
    const char *out = kept_path("codes.h5");
    gt_encode_settings settings =
        settings_for(make_picture_set((made_pictures){.name = "large.h5", .side = 20}), out);
    expect_refusal(&settings, GT_BAD_SHAPE, "has images of 1x20x20");
    settings.data = make_picture_set((made_pictures){.name = "rgb.h5", .channels = 3});
    expect_refusal(&settings, GT_BAD_SHAPE, "has images of 3x16x16");
    settings.data = make_picture_set((made_pictures){.name = "unit.h5", .is_unit = true});
    expect_refusal(&settings, GT_BAD_ARGUMENT, "unit.h5: pixels from 0.0784314 to 0.");
    settings.data = make_set((made_set){.name = "c.h5", .rows = 9, .width = 4, .seed = 1});
    expect_refusal(&settings, GT_MISMATCH, "c.h5");
    settings.data = make_picture_set((made_pictures){.name = "nvss.h5", .survey = "NVSS"});
    expect_refusal(&settings, GT_MISMATCH, "differ in survey (NVSS and FIRST)");
    settings = settings_for(data, in_folder("no/such/codes.h5"));
    expect_refusal(&settings, GT_NOT_FOUND, "no/such/codes.h5");
}

/* ---- Going on ------------------------------------------------------------------------------
 */

/* Finished batches of a former call, whose record has this length and place in the file. */
static size_t record_size(void) {
    return 3 * sizeof(uint64_t) + BATCH * width * sizeof(float) + sizeof(uint64_t);
}

enum { HEAD = 40 }; /* bytes before the first record */

/* What a call leaves that is stopped when it begins its fifth and last batch. */
static char *stop_and_read_parts(const gt_encode_settings *settings, size_t *size) {
    char parts[600];
    gt_error err = {0};
    snprintf(parts, sizeof parts, "%s.parts", settings->out);
    assert_int_equal(encode_with(settings, NULL, NULL, &err), GT_INTERRUPTED);
    assert_has(err.text, "interrupted after 32 of 40 images; the same command goes on, by ");
    assert_has(err.text, parts);
    assert_false(is_there(settings->out));
    FILE *file = fopen(parts, "rb");
    assert_non_null(file);
    char *bytes = calloc(1, 1 << 16);
    *size = fread(bytes, 1, 1 << 16, file);
    fclose(file);
    assert_int_equal(*size, HEAD + 3 * record_size()); /* all but the first are kept */
    return bytes;
}

/* Asked whether to stop this often, the process says yes; 0: never. */
static int asked_until_stop;

int __wrap_gt_interrupt_pending(void);
int __wrap_gt_interrupt_pending(void) {
    return asked_until_stop > 0 && --asked_until_stop == 0 ? 2 : 0;
}

/* Stopped, and begun again with parts that are whole, cut, damaged, empty or gone: the bytes
 * are always those of a call that was not stopped, and the parts are gone behind it. */
static void goes_on_with_equal_bytes(void **state) {
    enum { WHOLE, CUT, FLIPPED, EMPTY, GONE, CASES };
    char parts[600];
    gt_error err = {0};
    (void)state;
    const gt_encode_settings settings = settings_for(data, kept_path("codes.h5"));
    const gt_encode_settings undisturbed = settings_for(data, kept_path("wanted.h5"));
    encode(&undisturbed);
    snprintf(parts, sizeof parts, "%s.parts", settings.out);
    for (int how = 0; how < CASES; how++) {
        size_t size = 0;
        asked_until_stop = 5;
        char *kept = stop_and_read_parts(&settings, &size);
        if (how == FLIPPED) kept[HEAD + record_size() + 30] ^= 1;
        if (how == CUT) size -= 9;
        if (how == GONE) assert_int_equal(remove(parts), 0);
        if (how != GONE) write_file(parts, kept, how == EMPTY ? 0 : size);
        remarks_begin();
        assert_ok(encode_with(&settings, NULL, NULL, &err), err);
        gt_log_to(NULL, NULL);
        bool has_some = how == WHOLE || how == CUT || how == FLIPPED;
        if (has_some)
            assert_has(remarks, "codes of a call that was interrupted, which goes on");
        if (!has_some) assert_string_equal(remarks, "");
        assert_same_file(settings.out, undisturbed.out);
        assert_false(is_there(parts));
        assert_int_equal(remove(settings.out), 0);
        free(kept);
    }
}

/* Other settings take over nothing: their codes are their own. */
static void takes_over_its_own_alone(void **state) {
    size_t size = 0;
    gt_error err = {0};
    (void)state;
    double *flips = expected_codes(0, PICTURE_ROWS, 4);
    gt_encode_settings settings = settings_for(data, kept_path("codes.h5"));
    asked_until_stop = 5;
    free(stop_and_read_parts(&settings, &size));
    settings.average = "flips";
    remarks_begin();
    assert_ok(encode_with(&settings, NULL, NULL, &err), err);
    gt_log_to(NULL, NULL);
    assert_string_equal(remarks, "");
    assert_codes(settings.out, flips, PICTURE_ROWS, WITHIN);
    free(flips);
}

/* Nor do other pictures, even where those of the first batch are the same. */
static void takes_over_no_other_pictures(void **state) {
    size_t size = 0, count = 0;
    gt_error err = {0};
    (void)state;
    const char *first = make_picture_set((made_pictures){.name = "a.h5", .is_float = true});
    const char *other = make_picture_set(
        (made_pictures){.name = "b.h5", .is_float = true, .odd_row = 20, .odd = 250});
    const gt_encode_settings undisturbed = settings_for(other, kept_path("wanted.h5"));
    gt_encode_settings settings = settings_for(first, kept_path("codes.h5"));
    float *wanted = values_in(encode(&undisturbed), &count, &width);
    asked_until_stop = 5;
    free(stop_and_read_parts(&settings, &size));
    settings.data = other;
    assert_ok(encode_with(&settings, NULL, NULL, &err), err);
    float *got = values_in(settings.out, &count, &width);
    assert_memory_equal(got, wanted, count * width * sizeof *got);
    free(got);
    free(wanted);
}

/* Before the first batch there is nothing to keep, and no file that says otherwise. */
static void leaves_nothing_before_the_first_batch(void **state) {
    gt_error err = {0};
    (void)state;
    const gt_encode_settings settings = settings_for(data, kept_path("codes.h5"));
    asked_until_stop = 1;
    assert_int_equal(encode_with(&settings, NULL, NULL, &err), GT_INTERRUPTED);
    assert_has(err.text, "interrupted after 0 of 40 images, no file written");
    assert_int_equal(entries_in_folder(), 0);
}

/* A file of another kind in the place of the parts is not written over. */
static void spares_files_in_the_place_of_parts(void **state) {
    gt_error err = {0};
    (void)state;
    const gt_encode_settings settings = settings_for(data, kept_path("codes.h5"));
    write_file(in_folder("codes.h5.parts"), "notes of mine", 13);
    assert_int_equal(encode_with(&settings, NULL, NULL, &err), GT_BAD_FORMAT);
    assert_has(err.text, "codes.h5.parts: expected the finished parts");
    assert_false(is_there(settings.out));
    char *notes = text_of(in_folder("codes.h5.parts"));
    assert_string_equal(notes, "notes of mine");
    free(notes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(codes_are_the_models),
        TEST(averages_over_orientations),
        TEST(keeps_columns),
        TEST(needs_no_columns),
        TEST(remembers_the_maker),
        TEST(draws_first_weights_by_seed),
        TEST(draws_belong_to_rows),
        TEST(floats_are_levels),
        TEST(refuses_pixels),
        TEST(refuses_sets),
        TEST(goes_on_with_equal_bytes),
        TEST(takes_over_its_own_alone),
        TEST(takes_over_no_other_pictures),
        TEST(leaves_nothing_before_the_first_batch),
        TEST(spares_files_in_the_place_of_parts),
    };
    return cmocka_run_group_tests(tests, make_all, end_kept);
}
