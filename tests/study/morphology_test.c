/* Shapes of all galaxies of sets: the same for any number of threads and any storage, tables
 * that leave out what was not measured, and what is refused. */
#include "morphology_rows.h"
#include "study_galaxies.h"

static void test_threads(void **state) {
    gt_error err = {0};
    const char *set = make_pictures(usual);
    char *texts[2];
    for (int i = 0; i < 2; i++) {
        gt_morphing m;
        const char *out = kept_path(i ? "three.csv" : "one.csv");
        assert_ok(measure(&set, 1, (gt_morphing_settings){NULL}, 1 + 2 * i, &m, &err), err);
        assert_ok(gt_morphing_table(&m, out, &err), err);
        texts[i] = text_of(out);
        gt_morphing_free(&m);
    }
    assert_string_equal(texts[0], texts[1]);
    assert_has(texts[0], "\nsky,0,J0,10,-5,,0,");
    free(texts[0]), free(texts[1]);
}

/* Bytes, floats, and three channels with that mean are the same pictures. */
static void test_storage(void **state) {
    picture_set floats = usual, colours = usual;
    gt_morphing a, b, c;
    floats.name = "floats.h5", floats.is_float = true;
    colours.name = "colours.h5", colours.channels = 3;
    measure_one(make_pictures(usual), &a);
    measure_one(make_pictures(floats), &b);
    measure_one(make_pictures(colours), &c);
    for (uint64_t i = 0; i < usual.rows; i++) {
        const gt_morphology_result *want = &a.sets[0].rows[i].result;
        assert_true(want->flag < 4 && want->gini > 0.2);
        assert_near(b.sets[0].rows[i].result.gini, want->gini, 1e-5);
        assert_near(b.sets[0].rows[i].result.concentration, want->concentration, 1e-3);
        assert_near(c.sets[0].rows[i].result.m20, want->m20, 1e-9);
        assert_near(c.sets[0].rows[i].sky.sigma, a.sets[0].rows[i].sky.sigma, 1e-12);
    }
    gt_morphing_free(&a), gt_morphing_free(&b), gt_morphing_free(&c);
}

/* Rows in which nothing is, or no number, are rows with flag 4 and empty cells. */
static void test_empty_images(void **state) {
    gt_error err = {0};
    picture_set s = usual;
    gt_morphing m;
    gt_morphed_summary summary;
    const char *out = kept_path("empty.csv");
    s.name = "empty.h5", s.is_float = true, s.zero_row = 2, s.nan_row = 5;
    measure_one(make_pictures(s), &m);
    assert_ok(gt_morphing_summary(&m, 0, &summary, &err), err);
    assert_int_equal(summary.flags[4], 2);
    uint64_t good = summary.flags[0] + summary.flags[1];
    assert_in_range(good, 3, 6);
    for (size_t k = 0; k < GT_COEFFICIENTS; k++) { /* none of them counts -99 */
        assert_int_equal(summary.of[k].count, good);
        assert_true(summary.of[k].least > -5);
    }
    assert_ok(gt_morphing_table(&m, out, &err), err);
    char *text = text_of(out);
    assert_has(text, "\nempty,2,J2,12,-5,,4,,,,,,");
    assert_has(text, "\nempty,5,J5,15,-5,,4,,,,,,");
    assert_has(text, ",no_source\n");
    assert_null(strstr(text, "-99"));
    free(text);
    gt_morphing_free(&m);
}

static void test_planes(void **state) {
    gt_error err = {0};
    gt_morphing m;
    const char *set = make_pictures(usual);
    gt_morphing_settings how = {.segmentation = make_planes("maps.h5", usual.rows, 0, 1)};
    assert_ok(measure(&set, 1, how, 1, &m, &err), err);
    for (uint64_t i = 0; i < usual.rows; i++)
        assert_int_equal(m.sets[0].rows[i].result.segment_area, 81);
    double plain = m.sets[0].rows[0].result.gini;
    gt_morphing_free(&m);
    how.weights = make_planes("weights.h5", usual.rows, 1, 2); /* numbers: nothing changes */
    assert_ok(measure(&set, 1, how, 1, &m, &err), err);
    assert_true(m.sets[0].rows[0].result.gini == plain);
    gt_morphing_free(&m);
    how.mask = make_planes("mask.h5", usual.rows, 0, 1); /* all of the source */
    assert_ok(measure(&set, 1, how, 1, &m, &err), err);
    assert_int_equal(m.sets[0].rows[0].result.flag, 4);
    gt_morphing_free(&m);
}

/* What a mask tells is no source either, however bright and near the middle; nor is it sky. */
static void test_masked_stars(void **state) {
    picture_set off = usual;
    gt_morphing plain, masked;
    off.name = "off.h5", off.star = 250, off.scale = 1.2, off.planes = GT_PLANE_MASK;
    gt_error err = {0};
    const char *set = make_pictures(off);
    gt_morphing_settings all = {.drops_planes = true};
    assert_ok(measure(&set, 1, all, 1, &plain, &err), err);
    measure_one(set, &masked);
    for (uint64_t i = 0; i < off.rows; i++) {
        const gt_morphed_row *own = &plain.sets[0].rows[i], *kept = &masked.sets[0].rows[i];
        assert_true(own->result.segment_area >= 81 && kept->result.segment_area < 81);
        assert_true(hypot(kept->result.centroid_x - 5.4, kept->result.centroid_y - 26.8) < 1);
        assert_true(kept->sky.sigma <= own->sky.sigma);
    }
    gt_morphing_free(&plain), gt_morphing_free(&masked);
}

static double gini_of(picture_set s, gt_morphing_settings how) {
    gt_error err = {0};
    gt_morphing m;
    const char *set = make_pictures(s);
    assert_ok(measure(&set, 1, how, 1, &m, &err), err);
    double gini = m.sets[0].rows[0].result.gini;
    gt_morphing_free(&m);
    return gini;
}

/* The set's own planes are as maps of the same: pixels of mask 1, or of inverse variance 0 in
 * any channel, are left out; a map that is given stands in their place. */
static void test_own_planes(void **state) {
    picture_set own = usual;
    gt_morphing_settings how = {.mask = make_planes("mask.h5", usual.rows, 0, 1)}, none = {0};
    double plain = gini_of(usual, none), masked = gini_of(usual, how);
    assert_true(masked != plain);
    own.planes = GT_PLANE_MASK;
    assert_true(gini_of(own, none) == masked);
    own.planes = GT_PLANE_IVAR;
    own.channels = 3;
    assert_near(gini_of(own, none), masked, 1e-9);
    own.channels = 1, own.planes = GT_PLANE_IVAR | GT_PLANE_MASK;
    assert_true(gini_of(own, (gt_morphing_settings){.drops_planes = true}) == plain);
    how.mask = how.weights = make_planes("all.h5", usual.rows, 0, 0);
    assert_true(gini_of(own, how) == plain);
}

/* An asinh that is recorded is undone; what was cut is told. */
static void test_stretch(void **state) {
    picture_set flux = usual, curved;
    gt_morphing m;
    flux.is_float = true;
    curved = flux, curved.softening = 10,
    curved.preparation = "align=none normalize=asinh:10/1";
    double plain = gini_of(flux, (gt_morphing_settings){NULL});
    assert_near(gini_of(curved, (gt_morphing_settings){NULL}), plain, 1e-5);
    assert_true(fabs(gini_of(curved, (gt_morphing_settings){.keeps_stretch = true}) - plain) >
                0.01);
    remarks_begin();
    measure_one(make_pictures(curved), &m);
    gt_morphing_tell_flux(&m);
    assert_has(remarks, "sky.h5: its stretch (asinh:10) is undone before measuring");
    gt_morphing_free(&m);
    curved.preparation = "normalize=asinh:10+sigma-clip:3/1";
    remarks_begin();
    measure_one(make_pictures(curved), &m);
    gt_morphing_tell_flux(&m);
    assert_has(remarks, "not linear in flux (sigma-clip:3), and cannot be turned back");
    gt_log_to(NULL, NULL);
    gt_morphing_free(&m);
}

/* Sky has the unit that all sets tell; else it is said that it is in levels. */
static void test_units(void **state) {
    gt_error err = {0};
    picture_set jansky = usual, none = usual;
    gt_morphing m;
    jansky.name = "jansky.h5", jansky.is_float = true, jansky.unit = "Jy/beam";
    none.name = "none.h5", none.is_float = true;
    const char *sets[] = {make_pictures(jansky), make_pictures(none)},
               *out = kept_path("u.fits");
    assert_ok(measure(sets, 1, (gt_morphing_settings){NULL}, 1, &m, &err), err);
    assert_string_equal(gt_morphing_unit(&m), "Jy/beam");
    assert_ok(gt_morphing_table(&m, out, &err), err);
    gt_morphing_free(&m);
    char *fits = NULL;
    size_t size, count = 0;
    assert_ok(gt_file_load(out, 1 << 20, &fits, &size, &err), err);
    for (size_t at = 0; at + 10 < size; at++) count += memcmp(fits + at, "'Jy/beam '", 10) == 0;
    assert_int_equal(count, 7);
    free(fits);
    assert_ok(measure(sets, 2, (gt_morphing_settings){NULL}, 1, &m, &err), err);
    assert_null(gt_morphing_unit(&m));
    gt_morphing_free(&m);
    jansky.softening = 10, jansky.preparation = "normalize=asinh:10/1";
    measure_one(make_pictures(jansky), &m); /* behind a curve the unit is lost */
    assert_null(gt_morphing_unit(&m));
    gt_morphing_free(&m);
}

/* Background that is kept is in all numbers. */
static void test_sky(void **state) {
    gt_error err = {0};
    gt_morphing m;
    const char *set = make_pictures(usual);
    assert_ok(measure(&set, 1, (gt_morphing_settings){.keeps_sky = true}, 1, &m, &err), err);
    assert_near(m.sets[0].rows[0].result.sky_mean, m.sets[0].rows[0].sky.median, 0.02);
    assert_int_equal(m.sets[0].rows[0].result.flag, 2); /* sky_mean_exceeds_sky_sigma */
    gt_morphing_free(&m);
}

static void refuse(const char *const *sets, size_t count, gt_morphing_settings how,
                   gt_status status, const char *text) {
    gt_error err = {0};
    gt_morphing m;
    assert_int_equal(measure(sets, count, how, 2, &m, &err), status);
    assert_has(err.text, text);
    gt_morphing_free(&m);
}

static void test_refusals(void **state) {
    const char *sets[] = {make_pictures(usual), make_pictures(usual)};
    gt_morphing_settings how = {.segmentation = make_planes("short.h5", usual.rows - 1, 0, 1)};
    refuse(sets, 1, how, GT_BAD_SHAPE, "short.h5 has 7 rows of 1x32x32, expected 8");
    how.segmentation = make_planes("half.h5", usual.rows, 0, 0.5f);
    refuse(sets, 1, how, GT_BAD_ARGUMENT, "half.h5: row 0 has the value 0.5");
    how.segmentation = make_planes("nan.h5", usual.rows, 0, NAN);
    refuse(sets, 1, how, GT_BAD_ARGUMENT, "expected whole numbers");
    how.segmentation = make_planes("maps.h5", usual.rows, 0, 1);
    refuse(sets, 2, how, GT_USAGE, "belongs to one set of images, not to 2");
    how.segmentation = NULL;
    refuse(sets, 2, how, GT_USAGE, "sky.h5 is given twice");
    const char *missing = in_folder("missing.h5");
    refuse(&missing, 1, (gt_morphing_settings){NULL}, GT_NOT_FOUND, "missing.h5");
}

/* Sets whose sources are of another size are told. */
static void test_areas(void **state) {
    gt_error err = {0};
    picture_set large = usual;
    gt_morphing m;
    large.name = "large.h5", large.scale = 5;
    const char *sets[] = {make_pictures(usual), make_pictures(large)};
    remarks_begin();
    assert_ok(measure(sets, 2, (gt_morphing_settings){NULL}, 1, &m, &err), err);
    assert_has(remarks, "large.h5: the median source has ");
    gt_morphing_free(&m);
    remarks_begin();
    assert_ok(measure(sets, 1, (gt_morphing_settings){NULL}, 1, &m, &err), err);
    assert_string_equal(remarks, "");
    gt_morphing_free(&m);
    /* Beside a set of nothing there is no size to compare with. */
    picture_set dark = usual;
    dark.name = "dark.h5", dark.rows = 1, dark.zero_row = 0;
    for (int first = 0; first < 2; first++) {
        const char *pair[2];
        pair[first] = sets[0], pair[1 - first] = make_pictures(dark);
        remarks_begin();
        assert_ok(measure(pair, 2, (gt_morphing_settings){NULL}, 1, &m, &err), err);
        assert_has(remarks, "dark.h5: half of the images or more hold no source, those of ");
        assert_null(strstr(remarks, "pixels"));
        gt_morphing_free(&m);
    }
    gt_log_to(NULL, NULL);
}

/* Weights matter where they are no number alone, which those of 0 hide. */
static void test_low_weights(void **state) {
    gt_error err = {0};
    const char *set = make_pictures(usual);
    static const float middles[] = {0, -1, 1, NAN};
    double plain = NAN;
    for (size_t i = 0; i < 4; i++) {
        gt_morphing m;
        gt_morphing_settings how = {.weights = make_planes("w.h5", usual.rows, 1, middles[i])};
        remarks_begin();
        assert_ok(measure(&set, 1, how, 1, &m, &err), err);
        gt_log_to(NULL, NULL);
        if (i < 2) assert_has(remarks, "w.h5: some weights are 0 or less");
        if (i >= 2) assert_string_equal(remarks, "");
        if (i == 0) plain = m.sets[0].rows[0].result.gini;
        assert_true((m.sets[0].rows[0].result.gini == plain) == (i < 3));
        gt_morphing_free(&m);
    }
}

/* In 32 pixels there is no room for a box of 32 beside a galaxy; dark rows do not count. */
static void test_small_frames(void **state) {
    gt_error err = {0};
    picture_set s = usual;
    gt_morphing m;
    gt_morphed_summary summary;
    s.zero_row = 3;
    measure_one(make_pictures(s), &m);
    assert_ok(gt_morphing_summary(&m, 0, &summary, &err), err);
    assert_int_equal(summary.measured, usual.rows - 1);
    assert_int_equal(summary.small_boxes, usual.rows - 1);
    assert_true(summary.sky_box > 0 && summary.sky_box < GT_SKY_BOX);
    remarks_begin();
    assert_ok(gt_morphing_tell_frames(&m, &err), err);
    assert_has(remarks, "sky.h5: frames are small for their galaxies: 7 of 7 have a sky box");
    for (uint64_t i = 0; i < usual.rows; i++) /* the most have room */
        m.sets[0].rows[i].result.sky_size = i < 2 ? 16 : GT_SKY_BOX;
    remarks_begin();
    assert_ok(gt_morphing_tell_frames(&m, &err), err);
    assert_string_equal(remarks, "");
    for (uint64_t i = 0; i < usual.rows; i++) m.sets[0].rows[i].result.flag = 4;
    assert_ok(gt_morphing_tell_frames(&m, &err), err); /* nothing is measured */
    assert_string_equal(remarks, "");
    gt_log_to(NULL, NULL);
    gt_morphing_free(&m);
}

/* Below pictures of a row that has no numbers stands why. */
static void test_labels(void **state) {
    picture_set s = usual;
    gt_morphing m;
    char labels[GT_MORPHING_PANELS][GT_MORPHING_LABEL];
    s.is_float = true, s.zero_row = 2, s.nan_row = 5;
    measure_one(make_pictures(s), &m);
    for (uint64_t row = 2; row < 6; row += 3) {
        gt_morphing_label(&m.sets[0].rows[row], row, labels);
        assert_has(labels[0], row == 2 ? "row 2 flag 4" : "row 5 flag 4");
        assert_string_equal(labels[1], "not measured: no_source");
    }
    gt_morphing_label(&m.sets[0].rows[0], 0, labels);
    assert_has(labels[1], "C ");
    assert_has(labels[2], "Gini ");
    gt_morphing_free(&m);
}

static void test_figure(void **state) {
    gt_error err = {0};
    picture_set s = usual;
    gt_morphing m;
    const char *out = kept_path("f.png");
    s.name = "drawn.h5", s.rows = 65, s.zero_row = 1;
    measure_one(make_pictures(s), &m);
    assert_ok(gt_morphing_figure(&m, "1,0", out, &err), err);
    char *bytes = text_of(out);
    assert_memory_equal(bytes, "\x89PNG", 4);
    free(bytes);
    out = kept_path("no.png");
    assert_int_equal(gt_morphing_figure(&m, "65", out, &err), GT_BAD_ARGUMENT);
    assert_int_equal(gt_morphing_figure(&m, "0-64", out, &err), GT_USAGE);
    assert_int_equal(gt_morphing_figure(&m, "x", out, &err), GT_USAGE);
    gt_morphing_free(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_threads, make_temp_folder, remove_temp_folder),
        cmocka_unit_test_setup_teardown(test_storage, make_temp_folder, remove_temp_folder),
        cmocka_unit_test_setup_teardown(test_empty_images, make_temp_folder,
                                        remove_temp_folder),
        cmocka_unit_test_setup_teardown(test_planes, make_temp_folder, remove_temp_folder),
        cmocka_unit_test_setup_teardown(test_own_planes, make_temp_folder, remove_temp_folder),
        cmocka_unit_test_setup_teardown(test_masked_stars, make_temp_folder,
                                        remove_temp_folder),
        cmocka_unit_test_setup_teardown(test_units, make_temp_folder, remove_temp_folder),
        cmocka_unit_test_setup_teardown(test_stretch, make_temp_folder, remove_temp_folder),
        cmocka_unit_test_setup_teardown(test_sky, make_temp_folder, remove_temp_folder),
        cmocka_unit_test_setup_teardown(test_refusals, make_temp_folder, remove_temp_folder),
        cmocka_unit_test_setup_teardown(test_areas, make_temp_folder, remove_temp_folder),
        cmocka_unit_test_setup_teardown(test_low_weights, make_temp_folder, remove_temp_folder),
        cmocka_unit_test_setup_teardown(test_small_frames, make_temp_folder,
                                        remove_temp_folder),
        cmocka_unit_test_setup_teardown(test_labels, make_temp_folder, remove_temp_folder),
        cmocka_unit_test_setup_teardown(test_figure, make_temp_folder, remove_temp_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
