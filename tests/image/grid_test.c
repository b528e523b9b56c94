/* Sheets of pictures: every pixel where it belongs, colours, captions, limits. */
#include "grid.h"
#include "gt_test.h"

static uint8_t at(const gt_sheet *sheet, size_t x, size_t y, size_t c) {
    assert_true(x < sheet->width && y < sheet->height && c < sheet->channels);
    return sheet->pixels[(y * sheet->width + x) * sheet->channels + c];
}

/* 5 pictures of 2 x 3 in 3 columns; the value tells picture, line and column. */
static void every_pixel_lands_in_its_cell(void **state) {
    enum { N = 5, H = 2, W = 3, COLUMNS = 3, FACTOR = 4, PADDING = 2 };
    float images[N * H * W];
    gt_sheet sheet;
    gt_error err;
    for (int i = 0; i < N * H * W; i++) images[i] = (float)i;
    gt_grid_options options = gt_grid_options_default();
    options.columns = COLUMNS, options.upscale = FACTOR, options.padding = PADDING;
    options.low = 0.0f, options.high = 255.0f, options.background = 200;
    assert_ok(gt_grid_draw(N, 1, H, W, images, &options, &sheet, &err), err);
    assert_int_equal(sheet.channels, 1);
    assert_int_equal(sheet.width, 3 * (3 * 4 + 2) + 2);
    assert_int_equal(sheet.height, 2 * (2 * 4 + 2) + 2);
    size_t background = 0;
    for (size_t y = 0; y < sheet.height; y++) {
        for (size_t x = 0; x < sheet.width; x++) {
            size_t column = x / (W * FACTOR + PADDING), row = y / (H * FACTOR + PADDING);
            size_t dx = x % (W * FACTOR + PADDING), dy = y % (H * FACTOR + PADDING);
            size_t index = row * COLUMNS + column, want = 200;
            if (dx >= PADDING && dy >= PADDING && column < COLUMNS && index < N)
                want = index * H * W + (dy - PADDING) / FACTOR * W + (dx - PADDING) / FACTOR;
            background += want == 200;
            assert_int_equal(at(&sheet, x, y, 0), want);
        }
    }
    assert_int_equal(background, sheet.width * sheet.height - N * H * W * FACTOR * FACTOR);
    gt_sheet_destroy(&sheet);
    gt_sheet_destroy(&sheet); /* empty now */
}

static void range_is_stretched_and_clamped(void **state) {
    float values[] = {-3.0f, -2.0f, 0.0f, 2.0f, 9.0f};
    uint8_t want[] = {0, 0, 128, 255, 255};
    gt_grid_options options = gt_grid_options_default();
    gt_sheet sheet;
    gt_error err;
    options.columns = 5, options.upscale = 1, options.padding = 0;
    options.low = -2.0f, options.high = 2.0f;
    assert_ok(gt_grid_draw(5, 1, 1, 1, values, &options, &sheet, &err), err);
    for (size_t i = 0; i < 5; i++) assert_int_equal(at(&sheet, i, 0, 0), want[i]);
    gt_sheet_destroy(&sheet);
}

static void colour_pictures_keep_their_planes(void **state) {
    float image[] = {0.0f, 0.2f, 0.4f, 0.6f, 0.8f, 1.0f}; /* (3, 1, 2) */
    gt_grid_options options = gt_grid_options_default();
    gt_sheet sheet;
    gt_error err;
    options.upscale = 1, options.padding = 0;
    assert_ok(gt_grid_draw(1, 3, 1, 2, image, &options, &sheet, &err), err);
    uint8_t want[] = {0, 102, 204, 51, 153, 255};
    assert_int_equal(sheet.channels, 3);
    assert_memory_equal(sheet.pixels, want, sizeof want);
    gt_sheet_destroy(&sheet);
}

/* Whatever order a set has its bands in, the longest wavelength is red. */
static void bands_are_seen_as_colours(void **state) {
    static const struct {
        const char *bands;
        int order[3];
    } rows[] = {{"g,r,z", {2, 1, 0}}, {"z,r,g", {0, 1, 2}}, {"r,i,g", {1, 0, 2}},
                {"J,u,K", {2, 0, 1}}, {NULL, {0, 1, 2}},    {"red,green,blue", {0, 1, 2}},
                {"r,g,b", {0, 1, 2}}, {"g,g,g", {0, 1, 2}}, {"g,r", {0, 1, 2}}};
    float image[] = {0.0f, 0.2f, 0.4f};
    gt_grid_options options = gt_grid_options_default();
    gt_sheet sheet;
    gt_error err;
    options.upscale = 1, options.padding = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int order[3];
        gt_colour_order(rows[i].bands, order);
        assert_memory_equal(order, rows[i].order, sizeof order);
        options.bands = rows[i].bands;
        assert_ok(gt_grid_draw(1, 3, 1, 1, image, &options, &sheet, &err), err);
        for (size_t c = 0; c < 3; c++) assert_int_equal(at(&sheet, 0, 0, c), 51 * order[c]);
        gt_sheet_destroy(&sheet);
    }
}

static void sheets_are_nearly_square(void **state) {
    static float images[17];
    gt_grid_options options = gt_grid_options_default();
    gt_error err;
    options.upscale = 1, options.padding = 0;
    for (size_t n = 1; n <= 17; n++) {
        gt_sheet sheet;
        assert_ok(gt_grid_draw(n, 1, 1, 1, images, &options, &sheet, &err), err);
        assert_true(sheet.width * sheet.height >= n);
        assert_true(sheet.width == sheet.height || sheet.width == sheet.height + 1);
        assert_true(sheet.width * (sheet.height - 1) < n);
        gt_sheet_destroy(&sheet);
    }
}

static double luminance(const uint8_t rgb[3]) {
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
}

static void heat_gets_brighter_all_the_way(void **state) {
    uint8_t before[3], now[3];
    gt_colour_map map;
    gt_error err;
    assert_ok(gt_colour_map_find("heat", &map, &err), err);
    gt_colour_at(map, 0.0, before);
    assert_true(luminance(before) == 0.0);
    for (int i = 1; i <= 64; i++) {
        gt_colour_at(map, i / 64.0, now);
        assert_true(luminance(now) > luminance(before));
        memcpy(before, now, sizeof now);
    }
    gt_colour_at(map, 7.0, now);
    assert_memory_equal(now, before, 3); /* clamped */
    gt_colour_at(GT_COLOURS_GRAY, 0.5, now);
    assert_true(now[0] == 128 && now[1] == 128 && now[2] == 128);
    assert_int_equal(gt_colour_map_find("jet", &map, &err), GT_NOT_FOUND);
    assert_string_equal(err.text, "colours 'jet', expected 'gray' or 'heat'");
}

static void heat_makes_a_colour_sheet(void **state) {
    float image[] = {0.0f, 0.5f, 1.0f};
    gt_grid_options options = gt_grid_options_default();
    gt_sheet sheet;
    gt_error err;
    options.upscale = 1, options.padding = 0, options.colours = GT_COLOURS_HEAT;
    assert_ok(gt_grid_draw(1, 1, 1, 3, image, &options, &sheet, &err), err);
    for (int i = 0; i < 3; i++) {
        uint8_t want[3];
        /* The palette has 256 steps: 0.5 becomes step 128. */
        gt_colour_at(GT_COLOURS_HEAT, i == 1 ? 128.0 / 255.0 : 0.5 * i, want);
        assert_memory_equal(sheet.pixels + 3 * i, want, 3);
    }
    gt_sheet_destroy(&sheet);
}

/* The letter I has a stem in its middle column; "II" in a column of 7 pixels loses its second.
 */
static void captions_are_drawn_and_cut(void **state) {
    static float images[2 * 7 * 7];
    const char *captions[] = {"II", "i"};
    gt_grid_options options = gt_grid_options_default();
    gt_sheet sheet;
    gt_error err;
    options.columns = 2, options.upscale = 1, options.padding = 0, options.captions = captions;
    assert_ok(gt_grid_draw(2, 1, 7, 7, images, &options, &sheet, &err), err);
    assert_int_equal(sheet.height, 7 + 11);
    size_t ink = 0;
    for (size_t y = 0; y < 11; y++)
        for (size_t x = 0; x < 14; x++) ink += at(&sheet, x, y, 0) == 255;
    assert_int_equal(ink, 2 * (3 + 5 + 3));
    for (size_t y = 2; y < 9; y++) {
        assert_int_equal(at(&sheet, 2, y, 0), 255);
        assert_int_equal(at(&sheet, 9, y, 0), 255); /* lower case looks the same */
    }
    gt_sheet_destroy(&sheet);
}

static void any_bytes_can_be_a_caption(void **state) {
    static float image[200 * 8];
    char text[256];
    for (int i = 0; i < 255; i++) text[i] = (char)(i + 1);
    text[255] = '\0';
    const char *captions[] = {text};
    gt_grid_options options = gt_grid_options_default();
    gt_sheet sheet;
    gt_error err;
    options.columns = 1, options.upscale = 10, options.captions = captions;
    assert_ok(gt_grid_draw(1, 1, 8, 200, image, &options, &sheet, &err), err);
    gt_sheet_destroy(&sheet);
}

static void wrong_input_is_named(void **state) {
    float image[] = {0.0f, NAN};
    const char *captions[] = {"a"};
    gt_sheet sheet;
    gt_error err;
    const gt_grid_options good = gt_grid_options_default();
    gt_grid_options o = good;
    assert_int_equal(gt_grid_draw(0, 1, 1, 1, image, &o, &sheet, &err), GT_BAD_ARGUMENT);
    assert_int_equal(gt_grid_draw(1, 2, 1, 1, image, &o, &sheet, &err), GT_BAD_ARGUMENT);
    assert_string_equal(err.text, "2 channels, expected 1 or 3");
    assert_int_equal(gt_grid_draw(1, 1, 0, 1, image, &o, &sheet, &err), GT_BAD_ARGUMENT);
    assert_int_equal(gt_grid_draw(2, 1, 1, 1, image, &o, &sheet, &err), GT_NOT_FINITE);
    assert_string_equal(err.text, "picture 1: value 0 is nan, expected a finite number");
    o.upscale = 65;
    assert_int_equal(gt_grid_draw(1, 1, 1, 1, image, &o, &sheet, &err), GT_BAD_ARGUMENT);
    o = good, o.padding = 257;
    assert_int_equal(gt_grid_draw(1, 1, 1, 1, image, &o, &sheet, &err), GT_BAD_ARGUMENT);
    o = good, o.low = 1.0f;
    assert_int_equal(gt_grid_draw(1, 1, 1, 1, image, &o, &sheet, &err), GT_BAD_ARGUMENT);
    o = good, o.high = INFINITY;
    assert_int_equal(gt_grid_draw(1, 1, 1, 1, image, &o, &sheet, &err), GT_BAD_ARGUMENT);
    o = good, o.captions = captions;
    assert_int_equal(gt_grid_draw(1, 1, 1, 1, image, &o, &sheet, &err), GT_BAD_ARGUMENT);
    assert_string_equal(err.text, "captions need a number of columns");
    o = good, o.columns = (size_t)1 << 40;
    assert_int_equal(gt_grid_draw(1, 1, 1, 1, image, &o, &sheet, &err), GT_BAD_ARGUMENT);
    o = good, o.columns = 1 << 20, o.upscale = 64;
    assert_int_equal(gt_grid_draw(1, 1, 64, 64, image, &o, &sheet, &err), GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "2^31 - 1 bytes"));
}

/* Below each picture its text and nothing else; the pictures move down by one line a row. */
static void labels_stand_below_their_pictures(void **state) {
    float images[4 * 32 * 32] = {0};
    const char *labels[] = {"AB", NULL, "", "0.987"};
    gt_grid_options options = gt_grid_options_default();
    gt_sheet sheet;
    gt_error err;
    options.upscale = 1, options.padding = 2, options.columns = 2, options.labels = labels;
    assert_ok(gt_grid_draw(4, 1, 32, 32, images, &options, &sheet, &err), err);
    assert_int_equal(sheet.height, 2 * (32 + 2 + 11) + 2);
    size_t ink[4] = {0};
    for (size_t y = 0; y < sheet.height; y++)
        for (size_t x = 0; x < sheet.width; x++) {
            if (at(&sheet, x, y, 0) != 255) continue;
            assert_true(y % 45 >= 34);
            ink[y / 45 * 2 + x / 34]++;
        }
    assert_true(ink[0] > 20 && ink[1] == 0 && ink[2] == 0 && ink[3] > ink[0]);
    gt_sheet_destroy(&sheet);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pixel_lands_in_its_cell),
        cmocka_unit_test(range_is_stretched_and_clamped),
        cmocka_unit_test(colour_pictures_keep_their_planes),
        cmocka_unit_test(bands_are_seen_as_colours),
        cmocka_unit_test(sheets_are_nearly_square),
        cmocka_unit_test(heat_gets_brighter_all_the_way),
        cmocka_unit_test(heat_makes_a_colour_sheet),
        cmocka_unit_test(captions_are_drawn_and_cut),
        cmocka_unit_test(any_bytes_can_be_a_caption),
        cmocka_unit_test(wrong_input_is_named),
        cmocka_unit_test(labels_stand_below_their_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
