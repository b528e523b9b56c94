/* hdf5_test.c - HDF5 files that reach outside themselves or lie about their size are refused,
 * each with its own sentence; what is plain comes back converted. */
#include "gt_test.h"

#include <hdf5.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "galatea/log.h"
#include "hdf5_internal.h"
#include "hdf5_maker.h"
#include "hdf5_window.h"
#include "reading.h"
#include "temp_folder.h"

/* A close that failed on a full disk leaves a block behind in HDF5 1.10.8. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libhdf5";
}

static void add_plain(hid_t where, const char *name) {
    static const unsigned char values[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 250};
    const hsize_t dims[] = {3, 4};
    add(where, name, 2, dims, H5T_STD_U8LE, H5P_DEFAULT, values);
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

static void lists_name_everything(void **state) {
    gt_hdf5 *file = NULL;
    char **names = NULL;
    size_t count;
    hid_t out = create("a.h5");
    const hsize_t three[] = {3};
    static const int values[3];
    hid_t group = H5Gcreate2(out, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    add(out, "b", 1, three, H5T_NATIVE_INT, H5P_DEFAULT, values);
    add_plain(out, "a");
    add_plain(group, "inside");
    H5Lcreate_soft("/a", out, "soft", H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(group);
    H5Fclose(out);
    assert_ok(gt_hdf5_open(in_folder("a.h5"), &file, &err), err);
    assert_ok(gt_hdf5_list(file, "/", &names, &count, &err), err);
    assert_int_equal(count, 4);
    const char *expected[] = {"a", "b", "group/", "soft"};
    for (int i = 0; i < 4; i++) assert_string_equal(names[i], expected[i]);
    free(names);
    assert_ok(gt_hdf5_list(file, "group/", &names, &count, &err), err);
    assert_int_equal(count, 1);
    assert_string_equal(names[0], "inside");
    free(names);
    assert_int_equal(gt_hdf5_list(file, "none", &names, &count, &err), GT_NOT_FOUND);
    assert_int_equal(gt_hdf5_list(file, "a", &names, &count, &err), GT_BAD_FORMAT);
    assert_true(gt_hdf5_has(file, "group/inside") && gt_hdf5_has(file, "/soft"));
    assert_false(gt_hdf5_has(file, "group/none") || gt_hdf5_has(file, "a/inside"));
    assert_false(gt_hdf5_has(file, "soft/x") || gt_hdf5_has(file, ""));
    gt_hdf5_close(file);
}

/* As damage may leave it. */
static void names_are_never_empty(void **state) {
    gt_hdf5 *file = NULL;
    char **names, *bytes;
    size_t count, size;
    hid_t out = create("a.h5");
    add_plain(out, "nameless");
    add_plain(out, "named");
    H5Fclose(out);
    assert_ok(gt_file_load(in_folder("a.h5"), 1 << 20, &bytes, &size, &err), err);
    char *name = memmem(bytes, size, "nameless", 8);
    assert_non_null(name);
    *name = 0;
    write_file(in_folder("a.h5"), bytes, size);
    free(bytes);
    assert_ok(gt_hdf5_open(in_folder("a.h5"), &file, &err), err);
    assert_ok(gt_hdf5_list(file, "/", &names, &count, &err), err);
    for (size_t i = 0; i < count; i++) assert_true(*names[i]);
    assert_int_equal(count, 1);
    free(names);
    gt_hdf5_close(file);
}

static void keep_remark(void *user, const char *line) {
    snprintf(user, 256, "%s", line);
}

/* What is beyond the limits is counted. */
static void names_beyond_the_limits_are_told(void **state) {
    enum { MOST = 1000, MORE = 2 };
    static const int values[4];
    const hsize_t two[] = {2};
    char longest[300], remark[256] = "";
    gt_hdf5 *file = NULL;
    char **names;
    size_t count;
    hid_t out = create("a.h5"), table = H5Tcreate(H5T_COMPOUND, 8);
    hid_t group = H5Gcreate2(out, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    for (int i = 0; i < MOST + MORE; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%04d", i);
        H5Lcreate_soft("/table", group, name, H5P_DEFAULT, H5P_DEFAULT);
    }
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = 0;
    H5Tinsert(table, longest, 0, H5T_NATIVE_INT);
    H5Tinsert(table, "n", 4, H5T_NATIVE_INT);
    add(out, "table", 1, two, table, H5P_DEFAULT, values);
    H5Tclose(table);
    H5Gclose(group);
    H5Fclose(out);
    assert_ok(gt_hdf5_open(in_folder("a.h5"), &file, &err), err);
    gt_log_to(keep_remark, remark);
    assert_ok(gt_hdf5_list(file, "/", &names, &count, &err), err);
    free(names);
    assert_string_equal(remark, "");
    assert_ok(gt_hdf5_list(file, "/group", &names, &count, &err), err);
    free(names);
    assert_int_equal(count, MOST);
    assert_non_null(strstr(remark, "a.h5: 2 names in '/group' passed over, expected at most "
                                   "1000 of up to 254 bytes"));
    assert_ok(gt_hdf5_list(file, "table", &names, &count, &err), err);
    free(names);
    assert_int_equal(count, 1);
    assert_non_null(strstr(remark, "a.h5: 1 name in '/table' passed over"));
    gt_log_to(NULL, NULL);
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

/* A filter is never looked for on disk. */
static void no_plugin_is_loaded(void **state) {
    unsigned allowed = 1;
    gt_hdf5_prepare();
    assert_true(H5PLget_loading_state(&allowed) >= 0);
    assert_int_equal(allowed, 0);
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

static void other_types_are_refused(void **state) {
    const hsize_t dims[] = {2};
    static const unsigned char zeros[64];
    hid_t file = create("a.h5");
    hid_t pair = H5Tcreate(H5T_COMPOUND, 8), list = H5Tvlen_create(H5T_STD_I32LE),
          array = H5Tarray_create2(H5T_STD_REF_OBJ, 1, dims), odd = H5Tcopy(H5T_STD_I32LE),
          brain = H5Tcopy(H5T_IEEE_F32LE), longest = H5Tcopy(H5T_C_S1),
          opaque = H5Tcreate(H5T_OPAQUE, 4);
    H5Tinsert(pair, "a", 0, H5T_STD_I32LE);
    H5Tinsert(pair, "b", 4, H5T_STD_I32LE);
    H5Tset_precision(odd, 17);
    H5Tset_fields(brain, 15, 7, 8, 0, 7); /* bfloat16 */
    H5Tset_size(brain, 2);
    H5Tset_size(longest, 4097);
    const struct {
        const char *name, *words;
        hid_t type;
        const void *values;
    } all[] = {{"pair", "holds compound records", pair, NULL},
               {"list", "holds lists of variable length", list, NULL},
               {"array", "holds arrays as values", array, zeros},
               {"reference", "holds references", H5T_STD_REF_OBJ, zeros},
               {"bits", "holds bit fields", H5T_STD_B8LE, zeros},
               {"odd", "holds integers of an unusual size", odd, zeros},
               {"brain", "holds floats of an unusual form", brain, zeros},
               {"opaque", "holds opaque bytes", opaque, zeros},
               {"longest", "holds texts of more than 4096 bytes", longest, NULL}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        add(file, all[i].name, 1, dims, all[i].type, H5P_DEFAULT, all[i].values);
    H5Fclose(file);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        expect("a.h5", all[i].name, GT_UNSUPPORTED, all[i].words);
    const hid_t types[] = {pair, list, array, odd, brain, longest, opaque};
    for (int i = 0; i < 7; i++) H5Tclose(types[i]);
}

/* The type of h5py's float16. */
static hid_t half_type(void) {
    hid_t half = H5Tcopy(H5T_IEEE_F32LE);
    H5Tset_fields(half, 15, 10, 5, 0, 10);
    H5Tset_size(half, 2);
    H5Tset_ebias(half, 15);
    return half;
}

static void half_floats_and_enumerations_are_numbers(void **state) {
    const hsize_t four[] = {4};
    static const uint16_t halves[] = {0x3c00, 0xc100, 0x7bff, 0x0001};
    static const signed char truths[] = {1, 0, 0, 1};
    static const short kinds[] = {3, 1, 3, -1};
    hid_t file = create("a.h5"), half = half_type();
    hid_t truth = H5Tenum_create(H5T_STD_I8LE), kind = H5Tenum_create(H5T_STD_I16BE);
    signed char no = 0, yes = 1;
    const short values[] = {1, 3, -1}; /* members are told in the base type's order */
    H5Tenum_insert(truth, "FALSE", &no);
    H5Tenum_insert(truth, "TRUE", &yes);
    const char *names[] = {"FRI", "FRII", "unknown"};
    for (int i = 0; i < 3; i++) {
        short value = (short)__builtin_bswap16((uint16_t)values[i]);
        H5Tenum_insert(kind, names[i], &value);
    }
    add(file, "half", 1, four, half, H5P_DEFAULT, halves);
    add(file, "truth", 1, four, truth, H5P_DEFAULT, truths);
    short swapped[4];
    for (int i = 0; i < 4; i++) swapped[i] = (short)__builtin_bswap16((uint16_t)kinds[i]);
    add(file, "kind", 1, four, kind, H5P_DEFAULT, swapped);
    H5Tclose(half);
    H5Tclose(truth);
    H5Tclose(kind);
    H5Fclose(file);
    gt_hdf5 *in = NULL;
    gt_hdf5_array *array = NULL;
    char **found = NULL;
    size_t count;
    float floats[4];
    int64_t integers[4];
    assert_ok(gt_hdf5_open(in_folder("a.h5"), &in, &err), err);
    assert_ok(gt_hdf5_array_open(in, "half", &array, &err), err);
    assert_string_equal(gt_hdf5_type_name(gt_hdf5_array_shape(array)->type), "float16");
    assert_ok(gt_hdf5_array_read(array, 0, 4, GT_HDF5_F32, floats, &err), err);
    assert_true(floats[0] == 1 && floats[1] == -2.5f && floats[2] == 65504);
    assert_true(floats[3] == 0x1p-24f);
    gt_hdf5_array_close(array);
    assert_ok(gt_hdf5_array_open(in, "truth", &array, &err), err);
    assert_ok(gt_hdf5_array_read(array, 0, 4, GT_HDF5_I64, integers, &err), err);
    for (int i = 0; i < 4; i++) assert_int_equal(integers[i], truths[i]);
    assert_ok(gt_hdf5_value_names(array, &found, &count, &err), err);
    assert_int_equal(count, 0);
    gt_hdf5_array_close(array);
    assert_ok(gt_hdf5_array_open(in, "kind", &array, &err), err);
    assert_ok(gt_hdf5_array_read(array, 0, 4, GT_HDF5_I64, integers, &err), err);
    for (int i = 0; i < 4; i++) assert_int_equal(integers[i], kinds[i]);
    assert_ok(gt_hdf5_value_names(array, &found, &count, &err), err);
    assert_int_equal(count, 4);
    const char *expected[] = {"0", "FRI", "2", "FRII"};
    for (int i = 0; i < 4; i++) assert_string_equal(found[i], expected[i]);
    free(found);
    gt_hdf5_array_close(array);
    gt_hdf5_close(in);
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

/* ---- windows ---- */

static void windows_end_where_chunks_do(void **state) {
    enum { ROWS = 1000, SIDE = 32, ROW = SIDE * SIDE };
    const hsize_t dims[] = {ROWS, SIDE, SIDE};
    const hsize_t chunks[][3] = {
        {ROWS, SIDE, SIDE}, {700, 16, SIDE}, {300, 10, 7}, {1, SIDE, SIDE}, {7, SIDE, SIDE}};
    const size_t most[] = {ROWS, 700, 300, 19, 14};
    unsigned char *values = malloc(ROWS * ROW);
    for (size_t i = 0; i < ROWS * ROW; i++) values[i] = (unsigned char)(i * i >> 5);
    for (int c = 0; c < 5; c++) {
        hid_t out = create("a.h5"), plist = H5Pcreate(H5P_DATASET_CREATE);
        H5Pset_chunk(plist, 3, chunks[c]);
        H5Pset_shuffle(plist);
        H5Pset_deflate(plist, 1);
        H5Pset_fletcher32(plist);
        add(out, "images", 3, dims, H5T_STD_U8LE, plist, values);
        H5Pclose(plist);
        H5Fclose(out);
        gt_hdf5 *file = NULL;
        gt_hdf5_array *array = NULL;
        gt_hdf5_window window;
        size_t loads = 0;
        uint64_t first = UINT64_MAX;
        assert_ok(gt_hdf5_open(in_folder("a.h5"), &file, &err), err);
        assert_ok(gt_hdf5_array_open(file, "images", &array, &err), err);
        assert_ok(gt_hdf5_window_open(&window, array, GT_HDF5_U8, 20000, &err), err);
        assert_int_equal(window.most, most[c]);
        for (uint64_t row = 0; row < ROWS; row++) {
            const void *at;
            assert_ok(gt_hdf5_window_row(&window, row, &at, &err), err);
            assert_memory_equal(at, values + row * ROW, ROW);
            loads += window.first != first;
            first = window.first;
        }
        assert_int_equal(loads, (ROWS + most[c] - 1) / most[c]);
        gt_hdf5_window_close(&window);
        gt_hdf5_array_close(array);
        gt_hdf5_close(file);
    }
    free(values);
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

/* HDF5 1.10.8 ends its process with a crash when a file could not be closed: it may not look
 * at what is open when the process ends. */
static void a_closing_that_failed_harms_no_end(void **state) {
    int ended = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        const hsize_t size = 1 << 16;
        const struct rlimit limit = {4096, 4096};
        static const unsigned char zeros[1 << 16];
        signal(SIGXFSZ, SIG_IGN);
        signal(SIGSEGV, SIG_DFL); /* cmocka would catch it */
        setrlimit(RLIMIT_FSIZE, &limit);
        hid_t file = H5Fcreate(in_folder("full.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
        hid_t space = H5Screate_simple(1, &size, NULL), chunks = H5Pcreate(H5P_DATASET_CREATE);
        H5Pset_chunk(chunks, 1, &size);
        hid_t array =
            H5Dcreate2(file, "a", H5T_NATIVE_UINT8, space, H5P_DEFAULT, chunks, H5P_DEFAULT);
        H5Dwrite(array, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros);
        herr_t closed[] = {H5Dclose(array), H5Fclose(file)};
        exit(closed[0] < 0 || closed[1] < 0 ? 0 : 2);
    }
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_int_equal(ended, 0);
}

/* Arrays in groups that are made on the way, whole numbers as attributes, and equal bytes. */
static void groups_and_whole_attributes_are_written(void **state) {
    static const int64_t least = INT64_MIN;
    const gt_hdf5_new_attribute attributes[] = {
        {.array = "columns/z", .name = "missing", .whole = &least},
        {.array = "columns/z", .name = "unit", .text = "mag"},
        {.name = "scale", .real = 1.5}};
    const char *const names[] = {"a.h5", "b.h5"};
    static unsigned char bytes[2][1 << 16];
    size_t sizes[2];
    for (int i = 0; i < 2; i++) {
        gt_hdf5_new_array arrays[] = {
            {.name = "images", .type = GT_HDF5_U8, .rank = 1, .dims = {3}},
            {.name = "columns/z", .type = GT_HDF5_I64, .rank = 1, .dims = {3}},
            {.name = "columns/b", .type = GT_HDF5_F64, .rank = 1, .dims = {3}}};
        assert_ok(gt_hdf5_create_flat(in_folder(names[i]), arrays, 3, attributes, 3, &err),
                  err);
        assert_true(arrays[1].offset != arrays[2].offset);
        FILE *file = fopen(in_folder(names[i]), "rb");
        sizes[i] = fread(bytes[i], 1, sizeof bytes[i], file);
        fclose(file);
    }
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(bytes[0], bytes[1], sizes[0]);
    gt_hdf5 *file = NULL;
    gt_hdf5_array *array = NULL;
    char **list, *text;
    size_t count;
    double number;
    assert_ok(gt_hdf5_open(in_folder("a.h5"), &file, &err), err);
    assert_ok(gt_hdf5_list(file, "columns/", &list, &count, &err), err);
    assert_int_equal(count, 2);
    free(list);
    assert_ok(gt_hdf5_array_open(file, "columns/z", &array, &err), err);
    assert_true(gt_hdf5_array_shape(array)->flat);
    assert_ok(gt_hdf5_real(file, array, "missing", &number, &err), err);
    assert_true(number == -0x1p63);
    assert_ok(gt_hdf5_text(file, array, "unit", &text, &err), err);
    assert_string_equal(text, "mag");
    free(text);
    gt_hdf5_array_close(array);
    gt_hdf5_close(file);
}

int main(void) {
    gt_hdf5_prepare();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    const struct CMUnitTest tests[] = {
        TEST(plain_numbers_are_converted),
        TEST(groups_and_whole_attributes_are_written),
        TEST(texts_come_back),
        TEST(lists_name_everything),
        TEST(names_are_never_empty),
        TEST(names_beyond_the_limits_are_told),
        TEST(nothing_outside_the_file_is_read),
        cmocka_unit_test(no_plugin_is_loaded),
        TEST(unknown_filters_are_refused),
        cmocka_unit_test(h5py_lzf_is_read),
        cmocka_unit_test(h5py_lzf_texts_are_read),
        TEST(newer_forms_are_told),
        TEST(lzf_that_does_not_fit_is_refused),
        TEST(other_types_are_refused),
        TEST(half_floats_and_enumerations_are_numbers),
        TEST(texts_of_variable_length_are_padded),
        TEST(damaged_texts_are_refused),
        TEST(windows_end_where_chunks_do),
        TEST(shapes_larger_than_the_file_are_refused),
        TEST(values_all_alike_are_read),
        TEST(members_of_archives_are_no_files),
        TEST(cut_files_are_refused),
        TEST(impossible_files_fail_on_closing_or_before),
        TEST(a_closing_that_failed_harms_no_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
