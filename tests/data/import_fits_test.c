/* import_fits_test.c - FITS files, folders, lists, cubes and bands become sets: rows the right
 * way up, exact values, places on the sky, and one line for what does not fit. */
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fits_maker.h"
#include "import_run.h"
#include "png_maker.h"

static void expect_note(const char *words) {
    if (!strstr(report.note, words)) fail_msg("'%s', expected '%s'", report.note, words);
}

/* Float pixels as they are stored. */
static const float *row_of(gt_dataset *set, uint64_t row) {
    static float out[256];
    assert_ok(gt_dataset_read_bytes(set, row, 1, out, &err), err);
    return out;
}

static const char *id_of(gt_dataset *set, uint64_t row) {
    const char *ids;
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    return ids + row * (gt_dataset_describe(set)->id_length + 1);
}

static void save(const char *name, int side, const char *const *cards) {
    save_ramp(in_folder(name), side, side, 0, cards);
}

/* ---- which way up ---- */

/* One picture as FITS, whose first row is at the bottom, and as PNG: the same rows. */
static void fits_and_png_come_to_the_same_rows(void **state) {
    static const uint8_t rows[6] = {1, 2, 3, 40, 50, 60}, turned[6] = {40, 50, 60, 1, 2, 3};
    unsigned char found[2][6];
    mkdir(in_folder("png"), 0755);
    png_bytes png = make_png((png_kind){3, 2, 8, PNG_COLOR_TYPE_GRAY}, rows);
    save_png(in_folder("png/a.png"), png);
    free(png.bytes);
    fits_bytes f = {0};
    fits_begin(&f, 8, 3, 2, 0);
    fits_end(&f);
    fits_data(&f, turned, sizeof turned);
    save_fits(in_folder("a.fits"), &f);
    free_fits(&f);
    for (int i = 0; i < 2; i++) {
        gt_import_settings settings = settings_for(i ? "fits" : "png", true);
        gt_dataset *set = import(&settings, in_folder(i ? "a.fits" : "png"));
        assert_int_equal(gt_dataset_describe(set)->type, GT_PIXEL_U8);
        assert_ok(gt_dataset_read_bytes(set, 0, 1, found[i], &err), err);
        gt_dataset_close(set);
    }
    assert_memory_equal(found[0], rows, sizeof rows);
    assert_memory_equal(found[1], rows, sizeof rows);
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

/* ---- files, folders and lists ---- */

static void folders_are_classes_and_splits(void **state) {
    static const char *const names[] = {"in/train/spiral/2.fits", "in/train/spiral/1.fit",
                                        "in/train/disc/1.fts", "in/test/spiral/1.FITS"};
    static const char *const folders[] = {
        "in", "in/train", "in/test", "in/train/spiral", "in/train/disc", "in/test/spiral"};
    for (size_t i = 0; i < 6; i++) mkdir(in_folder(folders[i]), 0755);
    for (size_t i = 0; i < 4; i++) save(names[i], 3, NULL);
    write_file(in_folder("in/train/notes.txt"), "x", 1);
    gt_import_settings settings = settings_for("fits", true);
    gt_dataset *set = import(&settings, in_folder("in"));
    const gt_dataset_info *info = gt_dataset_describe(set);
    const int32_t *labels;
    const uint8_t *splits;
    assert_int_equal(info->count, 4);
    assert_int_equal(info->class_count, 2);
    assert_string_equal(info->class_names[0], "disc");
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    assert_ok(gt_dataset_splits(set, &splits, &err), err);
    assert_string_equal(id_of(set, 0), "train/disc/1.fts");
    assert_string_equal(id_of(set, 1), "train/spiral/1.fit");
    assert_string_equal(id_of(set, 3), "test/spiral/1.FITS");
    assert_true(labels[0] == 0 && labels[1] == 1 && splits[3] == GT_SPLIT_TEST);
    assert_true(row_of(set, 0)[0] == 6); /* the last row of the file is the first of the set */
    assert_true(row_of(set, 0)[6] == 0);
    assert_false(info->columns & (GT_COLUMN_RA | GT_COLUMN_DEC));
    assert_true(isnan(info->pixel_scale_arcsec));
    expect_note(
        "equal pictures in more than one split: 1 (the first: row 0, train, and row 3, test)");
    gt_dataset_close(set);
}

static void lists_name_files(void **state) {
    static const char list[] = "# first\n\nsub/b.fits\r\n a.fits\n";
    char absolute[256];
    mkdir(in_folder("in"), 0755);
    mkdir(in_folder("in/sub"), 0755);
    save("in/sub/b.fits", 2, NULL);
    save("in/ a.fits", 2, NULL);
    write_file(in_folder("in/files.txt"), list, strlen(list));
    gt_import_settings settings = settings_for("fits", true);
    gt_dataset *set = import(&settings, in_folder("in/files.txt"));
    assert_int_equal(gt_dataset_describe(set)->count, 2);
    assert_string_equal(id_of(set, 0), "sub/b.fits"); /* in the order of the list */
    assert_string_equal(id_of(set, 1), " a.fits");
    gt_dataset_close(set);
    snprintf(absolute, sizeof absolute, "%s\nnone.fits", in_folder("in/sub/b.fits"));
    write_file(in_folder("in/two.lst"), absolute, strlen(absolute));
    refuse(&settings, in_folder("in/two.lst"), GT_NOT_FOUND, "/in/none.fits: ");
    write_file(in_folder("in/none.txt"), "# nothing\n", 10);
    refuse(&settings, in_folder("in/none.txt"), GT_NOT_FOUND, "no file is named in this list");
    write_file(in_folder("in/notes.txt"), "Seen on 3 May\na.fits\n", 21);
    refuse(&settings, in_folder("in/notes.txt"), GT_NOT_FOUND,
           "notes.txt: read as a list of FITS files, one a line, but there is no file "
           "'Seen on 3 May'");
    assert_null(strstr(err.text, "--format table")); /* a list is no table of codes */
    write_file(in_folder("in/c.fits"), "", 0);
    write_file(in_folder("in/three.txt"), "c.fits\n", 7);
    refuse(&settings, in_folder("in/three.txt"), GT_BAD_FORMAT,
           "c.fits: no FITS file, expected 'SIMPLE  =' at its beginning; it is empty");
    write_file(in_folder("in/c.fits"), "<!DOCTYPE HTML>\n", 16);
    refuse(&settings, in_folder("in/three.txt"), GT_BAD_FORMAT,
           "at its beginning; it is a web page, as servers send in place of a file");
    write_file(in_folder("in/zero.txt"), "a\0b", 3);
    refuse(&settings, in_folder("in/zero.txt"), GT_BAD_FORMAT,
           "holds zero bytes, expected the name");
    refuse(&settings, in_folder("none.fits"), GT_NOT_FOUND, "none.fits: ");
    mkdir(in_folder("empty"), 0755);
    refuse(&settings, in_folder("empty"), GT_NOT_FOUND, "no FITS files in this folder");
}

static void other_shapes_are_one_line(void **state) {
    mkdir(in_folder("in"), 0755);
    save("in/a.fits", 5, NULL);
    save("in/b.fits", 4, NULL);
    gt_import_settings settings = settings_for("fits", true);
    refuse(&settings, in_folder("in"), GT_BAD_SHAPE,
           "picture 'b.fits': 4 x 4 pixels, the first picture has 5 x 5; --size");
    settings.size = 3;
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_int_equal(gt_dataset_describe(set)->height, 3);
    gt_dataset_close(set);
    write_file(in_folder("in/b.fits"), "SIMPLE  =", 9);
    refuse(&settings, in_folder("in"), GT_BAD_FORMAT,
           "/in/b.fits: 9 bytes, expected whole blocks");
    settings = settings_for("png", true);
    settings.hdu = "1";
    refuse(&settings, in_folder("in"), GT_USAGE,
           "--hdu is for the formats fits and pictures, not for png");
}

/* ---- cubes and units ---- */

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

/* ---- bands ---- */

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

/* ---- what headers say ---- */

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

#define SKY(ra, dec, scale)                                                           \
    "CTYPE1  = 'RA---TAN'", "CTYPE2  = 'DEC--TAN'", "CRPIX1  = 2.0", "CRPIX2  = 2.0", \
        "CRVAL1  = " ra, "CRVAL2  = " dec, "CDELT1  = -" scale, "CDELT2  = " scale,   \
        "RADESYS = 'ICRS'"

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

static void expect_field(const gt_dataset *set, const char *name, gt_field_type type,
                         const char *unit, const char *description) {
    const gt_dataset_info *info = gt_dataset_describe(set);
    size_t at = gt_field_find(info->fields, info->field_count, name);
    if (at == info->field_count) fail_msg("no column %s", name);
    assert_int_equal(info->fields[at].type, type);
    if (unit) assert_string_equal(info->fields[at].unit, unit);
    if (description) assert_string_equal(info->fields[at].description, description);
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

/* ---- values ---- */

/* Whole numbers beyond 2^24 are rounded and told; NaN follows the policy. */
static void save_large_numbers(int planes) {
    static const uint8_t stored[] = {0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0x80, 0, 0, 0};
    fits_bytes f = {0};
    fits_begin(&f, 32, 2, 2, planes);
    fits_card(&f, "BLANK   = -2147483648");
    fits_end(&f);
    fits_append(&f, stored, sizeof stored);
    fits_data(&f, stored, planes ? sizeof stored : 0);
    save_fits(in_folder("a.fits"), &f);
    free_fits(&f);
}

static void values_are_exact_or_told(void **state) {
    save_large_numbers(0);
    gt_import_settings settings = settings_for("fits", true);
    refuse(&settings, in_folder("a.fits"), GT_NOT_FINITE,
           "1 of 1 pictures have bad pixels (1 NaN");
    settings.bad_pixels = "zero";
    gt_dataset *set = import(&settings, in_folder("a.fits"));
    assert_true(row_of(set, 0)[0] == 16777216 && row_of(set, 0)[1] == 0);
    assert_true(row_of(set, 0)[2] == 0 && row_of(set, 0)[3] == 16777216);
    expect_note("1 pixel has more digits than float32 and is rounded (int32)");
    gt_dataset_close(set);
    save_large_numbers(2); /* a cube, which lies flat */
    set = import(&settings, in_folder("a.fits"));
    assert_true(row_of(set, 1)[0] == 16777216 && row_of(set, 1)[1] == 0);
    expect_note("2 pixels have more digits than float32 and are rounded (int32)");
    gt_dataset_close(set);
}

static void types_may_differ(void **state) {
    static const uint8_t bytes[] = {1, 2, 3, 4};
    mkdir(in_folder("in"), 0755);
    save("in/b.fits", 2, NULL);
    fits_bytes f = {0};
    fits_begin(&f, 8, 2, 2, 0);
    fits_end(&f);
    fits_data(&f, bytes, sizeof bytes);
    save_fits(in_folder("in/a.fits"), &f);
    free_fits(&f);
    gt_import_settings settings = settings_for("fits", true);
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_int_equal(gt_dataset_describe(set)->type, GT_PIXEL_F32);
    assert_true(row_of(set, 0)[0] == 3);
    expect_note("types of pixels differ: all become float32");
    gt_dataset_close(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(fits_and_png_come_to_the_same_rows),
        TEST(channels_may_come_first),
        TEST(folders_are_classes_and_splits),
        TEST(lists_name_files),
        TEST(other_shapes_are_one_line),
        TEST(cubes_are_pictures_or_channels),
        TEST(bands_are_those_that_the_planes_are_called_by),
        TEST(stacks_are_pictures_of_channels),
        TEST(units_are_chosen_by_number_and_name),
        TEST(units_of_one_name_are_told_apart),
        TEST(bands_are_put_together),
        TEST(missing_bands_are_named),
        TEST(positions_of_cards_may_be_quoted_or_hours),
        TEST(units_of_places_stand_beside_the_values),
        TEST(cards_that_stand_for_nothing_have_no_unit),
        TEST(places_on_the_sky_are_columns),
        TEST(right_ascensions_begin_at_0),
        TEST(files_of_bands_are_told),
        TEST(capitals_of_aips_are_units),
        TEST(cubes_lie_at_one_place),
        TEST(texts_of_cards_go_on_behind_them),
        TEST(cards_become_columns),
        TEST(bands_that_lie_elsewhere_are_told),
        TEST(values_are_exact_or_told),
        TEST(types_may_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
