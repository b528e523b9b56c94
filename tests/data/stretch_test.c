/* stretch_test.c - curves and limits beside those of astropy.visualization, and what an import
 * makes of them. golden/image/stretch.safetensors holds pictures with the limits of
 * ZScaleInterval (contrast 0.25, 0.6, 0), PercentileInterval(99.5) and
 * AsymmetricPercentileInterval(1, 70), and curves over "t". */
#include "gt_test.h"

#include "galatea/dataset.h"
#include "galatea/imaging.h"
#include "galatea/import.h"
#include "galatea/safetensors.h"
#include "physical.h"
#include "small_set.h"
#include "temp_folder.h"

enum { ROWS = 3, SIDE = 12, PIXELS = SIDE * SIDE };

static gt_error err;
static gt_import_report report;
static float sky[ROWS * PIXELS];

/* ---- beside astropy ---- */

static size_t load(const gt_safetensors *file, const char *name, double *out, size_t room) {
    const gt_st_tensor *tensor = gt_safetensors_find(file, name);
    assert_true(tensor && tensor->elements <= room);
    assert_ok(gt_safetensors_read_f64(file, tensor, out, tensor->elements, &err), err);
    return (size_t)tensor->elements;
}

static void limits_are_those_of_astropy(void **state) {
    static const char *const names[] = {"sky", "noise", "heavy", "four", "flat", "ramp"};
    static const double contrast[] = {0.25, 0.6, 0};
    gt_safetensors *file = NULL;
    float values[2304];
    double want[10], got[10];
    assert_ok(gt_safetensors_open("golden/image/stretch.safetensors", &file, &err), err);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char name[32];
        const gt_st_tensor *tensor = gt_safetensors_find(file, names[i]);
        size_t n = (size_t)tensor->elements;
        assert_ok(gt_safetensors_read_f32(file, tensor, values, n, &err), err);
        snprintf(name, sizeof name, "%s.limits", names[i]);
        assert_int_equal(load(file, name, want, 10), 10);
        for (int c = 0; c < 3; c++)
            assert_ok(gt_image_zscale(values, n, 1000, contrast[c], &got[2 * c],
                                      &got[2 * c + 1], &err),
                      err);
        assert_ok(gt_image_percentiles(values, n, 0.25, 99.75, got + 6, got + 7, &err), err);
        assert_ok(gt_image_percentiles(values, n, 1, 70, got + 8, got + 9, &err), err);
        for (int k = 0; k < 10; k++) assert_near(got[k], want[k], 1e-6 * (1 + fabs(want[k])));
    }
    gt_safetensors_close(file);
}

static void curves_are_those_of_astropy_and_turn_back(void **state) {
    static const char *const names[] = {"linear", "sqrt",      "log:1000",
                                        "log:10", "asinh:0.1", "asinh:0.02"};
    gt_safetensors *file = NULL;
    double t[65], want[65];
    assert_ok(gt_safetensors_open("golden/image/stretch.safetensors", &file, &err), err);
    size_t n = load(file, "t", t, 65);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        gt_stretch stretch;
        char text[GT_STRETCH_TEXT];
        assert_true(gt_stretch_read(names[i], &stretch));
        gt_stretch_text(stretch, text);
        assert_string_equal(text, names[i]);
        load(file, names[i], want, 65);
        for (size_t k = 0; k < n; k++) {
            assert_near(gt_stretch_apply(stretch, t[k]), want[k], 1e-14);
            assert_near(gt_stretch_undo(stretch, want[k]), t[k], 1e-14);
            assert_near(gt_stretch_apply(stretch, -t[k]), -want[k], 1e-14);
            assert_near(gt_stretch_undo(stretch, -want[k]), -t[k], 1e-14);
        }
    }
    gt_safetensors_close(file);
}

static void other_names_are_no_stretch(void **state) {
    gt_stretch stretch;
    static const char *const wrong[] = {"",        "asinh:0",  "asinh:-1",  "asinh:nan",
                                        "sqrt:1",  "linear:1", "log:1e300", "power:2",
                                        "asinh:x", "asinh:"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(gt_stretch_read(wrong[i], &stretch));
    assert_ok(gt_stretch_find("asinh", 0, &stretch, &err), err);
    assert_true(stretch.a == 0.1);
    assert_int_equal(gt_stretch_find("power", 0, &stretch, &err), GT_USAGE);
}

/* ---- imports ---- */

/* Values from -0.5 up to 20. */
static void write_sky(void) {
    gt_dataset_info info = small_set_of(ROWS, SIDE, GT_PIXEL_F32);
    info.unit = "Jy/beam";
    for (size_t i = 0; i < ROWS * PIXELS; i++)
        sky[i] = -0.5F + 20.5F * (float)(i * 7 % PIXELS) / (PIXELS - 1) * (float)(i % 5) / 4;
    write_small_set(in_folder("sky.h5"), &info, sky, NULL);
}

static gt_import_settings settings_to(const char *name) {
    gt_import_settings settings = gt_import_settings_default();
    settings.format = "hdf5", settings.out = in_folder(name);
    return settings;
}

/* Imports `from`, gives its levels and, as they are stored, its pixels; *out is open. */
static void import(const gt_import_settings *settings, const char *from, gt_dataset **out,
                   float levels[ROWS * PIXELS], void *stored) {
    assert_ok(gt_import_run(settings, in_folder(from), "{}", NULL, NULL, &report, &err), err);
    assert_ok(gt_dataset_open(settings->out, out, &err), err);
    assert_ok(gt_dataset_read(*out, 0, ROWS, levels, &err), err);
    assert_ok(gt_dataset_read_bytes(*out, 0, ROWS, stored, &err), err);
}

static double level_of(double value, double low, double high, gt_stretch stretch) {
    double t = fmin(fmax((value - low) / (high - low), 0), 1);
    return 255 * gt_stretch_apply(stretch, t);
}

static void fixed_limits_keep_values_and_stretch_levels(void **state) {
    static float levels[ROWS * PIXELS], stored[ROWS * PIXELS];
    const gt_stretch asinh_ = {GT_CURVE_ASINH, 0.05};
    gt_dataset *set = NULL;
    write_sky();
    gt_import_settings settings = settings_to("out.h5");
    settings.range = "0:10", settings.stretch = "asinh", settings.stretch_a = 0.05;
    import(&settings, "sky.h5", &set, levels, stored);
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_true(info->type == GT_PIXEL_F32 && info->range.high == 10);
    assert_true(info->range.stretch.curve == GT_CURVE_ASINH && info->range.stretch.a == 0.05);
    assert_string_equal(info->unit, "Jy/beam");
    assert_true(report.moved_pixels > 0);
    for (size_t i = 0; i < ROWS * PIXELS; i++) {
        assert_true(stored[i] == fminf(fmaxf(sky[i], 0), 10));
        assert_near((double)levels[i], level_of((double)sky[i], 0, 10, asinh_), 2e-5);
    }
    gt_range_to_values(info->range, ROWS * PIXELS, levels);
    for (size_t i = 0; i < ROWS * PIXELS; i++)
        assert_near((double)levels[i], (double)stored[i], 1e-5);
    gt_dataset_close(set);
}

/* 256 levels of the same, which stand for values: floats made of them are these again. */
static void bytes_of_a_range_stand_for_values(void **state) {
    static float levels[ROWS * PIXELS], values[ROWS * PIXELS];
    static unsigned char bytes[ROWS * PIXELS];
    const gt_stretch log_ = {GT_CURVE_LOG, 1000};
    gt_dataset *set = NULL, *back = NULL;
    write_sky();
    gt_import_settings settings = settings_to("bytes.h5");
    settings.range = "-0.5:20", settings.stretch = "log", settings.pixels = "uint8";
    import(&settings, "sky.h5", &set, levels, bytes);
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_true(info->type == GT_PIXEL_U8 && info->range.low == -0.5);
    assert_false(gt_range_is_declared(gt_dataset_range(info)));
    for (size_t i = 0; i < ROWS * PIXELS; i++) {
        assert_true(levels[i] == (float)bytes[i]);
        assert_near(bytes[i], level_of((double)sky[i], -0.5, 20, log_), 0.5001);
    }
    settings = settings_to("floats.h5");
    settings.pixels = "float32";
    import(&settings, "bytes.h5", &back, levels, values);
    assert_true(gt_range_is_same(gt_dataset_describe(back)->range, info->range));
    assert_string_equal(gt_dataset_describe(back)->unit, "Jy/beam");
    for (size_t i = 0; i < ROWS * PIXELS; i++) {
        assert_near((double)levels[i], bytes[i], 1e-4);
        assert_near((double)values[i], gt_range_value(info->range, bytes[i]), 1e-5);
    }
    gt_dataset_close(set);
    gt_dataset_close(back);
}

/* One bright picture among many, with its neighbours in whatever order, leaves the others in
 * the dark: that is told, unless a stretch or another range shows them. */
static void dark_pictures_are_told(void **state) {
    enum { MANY = 10001, BRIGHT = 7777 };
    static const struct {
        const char *range, *stretch, *pixels, *told;
    } cases[] = {{NULL, "linear", "auto", "above 1.2 % of the range, 0 to 80: networks and"},
                 {"0:40", "linear", "auto", "above 2.5 % of the range, 0 to 40"},
                 {"0:40", "linear", "uint8", "above 2.5 % of the range, 0 to 40"},
                 {"0:4", "linear", "auto", ""},
                 {NULL, "asinh", "auto", "nearly black; --stretch log"},
                 {NULL, "log", "auto", ""}};
    static float pixels[MANY][4];
    gt_dataset_info info = small_set_of(MANY, 2, GT_PIXEL_F32);
    for (size_t i = 0; i < MANY; i++) pixels[i][i % 4] = i == BRIGHT ? 80 : (float)(i % 3);
    write_small_set(in_folder("dark.h5"), &info, pixels, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_import_settings settings = settings_to("out.h5");
        settings.keep_values = cases[i].range == NULL, settings.range = cases[i].range;
        settings.stretch = cases[i].stretch, settings.pixels = cases[i].pixels;
        assert_ok(
            gt_import_run(&settings, in_folder("dark.h5"), "{}", NULL, NULL, &report, &err),
            err);
        if (*cases[i].told)
            assert_non_null(strstr(report.note, cases[i].told));
        else
            assert_null(strstr(report.note, "of the range"));
    }
}

/* The limits are columns; by them levels become the values again, cut at the limits. */
static void expect_turned_back(gt_dataset *set, uint64_t row, const float *own, double low,
                               double high, float *levels) {
    const gt_field_value *values;
    const gt_dataset_info *info = gt_dataset_describe(set);
    const gt_physical physical = gt_physical_of(info);
    assert_ok(gt_dataset_values(set, row, &values, &err), err);
    assert_true(physical.is_known);
    assert_string_equal(physical.unit, "Jy/beam");
    assert_near(values[physical.vmin].real, low, 1e-12);
    assert_near(values[physical.vmax].real, high, 1e-12);
    gt_physical_from_levels(&physical, values, levels, PIXELS);
    for (size_t i = 0; i < PIXELS; i++)
        assert_near((double)levels[i], fmin(fmax((double)own[i], low), high), 2e-5);
}

static void pictures_have_limits_of_their_own(void **state) {
    static float levels[ROWS * PIXELS], stored[ROWS * PIXELS];
    const gt_stretch root = {GT_CURVE_SQRT, 0};
    gt_dataset *set = NULL;
    write_sky();
    gt_import_settings settings = settings_to("out.h5");
    settings.normalize = "percentile", settings.percentile = "1:98.5";
    settings.stretch = "sqrt", settings.pixels = "float32";
    import(&settings, "sky.h5", &set, levels, stored);
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_non_null(strstr(info->preparation, "normalize=percentile:1:98.5/1"));
    assert_null(info->unit); /* shares of each picture's own */
    for (size_t k = 0; k < ROWS; k++) {
        double low, high;
        const float *own = sky + k * PIXELS;
        assert_ok(gt_image_percentiles(own, PIXELS, 1, 98.5, &low, &high, &err), err);
        for (size_t i = 0; i < PIXELS; i++)
            assert_near((double)levels[k * PIXELS + i],
                        level_of((double)own[i], low, high, root), 5e-5);
        expect_turned_back(set, k, own, low, high, levels + k * PIXELS);
    }
    gt_dataset_close(set);
    settings = settings_to("out.h5");
    settings.normalize = "zscale";
    import(&settings, "sky.h5", &set, levels, stored);
    assert_non_null(strstr(gt_dataset_describe(set)->preparation, "normalize=zscale:0.25"));
    assert_false(gt_range_is_declared(gt_dataset_describe(set)->range));
    gt_dataset_close(set);
    settings.normalize = "asinh", settings.softening = 20, settings.pixels = "float32";
    import(&settings, "sky.h5", &set, levels, stored);
    assert_non_null(strstr(gt_dataset_describe(set)->preparation, "normalize=asinh:20/1"));
    for (size_t k = 0; k < ROWS; k++) {
        const float *own = sky + k * PIXELS;
        float low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < PIXELS; i++)
            low = fminf(low, own[i]), high = fmaxf(high, own[i]);
        expect_turned_back(set, k, own, (double)low, (double)high, levels + k * PIXELS);
    }
    gt_dataset_close(set);
}

static void refuse(gt_import_settings settings, const char *words) {
    gt_status got =
        gt_import_run(&settings, in_folder("sky.h5"), NULL, NULL, NULL, &report, &err);
    if (got != GT_USAGE || !strstr(err.text, words))
        fail_msg("'%s', not '%s'", err.text, words);
    assert_int_equal(entries_in_folder(), 1);
}

static void contradictions_are_refused(void **state) {
    write_sky();
    gt_import_settings settings = settings_to("out.h5");
    settings.stretch = "asinh", settings.normalize = "none";
    refuse(settings, "--stretch asinh lies between black and white: --range LOW:HIGH");
    settings.normalize = "asinh";
    refuse(settings, "--normalize asinh is a stretch of its own");
    settings.normalize = "minmax", settings.stretch_a = 1e12;
    refuse(settings, "--stretch: a = 1e+12: the stretch asinh takes");
    settings.stretch = "sqrt", settings.stretch_a = 2;
    refuse(settings, "the stretch sqrt has no a");
    settings = settings_to("out.h5"), settings.normalize = "percentile";
    static const char *const wrong[] = {"", "0", "101", "5:5", "60:40", "-1:50", "x", "1:2:3"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        settings.percentile = wrong[i];
        refuse(settings, "expected a share in percent, as 99.5, or two, as 1:99");
    }
}

/* Where two meet, stretch and unit count. */
static void facts_travel_and_are_compared(void **state) {
    char text[GT_IMAGING_ROOM], preparation[GT_PREPARATION_ROOM];
    gt_imaging a = gt_imaging_unknown(), b;
    a.range = (gt_value_range){0, 2, {GT_CURVE_ASINH, 0.1}};
    a.unit = "Jy/beam";
    b = a;
    assert_false(gt_imaging_compare(&a, &b, text));
    b.range.stretch.a = 0.2, b.unit = "mJy";
    assert_true(gt_imaging_compare(&a, &b, text));
    assert_string_equal(text, "range of pixels (0:2 asinh:0.1 and 0:2 asinh:0.2), unit "
                              "(Jy/beam and mJy)");
    gt_imaging_text(&a, text);
    assert_string_equal(text, "pixels from 0 to 2 Jy/beam, stretch asinh:0.1");
    gt_imaging_agree(&a, &b, preparation);
    assert_false(gt_range_is_declared(a.range));
    assert_null(a.unit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_are_those_of_astropy),
        cmocka_unit_test(curves_are_those_of_astropy_and_turn_back),
        cmocka_unit_test(other_names_are_no_stretch),
        TEST(fixed_limits_keep_values_and_stretch_levels),
        TEST(bytes_of_a_range_stand_for_values),
        TEST(dark_pictures_are_told),
        TEST(pictures_have_limits_of_their_own),
        TEST(contradictions_are_refused),
        cmocka_unit_test(facts_travel_and_are_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
