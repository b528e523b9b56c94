/* The synthetic sky: repeatable by address, right in its physics, right in its file. */
#include <omp.h>
#include <unistd.h>

#include "galatea/synth.h"
#include "gt_test.h"
#include "sky.h"

enum { SIZE = 64, PIXELS = SIZE * SIZE };

static const double fwhm = 2.3548200450309493;

/* With the survey's own values, for what draws without a gt_synth. */
static gt_synth_settings complete_settings(void) {
    gt_synth_settings settings = gt_synth_settings_default();
    settings.pixel = 1.8, settings.beam = 5.4, settings.rms = 0.15;
    return settings;
}

static gt_synth *make(const gt_synth_settings *settings) {
    gt_synth *synth;
    gt_error err;
    assert_ok(gt_synth_create(settings, &synth, &err), err);
    return synth;
}

static void a_source_depends_on_seed_and_index_alone(void **state) {
    enum { N = 70 };
    static uint8_t all[N * PIXELS], some[3 * PIXELS], other[PIXELS];
    gt_dataset_row rows[N], row[3];
    gt_error err;
    gt_synth_settings settings = gt_synth_settings_default();
    settings.count = N;
    int before = omp_get_max_threads();
    omp_set_num_threads(4);
    gt_synth *synth = make(&settings);
    assert_ok(gt_synth_draw(synth, 0, N, all, rows, &err), err);
    omp_set_num_threads(1);
    settings.count = 40;
    gt_synth *single = make(&settings);
    assert_ok(gt_synth_draw(single, 37, 3, some, row, &err), err);
    omp_set_num_threads(before);
    assert_memory_equal(all + 37 * PIXELS, some, sizeof some);
    assert_string_equal(row[0].id, "radio-1-0000037");
    assert_string_equal(rows[69].id, "radio-1-0000069");
    assert_true(row[0].ra == rows[37].ra && row[0].angular_size == rows[37].angular_size);
    assert_int_equal(row[0].label, rows[37].label);
    for (int i = 1; i < N; i++) assert_memory_not_equal(all, all + i * PIXELS, PIXELS);
    settings.seed = 2;
    gt_synth *another = make(&settings);
    assert_ok(gt_synth_draw(another, 0, 1, other, row, &err), err);
    assert_memory_not_equal(all, other, PIXELS);
    gt_synth_destroy(synth), gt_synth_destroy(single), gt_synth_destroy(another);
}

static void pictures_are_cut_and_scaled(void **state) {
    enum { N = 50 };
    static uint8_t bytes[N * PIXELS];
    static float values[N * PIXELS];
    gt_dataset_row rows[N];
    gt_error err;
    gt_synth_settings settings = gt_synth_settings_default();
    gt_synth *synth = make(&settings);
    assert_ok(gt_synth_draw(synth, 0, N, bytes, rows, &err), err);
    gt_synth_destroy(synth);
    settings.scale = "none";
    synth = make(&settings);
    assert_int_equal(gt_synth_describe(synth)->type, GT_PIXEL_F32);
    assert_ok(gt_synth_draw(synth, 0, N, values, rows, &err), err);
    gt_synth_destroy(synth);
    for (int i = 0; i < N; i++) {
        float peak = 0.0f;
        size_t dark = 0;
        for (int p = i * PIXELS; p < (i + 1) * PIXELS; p++) {
            assert_true(values[p] == 0.0f || values[p] >= 0.4499f); /* 3 x 0.15 mJy */
            peak = fmaxf(peak, values[p]);
            dark += bytes[p] == 0;
        }
        for (int p = i * PIXELS; p < (i + 1) * PIXELS; p++)
            assert_int_equal(bytes[p], lrintf(values[p] * (255.0f / peak)));
        assert_true(peak > 0.9f);       /* something was detected */
        assert_true(dark > PIXELS / 2); /* and most of the sky is empty */
    }
}

static void nothing_cut_keeps_the_noise(void **state) {
    static float values[PIXELS];
    static uint8_t bytes[PIXELS];
    gt_dataset_row row;
    gt_error err;
    gt_synth_settings settings = gt_synth_settings_default();
    settings.cut = 0.0, settings.scale = "none";
    gt_synth *synth = make(&settings);
    assert_ok(gt_synth_draw(synth, 3, 1, values, &row, &err), err);
    gt_synth_destroy(synth);
    settings.scale = "picture";
    synth = make(&settings);
    assert_ok(gt_synth_draw(synth, 3, 1, bytes, &row, &err), err);
    gt_synth_destroy(synth);
    int negative = 0, lowest = 255, highest = 0;
    for (int i = 0; i < PIXELS; i++) {
        negative += values[i] < 0.0f;
        lowest = bytes[i] < lowest ? bytes[i] : lowest;
        highest = bytes[i] > highest ? bytes[i] : highest;
    }
    assert_true(negative > PIXELS / 4 && lowest == 0 && highest == 255);
}

/* A blob keeps its flux: sum over pixels / (beam area in pixels). A point's peak is its flux.
 */
static void blobs_keep_their_flux(void **state) {
    gt_synth_settings settings = complete_settings();
    sky_canvas canvas;
    gt_error err;
    assert_ok(sky_canvas_init(&canvas, &settings, &err), err);
    double sigma = 5.4 / fwhm / 1.8, area = 2.0 * 3.14159265358979 * sigma * sigma;
    for (int i = 0; i < 4; i++) {
        sky_blob blob = {.x = 0.9 + 3.0 * i, .y = -0.9, .sigma = 2.0 * i, .flux = 7.0};
        double sum = 0.0;
        memset(canvas.map, 0, PIXELS * sizeof *canvas.map);
        sky_canvas_blob(&canvas, canvas.map, &blob);
        for (int p = 0; p < PIXELS; p++) sum += canvas.map[p];
        assert_near(sum / area, 7.0, 7.0 * 1e-4); /* blobs end at 4.5 deviations */
        if (i == 0) assert_near(canvas.map[31 * SIZE + 32], 7.0, 1e-5);
    }
    /* Half and wholly outside. */
    sky_blob edge = {.x = 31.5 * 1.8, .flux = 1.0}, outside = {.y = 1e6, .flux = 1.0};
    memset(canvas.map, 0, PIXELS * sizeof *canvas.map);
    sky_canvas_blob(&canvas, canvas.map, &edge);
    sky_canvas_blob(&canvas, canvas.map, &outside);
    assert_near(canvas.map[31 * SIZE + 63], exp(-0.5 * 0.25 / (sigma * sigma)), 1e-6);
    sky_canvas_clear(&canvas);
}

/* Deviation 1; neighbours at distance d pixels correlate as exp(-d^2 / 4 sigma^2). */
static void noise_has_the_beam_in_it(void **state) {
    gt_synth_settings settings = complete_settings();
    sky_canvas canvas;
    gt_error err;
    assert_ok(sky_canvas_init(&canvas, &settings, &err), err);
    double sigma = 5.4 / fwhm / 1.8, sums[4] = {0}, counts[4] = {0};
    for (uint32_t i = 0; i < 200; i++) {
        memset(canvas.map, 0, PIXELS * sizeof *canvas.map);
        sky_canvas_noise(&canvas, (gt_rng_key){5, 5, i}, 1.0);
        for (int y = 0; y < SIZE; y++)
            for (int d = 0; d < 4; d++)
                for (int x = d; x < SIZE; x++, counts[d] += 1.0)
                    sums[d] += (double)canvas.map[y * SIZE + x] * canvas.map[y * SIZE + x - d];
    }
    for (int d = 0; d < 4; d++) /* about 40,000 independent values: 4 standard errors */
        assert_near(sums[d] / counts[d], exp(-d * d / (4.0 * sigma * sigma)), 0.02);
    sky_canvas_clear(&canvas);
}

static void extent_is_the_longest_distance(void **state) {
    gt_synth_settings settings = complete_settings();
    sky_canvas canvas;
    gt_error err;
    assert_ok(sky_canvas_init(&canvas, &settings, &err), err);
    assert_true(isnan(sky_canvas_extent(&canvas, 0.5)));
    canvas.source[10 * SIZE + 20] = 1.0f;
    assert_near(sky_canvas_extent(&canvas, 0.5), 0.0, 0.0);
    canvas.source[13 * SIZE + 16] = 0.6f;
    canvas.source[63 * SIZE + 63] = 0.4f; /* below the level */
    assert_near(sky_canvas_extent(&canvas, 0.5), 5.0 * 1.8, 1e-12);
    canvas.source[12 * SIZE + 50] = 0.5f;
    assert_near(sky_canvas_extent(&canvas, 0.5), 1.8 * sqrt(34.0 * 34.0 + 1.0), 1e-12);
    sky_canvas_clear(&canvas);
}

/* Fanaroff & Riley 1974: the distance of the brightest places on the two sides, over the whole
 * extent, is below 0.5 for class I and above for class II. Judged on blobs, without the beam.
 */
static double fr_ratio(const sky_source *source) {
    double peak[2] = {0}, place[2] = {0}, low = 0.0, high = 0.0;
    for (double x = -150.0; x <= 150.0; x += 0.5) {
        double light = 0.0;
        for (size_t i = 0; i < source->count; i++) {
            const sky_blob *b = &source->blob[i];
            double d = (b->x - x) / sqrt(b->sigma * b->sigma + 4.0);
            light += b->flux * exp(-0.5 * d * d) / (b->sigma * b->sigma + 4.0);
        }
        int side = x > 0.0;
        if (fabs(x) > 2.0 && light > peak[side]) peak[side] = light, place[side] = x;
        if (light > 0.02) low = fmin(low, x), high = fmax(high, x);
    }
    return (place[1] - place[0]) / (high - low);
}

static double share_with_bright_ends(void (*draw)(sky_dice *, double, sky_source *)) {
    enum { N = 400 };
    static sky_source source;
    int edge_bright = 0;
    for (uint32_t i = 0; i < N; i++) {
        sky_dice dice = {{11, 3, i}, 0};
        source.count = 0;
        draw(&dice, 0.9, &source);
        sky_source_rescale(&source, 0, 100.0);
        edge_bright += fr_ratio(&source) > 0.5;
    }
    return (double)edge_bright / N;
}

static void classes_are_what_fanaroff_and_riley_say(void **state) {
    double fri = share_with_bright_ends(sky_draw_fri),
           frii = share_with_bright_ends(sky_draw_frii);
    print_message("bright ends: %.1f %% of FRI, %.1f %% of FRII\n", 100.0 * fri, 100.0 * frii);
    assert_true(fri < 0.15 && frii > 0.7);
}

static void facts_are_plausible(void **state) {
    enum { N = 2048 };
    static uint8_t bytes[GT_SYNTH_BATCH * PIXELS];
    static gt_dataset_row rows[GT_SYNTH_BATCH];
    gt_error err;
    gt_synth_settings settings = gt_synth_settings_default();
    settings.count = N, settings.frii = 0.3;
    gt_synth *synth = make(&settings);
    int frii = 0, test = 0;
    double size[2] = {0};
    for (uint64_t done = 0; done < N; done += GT_SYNTH_BATCH) {
        assert_ok(gt_synth_draw(synth, done, GT_SYNTH_BATCH, bytes, rows, &err), err);
        for (int i = 0; i < GT_SYNTH_BATCH; i++) {
            frii += rows[i].label == 1;
            test += rows[i].split == GT_SPLIT_TEST;
            size[rows[i].label == 1] += rows[i].angular_size;
            assert_true(rows[i].ra >= 110.0 && rows[i].ra <= 263.0);
            assert_true(rows[i].dec >= -8.0 && rows[i].dec <= 64.0);
            assert_true(rows[i].angular_size > 5.4 && rows[i].angular_size < 1.8 * 64 * 1.42);
        }
    }
    gt_synth_destroy(synth);
    /* 4 standard deviations of a binomial count are 83 and 72. */
    assert_true(abs(frii - (int)(0.3 * N)) < 83 && abs(test - (int)(0.2 * N)) < 72);
    assert_true(size[0] / (N - frii) > size[1] / frii); /* FRI are larger on average */
}

static void shares_of_none_and_all(void **state) {
    static uint8_t bytes[64 * PIXELS];
    gt_dataset_row rows[64];
    gt_error err;
    for (int all = 0; all < 2; all++) {
        gt_synth_settings settings = gt_synth_settings_default();
        settings.frii = all, settings.test = all;
        gt_synth *synth = make(&settings);
        assert_ok(gt_synth_draw(synth, 0, 64, bytes, rows, &err), err);
        for (int i = 0; i < 64; i++) assert_true(rows[i].label == all && rows[i].split == all);
        gt_synth_destroy(synth);
    }
}

static void other_sizes_and_beams(void **state) {
    const struct {
        int64_t size;
        double pixel, beam;
    } cases[] = {
        {16, 1.8, 5.4}, {150, 1.8, 5.4}, {64, 5.0, 5.0}, {33, 0.5, 4.0}, {16, 15.0, 45.0}};
    gt_error err;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gt_synth_settings settings = gt_synth_settings_default();
        settings.size = cases[i].size, settings.pixel = cases[i].pixel;
        settings.beam = cases[i].beam;
        gt_synth *synth = make(&settings);
        size_t pixels = (size_t)(settings.size * settings.size);
        uint8_t *bytes = malloc(8 * pixels);
        gt_dataset_row rows[8];
        assert_ok(gt_synth_draw(synth, 0, 8, bytes, rows, &err), err);
        for (size_t k = 0; k < 8; k++) {
            uint8_t most = 0;
            for (size_t p = 0; p < pixels; p++)
                most = bytes[k * pixels + p] > most ? bytes[k * pixels + p] : most;
            assert_int_equal(most, 255);
        }
        free(bytes);
        gt_synth_destroy(synth);
    }
}

static void defaults_are_those_of_the_options(void **state) {
    gt_synth_settings parsed, plain = gt_synth_settings_default();
    gt_options *options;
    gt_error err;
    assert_ok(gt_options_create(&options, &err), err);
    assert_ok(gt_options_add(options, &gt_synth_options, &parsed, &err), err);
    assert_string_equal(parsed.survey, plain.survey);
    assert_string_equal(parsed.scale, plain.scale);
    assert_true(parsed.count == plain.count && parsed.seed == plain.seed);
    assert_true(parsed.size == plain.size && parsed.pixel == plain.pixel);
    assert_true(parsed.beam == plain.beam && parsed.frii == plain.frii);
    assert_true(parsed.spiral == plain.spiral && parsed.edge_on == plain.edge_on);
    assert_true(parsed.test == plain.test && parsed.rms == plain.rms &&
                parsed.cut == plain.cut);
    assert_null(parsed.out);
    assert_null(plain.out);
    gt_options_destroy(options);
}

static void refuse(gt_synth_settings settings, gt_status want, const char *text) {
    gt_synth *synth = NULL;
    gt_error err;
    assert_int_equal(gt_synth_create(&settings, &synth, &err), want);
    assert_string_equal(err.text, text);
    assert_null(synth);
}

static void wrong_settings_are_named(void **state) {
    const gt_synth_settings good = gt_synth_settings_default();
    gt_synth_settings s = good;
    s.survey = "infrared";
    refuse(s, GT_NOT_FOUND, "survey 'infrared', expected 'radio' or 'optical'");
    s = good, s.count = 0;
    refuse(s, GT_BAD_ARGUMENT, "count is 0, expected 1 to 1e+09");
    s = good, s.size = 4096;
    refuse(s, GT_BAD_ARGUMENT, "size is 4096, expected 16 to 1024");
    s = good, s.frii = NAN;
    refuse(s, GT_BAD_ARGUMENT, "frii is nan, expected 0 to 1");
    s = good, s.seed = -1;
    refuse(s, GT_BAD_ARGUMENT, "seed is -1, expected 0 to 9e+18");
    s = good, s.beam = 1.0;
    refuse(s, GT_BAD_ARGUMENT,
           "beam is 1 arcsec, expected 1.8 (a pixel) to 28.8 (a quarter of the picture)");
    s = good, s.scale = "log";
    refuse(s, GT_BAD_ARGUMENT, "scale is 'log', expected one of picture|none for radio");
    s = good, s.spiral = 0.3;
    refuse(s, GT_BAD_ARGUMENT, "spiral is for the survey optical, not for radio");
    gt_synth *synth = make(&good);
    gt_error err;
    assert_int_equal(gt_synth_draw(synth, 4090, 7, NULL, NULL, &err), GT_BAD_ARGUMENT);
    assert_int_equal(gt_synth_draw(synth, 0, 257, NULL, NULL, &err), GT_BAD_ARGUMENT);
    assert_int_equal(gt_synth_draw(synth, UINT64_MAX, 1, NULL, NULL, &err), GT_BAD_ARGUMENT);
    assert_int_equal(gt_synth_write(synth, NULL, NULL, NULL, &err), GT_BAD_ARGUMENT);
    gt_synth_destroy(synth);
}

static gt_status count_ticks(void *user, uint64_t done, gt_error *err) {
    int *ticks = user;
    (*ticks)++;
    return done > 300 ? gt_fail(err, GT_INTERRUPTED, "stopped") : GT_OK;
}

static void a_set_is_written_whole_or_not_at_all(void **state) {
    char path[] = "/tmp/galatea-synth-XXXXXX";
    close(mkstemp(path));
    unlink(path);
    static uint8_t bytes[PIXELS];
    static float image[PIXELS];
    gt_dataset_row row;
    gt_error err;
    gt_synth_settings settings = gt_synth_settings_default();
    settings.count = 300, settings.out = path;
    int ticks = 0;
    gt_synth *synth = make(&settings);
    assert_ok(gt_synth_write(synth, "{\"seed\": 1}", count_ticks, &ticks, &err), err);
    assert_int_equal(ticks, 2);

    gt_dataset *set;
    const int32_t *labels;
    const uint8_t *splits;
    const double *sizes, *ra;
    const char *ids;
    assert_ok(gt_dataset_open(path, &set, &err), err);
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_true(info->count == 300 && info->type == GT_PIXEL_U8 && info->class_count == 2);
    assert_true(info->channels == 1 && info->height == SIZE && info->width == SIZE);
    assert_string_equal(info->class_names[1], "FRII");
    assert_string_equal(info->survey, "radio");
    assert_string_equal(info->provenance, "{\"seed\": 1}");
    assert_near(info->pixel_scale_arcsec, 1.8, 0.0);
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    assert_ok(gt_dataset_splits(set, &splits, &err), err);
    assert_ok(gt_dataset_angular_sizes(set, &sizes, &err), err);
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    for (uint64_t i = 250; i < 300; i++) {
        assert_ok(gt_synth_draw(synth, i, 1, bytes, &row, &err), err);
        assert_ok(gt_dataset_read(set, i, 1, image, &err), err);
        for (int p = 0; p < PIXELS; p++) assert_true(image[p] == bytes[p]);
        assert_true(labels[i] == row.label && splits[i] == row.split);
        assert_true(sizes[i] == row.angular_size && ra[i] == row.ra);
        assert_string_equal(ids + i * (info->id_length + 1), row.id);
    }
    gt_dataset_close(set);
    gt_synth_destroy(synth);
    unlink(path);

    settings.count = 2000;
    synth = make(&settings);
    assert_int_equal(gt_synth_write(synth, NULL, count_ticks, &ticks, &err), GT_INTERRUPTED);
    assert_int_equal(access(path, F_OK), -1);
    gt_synth_destroy(synth);
    settings.out = "/nonexistent/sky.h5";
    synth = make(&settings);
    assert_int_not_equal(gt_synth_write(synth, NULL, NULL, NULL, &err), GT_OK);
    assert_non_null(strstr(err.text, "/nonexistent/sky.h5"));
    gt_synth_destroy(synth);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_source_depends_on_seed_and_index_alone),
        cmocka_unit_test(pictures_are_cut_and_scaled),
        cmocka_unit_test(nothing_cut_keeps_the_noise),
        cmocka_unit_test(blobs_keep_their_flux),
        cmocka_unit_test(noise_has_the_beam_in_it),
        cmocka_unit_test(extent_is_the_longest_distance),
        cmocka_unit_test(classes_are_what_fanaroff_and_riley_say),
        cmocka_unit_test(facts_are_plausible),
        cmocka_unit_test(shares_of_none_and_all),
        cmocka_unit_test(other_sizes_and_beams),
        cmocka_unit_test(defaults_are_those_of_the_options),
        cmocka_unit_test(wrong_settings_are_named),
        cmocka_unit_test(a_set_is_written_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
