/* fits_write_test.c - headers, data and tables of FITS files, read back by CFITSIO; files
 * appear whole or not at all. */
#include "gt_test.h"

#include <fitsio.h>
#include <sys/stat.h>

#include "fits_write.h"
#include "temp_folder.h"

enum { WIDTH = 5, HEIGHT = 3, PIXELS = WIDTH * HEIGHT };

static gt_error err;

static gt_fits_new_image image_of(bool is_float) {
    return (gt_fits_new_image){.name = "MADE",
                               .width = WIDTH,
                               .height = HEIGHT,
                               .channels = 1,
                               .is_float = is_float,
                               .pixel_scale_arcsec = NAN,
                               .ra = NAN,
                               .dec = NAN};
}

static fitsfile *open_file(const char *path, int units) {
    fitsfile *file = NULL;
    int fault = 0, count = 0;
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_size % 2880, 0);
    assert_int_equal(fits_open_diskfile(&file, path, READONLY, &fault), 0);
    fits_get_num_hdus(file, &count, &fault);
    assert_int_equal(fault, 0);
    assert_int_equal(count, units);
    return file;
}

static void close_file(fitsfile *file) {
    int fault = 0;
    fits_close_file(file, &fault);
    assert_int_equal(fault, 0);
}

static void expect_text(fitsfile *file, const char *key, const char *text) {
    char *found = NULL;
    int fault = 0;
    fits_read_key_longstr(file, key, &found, NULL, &fault);
    assert_int_equal(fault, 0);
    assert_string_equal(found, text);
    fits_free_memory(found, &fault);
}

static double real_of(fitsfile *file, const char *key) {
    double found = NAN;
    int fault = 0;
    fits_read_key_dbl(file, key, &found, NULL, &fault);
    return fault ? NAN : found;
}

/* Any number of cards before the spare ones: wherever END falls, data begin behind it. */
static void headers_of_any_length_end_where_data_begin(void **state) {
    gt_fits_card cards[80];
    unsigned char pixels[PIXELS], found[PIXELS];
    for (int i = 0; i < PIXELS; i++) pixels[i] = (unsigned char)(i + 1);
    for (int i = 0; i < 80; i++) cards[i] = (gt_fits_card){.key = "CARD", .text = "x"};
    for (size_t count = 0; count <= 80; count += 3) {
        gt_fits_writer *writer = NULL;
        gt_fits_new_image image = image_of(false);
        int fault = 0;
        image.cards = cards, image.card_count = count;
        assert_ok(gt_fits_writer_create(in_folder("a.fits"), &writer, &err), err);
        assert_ok(gt_fits_writer_begin(writer, &image, &err), err);
        assert_ok(gt_fits_writer_append(writer, pixels, 1, &err), err);
        assert_ok(gt_fits_writer_append(writer, pixels, 1, &err), err);
        if (count % 2) gt_fits_writer_note(writer, "one picture was left out, number 17");
        assert_ok(gt_fits_writer_commit(writer, &err), err);
        gt_fits_writer_discard(writer);
        fitsfile *file = open_file(in_folder("a.fits"), 1);
        assert_true(real_of(file, "NAXIS3") == 2);
        fits_read_img(file, TBYTE, PIXELS + 1, PIXELS, NULL, found, NULL, &fault);
        assert_int_equal(fault, 0);
        for (int y = 0; y < HEIGHT; y++)
            assert_memory_equal(found + y * WIDTH, pixels + (HEIGHT - 1 - y) * WIDTH, WIDTH);
        close_file(file);
    }
}

/* Long texts are continued, quotes doubled, other bytes shown; numbers keep all their digits.
 */
static void cards_say_what_was_said(void **state) {
    char text[300];
    gt_fits_writer *writer = NULL;
    gt_fits_new_image image = image_of(true);
    const float pixels[PIXELS] = {NAN, 1e-30F, -7};
    float found[PIXELS];
    int fault = 0, any = 0;
    for (int i = 0; i < 299; i++) text[i] = (char)('a' + i % 26);
    text[299] = '\0';
    const gt_fits_card cards[] = {{"LONGTEXT", .text = text},
                                  {"QUOTED", .text = "it's 'so'"},
                                  {"UTF", .text = "\xc3\xa9"},
                                  {"THIRD", .is_real = true, .real = 1.0 / 3},
                                  {"NOTHING", .is_real = true, .real = NAN},
                                  {"NOTEXT", .text = NULL}};
    image.cards = cards, image.card_count = 6;
    image.unit = "Jy/beam", image.pixel_scale_arcsec = 1.8, image.ra = 187.5, image.dec = -3;
    image.is_one = true;
    assert_ok(gt_fits_writer_create(in_folder("a.fits"), &writer, &err), err);
    assert_ok(gt_fits_writer_begin(writer, &image, &err), err);
    assert_ok(gt_fits_writer_append(writer, pixels, 1, &err), err);
    assert_ok(gt_fits_writer_commit(writer, &err), err);
    gt_fits_writer_discard(writer);
    fitsfile *file = open_file(in_folder("a.fits"), 1);
    expect_text(file, "LONGTEXT", text);
    expect_text(file, "QUOTED", "it's 'so'");
    expect_text(file, "UTF", "\\xc3\\xa9");
    expect_text(file, "BUNIT", "Jy/beam");
    expect_text(file, "CTYPE1", "RA---TAN");
    assert_true(real_of(file, "THIRD") == 1.0 / 3);
    assert_true(isnan(real_of(file, "NOTHING")) && isnan(real_of(file, "NAXIS3")));
    assert_true(real_of(file, "CRVAL1") == 187.5 && real_of(file, "CRPIX1") == 3);
    assert_true(real_of(file, "CDELT1") == -1.8 / 3600 &&
                real_of(file, "CDELT2") == 1.8 / 3600);
    fits_read_img(file, TFLOAT, 1, PIXELS, NULL, found, &any, &fault);
    const size_t top = (HEIGHT - 1) * WIDTH;
    assert_true(isnan(found[top]) && found[top + 1] == 1e-30F && found[top + 2] == -7);
    close_file(file);
}

static void tables_stand_behind_images(void **state) {
    static const gt_table_column columns[] = {{"n", GT_TABLE_INT}, {"x", GT_TABLE_REAL, "deg"}};
    gt_fits_writer *writer = NULL;
    gt_fits_new_image image = image_of(false);
    gt_table *table = NULL;
    const unsigned char pixels[PIXELS] = {0};
    long n = 0;
    int fault = 0, any = 0, kind = 0;
    assert_ok(gt_table_create(columns, 2, &table, &err), err);
    assert_ok(gt_table_append(table, (gt_cell[]){gt_cell_int(41), gt_cell_real(1.5)}, &err),
              err);
    assert_ok(gt_fits_writer_create(in_folder("a.fits"), &writer, &err), err);
    for (int i = 0; i < 2; i++) {
        assert_ok(gt_fits_writer_begin(writer, &image, &err), err);
        assert_ok(gt_fits_writer_append(writer, pixels, 1, &err), err);
    }
    assert_ok(gt_fits_writer_table(writer, table, "ROWS", &err), err);
    assert_ok(gt_fits_writer_commit(writer, &err), err);
    gt_fits_writer_discard(writer);
    gt_table_destroy(table);
    fitsfile *file = open_file(in_folder("a.fits"), 3);
    fits_movabs_hdu(file, 2, &kind, &fault);
    assert_int_equal(kind, IMAGE_HDU);
    fits_movabs_hdu(file, 3, &kind, &fault);
    assert_int_equal(kind, BINARY_TBL);
    expect_text(file, "EXTNAME", "ROWS");
    fits_read_col(file, TLONG, 1, 1, 1, 1, NULL, &n, &any, &fault);
    assert_int_equal(fault, 0);
    assert_int_equal(n, 41);
    close_file(file);
}

static void names_are_only_names(void **state) {
    static const char *const names[] = {"!keep.fits", "a.fits(b.fits)", "c[1].fits", " d.fits"};
    const unsigned char pixels[PIXELS] = {0};
    for (int i = 0; i < 4; i++) {
        gt_fits_writer *writer = NULL;
        gt_fits_new_image image = image_of(false);
        assert_ok(gt_fits_writer_create(in_folder(names[i]), &writer, &err), err);
        assert_ok(gt_fits_writer_begin(writer, &image, &err), err);
        assert_ok(gt_fits_writer_append(writer, pixels, 1, &err), err);
        assert_ok(gt_fits_writer_commit(writer, &err), err);
        gt_fits_writer_discard(writer);
        assert_int_equal(access(in_folder(names[i]), F_OK), 0);
        assert_int_equal(entries_in_folder(), i + 1);
    }
}

static void what_is_not_committed_is_gone(void **state) {
    gt_fits_writer *writer = NULL;
    gt_fits_new_image image = image_of(false);
    assert_ok(gt_fits_writer_create(in_folder("a.fits"), &writer, &err), err);
    assert_ok(gt_fits_writer_begin(writer, &image, &err), err);
    assert_int_equal(gt_fits_writer_commit(writer, &err), GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "an image of 0 pictures"));
    gt_fits_writer_discard(writer);
    assert_int_equal(entries_in_folder(), 0);
    assert_int_equal(gt_fits_writer_create(in_folder("no/a.fits"), &writer, &err),
                     GT_NOT_FOUND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(headers_of_any_length_end_where_data_begin),
        TEST(cards_say_what_was_said),
        TEST(tables_stand_behind_images),
        TEST(names_are_only_names),
        TEST(what_is_not_committed_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
