/* jpeg_read_test.c - pictures that Pillow wrote and read (golden/format/jpeg, values beside
 * them as npy), other kinds, and damage everywhere. */
#include "gt_test.h"

#include <stdlib.h>

#include "file.h"
#include "jpeg_read.h"
#include "npy.h"

static gt_error err;

static uint8_t *load(const char *name, size_t *size) {
    char path[128], *bytes = NULL;
    snprintf(path, sizeof path, "golden/format/jpeg/%s", name);
    assert_ok(gt_file_load(path, 1 << 16, &bytes, size, &err), err);
    return (uint8_t *)bytes;
}

static void expect_pillows_values(const char *name, size_t channels) {
    char file[64];
    size_t size, beside_size;
    gt_jpeg image;
    gt_npy array;
    snprintf(file, sizeof file, "%s.jpg", name);
    uint8_t *bytes = load(file, &size);
    assert_ok(gt_jpeg_decode(bytes, size, &image, &err), err);
    snprintf(file, sizeof file, "%s.npy", name);
    uint8_t *beside = load(file, &beside_size);
    assert_ok(gt_npy_parse(beside, beside_size, beside_size, &array, &err), err);
    assert_int_equal(image.channels, channels);
    assert_int_equal(image.height * 100 + image.width, 1113);
    size_t step = array.rank == 3 ? 3 : 1, pixels = image.height * image.width;
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < pixels; i++)
            assert_near(image.pixels[c * pixels + i], beside[array.offset + i * step + c], 1);
    free(image.pixels);
    free(bytes);
    free(beside);
}

static void pictures_are_read(void **state) {
    expect_pillows_values("gray", 1);
    expect_pillows_values("colour", 3);
    expect_pillows_values("progressive", 3);
    expect_pillows_values("graycolour", 1); /* colour in form alone */
}

static void expect(const uint8_t *bytes, size_t size, gt_status status, const char *words) {
    gt_jpeg image;
    gt_status got = gt_jpeg_decode(bytes, size, &image, &err);
    if (got != status || !strstr(err.text, words))
        fail_msg("%s '%s', expected %s '%s'", gt_status_name(got), got ? err.text : "",
                 gt_status_name(status), words);
}

static void other_kinds_are_refused(void **state) {
    size_t size;
    uint8_t *bytes = load("cmyk.jpg", &size);
    expect(bytes, size, GT_UNSUPPORTED, "a JPEG of 4 channels (CMYK), expected gray or RGB");
    free(bytes);
    bytes = load("deep.jpg", &size);
    expect(bytes, size, GT_UNSUPPORTED, "a JPEG of 12 bits, expected 8");
    free(bytes);
    expect((const uint8_t *)"\x89PNG", 4, GT_BAD_FORMAT, "no JPEG file");
    expect((const uint8_t *)"", 0, GT_BAD_FORMAT, "no JPEG file; it is empty");
    expect((const uint8_t *)"<html", 5, GT_BAD_FORMAT, "no JPEG file; it is a web page");
}

/* Sides in the frame header behind the marker FFC0. */
static void lies_about_the_size_are_refused(void **state) {
    size_t size, at = 0;
    uint8_t *bytes = load("gray.jpg", &size);
    while (bytes[at] != 0xff || bytes[at + 1] != 0xc0) at++;
    memcpy(bytes + at + 5, "\377\0\377\0", 4);
    expect(bytes, size, GT_UNSUPPORTED, "1 x 65280 x 65280 values, expected at most");
    memcpy(bytes + at + 5, "\37\100\37\100", 4);
    expect(bytes, size, GT_BAD_FORMAT, "8000 x 8000 pixels in a file of");
    memcpy(bytes + at + 5, "\1\0\1\0", 4);
    expect(bytes, size, GT_BAD_FORMAT, "damaged or truncated JPEG (");
    free(bytes);
}

static void a_file_cut_anywhere_is_refused(void **state) {
    size_t size;
    uint8_t *bytes = load("progressive.jpg", &size);
    for (size_t length = 0; length < size; length++) {
        uint8_t *cut = malloc(length + 1);
        gt_jpeg image;
        memcpy(cut, bytes, length);
        gt_status status = gt_jpeg_decode(cut, length, &image, &err);
        if (status == GT_OK) fail_msg("%zu of %zu bytes are accepted", length, size);
        free(cut);
    }
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_are_read),
        cmocka_unit_test(other_kinds_are_refused),
        cmocka_unit_test(lies_about_the_size_are_refused),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
