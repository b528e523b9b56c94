/* FITS tables read back: every kind of cell, what was never written here, and damage. */
#include <stdlib.h>

#include "file.h"
#include "fits_table.h"
#include "gt_test.h"
#include "table.h"
#include "temp_folder.h"

static char *write_table(size_t *size) {
    static const gt_table_column columns[] = {{.name = "name", .kind = GT_TABLE_TEXT},
                                              {.name = "number", .kind = GT_TABLE_INT},
                                              {.name = "real", .kind = GT_TABLE_REAL},
                                              {.name = "single", .kind = GT_TABLE_FLOAT}};
    char *bytes = NULL;
    gt_error err;
    gt_table *table;
    assert_ok(gt_table_create(columns, 4, &table, &err), err);
    for (int i = 0; i < 5; i++) {
        const gt_cell cells[] = {i == 2 ? gt_cell_empty() : gt_cell_text(i ? "b, \"c\"" : "a"),
                                 i == 1 ? gt_cell_empty() : gt_cell_int(-3 + i),
                                 i == 3 ? gt_cell_empty() : gt_cell_real(0.1 * i),
                                 gt_cell_float(-1.5f * (float)i)};
        assert_ok(gt_table_append(table, cells, &err), err);
    }
    assert_ok(gt_table_write(table, in_folder("t.fits"), "{\"command\": \"test\"}", &err), err);
    gt_table_destroy(table);
    assert_ok(gt_file_load(in_folder("t.fits"), 1 << 20, &bytes, size, &err), err);
    return bytes;
}

static void cells_come_back(void **state) {
    size_t size;
    uint64_t rows;
    gt_csv csv;
    gt_error err;
    char *bytes = write_table(&size);
    assert_ok(gt_fits_table_parse(bytes, size, 4, &csv, &rows, &err), err);
    assert_int_equal(rows, 5);
    assert_int_equal(csv.rows, 4);
    assert_int_equal(csv.columns, 4);
    assert_string_equal(gt_csv_name(&csv, 1), "number");
    assert_string_equal(gt_csv_cell(&csv, 1, 0), "b, \"c\"");
    assert_string_equal(gt_csv_cell(&csv, 2, 0), "");
    assert_string_equal(gt_csv_cell(&csv, 0, 1), "-3");
    assert_string_equal(gt_csv_cell(&csv, 1, 1), "");
    assert_true(gt_csv_number(&csv, 1, 2) == 0.1);
    assert_string_equal(gt_csv_cell(&csv, 3, 2), "");
    assert_string_equal(gt_csv_cell(&csv, 3, 3), "-4.5");
    gt_csv_free(&csv);
    free(bytes);
}

/* Some columns, by names in any case and order, are the same cells without the others. */
static void some_columns_come_back(void **state) {
    static const char *const names[] = {"SINGLE", "none", "Number"};
    size_t size;
    uint64_t rows;
    gt_csv csv;
    gt_error err;
    char *bytes = write_table(&size);
    assert_ok(gt_fits_table_parse_columns(bytes, size, names, 3, SIZE_MAX, &csv, &rows, &err),
              err);
    assert_int_equal(csv.columns, 2);
    assert_int_equal(csv.rows, 5);
    assert_string_equal(gt_csv_name(&csv, 0), "number");
    assert_string_equal(gt_csv_name(&csv, 1), "single");
    assert_string_equal(gt_csv_cell(&csv, 0, 0), "-3");
    assert_string_equal(gt_csv_cell(&csv, 1, 0), "");
    assert_string_equal(gt_csv_cell(&csv, 3, 1), "-4.5");
    gt_csv_free(&csv);
    assert_int_equal(
        gt_fits_table_parse_columns(bytes, size, names + 1, 1, 9, &csv, &rows, &err),
        GT_NOT_FOUND);
    assert_int_equal(gt_fits_table_parse_columns(bytes, 2880, names, 3, 9, &csv, &rows, &err),
                     GT_NOT_FOUND);
    free(bytes);
}

/* A table of astropy with all kinds of columns: unsigned and scaled numbers, null values,
 * logical ones; what is no single value is told by its shape. */
static void columns_of_astropy_are_read(void **state) {
    static const char *const expected[][3] = {{"u2", "0", "65535"},
                                              {"u4", "1", "4294967295"},
                                              {"u8", "7", "18446744073709551615"},
                                              {"i1", "-128", "127"},
                                              {"scaled", "10.25", "-3.5"},
                                              {"half", "1.5", ""},
                                              {"flag", "T", "F"},
                                              {"mag", "", "1.5"},
                                              {"n", "", "5"},
                                              {"vector", "(3 E)", "(3 E)"},
                                              {"z", "(1 C)", "(1 C)"},
                                              {"bits", "(3 X)", "(3 X)"},
                                              {"list", "(1 P)", "(1 P)"},
                                              {"name", "+12-5", "a b"},
                                              {"un", "", "3"}};
    enum { COUNT = sizeof expected / sizeof *expected };
    size_t size;
    uint64_t rows;
    gt_csv csv;
    gt_error err;
    char *bytes = NULL;
    assert_ok(gt_file_load("corpus/format_fitstable/astropy", 1 << 20, &bytes, &size, &err),
              err);
    assert_ok(gt_fits_table_parse(bytes, size, 10, &csv, &rows, &err), err);
    assert_int_equal(csv.columns, COUNT);
    assert_int_equal(csv.rows, 2);
    for (size_t c = 0; c < COUNT; c++) {
        assert_string_equal(gt_csv_name(&csv, c), expected[c][0]);
        for (size_t r = 0; r < 2; r++)
            if (strcmp(gt_csv_cell(&csv, r, c), expected[c][1 + r]) != 0)
                fail_msg("%s, row %zu: '%s', expected '%s'", expected[c][0], r,
                         gt_csv_cell(&csv, r, c), expected[c][1 + r]);
    }
    gt_csv_free(&csv);
    char *at = memmem(bytes, size, "TSCAL5  =                 0.25", 30);
    assert_non_null(at);
    memcpy(at, "TSCAL5  =                 0,25", 30);
    assert_int_equal(gt_fits_table_parse(bytes, size, 10, &csv, &rows, &err), GT_BAD_FORMAT);
    assert_string_equal(err.text, "a damaged FITS file: TSCAL or TZERO of a column");
    free(bytes);
}

/* Puts a value into the card of a keyword of the table. */
static void put(char *bytes, size_t size, const char *key, const char *value) {
    char card[81];
    char *at = memmem(bytes + 2880, size - 2880, key, strlen(key));
    assert_non_null(at);
    snprintf(card, sizeof card, "%-8s= %20s", key, value);
    memcpy(at, card, strlen(card));
}

static void kinds_of_others_are_shown(void **state) {
    size_t size;
    uint64_t rows;
    gt_csv csv;
    gt_error err;
    char *bytes = write_table(&size);
    put(bytes, size, "TFORM2  ", "'2J      '");
    put(bytes, size, "TFORM3  ", "'4I      '");
    put(bytes, size, "TFORM4  ", "'J       '");
    assert_ok(gt_fits_table_parse(bytes, size, 9, &csv, &rows, &err), err);
    assert_string_equal(gt_csv_cell(&csv, 0, 1), "(2 J)");
    assert_string_equal(gt_csv_cell(&csv, 0, 2), "(4 I)");
    assert_string_equal(gt_csv_cell(&csv, 0, 3), "-2147483648"); /* the bits of -0.0f */
    gt_csv_free(&csv);
    free(bytes);
}

static void assert_refused(const char *key, const char *value) {
    size_t size;
    uint64_t rows;
    gt_csv csv;
    gt_error err;
    char *bytes = write_table(&size);
    put(bytes, size, key, value);
    if (gt_fits_table_parse(bytes, size, 9, &csv, &rows, &err) != GT_BAD_FORMAT)
        fail_msg("%s = %s was taken", key, value);
    free(bytes);
}

static void lies_are_refused(void **state) {
    static const char *const lies[][2] = {
        {"NAXIS2  ", "9000000"},    {"NAXIS2  ", "9223372036854775807"},
        {"NAXIS2  ", "-1"},         {"NAXIS1  ", "0"},
        {"NAXIS1  ", "3"},          {"TFIELDS ", "5"},
        {"TFIELDS ", "1000"},       {"TFORM1  ", "'999999999A'"},
        {"TFORM2  ", "'Z       '"}, {"TFORM2  ", "'        '"},
        {"PCOUNT  ", "-5"},         {"GCOUNT  ", "9223372036854775807"},
        {"BITPIX  ", "x"},          {"NAXIS   ", "99"}};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++)
        assert_refused(lies[i][0], lies[i][1]);
}

/* Cut anywhere before the last row ends, a file is damaged, or has no table yet. */
static void cut_files_are_refused(void **state) {
    size_t size;
    uint64_t rows;
    gt_csv csv;
    gt_error err;
    char *bytes = write_table(&size);
    for (size_t at = 0; at < 2 * 2880 + 100; at += 7) {
        char *part = malloc(at + 1);
        memcpy(part, bytes, at);
        gt_status status = gt_fits_table_parse(part, at, 9, &csv, &rows, &err);
        if (status != GT_BAD_FORMAT && status != GT_NOT_FOUND)
            fail_msg("%zu of %zu bytes gave %d", at, size, (int)status);
        free(part);
    }
    assert_int_equal(gt_fits_table_parse(bytes, 2880, 9, &csv, &rows, &err), GT_NOT_FOUND);
    free(bytes);
}

/* A header says of a column what was given, and of known names what they mean. */
static void headers_tell_of_columns(void **state) {
    static const gt_table_column columns[] = {
        {"id", GT_TABLE_TEXT},
        {"ra", GT_TABLE_REAL, "deg", "right ascension"},
        {"dec", GT_TABLE_REAL, "deg"},
        {"flux", GT_TABLE_FLOAT, "mJy", "peak flux", "phot.flux.density;em.radio"},
        {"n", GT_TABLE_INT},
    };
    static const struct {
        char type;
        const char *unit, *description, *ucd;
    } want[] = {{'A', "", "", "meta.id;meta.main"},
                {'D', "deg", "right ascension", "pos.eq.ra;meta.main"},
                {'D', "deg", "", "pos.eq.dec;meta.main"},
                {'E', "mJy", "peak flux", "phot.flux.density;em.radio"},
                {'K', "", "", ""}};
    enum { LAST_BLOCK = 2880 };
    static gt_fits_column got[GT_FITS_COLUMNS];
    char *bytes = NULL;
    size_t size, count;
    gt_error err;
    gt_table *table;
    assert_ok(gt_table_create(columns, 5, &table, &err), err);
    const gt_cell cells[] = {gt_cell_text("three"), gt_cell_real(1), gt_cell_real(2),
                             gt_cell_float(3), gt_cell_int(4)};
    assert_ok(gt_table_append(table, cells, &err), err);
    assert_ok(gt_table_write(table, in_folder("t.fits"), NULL, &err), err);
    gt_table_destroy(table);
    assert_ok(gt_file_load(in_folder("t.fits"), 1 << 20, &bytes, &size, &err), err);
    assert_ok(gt_fits_table_columns(bytes, size, NULL, got, &count, &err), err);
    assert_int_equal(count, 5);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(got[i].name, columns[i].name);
        assert_int_equal(got[i].type, want[i].type);
        assert_string_equal(got[i].unit, want[i].unit);
        assert_string_equal(got[i].description, want[i].description);
        assert_string_equal(got[i].ucd, want[i].ucd);
    }
    assert_int_equal(got[0].repeat, 5);
    for (size_t cut = 0; cut < size - LAST_BLOCK; cut += 97)
        assert_int_not_equal(gt_fits_table_columns(bytes, cut, NULL, got, &count, &err), GT_OK);
    free(bytes);
}

enum { BLOCK = 2880, CARDS = BLOCK / 80 };

/* A primary unit and `count` empty tables: no name, LIST 1, LIST 1 again with another version,
 * LIST 2, ... Yours. */
static char *write_units(int count, size_t *size) {
    char *bytes = NULL;
    FILE *out = open_memstream(&bytes, size);
    for (int i = 0; i <= count; i++) {
        char name[32] = "COMMENT", version[32] = "COMMENT";
        if (i > 1) snprintf(name, sizeof name, "EXTNAME = 'LIST %d'", i / 2);
        if (i > 1) snprintf(version, sizeof version, "EXTVER  = %d", 1 + i % 2);
        const char *const cards[CARDS] = {i ? "XTENSION= 'BINTABLE'"
                                            : "SIMPLE  =                    T",
                                          "BITPIX  = 8",
                                          i ? "NAXIS   = 2" : "NAXIS   = 0",
                                          "NAXIS1  = 1",
                                          "NAXIS2  = 0",
                                          "PCOUNT  = 0",
                                          "GCOUNT  = 1",
                                          "TFIELDS = 1",
                                          "TFORM1  = 'B'",
                                          name,
                                          version,
                                          "END"};
        for (int k = 0; k < CARDS; k++) fprintf(out, "%-80s", cards[k] ? cards[k] : "");
    }
    assert_int_equal(fclose(out), 0);
    return bytes;
}

static void tables_are_found_by_number_and_name(void **state) {
    static const struct {
        const char *hdu;
        size_t at;
    } cases[] = {{"1", 1}, {"3", 3}, {"list 1", 2}, {"LIST 1,2", 3}, {"LIST 2,1", 4}};
    char there[GT_FITS_TABLES_TEXT];
    size_t size, at;
    gt_error err;
    char *bytes = write_units(4, &size);
    assert_int_equal(gt_fits_table_list(bytes, size, there), 4);
    assert_string_equal(there, "1, 2 'LIST 1', 3 'LIST 1', 4 'LIST 2'");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ok(gt_fits_table_find(bytes, size, cases[i].hdu, &at, &err), err);
        assert_int_equal(at, cases[i].at * BLOCK);
    }
    static const char *const wrong[] = {"0", "PRIMARY", "5", "-1", "LIST", "LIST 2,2", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(gt_fits_table_find(bytes, size, wrong[i], &at, &err), GT_NOT_FOUND);
    assert_int_equal(gt_fits_table_find(bytes, 2 * BLOCK + 80, "4", &at, &err), GT_BAD_FORMAT);
    assert_int_equal(gt_fits_table_list(bytes, 2 * BLOCK + 80, there), 1);
    free(bytes);
    bytes = write_units(40, &size);
    assert_int_equal(gt_fits_table_list(bytes, size, there), 40);
    assert_int_equal(strlen(there), GT_FITS_TABLES_TEXT - 1);
    assert_string_equal(there + GT_FITS_TABLES_TEXT - 4, "...");
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(cells_come_back),
                                       TEST(headers_tell_of_columns),
                                       TEST(tables_are_found_by_number_and_name),
                                       TEST(some_columns_come_back),
                                       TEST(columns_of_astropy_are_read),
                                       TEST(kinds_of_others_are_shown),
                                       TEST(lies_are_refused),
                                       TEST(cut_files_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
