/* import_fits_cards_test.c - cards of FITS headers become columns, ids and the unit of the
 * pixels. */
#include <sys/stat.h>

#include "fits_import.h"

static void expect_field(const gt_dataset *set, const char *name, gt_field_type type,
                         const char *unit, const char *description) {
    const gt_dataset_info *info = gt_dataset_describe(set);
    size_t at = gt_field_find(info->fields, info->field_count, name);
    if (at == info->field_count) fail_msg("no column %s", name);
    assert_int_equal(info->fields[at].type, type);
    if (unit) assert_string_equal(info->fields[at].unit, unit);
    if (description) assert_string_equal(info->fields[at].description, description);
}

/* Types are those that hold the value of every file; what differs is kept without being asked.
 */
static void cards_become_columns(void **state) {
    static const char *const one[] = {SKY("150.5", "2.25", "0.001"),
                                      "OBJECT  = 'N 1'",
                                      "EXPTIME = 30 / [s] time of exposure",
                                      "FILTER  = 'g'",
                                      "AIRMASS = 1",
                                      "SEEING  = 'good'",
                                      "NIGHT   = 7",
                                      "BUNIT   = 'nJy'",
                                      NULL};
    static const char *const two[] = {"CTYPE1  = 'RA---TAN'",
                                      "CTYPE2  = 'DEC--TAN'",
                                      "CDELT1  = 0.002",
                                      "CDELT2  = 0.002",
                                      "OBJECT  = 'N 2'",
                                      "EXPTIME = 60",
                                      "FILTER  = 'r'",
                                      "AIRMASS = 1.5D0",
                                      "SEEING  = 1",
                                      "BUNIT   = 'nJy'",
                                      NULL};
    const gt_field_value *values;
    gt_dataset *set;
    mkdir(in_folder("in"), 0755);
    save("in/a.fits", 3, one);
    save("in/b.fits", 3, two);
    gt_import_settings settings = settings_for("fits", true);
    settings.cards = "exptime,AIRMASS,SEEING,NIGHT";
    set = import(&settings, in_folder("in"));
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_string_equal(info->unit, "nJy");
    assert_int_equal(info->field_count, 9);
    expect_field(set, "EXPTIME", GT_FIELD_INTEGER, "s", "time of exposure");
    expect_field(set, "AIRMASS", GT_FIELD_REAL, NULL, NULL);
    expect_field(set, "SEEING", GT_FIELD_TEXT, NULL, NULL);
    expect_field(set, "NIGHT", GT_FIELD_INTEGER, NULL, NULL);
    expect_field(set, "OBJECT", GT_FIELD_TEXT, NULL, NULL);
    expect_field(set, "FILTER", GT_FIELD_TEXT, NULL, NULL);
    expect_field(set, "source_pixel_scale", GT_FIELD_REAL, "arcsec", NULL);
    expect_field(set, "north_angle", GT_FIELD_REAL, "deg", NULL);
    expect_field(set, "is_mirrored", GT_FIELD_INTEGER, NULL, NULL);
    assert_ok(gt_dataset_values(set, 1, &values, &err), err);
    assert_int_equal(values[0].integer, 60);
    assert_true(values[1].real == 1.5);
    assert_string_equal(values[2].text, "1");
    assert_true(values[3].integer == GT_FIELD_NO_INTEGER);
    assert_string_equal(values[4].text, "N 2");
    assert_string_equal(values[5].text, "r");
    assert_near(values[6].real, 7.2, 1e-6);
    assert_near(values[7].real, 0, 1e-3);
    assert_int_equal(values[8].integer, 1);
    gt_dataset_close(set);
    settings.cards = "EXPTIM";
    refuse(&settings, in_folder("in"), GT_NOT_FOUND, "--cards EXPTIM: no file has this card");
    settings.cards = "EXPTIME,";
    refuse(&settings, in_folder("in"), GT_USAGE,
           "--cards: a name of 0 letters, expected EXPTIME");
    settings.cards = "A/B";
    refuse(&settings, in_folder("in"), GT_USAGE,
           "--cards A/B: a card's name has letters, digits");
    settings.cards = NULL;
    settings.id_card = "OBJECT"; /* which is no column then */
    settings.where = "FILTER=r";
    set = import(&settings, in_folder("in"));
    assert_int_equal(gt_dataset_describe(set)->count, 1);
    assert_string_equal(id_of(set, 0), "N 2");
    assert_int_equal(gt_dataset_describe(set)->field_count, 4);
    gt_dataset_close(set);
    static const char names[] = "name,z\nN 1,0.1\nN 2,0.2\n";
    char catalog[600];
    snprintf(catalog, sizeof catalog, "%s", in_folder("names.csv"));
    write_file(catalog, names, sizeof names - 1);
    settings.where = settings.id_card = NULL;
    settings.catalog = catalog;
    settings.on = "name";
    refuse(&settings, in_folder("in"), GT_NOT_FOUND,
           "the table has its 'OBJECT' there (of FITS files: --id-card OBJECT)");
    settings.id_card = "OBJECT";
    gt_dataset_close(import(&settings, in_folder("in")));
}

/* Texts longer than a card go on in CONTINUE cards, as columns and as ids, and so do comments.
 */
static void texts_of_cards_go_on_behind_them(void **state) {
    static const char *const one[] = {
        "OBJECT  = 'A galaxy whose name goes &'", "CONTINUE  'on behind it &' / [none] of",
        "CONTINUE  'twice' / two cards", "NOTE    = 'R&D &'", NULL};
    static const char *const two[] = {"OBJECT  = 'B'", "NOTE    = 'short'", NULL};
    static const char name[] = "A galaxy whose name goes on behind it twice";
    const gt_field_value *values;
    mkdir(in_folder("in"), 0755);
    save("in/a.fits", 3, one);
    save("in/b.fits", 3, two);
    gt_import_settings settings = settings_for("fits", true);
    settings.cards = "NOTE,OBJECT";
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_ok(gt_dataset_values(set, 0, &values, &err), err);
    assert_string_equal(values[0].text, "R&D &");
    assert_string_equal(values[1].text, name);
    expect_field(set, "OBJECT", GT_FIELD_TEXT, "none", "of two cards");
    gt_dataset_close(set);
    settings.cards = NULL;
    settings.id_card = "OBJECT";
    set = import(&settings, in_folder("in"));
    assert_string_equal(id_of(set, 0), name);
    assert_string_equal(id_of(set, 1), "B");
    gt_dataset_close(set);
}

/* AIPS writes capitals, which are no unit of FITS; beside files of others it is one unit. */
static void capitals_of_aips_are_units(void **state) {
    static const char *const aips[] = {"BUNIT   = 'JY/BEAM '", NULL},
                             *const others[] = {"BUNIT   = 'Jy/beam'", NULL},
                             *const mega[] = {"BUNIT   = 'MJY/SR'", NULL};
    gt_import_settings settings = settings_for("fits", true);
    mkdir(in_folder("in"), 0755);
    save("in/a.fits", 2, aips);
    save("in/b.fits", 2, others);
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_string_equal(gt_dataset_describe(set)->unit, "Jy/beam");
    gt_dataset_close(set);
    save("a.fits", 2, mega);
    set = import(&settings, in_folder("a.fits"));
    assert_string_equal(gt_dataset_describe(set)->unit, "MJY/SR");
    gt_dataset_close(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(cards_become_columns),
        TEST(texts_of_cards_go_on_behind_them),
        TEST(capitals_of_aips_are_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
