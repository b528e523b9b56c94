/* import_fits_test.c - FITS files, folders and lists become sets: rows the right way up, exact
 * values, and one line for what does not fit. */
#include <math.h>
#include <sys/stat.h>

#include "fits_import.h"
#include "png_maker.h"

/* ---- files, folders and lists ---- */

static void folders_are_classes_and_splits(void **state) {
    static const char *const names[] = {"in/train/spiral/2.fits", "in/train/spiral/1.fit",
                                        "in/train/disc/1.fts", "in/test/spiral/1.FITS"};
    static const char *const folders[] = {
        "in", "in/train", "in/test", "in/train/spiral", "in/train/disc", "in/test/spiral"};
    for (size_t i = 0; i < 6; i++) mkdir(in_folder(folders[i]), 0755);
    for (size_t i = 0; i < 4; i++) save(names[i], 3, NULL);
    write_file(in_folder("in/train/notes.txt"), "x", 1);
    gt_import_settings settings = settings_for("fits", true);
    gt_dataset *set = import(&settings, in_folder("in"));
    const gt_dataset_info *info = gt_dataset_describe(set);
    const int32_t *labels;
    const uint8_t *splits;
    assert_int_equal(info->count, 4);
    assert_int_equal(info->class_count, 2);
    assert_string_equal(info->class_names[0], "disc");
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    assert_ok(gt_dataset_splits(set, &splits, &err), err);
    assert_string_equal(id_of(set, 0), "train/disc/1.fts");
    assert_string_equal(id_of(set, 1), "train/spiral/1.fit");
    assert_string_equal(id_of(set, 3), "test/spiral/1.FITS");
    assert_true(labels[0] == 0 && labels[1] == 1 && splits[3] == GT_SPLIT_TEST);
    assert_true(row_of(set, 0)[0] == 6); /* the last row of the file is the first of the set */
    assert_true(row_of(set, 0)[6] == 0);
    assert_false(info->columns & (GT_COLUMN_RA | GT_COLUMN_DEC));
    assert_true(isnan(info->pixel_scale_arcsec));
    expect_note(
        "equal pictures in more than one split: 1 (the first: row 0, train, and row 3, test)");
    gt_dataset_close(set);
}

static void lists_name_files(void **state) {
    static const char list[] = "# first\n\nsub/b.fits\r\n a.fits\n";
    char absolute[256];
    mkdir(in_folder("in"), 0755);
    mkdir(in_folder("in/sub"), 0755);
    save("in/sub/b.fits", 2, NULL);
    save("in/ a.fits", 2, NULL);
    write_file(in_folder("in/files.txt"), list, strlen(list));
    gt_import_settings settings = settings_for("fits", true);
    gt_dataset *set = import(&settings, in_folder("in/files.txt"));
    assert_int_equal(gt_dataset_describe(set)->count, 2);
    assert_string_equal(id_of(set, 0), "sub/b.fits"); /* in the order of the list */
    assert_string_equal(id_of(set, 1), " a.fits");
    gt_dataset_close(set);
    snprintf(absolute, sizeof absolute, "%s\nnone.fits", in_folder("in/sub/b.fits"));
    write_file(in_folder("in/two.lst"), absolute, strlen(absolute));
    refuse(&settings, in_folder("in/two.lst"), GT_NOT_FOUND, "/in/none.fits: ");
    write_file(in_folder("in/none.txt"), "# nothing\n", 10);
    refuse(&settings, in_folder("in/none.txt"), GT_NOT_FOUND, "no file is named in this list");
    write_file(in_folder("in/notes.txt"), "Seen on 3 May\na.fits\n", 21);
    refuse(&settings, in_folder("in/notes.txt"), GT_NOT_FOUND,
           "notes.txt: read as a list of FITS files, one a line, but there is no file "
           "'Seen on 3 May'");
    assert_null(strstr(err.text, "--format table")); /* a list is no table of codes */
    write_file(in_folder("in/c.fits"), "", 0);
    write_file(in_folder("in/three.txt"), "c.fits\n", 7);
    refuse(&settings, in_folder("in/three.txt"), GT_BAD_FORMAT,
           "c.fits: no FITS file, expected 'SIMPLE  =' at its beginning; it is empty");
    write_file(in_folder("in/c.fits"), "<!DOCTYPE HTML>\n", 16);
    refuse(&settings, in_folder("in/three.txt"), GT_BAD_FORMAT,
           "at its beginning; it is a web page, as servers send in place of a file");
    write_file(in_folder("in/zero.txt"), "a\0b", 3);
    refuse(&settings, in_folder("in/zero.txt"), GT_BAD_FORMAT,
           "holds zero bytes, expected the name");
    refuse(&settings, in_folder("none.fits"), GT_NOT_FOUND, "none.fits: ");
    mkdir(in_folder("empty"), 0755);
    refuse(&settings, in_folder("empty"), GT_NOT_FOUND, "no FITS files in this folder");
}

static void other_shapes_are_one_line(void **state) {
    mkdir(in_folder("in"), 0755);
    save("in/a.fits", 5, NULL);
    save("in/b.fits", 4, NULL);
    gt_import_settings settings = settings_for("fits", true);
    refuse(&settings, in_folder("in"), GT_BAD_SHAPE,
           "picture 'b.fits': 4 x 4 pixels, the first picture has 5 x 5; --size");
    settings.size = 3;
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_int_equal(gt_dataset_describe(set)->height, 3);
    gt_dataset_close(set);
    write_file(in_folder("in/b.fits"), "SIMPLE  =", 9);
    refuse(&settings, in_folder("in"), GT_BAD_FORMAT,
           "/in/b.fits: 9 bytes, expected whole blocks");
    settings = settings_for("png", true);
    settings.hdu = "1";
    refuse(&settings, in_folder("in"), GT_USAGE,
           "--hdu is for the formats fits and pictures, not for png");
}

/* ---- values ---- */

/* One picture as FITS, whose first row is at the bottom, and as PNG: the same rows. */
static void fits_and_png_come_to_the_same_rows(void **state) {
    static const uint8_t rows[6] = {1, 2, 3, 40, 50, 60}, turned[6] = {40, 50, 60, 1, 2, 3};
    unsigned char found[2][6];
    mkdir(in_folder("png"), 0755);
    png_bytes png = make_png((png_kind){3, 2, 8, PNG_COLOR_TYPE_GRAY}, rows);
    save_png(in_folder("png/a.png"), png);
    free(png.bytes);
    fits_bytes f = {0};
    fits_begin(&f, 8, 3, 2, 0);
    fits_end(&f);
    fits_data(&f, turned, sizeof turned);
    save_fits(in_folder("a.fits"), &f);
    free_fits(&f);
    for (int i = 0; i < 2; i++) {
        gt_import_settings settings = settings_for(i ? "fits" : "png", true);
        gt_dataset *set = import(&settings, in_folder(i ? "a.fits" : "png"));
        assert_int_equal(gt_dataset_describe(set)->type, GT_PIXEL_U8);
        assert_ok(gt_dataset_read_bytes(set, 0, 1, found[i], &err), err);
        gt_dataset_close(set);
    }
    assert_memory_equal(found[0], rows, sizeof rows);
    assert_memory_equal(found[1], rows, sizeof rows);
}

/* Whole numbers beyond 2^24 are rounded and told; NaN follows the policy. */
static void save_large_numbers(int planes) {
    static const uint8_t stored[] = {0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0x80, 0, 0, 0};
    fits_bytes f = {0};
    fits_begin(&f, 32, 2, 2, planes);
    fits_card(&f, "BLANK   = -2147483648");
    fits_end(&f);
    fits_append(&f, stored, sizeof stored);
    fits_data(&f, stored, planes ? sizeof stored : 0);
    save_fits(in_folder("a.fits"), &f);
    free_fits(&f);
}

static void values_are_exact_or_told(void **state) {
    save_large_numbers(0);
    gt_import_settings settings = settings_for("fits", true);
    refuse(&settings, in_folder("a.fits"), GT_NOT_FINITE,
           "1 of 1 pictures have bad pixels (1 NaN");
    settings.bad_pixels = "zero";
    gt_dataset *set = import(&settings, in_folder("a.fits"));
    assert_true(row_of(set, 0)[0] == 16777216 && row_of(set, 0)[1] == 0);
    assert_true(row_of(set, 0)[2] == 0 && row_of(set, 0)[3] == 16777216);
    expect_note("1 pixel has more digits than float32 and is rounded (int32)");
    gt_dataset_close(set);
    save_large_numbers(2); /* a cube, which lies flat */
    set = import(&settings, in_folder("a.fits"));
    assert_true(row_of(set, 1)[0] == 16777216 && row_of(set, 1)[1] == 0);
    expect_note("2 pixels have more digits than float32 and are rounded (int32)");
    gt_dataset_close(set);
}

static void types_may_differ(void **state) {
    static const uint8_t bytes[] = {1, 2, 3, 4};
    mkdir(in_folder("in"), 0755);
    save("in/b.fits", 2, NULL);
    fits_bytes f = {0};
    fits_begin(&f, 8, 2, 2, 0);
    fits_end(&f);
    fits_data(&f, bytes, sizeof bytes);
    save_fits(in_folder("in/a.fits"), &f);
    free_fits(&f);
    gt_import_settings settings = settings_for("fits", true);
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_int_equal(gt_dataset_describe(set)->type, GT_PIXEL_F32);
    assert_true(row_of(set, 0)[0] == 3);
    expect_note("types of pixels differ: all become float32");
    gt_dataset_close(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(folders_are_classes_and_splits), TEST(lists_name_files),
        TEST(other_shapes_are_one_line),      TEST(fits_and_png_come_to_the_same_rows),
        TEST(values_are_exact_or_told),       TEST(types_may_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
