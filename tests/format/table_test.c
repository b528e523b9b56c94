/* Tables: what CFITSIO reads back, what CSV shows, and that neither touches another file. */
#include <fitsio.h>
#include <math.h>
#include <unistd.h>

#include "file.h"
#include "gt_test.h"
#include "table.h"
#include "temp_folder.h"

static const gt_table_column columns[] = {
    {"id", GT_TABLE_TEXT, .description = "name of the source"},
    {"row", GT_TABLE_INT},
    {"size", GT_TABLE_REAL, .unit = "arcsec", .description = "angular size"},
    {"score", GT_TABLE_FLOAT}};

enum { COLUMNS = 4 };

static gt_table *make_table(void) {
    gt_error err;
    gt_table *table = NULL;
    assert_ok(gt_table_create(columns, COLUMNS, &table, &err), err);
    gt_cell rows[][COLUMNS] = {
        {gt_cell_text("J12"), gt_cell_int(7), gt_cell_real(0.1), gt_cell_float(0.25f)},
        {gt_cell_text("=1+1"), gt_cell_empty(), gt_cell_empty(), gt_cell_real(-INFINITY)},
        {gt_cell_text("a\x1b\xc3\xa9"), gt_cell_int(-9), gt_cell_int(3), gt_cell_real(NAN)},
        {gt_cell_empty(), gt_cell_int(INT64_MAX), gt_cell_real(1e300), gt_cell_float(0.1f)},
    };
    for (size_t i = 0; i < 4; i++) assert_ok(gt_table_append(table, rows[i], &err), err);
    return table;
}

static void check_key(fitsfile *fits, const char *key, const char *expected) {
    char value[FLEN_VALUE];
    int fault = 0;
    fits_read_key(fits, TSTRING, key, value, NULL, &fault);
    assert_int_equal(fault, 0);
    assert_string_equal(value, expected);
}

static void check_texts(fitsfile *fits) {
    /* CFITSIO shows a cell of blanks as one blank. */
    static const char *const expected[] = {"J12", "=1+1", "a\\x1b\\xc3\\xa9", " "};
    int fault = 0, any = 0;
    for (int i = 0; i < 4; i++) {
        char text[64], *cell = text;
        fits_read_col_str(fits, 1, i + 1, 1, 1, NULL, &cell, &any, &fault);
        assert_int_equal(fault, 0);
        assert_string_equal(text, expected[i]);
    }
}

static void check_numbers(fitsfile *fits) {
    LONGLONG whole[4], empty = 12345;
    double real[4];
    float single[4];
    int fault = 0, any = 0;
    fits_read_col(fits, TLONGLONG, 2, 1, 1, 4, &empty, whole, &any, &fault);
    fits_read_col(fits, TDOUBLE, 3, 1, 1, 4, NULL, real, &any, &fault);
    fits_read_col(fits, TFLOAT, 4, 1, 1, 4, NULL, single, &any, &fault);
    assert_int_equal(fault, 0);
    assert_true(whole[0] == 7 && whole[1] == empty && whole[2] == -9 && whole[3] == INT64_MAX);
    assert_true(real[0] == 0.1 && isnan(real[1]) && real[2] == 3.0 && real[3] == 1e300);
    assert_true(single[0] == 0.25f && single[1] == -INFINITY && isnan(single[2]) &&
                single[3] == 0.1f);
}

/* The HISTORY cards, joined. */
static void check_history(fitsfile *fits, const char *expected) {
    char joined[4096] = "", card[FLEN_CARD];
    int fault = 0, cards = 0;
    fits_get_hdrspace(fits, &cards, NULL, &fault);
    for (int i = 1; i <= cards; i++) {
        fits_read_record(fits, i, card, &fault);
        size_t length = strlen(joined);
        if (strncmp(card, "HISTORY ", 8) == 0)
            snprintf(joined + length, sizeof joined - length, "%s", card + 8);
    }
    assert_int_equal(fault, 0);
    assert_string_equal(joined, expected);
}

static void fits_is_what_cfitsio_reads(void **state) {
    gt_error err;
    char note[400];
    int fault = 0;
    gt_table *table = make_table();
    fitsfile *fits = NULL;
    /* blanks everywhere, so that some cut would fall on one */
    for (size_t i = 0; i < sizeof note - 1; i++)
        note[i] = i % 3 == 2 ? ' ' : 'a' + (char)(i % 26);
    memcpy(note + sizeof note - 2, ".", 2);
    const char *path = in_folder("table.fits");
    assert_ok(gt_table_write(table, path, note, &err), err);
    assert_int_equal(fits_open_diskfile(&fits, path, READONLY, &fault), 0);
    assert_int_equal(fits_movabs_hdu(fits, 2, NULL, &fault), 0);
    LONGLONG rows = 0;
    fits_get_num_rowsll(fits, &rows, &fault);
    assert_int_equal(rows, 4);
    check_key(fits, "TTYPE1", "id");
    check_key(fits, "TFORM1", "13A");
    check_key(fits, "TFORM2", "1K");
    check_key(fits, "TFORM4", "1E");
    check_key(fits, "TUNIT3", "arcsec");
    check_key(fits, "TCOMM3", "angular size");
    check_texts(fits);
    check_numbers(fits);
    check_history(fits, note);
    fits_close_file(fits, &fault);
    gt_table_destroy(table);
    assert_int_equal(fault, 0);
}

static char *file_text(const char *path, size_t *size) {
    gt_error err;
    char *text = NULL;
    assert_ok(gt_file_load(path, 1 << 20, &text, size, &err), err);
    return text;
}

static void csv_is_plain(void **state) {
    gt_error err;
    size_t size;
    gt_table *table = make_table();
    const char *path = in_folder("table.csv");
    assert_ok(gt_table_write(table, path, "{}", &err), err);
    char *text = file_text(path, &size);
    assert_string_equal(text, "id,row,size,score\n"
                              "J12,7,0.1,0.25\n"
                              "\"=1+1\",,,-inf\n"
                              "a\\x1b\xc3\xa9,-9,3,\n"
                              ",9223372036854775807,1e+300,0.1\n");
    free(text);
    gt_table_destroy(table);
}

static void equal_tables_give_equal_bytes(void **state) {
    gt_error err;
    size_t sizes[2];
    char *texts[2];
    for (int i = 0; i < 2; i++) {
        gt_table *table = make_table();
        const char *path = in_folder("same.fit");
        assert_ok(gt_table_write(table, path, "{}", &err), err);
        texts[i] = file_text(path, &sizes[i]);
        gt_table_destroy(table);
    }
    assert_int_equal(sizes[0], sizes[1]);
    assert_int_equal(sizes[0] % 2880, 0);
    assert_memory_equal(texts[0], texts[1], sizes[0]);
    free(texts[0]), free(texts[1]);
}

/* More rows than a block, and more bytes than CFITSIO takes at first. */
static void large_and_empty_tables(void **state) {
    enum { ROWS = 100000 };
    gt_error err;
    gt_table *table = NULL;
    int fault = 0, any = 0;
    fitsfile *fits = NULL;
    assert_ok(gt_table_create(columns, COLUMNS, &table, &err), err);
    const char *path = in_folder("large.fits");
    assert_ok(gt_table_write(table, path, NULL, &err), err);
    assert_int_equal(fits_open_diskfile(&fits, path, READONLY, &fault), 0);
    fits_close_file(fits, &fault);
    for (int i = 0; i < ROWS; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", i * 7);
        gt_cell row[] = {gt_cell_text(name), gt_cell_int(i), gt_cell_real(i / 3.0),
                         gt_cell_float((float)i)};
        assert_ok(gt_table_append(table, row, &err), err);
    }
    assert_ok(gt_table_write(table, path, NULL, &err), err);
    assert_int_equal(fits_open_diskfile(&fits, path, READONLY, &fault), 0);
    fits_movabs_hdu(fits, 2, NULL, &fault);
    for (int i = 0; i < ROWS; i += 997) {
        char text[16], name[16], *cell = text;
        double real = 0;
        snprintf(name, sizeof name, "%d", i * 7);
        fits_read_col_str(fits, 1, i + 1, 1, 1, NULL, &cell, &any, &fault);
        fits_read_col(fits, TDOUBLE, 3, i + 1, 1, 1, NULL, &real, &any, &fault);
        assert_int_equal(fault, 0);
        assert_string_equal(text, name);
        assert_true(real == i / 3.0);
    }
    fits_close_file(fits, &fault);
    gt_table_destroy(table);
}

/* Names that CFITSIO's own functions read meanings into are only names. */
static void names_are_only_names(void **state) {
    static const char *const names[] = {"b[1].fits",  "!keep.fits",           " a.fits",
                                        "~x.fits",    "a.fits(b.fits)x.fits", "| touch x.fits",
                                        "http:x.fits"};
    enum { NAMES = sizeof names / sizeof *names };
    gt_error err;
    gt_table *table = make_table();
    char before[4096];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(temp_folder), 0);
    for (int i = 0; i < NAMES; i++) {
        assert_ok(gt_table_write(table, names[i], NULL, &err), err);
        assert_int_equal(access(names[i], R_OK), 0);
        assert_int_equal(entries_in_folder(), i + 1);
    }
    assert_int_equal(chdir(before), 0);
    gt_table_destroy(table);
}

static int lines_of(const char *path) {
    int lines = 0;
    FILE *file = fopen(path, "re");
    for (int byte; (byte = fgetc(file)) != EOF;) lines += byte == '\n';
    fclose(file);
    return lines;
}

/* CSV keeps them; of FITS every one has its own plain one, and a plain one stays. */
static void names_of_any_letters_are_kept_or_made_plain(void **state) {
    static const gt_table_column odd[] = {{"gr\xc3\xb6\xc3\x9f"
                                           "e",
                                           GT_TABLE_INT},
                                          {"a b", GT_TABLE_INT},
                                          {"a,b", GT_TABLE_INT},
                                          {"A_B", GT_TABLE_INT},
                                          {"\xff", GT_TABLE_INT}};
    static const char *const plain[] = {"gr__e", "a_b_2", "a_b_3", "A_B", "_"};
    gt_error err;
    gt_table *table;
    fitsfile *fits;
    char *text;
    size_t size;
    int fault = 0;
    const gt_cell row[] = {gt_cell_int(1), gt_cell_int(2), gt_cell_int(3), gt_cell_int(4),
                           gt_cell_int(5)};
    assert_ok(gt_table_create(odd, 5, &table, &err), err);
    assert_ok(gt_table_append(table, row, &err), err);
    assert_ok(gt_table_write(table, in_folder("odd.csv"), NULL, &err), err);
    assert_ok(gt_table_write(table, in_folder("odd.fits"), NULL, &err), err);
    gt_table_destroy(table);
    assert_ok(gt_file_load(in_folder("odd.csv"), 1000, &text, &size, &err), err);
    assert_int_equal(memcmp(text,
                            "gr\xc3\xb6\xc3\x9f"
                            "e,a b,\"a,b\",A_B,",
                            20),
                     0);
    free(text);
    fits_open_table(&fits, in_folder("odd.fits"), READONLY, &fault);
    for (int i = 0; i < 5; i++) {
        char key[16];
        snprintf(key, sizeof key, "TTYPE%d", i + 1);
        check_key(fits, key, plain[i]);
    }
    fits_close_file(fits, &fault);
    assert_int_equal(fault, 0);
}

static void wrong_tables_are_refused(void **state) {
    gt_error err;
    gt_table *table = NULL;
    const gt_table_column twice[] = {{"a", GT_TABLE_INT}, {"A", GT_TABLE_REAL}};
    const gt_table_column control[] = {{"a\tb", GT_TABLE_INT}};
    assert_int_equal(gt_table_create(twice, 2, &table, &err), GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "two columns named 'A'"));
    assert_int_equal(gt_table_create(control, 1, &table, &err), GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "expected 1 to 240 bytes without control characters"));
    assert_int_equal(gt_table_create(twice, 0, &table, &err), GT_BAD_ARGUMENT);
    table = make_table();
    gt_cell wrong[COLUMNS] = {gt_cell_int(1)};
    assert_int_equal(gt_table_append(table, wrong, &err), GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "'id'"));
    assert_ok(gt_table_write(table, in_folder("four.csv"), NULL, &err), err);
    assert_int_equal(lines_of(in_folder("four.csv")), 1 + 4); /* the wrong one is no row */
    assert_int_equal(gt_table_write(table, in_folder("t.txt"), NULL, &err), GT_USAGE);
    assert_int_equal(gt_table_write(table, in_folder("no/t.fits"), NULL, &err), GT_NOT_FOUND);
    assert_int_equal(gt_table_write(table, in_folder("no/t.csv"), NULL, &err), GT_NOT_FOUND);
    gt_table_destroy(table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(fits_is_what_cfitsio_reads),
        TEST(csv_is_plain),
        TEST(equal_tables_give_equal_bytes),
        TEST(large_and_empty_tables),
        TEST(names_are_only_names),
        TEST(wrong_tables_are_refused),
        TEST(names_of_any_letters_are_kept_or_made_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
