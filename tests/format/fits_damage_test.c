/* Headers that lie: each of these edits of a good file gives its sentence and nothing else. */
#include "file.h"
#include "fits_image.h"
#include "fits_maker.h"
#include "gt_test.h"
#include "temp_folder.h"

typedef struct edit {
    const char *key, *card; /* the first card of this keyword becomes this one; "": goes away */
    const char *expected;   /* in the sentence; NULL: it stays a good file */
} edit;

/* Puts a card in the place of the first one of a keyword, in front of END where there is none.
 */
static void put_card(char *bytes, size_t size, const char *key, const char *card) {
    char line[FITS_CARD_BYTES], name[12];
    size_t at = 0;
    snprintf(name, sizeof name, "%-8s", key);
    while (at < size && memcmp(bytes + at, name, 8) != 0) at += FITS_CARD_BYTES;
    for (size_t i = 0; at >= size && i < size; i += FITS_CARD_BYTES)
        if (memcmp(bytes + i, "END     ", 8) == 0) at = i;
    assert_true(at + FITS_CARD_BYTES <= size);
    memset(line, ' ', sizeof line);
    if (memcmp(bytes + at, "END     ", 8) == 0 && strcmp(key, "END") != 0) {
        assert_memory_equal(bytes + at + FITS_CARD_BYTES, line, sizeof line);
        memcpy(bytes + at + FITS_CARD_BYTES, bytes + at, FITS_CARD_BYTES);
    }
    memcpy(line, card, strlen(card));
    memcpy(bytes + at, line, sizeof line);
}

/* The good file's units from `skip` bytes on are edited. */
static void expect_edits(const char *good, size_t size, size_t skip, const edit *edits,
                         size_t count) {
    float pixels[65 * 64];
    char *bytes = malloc(size);
    for (size_t i = 0; i < count; i++) {
        gt_fits_image *image;
        gt_error err;
        gt_rounding rounded = {0};
        memcpy(bytes, good, size);
        put_card(bytes + skip, size - skip, edits[i].key, edits[i].card);
        write_file(in_folder("e.fits"), bytes, size);
        gt_status status = gt_fits_image_open(in_folder("e.fits"), NULL, &image, &err);
        if (edits[i].expected == NULL) {
            if (status) fail_msg("%s: %s", edits[i].card, err.text);
            assert_ok(gt_fits_image_read(image, 0, pixels, &rounded, &err), err);
            gt_fits_image_close(image);
            continue;
        }
        if (status == GT_OK) fail_msg("%s: taken", edits[i].card);
        if (!strstr(err.text, edits[i].expected) || !strstr(err.text, "/e.fits: "))
            fail_msg("%s: '%s', expected '%s'", edits[i].card, err.text, edits[i].expected);
    }
    free(bytes);
}

static void lies_of_plain_images_are_told(void **state) {
    static const edit edits[] = {
        {"SIMPLE", "SIMPLE  =                    F", "HDU 0: SIMPLE is not T"},
        {"SIMPLE", "SIMPLE  = 'T'", "HDU 0: SIMPLE is not T"},
        {"SIMPLE", "SIMPLY  =                    T", "no FITS file, expected 'SIMPLE  ='"},
        {"SIMPLE", "XTENSION= 'IMAGE'", "no FITS file, expected 'SIMPLE  ='"},
        {"BITPIX", "", "HDU 0: no BITPIX in its header"},
        {"BITPIX", "BITPIX  = 0", "BITPIX is 0, expected 8, 16, 32, 64, -32 or -64"},
        {"BITPIX", "BITPIX  = 7", "BITPIX is 7, expected 8, 16, 32, 64, -32 or -64"},
        {"BITPIX", "BITPIX  = -16", "BITPIX is -16, expected 8"},
        {"BITPIX", "BITPIX  = 128", "BITPIX is 128, expected a whole number from -64 to 64"},
        {"BITPIX", "BITPIX  = -32.0", "BITPIX is -32.0, expected a whole number"},
        {"BITPIX", "BITPIX  = '-32'", "BITPIX is -32, expected a whole number"},
        {"BITPIX", "BITPIX  =", "HDU 0: no BITPIX in its header"},
        {"BITPIX", "BITPIX  = 99999999999999999999",
         "BITPIX is 99999999999999999999, expected"},
        {"BITPIX", "BITPIX  = -64",
         "HDU 0: 17280 bytes of data, expected 32768: the file is cut"},
        {"NAXIS", "", "HDU 0: no NAXIS in its header"},
        {"NAXIS", "NAXIS   = -1", "NAXIS is -1, expected a whole number from 0 to 999"},
        {"NAXIS", "NAXIS   = 1000", "NAXIS is 1000, expected a whole number from 0 to 999"},
        {"NAXIS", "NAXIS   = 999", "HDU 0: no NAXIS4 in its header"},
        {"NAXIS", "NAXIS   = 0", "no image of two axes or more in its 1 HDU"},
        {"NAXIS", "NAXIS   = 1", "no image of two axes or more in its 1 HDU"},
        {"NAXIS", "NAXIS   = 2", NULL},
        {"NAXIS1", "", "HDU 0: no NAXIS1 in its header"},
        {"NAXIS1", "NAXIS1  = -64", "NAXIS1 is -64, expected a whole number from 0"},
        {"NAXIS1", "NAXIS1  = 0", "no image of two axes or more in its 1 HDU"},
        {"NAXIS1", "NAXIS1  = 64.5", "NAXIS1 is 64.5, expected a whole number"},
        {"NAXIS1", "NAXIS1  = sixty", "NAXIS1 is sixty, expected a whole number"},
        {"NAXIS1", "NAXIS1  = T", "NAXIS1 is T, expected a whole number"},
        {"NAXIS1", "NAXIS1  = 65", NULL}, /* what fills the last block has room for it */
        {"NAXIS1", "NAXIS1  = 70",
         "HDU 0: 17280 bytes of data, expected 17920: the file is cut"},
        {"NAXIS1", "NAXIS1  = 36028797018963968", "its axes ask for more than 2^63 bytes"},
        {"NAXIS1", "NAXIS1  = 9223372036854775807", "the product of its axes is beyond 2^64"},
        {"NAXIS1", "NAXIS1  = 9223372036854775808", "is 9223372036854775808, expected a whole"},
        {"NAXIS2", "NAXIS2  = -1", "NAXIS2 is -1, expected a whole number from 0"},
        {"NAXIS2", "NAXIS2  = 0", "no image of two axes or more in its 1 HDU"},
        {"NAXIS2", "NAXIS2  = 1000000", "HDU 0: 17280 bytes of data, expected 256000000"},
        {"NAXIS2", "", "HDU 0: no NAXIS2 in its header"},
        {"NAXIS3", "NAXIS3  = 0", "no image of two axes or more in its 1 HDU"},
        {"NAXIS3", "NAXIS3  = 2", "expected 32768: the file is cut"},
        {"NAXIS3", "NAXIS3  = 1 / one", NULL},
        {"PCOUNT", "PCOUNT  = -1", "PCOUNT is -1, expected a whole number from 0"},
        {"PCOUNT", "PCOUNT  = 9223372036854775807", "its axes ask for more than 2^63 bytes"},
        {"GCOUNT", "GCOUNT  = -2", "GCOUNT is -2, expected a whole number from 0"},
        {"GCOUNT", "GCOUNT  = 100", "expected 1638400: the file is cut"},
        {"GROUPS", "GROUPS  = T", "it has random groups, expected an image"},
        {"BSCALE", "BSCALE  = NaN", "BSCALE is NaN, expected a number"},
        {"BSCALE", "BSCALE  = 0.0", "BSCALE is 0, expected another number"},
        {"BSCALE", "BSCALE  = 1e999", "BSCALE is 1e999, expected a number"},
        {"BSCALE", "BSCALE  = '1.0'", "BSCALE is 1.0, expected a number"},
        {"BSCALE", "BSCALE  = 0,5", "BSCALE is 0,5, expected a number"},
        {"BSCALE", "BSCALE  = 1.5D0", NULL},
        {"BZERO", "BZERO   = inf", "BZERO is inf, expected a number"},
        {"BZERO", "BZERO   = 0x10", "BZERO is 0x10, expected a number"},
        {"BZERO", "BZERO   = \x1b[2J", "BZERO is \\x1b[2J, expected a number"},
        {"BZERO", "BZERO   = +3", NULL},
        {"BLANK", "BLANK   = many", NULL}, /* reals have none */
        {"END", "", "HDU 0: no END in its header of 20160 bytes"},
        {"END", "END of it", "HDU 0: no END in its header of 20160 bytes"},
    };
    char *good;
    size_t size;
    gt_error err;
    save_ramp(in_folder("good.fits"), 64, 64, 1, NULL);
    assert_ok(gt_file_load(in_folder("good.fits"), 1 << 20, &good, &size, &err), err);
    expect_edits(good, size, 0, edits, sizeof edits / sizeof *edits);
    free(good);
}

static void lies_of_whole_numbers_are_told(void **state) {
    static const edit edits[] = {
        {"BLANK", "BLANK   = many", "BLANK is many, expected a whole number"},
        {"BLANK", "BLANK   = 1.5", "BLANK is 1.5, expected a whole number"},
        {"BLANK", "BLANK   = -99999999999", NULL}, /* no pixel is that */
        {"NAXIS1", "NAXIS1  = 20000",
         "NAXIS1 is 20000, expected a whole number from 1 to 16384"},
        {"NAXIS2", "NAXIS2  = 16385",
         "NAXIS2 is 16385, expected a whole number from 1 to 16384"},
        {"NAXIS", "NAXIS   = 5", "expected at most 4 axes that are longer than 1"},
    };
    static const char zeros[20000 * 32];
    fits_bytes f = {0};
    fits_begin(&f, 16, 4, 4, 0);
    for (int i = 3; i <= 5; i++) fits_card(&f, "NAXIS%d  = 2", i);
    fits_end(&f);
    fits_data(&f, zeros, sizeof zeros);
    expect_edits(f.bytes, f.length, 0, edits, sizeof edits / sizeof *edits);
    free_fits(&f);
}

static void lies_of_tiles_are_told(void **state) {
    static const edit edits[] = {
        {"BITPIX", "BITPIX  = 16", "HDU 1: BITPIX is 16, expected 8"},
        {"NAXIS1", "NAXIS1  = 9", "NAXIS1 is 9, its columns have 8 bytes"},
        {"NAXIS2", "NAXIS2  = 11", "NAXIS2 is 11, expected 12 tiles"},
        {"TFIELDS", "TFIELDS = 0", "TFIELDS is 0, expected a whole number from 1 to 999"},
        {"TFIELDS", "TFIELDS = 2", "no TFORM2 in its header"},
        {"TFIELDS", "TFIELDS = 1000", "TFIELDS is 1000, expected a whole number from 1"},
        {"TFORM1", "", "no TFORM1 in its header"},
        {"TFORM1", "TFORM1  = '1PZ(9)'", "TFORM1 is '1PZ(9)', expected the type of a column"},
        {"TFORM1", "TFORM1  = '2PB(9)'", "TFORM1 is '2PB(9)', expected the type of a column"},
        {"TFORM1", "TFORM1  = '999999999B'", "its columns have 999999999 bytes"},
        {"TFORM1", "TFORM1  = '1PM(9)'", "tile "},
        {"THEAP", "THEAP   = 95", "THEAP is 95, expected a whole number from 96 to"},
        {"THEAP", "THEAP   = 999999", "THEAP is 999999, expected a whole number from 96 to"},
        {"THEAP", "THEAP   = 200", "lies outside the"},
        {"PCOUNT", "PCOUNT  = 50", "lies outside the 50 bytes of its heap"},
        {"PCOUNT", "PCOUNT  = 999999", "the file is cut"},
        {"ZBITPIX", "ZBITPIX = 24", "ZBITPIX is 24, expected 8, 16, 32, 64, -32 or -64"},
        {"ZBITPIX", "", "no ZBITPIX in its header"},
        {"ZNAXIS", "ZNAXIS  = 1000", "ZNAXIS is 1000, expected a whole number from 0 to 999"},
        {"ZNAXIS1", "ZNAXIS1 = -7", "no image of two axes or more"},
        {"ZNAXIS1", "ZNAXIS1 = 16385", "ZNAXIS1 is 16385, expected a whole number from 1"},
        {"ZNAXIS2", "ZNAXIS2 = 16384", "NAXIS2 is 12, expected 32768 tiles"},
        {"ZNAXIS3", "ZNAXIS3 = 0", "ZNAXIS3 is 0, expected a whole number from 1"},
        {"ZNAXIS3", "ZNAXIS3 = 2000000000", "NAXIS2 is 12, expected 12000000000 tiles"},
        {"ZTILE1", "ZTILE1  = 0", "ZTILE1 is 0, expected a whole number from 1"},
        {"ZTILE1", "ZTILE1  = 3", "NAXIS2 is 12, expected 36 tiles"},
    };
    char *good;
    size_t size;
    gt_error err;
    assert_ok(gt_file_load("golden/format/fits/tiled.fits.fz", 1 << 20, &good, &size, &err),
              err);
    /* the first image alone, behind the primary header */
    const char *second = good + 2880 + 2880;
    while (memcmp(second, "XTENSION", 8) != 0) second += 2880;
    expect_edits(good, (size_t)(second - good), 2880, edits, sizeof edits / sizeof *edits);
    free(good);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(lies_of_plain_images_are_told),
        TEST(lies_of_whole_numbers_are_told),
        TEST(lies_of_tiles_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
