/* code_table_test.c - codes as tables: columns, cells, their order, and what has no room. */
#include "code_table.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "csv.h"
#include "exporting.h"
#include "file.h"
#include "fits_table.h"
#include "study_pictures.h"

enum { ROWS = 6 };

static gt_error err;
static const char *field_name = "z";

static float number(uint64_t row, size_t i) {
    return (float)row + 0.1f * (float)i;
}

/* Codes with ids, classes, and a column "z" of reals, of which the second one is missing. */
static const char *make_codes(size_t width) {
    static const char *const classes[] = {"round", "long"};
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    const gt_field z = {.name = field_name, .type = GT_FIELD_REAL, .description = "redshift"};
    float *code = calloc(width, sizeof *code);
    info.kind = GT_DATASET_CODES;
    info.type = GT_PIXEL_F32;
    info.count = ROWS;
    info.channels = width;
    info.height = info.width = 1;
    info.columns = GT_COLUMN_ID | GT_COLUMN_LABEL;
    info.id_length = 4;
    info.class_names = classes;
    info.class_count = 2;
    info.fields = &z;
    info.field_count = 1;
    const char *path = kept_path("codes.h5");
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (uint64_t row = 0; row < ROWS; row++) {
        char id[8];
        const gt_field_value value = {.real = row == 1 ? NAN : 0.5 * (double)row};
        gt_dataset_row about = gt_dataset_row_default();
        snprintf(id, sizeof id, "o%d", (int)row);
        about.id = id;
        about.label = (int)(row % 2);
        about.values = &value;
        for (size_t i = 0; i < width; i++) code[i] = number(row, i);
        assert_ok(gt_dataset_writer_append(writer, code, &about, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    free(code);
    return path;
}

static gt_status export(const char *set, const char *out, const char *rows) {
    gt_invocation asked;
    uint64_t count = 0;
    gt_context context = make_context(&asked, "error");
    const gt_export_settings settings = {
        .out = out, .single = "none", .split = "any", .rows = rows};
    gt_status status = gt_export_write(&context, set, &settings, &count, &err);
    if (!status) assert_int_equal(count, rows ? 2 : ROWS);
    end_context(&context);
    return status;
}

static void read_csv(const char *path, gt_csv *out) {
    char *bytes = NULL;
    size_t size;
    uint64_t rows;
    assert_ok(gt_file_load(path, 1 << 20, &bytes, &size, &err), err);
    if (gt_file_ending(path, "csv") == 0)
        assert_ok(gt_csv_parse(bytes, size, out, &err), err);
    else
        assert_ok(gt_fits_table_parse(bytes, size, ROWS, out, &rows, &err), err);
    free(bytes);
}

static void numbers_and_columns_are_those_of_the_set(void **state) {
    static const char *const columns[] = {"row", "id", "c0", "c1", "c2", "label", "class", "z"};
    static const char *const outs[] = {"a.csv", "a.FITS", "a.fit"};
    (void)state;
    const char *set = make_codes(3);
    for (size_t k = 0; k < sizeof outs / sizeof *outs; k++) {
        gt_csv csv;
        const char *out = kept_path(outs[k]);
        assert_ok(export(set, out, NULL), err);
        read_csv(out, &csv);
        assert_int_equal(csv.rows, ROWS);
        assert_int_equal(csv.columns, sizeof columns / sizeof *columns);
        for (size_t i = 0; i < csv.columns; i++)
            assert_string_equal(gt_csv_name(&csv, i), columns[i]);
        for (size_t row = 0; row < ROWS; row++) {
            assert_true(gt_csv_number(&csv, row, 0) == (double)row);
            for (size_t i = 0; i < 3; i++)
                assert_true((float)gt_csv_number(&csv, row, 2 + i) == number(row, i));
            assert_string_equal(gt_csv_cell(&csv, row, 6), row % 2 ? "long" : "round");
        }
        assert_string_equal(gt_csv_cell(&csv, 4, 1), "o4");
        assert_string_equal(gt_csv_cell(&csv, 1, 7), "");
        assert_true(gt_csv_number(&csv, 3, 7) == 1.5);
        gt_csv_free(&csv);
    }
}

static void rows_come_in_the_order_that_is_asked_for(void **state) {
    gt_csv csv;
    (void)state;
    const char *set = make_codes(2), *out = kept_path("some.csv");
    assert_ok(export(set, out, "4,1"), err);
    read_csv(out, &csv);
    assert_int_equal(csv.rows, 2);
    assert_string_equal(gt_csv_cell(&csv, 0, 0), "4");
    assert_string_equal(gt_csv_cell(&csv, 0, 1), "o4");
    assert_true((float)gt_csv_number(&csv, 1, 3) == number(1, 1));
    gt_csv_free(&csv);
}

/* As c4 it would be one more number of the codes when the table is read. */
static void no_other_column_is_called_as_codes(void **state) {
    gt_csv csv;
    (void)state;
    const char *out = kept_path("beside.csv");
    field_name = "c4";
    assert_ok(export(make_codes(2), out, NULL), err);
    field_name = "z";
    read_csv(out, &csv);
    assert_string_equal(gt_csv_name(&csv, 6), "c4_2");
    gt_csv_free(&csv);
}

static void codes_without_room_are_refused(void **state) {
    (void)state;
    const char *out = kept_path("wide.fits");
    assert_ok(export(make_codes(850), out, NULL), err);
    remove(out);
    assert_int_equal(export(make_codes(851), out, NULL), GT_UNSUPPORTED);
    assert_has(err.text,
               "wide.fits: codes of 851 numbers, expected at most 850 in a table: .h5");
    assert_int_not_equal(access(out, F_OK), 0);
    assert_ok(export(make_codes(851), kept_path("wide.npz"), NULL), err);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(numbers_and_columns_are_those_of_the_set),
        TEST(rows_come_in_the_order_that_is_asked_for),
        TEST(no_other_column_is_called_as_codes),
        TEST(codes_without_room_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
