/* What is told of shapes: tables, summaries, records and figures, and that the rows are those
 * of the library. */
#include "study_galaxies.h"

#include <sys/stat.h>

#include "fits_table.h"
#include "galatea/interrupt.h"
#include "png_file.h"

/* ---- Rows -------------------------------------------------------------------------------- */

/* The same through the library alone. */
static gt_morphology_result by_hand(gt_morphology *room, const picture_set *s, uint64_t row,
                                    const gt_morphology_input *beside) {
    static double image[PIXELS];
    static int32_t map[PIXELS];
    gt_morphology_detection found;
    gt_morphology_result out;
    for (int at = 0; at < PIXELS; at++)
        image[at] = level_of(s, row, at / SIDE, at % SIDE) * (1.0 / 255);
    gt_morphology_segment(room, image, map, image, &found);
    gt_morphology_input input = *beside;
    input.image = image;
    if (!input.segments) input.segments = map;
    input.label = 1;
    gt_morphology_measure(room, &input, &out);
    return out;
}

/* More rows than are read at once, on several threads: each is what it is alone. */
static void test_rows_are_the_library(void **state) {
    gt_error err = {0};
    picture_set s = usual;
    gt_morphing m;
    gt_morphology *room = NULL;
    s.name = "many.h5", s.rows = 258;
    const char *set = make_pictures(s);
    assert_ok(measure(&set, 1, (gt_morphing_settings){NULL}, 2, &m, &err), err);
    assert_ok(gt_morphology_create(SIDE, SIDE, NULL, &room, &err), err);
    static const uint64_t rows[] = {0, 1, 254, 255, 256, 257};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gt_morphology_result want = by_hand(room, &s, rows[i], &(gt_morphology_input){NULL});
        const gt_morphology_result *got = &m.sets[0].rows[rows[i]].result;
        assert_memory_equal(&got->concentration, &want.concentration, 5 * sizeof(double));
        assert_true(got->events == want.events && got->gini_area == want.gini_area);
    }
    gt_morphology_destroy(room);
    gt_morphing_free(&m);
}

/* Weights that are no number in the middle leave those pixels out, as the library does. */
static void test_weights_that_are_none(void **state) {
    gt_error err = {0};
    gt_morphing m;
    gt_morphology *room = NULL;
    double weights[PIXELS];
    const char *set = make_pictures(usual);
    gt_morphing_settings how = {.weights = make_planes("holes.h5", usual.rows, 1, NAN)};
    for (int i = 0; i < PIXELS; i++)
        weights[i] = abs(i / SIDE - 16) < 5 && abs(i % SIDE - 15) < 5 ? NAN : 1;
    assert_ok(measure(&set, 1, how, 1, &m, &err), err);
    assert_ok(gt_morphology_create(SIDE, SIDE, NULL, &room, &err), err);
    for (uint64_t i = 0; i < usual.rows; i++) {
        gt_morphology_result want =
            by_hand(room, &usual, i, &(gt_morphology_input){.weights = weights});
        assert_memory_equal(&m.sets[0].rows[i].result.gini, &want.gini, sizeof want.gini);
        assert_true(want.events >> GT_MORPHOLOGY_EVENT_centroid_pixel_is_zero & 1);
    }
    gt_morphology_destroy(room);
    gt_morphing_free(&m);
}

/* Other sources of a map are left out: the sky box does not lie on them. */
static void test_map_with_neighbours(void **state) {
    gt_error err = {0};
    gt_morphing m;
    const char *set = make_pictures(usual);
    gt_morphing_settings how = {.segmentation = make_planes("two.h5", usual.rows, 2, 1)};
    assert_ok(measure(&set, 1, how, 1, &m, &err), err);
    for (uint64_t i = 0; i < usual.rows; i++) {
        const gt_morphology_result *r = &m.sets[0].rows[i].result;
        assert_int_equal(r->sky_size, 0);
        assert_true(r->events >> GT_MORPHOLOGY_EVENT_no_sky_box & 1);
        assert_int_equal(r->flag, 2);
        assert_true(r->sky_sigma == GT_MORPHOLOGY_NONE);
    }
    gt_morphing_free(&m);
    how.segmentation = make_planes("none.h5", usual.rows, 0, 0); /* no object */
    assert_ok(measure(&set, 1, how, 1, &m, &err), err);
    for (uint64_t i = 0; i < usual.rows; i++)
        assert_int_equal(m.sets[0].rows[i].result.flag, 4);
    gt_morphing_free(&m);
}

/* ---- Tables ------------------------------------------------------------------------------ */

static const char *cell(const gt_csv *csv, size_t row, const char *name) {
    size_t column = gt_csv_column(csv, name);
    if (column == csv->columns) fail_msg("no column '%s'", name);
    return gt_csv_cell(csv, row, column);
}

static void read_fits(const char *path, gt_csv *csv, uint64_t *rows) {
    gt_error err = {0};
    char *bytes = NULL;
    size_t size = 0;
    assert_ok(gt_file_load(path, 1 << 24, &bytes, &size, &err), err);
    assert_ok(gt_fits_table_parse(bytes, size, 100, csv, rows, &err), err);
    free(bytes);
}

static void test_fits(void **state) {
    gt_error err = {0};
    gt_csv csv = {0};
    gt_morphing m;
    uint64_t rows = 0;
    picture_set s = usual;
    const char *out = kept_path("shapes.fits");
    s.name = "some.h5", s.is_float = true, s.zero_row = 3;
    measure_one(make_pictures(s), &m);
    assert_ok(gt_morphing_table(&m, out, &err), err);
    read_fits(out, &csv, &rows);
    assert_int_equal(rows, usual.rows);
    for (size_t i = 0; i < rows; i++) {
        const gt_morphed_row *row = &m.sets[0].rows[i];
        assert_int_equal(atoi(cell(&csv, i, "row")), i);
        assert_int_equal(atoi(cell(&csv, i, "flag")), row->result.flag);
        assert_int_equal(atoi(cell(&csv, i, "segment_area")), row->result.segment_area);
        assert_near(atof(cell(&csv, i, "noise")), row->sky.sigma, 1e-6);
        assert_near(atof(cell(&csv, i, "ra")), 10 + (double)i, 1e-12);
        if (i == 3) {
            assert_string_equal(cell(&csv, i, "gini"), "");
            assert_string_equal(cell(&csv, i, "petrosian_radius"), "");
            assert_has(cell(&csv, i, "events"), "no_source");
            continue;
        }
        assert_near(atof(cell(&csv, i, "m20")), row->result.m20, 1e-6);
        assert_near(atof(cell(&csv, i, "r80")), row->result.r80, 1e-5);
        assert_near(atof(cell(&csv, i, "centre_x")), row->result.centre_x, 1e-4);
    }
    gt_csv_free(&csv);
    gt_morphing_free(&m);
}

/* Bits and names of events are the same ones. */
static void test_events(void **state) {
    gt_error err = {0};
    gt_morphing m;
    const char *out = kept_path("events.csv");
    measure_one(make_pictures(usual), &m);
    m.sets[0].rows[0].result.events = UINT64_C(1) << 16 | 1 << 5 | UINT64_C(1) << 42;
    m.sets[0].rows[1].result.events = 0;
    assert_ok(gt_morphing_table(&m, out, &err), err);
    char *text = text_of(out);
    assert_has(text, ",4398046576672,centroid_outside_stamp gini_map_several_components "
                     "aperture_cut_by_the_frame\n");
    assert_has(text, ",0,\n");
    free(text);
    gt_morphing_free(&m);
}

/* The record names every file that was read. */
static void test_record(void **state) {
    gt_error err = {0};
    gt_morphing m;
    const char *set = make_pictures(usual);
    gt_morphing_settings how = {.segmentation = make_planes("maps.h5", usual.rows, 0, 1),
                                .mask = make_planes("mask.h5", usual.rows, 0, 0)};
    assert_ok(measure(&set, 1, how, 1, &m, &err), err);
    assert_has(m.provenance, "sky.h5");
    assert_has(m.provenance, "maps.h5");
    assert_has(m.provenance, "mask.h5");
    gt_morphing_free(&m);
}

/* ---- Summaries --------------------------------------------------------------------------- */

static void test_summary(void **state) {
    gt_error err = {0};
    gt_morphing m;
    gt_morphed_summary s;
    measure_one(make_pictures(usual), &m);
    for (uint64_t i = 0; i < usual.rows; i++) { /* eight rows: 0, 1, 2, 4, 0, 1, 2, 4 */
        static const int flags[] = {0, 1, 2, 4};
        gt_morphology_result *r = &m.sets[0].rows[i].result;
        r->flag = flags[i % 4];
        r->gini = r->flag > 1 ? GT_MORPHOLOGY_NONE : 0.1 * (double)i;
        r->petrosian = r->flag == 4 ? GT_MORPHOLOGY_NONE : 6.5 + (double)i;
        r->segment_area = 10 * (int64_t)i;
        m.sets[0].rows[i].sky.sigma = 0.5;
    }
    assert_ok(gt_morphing_summary(&m, 0, &s, &err), err);
    for (int flag = 0; flag < 5; flag++) assert_int_equal(s.flags[flag], flag == 3 ? 0 : 2);
    assert_near(s.segment_area, 35, 1e-12);
    assert_near(s.noise, 0.5, 1e-12);
    assert_near(s.small, 2.0 / 6, 1e-12);
    assert_string_equal(gt_coefficient_name(3), "gini");
    assert_int_equal(s.of[3].count, 4);
    assert_near(s.of[3].mean, (0 + 0.1 + 0.4 + 0.5) / 4, 1e-12);
    assert_near(s.of[3].mid, 0.25, 1e-12);
    gt_morphing_free(&m);
}

/* Nothing measured: no share, no median, no failure. */
static void test_summary_of_nothing(void **state) {
    gt_error err = {0};
    gt_morphing m;
    gt_morphed_summary s;
    picture_set one = usual;
    one.name = "black.h5", one.rows = 1, one.zero_row = 0;
    measure_one(make_pictures(one), &m);
    assert_ok(gt_morphing_summary(&m, 0, &s, &err), err);
    assert_int_equal(s.flags[4], 1);
    assert_true(isnan(s.small) && s.of[0].count == 0 && s.segment_area == 0);
    gt_morphing_free(&m);
}

/* ---- Several sets ------------------------------------------------------------------------ */

static void test_names(void **state) {
    gt_error err = {0};
    gt_morphing m;
    picture_set other = usual;
    assert_int_equal(mkdir(in_folder("a"), 0777), 0);
    assert_int_equal(mkdir(in_folder("b"), 0777), 0);
    other.name = "a/sky.h5";
    const char *first = make_pictures(other);
    other.name = "b/sky.h5";
    const char *sets[] = {first, make_pictures(other)};
    assert_ok(measure(sets, 2, (gt_morphing_settings){NULL}, 1, &m, &err), err);
    assert_string_not_equal(m.sets[0].name, m.sets[1].name);
    assert_has(m.sets[1].name, "b/sky");
    gt_morphing_free(&m);
}

static void test_mismatch(void **state) {
    gt_error err = {0};
    gt_morphing m;
    picture_set first = usual, other = usual;
    first.survey = "FIRST", other.survey = "SDSS", other.name = "other.h5";
    const char *sets[] = {make_pictures(first), make_pictures(other)};
    measure_says = "error";
    assert_int_equal(measure(sets, 2, (gt_morphing_settings){NULL}, 1, &m, &err), GT_MISMATCH);
    assert_has(err.text, "survey");
    gt_morphing_free(&m);
    measure_says = "ignore";
}

static void test_codes(void **state) {
    gt_error err = {0};
    gt_morphing m;
    const char *codes = make_set((made_set){.name = "codes.h5", .rows = 5, .width = 4});
    assert_int_equal(measure(&codes, 1, (gt_morphing_settings){NULL}, 1, &m, &err),
                     GT_MISMATCH);
    assert_has(err.text, "codes.h5");
    gt_morphing_free(&m);
}

static void test_interrupt(void **state) {
    gt_error err = {0};
    gt_morphing m;
    gt_session session = {NULL};
    const char *set = make_pictures(usual);
    gt_session_stop(&session);
    gt_session *before = gt_session_enter(&session);
    gt_status status = measure(&set, 1, (gt_morphing_settings){NULL}, 1, &m, &err);
    gt_session_enter(before);
    assert_int_equal(status, GT_INTERRUPTED);
    assert_has(err.text, "no file written");
    gt_morphing_free(&m);
}

/* ---- Figure ------------------------------------------------------------------------------ */

/* Pixels of a colour within one third of the width: 0 the image, 1 and 2 what is left of it. */
static size_t count_colour(const gt_png *png, size_t panel, int r, int g, int b) {
    size_t found = 0, all = png->height * png->width;
    for (size_t at = 0; at < all; at++) {
        if (at % png->width * 3 / png->width != panel) continue;
        found += (int)png->pixels[at] == r && (int)png->pixels[all + at] == g &&
                 (int)png->pixels[2 * all + at] == b;
    }
    return found;
}

static void draw(const gt_morphing *m, const char *rows, gt_png *png) {
    gt_error err = {0};
    const char *out = in_folder("figure.png");
    assert_ok(gt_morphing_figure(m, rows, out, &err), err);
    assert_ok(read_png(out, png, &err), err);
}

static void test_figure_marks(void **state) {
    gt_morphing m;
    gt_png one, three;
    measure_one(make_pictures(usual), &m);
    draw(&m, "0", &one);
    draw(&m, "2,0,5", &three);
    assert_int_equal(one.channels, 3);
    assert_int_equal(one.width, three.width);
    assert_true(three.height > 2 * one.height && three.height <= 3 * one.height);
    assert_true(one.width > 3 * 12 * SIDE && one.width < 3 * 12 * SIDE + 30);
    /* The Petrosian circle (yellow) in the first picture alone, the aperture (orange) in all.
     */
    double scale = 12, around = 2 * M_PI * scale * m.sets[0].rows[0].result.petrosian;
    assert_in_range(count_colour(&one, 0, 255, 220, 0), (size_t)(0.3 * around), (size_t)around);
    assert_int_equal(count_colour(&one, 1, 255, 220, 0), 0);
    for (size_t panel = 0; panel < 3; panel++)
        assert_true(count_colour(&one, panel, 255, 120, 0) > 100);
    assert_true(count_colour(&one, 0, 60, 255, 60) > 100);
    assert_true(count_colour(&one, 2, 255, 120, 0) > count_colour(&one, 1, 255, 120, 0) / 2);
    free(one.pixels), free(three.pixels);
    gt_morphing_free(&m);
}

/* A row that was not measured has its image, without marks, and nothing beside it. */
static void test_figure_of_nothing(void **state) {
    gt_morphing m;
    gt_png png;
    picture_set s = usual;
    s.name = "black.h5", s.zero_row = 0, s.is_float = true, s.nan_row = 1;
    measure_one(make_pictures(s), &m);
    draw(&m, "0,1", &png);
    for (size_t panel = 0; panel < 3; panel++)
        assert_int_equal(count_colour(&png, panel, 255, 120, 0), 0);
    free(png.pixels);
    draw(&m, NULL, &png); /* the first four */
    assert_true(count_colour(&png, 0, 255, 220, 0) > 100);
    free(png.pixels);
    gt_morphing_free(&m);
}

#define CASE(name) \
    cmocka_unit_test_setup_teardown(test_##name, make_temp_folder, remove_temp_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(rows_are_the_library),
        CASE(weights_that_are_none),
        CASE(map_with_neighbours),
        CASE(fits),
        CASE(events),
        CASE(record),
        CASE(summary),
        CASE(summary_of_nothing),
        CASE(names),
        CASE(mismatch),
        CASE(codes),
        CASE(interrupt),
        CASE(figure_marks),
        CASE(figure_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
