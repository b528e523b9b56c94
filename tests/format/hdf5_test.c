/* hdf5_test.c - HDF5 files that reach outside themselves or lie about their size are refused,
 * each with its own sentence; what is plain comes back converted. */
#include "gt_test.h"

#include <hdf5.h>

#include "galatea/file.h"
#include "hdf5_file.h"
#include "temp_folder.h"

/* A close that failed on a full disk leaves a block behind in HDF5 1.10.8. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libhdf5";
}

static gt_error err;

static hid_t create(const char *name) {
    hid_t file = H5Fcreate(in_folder(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

/* Adds a data set of the given shape, written with zeros unless values is NULL. */
static void add(hid_t where, const char *name, int rank, const hsize_t *dims, hid_t type,
                hid_t plist, const void *values) {
    hid_t space = H5Screate_simple(rank, dims, NULL);
    hid_t set = H5Dcreate2(where, name, type, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    assert_true(set >= 0);
    if (values) assert_true(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(set);
    H5Sclose(space);
}

static void add_plain(hid_t where, const char *name) {
    static const unsigned char values[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 250};
    const hsize_t dims[] = {3, 4};
    add(where, name, 2, dims, H5T_STD_U8LE, H5P_DEFAULT, values);
}

/* Opening data set `name` of the file must fail so. */
static void expect(const char *file_name, const char *name, gt_status status,
                   const char *words) {
    gt_hdf5 *file = NULL;
    gt_hdf5_array *array = NULL;
    assert_ok(gt_hdf5_open(in_folder(file_name), &file, &err), err);
    gt_status got = gt_hdf5_array_open(file, name, &array, &err);
    gt_hdf5_array_close(array);
    gt_hdf5_close(file);
    if (got != status || !strstr(err.text, words) || !strstr(err.text, file_name))
        fail_msg("%s '%s', expected %s '%s'", gt_status_name(got), err.text,
                 gt_status_name(status), words);
}

static void plain_numbers_are_converted(void **state) {
    gt_hdf5 *file = NULL;
    gt_hdf5_array *array = NULL;
    hid_t out = create("a.h5"),
          group = H5Gcreate2(out, "deep", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    add_plain(group, "pixels");
    const hsize_t three[] = {3};
    static const double reals[] = {-1.5, 1e300, 7};
    add(out, "reals", 1, three, H5T_NATIVE_DOUBLE, H5P_DEFAULT, reals);
    H5Gclose(group);
    H5Fclose(out);
    assert_ok(gt_hdf5_open(in_folder("a.h5"), &file, &err), err);
    assert_true(gt_hdf5_has(file, "reals"));
    assert_false(gt_hdf5_has(file, "labels"));
    assert_ok(gt_hdf5_array_open(file, "/deep//pixels", &array, &err), err);
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
    assert_int_equal(shape->type, GT_HDF5_U8);
    assert_int_equal(shape->rank * 100 + shape->dims[0] * 10 + shape->dims[1], 234);
    assert_true(shape->flat && !shape->big_endian && shape->items == 12);
    float floats[8];
    int32_t integers[12];
    assert_ok(gt_hdf5_array_read(array, 1, 2, GT_HDF5_F32, floats, &err), err);
    for (int i = 0; i < 7; i++) assert_true(floats[i] == 5 + i);
    assert_true(floats[7] == 250);
    assert_ok(gt_hdf5_array_read(array, 0, 3, GT_HDF5_I32, integers, &err), err);
    assert_int_equal(integers[11], 250);
    assert_int_equal(gt_hdf5_array_read(array, 1, 3, GT_HDF5_F32, floats, &err),
                     GT_BAD_ARGUMENT);
    assert_int_equal(gt_hdf5_array_read(array, UINT64_MAX, 2, GT_HDF5_F32, floats, &err),
                     GT_BAD_ARGUMENT);
    assert_int_equal(gt_hdf5_array_read(array, 0, 1, GT_HDF5_TEXT, floats, &err),
                     GT_BAD_FORMAT);
    gt_hdf5_array_close(array);
    assert_ok(gt_hdf5_array_open(file, "reals", &array, &err), err);
    assert_ok(gt_hdf5_array_read(array, 0, 3, GT_HDF5_F32, floats, &err), err);
    assert_true(floats[0] == -1.5f && isinf(floats[1]) && floats[2] == 7);
    gt_hdf5_array_close(array);
    gt_hdf5_close(file);
}

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

static void lists_leave_refused_sets_out(void **state) {
    gt_hdf5 *file = NULL;
    char **names = NULL;
    size_t count;
    hid_t out = create("a.h5");
    const hsize_t three[] = {3};
    static const int values[3];
    add(out, "b", 1, three, H5T_NATIVE_INT, H5P_DEFAULT, values);
    add(out, "a", 1, three, H5T_NATIVE_INT, H5P_DEFAULT, values);
    add_plain(out, "c");
    H5Lcreate_soft("/a", out, "soft", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(out);
    assert_ok(gt_hdf5_open(in_folder("a.h5"), &file, &err), err);
    assert_ok(gt_hdf5_list(file, 1, &names, &count, &err), err);
    assert_int_equal(count, 2);
    assert_string_equal(names[0], "a");
    assert_string_equal(names[1], "b");
    free(names);
    gt_hdf5_close(file);
}

static void nothing_outside_the_file_is_read(void **state) {
    const hsize_t dims[] = {3, 4};
    hid_t other = create("other.h5");
    add_plain(other, "images");
    H5Fclose(other);
    hid_t file = create("trick.h5"), plist = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(plist, "/etc/passwd", 0, 12);
    add(file, "external", 2, dims, H5T_STD_U8LE, plist, NULL);
    H5Pclose(plist);
    H5Lcreate_external(in_folder("other.h5"), "/images", file, "elsewhere", H5P_DEFAULT,
                       H5P_DEFAULT);
    H5Lcreate_external(in_folder("other.h5"), "/", file, "otherroot", H5P_DEFAULT, H5P_DEFAULT);
    hid_t group = H5Gcreate2(file, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    add_plain(group, "images");
    H5Gclose(group);
    H5Lcreate_soft("/group", file, "softgroup", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/group/images", file, "soft", H5P_DEFAULT, H5P_DEFAULT);
    plist = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(2, dims, NULL);
    H5Pset_virtual(plist, space, in_folder("other.h5"), "/images", space);
    add(file, "virtual", 2, dims, H5T_STD_U8LE, plist, NULL);
    H5Pclose(plist);
    H5Sclose(space);
    H5Fclose(file);
    expect("trick.h5", "external", GT_UNSUPPORTED, "keeps its values in other files");
    expect("trick.h5", "elsewhere", GT_UNSUPPORTED, "'elsewhere' is a link to somewhere else");
    expect("trick.h5", "otherroot/images", GT_UNSUPPORTED, "'otherroot' is a link");
    expect("trick.h5", "soft", GT_UNSUPPORTED, "'soft' is a link");
    expect("trick.h5", "softgroup/images", GT_UNSUPPORTED, "'softgroup' is a link");
    expect("trick.h5", "virtual", GT_UNSUPPORTED, "virtual view");
    expect("trick.h5", "group/../group/images", GT_UNSUPPORTED, "'..' in a path");
    expect("trick.h5", "group", GT_BAD_FORMAT, "'group' is no data set");
    expect("trick.h5", "group/images/more", GT_NOT_FOUND, "has no data set 'more'");
    expect("trick.h5", "nothing", GT_NOT_FOUND, "has no data set 'nothing'");
    expect("trick.h5", "", GT_BAD_FORMAT, "is no data set");
}

static size_t pass_through(unsigned flags, size_t count, const unsigned *values, size_t bytes,
                           size_t *size, void **buffer) {
    return bytes;
}

static void unknown_filters_are_refused(void **state) {
    const hsize_t dims[] = {3, 4};
    static const unsigned char values[12];
    const H5Z_class2_t filter = {H5Z_CLASS_T_VERS, 32000, 1,    1,
                                 "lzf of someone", NULL,  NULL, pass_through};
    assert_true(H5Zregister(&filter) >= 0);
    hid_t file = create("a.h5"), plist = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(plist, 2, dims);
    H5Pset_filter(plist, 32000, H5Z_FLAG_MANDATORY, 0, NULL);
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
    H5Zunregister(32000);
    expect("a.h5", "images", GT_UNSUPPORTED, "filter 32000 'lzf of someone'");
    gt_hdf5 *in = NULL;
    gt_hdf5_array *array = NULL;
    assert_ok(gt_hdf5_open(in_folder("a.h5"), &in, &err), err);
    assert_ok(gt_hdf5_array_open(in, "fine", &array, &err), err);
    assert_int_equal(gt_hdf5_array_shape(array)->chunk_rows, 3);
    gt_hdf5_array_close(array);
    gt_hdf5_close(in);
}

static void other_types_are_refused(void **state) {
    const hsize_t dims[] = {2};
    static const unsigned char zeros[64];
    hid_t file = create("a.h5");
    hid_t pair = H5Tcreate(H5T_COMPOUND, 8), variable = H5Tcopy(H5T_C_S1),
          reference = H5T_STD_REF_OBJ, odd = H5Tcopy(H5T_STD_I32LE),
          half = H5Tcopy(H5T_IEEE_F32LE), longest = H5Tcopy(H5T_C_S1);
    H5Tinsert(pair, "a", 0, H5T_STD_I32LE);
    H5Tinsert(pair, "b", 4, H5T_STD_I32LE);
    H5Tset_size(variable, H5T_VARIABLE);
    H5Tset_precision(odd, 17);
    H5Tset_fields(half, 15, 10, 5, 0, 10);
    H5Tset_size(half, 2);
    H5Tset_size(longest, 4097);
    add(file, "pair", 1, dims, pair, H5P_DEFAULT, NULL);
    add(file, "variable", 1, dims, variable, H5P_DEFAULT, NULL);
    add(file, "reference", 1, dims, reference, H5P_DEFAULT, zeros);
    add(file, "odd", 1, dims, odd, H5P_DEFAULT, zeros);
    add(file, "half", 1, dims, half, H5P_DEFAULT, zeros);
    add(file, "longest", 1, dims, longest, H5P_DEFAULT, NULL);
    H5Tclose(pair);
    H5Tclose(variable);
    H5Tclose(odd);
    H5Tclose(half);
    H5Tclose(longest);
    H5Fclose(file);
    const char *names[] = {"pair", "variable", "reference", "odd", "half", "longest"};
    for (int i = 0; i < 6; i++) expect("a.h5", names[i], GT_UNSUPPORTED, "has another type");
}

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
    expect("a.h5", "sparse", GT_UNSUPPORTED, "more than 1000 to 1");
}

static void cut_files_are_refused(void **state) {
    char *bytes = NULL;
    size_t size;
    hid_t file = create("a.h5");
    add_plain(file, "images");
    H5Fclose(file);
    assert_ok(gt_file_load(in_folder("a.h5"), 1 << 20, &bytes, &size, &err), err);
    for (size_t i = 0; i < 300; i++) {
        gt_hdf5 *in = NULL;
        write_file(in_folder("cut.h5"), bytes, i * (size - 1) / 299);
        assert_int_equal(gt_hdf5_open(in_folder("cut.h5"), &in, &err), GT_BAD_FORMAT);
        assert_non_null(strstr(err.text, "cut.h5"));
    }
    if (!strstr(err.text, "truncated")) fail_msg("%s", err.text);
    free(bytes);
}

static void impossible_files_fail_on_closing_or_before(void **state) {
    gt_hdf5_new_array array = {.name = "images", .type = GT_HDF5_U8, .rank = 1, .dims = {10}};
    assert_int_equal(gt_hdf5_create_flat(in_folder("no/where.h5"), &array, 1, NULL, 0, &err),
                     GT_IO);
    assert_int_equal(gt_hdf5_create_flat("/dev/full", &array, 1, NULL, 0, &err), GT_IO);
    const gt_hdf5_new_attribute huge = {.name = "x", .text = ""};
    gt_hdf5_new_attribute many = huge;
    char *text = calloc(1, 64002);
    memset(text, 'x', 64001);
    many.text = text;
    assert_int_equal(gt_hdf5_create_flat(in_folder("a.h5"), &array, 1, &many, 1, &err),
                     GT_BAD_ARGUMENT);
    free(text);
    assert_ok(gt_hdf5_create_flat(in_folder("a.h5"), &array, 1, &huge, 1, &err), err);
}

int main(void) {
    H5dont_atexit();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    const struct CMUnitTest tests[] = {
        TEST(plain_numbers_are_converted),
        TEST(texts_come_back),
        TEST(lists_leave_refused_sets_out),
        TEST(nothing_outside_the_file_is_read),
        TEST(unknown_filters_are_refused),
        TEST(other_types_are_refused),
        TEST(shapes_larger_than_the_file_are_refused),
        TEST(cut_files_are_refused),
        TEST(impossible_files_fail_on_closing_or_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
