/* hdf5_damage_test.c - HDF5 files that are cut, claim more than they hold or are members of an
 * archive are refused; what only looks like these is read. */
#include "gt_test.h"

#include <hdf5.h>
#include <stdlib.h>

#include "file.h"
#include "hdf5_internal.h"
#include "hdf5_maker.h"
#include "reading.h"

static void shapes_larger_than_the_file_are_refused(void **state) {
    const hsize_t huge[] = {(hsize_t)1 << 20, (hsize_t)1 << 20}, most[] = {1, 300 << 20};
    const hsize_t chunk[] = {1 << 10, 1 << 10}, large[] = {1 << 14, 1 << 15}, one[] = {1, 1};
    const hsize_t overflow[] = {(hsize_t)1 << 40, (hsize_t)1 << 30}, none[] = {0, 4};
    static unsigned char values[1 << 20];
    hid_t file = create("a.h5"), chunked = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(chunked, 2, chunk);
    H5Pset_deflate(chunked, 1);
    add(file, "never", 2, huge, H5T_STD_U8LE, chunked, NULL);
    add(file, "contiguous", 2, huge, H5T_STD_U8LE, H5P_DEFAULT, NULL);
    add(file, "row", 2, most, H5T_STD_U8LE, H5P_DEFAULT, NULL);
    add(file, "none", 2, none, H5T_STD_U8LE, H5P_DEFAULT, NULL);
    H5Pset_chunk(chunked, 2, large);
    add(file, "chunk", 2, huge, H5T_STD_U8LE, chunked, NULL);
    H5Pset_chunk(chunked, 2, one);
    add(file, "product", 2, overflow, H5T_STD_U8LE, chunked, NULL);
    /* One chunk of many is written. */
    H5Pset_chunk(chunked, 2, chunk);
    hid_t space = H5Screate_simple(2, huge, NULL), memory = H5Screate_simple(2, chunk, NULL);
    hid_t set =
        H5Dcreate2(file, "sparse", H5T_STD_U8LE, space, H5P_DEFAULT, chunked, H5P_DEFAULT);
    const hsize_t start[] = {0, 0};
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, chunk, NULL);
    for (size_t i = 0; i < sizeof values; i++) values[i] = (unsigned char)(i * i >> 7);
    assert_true(H5Dwrite(set, H5T_STD_U8LE, memory, space, H5P_DEFAULT, values) >= 0);
    H5Dclose(set);
    H5Sclose(space);
    H5Sclose(memory);
    H5Pclose(chunked);
    H5Fclose(file);
    expect("a.h5", "never", GT_UNSUPPORTED, "was never written");
    expect("a.h5", "contiguous", GT_UNSUPPORTED, "was never written");
    expect("a.h5", "row", GT_UNSUPPORTED, "rows of more than 256 MiB");
    expect("a.h5", "none", GT_BAD_FORMAT, "is empty");
    expect("a.h5", "chunk", GT_UNSUPPORTED, "chunks of more than 256 MiB");
    expect("a.h5", "product", GT_BAD_FORMAT, "shape that overflows");
    expect("a.h5", "sparse", GT_UNSUPPORTED, "more than 1040 to 1");
}

/* As masks and labels often are: gzip packs them better than 1000 to 1. */
static void values_all_alike_are_read(void **state) {
    static unsigned char zeros[1 << 20];
    const hsize_t dims[] = {4, 1 << 18};
    gt_hdf5 *h5 = NULL;
    gt_hdf5_array *array = NULL;
    hid_t chunked = H5Pcreate(H5P_DATASET_CREATE), file = create("a.h5");
    H5Pset_chunk(chunked, 2, dims);
    H5Pset_deflate(chunked, 9);
    add(file, "mask", 2, dims, H5T_STD_U8LE, chunked, zeros);
    H5Pclose(chunked);
    H5Fclose(file);
    assert_ok(gt_hdf5_open(in_folder("a.h5"), &h5, &err), err);
    assert_ok(gt_hdf5_array_open(h5, "mask", &array, &err), err);
    gt_hdf5_array_close(array);
    gt_hdf5_close(h5);
}

/* A file behind a user's block is read, and not the first member of a tar archive. */
static void members_of_archives_are_no_files(void **state) {
    static const unsigned char values[] = {1, 2, 3, 4};
    const hsize_t dims[] = {4};
    char *bytes = NULL, *behind = NULL;
    size_t size = 0;
    hid_t file = create("a.h5");
    add(file, "x", 1, dims, H5T_STD_U8LE, H5P_DEFAULT, values);
    H5Fclose(file);
    assert_ok(gt_file_load(in_folder("a.h5"), 1 << 20, &bytes, &size, &err), err);
    behind = calloc(1, size + 512);
    memcpy(behind + 512, bytes, size);
    for (int is_tar = 0; is_tar < 2; is_tar++) {
        gt_hdf5 *h5 = NULL;
        if (is_tar) memcpy(behind + 257, "ustar", 5);
        write_file(in_folder("b.h5"), behind, size + 512);
        assert_int_equal(gt_hdf5_open(in_folder("b.h5"), &h5, &err),
                         is_tar ? GT_BAD_FORMAT : GT_OK);
        if (is_tar)
            assert_non_null(strstr(err.text, "b.h5: no readable HDF5 file (an archive)"));
        gt_hdf5_close(h5);
    }
    free(behind);
    free(bytes);
}

static void cut_files_are_refused(void **state) {
    char *bytes = NULL;
    size_t size;
    hid_t file = create("a.h5");
    add_plain(file, "images");
    H5Fclose(file);
    assert_ok(gt_file_load(in_folder("a.h5"), 1 << 20, &bytes, &size, &err), err);
    gt_reader_be_here(true);
    for (size_t i = 0; i < 300; i++) {
        gt_hdf5 *in = NULL;
        write_file(in_folder("cut.h5"), bytes, i * (size - 1) / 299);
        assert_int_equal(gt_hdf5_open(in_folder("cut.h5"), &in, &err), GT_BAD_FORMAT);
        assert_non_null(strstr(err.text, "cut.h5"));
    }
    gt_reader_be_here(false);
    if (!strstr(err.text, "truncated")) fail_msg("%s", err.text);
    free(bytes);
}

int main(void) {
    gt_hdf5_prepare();
    const struct CMUnitTest tests[] = {
        TEST(shapes_larger_than_the_file_are_refused),
        TEST(values_all_alike_are_read),
        TEST(members_of_archives_are_no_files),
        TEST(cut_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
