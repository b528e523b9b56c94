/* PNG files: read back with libpng's simple interface, repeated byte for byte, never half. */
#include <png.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "gt_test.h"
#include "png_write.h"

static char folder[] = "/tmp/galatea-png-XXXXXX";

static const char *in_folder(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int make_folder(void **state) {
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    return rmdir(folder); /* fails if anything was left behind */
}

static void reads_back(size_t width, size_t height, size_t channels) {
    size_t bytes = width * height * channels;
    uint8_t *pixels = malloc(bytes), *back = malloc(bytes);
    gt_error err;
    for (size_t i = 0; i < bytes; i++) pixels[i] = (uint8_t)(i * 37 + i / 251);
    const char *path = in_folder("a.png");
    assert_ok(gt_png_write(path, width, height, channels, pixels, "{\"seed\": 1}", &err), err);
    png_image image = {.version = PNG_IMAGE_VERSION};
    assert_true(png_image_begin_read_from_file(&image, path));
    assert_int_equal(image.width, width);
    assert_int_equal(image.height, height);
    assert_int_equal(image.format, channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY);
    assert_true(png_image_finish_read(&image, NULL, back, 0, NULL));
    assert_memory_equal(pixels, back, bytes);
    unlink(path);
    free(pixels), free(back);
}

static void pixels_survive(void **state) {
    reads_back(1, 1, 1);
    reads_back(1, 1, 3);
    reads_back(67, 31, 1);
    reads_back(5, 301, 3);
}

static bool holds(const char *bytes, size_t size, const char *text) {
    return memmem(bytes, size, text, strlen(text)) != NULL;
}

static void equal_arguments_give_equal_bytes(void **state) {
    uint8_t pixels[64] = {1, 2, 3};
    char *bytes[2];
    size_t size[2];
    gt_error err;
    const char *path = in_folder("b.png");
    for (int i = 0; i < 2; i++) {
        assert_ok(gt_png_write(path, 8, 8, 1, pixels, "made by \xc3\xa4 test", &err), err);
        assert_ok(gt_file_load(path, 1 << 20, &bytes[i], &size[i], &err), err);
    }
    assert_int_equal(size[0], size[1]);
    assert_memory_equal(bytes[0], bytes[1], size[0]);
    assert_true(holds(bytes[0], size[0], "made by \xc3\xa4 test"));
    assert_true(holds(bytes[0], size[0], "Description"));
    assert_false(holds(bytes[0], size[0], "tIME"));
    assert_ok(gt_png_write(path, 8, 8, 1, pixels, NULL, &err), err);
    free(bytes[1]);
    assert_ok(gt_file_load(path, 1 << 20, &bytes[1], &size[1], &err), err);
    assert_false(holds(bytes[1], size[1], "Description"));
    free(bytes[0]), free(bytes[1]);
    unlink(path);
}

static void wrong_input_is_named(void **state) {
    uint8_t pixel[4] = {0};
    gt_error err;
    const char *path = in_folder("c.png");
    assert_int_equal(gt_png_write(path, 1, 1, 2, pixel, NULL, &err), GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "c.png: 2 channels, expected 1 or 3"));
    assert_int_equal(gt_png_write(path, 0, 1, 1, pixel, NULL, &err), GT_BAD_ARGUMENT);
    assert_int_equal(gt_png_write(path, 1, (size_t)1 << 31, 1, pixel, NULL, &err),
                     GT_BAD_ARGUMENT);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(gt_png_write(in_folder("no/c.png"), 1, 1, 1, pixel, NULL, &err),
                     GT_NOT_FOUND);
}

/* A full disk, played by a limit on the size of files: the old file stays as it was. */
static void a_failed_write_keeps_the_old_file(void **state) {
    enum { SIDE = 256 };
    static uint8_t pixels[SIDE * SIDE];
    char *before, *after;
    size_t size_before, size_after;
    gt_error err;
    const char *path = in_folder("d.png");
    assert_ok(gt_png_write(path, 4, 4, 1, pixels, NULL, &err), err);
    assert_ok(gt_file_load(path, 1 << 20, &before, &size_before, &err), err);
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)((x = x * 1664525 + 1) >> 24);

    struct rlimit old, small;
    getrlimit(RLIMIT_FSIZE, &old);
    small = old, small.rlim_cur = 20000;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    gt_status status = gt_png_write(path, SIDE, SIDE, 1, pixels, NULL, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    assert_int_equal(status, GT_IO);
    assert_non_null(strstr(err.text, "d.png"));
    assert_ok(gt_file_load(path, 1 << 20, &after, &size_after, &err), err);
    assert_int_equal(size_before, size_after);
    assert_memory_equal(before, after, size_before);
    free(before), free(after);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_survive),
        cmocka_unit_test(equal_arguments_give_equal_bytes),
        cmocka_unit_test(wrong_input_is_named),
        cmocka_unit_test(a_failed_write_keeps_the_old_file),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
