/* Pictures of FITS files: the values that astropy reads, which unit is taken, strange names,
 * cuts at every place. */
#include <math.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <fitsio.h>

#include "file.h"
#include "fits_image.h"
#include "fits_maker.h"
#include "fits_wcs.h"
#include "galatea/safetensors.h"
#include "gt_test.h"
#include "temp_folder.h"

#define GOLDEN "golden/format/fits/"

/* All planes as one array, yours; closes the image. */
static float *read_planes(gt_fits_image *image, uint64_t *planes, size_t *values,
                          gt_rounding *rounded) {
    gt_error err;
    const gt_fits_image_info *info = gt_fits_image_describe(image);
    size_t plane = info->width * info->height;
    *planes = info->planes * info->stacks;
    *values = *planes * plane;
    *rounded = (gt_rounding){0};
    float *out = malloc(*values * sizeof *out);
    for (uint64_t i = 0; i < *planes; i++)
        assert_ok(gt_fits_image_read(image, i, out + i * plane, rounded, &err), err);
    gt_fits_image_close(image);
    return out;
}

/* The same of a unit of a file, which gives no other values from memory. */
static float *read_image(const char *path, const char *hdu, uint64_t *planes, size_t *values,
                         gt_rounding *rounded) {
    gt_fits_image *image;
    gt_error err;
    char *bytes;
    size_t size;
    assert_ok(gt_file_load(path, 1 << 20, &bytes, &size, &err), err);
    assert_ok(gt_fits_image_open_bytes("x", (uint8_t *)bytes, size, hdu, &image, &err), err);
    float *copy = read_planes(image, planes, values, rounded);
    assert_ok(gt_fits_image_open(path, hdu, &image, &err), err);
    float *out = read_planes(image, planes, values, rounded);
    assert_memory_equal(out, copy, *values * sizeof *out);
    free(copy);
    free(bytes);
    return out;
}

/* The values of a unit, NaN for NaN; returns how many were rounded. */
static uint64_t expect_golden(const gt_safetensors *golden, const char *file, const char *hdu) {
    gt_error err;
    uint64_t planes;
    gt_rounding rounded;
    size_t values;
    char path[128], key[128];
    snprintf(path, sizeof path, GOLDEN "%s", file);
    snprintf(key, sizeof key, "%s/%s", strcmp(file, "cube.fits.gz") ? file : "cube.fits",
             hdu ? hdu : "0");
    float *found = read_image(path, hdu, &planes, &values, &rounded);
    const gt_st_tensor *tensor = gt_safetensors_find(golden, key);
    assert_non_null(tensor);
    assert_int_equal(tensor->elements, values);
    assert_int_equal(tensor->shape[0], planes);
    float *expected = malloc(values * sizeof *expected);
    assert_ok(gt_safetensors_read_f32(golden, tensor, expected, values, &err), err);
    for (size_t i = 0; i < values; i++)
        if (found[i] != expected[i] && !(isnan(found[i]) && isnan(expected[i])))
            fail_msg("%s, value %zu: %.9g, expected %.9g", key, i, (double)found[i],
                     (double)expected[i]);
    free(found);
    free(expected);
    return rounded.rounded;
}

static gt_safetensors *open_golden(void) {
    gt_safetensors *golden;
    gt_error err;
    assert_ok(gt_safetensors_open(GOLDEN "values.safetensors", &golden, &err), err);
    return golden;
}

static void all_types_are_read_as_astropy_reads_them(void **state) {
    static const char *const exact[] = {"uint8", "int8", "int16", "uint16", "float32"};
    static const char *const longer[] = {"int32", "uint32", "int64", "uint64", "float64"};
    gt_safetensors *golden = open_golden();
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(expect_golden(golden, "types.fits", exact[i]), 0);
    for (size_t i = 0; i < 5; i++)
        assert_true(expect_golden(golden, "types.fits", longer[i]) > 5);
    assert_int_equal(expect_golden(golden, "scaled.fits", NULL), 0);
    expect_golden(golden, "cube.fits", NULL);
    expect_golden(golden, "cube.fits.gz", NULL);
    expect_golden(golden, "radio.fits", NULL);
    gt_safetensors_close(golden);
}

static void tiles_are_read_as_astropy_reads_them(void **state) {
    static const char *const kinds[] = {"RICE", "PLIO", "HCOMP", "LOSSY"};
    gt_safetensors *golden = open_golden();
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(expect_golden(golden, "tiled.fits.fz", kinds[i]), 0);
    assert_int_equal(expect_golden(golden, "tiled.fits.fz", "GZIP"), 20);
    gt_safetensors_close(golden);
}

/* axes.fits.fz holds 0, 1, 2 ... in the order of the file, by astropy; of LONG times 33333.
 * CFITSIO reads no values one after the other where there are four axes. */
static void tiles_may_have_four_axes(void **state) {
    static const struct {
        const char *name;
        size_t width, height, planes, times;
    } units[] = {{"RADIO", 7, 6, 1, 1}, {"LINES", 6, 5, 6, 1},   {"LONG", 70, 50, 1, 33333},
                 {"DEEP", 7, 6, 5, 1},  {"DEEPER", 6, 4, 15, 1}, {"DEEPEST", 6, 4, 6, 33333}};
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        uint64_t planes;
        size_t values, width = units[u].width, height = units[u].height;
        gt_rounding rounded;
        float *found =
            read_image(GOLDEN "axes.fits.fz", units[u].name, &planes, &values, &rounded);
        assert_int_equal(planes, units[u].planes);
        assert_int_equal(rounded.rounded > 0, strcmp(units[u].name, "LONG") == 0);
        for (size_t i = 0; i < values; i++) {
            size_t plane = i / (width * height), y = height - 1 - i / width % height;
            size_t at = (plane * height + y) * width + i % width;
            if (found[i] != (float)(at * units[u].times))
                fail_msg("%s, value %zu: %g", units[u].name, i, (double)found[i]);
        }
        free(found);
    }
}

/* A tile of many planes is unpacked once, and not for each of them: that took minutes. */
static void deep_tiles_are_unpacked_once(void **state) {
    enum { SIDE = 128, PLANES = 800 };
    const double most_seconds = IS_SLOW_BUILD ? 10 : 2;
    static short values[SIDE * SIDE * PLANES];
    long sides[] = {SIDE, SIDE, PLANES};
    float plane[SIDE * SIDE];
    int code = 0;
    fitsfile *file;
    gt_fits_image *image;
    gt_rounding rounded = {0};
    gt_error err;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) values[i] = (short)(i / 1000);
    fits_create_file(&file, in_folder("a.fits"), &code);
    fits_set_compression_type(file, RICE_1, &code);
    fits_set_tile_dim(file, 3, sides, &code);
    fits_create_img(file, SHORT_IMG, 3, sides, &code);
    fits_write_img(file, TSHORT, 1, SIDE * SIDE * PLANES, values, &code);
    fits_close_file(file, &code);
    assert_int_equal(code, 0);
    assert_ok(gt_fits_image_open(in_folder("a.fits"), NULL, &image, &err), err);
    clock_t begin = clock();
    for (uint64_t i = 0; i < PLANES; i++)
        assert_ok(gt_fits_image_read(image, i, plane, &rounded, &err), err);
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    if (seconds > most_seconds) fail_msg("%.1f s", seconds);
    assert_true(plane[SIDE - 1] == values[SIDE * SIDE * PLANES - 1]);
    gt_fits_image_close(image);
}

/* (N,H,W,3) of Python: planes stand beside each other in every pixel. */
static void expect_colours(const char *path, const char *hdu, uint64_t stacks) {
    uint64_t planes;
    size_t values;
    gt_rounding rounded;
    float *found = read_image(path, hdu, &planes, &values, &rounded);
    assert_int_equal(planes, 3 * stacks);
    assert_int_equal(values, 90 * stacks);
    for (size_t i = 0; i < values; i++) {
        size_t x = i % 6, y = i / 6 % 5, channel = i / 30 % 3, stack = i / 90;
        size_t at = ((stack * 5 + 4 - y) * 6 + x) * 3 + channel;
        if (found[i] != (float)at) fail_msg("%s, value %zu: %g", path, i, (double)found[i]);
    }
    free(found);
}

static void the_first_axis_may_count_planes(void **state) {
    static const char *const sky[] = {"CTYPE1  = 'RA---TAN'", NULL};
    gt_error err;
    gt_fits_image *image;
    expect_colours(GOLDEN "axes.fits.fz", "COLOUR", 1);
    expect_colours(GOLDEN "axes.fits.fz", "COLOURS", 2);
    save_ramp(in_folder("a.fits"), 3, 6, 5, NULL);
    expect_colours(in_folder("a.fits"), "0", 1);
    for (int i = 0; i < 3; i++) {
        save_ramp(in_folder("a.fits"), 3, i == 0 ? 4 : 6, i == 1 ? 0 : 5, i == 2 ? sky : NULL);
        assert_ok(gt_fits_image_open(in_folder("a.fits"), NULL, &image, &err), err);
        assert_false(gt_fits_image_describe(image)->is_interleaved);
        assert_int_equal(gt_fits_image_describe(image)->width, 3);
        gt_fits_image_close(image);
    }
}

static void headers_are_described(void **state) {
    static const struct {
        const char *file, *hdu, *type, *name;
        int number, others;
        size_t width, height;
        uint64_t planes;
        bool is_bytes, is_tiled;
    } rows[] = {{"types.fits", NULL, "uint8", "UINT8", 1, 9, 4, 3, 1, true, false},
                {"types.fits", "4", "uint16", "UINT16", 4, 9, 4, 3, 1, false, false},
                {"types.fits", "Int8", "int8", "INT8", 2, 9, 4, 3, 1, false, false},
                {"scaled.fits", NULL, "scaled int16", "", 0, 0, 4, 3, 1, false, false},
                {"cube.fits", "PRIMARY", "float32", "", 0, 0, 5, 4, 3, false, false},
                {"radio.fits", "0", "float32", "", 0, 0, 6, 4, 1, false, false},
                {"tiled.fits.fz", NULL, "int16", "RICE", 1, 4, 7, 6, 2, false, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gt_fits_image *image;
        gt_error err;
        char path[128];
        snprintf(path, sizeof path, GOLDEN "%s", rows[i].file);
        assert_ok(gt_fits_image_open(path, rows[i].hdu, &image, &err), err);
        const gt_fits_image_info *info = gt_fits_image_describe(image);
        assert_string_equal(info->type, rows[i].type);
        assert_string_equal(info->name, rows[i].name);
        assert_int_equal(info->hdu, rows[i].number);
        assert_int_equal(info->others, rows[i].others);
        assert_int_equal(info->width, rows[i].width);
        assert_int_equal(info->height, rows[i].height);
        assert_int_equal(info->planes * info->stacks, rows[i].planes);
        assert_int_equal(info->is_bytes, rows[i].is_bytes);
        assert_int_equal(info->is_tiled, rows[i].is_tiled);
        gt_fits_image_close(image);
    }
}

/* ---- the sky ---- */

static void places_are_those_of_astropy(void **state) {
    static const char *const files[] = {"radio.fits", "turned.fits", "mirrored.fits",
                                        "galactic.fits", "sip.fits"};
    gt_safetensors *golden = open_golden();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        gt_fits_image *image;
        gt_fits_wcs *wcs;
        gt_fits_place place;
        gt_error err;
        double expected[5], x, y;
        char path[128], key[128];
        snprintf(path, sizeof path, GOLDEN "%s", files[i]);
        snprintf(key, sizeof key, "%s/place", files[i]);
        assert_ok(gt_safetensors_read_f64(golden, gt_safetensors_find(golden, key), expected, 5,
                                          &err),
                  err);
        assert_ok(gt_fits_image_open(path, NULL, &image, &err), err);
        const gt_fits_image_info *info = gt_fits_image_describe(image);
        assert_ok(gt_fits_wcs_parse(&info->cards, &wcs, &err), err);
        assert_non_null(wcs);
        double middle[2] = {((double)info->width + 1) / 2, ((double)info->height + 1) / 2};
        assert_true(gt_fits_wcs_place(wcs, middle[0], middle[1], &place));
        /* Galactic axes are ICRS ones of Hipparcos here, of FK5 there: 0.02 arcsec. */
        double close = strcmp(files[i], "galactic.fits") ? 1e-8 : 1e-5;
        assert_near(place.ra, expected[0], close);
        assert_near(place.dec, expected[1], close);
        assert_near(place.scale_arcsec / expected[2], 1, 1e-4);
        assert_near(place.north, expected[3], 1e-3);
        assert_int_equal(place.is_mirrored, expected[4] != 0);
        assert_near(place.stretch, 1, 0.02);
        assert_true(gt_fits_wcs_to_pixel(wcs, place.ra, place.dec, &x, &y));
        assert_near(x, middle[0], 1e-6);
        assert_near(y, middle[1], 1e-6);
        gt_fits_wcs_destroy(wcs);
        gt_fits_image_close(image);
    }
    gt_safetensors_close(golden);
}

static gt_status parse_wcs(const char *const *lines, gt_fits_wcs **wcs, gt_error *err) {
    fits_bytes f = {0};
    fits_begin(&f, 8, 3, 3, 0);
    for (; *lines; lines++) fits_card(&f, "%s", *lines);
    const gt_fits_cards cards = {f.bytes, f.length / GT_FITS_CARD};
    gt_status status = gt_fits_wcs_parse(&cards, wcs, err);
    free_fits(&f);
    return status;
}

static void other_coordinates_are_told(void **state) {
    static const char *const none[] = {"CTYPE1  = 'LINEAR'", "CTYPE2  = 'LINEAR'", NULL};
    static const char *const ecliptic[] = {"CTYPE1  = 'ELON-TAN'", "CTYPE2  = 'ELAT-TAN'",
                                           NULL};
    static const char *const singular[] = {"CTYPE1  = 'RA---TAN'", "CTYPE2  = 'DEC--TAN'",
                                           "CD1_1   = 0.0", "CD2_1   = 0.0", NULL};
    static const char *const many[] = {"CTYPE1  = 'RA---TAN'", "WCSAXES = 300", NULL};
    static const char *const of_the_day[] = {"CTYPE1  = 'RA---TAN'", "CTYPE2  = 'DEC--TAN'",
                                             "RADESYS = 'GAPPT'", NULL};
    static const char *const nonsense[] = {"CTYPE1  = 'RA---TAN'", "CTYPE2  = 'DEC--TAN'",
                                           "EQUINOX = 0.0", NULL};
    static const char *const bare[] = {NULL};
    gt_fits_wcs *wcs;
    gt_error err;
    assert_ok(parse_wcs(bare, &wcs, &err), err);
    assert_null(wcs);
    assert_ok(parse_wcs(none, &wcs, &err), err);
    assert_null(wcs);
    assert_int_equal(parse_wcs(ecliptic, &wcs, &err), GT_UNSUPPORTED);
    assert_string_equal(err.text, "coordinates of type ELON, expected RA or GLON");
    assert_int_equal(parse_wcs(singular, &wcs, &err), GT_BAD_FORMAT);
    assert_int_equal(parse_wcs(many, &wcs, &err), GT_UNSUPPORTED);
    assert_int_equal(parse_wcs(of_the_day, &wcs, &err), GT_UNSUPPORTED);
    assert_int_equal(parse_wcs(nonsense, &wcs, &err), GT_BAD_FORMAT);
    assert_string_equal(err.text, "coordinates of equinox 0, expected 1800 to 2200");
    assert_null(wcs);
}

/* Axes that lie along right ascension and declination are not turned, to the last bit. */
static void north_is_up(void **state) {
    static const char *const lines[] = {
        "CTYPE1  = 'RA---SIN'", "CTYPE2  = 'DEC--SIN'",  "CRPIX1  = 75.5",
        "CRPIX2  = 75.5",       "CRVAL1  = 145.8045218", "CRVAL2  = 59.66241522",
        "CDELT1  = -0.000416",  "CDELT2  = 0.000416",    NULL};
    (void)state;
    gt_fits_wcs *wcs;
    gt_fits_place place;
    gt_error err;
    assert_ok(parse_wcs(lines, &wcs, &err), err);
    assert_true(gt_fits_wcs_place(wcs, 75.5, 75.5, &place));
    assert_true(place.north == 0);
    gt_fits_wcs_destroy(wcs);
}

/* SkyCoord(ra, dec, frame=FK4(equinox, obstime)).transform_to(FK5) of astropy 6 and 8, where
 * FK4 is seen when the equinox is unless a card tells otherwise; of FK5 the same. */
static void old_coordinates_become_new_ones(void **state) {
    static const struct {
        const char *ra, *dec, *frame;
        double new_ra, new_dec;
        const char *date, *other;
    } places[] = {
        {"0.0", "0.0", "EPOCH   = 1950.0", 0.6406910007, 0.2784094285},
        {"83.5", "21.98", "RADESYS = 'FK4'", 84.2523840459, 22.0096962627},
        {"187.07", "-60.2", "EQUINOX = 1950.0", 187.7738033200, -60.4761515723},
        {"83.5", "21.98", "EQUINOX = 1975.0", 83.8762954151, 21.9952995313},
        {"10.0", "89.5", "EQUINOX = 1900.0", 125.9319796447, 89.8868714120},
        {"83.5", "21.98", "RADESYS = 'FK4-NO-E'", 84.2524816476, 22.0096991844},
        {"83.5", "21.98", "RADESYS = 'FK4'", 84.2523906096, 22.0096911062,
         "DATE-OBS= '1987-06-05T00:00:00'"},
        {"83.5", "21.98", "RADESYS = 'FK4'", 84.2523906096, 22.0096911062,
         "DATE-OBS= '05/06/87'"},
        {"83.5", "21.98", "RADESYS = 'FK4'", 84.2523906096, 22.0096911062,
         "DATE-OBS= '1987-06-05'", "MJD-OBS = 'unknown'"},
        {"83.5", "21.98", "RADESYS = 'FK4'", 84.2523928151, 22.0096893735, "MJD-OBS = 51544.0"},
        {"83.5", "21.98", "RADESYS = 'FK4'", 84.2523840459, 22.0096962627,
         "DATE-OBS= '0000-00-00'"},
        {"83.5", "21.98", "EQUINOX = 1975.0", 83.8761247524, 21.9953006920, "RADESYS = 'FK5'"},
        {"187.07", "-60.2", "EQUINOX = 2015.5", 186.8531796225, -60.1143475986, NULL},
        {"187.07", "-60.2", "EQUINOX = 2015.5", 187.07, -60.2, "RADESYS = 'ICRS'"},
        {"'187.07'", "' -60.2 '", "EQUINOX = 'J2015.5'", 186.8531796225, -60.1143475986, NULL},
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char ra[40], dec[40];
        gt_fits_wcs *wcs;
        gt_error err;
        double found[2], x, y;
        snprintf(ra, sizeof ra, "CRVAL1  = %s", places[i].ra);
        snprintf(dec, sizeof dec, "CRVAL2  = %s", places[i].dec);
        const char *const lines[] = {"CTYPE1  = 'RA---TAN'",
                                     "CTYPE2  = 'DEC--TAN'",
                                     "CDELT1  = -0.01",
                                     "CDELT2  = 0.01",
                                     "CRPIX1  = 2.0",
                                     "CRPIX2  = 2.0",
                                     places[i].frame,
                                     ra,
                                     dec,
                                     places[i].date,
                                     places[i].other,
                                     NULL};
        assert_ok(parse_wcs(lines, &wcs, &err), err);
        assert_true(gt_fits_wcs_to_sky(wcs, 2, 2, &found[0], &found[1]));
        double east = (found[0] - places[i].new_ra) * cos(found[1] * M_PI / 180);
        assert_near(hypot(east, found[1] - places[i].new_dec) * 3600, 0, 5e-5);
        assert_true(gt_fits_wcs_to_sky(wcs, 17, -30, &found[0], &found[1]));
        assert_true(gt_fits_wcs_to_pixel(wcs, found[0], found[1], &x, &y));
        assert_near(x, 17, 1e-7);
        assert_near(y, -30, 1e-7);
        gt_fits_wcs_destroy(wcs);
    }
    for (int i = 0; i < 2; i++) {
        gt_fits_wcs *wcs;
        gt_error err;
        const char *const lines[] = {"CTYPE1  = 'RA---TAN'", "CTYPE2  = 'DEC--TAN'",
                                     i == 0 ? "CRVAL1  = NaN" : "CRVAL1  = 'unknown'",
                                     "CRVAL2  = 2.0", NULL};
        assert_int_equal(parse_wcs(lines, &wcs, &err), GT_BAD_FORMAT);
        assert_string_equal(err.text, i == 0 ? "CRVAL1 is 'NaN', expected a number"
                                             : "CRVAL1 is 'unknown', expected a number");
    }
}

/* ---- names and cuts ---- */

/* A name is the name of a file, and nothing appears beside it. */
static void names_mean_nothing(void **state) {
    static const char *const names[] = {"b[1].fits",      "!keep.txt", " a.fits", "~x.fits",
                                        "a.fits(b.fits)", "x+1",       "mem:",    "-",
                                        "http:"};
    enum { COUNT = sizeof names / sizeof *names };
    char here[512], golden[600];
    char *tiled;
    size_t size;
    gt_error err;
    assert_non_null(getcwd(here, sizeof here));
    snprintf(golden, sizeof golden, "%s/" GOLDEN "tiled.fits.fz", here);
    assert_ok(gt_file_load(golden, 1 << 20, &tiled, &size, &err), err);
    assert_int_equal(chdir(temp_folder), 0);
    for (size_t i = 0; i < COUNT; i++) {
        uint64_t planes;
        gt_rounding rounded;
        size_t values;
        write_file(names[i], tiled, size);
        free(read_image(names[i], NULL, &planes, &values, &rounded));
        assert_int_equal(planes, 2);
        save_ramp(names[i], 3, 2, 0, NULL);
        float *ramp = read_image(names[i], NULL, &planes, &values, &rounded);
        assert_true(ramp[0] == 3 && ramp[5] == 2); /* the last row of the file is the first */
        free(ramp);
        assert_int_equal(entries_in_folder(), (int)i + 1);
    }
    assert_int_equal(chdir(here), 0);
    free(tiled);
}

/* Of files of every form: no success, and the sentence names the file. */
static void cut_anywhere_a_file_is_refused(void **state) {
    static const char *const files[] = {"types.fits", "cube.fits", "cube.fits.gz",
                                        "tiled.fits.fz"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *bytes, path[128];
        size_t size;
        gt_error err;
        snprintf(path, sizeof path, GOLDEN "%s", files[i]);
        assert_ok(gt_file_load(path, 1 << 20, &bytes, &size, &err), err);
        for (size_t k = 0; k < 75; k++) {
            gt_fits_image *image;
            size_t length = size * k / 75;
            if (i != 2 && k % 3 == 0) length -= length % 2880; /* also between blocks */
            write_file(in_folder("cut"), bytes, length);
            gt_status status = gt_fits_image_open_bytes("in/cut", (uint8_t *)bytes, length,
                                                        NULL, &image, &err);
            if (status) assert_non_null(strstr(err.text, "in/cut: "));
            if (!status) gt_fits_image_close(image);
            assert_int_equal(gt_fits_image_open(in_folder("cut"), NULL, &image, &err), status);
            if (status != GT_BAD_FORMAT && status != GT_NOT_FOUND && status != GT_UNSUPPORTED) {
                uint64_t planes; /* what is whole is whole: units less, none cut */
                size_t values;
                assert_true(length % 2880 == 0 || gt_fits_image_describe(image)->lacks_padding);
                gt_fits_image_close(image);
                free(read_image(in_folder("cut"), NULL, &planes, &values, &(gt_rounding){0}));
                continue;
            }
            assert_non_null(strstr(err.text, "/cut: "));
        }
        free(bytes);
    }
}

/* What fills the last block says nothing: without it, or some of it, all is read as before. */
static void the_last_block_need_not_be_full(void **state) {
    static const struct {
        const char *file, *hdu;
    } cases[] = {{"cube.fits", NULL}, {"types.fits", "float64"}, {"tiled.fits.fz", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *bytes, path[128];
        size_t size, values;
        uint64_t planes;
        gt_rounding rounded;
        gt_fits_image *image;
        gt_error err;
        snprintf(path, sizeof path, GOLDEN "%s", cases[i].file);
        float *whole = read_image(path, cases[i].hdu, &planes, &values, &rounded);
        assert_ok(gt_file_load(path, 1 << 20, &bytes, &size, &err), err);
        size_t end = size, short_of = size - 2880; /* all are there; too few are */
        while (end - short_of > 1) {
            size_t middle = (end + short_of) / 2;
            write_file(in_folder("cut"), bytes, middle);
            bool is_refused = gt_fits_image_open(in_folder("cut"), cases[i].hdu, &image, &err);
            *(is_refused ? &short_of : &end) = middle;
            if (is_refused) continue;
            assert_true(gt_fits_image_describe(image)->lacks_padding);
            gt_fits_image_close(image);
        }
        assert_in_range(size - end, 1, 2879);
        write_file(in_folder("cut"), bytes, end - 1);
        assert_int_equal(gt_fits_image_open(in_folder("cut"), cases[i].hdu, &image, &err),
                         GT_BAD_FORMAT);
        assert_non_null(strstr(err.text, "bytes of data, expected "));
        write_file(in_folder("cut"), bytes, end);
        float *cut = read_image(in_folder("cut"), cases[i].hdu, &planes, &values, &rounded);
        assert_memory_equal(cut, whole, values * sizeof *cut);
        free(cut);
        free(whole);
        free(bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_types_are_read_as_astropy_reads_them),
        cmocka_unit_test(tiles_are_read_as_astropy_reads_them),
        TEST(tiles_may_have_four_axes),
        TEST(deep_tiles_are_unpacked_once),
        TEST(the_first_axis_may_count_planes),
        cmocka_unit_test(headers_are_described),
        cmocka_unit_test(places_are_those_of_astropy),
        cmocka_unit_test(other_coordinates_are_told),
        cmocka_unit_test(north_is_up),
        cmocka_unit_test(old_coordinates_become_new_ones),
        TEST(names_mean_nothing),
        TEST(cut_anywhere_a_file_is_refused),
        TEST(the_last_block_need_not_be_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
