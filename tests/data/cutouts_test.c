/* cutouts_test.c - parts of mosaics beside those of astropy. golden/mosaic holds two images of
 * other orientations (b.fits with a band of NaN), one of them also in tiles, positions, and
 * what Cutout2D(mode="partial", fill_value=-7) makes of them: "a12" is a.fits in 12 x 12
 * pixels. */
#include "gt_test.h"

#include "fits_write.h"
#include "galatea/dataset.h"
#include "galatea/import.h"
#include "galatea/safetensors.h"
#include "temp_folder.h"

#define FOLDER "golden/mosaic/"

enum { SIDE = 15, PIXELS = SIDE * SIDE, MOST = 8 };

static gt_error err;
static gt_import_report report;

static gt_cut_settings cut_of(const char *const *words, size_t count, const char *size) {
    return (gt_cut_settings){.mosaics = words,
                             .mosaic_count = count,
                             .catalog = FOLDER "positions.csv",
                             .size = size,
                             .pad = -7};
}

static gt_import_settings settings_of(const gt_cut_settings *cut) {
    gt_import_settings settings = gt_import_settings_default();
    settings.format = "mosaic", settings.cut = cut, settings.catalog = cut->catalog;
    settings.column = cut->column;
    settings.keep_values = true, settings.bad_pixels = "zero";
    settings.out = in_folder("set.h5");
    return settings;
}

static gt_dataset *cut_out(const gt_cut_settings *cut) {
    gt_dataset *set = NULL;
    const gt_import_settings settings = settings_of(cut);
    assert_ok(gt_import_run(&settings, cut->mosaics[0], NULL, NULL, NULL, &report, &err), err);
    assert_ok(gt_dataset_open(settings.out, &set, &err), err);
    return set;
}

/* The value of a field by its name. */
static gt_field_value value_of(gt_dataset *set, uint64_t row, const char *name) {
    const gt_dataset_info *info = gt_dataset_describe(set);
    const gt_field_value *values;
    size_t field = gt_field_find(info->fields, info->field_count, name);
    assert_true(field < info->field_count);
    assert_ok(gt_dataset_values(set, row, &values, &err), err);
    return values[field];
}

/* Rows of FITS begin at the bottom, and 0 stands for NaN here. */
static void expect_pictures(gt_dataset *set, const char *name, size_t side) {
    gt_safetensors *file = NULL;
    float want[MOST * PIXELS], got[PIXELS];
    assert_ok(gt_safetensors_open(FOLDER "cutouts.safetensors", &file, &err), err);
    const gt_st_tensor *tensor = gt_safetensors_find(file, name);
    size_t pixels = side * side, count = (size_t)tensor->elements / pixels;
    assert_ok(gt_safetensors_read_f32(file, tensor, want, tensor->elements, &err), err);
    assert_int_equal(gt_dataset_describe(set)->count, count);
    for (size_t i = 0; i < count; i++) {
        uint64_t padded = 0;
        assert_ok(gt_dataset_read_bytes(set, i, 1, got, &err), err);
        for (size_t y = 0; y < side; y++)
            for (size_t x = 0; x < side; x++) {
                float expected = want[i * pixels + (side - 1 - y) * side + x];
                assert_true(got[y * side + x] == (isnan(expected) ? 0 : expected));
                padded += expected == -7;
            }
        assert_int_equal(value_of(set, i, "padded").integer, padded);
    }
    gt_safetensors_close(file);
}

static void parts_are_those_of_astropy(void **state) {
    static const struct {
        const char *path, *size, *name;
        size_t side;
    } cases[] = {{FOLDER "a.fits", "12", "a12", 12},
                 {FOLDER "a.fits", "15", "a15", 15},
                 {FOLDER "b.fits", "15", "b15", 15},
                 {FOLDER "tiled.fits", "15", "tiled15", 15},
                 {FOLDER "a.fits", "22.6arcsec", "a15", 15}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const gt_cut_settings cut = cut_of(&cases[i].path, 1, cases[i].size);
        gt_dataset *set = cut_out(&cut);
        expect_pictures(set, cases[i].name, cases[i].side);
        gt_dataset_close(set);
    }
}

/* Columns of the catalogue go with them; what lies outside is named and counted. */
static void columns_and_facts_go_with_them(void **state) {
    static const char *const word = FOLDER "a.fits";
    const gt_cut_settings cut = cut_of(&word, 1, "12");
    const char *ids;
    const double *ra;
    gt_dataset *set = cut_out(&cut);
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_string_equal(info->unit, "Jy/beam");
    assert_near(info->pixel_scale_arcsec, 1.5, 1e-6);
    assert_non_null(strstr(report.note, "positions.csv, line 4: the position 179.990000 "
                                        "+29.993000 lies outside"));
    assert_non_null(
        strstr(report.note, "2 of 10 positions of " FOLDER "positions.csv lie outside"));
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_string_equal(ids + 2 * (info->id_length + 1), "J3");
    assert_true(ra[2] == 180.009 && value_of(set, 2, "z").real == 0.75);
    assert_int_equal(info->field_count, 2);
    gt_dataset_close(set);
}

/* Of two that hold a position: the one with more of the part, whatever their order. */
static void positions_are_taken_from_the_best(void **state) {
    static const char *const words[] = {FOLDER "b.fits", FOLDER "a.fits"};
    static const char *const from[] = {"a.fits", "a.fits", "b.fits", "b.fits",
                                       "a.fits", "a.fits", "a.fits", "a.fits"};
    const gt_cut_settings cut = cut_of(words, 2, "15");
    gt_dataset *set = cut_out(&cut);
    assert_int_equal(gt_dataset_describe(set)->count, 8);
    for (uint64_t i = 0; i < 8; i++)
        assert_string_equal(value_of(set, i, "mosaic").text, from[i]);
    assert_int_equal(value_of(set, 1, "padded").integer, 0);
    gt_dataset_close(set);
}

static void bands_become_channels(void **state) {
    static const char *const words[] = {"g=" FOLDER "a.fits", "r=" FOLDER "tiled.fits"};
    float two[2 * PIXELS], one[PIXELS];
    gt_cut_settings cut = cut_of(words, 2, "15");
    gt_dataset *set = cut_out(&cut), *plain;
    assert_string_equal(gt_dataset_describe(set)->bands, "g,r");
    assert_int_equal(gt_dataset_describe(set)->channels, 2);
    assert_ok(gt_dataset_read_bytes(set, 3, 1, two, &err), err);
    gt_dataset_close(set);
    const char *const tiled = FOLDER "tiled.fits";
    cut = cut_of(&tiled, 1, "15");
    plain = cut_out(&cut);
    assert_ok(gt_dataset_read_bytes(plain, 3, 1, one, &err), err);
    assert_memory_equal(two + PIXELS, one, sizeof one);
    gt_dataset_close(plain);
}

/* ---- refusals ---- */

static void refuse(gt_cut_settings cut, gt_status expected, const char *words) {
    int before = entries_in_folder();
    const gt_import_settings settings = settings_of(&cut);
    gt_status got = gt_import_run(&settings, cut.mosaics[0], NULL, NULL, NULL, &report, &err);
    if (got != expected || !strstr(err.text, words))
        fail_msg("%d '%s', not %d '%s'", got, err.text, expected, words);
    assert_null(strchr(err.text, '\n'));
    assert_int_equal(entries_in_folder(), before);
}

static const char *write_positions(const char *text) {
    write_file(in_folder("p.csv"), text, strlen(text));
    return in_folder("p.csv");
}

/* An image without a place on the sky, or with pixels of another size around (180, 30). */
static const char *write_image(double scale, double ra) {
    gt_fits_writer *writer = NULL;
    const float pixels[PIXELS] = {0};
    const gt_fits_new_image image = {.name = "X",
                                     .width = SIDE,
                                     .height = SIDE,
                                     .channels = 1,
                                     .is_one = true,
                                     .is_float = true,
                                     .unit = "Jy/beam",
                                     .pixel_scale_arcsec = scale,
                                     .ra = ra,
                                     .dec = 30};
    assert_ok(gt_fits_writer_create(in_folder("x.fits"), &writer, &err), err);
    assert_ok(gt_fits_writer_begin(writer, &image, &err), err);
    assert_ok(gt_fits_writer_append(writer, pixels, 1, &err), err);
    assert_ok(gt_fits_writer_commit(writer, &err), err);
    gt_fits_writer_discard(writer);
    return in_folder("x.fits");
}

/* Whatever numbers say so, as in an import. */
static void unknown_positions_are_left_out(void **state) {
    static const char *const word = FOLDER "a.fits";
    gt_cut_settings cut = cut_of(&word, 1, "12");
    cut.catalog =
        write_positions("ra,dec\n180,30\n400,30\n180,-99\n1e20,1e20\ninf,30\n,\n-999,-999\n");
    gt_dataset *set = cut_out(&cut);
    assert_int_equal(gt_dataset_describe(set)->count, 1);
    gt_dataset_close(set);
    assert_non_null(strstr(report.note,
                           "p.csv: unknown positions: 4 (the first: ra 400, dec 30 "
                           "in row 1 is no place on the sky)"));
    assert_non_null(strstr(report.note, "6 rows of "));
    assert_non_null(strstr(report.note, "have no position, left out"));
}

static void wrong_catalogues_are_refused(void **state) {
    static const char *const word = FOLDER "a.fits";
    gt_cut_settings cut = cut_of(&word, 1, "12");
    cut.catalog = write_positions("ra,dec\n180,91\n");
    refuse(
        cut, GT_NOT_FOUND,
        "p.csv: none of its 1 positions lies on the mosaic; unknown positions: 1 (the first: "
        "ra 180, dec 91 in row 0 is no place on the sky)");
    cut.catalog = write_positions("ra,dec\n");
    refuse(cut, GT_BAD_FORMAT, "p.csv: a table without rows");
    cut.catalog = write_positions("x,dec\n180,30\n");
    refuse(cut, GT_USAGE, "p.csv: no column 'ra' of numbers");
    cut.catalog = write_positions("ra,dec\n10,30\n");
    refuse(cut, GT_NOT_FOUND, "p.csv: none of its 1 positions lies on the mosaic");
    cut.catalog = in_folder("none.csv");
    refuse(cut, GT_NOT_FOUND, "none.csv");
    cut.catalog = write_positions("alpha,dec\n180,30\n");
    cut.column = "ra=alpha";
    gt_dataset_close(cut_out(&cut));
    /* what has another name now is no right ascension, here as in a join */
    cut.catalog = write_positions("ra,dec\n180,30\n");
    cut.column = "old=ra";
    refuse(cut, GT_USAGE, "p.csv: no column 'ra' of numbers");
    cut.catalog = write_positions("ra,dec,raj2000\n10,30,180\n");
    gt_dataset_close(cut_out(&cut));
    cut.column = "old";
    refuse(cut, GT_USAGE, "--column old: expected NEW=OLD as in label=ans");
}

static void wrong_mosaics_are_refused(void **state) {
    const char *words[] = {write_image(1.5, NAN), FOLDER "a.fits"};
    gt_cut_settings cut = cut_of(words, 1, "12");
    refuse(cut, GT_BAD_FORMAT, "x.fits: the header of HDU 0 tells no place on the sky");
    words[0] = write_image(1.6, 180);
    cut.mosaic_count = 2;
    refuse(cut, GT_MISMATCH, "a.fits has pixels of 1.5 arcsec, ");
    words[0] = "g=" FOLDER "a.fits";
    refuse(cut, GT_USAGE, "names of bands (BAND=FILE) for all images or for none");
    words[0] = in_folder("none.fits");
    refuse(cut, GT_NOT_FOUND, "none.fits");
    words[0] = FOLDER "positions.csv";
    refuse(cut, GT_BAD_FORMAT, "no FITS file");
    words[0] = FOLDER "a.fits", cut.mosaic_count = 1, cut.hdu = "SCI";
    refuse(cut, GT_NOT_FOUND, "no HDU SCI");
}

static void wrong_sizes_are_refused(void **state) {
    static const char *const word = FOLDER "a.fits";
    static const char *const sizes[] = {"",     "0",      "-3",        "1.5", "9000",
                                        "10px", "10 deg", "0.1arcsec", "nan", "arcsec"};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        refuse(cut_of(&word, 1, sizes[i]), GT_USAGE, "expected pixels from 1 to 8192");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(parts_are_those_of_astropy),        TEST(columns_and_facts_go_with_them),
        TEST(positions_are_taken_from_the_best), TEST(bands_become_channels),
        TEST(unknown_positions_are_left_out),    TEST(wrong_catalogues_are_refused),
        TEST(wrong_mosaics_are_refused),         TEST(wrong_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
