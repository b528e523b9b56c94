/* exclusion_test.c - what lies near given positions stays out of an import: the arc on the sky,
 * files of positions, and what is counted. */
#include "gt_test.h"

#include <hdf5.h>
#include <math.h>

#include "exclusion.h"
#include "galatea/import.h"
#include "rng.h"
#include "temp_folder.h"

static gt_error err;
static gt_import_report report;

enum { SIDE = 2, MOST = 300 };

static void add(hid_t file, const char *name, hsize_t count, hid_t type, const void *values) {
    hid_t space = H5Screate_simple(1, &count, NULL);
    hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(set >= 0);
    assert_true(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(set);
    H5Sclose(space);
}

/* Positions without pictures, under the names of other people; split NULL: no such column. */
static void write_positions(const char *name, size_t count, const double *ra, const double *dec,
                            const unsigned char *split) {
    hid_t file = H5Fcreate(in_folder(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    add(file, "ra_deg", count, H5T_NATIVE_DOUBLE, ra);
    add(file, "dec_deg", count, H5T_NATIVE_DOUBLE, dec);
    if (split) add(file, "split", count, H5T_NATIVE_UCHAR, split);
    H5Fclose(file);
}

/* A set of one gray picture each, whose first pixel is its number. */
static void write_set(const char *name, size_t count, const double *ra, const double *dec) {
    gt_dataset_writer *writer;
    gt_dataset_info info = gt_dataset_info_default();
    info.count = count;
    info.channels = 1;
    info.height = info.width = SIDE;
    info.columns = ra ? GT_COLUMN_RA | GT_COLUMN_DEC : 0;
    assert_ok(gt_dataset_writer_create(in_folder(name), &info, &writer, &err), err);
    for (size_t i = 0; i < count; i++) {
        const unsigned char picture[SIDE * SIDE] = {(unsigned char)i, 1, 2, 3};
        gt_dataset_row row = gt_dataset_row_default();
        if (ra) row.ra = ra[i];
        if (dec) row.dec = dec[i];
        assert_ok(gt_dataset_writer_append(writer, picture, &row, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
}

/* in_folder lends few names at once, and a list needs several. */
static const char *list_of(const char *text) {
    static char list[4][1024];
    static int next;
    char *out = list[next++ % 4], words[256], *rest = words;
    snprintf(words, sizeof words, "%s", text);
    *out = 0;
    for (char *word; (word = strsep(&rest, ",")) != NULL;)
        snprintf(out + strlen(out), 1024 - strlen(out), "%s%s", *out ? "," : "",
                 in_folder(word));
    return out;
}

static gt_import_settings settings_for(const char *exclude, double within) {
    static char out[128];
    gt_import_settings settings = gt_import_settings_default();
    snprintf(out, sizeof out, "%s", in_folder("out.h5"));
    settings.format = "hdf5";
    settings.out = out;
    settings.exclude = exclude;
    settings.within = within;
    return settings;
}

static gt_status import(const char *exclude, double within) {
    gt_import_settings settings = settings_for(exclude, within);
    return gt_import_run(&settings, in_folder("set.h5"), NULL, NULL, NULL, &report, &err);
}

/* First pixels of the result as a text: "024". */
static const char *kept(void) {
    static char text[MOST + 1];
    gt_dataset *set;
    assert_ok(gt_dataset_open(in_folder("out.h5"), &set, &err), err);
    size_t count = (size_t)gt_dataset_describe(set)->count;
    for (size_t i = 0; i < count; i++) {
        float picture[SIDE * SIDE];
        assert_ok(gt_dataset_read(set, i, 1, picture, &err), err);
        text[i] = (char)('0' + (int)picture[0]);
    }
    text[count] = 0;
    gt_dataset_close(set);
    return text;
}

static void the_arc_is_that_of_the_great_circle(void **state) {
    const struct {
        double ra, dec, other_ra, other_dec, arcsec;
    } cases[] = {
        {10, 0, 10, 10.0 / 3600, 10},
        {10, 0, 10 + 10.0 / 3600, 0, 10},
        {10, 60, 10 + 20.0 / 3600, 60, 10}, /* meridians lie closer there */
        {359.999, 0, 0.001, 0, 7.2},
        {-0.001, 20, 359.999, 20.001, 3.6},
        {0, 89.999, 180, 89.999, 7.2}, /* across the pole */
        {90, -89.999, 270, -89.9985, 9},
        {12, 90, 200, 89.99, 36}, /* from the pole, whatever its right ascension */
        {5, 1, 5, 1.0000001, 0.00036},
        {0, 0, 90, 0, 324000},
        {30, 40, 210, -39.999, 647996.4}, /* almost the other side of the sky */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int swapped = 0; swapped < 2; swapped++) {
            const double ra[] = {cases[i].ra, cases[i].other_ra};
            const double dec[] = {cases[i].dec, cases[i].other_dec};
            for (int inside = 0; inside < 2; inside++) {
                gt_exclusion *x;
                double within = cases[i].arcsec * (inside ? 1 + 1e-6 : 1 - 1e-6);
                write_positions("at.h5", 1, ra + swapped, dec + swapped, NULL);
                assert_ok(gt_exclusion_load(in_folder("at.h5"), within, &x, &err), err);
                if (gt_exclusion_covers(x, ra[!swapped], dec[!swapped]) != inside)
                    fail_msg("case %zu, %.9g arcsec", i, within);
                gt_exclusion_destroy(x);
            }
        }
}

/* Haversines, which are exact for the small arcs asked here. */
static bool is_near(double ra, double dec, double other_ra, double other_dec, double arcsec) {
    double degree = M_PI / 180;
    double a = sin((dec - other_dec) / 2 * degree), b = sin((ra - other_ra) / 2 * degree);
    double h = a * a + cos(dec * degree) * cos(other_dec * degree) * b * b;
    return 2 * asin(sqrt(h)) / degree * 3600 <= arcsec;
}

static double draw(uint64_t *n) {
    return gt_rng_uniform((gt_rng_key){7, gt_rng_stream("exclusion"), 0}, (*n)++);
}

static void all_positions_are_looked_at(void **state) {
    static double ra[MOST], dec[MOST];
    uint64_t n = 0;
    gt_exclusion *x;
    for (int i = 0; i < MOST; i++) {
        ra[i] = 360 * draw(&n);
        dec[i] = 90 - 4 * draw(&n) * draw(&n); /* crowded at the pole */
    }
    write_positions("at.h5", MOST, ra, dec, NULL);
    assert_ok(gt_exclusion_load(in_folder("at.h5"), 600, &x, &err), err);
    assert_int_equal(gt_exclusion_count(x), MOST);
    int near_count = 0;
    for (int k = 0; k < 2000; k++) {
        double at = 360 * draw(&n), up = 90 - 4 * draw(&n) * draw(&n);
        bool expected = false;
        for (int i = 0; i < MOST; i++) expected |= is_near(at, up, ra[i], dec[i], 600);
        near_count += expected;
        assert_int_equal(gt_exclusion_covers(x, at, up), expected);
    }
    assert_in_range(near_count, 200, 1800);
    gt_exclusion_destroy(x);
}

static void near_pictures_are_left_out(void **state) {
    const double ra[] = {100, 100, 359.9999, NAN, 200, 300}, dec[] = {20, 30, 0, 10, 40, -50};
    const double at[] = {100, 0, NAN, 300.01, 200},
                 up[] = {20 + 29.0 / 3600, 0, 5, -50, 40 + 31.0 / 3600};
    const unsigned char split[] = {0, 1, 1, 0, 1};
    write_set("set.h5", 6, ra, dec);
    write_positions("all.h5", 5, at, up, split);
    assert_ok(import(list_of("all.h5"), 30), err);
    assert_string_equal(kept(), "134"); /* 3 has no position */
    assert_int_equal(report.excluded, 3);
    assert_int_equal(report.unplaced, 1);
    assert_int_equal(report.positions, 4);
    assert_int_equal(report.positions_unknown, 1);
    assert_int_equal(report.read, 6);
    assert_ok(import(list_of("all.h5:test"), 30), err);
    assert_string_equal(kept(), "01345");
    assert_ok(import(list_of("all.h5:test"), 32), err);
    assert_string_equal(kept(), "0135");
    assert_ok(import(list_of("all.h5:3-4"), 60), err);
    assert_string_equal(kept(), "0123");
    assert_ok(import(list_of("all.h5:0,all.h5:1"), 30), err);
    assert_string_equal(kept(), "1345");
    write_set("flat.h5", 2, ra, dec); /* of our own kind, with pictures */
    assert_ok(import(list_of("flat.h5,all.h5:3"), 30), err);
    assert_string_equal(kept(), "234");
    write_positions("odd:7.h5", 1, at, up, NULL); /* a colon in a name */
    assert_ok(import(list_of("odd:7.h5"), 30), err);
    assert_string_equal(kept(), "12345");
    assert_ok(import(list_of("odd:7.h5:0-0"), 30), err);
    assert_string_equal(kept(), "12345");
}

static void units_of_angles_are_followed(void **state) {
    const double hours[] = {2, 2.0 / 15}, up[] = {0, -999}, ra[] = {2, 30};
    const double dec[] = {-999 / 3600.0, 0}; /* near the second if that were a place */
    write_set("set.h5", 2, ra, dec);
    write_positions("hours.h5", 2, hours, up, NULL);
    hid_t file = H5Fopen(in_folder("hours.h5"), H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    hid_t unit = H5Acreate_by_name(file, "ra_deg", "unit", type, space, H5P_DEFAULT,
                                   H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(unit, type, "h");
    H5Aclose(unit);
    H5Tset_size(type, strlen("arcsec"));
    unit = H5Acreate_by_name(file, "dec_deg", "unit", type, space, H5P_DEFAULT, H5P_DEFAULT,
                             H5P_DEFAULT);
    H5Awrite(unit, type, "arcsec");
    H5Aclose(unit);
    H5Sclose(space);
    H5Tclose(type);
    H5Fclose(file);
    assert_ok(import(list_of("hours.h5"), 30), err);
    assert_string_equal(kept(), "0");
    assert_int_equal(report.positions_unknown, 1);
}

/* As import unpacks them. */
static void packed_positions_are_unpacked(void **state) {
    static const char *const names[] = {"scale_factor", "_FillValue"};
    const double half[] = {60, 99}, zero[] = {0, 0}, ra[] = {30, 49.5}, values[] = {0.5, 99};
    write_set("set.h5", 2, ra, zero);
    write_positions("half.h5", 2, half, zero, NULL);
    hid_t file = H5Fopen(in_folder("half.h5"), H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t space = H5Screate(H5S_SCALAR);
    for (int i = 0; i < 2; i++) {
        hid_t note = H5Acreate_by_name(file, "ra_deg", names[i], H5T_NATIVE_DOUBLE, space,
                                       H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        H5Awrite(note, H5T_NATIVE_DOUBLE, &values[i]);
        H5Aclose(note);
    }
    H5Sclose(space);
    H5Fclose(file);
    assert_ok(import(list_of("half.h5"), 30), err);
    assert_string_equal(kept(), "1");
    assert_int_equal(report.positions_unknown, 1);
}

static void selections_come_first(void **state) {
    const double ra[] = {1, 2, 3}, dec[] = {0, 0, 0};
    write_set("set.h5", 3, ra, dec);
    gt_import_settings settings = settings_for(list_of("set.h5"), 1);
    assert_int_equal(
        gt_import_run(&settings, in_folder("set.h5"), NULL, NULL, NULL, &report, &err),
        GT_NOT_FOUND);
    assert_non_null(strstr(err.text, "all 3 pictures lie within 1 arcsec of --exclude"));
    settings = settings_for(list_of("set.h5:1-2"), 1);
    assert_ok(gt_import_run(&settings, in_folder("set.h5"), NULL, NULL, NULL, &report, &err),
              err);
    assert_int_equal(report.selected, 1);
}

static void refuse(const char *exclude, gt_status status, const char *words) {
    int before = entries_in_folder();
    gt_status got = import(exclude, 30);
    if (got != status || !strstr(err.text, words))
        fail_msg("%s '%s', expected %s '%s'", gt_status_name(got), err.text,
                 gt_status_name(status), words);
    assert_int_equal(entries_in_folder(), before);
}

static void wrong_lists_are_refused(void **state) {
    const double ra[] = {1, 400}, dec[] = {0, 0}, nowhere[] = {NAN, NAN}, far[] = {91, 0};
    write_set("set.h5", 1, ra, dec);
    write_set("plain.h5", 1, NULL, NULL);
    write_positions("at.h5", 2, ra, dec, NULL);
    write_positions("nan.h5", 2, nowhere, dec, NULL);
    write_positions("far.h5", 2, dec, far, NULL);
    write_file(in_folder("text.h5"), "x", 1);
    refuse("", GT_USAGE, "--exclude: a name of 0 bytes");
    refuse(list_of("none.h5"), GT_NOT_FOUND, "none.h5");
    refuse(list_of("text.h5"), GT_BAD_FORMAT, "text.h5");
    refuse(list_of("at.h5:first"), GT_USAGE, "expected FILE, FILE:7-9 (rows) or FILE:test");
    refuse(list_of("at.h5:1-0"), GT_USAGE, "expected FILE, FILE:7-9");
    refuse(list_of("at.h5:-1"), GT_USAGE, "expected FILE, FILE:7-9");
    refuse(list_of("at.h5:2"), GT_BAD_ARGUMENT, "at.h5 has 2 rows, row 2 is none of them");
    refuse(list_of("at.h5:test"), GT_NOT_FOUND, "at.h5 has no column 'split'");
    refuse(list_of("plain.h5"), GT_NOT_FOUND, "plain.h5 has no column 'ra'");
    refuse(list_of("at.h5:1"), GT_NOT_FOUND, "no row has a position"); /* ra 400 is none */
    refuse(list_of("far.h5:0"), GT_NOT_FOUND, "no row has a position");
    refuse(list_of("nan.h5"), GT_NOT_FOUND, "no row has a position");
    write_set("set.h5", 1, NULL, NULL);
    refuse(list_of("at.h5:0"), GT_USAGE, "set.h5 has no positions (ra, dec)");
}

static void inputs_are_named_without_rows(void **state) {
    char **inputs;
    gt_import_settings settings = gt_import_settings_default();
    assert_ok(gt_import_inputs(&settings, "set.h5", &inputs, &err), err);
    assert_string_equal(inputs[0], "set.h5");
    assert_null(inputs[1]);
    free(inputs);
    settings.exclude = "a.h5,b.h5:test,a.h5:3-5";
    assert_ok(gt_import_inputs(&settings, "set.h5", &inputs, &err), err);
    assert_string_equal(inputs[0], "set.h5");
    assert_string_equal(inputs[1], "a.h5");
    assert_string_equal(inputs[2], "b.h5");
    assert_null(inputs[3]);
    free(inputs);
    settings.exclude = "a.h5:one";
    assert_int_equal(gt_import_inputs(&settings, "set.h5", &inputs, &err), GT_USAGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_arc_is_that_of_the_great_circle),
        TEST(all_positions_are_looked_at),
        TEST(near_pictures_are_left_out),
        TEST(units_of_angles_are_followed),
        TEST(packed_positions_are_unpacked),
        TEST(selections_come_first),
        TEST(wrong_lists_are_refused),
        TEST(inputs_are_named_without_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
