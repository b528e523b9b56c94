/* round_trip_test.c - what is written as FITS comes back whole: pixels to the bit, facts and
 * columns; and, of files that others wrote, cards in place of coordinates and tables of rows.
 */
#include <math.h>
#include <sys/stat.h>

#include "export.h"
#include "field_block.h"
#include "fits_maker.h"
#include "galatea/import.h"
#include "gt_test.h"
#include "temp_folder.h"

enum { ROWS = 3, HEIGHT = 16, WIDTH = 16, PLANE = HEIGHT * WIDTH, MOST = ROWS * 3 * PLANE };

static gt_error err;
static gt_import_report report;
static float pixels[MOST];
static const char preparation[] = /* goes on in a second card */
    "align=principal cut=150 resize=16 normalize=percentile:0.25:99.75+asinh:10/1+more";

/* The second one has no row. */
static const char *const classes[] = {"r\xc3\xadng", "class 1", "disc"};

static const gt_field fields[] = {
    {"z", GT_FIELD_REAL, .unit = "\xc2\xb5Jy", .description = "brightness", .ucd = "phot.mag"},
    {"run", GT_FIELD_INTEGER, .description = "number"},
    {"note", GT_FIELD_TEXT, .length = 9}};
static const gt_field_value values[ROWS][3] = {
    {{.real = 0.1}, {.integer = INT64_MAX}, {.text = "a, \"b\""}},
    {{.real = NAN}, {.integer = GT_FIELD_NO_INTEGER}, {.text = ""}},
    {{.real = -1e-300}, {.integer = 0}, {.text = "c\\x41"}}};
static const gt_dataset_row rows[ROWS] = {{2, 0, 12.5, 1. / 3, 1.25, "J1", values[0]},
                                          {-1, 1, NAN, NAN, NAN, "J\xce\xa9", values[1]},
                                          {0, 2, 359, 0, 0.1, "J3", values[2]}};

static gt_dataset_info info_of(size_t channels) {
    gt_dataset_info info = gt_dataset_info_default();
    info.count = ROWS;
    info.channels = channels, info.height = HEIGHT, info.width = WIDTH;
    info.type = GT_PIXEL_F32;
    info.unit = "Jy/beam", info.survey = "caf\xc3\xa9's", info.collection = "MiraBest";
    info.bands = channels == 3 ? "g,r,i" : NULL;
    info.range = (gt_value_range){-1, 0.1 + 0.2, {GT_CURVE_LOG, 1000}};
    info.pixel_scale_arcsec = 1.8;
    info.preparation = preparation;
    info.columns = (1U << 6) - 1;
    info.id_length = 8;
    info.class_names = classes, info.class_count = 3;
    info.fields = fields, info.field_count = 3;
    return info;
}

static void export(const char *name, const gt_dataset_info *info, const char *single) {
    gt_export *out = NULL;
    for (size_t i = 0; i < MOST; i++) pixels[i] = (float)i * 0.1F;
    assert_ok(gt_export_create(in_folder(name), info, single, false, &out, &err), err);
    assert_ok(gt_export_append(out, pixels, rows, ROWS, &err), err);
    assert_ok(gt_export_commit(out, &err), err);
}

static gt_dataset *import(const char *name) {
    gt_dataset *set = NULL;
    gt_import_settings settings = gt_import_settings_default();
    settings.out = in_folder("out.h5");
    settings.keep_values = true;
    assert_ok(gt_import_run(&settings, in_folder(name), "{}", NULL, NULL, &report, &err), err);
    assert_ok(gt_dataset_open(in_folder("out.h5"), &set, &err), err);
    return set;
}

static void expect_note(const char *words) {
    if (!strstr(report.note, words)) fail_msg("'%s', expected '%s'", report.note, words);
}

/* ---- what Galatea wrote ---- */

static void expect_same(gt_dataset *set, const gt_dataset_info *wanted) {
    static float found[MOST];
    const gt_dataset_info *got = gt_dataset_describe(set);
    size_t size = ROWS * wanted->channels * PLANE * sizeof *found;
    assert_int_equal(got->count, ROWS);
    assert_int_equal(got->channels, wanted->channels);
    assert_ok(gt_dataset_read_bytes(set, 0, ROWS, found, &err), err);
    assert_memory_equal(found, pixels, size);
    assert_true(gt_range_is_same(got->range, wanted->range));
    assert_string_equal(got->unit, wanted->unit);
    assert_string_equal(got->survey, wanted->survey);
    assert_string_equal(got->collection, wanted->collection);
    assert_string_equal(got->preparation, wanted->preparation);
    assert_true(got->pixel_scale_arcsec == wanted->pixel_scale_arcsec);
    if (wanted->bands)
        assert_string_equal(got->bands, wanted->bands);
    else
        assert_null(got->bands);
}

static bool is_same_real(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

static void expect_rows(gt_dataset *set) {
    const int32_t *labels;
    const uint8_t *splits;
    const double *ra, *dec, *size;
    const char *ids;
    assert_int_equal(gt_dataset_describe(set)->class_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(gt_dataset_describe(set)->class_names[i], classes[i]);
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    assert_ok(gt_dataset_splits(set, &splits, &err), err);
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_ok(gt_dataset_dec(set, &dec, &err), err);
    assert_ok(gt_dataset_angular_sizes(set, &size, &err), err);
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    for (size_t i = 0; i < ROWS; i++) {
        assert_int_equal(labels[i], rows[i].label);
        assert_int_equal(splits[i], rows[i].split);
        assert_true(is_same_real(ra[i], rows[i].ra) && is_same_real(dec[i], rows[i].dec));
        assert_true(is_same_real(size[i], rows[i].angular_size));
        assert_string_equal(ids + i * (gt_dataset_describe(set)->id_length + 1), rows[i].id);
    }
}

static void expect_text(const char *got, const char *wanted) {
    assert_string_equal(got ? got : "", wanted ? wanted : "");
}

static void expect_fields(gt_dataset *set) {
    const gt_dataset_info *got = gt_dataset_describe(set);
    gt_field_block block;
    assert_int_equal(got->field_count, 3);
    assert_ok(gt_field_block_open(got->fields, 3, ROWS, &block, &err), err);
    assert_ok(gt_field_block_read(&block, set, 0, ROWS, &err), err);
    for (size_t f = 0; f < 3; f++) {
        assert_string_equal(got->fields[f].name, fields[f].name);
        assert_int_equal(got->fields[f].type, fields[f].type);
        expect_text(got->fields[f].unit, fields[f].unit);
        expect_text(got->fields[f].description, fields[f].description);
        expect_text(got->fields[f].ucd, fields[f].ucd);
    }
    for (size_t i = 0; i < ROWS; i++) {
        const gt_field_value *row = gt_field_block_row(&block, i);
        assert_true(is_same_real(row[0].real, values[i][0].real));
        assert_true(row[1].integer == values[i][1].integer);
        assert_string_equal(row[2].text, values[i][2].text);
    }
    gt_field_block_close(&block);
}

static void cubes_come_back(void **state) {
    for (size_t channels = 1; channels <= 3; channels += 2) {
        const gt_dataset_info info = info_of(channels);
        export("a.fits", &info, NULL);
        gt_dataset *set = import("a.fits");
        expect_same(set, &info);
        expect_rows(set);
        expect_fields(set);
        gt_dataset_close(set);
    }
}

static void single_files_come_back(void **state) {
    const gt_dataset_info info = info_of(3);
    export("in", &info, "fits");
    gt_dataset *set = import("in");
    expect_same(set, &info);
    expect_rows(set);
    expect_fields(set);
    gt_dataset_close(set);
}

/* ---- what others wrote ---- */

static void save(const char *name, const char *const *cards) {
    fits_bytes f = {0};
    fits_begin(&f, -32, WIDTH, HEIGHT, 0);
    for (; *cards; cards++) fits_card(&f, "%s", *cards);
    fits_end(&f);
    fits_floats(&f, pixels, PLANE);
    save_fits(in_folder(name), &f);
    free_fits(&f);
}

/* BLACK and the like mean something here only where Galatea wrote them. */
static void cards_stand_for_coordinates(void **state) {
    static const char *const one[] = {
        "RA      = 10.5", "DEC     = -3.25", "PIXSCALE= 0.4", "OBJECT  = 'N 1'",
        "BLACK   = 0.0",  "WHITE   = 2.0",   "SURVEY  = 'x'", NULL};
    static const char *const two[] = {"RA      = 361.0", "DEC     = 2.0", "SECPIX  = 0.4",
                                      "CREATOR = 'galateas'", NULL};
    static const char *const three[] = {"RA      = '10:00:00'", "DEC     = '02:00:00'",
                                        "PIXSCALE= -1", "SECPIX  = 0.4", NULL};
    const double *ra, *dec;
    mkdir(in_folder("in"), 0755);
    save("in/a.fits", one);
    save("in/b.fits", two);
    save("in/c.fits", three);
    gt_dataset *set = import("in");
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_ok(gt_dataset_dec(set, &dec, &err), err);
    assert_true(ra[0] == 10.5 && dec[0] == -3.25 && isnan(ra[1]));
    assert_true(ra[2] == 150 && dec[2] == 2);
    assert_true(info->pixel_scale_arcsec == 0.4);
    assert_null(info->survey);
    assert_true(info->range.low != 0 || info->range.high != 2);
    expect_note("without coordinates: the positions of 2 of 3 files are those of cards RA and "
                "DEC");
    expect_note(
        "without coordinates: the scales of 3 of 3 files are those of cards PIXSCALE or "
        "SECPIX");
    gt_dataset_close(set);
}

/* A cube of two planes, and the first cards of a table beside it. */
static void begin_cube(fits_bytes *f, int row_bytes, int rows_there, int columns) {
    fits_begin(f, -32, WIDTH, HEIGHT, 2);
    fits_end(f);
    fits_floats(f, pixels, 2 * PLANE);
    fits_card(f, "XTENSION= 'BINTABLE'");
    fits_card(f, "BITPIX  = 8");
    fits_card(f, "NAXIS   = 2");
    fits_card(f, "NAXIS1  = %d", row_bytes);
    fits_card(f, "NAXIS2  = %d", rows_there);
    fits_card(f, "PCOUNT  = 0");
    fits_card(f, "GCOUNT  = 1");
    fits_card(f, "TFIELDS = %d", columns);
}

/* A cube of two planes with a table of labels as texts, numbers of splits that mean something
 * else, and values; `count` rows. */
static void save_cube(const char *name, int count) {
    static const char *const cards[] = {"TFORM1  = '4A'", "TTYPE1  = 'Class'",
                                        "TFORM2  = 'I'",  "TTYPE2  = 'split'",
                                        "TFORM3  = '2A'", "TTYPE3  = 'name'"};
    static const char table[] = "ring\0\7s1disc\0\1s2ring\0\1s3";
    fits_bytes f = {0};
    begin_cube(&f, 8, count, 3);
    for (size_t i = 0; i < sizeof cards / sizeof *cards; i++) fits_card(&f, "%s", cards[i]);
    fits_end(&f);
    fits_data(&f, table, (size_t)count * 8);
    save_fits(in_folder(name), &f);
    free_fits(&f);
}

static void tables_beside_cubes_are_their_columns(void **state) {
    const int32_t *labels;
    const char *ids;
    save_cube("a.fits", 2);
    gt_dataset *set = import("a.fits");
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_int_equal(info->columns, GT_COLUMN_LABEL | GT_COLUMN_ID);
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    assert_string_equal(info->class_names[0], "disc");
    assert_true(labels[0] == 1 && labels[1] == 0);
    assert_string_equal(ids, "s1");
    assert_int_equal(info->field_count, 1);
    assert_string_equal(info->fields[0].name, "split_2");
    expect_note("taken: 'Class' as label, 'name' as id");
    gt_dataset_close(set);
    save_cube("b.fits", 3);
    set = import("b.fits");
    assert_int_equal(gt_dataset_describe(set)->columns, GT_COLUMN_ID);
    expect_note("a table of 3 rows beside 2 pictures is left out");
    gt_dataset_close(set);
}

/* More than fit: the first of them are kept, not none. */
static void wide_tables_beside_cubes_are_cut(void **state) {
    enum { MANY = 900 };
    static const char cells[2 * MANY] = {1, 2, 3};
    fits_bytes f = {0};
    begin_cube(&f, MANY, 2, MANY);
    for (int i = 1; i <= MANY; i++) {
        char key[9];
        snprintf(key, sizeof key, "TFORM%d", i);
        fits_card(&f, "%-8s= 'B'", key);
        snprintf(key, sizeof key, "TTYPE%d", i);
        fits_card(&f, "%-8s= 'q%d'", key, i);
    }
    fits_end(&f);
    fits_data(&f, cells, sizeof cells);
    save_fits(in_folder("a.fits"), &f);
    free_fits(&f);
    gt_dataset *set = import("a.fits");
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_true(info->field_count >= 780);
    assert_string_equal(info->fields[779].name, "q780");
    expect_note("are left out: 120, as 'q781', for all together are more than 780; --column ");
    gt_dataset_close(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(wide_tables_beside_cubes_are_cut),
        TEST(cubes_come_back),
        TEST(single_files_come_back),
        TEST(cards_stand_for_coordinates),
        TEST(tables_beside_cubes_are_their_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
