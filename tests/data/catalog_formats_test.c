/* catalog_formats_test.c - catalogues in the formats in which they come: texts with any
 * separator or encoding, ECSV, FITS; those that are not read are named. */
#include <fitsio.h>

#include "catalog_join.h"
#include "table.h"

/* ---- texts ---- */

static void other_separators_and_empty_lines_are_read(void **state) {
    static const char *const tables[] = {
        "id,z,q\na,1.5,\n\nc,2,\"x,\ny\"\n\r\n", "id;z;q\r\na;1.5;\r\nc;2;\"x,\ny\"\r\n",
        "id\tz\tq\na\t1.5\t\nc\t2\t\"x,\ny\"", "# id;z;q\na;1.5;\nc;2;\"x,\ny\""};
    write_pictures();
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        gt_dataset *set = joined(tables[i], NULL, NULL);
        assert_true(value(set, "z", 0).real == 1.5 && value(set, "z", 2).real == 2);
        assert_string_equal(value(set, "q", 2).text, "x,\ny");
        gt_dataset_close(set);
    }
}

static void ecsv_tables_keep_what_they_say(void **state) {
    static const char ecsv[] =
        "# %ECSV 1.0\n# ---\n# datatype:\n"
        "# - {name: id, datatype: string}\n"
        "# - {name: code, datatype: string, description: 'it''s, a\n"
        "#     code'}\n"
        "# - name: flux\n#   unit: mJy / beam\n#   datatype: float32\n"
        "#   description: peak\n#   meta: !!omap\n#   - {ucd: phot.flux.density}\n"
        "# - {name: n, datatype: int64}\n"
        "# - {name: pair, datatype: string, subtype: 'float64[2]'}\n"
        "# meta: !!omap\n# - {name: all of it}\n# schema: astropy-2.0\n"
        "id code flux n pair\na 007 2 3 [1.0,2.0]\n\"dir/c\" \"\" nan \"\" [0.0,1.0]\n";
    size_t index;
    write_pictures();
    gt_dataset *set = joined(ecsv, NULL, NULL);
    const gt_field *flux = field(set, "flux", &index);
    assert_int_equal(flux->type, GT_FIELD_REAL);
    assert_string_equal(flux->unit, "mJy / beam");
    assert_string_equal(flux->description, "peak");
    assert_string_equal(flux->ucd, "phot.flux.density");
    assert_string_equal(field(set, "code", &index)->description, "it's, a code");
    assert_string_equal(value(set, "code", 0).text, "007");
    assert_true(value(set, "n", 0).integer == 3 && isnan(value(set, "flux", 2).real));
    assert_true(value(set, "n", 2).integer == GT_FIELD_NO_INTEGER);
    gt_dataset_close(set);
    assert_non_null(strstr(report.note, "not one value a row: 'pair' (float64[2])"));
}

static void tables_of_other_kinds_are_named(void **state) {
    static const struct {
        const char *bytes, *words;
    } cases[] = {{"<?xml version='1.0'?>", "a VOTable, which is not read; stilts tcopy in="},
                 {"PAR1....", "Parquet, which is not read; in Python: "},
                 {"PK\3\4....", "a zip archive, as of a spreadsheet; save its table as CSV"},
                 {"\x1f\x8b....", "packed by gzip; gunzip -k "},
                 {"\\fixlen = T\n|id|\n", "an IPAC table, which is not read; in Python: "},
                 {"|id|z|\n", "a table between bars, as of IPAC, which is not read; in"},
                 {"\xff\xfei\0d", "a text in UTF-16; iconv -f UTF-16 -t UTF-8 "}};
    write_pictures();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(join(cases[i].bytes, strlen(cases[i].bytes), NULL, NULL),
                         GT_UNSUPPORTED);
        assert_non_null(strstr(err.text, cases[i].words));
    }
}

/* ---- FITS ---- */

static void fits_tables_keep_what_they_say(void **state) {
    static const gt_table_column columns[] = {
        {"id", GT_TABLE_TEXT},
        {"flux", GT_TABLE_FLOAT, "mJy", "peak", "phot.flux"},
        {"n", GT_TABLE_INT},
        {"all_whole", GT_TABLE_REAL}};
    gt_table *table;
    size_t index;
    write_pictures();
    assert_ok(gt_table_create(columns, 4, &table, &err), err);
    const gt_cell rows[2][4] = {
        {gt_cell_text("a"), gt_cell_float(0.1f), gt_cell_empty(), gt_cell_real(2)},
        {gt_cell_text("b"), gt_cell_empty(), gt_cell_int(INT64_MAX), gt_cell_real(3)}};
    for (int i = 0; i < 2; i++) assert_ok(gt_table_append(table, rows[i], &err), err);
    assert_ok(gt_table_write(table, in_folder("c.fits"), NULL, &err), err);
    gt_table_destroy(table);
    gt_dataset *set = joined(NULL, NULL, NULL);
    const gt_field *flux = field(set, "flux", &index);
    assert_string_equal(flux->unit, "mJy");
    assert_string_equal(flux->description, "peak");
    assert_string_equal(flux->ucd, "phot.flux");
    assert_int_equal(field(set, "all_whole", &index)->type, GT_FIELD_REAL);
    assert_true((float)value(set, "flux", 0).real == 0.1f && isnan(value(set, "flux", 1).real));
    assert_true(value(set, "n", 0).integer == GT_FIELD_NO_INTEGER);
    assert_true(value(set, "n", 1).integer == INT64_MAX);
    gt_dataset_close(set);
}

enum { FOREIGN = 12, FOREIGN_TEXT = 24 };

/* A table as other programs write it: rows "a" and "c". */
static void write_foreign_table(void) {
    static char names[FOREIGN][FOREIGN_TEXT] = {
        "id", "bits", "bit", "list", "vector", "texts", "big", "f", "n", "t", "min", "scaled"};
    static char forms[FOREIGN][FOREIGN_TEXT] = {"5A", "6X", "1X", "1PJ", "3E", "8A",
                                                "1K", "1E", "1J", "3A",  "1K", "1I"};
    static char cells[4][FOREIGN_TEXT] = {"a", "c", "nan", "u  "};
    static const char *const cards[] = {"TDIM6   = '(4,2)'", "TNULL9  = -99",
                                        "TZERO7  = 9223372036854775808", "TSCAL12 = 0.5",
                                        "TZERO12 = -1"};
    const char *description = "a description of more letters than one card has room for, which "
                              "goes on in further cards behind it";
    char *name[FOREIGN], *form[FOREIGN], bits[6] = {0, 1, 1}, path[600];
    char *ids[] = {cells[0], cells[1]}, *words[] = {cells[2], cells[3]};
    ULONGLONG large[2] = {UINT64_MAX, 7};
    LONGLONG least[2] = {INT64_MIN, INT64_MIN + 1};
    float reals[2] = {INFINITY, 0.5F};
    double scaled[2] = {1, 2};
    int numbers[2] = {-99, 5}, fault = 0;
    fitsfile *fits = NULL;
    for (int i = 0; i < FOREIGN; i++) name[i] = names[i];
    for (int i = 0; i < FOREIGN; i++) form[i] = forms[i];
    snprintf(path, sizeof path, "!%s", in_folder("c.fits"));
    fits_create_file(&fits, path, &fault);
    fits_create_tbl(fits, BINARY_TBL, 0, FOREIGN, name, form, NULL, "TABLE", &fault);
    fits_write_key_longstr(fits, "TCOMM9", description, NULL, &fault);
    for (size_t i = 0; i < sizeof cards / sizeof *cards; i++)
        fits_write_record(fits, cards[i], &fault);
    fits_set_hdustruc(fits, &fault);
    fits_write_col(fits, TSTRING, 1, 1, 1, 2, ids, &fault);
    fits_write_col_bit(fits, 2, 1, 1, 6, bits, &fault);
    fits_write_col_bit(fits, 3, 1, 1, 1, bits + 1, &fault);
    fits_write_col(fits, TULONGLONG, 7, 1, 1, 2, large, &fault);
    fits_write_col(fits, TFLOAT, 8, 1, 1, 2, reals, &fault);
    fits_write_col(fits, TINT, 9, 1, 1, 2, numbers, &fault);
    fits_write_col(fits, TSTRING, 10, 1, 1, 2, words, &fault);
    fits_write_col(fits, TLONGLONG, 11, 1, 1, 2, least, &fault);
    fits_write_col(fits, TDOUBLE, 12, 1, 1, 2, scaled, &fault);
    fits_create_tbl(fits, BINARY_TBL, 0, 1, name, form, NULL, "OTHER", &fault);
    fits_close_file(fits, &fault);
    assert_int_equal(fault, 0);
}

static void foreign_fits_columns_come_whole_or_are_named(void **state) {
    size_t index;
    write_pictures();
    write_foreign_table();
    gt_dataset *set = joined(NULL, NULL, NULL);
    static const char *const notes[] = {
        "has 2 tables (1 'TABLE', 2 'OTHER'), of which the first is taken; --catalog-hdu",
        "not one value a row: 'bits' (6X), 'list' (1P), 'vector' (3E), 'texts' (8A)",
        "column 'big' of ",
        "is kept as texts: row 0 has '18446744073709551615', beyond 2^63 - 1",
        "without a value: 1 in 'f' (as 'inf'), 1 in 't' (as 'nan'), 1 in 'min' (as "
        "'-9223372036854775808')"};
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
        if (!strstr(report.note, notes[i]))
            fail_msg("'%s' is not in: %s", notes[i], report.note);
    assert_true(value(set, "bit", 0).integer == 1 && value(set, "bit", 2).integer == 0);
    assert_string_equal(value(set, "big", 0).text, "18446744073709551615");
    assert_true(isnan(value(set, "f", 0).real) && value(set, "f", 2).real == 0.5);
    assert_true(value(set, "n", 0).integer == GT_FIELD_NO_INTEGER);
    assert_true(value(set, "n", 2).integer == 5);
    assert_string_equal(value(set, "t", 2).text, "u");
    assert_true(value(set, "min", 0).integer == GT_FIELD_NO_INTEGER);
    assert_true(value(set, "min", 2).integer == INT64_MIN + 1);
    assert_true(value(set, "scaled", 0).real == 1 && value(set, "scaled", 2).real == 2);
    assert_non_null(strstr(field(set, "n", &index)->description, "further cards behind it"));
    gt_dataset_close(set);
}

/* HDUs 1 OBJECTS (version 1), 2 an image, 3 OBJECTS (version 2), 4 NOTES: the number in "z" is
 * the HDU. */
static void write_tables(void) {
    static const char *const called[] = {"OBJECTS", NULL, "OBJECTS", "NOTES"};
    char id[] = "a", von[] = "M\xe9rope", z[] = "z", name_of_von[] = "von", id_name[] = "id";
    char letter[] = "1A", whole[] = "K", letters[] = "8A", *cells[] = {id, von};
    char *name[] = {id_name, z, name_of_von}, *form[] = {letter, whole, letters};
    char path[600];
    fitsfile *fits;
    int fault = 0;
    long sides[] = {2, 2};
    snprintf(path, sizeof path, "!%s", in_folder("c.fits"));
    fits_create_file(&fits, path, &fault);
    for (int i = 0; i < 4; i++) {
        int version = i == 2 ? 2 : 1;
        LONGLONG number = i + 1;
        if (called[i] == NULL) {
            fits_create_img(fits, BYTE_IMG, 2, sides, &fault);
            continue;
        }
        fits_create_tbl(fits, BINARY_TBL, 0, 3, name, form, NULL, called[i], &fault);
        fits_update_key(fits, TINT, "EXTVER", &version, NULL, &fault);
        fits_write_col(fits, TSTRING, 1, 1, 1, 1, &cells[0], &fault);
        fits_write_col(fits, TLONGLONG, 2, 1, 1, 1, &number, &fault);
        fits_write_col(fits, TSTRING, 3, 1, 1, 1, &cells[1], &fault);
    }
    fits_close_file(fits, &fault);
    assert_int_equal(fault, 0);
}

static void one_of_several_tables_is_chosen(void **state) {
    static const struct {
        const char *hdu;
        int64_t z;
    } cases[] = {{NULL, 1},    {"1", 1},       {"3", 3},        {"4", 4},
                 {"notes", 4}, {"OBJECTS", 1}, {"objects,2", 3}};
    write_pictures();
    write_tables();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        catalog_hdu = cases[i].hdu;
        gt_dataset *set = joined(NULL, NULL, NULL);
        assert_int_equal(value(set, "z", 0).integer, cases[i].z);
        bool is_told = strstr(report.note, "3 tables (1 'OBJECTS', 3 'OBJECTS', 4 'NOTES')");
        assert_int_equal(is_told, catalog_hdu == NULL);
        gt_dataset_close(set);
    }
    static const struct {
        const char *csv, *hdu, *why;
    } wrong[] = {{NULL, "2", "no binary table 2, it has 1 'OBJECTS', 3 'OBJECTS', 4 'NOTES'"},
                 {NULL, "SCI", "no binary table SCI, it has 1 'OBJECTS'"},
                 {"id,z\na,1\n", "1", "c.csv: no FITS file, of which --catalog-hdu takes a"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *csv = wrong[i].csv;
        catalog_hdu = wrong[i].hdu;
        assert_int_not_equal(join(csv, csv ? strlen(csv) : 0, NULL, NULL), GT_OK);
        assert_non_null(strstr(err.text, wrong[i].why));
    }
    catalog_hdu = NULL;
}

/* ---- of either ---- */

static void texts_that_are_no_utf8_are_read_as_latin1(void **state) {
    write_pictures();
    gt_dataset *set =
        joined("id,von,gr\xf6\xdf\na,M\xe9rope,1\nb,\xc3\xa9t\xe9 \x93x\x94,2\n", NULL, NULL);
    assert_string_equal(value(set, "von", 0).text, "M\u00e9rope");
    assert_string_equal(value(set, "von", 1).text, "\u00e9t\u00e9 \u201cx\u201d");
    assert_true(value(set, "gr\u00f6\u00df", 1).integer == 2);
    assert_non_null(strstr(report.note, "is not all UTF-8: 6 bytes of its texts are read as"));
    gt_dataset_close(set);
    write_tables();
    set = joined(NULL, NULL, NULL);
    assert_string_equal(value(set, "von", 0).text, "M\u00e9rope");
    assert_non_null(strstr(report.note, "1 byte of its texts is read as Latin-1"));
    gt_dataset_close(set);
    set = joined("id,von\na,M\u00e9rope\n", NULL, NULL);
    assert_null(strstr(report.note, "Latin-1"));
    gt_dataset_close(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(other_separators_and_empty_lines_are_read),
        TEST(ecsv_tables_keep_what_they_say),
        TEST(tables_of_other_kinds_are_named),
        TEST(fits_tables_keep_what_they_say),
        TEST(foreign_fits_columns_come_whole_or_are_named),
        TEST(one_of_several_tables_is_chosen),
        TEST(texts_that_are_no_utf8_are_read_as_latin1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
