/* Sheets as figures: pixels in any form, texts that stay texts, a bar that tells a length. */
#include <math.h>

#include "file.h"
#include "galatea/figure.h"
#include "gt_test.h"
#include "temp_folder.h"

enum { ROWS = 2, COLUMNS = 3, SIDE = 20 };

static uint8_t pixels[ROWS * COLUMNS * SIDE * SIDE * 3];
static const char *labels[ROWS * COLUMNS], *captions[COLUMNS];

static gt_picture_sheet sheet(size_t channels) {
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(i * 7 % 251);
    return (gt_picture_sheet){.pixels = pixels,
                              .rows = ROWS,
                              .columns = COLUMNS,
                              .cell_height = SIDE,
                              .cell_width = SIDE,
                              .channels = channels,
                              .captions = captions,
                              .labels = labels};
}

static char *draw(const char *name, const gt_picture_sheet *drawn, size_t *size) {
    gt_error err = {0};
    char *bytes = NULL;
    const gt_figure figure = {.provenance = "{\"by\": \"test\"}"};
    assert_int_equal(setenv("TMPDIR", temp_folder, 1), 0);
    assert_ok(gt_figure_sheet(in_folder(name), &figure, drawn, &err), err);
    assert_ok(gt_file_load(in_folder(name), 1 << 24, &bytes, size, &err), err);
    return bytes;
}

static bool holds(const char *bytes, size_t size, const char *text) {
    return memmem(bytes, size, text, strlen(text)) != NULL;
}

static void texts_are_texts(void **state) {
    static const char *const hostile[] = {"`touch x`", "'; system('touch x') #", "\"; !touch x",
                                          "a\n!touch x", "<b>&"};
    size_t size;
    gt_picture_sheet s = sheet(1);
    captions[1] = "a column";
    labels[3] = "generated";
    s.note = "FIRST, 1.8 arcsec per pixel";
    s.pixel_arcsec = 1.8;
    char *bytes = draw("a.svg", &s, &size);
    assert_true(holds(bytes, size, "a column") && holds(bytes, size, "generated"));
    assert_true(holds(bytes, size, "FIRST, 1.8 arcsec per pixel"));
    assert_true(holds(bytes, size, ">10 arcsec<")); /* two fifths of 36 */
    free(bytes);
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        labels[3] = captions[1] = s.note = hostile[i];
        free(draw("a.svg", &s, &size));
        assert_int_equal(entries_in_folder(), 1);
    }
    labels[3] = captions[1] = NULL;
}

static void bars_are_round_lengths(void **state) {
    static const struct {
        double pixel;
        const char *text;
    } cases[] = {
        {0.05, ">0.2 arcsec<"}, {0.396, ">2 arcsec<"}, {6, ">20 arcsec<"}, {30, ">2 arcmin<"}};
    size_t size;
    gt_picture_sheet s = sheet(1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        s.pixel_arcsec = cases[i].pixel;
        char *bytes = draw("b.svg", &s, &size);
        if (!holds(bytes, size, cases[i].text)) fail_msg("no bar of %s", cases[i].text);
        free(bytes);
    }
    for (int i = 0; i < 2; i++) { /* unknown */
        s.pixel_arcsec = i ? (double)NAN : 0;
        char *bytes = draw("b.svg", &s, &size);
        assert_false(holds(bytes, size, "arc"));
        free(bytes);
    }
}

static void equal_sheets_are_equal_bytes(void **state) {
    static const char *const names[] = {"a.png", "a.pdf", "a.svg"};
    for (size_t channels = 1; channels <= 3; channels += 2) {
        const gt_picture_sheet s = sheet(channels);
        for (int i = 0; i < 3; i++) {
            size_t sizes[2];
            char *first = draw(names[i], &s, &sizes[0]), *again = draw(names[i], &s, &sizes[1]);
            assert_int_equal(sizes[0], sizes[1]);
            assert_memory_equal(first, again, sizes[0]);
            free(first), free(again);
        }
    }
}

/* The file is whole by itself, and another picture is another file. */
static void pixels_are_in_it(void **state) {
    size_t sizes[2];
    gt_picture_sheet s = sheet(3);
    char *first = draw("a.svg", &s, &sizes[0]);
    assert_false(holds(first, sizes[0], ".png\""));
    for (size_t i = 0; i < 100; i++) pixels[i] ^= 0x55;
    char *other = draw("a.svg", &s, &sizes[1]);
    assert_true(sizes[0] != sizes[1] || memcmp(first, other, sizes[0]) != 0);
    free(first), free(other);
    assert_int_equal(entries_in_folder(), 1);
}

static void nothing_to_draw_is_refused(void **state) {
    gt_error err = {0};
    gt_picture_sheet s = sheet(1);
    const gt_figure figure = {0};
    s.rows = 0;
    assert_int_equal(gt_figure_sheet(in_folder("a.svg"), &figure, &s, &err), GT_BAD_ARGUMENT);
    s = sheet(2);
    assert_int_equal(gt_figure_sheet(in_folder("a.svg"), &figure, &s, &err), GT_BAD_ARGUMENT);
    s = sheet(1);
    assert_int_equal(gt_figure_sheet(in_folder("a.txt"), &figure, &s, &err), GT_USAGE);
    assert_int_equal(entries_in_folder(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(texts_are_texts),
        TEST(bars_are_round_lengths),
        TEST(equal_sheets_are_equal_bytes),
        TEST(pixels_are_in_it),
        TEST(nothing_to_draw_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
