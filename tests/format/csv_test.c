/* CSV read back: quotes, ends of lines, what gt_record_row writes, and every broken form. */
#include "csv.h"
#include "gt_test.h"
#include "record.h"

static gt_status parse(const char *text, gt_csv *csv, gt_error *err) {
    return gt_csv_parse(text, strlen(text), csv, err);
}

static void forms(void **state) {
    static const char *const texts[] = {"a,b\n1,x\n,\"y,\"\"z\"\"\n\"\n",
                                        "a,b\r\n1,x\r\n,\"y,\"\"z\"\"\n\"",
                                        "\xef\xbb\xbf"
                                        "a,b\n1,x\n,\"y,\"\"z\"\"\n\""};
    for (size_t i = 0; i < 3; i++) {
        gt_csv csv;
        gt_error err;
        assert_ok(parse(texts[i], &csv, &err), err);
        assert_int_equal(csv.columns, 2);
        assert_int_equal(csv.rows, 2);
        assert_string_equal(gt_csv_name(&csv, 0), "a");
        assert_string_equal(gt_csv_cell(&csv, 0, 1), "x");
        assert_string_equal(gt_csv_cell(&csv, 1, 1), "y,\"z\"\n");
        assert_true(gt_csv_number(&csv, 0, 0) == 1 && isnan(gt_csv_number(&csv, 1, 0)));
        assert_int_equal(gt_csv_column(&csv, "b"), 1);
        assert_int_equal(gt_csv_column(&csv, "c"), 2);
        gt_csv_free(&csv);
    }
}

/* Names of every kind are the same when they are read back. */
static void texts_come_back(void **state) {
    static const char *const texts[] = {
        "-0523+17", "+12.5_a",   "=cat7",   "@field3", "=1+1",      "-",      "\t=a", "a\tb",
        "a,b",      "say \"x\"", "'quoted", " a ",     "J\xc3\xa9", "\"=a\"", "12"};
    enum { COUNT = sizeof texts / sizeof *texts };
    const char *name = "id";
    char *text = NULL;
    size_t size = 0;
    gt_csv csv;
    gt_error err;
    FILE *stream = open_memstream(&text, &size);
    gt_record_header(stream, GT_RECORD_CSV, &name, 1);
    for (size_t i = 0; i < COUNT; i++)
        gt_record_row(stream, GT_RECORD_CSV, &name,
                      &(gt_cell){.kind = GT_CELL_TEXT, .text = texts[i]}, 1);
    fclose(stream);
    assert_ok(gt_csv_parse(text, size, &csv, &err), err);
    assert_int_equal(csv.rows, COUNT);
    for (size_t i = 0; i < COUNT; i++) assert_string_equal(gt_csv_cell(&csv, i, 0), texts[i]);
    gt_csv_free(&csv);
    free(text);
}

/* Comments stand before the names; or are the names, where numbers follow. */
static void comments_before_the_names(void **state) {
    static const struct {
        const char *text, *first;
        size_t rows;
    } cases[] = {
        {"# %ECSV 1.0\n# ---\n# - {name: x, datatype: float64}\nx,y\n1,2\n", "x", 1},
        {"# made by hand\r\nx,y\r\n1,2\r\n", "x", 1},
        {"# x, y\n1,2\n3,4\n", "x", 2},
        {"# at 1, 2\n#x,y\r\nM31, 2.5\n", "x", 1},
        {"#x,y", "x", 0},
        {"# note\n#x,y\n", "x", 0},
        {"x,y\n#1,2\n", "x", 1}, /* below the names it is a row */
        {"\"#x\",y\n1,2\n", "#x", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_csv csv;
        gt_error err;
        assert_ok(parse(cases[i].text, &csv, &err), err);
        assert_string_equal(gt_csv_name(&csv, 0), cases[i].first);
        assert_string_equal(gt_csv_name(&csv, 1), "y");
        assert_int_equal(csv.rows, cases[i].rows);
        gt_csv_free(&csv);
    }
}

/* Blanks round names and numbers do not count, in texts they do. */
static void blanks(void **state) {
    gt_csv csv;
    gt_error err;
    assert_ok(parse(" x ,\t y z,w\n 1.5\t, a ,1 2\n", &csv, &err), err);
    assert_int_equal(gt_csv_column(&csv, "x"), 0);
    assert_int_equal(gt_csv_column(&csv, "y z"), 1);
    assert_true(gt_csv_number(&csv, 0, 0) == 1.5);
    assert_string_equal(gt_csv_cell(&csv, 0, 1), " a ");
    assert_true(isnan(gt_csv_number(&csv, 0, 1)) && isnan(gt_csv_number(&csv, 0, 2)));
    gt_csv_free(&csv);
}

static void ends_of_files(void **state) {
    gt_csv csv;
    gt_error err;
    assert_ok(parse("a,b\n1,", &csv, &err), err);
    assert_int_equal(csv.rows, 1);
    assert_string_equal(gt_csv_cell(&csv, 0, 1), "");
    gt_csv_free(&csv);
    assert_ok(parse("a", &csv, &err), err);
    assert_int_equal(csv.rows, 0);
    gt_csv_free(&csv);
}

static void broken_forms_name_their_line(void **state) {
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"a,b\n1\n", "line 2: 1 cell, expected 2"},
        {"a,b\n1,2,3\n", "line 2: 3 cells, expected 2"},
        {"a\n\"x", "line 2: a quote that is not closed"},
        {"a\n\"x\"y\n", "line 2: text behind a closing quote"},
        {"x y\n1,5 2\n", "line 2: 2 cells, expected 1; columns are separated by commas"},
        {"x;y,z\n1\n", "line 2: 1 cell, expected 2"},
        {"# a\n# b\nx,y\n1\n", "line 4: 1 cell, expected 2"},
        {"# a,b\n1,2\n3\n", "line 3: 1 cell, expected 2"},
        {"# %ECSV 1.0\n# datatype:\n# - {name: a}\na b\n", "line 4: 2 columns, but an ECSV "
                                                           "header of 1"},
        {"# %ECSV 1.0\n# datatype:\n# - {name: a}\nb\n", "line 4: column 'b', but an ECSV "
                                                         "header with 'a'"},
        {"# %ECSV 1.0\n# delimiter: ;\n# datatype:\n# - {name: a}\na\n", "another delimiter"},
        {"", "an empty file"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_csv csv;
        gt_error err;
        assert_int_equal(parse(cases[i].text, &csv, &err), GT_BAD_FORMAT);
        assert_non_null(strstr(err.text, cases[i].says));
    }
    gt_csv csv;
    gt_error err;
    assert_int_equal(gt_csv_parse("a\0b", 3, &csv, &err), GT_BAD_FORMAT);
}

/* Whatever way YAML writes a text. */
static void headers_tell_of_columns(void **state) {
    static const char text[] =
        "# %ECSV 1.0\r\n# ---\n# delimiter: ','\n# datatype:\n"
        "# - {name: 'a:b', unit: \"\\xB5Jy\", datatype: int8, description: \"l\\\"o\\\n"
        "#     \\ ng, {text}\"}\n"
        "# - name: b\n#   description: plain and\n#     folded\n#   datatype: string\n#   "
        "unit: ''\n"
        "# - {name: c, meta: {unit: K, name: d}, datatype: float64, unit: km / s,\n"
        "#   description: of the last}\n"
        "# meta:\n#   name: table\n"
        "a:b,b,c\n1,x y,2\n";
    gt_csv csv;
    gt_error err;
    assert_ok(parse(text, &csv, &err), err);
    assert_int_equal(csv.columns * 10 + csv.rows, 31);
    assert_string_equal(csv.about[0].unit, "\xc2\xb5Jy");
    assert_string_equal(csv.about[0].description, "l\"o ng, {text}");
    assert_string_equal(csv.about[1].description, "plain and folded");
    assert_null(csv.about[1].unit);
    assert_string_equal(csv.about[1].type, "string");
    assert_string_equal(csv.about[2].name, "c");
    assert_string_equal(csv.about[2].description, "of the last");
    assert_string_equal(gt_csv_cell(&csv, 0, 1), "x y");
    gt_csv_free(&csv);
}

/* As astropy 8.0 writes a table with masked cells, and names and texts that need quotes. */
static void tables_of_astropy(void **state) {
    static const char text[] =
        "# %ECSV 1.0\n# ---\n# datatype:\n"
        "# - {name: name, datatype: string}\n"
        "# - {name: peak flux, unit: Jy / beam, datatype: float64, format: .4f, description: "
        "at "
        "the brightest pixel}\n"
        "# - {name: is_star, datatype: bool}\n"
        "# - name: ra\n#   unit: deg\n#   datatype: float64\n#   meta: !!omap\n"
        "#   - {ucd: pos.eq.ra;meta.main}\n#   - {other: [1, 2]}\n"
        "# meta: !!omap\n# - {comments: [first, second]}\n# schema: astropy-2.0\n"
        "name \"peak flux\" is_star ra\n"
        "\"NGC 1\" 0.1235 True 10.5\n"
        "\"\" \"\" False nan\n";
    gt_csv csv;
    gt_error err;
    assert_ok(parse(text, &csv, &err), err);
    assert_int_equal(csv.columns * 10 + csv.rows, 42);
    assert_string_equal(gt_csv_name(&csv, 1), "peak flux");
    assert_string_equal(csv.about[1].unit, "Jy / beam");
    assert_string_equal(csv.about[1].description, "at the brightest pixel");
    assert_string_equal(csv.about[2].type, "bool");
    assert_null(csv.about[2].ucd);
    assert_string_equal(csv.about[3].ucd, "pos.eq.ra;meta.main");
    assert_null(csv.about[3].description);
    assert_string_equal(gt_csv_cell(&csv, 0, 0), "NGC 1");
    assert_string_equal(gt_csv_cell(&csv, 1, 1), "");
    assert_true(gt_csv_number(&csv, 0, 3) == 10.5);
    gt_csv_free(&csv);
}

static void rows_know_their_lines(void **state) {
    static const char text[] = "# one\n# two\na,b\r\n1,\"x\ny\"\r\n2,z\n\"\n\n\",3\n4,5";
    static const size_t lines[] = {3, 4, 6, 7, 10};
    gt_csv csv;
    gt_error err;
    assert_ok(gt_csv_parse(text, sizeof text - 1, &csv, &err), err);
    assert_int_equal(csv.rows, 4);
    for (size_t i = 0; i < 5; i++) assert_int_equal(csv.lines[i], lines[i]);
    gt_csv_free(&csv);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_know_their_lines),
                                       cmocka_unit_test(headers_tell_of_columns),
                                       cmocka_unit_test(tables_of_astropy),
                                       cmocka_unit_test(comments_before_the_names),
                                       cmocka_unit_test(blanks),
                                       cmocka_unit_test(forms),
                                       cmocka_unit_test(texts_come_back),
                                       cmocka_unit_test(ends_of_files),
                                       cmocka_unit_test(broken_forms_name_their_line)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
