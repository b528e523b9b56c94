/* The synthetic optical sky: repeatable by address, light kept by every part, classes that
 * differ as they should, and pictures that are Lupton's stretch of the linear ones. */
#include <math.h>
#include <omp.h>
#include <unistd.h>

#include "galatea/image.h"
#include "galatea/synth.h"
#include "gt_test.h"
#include "optical.h"

enum { SIZE = 64, PIXELS = SIZE * SIZE };

static gt_error err;

static gt_synth_settings optical(void) {
    gt_synth_settings settings = gt_synth_settings_default();
    settings.survey = "optical";
    return settings;
}

static gt_synth *make(const gt_synth_settings *settings) {
    gt_synth *synth;
    assert_ok(gt_synth_create(settings, &synth, &err), err);
    return synth;
}

static void draw(const gt_synth_settings *settings, uint64_t first, size_t count, void *values,
                 gt_dataset_row *rows) {
    gt_synth *synth = make(settings);
    assert_ok(gt_synth_draw(synth, first, count, values, rows, &err), err);
    gt_synth_destroy(synth);
}

static void a_row_depends_on_seed_and_index_alone(void **state) {
    enum { N = 40 };
    static float all[N * PIXELS], some[3 * PIXELS];
    gt_dataset_row rows[N], row[3];
    gt_synth_settings settings = optical();
    settings.count = 1000000000;
    int before = omp_get_max_threads();
    omp_set_num_threads(3);
    draw(&settings, 0, N, all, rows);
    omp_set_num_threads(1);
    settings.count = N;
    draw(&settings, 36, 3, some, row);
    omp_set_num_threads(before);
    assert_memory_equal(all + 36 * PIXELS, some, sizeof some);
    assert_true(row[0].ra == rows[36].ra && row[0].angular_size == rows[36].angular_size);
    assert_int_equal(row[0].label, rows[36].label);
    for (int i = 1; i < N; i++) assert_memory_not_equal(all, all + i * PIXELS, PIXELS * 4);
    settings.seed = 2;
    draw(&settings, 36, 1, some, row);
    assert_memory_not_equal(all + 36 * PIXELS, some, PIXELS * 4);
}

static void pictures_lie_in_their_range(void **state) {
    enum { N = 60 };
    static float values[N * PIXELS];
    gt_dataset_row rows[N];
    gt_synth_settings settings = optical();
    gt_synth *synth = make(&settings);
    const gt_dataset_info *info = gt_synth_describe(synth);
    assert_true(info->type == GT_PIXEL_F32 && info->channels == 1 && info->class_count == 3);
    assert_true(info->range.low == 0 && info->range.high == 1);
    assert_string_equal(info->survey, "optical");
    assert_string_equal(info->preparation,
                        "align=none cut=64 resize=none normalize=lupton:8:0.2");
    assert_near(info->pixel_scale_arcsec, 0.396, 0);
    assert_ok(gt_synth_draw(synth, 0, N, values, rows, &err), err);
    gt_synth_destroy(synth);
    for (int i = 0; i < N; i++) {
        float most = 0.0F, middle = 0.0F, *picture = values + i * PIXELS;
        int dark = 0;
        for (int p = 0; p < PIXELS; p++) {
            assert_true(picture[p] >= 0.0F && picture[p] <= 1.0F);
            most = fmaxf(most, picture[p]);
            dark += picture[p] < 0.1F;
            if (abs(p % SIZE - 32) < 6 && abs(p / SIZE - 32) < 6)
                middle = fmaxf(middle, picture[p]);
        }
        assert_true(most > 0.2F && middle > 0.15F); /* a galaxy, and at the centre */
        assert_true(dark > PIXELS / 8);
    }
}

/* "none" and "colour" are the same sky before and after the stretch. */
static void scales_show_one_sky(void **state) {
    enum { N = 3 };
    static float gray[N * PIXELS], linear[N * 3 * PIXELS];
    static uint8_t colour[N * 3 * PIXELS];
    static double levels[3 * PIXELS], again[PIXELS];
    gt_dataset_row rows[N];
    gt_synth_settings settings = optical();
    draw(&settings, 5, N, gray, rows);
    settings.scale = "none";
    draw(&settings, 5, N, linear, rows);
    gt_synth *synth = make(&settings);
    assert_string_equal(gt_synth_describe(synth)->bands, "z,g,r");
    gt_synth_destroy(synth);
    settings.scale = "colour";
    draw(&settings, 5, N, colour, rows);
    for (int k = 0; k < N; k++) {
        for (int i = 0; i < 3 * PIXELS; i++) levels[i] = (double)linear[k * 3 * PIXELS + i];
        gt_image_lupton(levels, PIXELS, (gt_lupton){8, 0.2}, levels);
        gt_image_gray(levels, PIXELS, GT_GRAY_MEAN, again);
        for (int i = 0; i < PIXELS; i++) assert_true(gray[k * PIXELS + i] == (float)again[i]);
        for (int i = 0; i < 3 * PIXELS; i++)
            assert_int_equal(colour[k * 3 * PIXELS + i], (int)levels[i]);
    }
}

/* ---- classes ---- */

static void classes_come_in_their_shares(void **state) {
    enum { N = 1024 };
    static float values[GT_SYNTH_BATCH * 256];
    static gt_dataset_row rows[GT_SYNTH_BATCH];
    int counts[OPTICAL_CLASSES] = {0}, test = 0;
    gt_synth_settings settings = optical();
    settings.size = 16, settings.spiral = 0.3, settings.edge_on = 0.2, settings.count = N;
    gt_synth *synth = make(&settings);
    for (uint64_t first = 0; first < N; first += GT_SYNTH_BATCH) {
        assert_ok(gt_synth_draw(synth, first, GT_SYNTH_BATCH, values, rows, &err), err);
        for (int i = 0; i < GT_SYNTH_BATCH; i++) {
            counts[rows[i].label]++;
            test += rows[i].split == GT_SPLIT_TEST;
            assert_true(rows[i].ra >= 120.0 && rows[i].ra <= 240.0);
            assert_true(rows[i].dec >= 0.0 && rows[i].dec <= 60.0);
            assert_true(rows[i].angular_size > 0.8 && rows[i].angular_size < 20.0);
        }
    }
    gt_synth_destroy(synth);
    /* Four deviations of binomial counts: 59, 64, 51, 51. */
    assert_true(abs(counts[OPTICAL_SPIRAL] - 307) < 59);
    assert_true(abs(counts[OPTICAL_ELLIPTICAL] - 512) < 64);
    assert_true(abs(counts[OPTICAL_EDGE_ON] - 205) < 51 && abs(test - 205) < 51);
}

typedef struct looks {
    double axis, red, half; /* means: axis ratio of the light, z over g, angular size */
} looks;

/* Of what is brighter than the faint field. */
static looks look_at(double spiral, double edge_on) {
    enum { N = 64 };
    static float values[N * 3 * PIXELS];
    static gt_dataset_row rows[N];
    looks mean = {0};
    gt_synth_settings settings = optical();
    settings.spiral = spiral, settings.edge_on = edge_on, settings.scale = "none";
    draw(&settings, 0, N, values, rows);
    for (int k = 0; k < N; k++) {
        const float *band = values + k * 3 * PIXELS;
        double z = 0, g = 0, sum = 0, xx = 0, yy = 0, xy = 0;
        for (int p = 0; p < PIXELS; p++) {
            double x = p % SIZE - 31.5, y = p / SIZE - 31.5;
            double light = (double)(band[p] + band[PIXELS + p] + band[2 * PIXELS + p]) / 3.0;
            if (light < 0.05 || x * x + y * y > 400.0) continue;
            z += (double)band[p], g += (double)band[PIXELS + p], sum += light;
            xx += light * x * x, yy += light * y * y, xy += light * x * y;
        }
        double half = 0.5 * (xx + yy), away = hypot(0.5 * (xx - yy), xy);
        mean.axis += sqrt((half - away) / (half + away)) / N;
        mean.red += z / g / N, mean.half += rows[k].angular_size / N;
        assert_true(sum > 0.0);
    }
    return mean;
}

static void classes_look_as_they_should(void **state) {
    looks spiral = look_at(1, 0), elliptical = look_at(0, 0), edge = look_at(0, 1);
    print_message("axis %.2f %.2f %.2f, z/g %.2f %.2f %.2f, arcsec %.2f %.2f %.2f\n",
                  spiral.axis, elliptical.axis, edge.axis, spiral.red, elliptical.red, edge.red,
                  spiral.half, elliptical.half, edge.half);
    assert_true(edge.axis < 0.5 && elliptical.axis > 0.65 && spiral.axis > edge.axis + 0.1);
    assert_true(elliptical.red > 1.3 * spiral.red);
    assert_true(elliptical.half > 3.0 && elliptical.half < 7.0 && spiral.half > 3.5 &&
                spiral.half < 8.0);
}

/* ---- light ---- */

static optical_canvas *wide_canvas(void) {
    optical_canvas *canvas;
    gt_synth_settings settings = optical();
    settings.size = 200, settings.pixel = 0.396, settings.beam = 1.1;
    assert_ok(optical_canvas_open(&settings, &canvas, &err), err);
    return canvas;
}

/* The light of the canvas, which is dark again after it. */
static double take(optical_canvas *canvas) {
    size_t count = OPTICAL_BANDS * canvas->wide * canvas->wide;
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) sum += (double)canvas->light[i] / OPTICAL_BANDS;
    memset(canvas->light, 0, count * sizeof *canvas->light);
    return sum;
}

static void every_part_keeps_its_light(void **state) {
    optical_canvas *canvas = wide_canvas();
    optical_place place = {.x = 1.3, .y = -0.4, .angle = 0.7, .axis = 0.6};
    for (int n = 1; n <= 4; n++) {
        optical_sersic(canvas, place, 6.0, n, 20.0, 0.3);
        assert_near(optical_half_light(canvas, place), 6.0, n < 4 ? 0.25 : 0.6);
        assert_near(take(canvas), 20.0, n < 4 ? 0.3 : 1.5); /* its end is cut at 9 radii */
    }
    optical_blob(canvas, 2.0, 3.0, 1.1, 7.0, 1.0);
    assert_near(take(canvas), 7.0, 0.02);
    optical_disk disk = {.scale = 5, .arms = 2, .winding = 3, .start = 4, .sharpness = 2};
    optical_disk_paint(canvas, place, &disk, 30.0);
    assert_near(take(canvas), 30.0, 0.4);
    disk.contrast = 0.5; /* arms take about what the disk between them loses */
    optical_disk_paint(canvas, place, &disk, 30.0);
    assert_near(take(canvas), 30.0, 5.0);
    optical_edge edge = {.scale = 6, .height = 1.5, .lane_offset = 0.2};
    optical_edge_paint(canvas, place, &edge, 12.0);
    assert_near(take(canvas), 12.0, 0.1);
    optical_canvas_close(canvas);
}

static void arms_wind_and_bars_cross(void **state) {
    optical_canvas *canvas = wide_canvas();
    optical_place place = {.axis = 1};
    double light[2][8] = {{0}};
    /* Two arms: places a half turn apart are equal, a quarter turn apart they are not. */
    optical_disk disk = {.scale = 8,
                         .arms = 2,
                         .winding = 2,
                         .start = 4,
                         .sharpness = 3,
                         .contrast = 0.8,
                         .arm_tint = 1};
    for (int barred = 0; barred < 2; barred++) {
        if (barred) disk.bar = 3, disk.bar_length = 8, disk.contrast = 0;
        optical_disk_paint(canvas, place, &disk, 100.0);
        for (int k = 0; k < 8; k++) {
            double middle = 0.5 * ((double)canvas->wide - 1.0), r = barred ? 5.0 : 12.0;
            size_t x = (size_t)lround(middle + r * cos(k * M_PI / 4));
            size_t y = (size_t)lround(middle + r * sin(k * M_PI / 4));
            light[barred][k] = (double)canvas->light[y * canvas->wide + x];
        }
        take(canvas);
    }
    double low = INFINITY, high = 0.0;
    for (int k = 0; k < 8; k++) low = fmin(low, light[0][k]), high = fmax(high, light[0][k]);
    assert_true(high > 1.5 * low);
    assert_true(light[1][0] > 1.5 * light[1][2] && light[1][4] > 1.5 * light[1][6]);
    optical_canvas_close(canvas);
}

static void seeing_keeps_light_and_widens(void **state) {
    optical_canvas *canvas = wide_canvas();
    double sum = 0.0, spread = 0.0, half = 0.5 * ((double)canvas->size - 1.0);
    optical_blob(canvas, 0.0, 0.0, 1.0, 9.0, 0.5);
    optical_see(canvas, 1.2);
    for (size_t b = 0; b < OPTICAL_BANDS; b++)
        for (size_t i = 0; i < canvas->size * canvas->size; i++) {
            double light = (double)canvas->seen[b * canvas->size * canvas->size + i] / 3.0;
            double x = (double)(i % canvas->size) - half;
            sum += light, spread += light * x * x;
        }
    assert_near(sum, 9.0, 0.03);
    /* Variances add up: 1 + 1.2^2 (0.82 + 0.18 2.2^2), each Gaussian cut at 3.2 deviations. */
    assert_near(spread / sum, 1.0 + 1.44 * (0.82 + 0.18 * 4.84), 0.12);
    optical_canvas_close(canvas);
}

static void noise_has_its_deviation(void **state) {
    optical_canvas *canvas = wide_canvas();
    size_t pixels = canvas->size * canvas->size;
    double sum = 0.0, squares = 0.0;
    memset(canvas->seen, 0, 3 * pixels * sizeof *canvas->seen);
    optical_add_noise(canvas, (gt_rng_key){4, 5, 6}, 0.01);
    for (size_t i = 0; i < pixels; i++) {
        double light = (double)(canvas->seen[i] + canvas->seen[pixels + i] +
                                canvas->seen[2 * pixels + i]) /
                       3.0;
        sum += light, squares += light * light;
    }
    assert_near(sum / (double)pixels, 0.0, 2e-4); /* 4 standard errors */
    assert_near(sqrt(squares / (double)pixels), 0.01, 1.5e-4);
    optical_canvas_close(canvas);
}

/* ---- files and settings ---- */

static void a_long_set_begins_with_the_short_one(void **state) {
    char path[] = "/tmp/galatea-optical-XXXXXX";
    static float stored[PIXELS], drawn[PIXELS];
    gt_dataset_row row;
    gt_dataset *set;
    const int32_t *labels;
    const double *sizes;
    close(mkstemp(path));
    gt_synth_settings settings = optical();
    settings.count = 300, settings.out = path; /* more than a batch */
    gt_synth *synth = make(&settings);
    assert_ok(gt_synth_write(synth, NULL, NULL, NULL, &err), err);
    gt_synth_destroy(synth);
    assert_ok(gt_dataset_open(path, &set, &err), err);
    assert_string_equal(gt_dataset_describe(set)->class_names[OPTICAL_EDGE_ON], "edge-on");
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    assert_ok(gt_dataset_angular_sizes(set, &sizes, &err), err);
    for (uint64_t i = 0; i < 300; i += 37) {
        settings.count = (int64_t)i + 1;
        draw(&settings, i, 1, drawn, &row);
        assert_ok(gt_dataset_read_bytes(set, i, 1, stored, &err), err);
        assert_memory_equal(stored, drawn, sizeof stored);
        assert_true(labels[i] == row.label && sizes[i] == row.angular_size);
    }
    gt_dataset_close(set);
    unlink(path);
}

static void other_sizes_are_drawn(void **state) {
    const int64_t sizes[] = {16, 33, 150};
    for (size_t i = 0; i < 3; i++) {
        gt_synth_settings settings = optical();
        gt_dataset_row rows[2];
        settings.size = sizes[i];
        size_t pixels = (size_t)(sizes[i] * sizes[i]);
        float *values = malloc(2 * pixels * sizeof *values);
        draw(&settings, 0, 2, values, rows);
        for (size_t p = 0; p < 2 * pixels; p++) assert_true(values[p] >= 0 && values[p] <= 1);
        free(values);
    }
}

static void refuse(gt_synth_settings settings, const char *text) {
    gt_synth *synth = NULL;
    assert_int_equal(gt_synth_create(&settings, &synth, &err), GT_BAD_ARGUMENT);
    assert_string_equal(err.text, text);
    assert_null(synth);
}

static void wrong_settings_are_named(void **state) {
    gt_synth_settings s = optical();
    s.spiral = 0.8, s.edge_on = 0.3;
    refuse(s, "spiral and edge-on are 0.8 and 0.3, expected shares of at most 1 together");
    s = optical(), s.frii = 0.3;
    refuse(s, "frii is for the survey radio, not for optical");
    s = optical(), s.cut = 0;
    refuse(s, "cut is for the survey radio, not for optical");
    s = optical(), s.scale = "log";
    refuse(s, "scale is 'log', expected one of picture|colour|none for optical");
    s = gt_synth_settings_default(), s.scale = "colour";
    refuse(s, "scale is 'colour', expected one of picture|none for radio");
    s = optical(), s.beam = 0.1;
    refuse(s, "beam is 0.1 arcsec, expected 0.396 (a pixel) to 6.336 (a quarter of the "
              "picture)");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_depends_on_seed_and_index_alone),
        cmocka_unit_test(pictures_lie_in_their_range),
        cmocka_unit_test(scales_show_one_sky),
        cmocka_unit_test(classes_come_in_their_shares),
        cmocka_unit_test(classes_look_as_they_should),
        cmocka_unit_test(every_part_keeps_its_light),
        cmocka_unit_test(arms_wind_and_bars_cross),
        cmocka_unit_test(seeing_keeps_light_and_widens),
        cmocka_unit_test(noise_has_its_deviation),
        cmocka_unit_test(a_long_set_begins_with_the_short_one),
        cmocka_unit_test(other_sizes_are_drawn),
        cmocka_unit_test(wrong_settings_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
