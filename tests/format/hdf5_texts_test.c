/* hdf5_texts_test.c - texts of HDF5 files, of one length or of any, in data sets and
 * attributes; damaged ones are refused. */
#include "gt_test.h"

#include <hdf5.h>
#include <stdlib.h>

#include "file.h"
#include "hdf5_internal.h"
#include "hdf5_maker.h"
#include "reading.h"

static void texts_come_back(void **state) {
    gt_hdf5 *file = NULL;
    gt_hdf5_array *array = NULL;
    hid_t out = create("a.h5"), text = H5Tcopy(H5T_C_S1), variable = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, 4);
    H5Tset_strpad(text, H5T_STR_SPACEPAD);
    H5Tset_cset(text, H5T_CSET_UTF8);
    H5Tset_size(variable, H5T_VARIABLE);
    const hsize_t two[] = {2};
    add(out, "id", 1, two, text, H5P_DEFAULT, "ab  long");
    hid_t space = H5Screate_simple(1, two, NULL), scalar = H5Screate(H5S_SCALAR);
    const char *words[] = {"first", "second"};
    hid_t at = H5Acreate2(out, "names", variable, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(at, variable, words);
    H5Aclose(at);
    at = H5Acreate2(out, "survey", text, scalar, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(at, text, "VLA ");
    H5Aclose(at);
    const double scale = 1.8;
    at = H5Acreate2(out, "scale", H5T_IEEE_F64LE, scalar, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(at, H5T_NATIVE_DOUBLE, &scale);
    H5Aclose(at);
    H5Sclose(space);
    H5Sclose(scalar);
    H5Tclose(text);
    H5Tclose(variable);
    H5Fclose(out);
    char **names = NULL, *survey = NULL, id[8];
    size_t count;
    double real;
    assert_ok(gt_hdf5_open(in_folder("a.h5"), &file, &err), err);
    assert_ok(gt_hdf5_texts(file, NULL, "names", &names, &count, &err), err);
    assert_int_equal(count, 2);
    assert_string_equal(names[0], "first");
    assert_string_equal(names[1], "second");
    free(names);
    assert_ok(gt_hdf5_text(file, NULL, "survey", &survey, &err), err);
    assert_string_equal(survey, "VLA");
    free(survey);
    assert_ok(gt_hdf5_text(file, NULL, "nothing", &survey, &err), err);
    assert_null(survey);
    assert_ok(gt_hdf5_real(file, NULL, "scale", &real, &err), err);
    assert_true(real == 1.8);
    assert_ok(gt_hdf5_real(file, NULL, "nothing", &real, &err), err);
    assert_true(isnan(real));
    assert_int_equal(gt_hdf5_text(file, NULL, "scale", &survey, &err), GT_BAD_FORMAT);
    assert_int_equal(gt_hdf5_text(file, NULL, "names", &survey, &err), GT_BAD_FORMAT);
    assert_int_equal(gt_hdf5_real(file, NULL, "survey", &real, &err), GT_BAD_FORMAT);
    assert_ok(gt_hdf5_array_open(file, "id", &array, &err), err);
    assert_ok(gt_hdf5_array_read(array, 0, 2, GT_HDF5_TEXT, id, &err), err);
    assert_memory_equal(id, "ab\0\0long", 8);
    gt_hdf5_array_close(array);
    gt_hdf5_close(file);
}

static void texts_of_variable_length_are_padded(void **state) {
    enum { COUNT = 1300 }; /* more than are read at once */
    static const char *words[COUNT];
    static char made[COUNT][16], out[COUNT * 11];
    const hsize_t dims[] = {COUNT}, chunk[] = {700};
    hid_t file = create("a.h5"), type = H5Tcopy(H5T_C_S1),
          plist = H5Pcreate(H5P_DATASET_CREATE);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    for (int i = 0; i < COUNT; i++) {
        snprintf(made[i], sizeof made[i], "caf\xc3\xa9 %d", i);
        words[i] = i == 7 ? NULL : i == 8 ? "" : i == 9 ? "0123456789a" : made[i];
    }
    add(file, "plain", 1, dims, type, plist, words);
    H5Pset_chunk(plist, 1, chunk);
    H5Pset_shuffle(plist);
    H5Pset_deflate(plist, 6);
    add(file, "packed", 1, dims, type, plist, words);
    char *longest = calloc(1, 5000);
    memset(longest, 'x', 4097);
    words[3] = longest;
    add(file, "longest", 1, dims, type, plist, words);
    free(longest);
    words[3] = made[3];
    H5Pclose(plist);
    H5Tclose(type);
    H5Fclose(file);
    expect("a.h5", "longest", GT_UNSUPPORTED, "'longest' has a text of more than 4096 bytes");
    const char *sets[] = {"plain", "packed"};
    for (int s = 0; s < 2; s++) {
        gt_hdf5 *in = NULL;
        gt_hdf5_array *array = NULL;
        assert_ok(gt_hdf5_open(in_folder("a.h5"), &in, &err), err);
        assert_ok(gt_hdf5_array_open(in, sets[s], &array, &err), err);
        const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
        assert_int_equal(shape->type, GT_HDF5_TEXT);
        assert_int_equal(shape->item_size, 11);
        assert_false(shape->flat);
        assert_ok(gt_hdf5_array_read(array, 0, COUNT, GT_HDF5_TEXT, out, &err), err);
        for (int i = 0; i < COUNT; i++) {
            char padded[12] = "";
            snprintf(padded, sizeof padded, "%s", words[i] != NULL ? words[i] : "");
            assert_memory_equal(out + i * 11, padded, 11);
        }
        assert_ok(gt_hdf5_array_read(array, 1000, 1, GT_HDF5_TEXT, out, &err), err);
        assert_memory_equal(out, "caf\xc3\xa9 1000", 10);
        gt_hdf5_array_close(array);
        gt_hdf5_close(in);
    }
}

/* Whatever heaps and references say of themselves, nothing outside them is read. */
static void damaged_texts_are_refused(void **state) {
    static const char *words[] = {"one", "two", "", "a longer text", "five"};
    const hsize_t dims[] = {5};
    char *bytes = NULL, *heap = NULL;
    size_t size;
    hid_t file = create("a.h5"), type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    add(file, "id", 1, dims, type, H5P_DEFAULT, words);
    hid_t set = H5Dopen2(file, "id", H5P_DEFAULT);
    size_t references = H5Dget_offset(set), refused = 0;
    H5Dclose(set);
    H5Tclose(type);
    H5Fclose(file);
    assert_ok(gt_file_load(in_folder("a.h5"), 1 << 20, &bytes, &size, &err), err);
    heap = memmem(bytes, size, "GCOL", 4);
    assert_non_null(heap);
    gt_reader_be_here(true); /* hundreds of files, and no crash */
    for (size_t i = 0; i < 5 * 16 + 160; i++)
        for (int value = 0; value < 256; value += 255) {
            char *at = i < 5 * 16 ? bytes + references + i : heap + (i - 5 * 16), before = *at;
            *at = (char)value;
            write_file(in_folder("b.h5"), bytes, size);
            *at = before;
            gt_hdf5 *in = NULL;
            gt_hdf5_array *array = NULL;
            assert_ok(gt_hdf5_open(in_folder("b.h5"), &in, &err), err);
            gt_status status = gt_hdf5_array_open(in, "id", &array, &err);
            assert_true(status == GT_OK || status == GT_BAD_FORMAT || status == GT_UNSUPPORTED);
            if (status) assert_non_null(strstr(err.text, "b.h5: data set 'id'"));
            refused += status != GT_OK;
            gt_hdf5_array_close(array);
            gt_hdf5_close(in);
        }
    assert_true(refused > 50);
    free(bytes);
    gt_reader_be_here(false);
}

int main(void) {
    gt_hdf5_prepare();
    const struct CMUnitTest tests[] = {
        TEST(texts_come_back),
        TEST(texts_of_variable_length_are_padded),
        TEST(damaged_texts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
