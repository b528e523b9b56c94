/* foreign_fields_test.c - columns of HDF5 files of others, of every type: imported, and where
 * the file is flat, used as it is. */
#include <hdf5.h>
#include <math.h>
#include <stdlib.h>

#include "galatea/import.h"
#include "gt_test.h"
#include "summary.h"
#include "temp_folder.h"

enum { ROWS = 5 };

static gt_error err;
static gt_import_report report;

static hid_t make(hid_t where, const char *name, hid_t type, hsize_t count, hsize_t chunk,
                  const void *values) {
    hid_t space = H5Screate_simple(1, &count, NULL), plist = H5Pcreate(H5P_DATASET_CREATE);
    if (chunk) H5Pset_chunk(plist, 1, &chunk);
    if (chunk) H5Pset_deflate(plist, 4);
    hid_t set = H5Dcreate2(where, name, type, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    hid_t memory =
        H5Tget_class(type) == H5T_STRING ? type : H5Tget_native_type(type, H5T_DIR_ASCEND);
    assert_true(set >= 0);
    assert_true(H5Dwrite(set, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Pclose(plist);
    H5Sclose(space);
    return set;
}

static void add(hid_t where, const char *name, hid_t type, const void *values) {
    H5Dclose(make(where, name, type, ROWS, 0, values));
}

static void say(hid_t set, const char *name, const char *text) {
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, strlen(text));
    hid_t attribute = H5Acreate2(set, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, type, text) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

static void say_number(hid_t set, const char *name, double value) {
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(set, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, H5T_NATIVE_DOUBLE, &value) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
}

static hid_t create(void) {
    static const unsigned char pixels[ROWS] = {1, 2, 3, 4, 5};
    const hsize_t dims[] = {ROWS, 1, 1, 1};
    hid_t file = H5Fcreate(in_folder("in.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(4, dims, NULL);
    hid_t set =
        H5Dcreate2(file, "images", H5T_STD_U8LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(set, H5T_NATIVE_UCHAR, H5S_ALL, H5S_ALL, H5P_DEFAULT, pixels);
    H5Dclose(set);
    H5Sclose(space);
    return file;
}

static gt_dataset *import(const char *where, const char *column) {
    static char out[128], in[128];
    gt_dataset *set = NULL;
    gt_import_settings settings = gt_import_settings_default();
    snprintf(out, sizeof out, "%s", in_folder("out.h5"));
    snprintf(in, sizeof in, "%s", in_folder("in.h5"));
    settings.format = "hdf5";
    settings.out = out;
    settings.where = where;
    settings.column = column;
    assert_ok(gt_import_run(&settings, in, NULL, NULL, NULL, &report, &err), err);
    assert_ok(gt_dataset_open(out, &set, &err), err);
    return set;
}

static size_t place(gt_dataset *set, const char *name) {
    const gt_dataset_info *info = gt_dataset_describe(set);
    size_t at = gt_field_find(info->fields, info->field_count, name);
    if (at == info->field_count) fail_msg("no column '%s'", name);
    return at;
}

static double number(gt_dataset *set, const char *name, uint64_t row) {
    const gt_field_value *values;
    size_t at = place(set, name);
    assert_ok(gt_dataset_values(set, row, &values, &err), err);
    bool is_whole = gt_dataset_describe(set)->fields[at].type == GT_FIELD_INTEGER;
    if (is_whole && values[at].integer == GT_FIELD_NO_INTEGER) return (double)NAN;
    return is_whole ? (double)values[at].integer : values[at].real;
}

/* ---- every type ---- */

static const signed char small[ROWS] = {-3, 0, 3, -128, 127};
static const unsigned char bytes[ROWS] = {0, 1, 2, 200, 255};
static const short shorts[ROWS] = {-300, 0, 300, 32767, -32768};
static const int ints[ROWS] = {-70000, 0, 70000, 2147483647, -99};
static const long longs[ROWS] = {-5000000000, 0, 9007199254740993, 1, 2};
static const unsigned long huge[ROWS] = {0, 1, 9223372036854775807u, 9223372036854775808u, 7};
static const float floats[ROWS] = {0.1f, -1.5f, (float)NAN, 3e38f, -999};
static const double doubles[ROWS] = {0.1, 1e300, (double)NAN, -2.5, 0};

static hid_t create_all(void) {
    hid_t file = create(), text = H5Tcopy(H5T_C_S1), set;
    H5Tset_size(text, 4);
    add(file, "small", H5T_STD_I8LE, small);
    add(file, "bytes", H5T_STD_U8LE, bytes);
    add(file, "shorts", H5T_STD_I16LE, shorts);
    set = make(file, "ints", H5T_STD_I32LE, ROWS, 0, ints);
    say(set, "units", "counts");
    say(set, "long_name", "how many");
    say(set, "UCD", "meta.number");
    say_number(set, "_FillValue", -99);
    H5Dclose(set);
    add(file, "longs", H5T_STD_I64LE, longs);
    set = make(file, "floats", H5T_IEEE_F32LE, ROWS, 0, floats);
    say_number(set, "missing_value", -999);
    H5Dclose(set);
    add(file, "doubles", H5T_IEEE_F64LE, doubles);
    add(file, "words", text, "fulla\0\0\0\0\0\0\0bc\0\0defg");
    H5Tclose(text);
    return file;
}

static void expect_all(gt_dataset *set) {
    const gt_field_value *values;
    const gt_dataset_info *info = gt_dataset_describe(set);
    for (uint64_t r = 0; r < ROWS; r++) {
        assert_true(number(set, "small", r) == small[r]);
        assert_true(number(set, "bytes", r) == bytes[r]);
        assert_true(number(set, "shorts", r) == shorts[r]);
        if (r < 4) assert_true(number(set, "ints", r) == ints[r]);
        if (r < 4 && r != 2) assert_true(number(set, "floats", r) == (double)floats[r]);
        if (r != 2) assert_true(number(set, "doubles", r) == doubles[r]);
        assert_ok(gt_dataset_values(set, r, &values, &err), err);
        assert_true(values[place(set, "longs")].integer == longs[r]);
    }
    assert_true(isnan(number(set, "ints", 4)) && isnan(number(set, "floats", 4)));
    assert_true(isnan(number(set, "floats", 2)) && isnan(number(set, "doubles", 2)));
    const gt_field *counted = &info->fields[place(set, "ints")];
    assert_string_equal(counted->unit, "counts");
    assert_string_equal(counted->description, "how many");
    assert_string_equal(counted->ucd, "meta.number");
    static const char *const words[] = {"full", "a", "", "bc", "defg"};
    for (uint64_t r = 0; r < ROWS; r++) {
        assert_ok(gt_dataset_values(set, r, &values, &err), err);
        assert_string_equal(values[place(set, "words")].text, words[r]);
    }
}

static void columns_of_every_type_are_imported(void **state) {
    H5Fclose(create_all());
    gt_dataset *set = import(NULL, NULL);
    assert_int_equal(gt_dataset_describe(set)->field_count, 8);
    expect_all(set);
    gt_dataset_close(set);
    assert_string_equal(report.note, "");
}

static void and_used_where_they_lie(void **state) {
    gt_dataset *set;
    H5Fclose(create_all());
    assert_ok(gt_dataset_open(in_folder("in.h5"), &set, &err), err);
    assert_int_equal(gt_dataset_describe(set)->field_count, 8);
    expect_all(set);
    gt_dataset_close(set);
}

/* As in catalogues. */
static void texts_of_latin1_become_utf8(void **state) {
    hid_t file = create(), text = H5Tcopy(H5T_C_S1);
    const char *ids;
    const gt_field_value *values;
    H5Tset_size(text, 3);
    add(file, "note", text,
        "\xf6\xdf"
        "e\x80\0\0\xc3\xa9\0a\0\0b\0\0");
    add(file, "id", text, "\xe9\0\0b\0\0c\0\0d\0\0e\0\0");
    add(file, "label", text, "\xc3\xa9\0\xe9\0\0z\0\0z\0\0z\0\0");
    add(file, "plain", text, "\xc3\xa9\0b\0\0c\0\0d\0\0e\0\0");
    H5Tclose(text);
    H5Fclose(file);
    gt_dataset *set = import(NULL, NULL);
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_ok(gt_dataset_values(set, 0, &values, &err), err);
    assert_string_equal(values[place(set, "note")].text, "\u00f6\u00dfe");
    assert_string_equal(values[place(set, "plain")].text, "\u00e9");
    assert_ok(gt_dataset_values(set, 1, &values, &err), err);
    assert_string_equal(values[place(set, "note")].text, "\u20ac");
    assert_int_equal(info->fields[place(set, "note")].length, 5);
    assert_int_equal(info->fields[place(set, "plain")].length, 3);
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    assert_string_equal(ids, "\u00e9");
    assert_int_equal(info->class_count, 2);
    assert_string_equal(info->class_names[1], "\u00e9");
    assert_non_null(
        strstr(report.note, "'note' is not all UTF-8: 3 of its bytes are read as Latin-1"));
    assert_null(strstr(report.note, "'plain'"));
    gt_dataset_close(set);
}

/* A byte of Latin-1 becomes two, and a column has so much room: what is cut is counted, and
 * ends with a whole character. */
static void longer_texts_are_cut_with_a_word(void **state) {
    enum { LONG = 4096 };
    static char texts[ROWS][LONG];
    const char *ids;
    const gt_field_value *values;
    for (int i = 0; i < ROWS; i++) {
        memset(texts[i], 'x', LONG);
        memset(texts[i] + 1, i < 2 ? 0xe9 : 0, LONG - 1); /* "xéé..." of two rows */
    }
    hid_t file = create(), text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, LONG);
    add(file, "note", text, texts);
    for (int i = 0; i < ROWS; i++) texts[i][0] = (char)('a' + i);
    add(file, "id", text, texts);
    H5Tclose(text);
    H5Fclose(file);
    gt_dataset *set = import(NULL, NULL);
    assert_non_null(
        strstr(report.note, "2 of 'note' are cut: longer than 4096 bytes, as UTF-8 has them"));
    assert_non_null(
        strstr(report.note, "2 of 'id' are cut: longer than 4096 bytes, as UTF-8 has them"));
    assert_ok(gt_dataset_values(set, 1, &values, &err), err);
    const char *note = values[place(set, "note")].text;
    assert_int_equal(strlen(note), LONG - 1); /* x, and 2047 of two bytes */
    assert_int_equal((unsigned char)note[LONG - 2], 0xa9);
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    gt_dataset_close(set);
}

static void what_cannot_be_kept_is_told(void **state) {
    gt_dataset *set;
    hid_t file = create();
    add(file, "huge", H5T_STD_U64LE, huge);
    add(file, "turned", H5T_STD_I32BE, ints);
    H5Dclose(make(file, "packed", H5T_STD_I32LE, ROWS, 2, ints));
    H5Dclose(make(file, "short", H5T_STD_I32LE, ROWS - 1, 0, ints));
    H5Fclose(file);
    assert_ok(gt_dataset_open(in_folder("in.h5"), &set, &err), err);
    assert_int_equal(gt_dataset_describe(set)->field_count, 0); /* with remarks */
    gt_dataset_close(set);
    set = import(NULL, NULL);
    assert_int_equal(gt_dataset_describe(set)->field_count, 3);
    assert_true(number(set, "turned", 2) == 70000 && number(set, "packed", 3) == 2147483647);
    assert_true(isnan(number(set, "huge", 3)) && number(set, "huge", 4) == 7);
    gt_dataset_close(set);
    assert_non_null(strstr(report.note, "left out: 'short' (int32 4)"));
    assert_non_null(strstr(report.note, "beyond 9223372036854775807, taken as missing: 1"));
}

/* ---- by other names ---- */

static void columns_of_a_file_take_new_names(void **state) {
    hid_t file = create(), text = H5Tcopy(H5T_C_S1);
    static const double right[ROWS] = {1, 2, -999, 4, 5};
    H5Tset_size(text, 4);
    add(file, "words", text, "full\0\0\0\0ring\0\0\0\0full");
    add(file, "alpha", H5T_IEEE_F64LE, right);
    add(file, "delta", H5T_IEEE_F64LE, doubles);
    add(file, "kept", H5T_STD_I8LE, small);
    H5Tclose(text);
    H5Fclose(file);
    gt_dataset *set = import("class!=ring", "label=words,RA=alpha,number=kept");
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_int_equal(info->columns, GT_COLUMN_LABEL | GT_COLUMN_RA);
    assert_int_equal(info->count, 4);
    assert_int_equal(info->class_count, 2);
    assert_string_equal(info->class_names[1], "ring");
    assert_int_equal(info->field_count, 2);
    assert_true(number(set, "number", 0) == -3);
    const int32_t *labels;
    const double *ra;
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_true(labels[0] == 0 && labels[1] == -1 && labels[3] == 0);
    assert_true(ra[0] == 1 && ra[2] == 4);
    gt_dataset_close(set);
    assert_non_null(strstr(report.note, "taken: 'words' as label, 'alpha' as ra"));
}

/* ---- what they hold ---- */

static void a_summary_counts_every_column(void **state) {
    gt_summary s;
    gt_field field;
    gt_column_summary values;
    H5Fclose(create_all());
    const gt_source_request request = {.path = in_folder("in.h5")};
    assert_ok(gt_summary_read("hdf5", &request, NULL, NULL, &s, &err), err);
    assert_int_equal(gt_summary_columns(&s), 8);
    for (size_t i = 0; i < 8; i++) {
        gt_summary_column(&s, i, &field, &values);
        if (strcmp(field.name, "ints") == 0)
            assert_true(values.low == -70000 && values.high == 2147483647 &&
                        values.missing == 1);
        if (strcmp(field.name, "floats") == 0) assert_true(values.missing == 2);
        if (strcmp(field.name, "words") == 0)
            assert_true(values.missing == 1 && isnan(values.low));
    }
    gt_summary_destroy(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(columns_of_every_type_are_imported), TEST(and_used_where_they_lie),
        TEST(texts_of_latin1_become_utf8),        TEST(longer_texts_are_cut_with_a_word),
        TEST(what_cannot_be_kept_is_told),        TEST(columns_of_a_file_take_new_names),
        TEST(a_summary_counts_every_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
