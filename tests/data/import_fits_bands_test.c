/* import_fits_bands_test.c - FITS files of bands are put together to pictures of channels. */
#include <sys/stat.h>
#include <unistd.h>

#include "fits_import.h"

static void bands_are_put_together(void **state) {
    mkdir(in_folder("in"), 0755);
    mkdir(in_folder("in/g"), 0755);
    mkdir(in_folder("in/r"), 0755);
    static const char *const names[] = {"in/g/y.fits", "in/g/x.fits", "in/r/x.fits",
                                        "in/r/y.fits"};
    for (size_t i = 0; i < 4; i++) save(names[i], 2, NULL);
    gt_import_settings settings = settings_for("fits", true);
    settings.bands = "r=r/*.fits,g=g/*.fits"; /* folders are bands, not classes */
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_int_equal(gt_dataset_describe(set)->count, 2);
    assert_int_equal(gt_dataset_describe(set)->channels, 2);
    assert_int_equal(gt_dataset_describe(set)->class_count, 0);
    assert_string_equal(gt_dataset_describe(set)->bands, "r,g");
    assert_string_equal(id_of(set, 0), "x");
    gt_dataset_close(set);
}

static void missing_bands_are_named(void **state) {
    static const char *const names[] = {
        "in/fr1/a_g.fits", "in/fr1/a_r.fits", "in/fr2/a_g.fits",  "in/fr2/b_r.fits",
        "in/fr2/c_g.fits", "in/fr2/c_r.fits", "in/fr2/other.fits"};
    mkdir(in_folder("in"), 0755);
    mkdir(in_folder("in/fr1"), 0755);
    mkdir(in_folder("in/fr2"), 0755);
    for (size_t i = 0; i < 7; i++) save(names[i], 2, NULL);
    gt_import_settings settings = settings_for("fits", true);
    settings.bands = "g=*_g.fits,r=*_r.fits";
    refuse(&settings, in_folder("in"), GT_NOT_FOUND,
           "in: 2 of 4 objects have no file for some band: 'fr2/a' without r, 'fr2/b' "
           "without g; --incomplete drop leaves them out");
    settings.incomplete = "drop";
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_int_equal(gt_dataset_describe(set)->count, 2);
    assert_string_equal(id_of(set, 1), "fr2/c");
    assert_int_equal(gt_dataset_describe(set)->class_count, 2);
    expect_note("2 objects left out, for want of a band: 'fr2/a' without r, 'fr2/b'");
    expect_note("1 of 7 files fit no pattern of --bands");
    gt_dataset_close(set);
    settings.bands = "g=*.fits,r=*_r.fits";
    refuse(&settings, in_folder("in"), GT_BAD_FORMAT,
           "'fr1/a_r.fits' fits the patterns of g and r");
    save("in/fr1/a_r.fits", 3, NULL);
    settings.bands = "g=*_g.fits,r=*_r.fits";
    refuse(&settings, in_folder("in"), GT_BAD_SHAPE,
           "'fr1/a': band r has 1 x 3 x 3 pixels, band g 1 x 2 x 2");
    static const char *const wrong[] = {"g",           "=*_g",      "g=",    "g=*_*.fits",
                                        "g=*_g,g=*_r", "g=*_g,r=1", "g=*_g,"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        settings.bands = wrong[i];
        refuse(&settings, in_folder("in"), GT_USAGE,
               ", expected g=*_g.fits,r=*_r.fits, or g=1,r=2");
    }
    settings.bands = "g=*_u.fits,r=*_v.fits";
    refuse(&settings, in_folder("in"), GT_NOT_FOUND, "none of 7 files makes an object");
}

/* A file for each band, and nobody said so: that is told, with the option to copy. */
static void files_of_bands_are_told(void **state) {
    static const char *const names[] = {"in/a-1-g.fits", "in/a-1-i.fits", "in/a-1-r.fits",
                                        "in/b-1-g.fits", "in/b-1-i.fits", "in/b-1-r.fits"};
    static const char told[] = "3 files for each of 2 names, as 'a-1-g.fits' and "
                               "'a-1-i.fits': if they are bands of one object, --bands "
                               "'g=*-g.fits,r=*-r.fits,i=*-i.fits' makes one picture of them";
    gt_import_settings settings = settings_for("fits", true);
    mkdir(in_folder("in"), 0755);
    for (size_t i = 0; i < 6; i++) save(names[i], 2, NULL);
    gt_dataset_close(import(&settings, in_folder("in")));
    expect_note(told);
    settings.bands = "g=*-g.fits,r=*-r.fits,i=*-i.fits";
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_int_equal(gt_dataset_describe(set)->count, 2);
    assert_null(strstr(report.note, "bands of one object"));
    gt_dataset_close(set);
    settings.bands = NULL;
    assert_int_equal(unlink(in_folder("in/b-1-r.fits")), 0); /* no rule without exception */
    gt_dataset_close(import(&settings, in_folder("in")));
    assert_string_equal(report.note, "");
    save("in/b-1-z.fits", 2, NULL);
    gt_dataset_close(import(&settings, in_folder("in")));
    assert_string_equal(report.note, "");
}

static void bands_that_lie_elsewhere_are_told(void **state) {
    static const char *const g[] = {SKY("150.5", "2.25", "0.001"), NULL};
    static const char *const r[] = {SKY("150.5", "2.2508", "0.001"), NULL};
    mkdir(in_folder("in"), 0755);
    save("in/a_g.fits", 3, g);
    save("in/a_r.fits", 3, r);
    gt_import_settings settings = settings_for("fits", true);
    settings.bands = "g=*_g.fits,r=*_r.fits";
    gt_dataset_close(import(&settings, in_folder("in")));
    expect_note("bands of 1 of 1 objects lie more than half a pixel apart");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(bands_are_put_together),
        TEST(missing_bands_are_named),
        TEST(files_of_bands_are_told),
        TEST(bands_that_lie_elsewhere_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
