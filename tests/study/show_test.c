/* Sheets of several sets: whose pictures lie where, of which rows, in which size, range and
 * colours, and what is refused. */
#include "galatea/image.h"
#include "png_file.h"
#include "show.h"
#include "study_pictures.h"

enum { SIDE = PICTURE_SIDE, SCALE = 2, PADDING = 2, STEP = SCALE * SIDE + PADDING };

static gt_error err;
static gt_show_settings settings;

static gt_status show(const char *const *words, size_t count, size_t *pictures) {
    gt_invocation asked;
    gt_context context = make_context(&asked, "tell");
    gt_status status = gt_show_write(&context, words, count, &settings, pictures, &err);
    end_context(&context);
    return status;
}

static int begin(void **state) {
    int failed = make_temp_folder(state);
    settings = (gt_show_settings){
        .split = "auto", .out = kept_path("s.png"), .colours = "gray", .count = 3};
    return failed;
}

static gt_png load(void) {
    gt_png sheet;
    assert_ok(read_png(settings.out, &sheet, &err), err);
    return sheet;
}

/* The level of a pixel of the picture in a row and column of the sheet of `rows`. */
static int level(const gt_png *sheet, size_t rows, size_t row, size_t column, size_t channel,
                 size_t pixel) {
    size_t each = (sheet->height - PADDING) / rows;
    size_t y = PADDING + row * each + SCALE * (pixel / SIDE),
           x = PADDING + column * STEP + SCALE * (pixel % SIDE);
    return (int)sheet->pixels[(channel * sheet->height + y) * sheet->width + x];
}

static void assert_shows(const gt_png *sheet, size_t rows, size_t row, size_t column,
                         uint64_t number) {
    float levels[PICTURE_VALUES];
    picture(number, SIDE, levels);
    for (size_t i = 0; i < PICTURE_VALUES; i++)
        for (size_t c = 0; c < sheet->channels; c++) {
            int found = level(sheet, rows, row, column, c, i);
            if (abs(found - (int)levels[i]) > 1)
                fail_msg("picture %d, pixel %zu: %d, expected %g", (int)number, i, found,
                         (double)levels[i]);
        }
}

/* A row for each set, test rows where a set has some; a set without splits from its first. */
static void test_rows_and_splits(void **state) {
    const char *words[] = {
        make_picture_set((made_pictures){"a.h5"}),
        make_picture_set((made_pictures){"b.h5", .first = 100, .is_bare = true})};
    size_t pictures = 0;
    assert_ok(show(words, 2, &pictures), err);
    assert_int_equal(pictures, 6);
    gt_png sheet = load();
    assert_int_equal(sheet.width, 3 * STEP + PADDING);
    for (size_t i = 0; i < 3; i++) {
        assert_shows(&sheet, 2, 0, i, 3 + 4 * i);
        assert_shows(&sheet, 2, 1, i, 100 + i);
    }
    free(sheet.pixels);
    settings.split = "any";
    settings.rows = "5,1";
    assert_ok(show(words, 2, &pictures), err);
    sheet = load();
    assert_int_equal(pictures, 4);
    assert_shows(&sheet, 2, 0, 0, 5);
    assert_shows(&sheet, 2, 1, 1, 101);
    free(sheet.pixels);
}

/* A shorter set leaves black places at the end of its row, and no other's. */
static void test_short_rows(void **state) {
    const char *words[] = {
        make_picture_set((made_pictures){"a.h5", .rows = 2, .is_bare = true}),
        make_picture_set((made_pictures){"b.h5", .first = 50, .is_bare = true})};
    size_t pictures = 0;
    assert_ok(show(words, 2, &pictures), err);
    assert_int_equal(pictures, 5);
    gt_png sheet = load();
    assert_shows(&sheet, 2, 0, 1, 1);
    for (size_t i = 0; i < PICTURE_VALUES; i++)
        assert_int_equal(level(&sheet, 2, 0, 2, 0, i), 0);
    assert_shows(&sheet, 2, 1, 2, 52);
    free(sheet.pixels);
}

/* Larger and coloured pictures beside small gray ones; floats in the range of their set. */
static void test_sizes_colours_and_ranges(void **state) {
    const char *words[] = {
        make_picture_set((made_pictures){"a.h5", .is_bare = true}),
        make_picture_set((made_pictures){"c.h5", .channels = 3, .is_bare = true}),
        make_picture_set(
            (made_pictures){"f.h5", .is_bare = true, .is_float = true, .range = {-1, 1}}),
        make_picture_set((made_pictures){"w.h5", .side = 2 * SIDE, .is_bare = true})};
    size_t pictures = 0;
    assert_ok(show(words, 4, &pictures), err);
    gt_png sheet = load();
    assert_shows(&sheet, 4, 0, 0, 0);
    assert_shows(&sheet, 4, 2, 1, 1);
    float wide[4 * PICTURE_VALUES], small[PICTURE_VALUES];
    picture(2, 2 * SIDE, wide);
    assert_ok(gt_image_resize(wide, 1, 2 * SIDE, 2 * SIDE, SIDE, SIDE, small, &err), err);
    for (size_t i = 0; i < PICTURE_VALUES; i++)
        assert_near(level(&sheet, 4, 3, 2, 0, i), small[i], 1);
    free(sheet.pixels);
}

/* Red is the longest wavelength, in whatever order a set has its bands. */
static void test_bands_are_colours(void **state) {
    const char *words[] = {
        make_picture_set((made_pictures){"a.h5", .channels = 3, .is_bare = true,
                                         .bands = "g,r,z", .has_colours = true}),
        make_picture_set((made_pictures){"b.h5", .channels = 3, .is_bare = true,
                                         .bands = "z,r,g", .has_colours = true}),
        make_picture_set(
            (made_pictures){"c.h5", .channels = 3, .is_bare = true, .has_colours = true})};
    static const int expected[3][3] = {{100, 50, 0}, {0, 50, 100}, {0, 50, 100}};
    size_t pictures = 0;
    assert_ok(show(words, 3, &pictures), err);
    gt_png sheet = load();
    for (size_t row = 0; row < 3; row++)
        for (size_t c = 0; c < 3; c++)
            assert_int_equal(level(&sheet, 3, row, 1, c, 40), expected[row][c]);
    free(sheet.pixels);
}

/* Of 100 rows, all but one as dark, one in the last third is looked at as well. */
static void test_rows_all_over_tell_levels(void **state) {
    const char *words[] = {make_picture_set((made_pictures){
        "late.h5", .is_bare = true, .rows = 100, .is_unit = true, .odd_row = 70, .odd = 200})};
    size_t pictures = 0;
    assert_ok(show(words, 1, &pictures), err);
    assert_true(pictures > 0);
    words[0] = make_picture_set(
        (made_pictures){"dim.h5", .is_bare = true, .is_unit = true, .odd_row = 3, .odd = 1.25});
    remarks_begin();
    assert_ok(show(words, 1, &pictures), err);
    gt_log_to(NULL, NULL);
    assert_has(remarks,
               "dim.h5: pixels from 0.0784314 to 1.25, which is nearly black, expected");
}

static void refused(const char *word, gt_status status, const char *text) {
    size_t pictures = 0;
    const char *words[] = {make_picture_set((made_pictures){"a.h5"}), word};
    assert_int_equal(show(words, 2, &pictures), status);
    assert_has(err.text, text);
    assert_int_equal(access(settings.out, F_OK), -1);
}

static void test_refusals(void **state) {
    const char *good = make_picture_set((made_pictures){"b.h5", .is_bare = true});
    refused(kept_path("none.h5"), GT_NOT_FOUND, "none.h5");
    refused(make_picture_set((made_pictures){"two.h5", .channels = 2}), GT_BAD_SHAPE,
            "two.h5 has pictures of 2 channels, expected 1 or 3");
    refused(make_picture_set((made_pictures){"nan.h5", .is_bare = true, .is_float = true,
                                             .odd_row = 1, .odd = NAN}),
            GT_NOT_FINITE, "nan.h5");
    refused(make_picture_set((made_pictures){"unit.h5", .is_unit = true}), GT_BAD_ARGUMENT,
            "unit.h5: pixels from 0.0784314 to 0.");
    settings.split = "validation";
    refused(make_picture_set((made_pictures){"few.h5", .rows = 4}), GT_BAD_ARGUMENT,
            "few.h5 has no rows in split validation");
    settings.rows = "3,50";
    refused(good, GT_BAD_ARGUMENT, "row 50 is none of them");
    settings.rows = "x";
    refused(good, GT_USAGE, "rows x: expected rows as 3,7-9");
}

#define SHOWN(f) cmocka_unit_test_setup_teardown(f, begin, remove_temp_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        SHOWN(test_rows_and_splits),           SHOWN(test_short_rows),
        SHOWN(test_sizes_colours_and_ranges),  SHOWN(test_bands_are_colours),
        SHOWN(test_rows_all_over_tell_levels), SHOWN(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
