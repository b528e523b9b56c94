/* array_columns_test.c - which arrays become which columns, and what is said of the others. */
#include "gt_test.h"

#include <stdlib.h>

#include "array_columns.h"

enum { ROWS = 3 };

static gt_error err;
static gt_array_columns *columns;
static gt_source_info info;
static char *notes;

static void add(const char *name, gt_npy_type type, size_t item_size, uint64_t count,
                const void *values) {
    const gt_npy array = {
        .type = type, .item_size = item_size, .rank = 1, .dims = {count}, .items = count};
    uint8_t *bytes = malloc(count * item_size);
    memcpy(bytes, values, count * item_size);
    assert_ok(gt_array_columns_add(columns, name, &array, bytes, &err), err);
}

static int begin(void **state) {
    (void)state;
    info = (gt_source_info){0};
    return gt_array_columns_create("a.npz", &columns, &err);
}

static int end(void **state) {
    (void)state;
    gt_array_columns_destroy(columns);
    free(notes);
    notes = NULL;
    return 0;
}

static void arrange_beside(const char *main) {
    size_t size;
    FILE *stream = open_memstream(&notes, &size);
    assert_ok(gt_array_columns_arrange(columns, main, ROWS, stream, &err), err);
    fclose(stream);
    gt_array_columns_describe(columns, &info);
}

static void arrange(void) {
    arrange_beside("images");
}

static gt_picture row(uint64_t index) {
    gt_picture picture = {0};
    assert_ok(gt_array_columns_row(columns, index, &picture, &err), err);
    return picture;
}

static void reals_may_be_labels(void **state) {
    add("y", GT_NPY_F64, 8, ROWS, (double[]){1, NAN, 0});
    add("names", GT_NPY_U64, 8, ROWS, (uint64_t[]){UINT64_MAX, 5, 6});
    arrange();
    assert_int_equal(info.columns, GT_COLUMN_LABEL | GT_COLUMN_ID);
    assert_int_equal(row(0).row.label, 1);
    assert_int_equal(row(1).row.label, -1);
    assert_string_equal(row(0).row.id, "18446744073709551615");
    assert_string_equal(notes, "taken: 'y' as label\ntaken: 'names' as id\n");
}

/* As in catalogues; what is UTF-8 stays so, beside it. */
static void texts_of_latin1_become_utf8(void **state) {
    add("note", GT_NPY_BYTES, 5, ROWS,
        "gr\xf6\xdf"
        "e\x80\0\0\0\0\xc3\xa9\0\0\0");
    add("id", GT_NPY_BYTES, 2, ROWS,
        "a\xe9"
        "b\0c\0");
    add("label", GT_NPY_BYTES, 2, ROWS,
        "\xc3\xa9"
        "\xe9\0"
        "z\0");
    arrange();
    assert_string_equal(row(0).values[0].text, "gr\u00f6\u00dfe");
    assert_string_equal(row(1).values[0].text, "\u20ac");
    assert_string_equal(row(2).values[0].text, "\u00e9");
    assert_int_equal(info.fields[0].length, 7);
    assert_string_equal(row(0).row.id, "a\u00e9");
    assert_int_equal(info.id_length, 3);
    assert_int_equal(info.class_count, 2);
    assert_int_equal(row(0).row.label, row(1).row.label);
    assert_non_null(
        strstr(notes, "'note' is not all UTF-8: 3 of its bytes are read as Latin-1"));
    assert_non_null(strstr(notes, "'id' is not all UTF-8: 1 of its bytes is read as Latin-1"));
}

static void what_is_no_label_is_a_field(void **state) {
    add("label", GT_NPY_F32, 4, ROWS, (float[]){0.5f, 1, 2});
    add("split", GT_NPY_BYTES, 5, ROWS, "trainnevertest\0");
    add("TEMP", GT_NPY_U64, 8, ROWS, (uint64_t[]){UINT64_MAX, 5, 6});
    arrange();
    assert_int_equal(info.columns, 0);
    assert_int_equal(info.field_count, 3);
    assert_string_equal(info.fields[2].name, "TEMP");
    assert_near(row(0).values[0].real, 0.5, 0);
    assert_string_equal(row(1).values[1].text, "never");
    assert_true(row(0).values[2].integer == GT_FIELD_NO_INTEGER);
    assert_int_equal(row(2).values[2].integer, 6);
    assert_non_null(
        strstr(notes, "column 'label' is not taken as label: expected a whole number"));
    assert_non_null(strstr(notes, "column 'split' is not taken as split: expected 0 (train)"));
    size_t size;
    free(notes);
    FILE *stream = open_memstream(&notes, &size);
    gt_array_columns_tell_unknown(columns, stream);
    fclose(stream);
    assert_string_equal(
        notes,
        "whole numbers beyond 9223372036854775807, taken as missing: 2\n"); /* read twice */
}

static void labels_beyond_32_bits_are_a_field(void **state) {
    add("label", GT_NPY_I64, 8, ROWS, (int64_t[]){1, 3000000000, 0});
    arrange();
    assert_int_equal(info.columns, 0);
    assert_int_equal(row(1).values[0].integer, 3000000000);
}

static void names_tell_the_split(void **state) {
    add("x_test", GT_NPY_U8, 1, ROWS, "123");
    add("y_train", GT_NPY_U8, 1, ROWS, (uint8_t[]){0, 1, 1});
    add("y_test", GT_NPY_U8, 1, ROWS, (uint8_t[]){1, 0, 1});
    arrange_beside("x_test");
    assert_int_equal(info.columns, GT_COLUMN_LABEL | GT_COLUMN_SPLIT);
    assert_true(info.is_split_by_place);
    assert_int_equal(row(1).row.label, 0);
    assert_int_equal(row(1).row.split, GT_SPLIT_TEST);
    assert_string_equal(notes, "taken: 'y_test' as label\n"
                               "the split is told by the name of the array\n");
    assert_string_equal(info.fields[0].name, "y_train");
}

static void groups_tell_the_split(void **state) {
    add("sky/test/images", GT_NPY_U8, 1, ROWS, "123");
    add("sky/test/labels", GT_NPY_U8, 1, ROWS, (uint8_t[]){1, 0, 1});
    add("sky/train/labels", GT_NPY_U8, 1, ROWS, (uint8_t[]){0, 0, 0});
    add("sky/test/flux", GT_NPY_U8, 1, ROWS, (uint8_t[]){7, 8, 9});
    add("id", GT_NPY_BYTES, 1, ROWS, "abc");
    add("target_names", GT_NPY_BYTES, 1, 2, "pq");
    arrange_beside("sky/test/images");
    assert_int_equal(info.columns, GT_COLUMN_LABEL | GT_COLUMN_SPLIT | GT_COLUMN_ID);
    assert_int_equal(row(1).row.label, 0);
    assert_int_equal(row(1).row.split, GT_SPLIT_TEST);
    assert_string_equal(info.class_names[1], "q");
    assert_int_equal(info.field_count, 1);
    assert_string_equal(info.fields[0].name, "flux");
    assert_string_equal(notes, "taken: '/id' as id\n"
                               "the split is told by the group's name\n"
                               "left out: 'sky/train/labels' (uint8 3)\n");
}

static void blanks_behind_words_are_none_of_them(void **state) {
    add("label", GT_NPY_BYTES, 4, ROWS, "FRI FRIIFRI\0");
    add("split", GT_NPY_BYTES, 5, ROWS, "test traintest\0");
    arrange();
    assert_int_equal(info.class_count, 2);
    assert_string_equal(info.class_names[0], "FRI");
    assert_int_equal(row(0).row.label, 0);
    assert_int_equal(row(2).row.label, 0);
    assert_int_equal(row(0).row.split, GT_SPLIT_TEST);
}

static void numbers_for_none_are_no_classes(void **state) {
    add("label", GT_NPY_BYTES, 6, ROWS, "-999.0FRI\0\0\0-99.9\0");
    arrange();
    assert_int_equal(info.class_count, 1);
    assert_int_equal(row(0).row.label, -1);
    assert_int_equal(row(1).row.label, 0);
    assert_int_equal(row(2).row.label, -1);
}

/* A text for each picture is a column, in a group as in the root; its name may be said so. */
static void classes_of_a_group_are_a_column(void **state) {
    add("train/label", GT_NPY_U8, 1, ROWS, (uint8_t[]){0, 1, 1});
    add("train/classes", GT_NPY_BYTES, 1, ROWS, "abc");
    arrange_beside("train/images");
    assert_int_equal(info.class_count, 0);
    assert_int_equal(info.field_count, 1);
    assert_string_equal(row(2).values[0].text, "c");
}

static void class_names_of_a_group_are_meant(void **state) {
    gt_picture picture;
    add("train/label", GT_NPY_U8, 1, ROWS, (uint8_t[]){0, 1, 2});
    add("train/class_names", GT_NPY_BYTES, 1, 2, "ab");
    arrange_beside("train/images");
    assert_int_equal(info.class_count, 2);
    assert_int_equal(gt_array_columns_row(columns, 2, &picture, &err), GT_BAD_FORMAT);
}

static void splits_are_numbers_or_words(void **state) {
    add("split", GT_NPY_BYTES, 1, ROWS, "021");
    arrange();
    assert_int_equal(row(1).row.split, GT_SPLIT_VALIDATION);
}

static void numbers_beyond_the_splits_are_a_field(void **state) {
    add("split", GT_NPY_I8, 1, ROWS, (int8_t[]){0, 1, -1});
    arrange();
    assert_int_equal(info.columns, 0);
    assert_int_equal(row(2).values[0].integer, -1);
}

static void arrays_of_other_lengths_are_named(void **state) {
    add("images", GT_NPY_U8, 1, 5, "12345");
    add("odd", GT_NPY_I16, 2, 2, (int16_t[]){1, 2});
    add("more", GT_NPY_BOOL, 1, 4, "\0\1\0\1");
    arrange();
    assert_string_equal(notes, "left out: 'odd' (int16 2), 'more' (bool 4)\n");
}

static void class_names_must_be_such(void **state) {
    add("target", GT_NPY_U8, 1, ROWS, (uint8_t[]){0, 1, 1});
    add("class_names", GT_NPY_BYTES, 2, 2, "aaaa");
    arrange();
    assert_int_equal(info.class_count, 0);
    assert_non_null(strstr(notes, "class names are left out: some are empty, twice there"));
}

static void labels_beyond_their_classes_are_refused(void **state) {
    gt_picture picture;
    add("target", GT_NPY_U8, 1, ROWS, (uint8_t[]){0, 1, 2});
    add("label_names", GT_NPY_BYTES, 1, 2, "ab");
    arrange();
    assert_int_equal(info.class_count, 2);
    assert_int_equal(gt_array_columns_row(columns, 2, &picture, &err), GT_BAD_FORMAT);
    assert_string_equal(err.text, "a.npz: the label of picture 2 is 2, expected -1 to 1");
}

static void unknown_numbers_are_told(void **state) {
    add("RA", GT_NPY_F64, 8, ROWS, (double[]){10, -999, 30});
    add("Dec", GT_NPY_F32, 4, ROWS, (float[]){1, -999, 3});
    add("label", GT_NPY_I16, 2, ROWS, (int16_t[]){1, 0, -99});
    arrange();
    assert_int_equal(row(2).row.label, -1);
    assert_near(row(2).row.dec, 3, 0);
    assert_true(isnan(row(1).row.ra) && isnan(row(1).row.dec));
    char *told = NULL;
    size_t size;
    FILE *stream = open_memstream(&told, &size);
    gt_array_columns_tell_unknown(columns, stream);
    fclose(stream);
    assert_non_null(strstr(told, "(the first: ra -999, dec -999 in row 1"));
    assert_non_null(strstr(told, "(the first: -99 in row 2)"));
    free(told);
}

static void nines_with_digits_behind_the_point_are_no_places(void **state) {
    add("RA", GT_NPY_F32, 4, ROWS, (float[]){-99.99f, 30, 99.99f});
    add("Dec", GT_NPY_F64, 8, ROWS, (double[]){1, -99.9, 3});
    arrange();
    assert_true(isnan(row(0).row.ra) && isnan(row(0).row.dec));
    assert_true(isnan(row(1).row.ra));
    assert_near(row(2).row.dec, 3, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(reals_may_be_labels),
        CASE(texts_of_latin1_become_utf8),
        CASE(what_is_no_label_is_a_field),
        CASE(labels_beyond_32_bits_are_a_field),
        CASE(names_tell_the_split),
        CASE(groups_tell_the_split),
        CASE(blanks_behind_words_are_none_of_them),
        CASE(numbers_for_none_are_no_classes),
        CASE(classes_of_a_group_are_a_column),
        CASE(class_names_of_a_group_are_meant),
        CASE(splits_are_numbers_or_words),
        CASE(numbers_beyond_the_splits_are_a_field),
        CASE(arrays_of_other_lengths_are_named),
        CASE(class_names_must_be_such),
        CASE(labels_beyond_their_classes_are_refused),
        CASE(unknown_numbers_are_told),
        CASE(nines_with_digits_behind_the_point_are_no_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
