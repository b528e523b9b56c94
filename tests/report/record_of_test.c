/* Records come back out of figures and tables as they were put in. */
#include "record_of.h"

#include "file.h"
#include "gnuplot.h"
#include "gt_test.h"
#include "png_write.h"
#include "table.h"
#include "temp_folder.h"

/* Letters of one to four bytes, and what XML and PDF want escaped. */
static const char record[] = "{\"command\": \"galatea embed\", \"by\": \"\xc3\x85sa <&> (\\\\) "
                             "\xe2\x82\xac \xf0\x9f\x94\xad\"}";

static void check_bytes(const char *bytes, size_t size, const char *expected) {
    gt_error err = {0};
    char *found = NULL;
    assert_ok(gt_record_of_bytes(bytes, size, &found, &err), err);
    if (expected)
        assert_string_equal(found ? found : "nothing", expected);
    else
        assert_null(found);
    free(found);
}

static void check_added(const char *kind, const char *plain) {
    gt_error err = {0};
    size_t size = strlen(plain);
    char *bytes = strdup(plain);
    check_bytes(bytes, size, NULL);
    assert_ok(gt_figure_add_provenance(kind, record, &bytes, &size, &err), err);
    check_bytes(bytes, size, record);
    free(bytes);
}

static void figures_give_their_record_back(void **state) {
    check_added("svg", "<?xml version=\"1.0\"?>\n<svg width=\"3\"><text>a</text></svg>\n");
    check_added("pdf", "%PDF-1.5\n1 0 obj\n<< /CreationDate (D:2020) >>\nendobj\nxref\n0 2\n"
                       "trailer\n<< /Size 2 /Root 1 0 R >>\nstartxref\n9\n%%EOF\n");
}

static void sheets_give_their_record_back(void **state) {
    gt_error err = {0};
    const uint8_t pixels[4] = {0, 9, 99, 255};
    char *bytes = NULL, *none = NULL;
    size_t size = 0;
    assert_ok(gt_png_write("sheet.png", 2, 2, 1, pixels, record, &err), err);
    assert_ok(gt_file_load("sheet.png", 1 << 20, &bytes, &size, &err), err);
    check_bytes(bytes, size, record);
    bytes[size / 2] ^= 1; /* a damaged one says so */
    assert_int_equal(gt_record_of_bytes(bytes, size, &none, &err), GT_BAD_FORMAT);
    assert_null(none);
    free(bytes);
    assert_ok(gt_png_write("plain.png", 2, 2, 1, pixels, NULL, &err), err);
    assert_ok(gt_file_load("plain.png", 1 << 20, &bytes, &size, &err), err);
    check_bytes(bytes, size, NULL);
    free(bytes);
}

/* Longer than one card. */
static void tables_give_their_record_back(void **state) {
    gt_error err = {0};
    static const gt_table_column columns[] = {{"size", GT_TABLE_REAL, .unit = "arcsec"}};
    static const char longer[] = "{\"command\": \"galatea morph\", \"line\": \"galatea morph "
                                 "a_rather_long_name.h5 --out "
                                 "another_long_name.fits --rows 0-99 --segmentation map.h5\"}";
    gt_table *table = NULL;
    char *bytes = NULL;
    size_t size = 0;
    assert_ok(gt_table_create(columns, 1, &table, &err), err);
    assert_ok(gt_table_append(table, &(gt_cell){.kind = GT_CELL_EMPTY}, &err), err);
    assert_ok(gt_table_write(table, "table.fits", longer, &err), err);
    gt_table_destroy(table);
    assert_ok(gt_file_load("table.fits", 1 << 20, &bytes, &size, &err), err);
    check_bytes(bytes, size, longer);
    check_bytes(bytes, 80, NULL);
    free(bytes);
}

static void other_bytes_have_none(void **state) {
    check_bytes("", 0, NULL);
    check_bytes("<desc>", 6, NULL);
    check_bytes("%PDF /Subject <FEFF00", 21, NULL);
    check_bytes("SIMPLE  = ", 10, NULL);
    check_bytes("plain words", 11, NULL);
}

static int enter_folder(void **state) {
    return make_temp_folder(state) || chdir(temp_folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_give_their_record_back),
        cmocka_unit_test(sheets_give_their_record_back),
        cmocka_unit_test(tables_give_their_record_back),
        cmocka_unit_test(other_bytes_have_none),
    };
    return cmocka_run_group_tests(tests, enter_folder, remove_temp_folder);
}
