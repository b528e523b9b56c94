/* png_read_test.c - all kinds of PNG give their values; damaged and huge ones a sentence. */
#include "gt_test.h"

#include <zlib.h>

#include "png_maker.h"
#include "png_read.h"

static gt_error err;

static gt_status decode(png_bytes png, gt_png *out) {
    uint8_t *copy = malloc(png.length ? png.length : 1); /* exact size: reading on is seen */
    if (png.length) memcpy(copy, png.bytes, png.length);
    gt_status status = gt_png_decode(copy, png.length, out, &err);
    free(copy);
    return status;
}

static void expect_values(png_kind kind, const uint8_t *rows, size_t channels, int bits,
                          bool alpha, const float *values) {
    gt_png image = {0};
    for (kind.interlaced = 0; kind.interlaced < 2; kind.interlaced++) {
        png_bytes png = make_png(kind, rows);
        assert_ok(decode(png, &image), err);
        assert_int_equal(image.channels, channels);
        assert_int_equal(image.height, kind.height);
        assert_int_equal(image.width, kind.width);
        assert_int_equal(image.bits, bits);
        assert_int_equal(image.had_alpha, alpha);
        for (size_t i = 0; i < channels * image.height * image.width; i++)
            assert_true(image.pixels[i] == values[i]);
        free(image.pixels);
        free(png.bytes);
    }
}

static void values_come_back(void **state) {
    const uint8_t gray[] = {0, 1, 255, 7, 8, 9};
    expect_values((png_kind){3, 2, 8, PNG_COLOR_TYPE_GRAY, 0}, gray, 1, 8, false,
                  (float[]){0, 1, 255, 7, 8, 9});
    const uint8_t deep[] = {0, 1, 255, 255, 1, 0, 2, 3};
    expect_values((png_kind){2, 2, 16, PNG_COLOR_TYPE_GRAY, 0}, deep, 1, 16, false,
                  (float[]){1, 65535, 256, 515});
    const uint8_t bits[] = {0xa0, 0x40};
    expect_values((png_kind){3, 2, 1, PNG_COLOR_TYPE_GRAY, 0}, bits, 1, 8, false,
                  (float[]){255, 0, 255, 0, 255, 0});
    const uint8_t nibbles[] = {0x0f, 0x10};
    expect_values((png_kind){3, 1, 4, PNG_COLOR_TYPE_GRAY, 0}, nibbles, 1, 8, false,
                  (float[]){0, 255, 17});
    const uint8_t rgb[] = {1, 2, 3, 4, 5, 6};
    expect_values((png_kind){2, 1, 8, PNG_COLOR_TYPE_RGB, 0}, rgb, 3, 8, false,
                  (float[]){1, 4, 2, 5, 3, 6});
    const uint8_t rgb16[] = {1, 0, 2, 0, 3, 0};
    expect_values((png_kind){1, 1, 16, PNG_COLOR_TYPE_RGB, 0}, rgb16, 3, 16, false,
                  (float[]){256, 512, 768});
    const uint8_t index[] = {0x1b}; /* colours 0, 1, 2, 3 */
    expect_values((png_kind){4, 1, 2, PNG_COLOR_TYPE_PALETTE, 0}, index, 3, 8, false,
                  (float[]){1, 40, 7, 255, 2, 50, 8, 0, 3, 60, 9, 128});
    const uint8_t gray_alpha[] = {9, 0, 8, 128};
    expect_values((png_kind){2, 1, 8, PNG_COLOR_TYPE_GRAY_ALPHA, 0}, gray_alpha, 1, 8, true,
                  (float[]){9, 8});
    const uint8_t rgba[] = {1, 2, 3, 0, 4, 5, 6, 255};
    expect_values((png_kind){2, 1, 8, PNG_COLOR_TYPE_RGB_ALPHA, 0}, rgba, 3, 8, true,
                  (float[]){1, 4, 2, 5, 3, 6});
}

/* Whatever holds them, grays are one channel. */
static void grays_are_one_channel(void **state) {
    const uint8_t bits[] = {0x50}, pairs[] = {0x11}, bytes[] = {0, 1, 0, 1};
    const uint8_t rgb[] = {0, 0, 0, 10, 10, 10, 0, 0, 0, 10, 10, 10};
    const uint8_t rgba[] = {0, 0, 0, 7, 10, 10, 10, 255, 0, 0, 0, 0, 10, 10, 10, 9};
    const uint8_t deep[] = {1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 3};
    const float grays[] = {0, 10, 0, 10};
    const struct {
        png_kind kind;
        const uint8_t *rows;
    } same[] = {
        {{4, 1, 1, PNG_COLOR_TYPE_PALETTE, .is_gray = 1}, bits},
        {{4, 1, 2, PNG_COLOR_TYPE_PALETTE, .is_gray = 1}, pairs},
        {{4, 1, 8, PNG_COLOR_TYPE_PALETTE, .is_gray = 1}, bytes},
        {{4, 1, 8, PNG_COLOR_TYPE_PALETTE, .is_gray = 1, .has_holes = 1}, bytes},
        {{4, 1, 8, PNG_COLOR_TYPE_RGB}, rgb},
        {{4, 1, 8, PNG_COLOR_TYPE_RGB, .has_holes = 1}, rgb},
        {{4, 1, 8, PNG_COLOR_TYPE_RGB_ALPHA}, rgba},
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        bool alpha = same[i].kind.has_holes || same[i].kind.colour == PNG_COLOR_TYPE_RGB_ALPHA;
        expect_values(same[i].kind, same[i].rows, 1, 8, alpha, grays);
    }
    /* 16 bits that differ in the last one are a colour */
    expect_values((png_kind){2, 1, 16, PNG_COLOR_TYPE_RGB, 0}, deep, 3, 16, false,
                  (float[]){258, 258, 258, 258, 258, 259});
}

static void expect(png_bytes png, gt_status status, const char *words) {
    gt_png image;
    gt_status got = decode(png, &image);
    if (got != status || !strstr(err.text, words))
        fail_msg("%s '%s', expected %s '%s'", gt_status_name(got), err.text,
                 gt_status_name(status), words);
}

static png_bytes sample(void) {
    static uint8_t rows[64 * 64];
    for (size_t i = 0; i < sizeof rows; i++) rows[i] = (uint8_t)(i * i >> 5);
    return make_png((png_kind){64, 64, 8, PNG_COLOR_TYPE_GRAY, 0}, rows);
}

static void cuts_are_refused(void **state) {
    png_bytes png = sample();
    for (size_t i = 0; i < 300; i++) {
        png_bytes cut = {png.bytes, i * (png.length - 1) / 299};
        expect(cut, GT_BAD_FORMAT, "PNG");
    }
    free(png.bytes);
}

static void changed_bytes_are_refused(void **state) {
    png_bytes png = sample();
    for (size_t i = 0; i < png.length; i++) { /* every byte is under some check sum */
        png.bytes[i] ^= 0x10;
        gt_png image = {0};
        gt_status status = decode(png, &image);
        if (status == GT_OK) fail_msg("changed byte %zu went unnoticed", i);
        png.bytes[i] ^= 0x10;
    }
    free(png.bytes);
}

/* Puts width and height into the header and mends its check sum. */
static void set_size(png_bytes png, uint32_t width, uint32_t height) {
    for (int i = 0; i < 4; i++) {
        png.bytes[16 + i] = (uint8_t)(width >> (24 - 8 * i));
        png.bytes[20 + i] = (uint8_t)(height >> (24 - 8 * i));
    }
    uLong sum = crc32(0, png.bytes + 12, 17);
    for (int i = 0; i < 4; i++) png.bytes[29 + i] = (uint8_t)(sum >> (24 - 8 * i));
}

static void huge_pictures_are_refused(void **state) {
    png_bytes png = sample();
    set_size(png, 1000000, 1000000);
    expect(png, GT_BAD_FORMAT, "PNG");
    set_size(png, 16385, 1);
    expect(png, GT_BAD_FORMAT, "width exceeds");
    set_size(png, 16384, 16384);
    expect(png, GT_UNSUPPORTED, "1 x 16384 x 16384 values, expected at most");
    set_size(png, 0, 64);
    expect(png, GT_BAD_FORMAT, "idth is zero");
    set_size(png, 64, 0xffffffff);
    expect(png, GT_BAD_FORMAT, "PNG");
    free(png.bytes);
    const uint8_t one = 0;
    png = make_png((png_kind){1, 1, 8, PNG_COLOR_TYPE_GRAY, 0}, &one);
    set_size(png, 8000, 8000);
    expect(png, GT_BAD_FORMAT, "8000 x 8000 pixels in a file of");
    free(png.bytes);
}

/* A compressed text of 64 MB stands in front of the picture; it is not unpacked. */
static void other_chunks_are_not_unpacked(void **state) {
    enum { TEXT = 64 << 20 };
    png_bytes png = sample(), big = {0};
    uLong packed = compressBound(TEXT);
    Bytef *text = malloc(TEXT), *chunk = malloc(packed + 32);
    memset(text, 'a', TEXT);
    memcpy(chunk, "zTXtkey\0\0", 9);
    assert_int_equal(compress2(chunk + 9, &packed, text, TEXT, 6), Z_OK);
    free(text);
    uint32_t length = (uint32_t)packed + 5, sum = (uint32_t)crc32(0, chunk, length + 4);
    big.bytes = malloc(png.length + length + 12);
    memcpy(big.bytes, png.bytes, 33); /* signature and header */
    for (int i = 0; i < 4; i++) big.bytes[33 + i] = (uint8_t)(length >> (24 - 8 * i));
    memcpy(big.bytes + 37, chunk, length + 4);
    for (int i = 0; i < 4; i++)
        big.bytes[41 + length + (size_t)i] = (uint8_t)(sum >> (24 - 8 * i));
    memcpy(big.bytes + 45 + length, png.bytes + 33, png.length - 33);
    big.length = png.length + length + 12;
    gt_png image = {0};
    assert_ok(decode(big, &image), err);
    free(image.pixels);
    free(chunk);
    free(big.bytes);
    free(png.bytes);
}

static void other_files_are_refused(void **state) {
    uint8_t text[] = "GIF89a and so on";
    expect((png_bytes){text, 16}, GT_BAD_FORMAT, "no PNG file");
    expect((png_bytes){NULL, 0}, GT_BAD_FORMAT, "no PNG file; it is empty");
    static char votable[] = "<?xml version='1.0'?>\n<VOTABLE>";
    expect((png_bytes){(uint8_t *)votable, sizeof votable}, GT_BAD_FORMAT,
           "no PNG file; it is XML, as servers send in place of a file");
    static char zeros[] = "\0\0\0<html>";
    expect((png_bytes){(uint8_t *)zeros, sizeof zeros}, GT_BAD_FORMAT, "no PNG file");
    assert_null(strstr(err.text, "web page"));
    static char page[] = "\r\n <!DocType html>\n<html>";
    expect((png_bytes){(uint8_t *)page, sizeof page}, GT_BAD_FORMAT,
           "no PNG file; it is a web page, as servers send in place of a file");
}

/* Who wants no sentence still gets the status. */
static void status_without_sentence(void **state) {
    gt_png image;
    uint8_t text[] = "GIF89a and so on";
    assert_int_equal(gt_png_decode(text, sizeof text, &image, NULL), GT_BAD_FORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back),
        cmocka_unit_test(grays_are_one_channel),
        cmocka_unit_test(cuts_are_refused),
        cmocka_unit_test(changed_bytes_are_refused),
        cmocka_unit_test(huge_pictures_are_refused),
        cmocka_unit_test(other_chunks_are_not_unpacked),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(status_without_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
