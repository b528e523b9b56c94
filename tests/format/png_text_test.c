/* Texts of PNG files: added and found again, and every damage told. */
#include <unistd.h>

#include "file.h"
#include "gt_test.h"
#include "png_text.h"
#include "png_write.h"
#include "temp_folder.h"

static void texts_come_back(void **state) {
    gt_error err;
    uint8_t pixels[12] = {1, 2, 3};
    char *bytes = NULL, *text = NULL;
    void *larger = NULL;
    size_t size, larger_size;
    uint32_t width, height;
    assert_ok(gt_png_write(in_folder("a.png"), 4, 3, 1, pixels, "first \xc3\xa4", &err), err);
    assert_ok(gt_file_load(in_folder("a.png"), 1 << 20, &bytes, &size, &err), err);
    assert_ok(gt_png_size(bytes, size, &width, &height, &err), err);
    assert_true(width == 4 && height == 3);
    assert_ok(gt_png_text_find(bytes, size, "Description", &text, &err), err);
    assert_string_equal(text, "first \xc3\xa4");
    free(text);
    assert_ok(gt_png_text_add(bytes, size, "Other", "second", &larger, &larger_size, &err),
              err);
    assert_ok(gt_png_text_find(larger, larger_size, "Other", &text, &err), err);
    assert_string_equal(text, "second");
    free(text);
    assert_ok(gt_png_text_find(larger, larger_size, "None", &text, &err), err);
    assert_null(text);
    /* cut anywhere or with a byte changed, also behind the text, it is refused */
    for (size_t cut = 0; cut < larger_size; cut++) {
        assert_int_equal(gt_png_text_find(larger, cut, "Other", &text, &err), GT_BAD_FORMAT);
        assert_null(text);
    }
    for (size_t at = 0; at < larger_size; at++) {
        ((uint8_t *)larger)[at] ^= 0x41;
        assert_int_equal(gt_png_text_find(larger, larger_size, "None", &text, &err),
                         GT_BAD_FORMAT);
        ((uint8_t *)larger)[at] ^= 0x41;
    }
    free(larger), free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(texts_come_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
