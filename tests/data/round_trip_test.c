/* round_trip_test.c - what is written as FITS comes back whole: pixels to the bit, facts, and,
 * of files that others wrote, what cards say in place of coordinates. */
#include <math.h>
#include <sys/stat.h>

#include "export.h"
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
    info.columns = GT_COLUMN_RA | GT_COLUMN_DEC | GT_COLUMN_ID;
    info.id_length = 8;
    return info;
}

static void export(const char *name, const gt_dataset_info *info, const char *single) {
    gt_export *out = NULL;
    const gt_dataset_row rows[ROWS] = {{.ra = 12.5, .dec = 1. / 3, .id = "J1"},
                                       {.ra = 13.5, .dec = -88, .id = "J22"},
                                       {.ra = 359, .dec = 0, .id = "J3"}};
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
    size_t values = ROWS * wanted->channels * PLANE;
    assert_int_equal(got->count, ROWS);
    assert_int_equal(got->channels, wanted->channels);
    assert_ok(gt_dataset_read_bytes(set, 0, ROWS, found, &err), err);
    assert_memory_equal(found, pixels, values * sizeof *found);
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

static void cubes_come_back(void **state) {
    for (size_t channels = 1; channels <= 3; channels += 2) {
        const gt_dataset_info info = info_of(channels);
        export("a.fits", &info, NULL);
        gt_dataset *set = import("a.fits");
        expect_same(set, &info);
        gt_dataset_close(set);
    }
}

static void single_files_come_back(void **state) {
    const double *ra, *dec;
    const char *ids;
    const gt_dataset_info info = info_of(3);
    export("in", &info, "fits");
    gt_dataset *set = import("in");
    expect_same(set, &info);
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_ok(gt_dataset_dec(set, &dec, &err), err);
    assert_true(ra[0] == 12.5 && ra[2] == 359 && dec[0] == 1. / 3 && dec[1] == -88);
    assert_string_equal(ids, "J1");
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
    assert_true(ra[0] == 10.5 && dec[0] == -3.25 && isnan(ra[1]) && isnan(dec[2]));
    assert_true(info->pixel_scale_arcsec == 0.4);
    assert_null(info->survey);
    assert_true(info->range.low != 0 || info->range.high != 2);
    expect_note("without coordinates: the positions of 1 and the scales of 3 of 3 files are "
                "those of cards RA and DEC, PIXSCALE or SECPIX");
    gt_dataset_close(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(cubes_come_back),
        TEST(single_files_come_back),
        TEST(cards_stand_for_coordinates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
