/* lupton_test.c - gray pictures of three bands: the formula, the bands by name and number, and
 * what an import makes of them. */
#include "gt_test.h"

#include <hdf5.h>
#include <math.h>

#include "galatea/image.h"
#include "galatea/imaging.h"
#include "galatea/import.h"
#include "galatea/safetensors.h"
#include "temp_folder.h"

enum { ROWS = 3, BANDS = 5, SIDE = 21, CROP = 16, PIXELS = SIDE * SIDE, GRAY = CROP * CROP };

static const gt_lupton usual = {8, 0.2};
static gt_error err;
static gt_import_report report;
static float sky[ROWS][BANDS][PIXELS];

static void colours_are_those_of_the_formula(void **state) {
    /* I = 1 in all bands, I = 0.02 in one alone, nothing, below 0, far beyond white. */
    double bands[3][5] = {{1, 0.06, 0, -1, 300}, {1, 0, 0, 0.5, 600}, {1, 0, 0, 0.1, 150}};
    double levels[15], gray[5], slope = 25.5 / asinh(0.8);
    gt_image_lupton(bands[0], 5, usual, levels);
    for (size_t c = 0; c < 3; c++) assert_near(levels[5 * c], asinh(40.0) * slope, 1e-12);
    assert_near(levels[1], 3 * asinh(0.8) * slope, 1e-12);
    assert_true(levels[6] == 0 && levels[2] == 0 && levels[3] == 0 && levels[8] == 0);
    assert_near(levels[9], 255, 0); /* the brightest is white, the others keep their ratio */
    assert_near(levels[4], 127.5, 1e-10);
    assert_near(levels[14], 63.75, 1e-10);
    gt_image_gray(levels, 5, GT_GRAY_MEAN, gray);
    assert_near(gray[0], 152 / 255.0, 1e-12); /* cut, not rounded */
    assert_near(gray[4], (127 + 255 + 63) / 765.0, 1e-12);
    gt_image_gray(levels, 5, GT_GRAY_REC601, gray);
    assert_near(gray[4], (0.299 * 127 + 0.587 * 255 + 0.114 * 63) / 255.0, 1e-12);
    gt_image_gray(levels, 5, GT_GRAY_REC709, gray);
    assert_near(gray[4], (0.2125 * 127 + 0.7154 * 255 + 0.0721 * 63) / 255.0, 1e-12);
}

static void extreme_softening_is_bounded(void **state) {
    double bands[3] = {0.3, 0.2, 0.1}, soft[3], same[3];
    gt_image_lupton(bands, 1, (gt_lupton){0, 0.2}, soft);
    gt_image_lupton(bands, 1, (gt_lupton){0.1, 0.2}, same);
    assert_memory_equal(soft, same, sizeof soft);
    gt_image_lupton(bands, 1, (gt_lupton){1e12, 0.2}, soft);
    gt_image_lupton(bands, 1, (gt_lupton){1e10, 0.2}, same);
    assert_memory_equal(soft, same, sizeof soft);
}

/* The recorded gray was computed in float: in a few pixels one of the three bytes is one off.
 */
static void recorded_grays_are_met(void **state) {
    const char *fixtures = getenv("GALATEA_FIXTURES");
    char path[512];
    gt_safetensors *file = NULL;
    snprintf(path, sizeof path, "%s/morphology/luptongray64.safetensors",
             fixtures ? fixtures : "");
    if (!fixtures || gt_safetensors_open(path, &file, &err) != GT_OK) {
        print_message("no recorded pictures, skipped\n");
        skip();
    }
    const gt_st_tensor *from = gt_safetensors_find(file, "bands_zgr");
    const gt_st_tensor *to = gt_safetensors_find(file, "gray");
    size_t pixels = 64 * 64, count = (size_t)to->elements / pixels, off = 0;
    double *bands = malloc(from->elements * sizeof *bands), *gray = malloc(pixels * 8);
    float *want = malloc(to->elements * sizeof *want);
    assert_ok(gt_safetensors_read_f64(file, from, bands, from->elements, &err), err);
    assert_ok(gt_safetensors_read_f32(file, to, want, to->elements, &err), err);
    for (size_t k = 0; k < count; k++) {
        double *picture = bands + 3 * k * pixels;
        gt_image_lupton(picture, pixels, usual, picture);
        gt_image_gray(picture, pixels, GT_GRAY_MEAN, gray);
        for (size_t i = 0; i < pixels; i++) {
            if ((float)gray[i] == want[k * pixels + i]) continue;
            assert_near(gray[i], (double)want[k * pixels + i], 1.01 / 765);
            off++;
        }
    }
    assert_int_equal(off, 9);
    free(bands), free(gray), free(want);
    gt_safetensors_close(file);
}

/* ---- import ---- */

static void put_names(hid_t file, const char *names, size_t width, hsize_t count) {
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate_simple(1, &count, NULL);
    H5Tset_size(type, width);
    hid_t at = H5Acreate2(file, "bands", type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(at, type, names) >= 0);
    H5Aclose(at), H5Sclose(space), H5Tclose(type);
}

/* Five bands of one brightness each, rising from pixel to pixel; names: a list, one text, or
 * none. */
static const char *write_sky(const char *names, size_t width, hsize_t count) {
    const hsize_t dims[] = {ROWS, BANDS, SIDE, SIDE};
    for (int k = 0; k < ROWS; k++)
        for (int b = 0; b < BANDS; b++)
            for (int i = 0; i < PIXELS; i++)
                sky[k][b][i] = 0.01F * (float)((b + 1) * (i + k)) - 0.02F;
    const char *path = in_folder("sky.h5");
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(4, dims, NULL);
    hid_t set = H5Dcreate2(file, "images", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, H5P_DEFAULT,
                           H5P_DEFAULT);
    assert_true(H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, sky) >= 0);
    H5Dclose(set), H5Sclose(space);
    if (count > 0) put_names(file, names, width, count);
    H5Fclose(file);
    return path;
}

static gt_import_settings settings_for(const char *bands) {
    static char out[128];
    gt_import_settings settings = gt_import_settings_default();
    snprintf(out, sizeof out, "%s", in_folder("out.h5"));
    settings.format = "hdf5", settings.out = out;
    settings.lupton = bands, settings.crop = CROP;
    return settings;
}

static void import(const gt_import_settings *settings, float rows[ROWS][3 * GRAY],
                   char preparation[GT_PREPARATION_ROOM]) {
    gt_dataset *set;
    assert_ok(gt_import_run(settings, in_folder("sky.h5"), NULL, NULL, NULL, &report, &err),
              err);
    assert_ok(gt_dataset_open(settings->out, &set, &err), err);
    const gt_dataset_info *info = gt_dataset_describe(set);
    size_t values = gt_dataset_row_values(info);
    assert_true(info->type == GT_PIXEL_F32 && info->count == ROWS && info->height == CROP);
    assert_true(info->range.low == 0 && info->range.high == 1 && info->bands == NULL);
    snprintf(preparation, GT_PREPARATION_ROOM, "%s", info->preparation);
    for (uint64_t k = 0; k < ROWS; k++)
        assert_ok(gt_dataset_read_bytes(set, k, 1, rows[k], &err), err);
    assert_true(values == GRAY || values == 3 * GRAY);
    gt_dataset_close(set);
}

static void expect_gray(const float *row, int k, gt_lupton how, gt_gray weights) {
    const int picked[] = {4, 1, 2};
    double bands[3 * GRAY], gray[GRAY];
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < GRAY; i++) /* rows and columns from (21 - 16) / 2 on */
            bands[c * GRAY + i] = sky[k][picked[c]][(i / CROP + 2) * SIDE + i % CROP + 2];
    gt_image_lupton(bands, GRAY, how, bands);
    gt_image_gray(bands, GRAY, weights, gray);
    for (int i = 0; i < GRAY; i++) assert_true(row[i] == (float)gray[i]);
}

static void three_bands_become_gray(void **state) {
    static float rows[ROWS][3 * GRAY], again[ROWS][3 * GRAY];
    char preparation[GT_PREPARATION_ROOM];
    write_sky("u\0g\0r\0i\0z", 2, BANDS);
    gt_import_settings settings = settings_for("z,g,r");
    import(&settings, rows, preparation);
    assert_string_equal(preparation, "align=none cut=16 resize=none normalize=lupton:8:0.2");
    for (int k = 0; k < ROWS; k++) expect_gray(rows[k], k, usual, GT_GRAY_MEAN);
    settings.lupton = "4,1,2";
    import(&settings, again, preparation);
    assert_memory_equal(rows, again, sizeof rows);
    write_sky("u,g,r,i,z", 9, 1); /* one text */
    settings.lupton = "z,1,r", settings.channels = "3";
    import(&settings, again, preparation);
    for (int c = 0; c < 3; c++) assert_memory_equal(rows[0], again[0] + c * GRAY, GRAY * 4);
    settings.channels = "auto", settings.lupton_q = 5, settings.lupton_stretch = 1;
    settings.lupton_weights = "rec709";
    import(&settings, again, preparation);
    assert_non_null(strstr(preparation, "normalize=lupton:5:1:rec709"));
    for (int k = 0; k < ROWS; k++) expect_gray(again[k], k, (gt_lupton){5, 1}, GT_GRAY_REC709);
}

/* Names of bands stay with pictures that keep all of them. */
static void names_are_carried_on(void **state) {
    gt_dataset *set;
    write_sky("u,g,r,i,z", 9, 1);
    gt_import_settings settings = settings_for(NULL);
    assert_ok(gt_import_run(&settings, in_folder("sky.h5"), NULL, NULL, NULL, &report, &err),
              err);
    assert_ok(gt_dataset_open(settings.out, &set, &err), err);
    assert_string_equal(gt_dataset_describe(set)->bands, "u,g,r,i,z");
    gt_dataset_close(set);
}

static void refuse(gt_import_settings settings, const char *words) {
    int before = entries_in_folder();
    gt_status got =
        gt_import_run(&settings, in_folder("sky.h5"), NULL, NULL, NULL, &report, &err);
    if (got != GT_USAGE || !strstr(err.text, words))
        fail_msg("'%s', not '%s'", err.text, words);
    assert_int_equal(entries_in_folder(), before);
}

static void wrong_bands_are_named(void **state) {
    write_sky("u\0g\0r\0i\0z", 2, BANDS);
    refuse(settings_for("z,g,q"),
           "--lupton z,g,q: no band 'q', expected one of u,g,r,i,z or 0 to 4");
    refuse(settings_for("5,1,2"), "no band '5'");
    refuse(settings_for("-1,1,2"), "no band '-1'");
    const char *const broken[] = {"", "z", "z,g", "z,g,", "z,,r", ",g,r", "z,g,r,i", "zgr"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        refuse(settings_for(broken[i]), "expected three bands with commas between");
    gt_import_settings settings = settings_for("z,g,r");
    settings.normalize = "asinh";
    refuse(settings, "--lupton scales the pictures, --normalize is for others");
    settings.normalize = "auto", settings.keep_values = true;
    refuse(settings, "--keep-values is for others");
    settings.keep_values = false, settings.range = "0:1";
    refuse(settings, "--range is for others");
    write_sky(NULL, 0, 0);
    refuse(settings_for("z,g,r"),
           "no band 'z', expected 0 to 4, as the pictures do not name theirs");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_are_those_of_the_formula),
        cmocka_unit_test(extreme_softening_is_bounded),
        cmocka_unit_test(recorded_grays_are_met),
        cmocka_unit_test_setup_teardown(three_bands_become_gray, make_temp_folder,
                                        remove_temp_folder),
        cmocka_unit_test_setup_teardown(names_are_carried_on, make_temp_folder,
                                        remove_temp_folder),
        cmocka_unit_test_setup_teardown(wrong_bands_are_named, make_temp_folder,
                                        remove_temp_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
