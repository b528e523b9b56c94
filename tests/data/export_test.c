/* export_test.c - pictures and columns of a set as FITS and NumPy, read back by CFITSIO and by
 * hand; no file where something fails. */
#include "gt_test.h"

#include <fitsio.h>

#include "export.h"
#include "fits_image.h"
#include "fits_wcs.h"
#include "galatea/dataset.h"
#include "temp_folder.h"

enum { ROWS = 3, CHANNELS = 2, HEIGHT = 3, WIDTH = 4, PLANE = HEIGHT * WIDTH };
enum { VALUES = CHANNELS * PLANE };

static gt_error err;
static float pixels[ROWS * VALUES];
static const char *const classes[] = {"FRI", "FRII"};

static const gt_field fields[] = {
    {"mag r", GT_FIELD_REAL, .unit = "mag", .description = "brightness"},
    {"n", GT_FIELD_INTEGER},
    {"mag_r", GT_FIELD_TEXT, .length = 3}};

static gt_dataset_info info_of(size_t channels) {
    gt_dataset_info info = gt_dataset_info_default();
    info.count = ROWS + 2;
    info.channels = channels, info.height = HEIGHT, info.width = WIDTH;
    info.type = GT_PIXEL_F32;
    info.unit = "Jy/beam", info.survey = "caf\xc3\xa9";
    info.range = (gt_value_range){-1, 8, {GT_CURVE_LOG, 1000}};
    info.pixel_scale_arcsec = 1.8;
    info.columns = GT_COLUMN_LABEL | GT_COLUMN_RA | GT_COLUMN_ID | GT_COLUMN_SPLIT;
    info.id_length = 8;
    info.class_names = classes, info.class_count = 2;
    info.fields = fields, info.field_count = 3;
    info.provenance =
        "{\"command\": \"a rather long command, of more than the seventy-two bytes "
        "that a card of history holds\"}";
    return info;
}

static void write_rows(gt_export *out, size_t channels) {
    const gt_field_value values[] = {{.real = 17.5}, {.integer = -7}, {.text = "abc"}};
    const gt_dataset_row rows[] = {{.label = 1, .ra = 12.5, .id = "J1", .values = values},
                                   {.label = -1, .split = 1, .ra = NAN, .id = "J22"},
                                   {.label = 0, .split = 2, .ra = 359, .id = NULL}};
    for (size_t i = 0; i < ROWS * VALUES; i++) pixels[i] = (float)i * 0.1F;
    for (size_t i = 0; i < ROWS; i++)
        assert_ok(gt_export_append(out, pixels + i * channels * PLANE, &rows[i], 1, &err), err);
}

static fitsfile *open_image(const char *path, int unit, int axes, const long *sides) {
    fitsfile *file = NULL;
    int fault = 0, found = 0, kind;
    long there[4];
    assert_int_equal(fits_open_diskfile(&file, path, READONLY, &fault), 0);
    fits_movabs_hdu(file, unit, &kind, &fault);
    fits_get_img_dim(file, &found, &fault);
    assert_int_equal(found, axes);
    fits_get_img_size(file, 4, there, &fault);
    assert_int_equal(fault, 0);
    for (int i = 0; i < axes; i++) assert_int_equal(there[i], sides[i]);
    return file;
}

static void expect_pixels(fitsfile *file, size_t planes) {
    float *found = calloc(planes * PLANE, sizeof *found);
    int fault = 0;
    fits_read_img(file, TFLOAT, 1, (LONGLONG)(planes * PLANE), NULL, found, NULL, &fault);
    assert_int_equal(fault, 0);
    for (size_t i = 0; i < planes; i++)
        for (size_t y = 0; y < HEIGHT; y++)
            assert_memory_equal(found + i * PLANE + (HEIGHT - 1 - y) * WIDTH,
                                pixels + i * PLANE + y * WIDTH, WIDTH * sizeof *found);
    free(found);
}

static void expect_card(fitsfile *file, const char *key, const char *text) {
    char found[FLEN_VALUE];
    int fault = 0;
    fits_read_key_str(file, key, found, NULL, &fault);
    assert_int_equal(fault, 0);
    assert_string_equal(found, text);
}

static void expect_real(fitsfile *file, const char *key, double value) {
    double found;
    int fault = 0;
    fits_read_key_dbl(file, key, &found, NULL, &fault);
    assert_int_equal(fault, 0);
    assert_true(found == value);
}

static void expect_table(fitsfile *file, int unit) {
    int fault = 0, kind, any;
    long rows;
    double ra[ROWS];
    char text[3][16], *texts[] = {text[0], text[1], text[2]};
    fits_movabs_hdu(file, unit, &kind, &fault);
    expect_card(file, "EXTNAME", "ROWS");
    expect_card(file, "TUNIT4", "deg");
    fits_get_num_rows(file, &rows, &fault);
    assert_int_equal(rows, ROWS);
    fits_read_col(file, TSTRING, 2, 1, 1, ROWS, NULL, texts, &any, &fault);
    assert_string_equal(text[0], "FRII");
    assert_string_equal(text[1], " "); /* CFITSIO's nothing */
    fits_read_col(file, TSTRING, 3, 1, 1, ROWS, NULL, texts, &any, &fault);
    assert_string_equal(text[2], "validation");
    fits_read_col(file, TDOUBLE, 4, 1, 1, ROWS, NULL, ra, &any, &fault);
    assert_true(ra[0] == 12.5 && isnan(ra[1]) && ra[2] == 359);
    fits_read_col(file, TSTRING, 5, 1, 1, ROWS, NULL, texts, &any, &fault);
    assert_string_equal(text[1], "J22");
    expect_card(file, "TTYPE6", "mag_r_2"); /* as the other name is taken */
    expect_card(file, "TUNIT6", "mag");
    expect_card(file, "TCOMM6", "brightness");
    fits_read_col(file, TDOUBLE, 6, 1, 1, ROWS, NULL, ra, &any, &fault);
    assert_true(ra[0] == 17.5 && isnan(ra[1]));
    fits_read_col(file, TDOUBLE, 7, 1, 1, 1, NULL, ra, &any, &fault);
    assert_true(ra[0] == -7);
    fits_read_col(file, TSTRING, 8, 1, 1, ROWS, NULL, texts, &any, &fault);
    assert_string_equal(text[0], "abc");
    assert_int_equal(fault, 0);
}

/* The bottom row first; fewer pictures than announced. */
static void fits_has_values_facts_and_columns(void **state) {
    gt_export *out = NULL;
    int fault = 0;
    char path[128];
    snprintf(path, sizeof path, "%s", in_folder("a[1].fits"));
    const gt_dataset_info info = info_of(1);
    assert_ok(gt_export_create(path, &info, NULL, false, &out, &err), err);
    write_rows(out, 1);
    gt_export_note(out, "left_out", "3,17");
    assert_ok(gt_export_commit(out, &err), err);
    assert_int_equal(entries_in_folder(), 1);
    fitsfile *file = open_image(path, 1, 3, (const long[]){WIDTH, HEIGHT, ROWS});
    expect_pixels(file, ROWS);
    expect_card(file, "BUNIT", "Jy/beam");
    expect_card(file, "EXTNAME", "PICTURES");
    expect_card(file, "STRETCH", "log:1000");
    expect_card(file, "SURVEY", "caf\\xc3\\xa9");
    expect_real(file, "WHITE", 8);
    expect_real(file, "CDELT1", 1.8 / 3600);
    expect_real(file, "CRPIX2", 2);
    expect_table(file, 2);
    fits_close_file(file, &fault);
}

static void several_channels_and_images_stand_behind_each_other(void **state) {
    gt_export *out = NULL;
    bool has_room;
    int fault = 0;
    char path[128];
    snprintf(path, sizeof path, "%s", in_folder("b.fit"));
    const gt_dataset_info info = info_of(CHANNELS);
    assert_ok(gt_export_create(path, &info, NULL, false, &out, &err), err);
    write_rows(out, CHANNELS);
    assert_ok(gt_export_next(out, "ORIGINALS", &has_room, &err), err);
    assert_true(has_room);
    write_rows(out, CHANNELS);
    assert_ok(gt_export_commit(out, &err), err);
    const long sides[] = {WIDTH, HEIGHT, CHANNELS, ROWS};
    for (int unit = 1; unit <= 2; unit++) {
        fitsfile *file = open_image(path, unit, 4, sides);
        expect_pixels(file, ROWS * CHANNELS);
        expect_card(file, "EXTNAME", unit == 1 ? "PICTURES" : "ORIGINALS");
        if (unit == 1) expect_table(file, 3);
        fits_close_file(file, &fault);
    }
}

/* Bytes that stand for values are these; as levels they stay bytes, without a unit. */
static void bytes_become_values(void **state) {
    gt_dataset_info info = info_of(1);
    unsigned char bytes[PLANE];
    info.type = GT_PIXEL_U8, info.columns = 0, info.class_count = info.field_count = 0;
    for (int i = 0; i < PLANE; i++) bytes[i] = (unsigned char)(20 * i);
    for (int as_levels = 0; as_levels < 2; as_levels++) {
        gt_export *out = NULL;
        char path[128], unit[FLEN_VALUE];
        int fault = 0;
        snprintf(path, sizeof path, "%s", in_folder("c.fits"));
        assert_ok(gt_export_create(path, &info, NULL, as_levels, &out, &err), err);
        assert_ok(gt_export_append(out, bytes, NULL, 1, &err), err);
        assert_ok(gt_export_commit(out, &err), err);
        for (int i = 0; i < PLANE; i++)
            pixels[i] = as_levels ? bytes[i] : (float)gt_range_value(info.range, bytes[i]);
        fitsfile *file = open_image(path, 1, 3, (const long[]){WIDTH, HEIGHT, 1});
        expect_pixels(file, 1);
        fits_read_key_str(file, "BUNIT", unit, NULL, &fault);
        assert_int_equal(fault, as_levels ? KEY_NO_EXIST : 0);
        fault = 0;
        fits_close_file(file, &fault);
    }
}

/* Of a picture whose north is turned: the middle of every pixel lies where the tangent plane
 * has it, and an import finds place, scale and turn again. */
static void a_picture_keeps_its_place(void **state) {
    static const gt_field turn[] = {{"north_angle", GT_FIELD_REAL, .unit = "deg"},
                                    {"is_mirrored", GT_FIELD_INTEGER}};
    static const double degree = M_PI / 180, ra = 187.5, dec = 40.25, scale = 1.8;
    for (int is_mirrored = 0; is_mirrored < 2; is_mirrored++) {
        const double north = is_mirrored ? -110 : 25;
        const gt_field_value values[] = {{.real = north}, {.integer = is_mirrored}};
        const gt_dataset_row row = {.ra = ra, .dec = dec, .id = "J1", .values = values};
        gt_dataset_info info = info_of(1);
        gt_export *out = NULL;
        gt_fits_image *image = NULL;
        gt_fits_wcs *wcs = NULL;
        gt_fits_place place;
        info.columns = GT_COLUMN_RA | GT_COLUMN_DEC | GT_COLUMN_ID, info.class_count = 0;
        info.fields = turn, info.field_count = 2;
        const char *path = in_folder(is_mirrored ? "m" : "p");
        assert_ok(gt_export_create(path, &info, "fits", false, &out, &err), err);
        assert_ok(gt_export_append(out, pixels, &row, 1, &err), err);
        assert_ok(gt_export_commit(out, &err), err);
        char name[256];
        snprintf(name, sizeof name, "%s/000000_J1.fits", path);
        assert_ok(gt_fits_image_open(name, NULL, &image, &err), err);
        assert_ok(gt_fits_wcs_parse(&gt_fits_image_describe(image)->cards, &wcs, &err), err);
        for (int y = 1; y <= HEIGHT; y++)
            for (int x = 1; x <= WIDTH; x++) {
                double u = (x - 2.5) * scale / 3600 * degree,
                       v = (y - 2) * scale / 3600 * degree;
                double c = cos(north * degree), s = sin(north * degree), found[2];
                double xi = -(c * u + s * v) * (is_mirrored ? -1 : 1), eta = c * v - s * u;
                double down = cos(dec * degree) - eta * sin(dec * degree);
                double east = ra + atan2(xi, down) / degree;
                double up = atan2(sin(dec * degree) + eta * cos(dec * degree), hypot(xi, down));
                assert_true(gt_fits_wcs_to_sky(wcs, x, y, &found[0], &found[1]));
                assert_near(found[0], east, 1e-11);
                assert_near(found[1], up / degree, 1e-11);
            }
        assert_true(gt_fits_wcs_place(wcs, (WIDTH + 1) / 2.0, (HEIGHT + 1) / 2.0, &place));
        assert_near(place.ra, ra, 1e-10);
        assert_near(place.dec, dec, 1e-10);
        assert_near(place.scale_arcsec, scale, 1e-6);
        assert_near(place.north, north, 1e-5);
        assert_int_equal(place.is_mirrored, is_mirrored);
        gt_fits_wcs_destroy(wcs);
        gt_fits_image_close(image);
    }
}

static void nothing_is_left_of_what_fails(void **state) {
    gt_export *out = NULL;
    gt_dataset_info info = info_of(CHANNELS);
    assert_int_equal(gt_export_create(in_folder("a"), &info, "png", false, &out, &err),
                     GT_UNSUPPORTED);
    assert_non_null(strstr(err.text, "PNG is for pictures of one or three channels, not 2"));
    static const char *const singles[] = {NULL, NULL, "fits"};
    static const char *const names[] = {"a.fits", "a.npy", "a"};
    for (int i = 0; i < 3; i++) {
        assert_ok(gt_export_create(in_folder(names[i]), &info, singles[i], false, &out, &err),
                  err);
        write_rows(out, CHANNELS);
        gt_export_discard(out);
        assert_int_equal(entries_in_folder(), 0);
    }
    assert_ok(gt_export_create(in_folder("a.fits"), &info, NULL, false, &out, &err), err);
    assert_int_equal(gt_export_commit(out, &err), GT_BAD_ARGUMENT); /* of no pictures */
    assert_int_equal(entries_in_folder(), 0);
    info.kind = GT_DATASET_CODES, info.height = info.width = 1;
    assert_int_equal(gt_export_create(in_folder("a.fits"), &info, NULL, false, &out, &err),
                     GT_UNSUPPORTED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(fits_has_values_facts_and_columns),
        TEST(several_channels_and_images_stand_behind_each_other),
        TEST(bytes_become_values),
        TEST(a_picture_keeps_its_place),
        TEST(nothing_is_left_of_what_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
