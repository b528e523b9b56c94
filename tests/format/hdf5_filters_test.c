/* hdf5_filters_test.c - data sets of HDF5 files that are packed: by h5py's LZF, by filters that
 * are not known, and in newer forms. */
#include "gt_test.h"

#include <hdf5.h>
#include <stdlib.h>

#include "file.h"
#include "hdf5_internal.h"
#include "hdf5_maker.h"

static size_t pass_through(unsigned flags, size_t count, const unsigned *values, size_t bytes,
                           size_t *size, void **buffer) {
    return bytes;
}

static void unknown_filters_are_refused(void **state) {
    const hsize_t dims[] = {3, 4};
    static const unsigned char values[12];
    const H5Z_class2_t filter = {H5Z_CLASS_T_VERS,  32008, 1,    1,
                                 "bits of someone", NULL,  NULL, pass_through};
    assert_true(H5Zregister(&filter) >= 0);
    hid_t file = create("a.h5"), plist = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(plist, 2, dims);
    H5Pset_filter(plist, 32008, H5Z_FLAG_MANDATORY, 0, NULL);
    add(file, "images", 2, dims, H5T_STD_U8LE, plist, values);
    H5Pclose(plist);
    plist = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(plist, 2, dims);
    H5Pset_shuffle(plist);
    H5Pset_deflate(plist, 9);
    H5Pset_fletcher32(plist);
    add(file, "fine", 2, dims, H5T_STD_U8LE, plist, values);
    H5Pclose(plist);
    H5Fclose(file);
    H5Zunregister(32008);
    expect(
        "a.h5", "images", GT_UNSUPPORTED,
        "a.h5: data set 'images' is packed by filter bits of someone (32008), expected gzip, "
        "lzf, shuffle or fletcher32: write it anew with `h5repack -f GZIP=4 OLD NEW` where "
        "that "
        "filter is installed");
    gt_hdf5 *in = NULL;
    gt_hdf5_array *array = NULL;
    assert_ok(gt_hdf5_open(in_folder("a.h5"), &in, &err), err);
    assert_ok(gt_hdf5_array_open(in, "fine", &array, &err), err);
    assert_int_equal(gt_hdf5_array_shape(array)->chunk_rows, 3);
    gt_hdf5_array_close(array);
    gt_hdf5_close(in);
}

/* ---- h5py's LZF ---- */

#define LZF_FILE "golden/format/hdf5/lzf.h5"

static void h5py_lzf_is_read(void **state) {
    enum { ROWS = 20, HIGH = 16, WIDE = 24 };
    static const char *const names[] = {"images", "floats"};
    static float values[ROWS][HIGH][WIDE], chance[4][8][8];
    gt_hdf5 *file = NULL;
    gt_hdf5_array *array = NULL;
    assert_ok(gt_hdf5_open(LZF_FILE, &file, &err), err);
    for (int i = 0; i < 2; i++) {
        assert_ok(gt_hdf5_array_open(file, names[i], &array, &err), err);
        assert_ok(gt_hdf5_array_read(array, 0, ROWS, GT_HDF5_F32, values, &err), err);
        for (int n = 0; n < ROWS; n++)
            for (int y = 0; y < HIGH; y++)
                for (int x = 0; x < WIDE; x++)
                    assert_near(values[n][y][x], (7 * n + y + x / 4) % 11, 0);
        gt_hdf5_array_close(array);
    }
    assert_ok(gt_hdf5_array_open(file, "chance", &array, &err), err);
    assert_ok(gt_hdf5_array_read(array, 0, 4, GT_HDF5_F32, chance, &err), err);
    for (int i = 0; i < 64; i++) assert_near(chance[0][i / 8][i % 8], i, 0);
    gt_hdf5_array_close(array);
    gt_hdf5_close(file);
}

static void h5py_lzf_texts_are_read(void **state) {
    enum { COUNT = 40, LENGTH = 7 };
    static const char *const names[] = {"plain", "shuffled"};
    char out[COUNT][LENGTH], text[LENGTH + 1];
    gt_hdf5 *file = NULL;
    gt_hdf5_array *array = NULL;
    assert_ok(gt_hdf5_open("golden/format/hdf5/lzf_texts.h5", &file, &err), err);
    for (int s = 0; s < 2; s++) {
        assert_ok(gt_hdf5_array_open(file, names[s], &array, &err), err);
        assert_int_equal(gt_hdf5_array_shape(array)->item_size, LENGTH);
        assert_ok(gt_hdf5_array_read(array, 0, COUNT, GT_HDF5_TEXT, out, &err), err);
        for (int i = 0; i < COUNT; i++) {
            snprintf(text, sizeof text, "text %d", i);
            assert_int_equal(strncmp(out[i], i == 4 ? "" : text, LENGTH), 0);
        }
        gt_hdf5_array_close(array);
    }
    gt_hdf5_close(file);
}

/* The copy of the file with other bytes in the place of those that are found; 0: all of them.
 */
static void change_lzf(const char *from, const char *to, size_t size) {
    char *bytes, *end;
    size_t all, found = 0;
    assert_ok(gt_file_load(LZF_FILE, 1 << 20, &bytes, &all, &err), err);
    end = bytes + all;
    for (char *at = bytes; (at = memmem(at, (size_t)(end - at), from, size)); at += size) {
        memcpy(at, to, size);
        found++;
    }
    assert_true(found > 0);
    write_file(in_folder("lzf.h5"), bytes, all);
    free(bytes);
}

/* What a chunk unpacks to must be a chunk: more or less would be read behind its end. */
static void lzf_that_does_not_fit_is_refused(void **state) {
    static float values[20][16][24];
    gt_hdf5 *file = NULL;
    gt_hdf5_array *array = NULL;
    change_lzf("\5\1\0\0\0\x9\0", "\5\1\0\0\0\x8\0", 7); /* LZF's version, 2304 bytes */
    expect("lzf.h5", "images", GT_UNSUPPORTED, "is packed by filter lzf (32000), expected");
    change_lzf("\1\x20\0\0\2\x20", "\1\x40\0\0\2\x20", 6); /* a repetition, one byte longer */
    assert_ok(gt_hdf5_open(in_folder("lzf.h5"), &file, &err), err);
    assert_ok(gt_hdf5_array_open(file, "images", &array, &err), err);
    assert_int_equal(gt_hdf5_array_read(array, 0, 20, GT_HDF5_F32, values, &err),
                     GT_BAD_FORMAT);
    assert_non_null(strstr(err.text, "lzf.h5: data set 'images', rows from 0: damaged"));
    gt_hdf5_array_close(array);
    gt_hdf5_close(file);
}

/* Newer libraries write data sets in a form that this one does not know. */
static void newer_forms_are_told(void **state) {
    change_lzf("\3\2\4", "\5\2\4", 3); /* version of the layout: chunks of three dimensions */
    expect("lzf.h5", "images", GT_BAD_FORMAT, "if a newer HDF5 wrote it: h5py writes");
}

int main(void) {
    gt_hdf5_prepare();
    const struct CMUnitTest tests[] = {
        TEST(unknown_filters_are_refused),
        cmocka_unit_test(h5py_lzf_is_read),
        cmocka_unit_test(h5py_lzf_texts_are_read),
        TEST(lzf_that_does_not_fit_is_refused),
        TEST(newer_forms_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
