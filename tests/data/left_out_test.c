/* Of a file that is damaged behind its first pictures these are in, and a note says so. */
#include <hdf5.h>

#include "import_run.h"

enum { ROWS = 5000, CHUNK = 1000, SIDE = 64 }; /* 16 MiB are read at once: four chunks */

static void write_pictures(const char *path) {
    const hsize_t shape[] = {ROWS, 1, SIDE, SIDE}, chunk[] = {CHUNK, 1, SIDE, SIDE};
    const hsize_t last[] = {ROWS - CHUNK, 0, 0, 0};
    unsigned char *pixels = calloc(ROWS, SIDE * SIDE);
    assert_non_null(pixels);
    for (size_t i = 0; i < ROWS * SIDE * SIDE; i++) pixels[i] = (unsigned char)(i % SIDE);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(4, shape, NULL), how = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(how, 4, chunk);
    H5Pset_deflate(how, 1);
    hid_t set = H5Dcreate2(file, "images", H5T_STD_U8LE, space, H5P_DEFAULT, how, H5P_DEFAULT);
    assert_true(H5Dwrite(set, H5T_NATIVE_UCHAR, H5S_ALL, H5S_ALL, H5P_DEFAULT, pixels) >= 0);
    assert_true(H5Dwrite_chunk(set, H5P_DEFAULT, 0, last, 9, "no chunk") >= 0);
    H5Dclose(set);
    H5Pclose(how);
    H5Sclose(space);
    H5Fclose(file);
    free(pixels);
}

static void first_pictures_of_a_damaged_file_are_in(void **state) {
    gt_import_settings settings = settings_for("hdf5", true);
    assert_int_equal(mkdir(in_folder("sets"), 0700), 0);
    write_pictures(in_folder("sets/a.h5"));
    refuse(&settings, in_folder("sets"), GT_BAD_FORMAT, "damaged");
    settings.drop_damaged = true;
    gt_dataset *set = import(&settings, in_folder("sets"));
    assert_int_equal(gt_dataset_describe(set)->count, ROWS - CHUNK);
    assert_non_null(strstr(report.note, "1 file cannot be read and is left out (1 from its "
                                        "first damaged picture on)"));
    gt_dataset_close(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(first_pictures_of_a_damaged_file_are_in)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
