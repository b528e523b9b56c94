/* import_fits_places_test.c - places on the sky of FITS files: those of their coordinates, and
 * those of cards. */
#include <math.h>
#include <sys/stat.h>

#include "fits_import.h"

static void places_on_the_sky_are_columns(void **state) {
    static const char *const one[] = {SKY("150.5", "2.25", "0.001"), "OBJECT  = 'N 1'",
                                      "FILTER  = 'g'", NULL};
    static const char *const two[] = {SKY("0.0", "-89.0", "0.001"), "OBJECT  = 'N\x1b[2'",
                                      "FILTER  = 'g'", NULL};
    static const char *const other[] = {SKY("10.0", "5.0", "0.002"), "FILTER  = 'r'", NULL};
    static const char *const old[] = {"CTYPE1  = 'RA---TAN'", "CTYPE2  = 'DEC--TAN'",
                                      "CDELT1  = -0.001",     "CDELT2  = 0.001",
                                      "EPOCH   = 1950.0",     NULL};
    const double *ra, *dec;
    mkdir(in_folder("in"), 0755);
    save("in/a.fits", 3, one);
    save("in/b.fits", 3, two);
    gt_import_settings settings = settings_for("fits", true);
    settings.id_card = "OBJECT";
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_ok(gt_dataset_dec(set, &dec, &err), err);
    assert_near(ra[0], 150.5, 1e-10);
    assert_near(dec[0], 2.25, 1e-10);
    assert_near(dec[1], -89, 1e-10);
    assert_near(gt_dataset_describe(set)->pixel_scale_arcsec, 3.6, 1e-6);
    assert_string_equal(gt_dataset_describe(set)->bands, "g");
    assert_string_equal(id_of(set, 0), "N 1");
    assert_string_equal(id_of(set, 1), "N?[2");
    assert_string_equal(report.note, "");
    gt_dataset_close(set);
    save("in/c.fits", 3, other);
    save("in/d.fits", 3, old);
    set = import(&settings, in_folder("in"));
    assert_true(isnan(gt_dataset_describe(set)->pixel_scale_arcsec));
    assert_null(gt_dataset_describe(set)->bands);
    expect_note("to 7.2 arcsec: the set declares no scale");
    assert_null(strstr(report.note, "no position"));
    expect_note("2 of 4 files have no card OBJECT: their names are ids");
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_true(ra[3] > 0.63 && ra[3] < 0.64 && !isnan(ra[2])); /* of B1950, at J2000 */
    gt_dataset_close(set);
}

/* Longitudes that a header counts from -180 on are right ascensions from 0 on. */
static void right_ascensions_begin_at_0(void **state) {
    static const char *const west[] = {SKY("-10.0", "20.0", "0.001"), NULL};
    static const char *const round[] = {SKY("370.0", "20.0", "0.001"), NULL};
    const double *ra;
    mkdir(in_folder("in"), 0755);
    save("in/a.fits", 3, west);
    save("in/b.fits", 3, round);
    gt_import_settings settings = settings_for("fits", true);
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_near(ra[0], 350, 1e-9);
    assert_near(ra[1], 10, 1e-9);
    gt_dataset_close(set);
}

/* The plane's coordinates are those of every picture of a cube; one whose picture is no part of
 * the sky has none. */
static void cubes_lie_at_one_place(void **state) {
    static const char *const sky[] = {SKY("150.5", "2.25", "0.001"), "CTYPE3  = 'FREQ'",
                                      "CRVAL3  = 1.4E9", NULL};
    static const char *const slice[] = {"CTYPE1  = 'FREQ'",
                                        "CTYPE2  = 'RA---TAN'",
                                        "CTYPE3  = 'DEC--TAN'",
                                        "CRPIX2  = 2.0",
                                        "CRPIX3  = 2.0",
                                        "CRVAL2  = 150.5",
                                        "CRVAL3  = 2.25",
                                        "CDELT1  = 1E6",
                                        "CDELT2  = -0.001",
                                        "CDELT3  = 0.001",
                                        NULL};
    const double *ra, *dec;
    gt_import_settings settings = settings_for("fits", true);
    save_ramp(in_folder("a.fits"), 3, 3, 4, sky);
    gt_dataset *set = import(&settings, in_folder("a.fits"));
    expect_note("the pictures of one image share its position (4 of 'a.fits'), unless a table");
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_ok(gt_dataset_dec(set, &dec, &err), err);
    for (int i = 0; i < 4; i++) {
        assert_near(ra[i], 150.5, 1e-10);
        assert_near(dec[i], 2.25, 1e-10);
    }
    gt_dataset_close(set);
    settings.planes = "channels";
    gt_dataset_close(import(&settings, in_folder("a.fits")));
    assert_string_equal(report.note, "");
    settings.planes = "auto";
    save_ramp(in_folder("a.fits"), 3, 3, 4, slice);
    set = import(&settings, in_folder("a.fits"));
    expect_note("no position for 1 of 1 files: axes 2 and 3 lie on the sky, not 1 and 2");
    assert_false(gt_dataset_describe(set)->columns & GT_COLUMN_RA);
    gt_dataset_close(set);
}

static void positions_of_cards_may_be_quoted_or_hours(void **state) {
    static const char *const hours[] = {"RA      = 10.0 / [h] at the middle",
                                        "DEC     = '-12.5' / [deg]", NULL};
    static const char *const odd[] = {"CTYPE1  = 'RA---TAN'",
                                      "CTYPE2  = 'DEC--TAN'",
                                      "CRVAL1  = 'unknown'",
                                      "CRVAL2  = 1.0",
                                      "CDELT1  = -0.001",
                                      "CDELT2  = 0.001",
                                      NULL};
    const double *ra, *dec;
    mkdir(in_folder("in"), 0755);
    save("in/a.fits", 3, hours);
    save("in/b.fits", 3, odd);
    gt_import_settings settings = settings_for("fits", true);
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_ok(gt_dataset_dec(set, &dec, &err), err);
    assert_true(ra[0] == 150 && dec[0] == -12.5 && isnan(ra[1]) && isnan(dec[1]));
    gt_dataset_close(set);
    expect_note("no position for 1 of 2 files: CRVAL1 is 'unknown', expected a number");
}

/* The image in an extension, its place with the unit in the primary header. */
static void units_of_places_stand_beside_the_values(void **state) {
    static const float pixels[4] = {1};
    const double *ra, *dec;
    fits_bytes f = {0};
    fits_card(&f, "SIMPLE  = T");
    fits_card(&f, "BITPIX  = 8");
    fits_card(&f, "NAXIS   = 0");
    fits_card(&f, "RA      = 10.0 / [h] of the middle");
    fits_card(&f, "DEC     = 1800.0 / [arcsec]");
    fits_card(&f, "DEPTH   = 3 / [mJy] of the sky");
    fits_card(&f, "GAIN    = 2 / [mV]");
    fits_end(&f);
    fits_begin(&f, -32, 2, 2, 0);
    fits_card(&f, "DEC     = 30.0 / [arcmin]");
    fits_card(&f, "GAIN    = 4");
    fits_card(&f, "ISROUND = T");
    fits_card(&f, "KIND    = 'T'");
    fits_end(&f);
    fits_floats(&f, pixels, 4);
    save_fits(in_folder("a.fits"), &f);
    free_fits(&f);
    gt_import_settings settings = settings_for("fits", true);
    settings.cards = "DEPTH,GAIN,ISROUND,KIND";
    gt_dataset *set = import(&settings, in_folder("a.fits"));
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_ok(gt_dataset_dec(set, &dec, &err), err);
    assert_true(ra[0] == 150 && dec[0] == 0.5);
    const gt_field *fields = gt_dataset_describe(set)->fields; /* DEPTH, GAIN */
    assert_string_equal(fields[0].unit, "mJy");
    assert_string_equal(fields[0].description, "of the sky");
    assert_null(fields[1].unit);
    const gt_field_value *values;
    assert_ok(gt_dataset_values(set, 0, &values, &err), err);
    assert_true(values[2].integer == 1); /* what is true is a number, a text is not */
    assert_true(fields[2].type == GT_FIELD_INTEGER && fields[3].type == GT_FIELD_TEXT);
    gt_dataset_close(set);
}

/* -999 arcsec would be a place. */
static void cards_that_stand_for_nothing_have_no_unit(void **state) {
    mkdir(in_folder("in"), 0755);
    save("in/a.fits", 3,
         (const char *const[]){"RA      = 10.0", "DEC     = 7200 / [arcsec]", NULL});
    save("in/b.fits", 3,
         (const char *const[]){"RA      = 10.0", "DEC     = -999 / [arcsec]", NULL});
    gt_import_settings settings = settings_for("fits", true);
    const double *dec;
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_ok(gt_dataset_dec(set, &dec, &err), err);
    assert_true(dec[0] == 2 && isnan(dec[1]));
    gt_dataset_close(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(places_on_the_sky_are_columns),
        TEST(right_ascensions_begin_at_0),
        TEST(cubes_lie_at_one_place),
        TEST(positions_of_cards_may_be_quoted_or_hours),
        TEST(units_of_places_stand_beside_the_values),
        TEST(cards_that_stand_for_nothing_have_no_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
