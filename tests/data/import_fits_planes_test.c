/* import_fits_planes_test.c - which images of a FITS file are taken, and which of their planes
 * are pictures, and which channels. */
#include <sys/stat.h>

#include "fits_import.h"

/* ---- planes ---- */

static void cubes_are_pictures_or_channels(void **state) {
    mkdir(in_folder("in"), 0755);
    save_ramp(in_folder("in/a.fits"), 2, 2, 3, NULL);
    gt_import_settings settings = settings_for("fits", true);
    gt_dataset *set = import(&settings, in_folder("in/a.fits"));
    assert_int_equal(gt_dataset_describe(set)->count, 3);
    assert_string_equal(id_of(set, 2), "a.fits:2");
    assert_true(row_of(set, 2)[0] == 10 && row_of(set, 2)[2] == 8);
    expect_note("3 planes of an image are pictures");
    gt_dataset_close(set);
    set = import(&settings, in_folder("in"));
    assert_int_equal(gt_dataset_describe(set)->count, 1);
    assert_int_equal(gt_dataset_describe(set)->channels, 3);
    assert_string_equal(id_of(set, 0), "a.fits");
    expect_note("3 planes of an image are channels of one picture");
    assert_true(row_of(set, 0)[8] == 10);
    gt_dataset_close(set);
    settings.planes = "pictures";
    set = import(&settings, in_folder("in"));
    assert_int_equal(gt_dataset_describe(set)->count, 3);
    assert_string_equal(report.note, "");
    gt_dataset_close(set);
}

/* A colour picture as Python has it, (H,W,3): three channels, in a folder and alone. */
static void channels_may_come_first(void **state) {
    mkdir(in_folder("in"), 0755);
    save_ramp(in_folder("in/a.fits"), 3, 6, 5, NULL);
    for (int i = 0; i < 3; i++) {
        gt_import_settings settings = settings_for(i < 2 ? "fits" : "pictures", true);
        gt_dataset *set = import(&settings, in_folder(i ? "in" : "in/a.fits"));
        const gt_dataset_info *info = gt_dataset_describe(set);
        assert_int_equal(info->count, 1);
        assert_true(info->channels == 3 && info->height == 5 && info->width == 6);
        assert_true(row_of(set, 0)[0] == 4 * 18 && row_of(set, 0)[31] == 4 * 18 + 4);
        gt_dataset_close(set);
        if (i < 2) expect_note("the first axis (NAXIS1) is read as channels: 3 of 5 x 6");
    }
}

/* NAXIS4 counts pictures, NAXIS3 their channels; an axis of length 1 does neither. */
static void stacks_are_pictures_of_channels(void **state) {
    float values[24];
    for (int i = 0; i < 24; i++) values[i] = (float)i;
    for (int i = 0; i < 2; i++) {
        fits_bytes f = {0};
        fits_begin(&f, -32, 2, 2, i ? 1 : 2);
        f.bytes[2 * FITS_CARD_BYTES + 29] = '4'; /* NAXIS */
        fits_card(&f, "NAXIS4  = %20d", i ? 6 : 3);
        fits_end(&f);
        fits_floats(&f, values, 24);
        save_fits(in_folder("a.fits"), &f);
        free_fits(&f);
        gt_import_settings settings = settings_for("fits", true);
        gt_dataset *set = import(&settings, in_folder("a.fits"));
        assert_int_equal(gt_dataset_describe(set)->count, i ? 6 : 3);
        assert_int_equal(gt_dataset_describe(set)->channels, i ? 1 : 2);
        assert_true(row_of(set, 1)[0] == (i ? 6 : 10));
        gt_dataset_close(set);
    }
}

/* Cut-outs of the Legacy Surveys: a letter a band, and of the third axis not a word. */
static void bands_are_those_that_the_planes_are_called_by(void **state) {
#define CUT_OUT(bands)                                                                \
    "CTYPE1  = 'RA---TAN'", "CTYPE2  = 'DEC--TAN'", "CRPIX1  = 1.5", "CRPIX2  = 1.5", \
        "CRVAL1  = 150.5", "CRVAL2  = 2.25", "CD1_1   = -0.001", "CD1_2   = 0.0",     \
        "CD2_1   = 0.0", "CD2_2   = 0.001", "BANDS   = '" bands "'", NULL
    static const char *const grz[] = {CUT_OUT("grz")}, *const list[] = {CUT_OUT("g,r,z")},
                             *const gri[] = {CUT_OUT("gri")}, *const four[] = {CUT_OUT("griz")},
                             *const words[] = {CUT_OUT("a b")};
#undef CUT_OUT
    const double *ra, *dec;
    gt_import_settings settings = settings_for("fits", true);
    mkdir(in_folder("in"), 0755);
    save_ramp(in_folder("in/a.fits"), 2, 2, 3, grz);
    save_ramp(in_folder("in/b.fits"), 2, 2, 3, list);
    for (int alone = 0; alone < 2; alone++) {
        gt_dataset *set = import(&settings, in_folder(alone ? "in/a.fits" : "in"));
        assert_int_equal(gt_dataset_describe(set)->count, alone ? 1 : 2);
        assert_int_equal(gt_dataset_describe(set)->channels, 3);
        assert_string_equal(gt_dataset_describe(set)->bands, "g,r,z");
        assert_near(gt_dataset_describe(set)->pixel_scale_arcsec, 3.6, 1e-6);
        expect_note("3 planes of an image are channels of one picture (BANDS g,r,z); data");
        assert_ok(gt_dataset_ra(set, &ra, &err), err);
        assert_ok(gt_dataset_dec(set, &dec, &err), err);
        assert_near(ra[0], 150.5, 1e-9);
        assert_near(dec[0], 2.25, 1e-9);
        gt_dataset_close(set);
    }
    save_ramp(in_folder("in/b.fits"), 2, 2, 3, gri);
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_null(gt_dataset_describe(set)->bands);
    expect_note("1 of 2 pictures have other bands than those of the first (BANDS g,r,z)");
    gt_dataset_close(set);
    for (int i = 0; i < 2; i++) { /* no names of three planes */
        save_ramp(in_folder("a.fits"), 2, 2, 3, i ? four : words);
        set = import(&settings, in_folder("a.fits"));
        assert_int_equal(gt_dataset_describe(set)->channels, 1);
        assert_null(gt_dataset_describe(set)->bands);
        gt_dataset_close(set);
    }
}

/* ---- units (HDUs) ---- */

static void units_are_chosen_by_number_and_name(void **state) {
    static const float two[] = {1, 1, 1, 1}, three[] = {7, 7, 7, 8};
    fits_bytes f = {0};
    fits_begin_empty(&f);
    fits_begin(&f, -32, 2, 2, 0);
    fits_card(&f, "EXTNAME = 'SCI'");
    fits_end(&f);
    fits_floats(&f, two, 4);
    fits_begin(&f, -32, 2, 2, 0);
    fits_card(&f, "EXTNAME = 'ERR'");
    fits_end(&f);
    fits_floats(&f, three, 4);
    save_fits(in_folder("a.fits"), &f);
    free_fits(&f);
    gt_import_settings settings = settings_for("fits", true);
    gt_dataset *set = import(&settings, in_folder("a.fits"));
    assert_true(row_of(set, 0)[0] == 1);
    expect_note("pictures are those of HDU 1 'SCI', there are more; --hdu takes another one");
    gt_dataset_close(set);
    settings.hdu = "err";
    set = import(&settings, in_folder("a.fits"));
    assert_true(row_of(set, 0)[0] == 7);
    assert_string_equal(report.note, "");
    gt_dataset_close(set);
    settings.hdu = "0";
    refuse(&settings, in_folder("a.fits"), GT_BAD_SHAPE,
           "a.fits: HDU 0: NAXIS is 0, expected at");
    settings.hdu = "3";
    refuse(&settings, in_folder("a.fits"), GT_NOT_FOUND,
           "a.fits: no HDU 3, it has 3 from 0 on");
    settings.hdu = NULL;
    settings.bands = "s=SCI,e=2";
    set = import(&settings, in_folder("a.fits"));
    assert_int_equal(gt_dataset_describe(set)->channels, 2);
    assert_string_equal(gt_dataset_describe(set)->bands, "s,e");
    assert_true(row_of(set, 0)[0] == 1 && row_of(set, 0)[4] == 7 && row_of(set, 0)[7] == 7);
    gt_dataset_close(set);
}

/* As the files of Hubble's cameras have them, SCI,1 and SCI,2. */
static void units_of_one_name_are_told_apart(void **state) {
    gt_import_settings settings = settings_for("fits", true);
    fits_bytes f = {0};
    fits_begin_empty(&f);
    for (int version = 1; version < 4; version++) {
        const float values[] = {(float)version, 0, 0, 0};
        fits_begin(&f, -32, 2, 2, 0);
        fits_card(&f, "EXTNAME = 'SCI'");
        if (version > 1) fits_card(&f, "EXTVER  = %d", version);
        fits_end(&f);
        fits_floats(&f, values, 4);
    }
    save_fits(in_folder("a.fits"), &f);
    free_fits(&f);
    for (int version = 1; version < 4; version++) {
        char name[8];
        snprintf(name, sizeof name, "sci,%d", version);
        settings.hdu = name;
        gt_dataset *set = import(&settings, in_folder("a.fits"));
        assert_true(row_of(set, 0)[2] == (float)version);
        assert_string_equal(report.note, "");
        gt_dataset_close(set);
    }
    settings.hdu = "SCI";
    gt_dataset_close(import(&settings, in_folder("a.fits")));
    expect_note("several HDUs of one name in 1 file: the first is taken; NAME,2 or a number");
    settings.hdu = "SCI,4";
    refuse(&settings, in_folder("a.fits"), GT_NOT_FOUND, "no HDU SCI,4, it has 4");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(cubes_are_pictures_or_channels),
        TEST(channels_may_come_first),
        TEST(stacks_are_pictures_of_channels),
        TEST(bands_are_those_that_the_planes_are_called_by),
        TEST(units_are_chosen_by_number_and_name),
        TEST(units_of_one_name_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
