/* object_table_test.c - what sets know of an object, in tables, colours and targets. */
#include "object_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "column_values.h"
#include "csv.h"
#include "file.h"
#include "gt_test.h"
#include "temp_folder.h"

enum { ROWS = 3 };

static gt_error err;

static const gt_field fields_a[] = {
    {.name = "z phot", .type = GT_FIELD_REAL, .unit = "1", .description = "redshift"},
    {.name = "kind", .type = GT_FIELD_TEXT, .length = 6},
    {.name = "n", .type = GT_FIELD_INTEGER},
    {.name = "Score", .type = GT_FIELD_REAL},
};
static const gt_field fields_b[] = {
    {.name = "n", .type = GT_FIELD_REAL},
    {.name = "z_phot", .type = GT_FIELD_INTEGER},
};

/* Row r: ids "a0", labels r - 1, z r/2 (the last one missing), n 10 r. */
static gt_dataset *make_set(const char *name, const gt_field *fields, size_t count,
                            unsigned columns) {
    static const char *const classes[] = {"FRI", "FRII"};
    gt_dataset *set;
    gt_dataset_writer *writer;
    gt_dataset_info info = gt_dataset_info_default();
    info.kind = GT_DATASET_CODES;
    info.type = GT_PIXEL_F32;
    info.count = ROWS;
    info.channels = info.height = info.width = 1;
    info.columns = columns;
    info.id_length = 4;
    info.class_names = classes;
    info.class_count = columns & GT_COLUMN_LABEL ? 2 : 0;
    info.fields = fields;
    info.field_count = count;
    assert_ok(gt_dataset_writer_create(in_folder(name), &info, &writer, &err), err);
    for (int r = 0; r < ROWS; r++) {
        const float code = (float)r;
        char id[4];
        snprintf(id, sizeof id, "%c%d", *name, r);
        const gt_field_value a[] = {{.real = r < 2 ? r / 2.0 : (double)NAN},
                                    {.text = r ? "ring" : NULL},
                                    {.integer = r ? 10 * r : GT_FIELD_NO_INTEGER},
                                    {.real = 0.5}};
        const gt_field_value b[] = {{.real = r + 0.25}, {.integer = r}};
        gt_dataset_row row = {
            .label = r - 1, .split = (uint8_t)r, .ra = r, .dec = -r, .id = id};
        row.angular_size = r == 1 ? (double)NAN : 30;
        row.values = fields == fields_a ? a : b;
        assert_ok(gt_dataset_writer_append(writer, &code, &row, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    assert_ok(gt_codes_open(in_folder(name), &set, &err), err);
    return set;
}

static const unsigned all = GT_COLUMN_LABEL | GT_COLUMN_SPLIT | GT_COLUMN_RA | GT_COLUMN_DEC |
                            GT_COLUMN_SIZE | GT_COLUMN_ID;

/* Lines of a table that came out as CSV. */
static void expect_lines(const gt_object_table *table, const char *const *lines, size_t count) {
    char *text = NULL, *at;
    size_t size;
    assert_ok(gt_object_table_write(table, in_folder("t.csv"), NULL, &err), err);
    assert_ok(gt_file_load(in_folder("t.csv"), 1 << 20, &text, &size, &err), err);
    at = text;
    for (size_t i = 0; i < count; i++) {
        char *line = strsep(&at, "\n");
        line[strcspn(line, "\r")] = 0;
        assert_string_equal(line, lines[i]);
    }
    free(text);
}

static void tables_tell_all_that_a_set_knows(void **state) {
    static const gt_table_column own[] = {
        {"row", GT_TABLE_INT}, {"score", GT_TABLE_REAL}, {"class", GT_TABLE_TEXT}};
    static const char *const lines[] = {
        "row,score,class,id,ra,dec,angular_size,label,split,z phot,kind,n,Score_2",
        "0,2.5,mine,a0,0,0,30,,train,0,,,0.5", "1,2.5,mine,a1,1,-1,,0,test,0.5,ring,10,0.5",
        "2,2.5,mine,a2,2,-2,30,1,validation,,ring,20,0.5"};
    gt_dataset *set = make_set("a.h5", fields_a, 4, all);
    gt_object_table *table;
    assert_ok(gt_object_table_create("OWN", own, 3, &set, 1, &table, &err), err);
    for (uint64_t r = 0; r < ROWS; r++) {
        const gt_cell cells[] = {gt_cell_int((int64_t)r), gt_cell_real(2.5),
                                 gt_cell_text("mine")};
        assert_ok(gt_object_table_append(table, 0, r, cells, &err), err);
    }
    expect_lines(table, lines, 4);
    gt_object_table_destroy(table);
    gt_dataset_close(set);
}

static void sets_of_other_columns_share_a_table(void **state) {
    static const gt_table_column own[] = {{"set", GT_TABLE_INT}};
    static const char *const lines[] = {"set,id,label,class,z phot,kind,n,Score,z_phot",
                                        "0,a2,1,FRII,,ring,20,0.5,", "1,,,,,,1.25,,1"};
    gt_dataset *sets[] = {make_set("a.h5", fields_a, 4, GT_COLUMN_ID | GT_COLUMN_LABEL),
                          make_set("b.h5", fields_b, 2, 0)};
    gt_object_table *table;
    assert_ok(gt_object_table_create("OWN", own, 1, sets, 2, &table, &err), err);
    const gt_cell first = gt_cell_int(0), second = gt_cell_int(1);
    assert_ok(gt_object_table_append(table, 0, 2, &first, &err), err);
    assert_ok(gt_object_table_append(table, 1, 1, &second, &err), err);
    expect_lines(table, lines, 3);
    gt_object_table_destroy(table);
    gt_dataset_close(sets[0]);
    gt_dataset_close(sets[1]);
}

static void any_column_of_numbers_is_found_by_name(void **state) {
    static const struct {
        const char *name, *label;
        double values[ROWS];
    } cases[] = {{"ra", "right ascension (deg)", {0, 1, 2}},
                 {"angular_size", "angular size (arcsec)", {30, NAN, 30}},
                 {"z phot", "z phot (1)", {0, 0.5, NAN}},
                 {"N", "n", {NAN, 10, 20}}};
    gt_dataset *set = make_set("a.h5", fields_a, 4, all);
    char label[GT_COLUMN_LABEL_TEXT];
    double *values;
    size_t field;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ok(gt_column_numbers(set, cases[i].name, &values, label, &err), err);
        assert_string_equal(label, cases[i].label);
        for (int r = 0; r < ROWS; r++)
            assert_true(values[r] == cases[i].values[r] ||
                        (isnan(values[r]) && isnan(cases[i].values[r])));
        free(values);
    }
    assert_true(gt_column_is_text(set, "kind", &field));
    assert_false(gt_column_is_text(set, "n", &field));
    assert_int_equal(gt_column_numbers(set, "kind", &values, label, &err), GT_NOT_FOUND);
    assert_non_null(
        strstr(err.text, "column 'kind' holds texts, expected one of numbers: 'ra', 'dec'"));
    assert_int_equal(gt_column_numbers(set, "flux", &values, label, &err), GT_NOT_FOUND);
    assert_non_null(
        strstr(err.text, "has no column 'flux' of numbers, expected one of 'ra', 'dec'"));
    assert_int_equal(gt_column_check_numbers(set, "z_phot", &err), GT_NOT_FOUND);
    assert_non_null(strstr(err.text, "did you mean 'z phot'?"));
    gt_dataset_close(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(tables_tell_all_that_a_set_knows),
        TEST(sets_of_other_columns_share_a_table),
        TEST(any_column_of_numbers_is_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
