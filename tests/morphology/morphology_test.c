/* Measurements of galaxies that are known, and of images that are none. That the numbers are
 * statmorph's is shown by tests/replay/morphology_replay_test.c. */
#include "measured_room.h"

static double weights[PIXELS];
static uint8_t mask[PIXELS];

/* An exponential disk with noise; its map are the pixels within 2.5 scale lengths. */
static void make_disk(double x0, double y0, double scale, double axis_ratio, double angle) {
    double c = cos(angle), s = sin(angle);
    for (int i = 0; i < PIXELS; i++) {
        double x = i % SIDE - x0, y = i / SIDE - y0;
        double r = hypot(c * x + s * y, (c * y - s * x) / axis_ratio) / scale;
        image[i] = exp(-r) + 0.002 * grain(i);
        segments[i] = r < 2.5;
        weights[i] = 0.01;
        mask[i] = 0;
    }
}

static gt_morphology_result measure(void) {
    gt_morphology_result out;
    gt_morphology_measure(
        room, &(gt_morphology_input){.image = image, .segments = segments, .label = 1}, &out);
    return out;
}

static bool has(const gt_morphology_result *r, gt_morphology_event event) {
    return r->events >> event & 1;
}

/* What is not measured is flagged as bad or aborted. */
static void check_sound(const gt_morphology_result *r) {
    const double values[] = {r->concentration,
                             r->asymmetry,
                             r->smoothness,
                             r->gini,
                             r->m20,
                             r->multimode,
                             r->intensity,
                             r->deviation,
                             r->reach,
                             r->half_light,
                             r->reach_ellipse,
                             r->half_light_ellipse,
                             r->outer_asymmetry,
                             r->shape_asymmetry};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        assert_true(isfinite(values[i]));
        if (values[i] == GT_MORPHOLOGY_NONE) assert_true(r->flag == 2 || r->flag == 4);
    }
    assert_int_equal(r->flag, gt_morphology_flag(r->events));
    assert_true(r->flag_core <= r->flag);
}

static void test_disk(void **state) {
    make_disk(31.3, 32.4, 4, 0.6, 0.7);
    gt_morphology_result r = measure();
    assert_int_equal(r.flag, 0);
    assert_near(r.concentration, 2.7, 0.1); /* an exponential disk's */
    assert_near(r.asymmetry, 0, 0.15);
    assert_near(r.gini, 0.5, 0.1);
    assert_in_range((int)(-100 * r.m20), 140, 200);
    assert_near(r.centre_x, 31.3, 0.1);
    assert_near(r.centre_y, 32.4, 0.1);
    assert_near(r.centre_shape.orientation, 0.7, 0.02);
    assert_near(r.centre_shape.elongation, 1 / 0.6, 0.05);
    assert_true(r.r20 < r.r50 && r.r50 < r.r80 && r.r80 < 1.5 * r.petrosian);
    assert_true(r.share_in_frame > 0.9 && r.share_in_frame <= 1 + 1e-12);
    assert_true(r.sky_size > 0 && r.gini_area > 100 && r.bad_pixels == 0);
    check_sound(&r);
}

/* Moved by whole pixels, the same source has the same numbers. */
static void test_moved(void **state) {
    make_disk(31, 32, 3, 0.8, 0.2);
    for (int i = 0; i < PIXELS; i++) image[i] -= 0.002 * grain(i);
    gt_morphology_result at = measure();
    make_disk(29, 33, 3, 0.8, 0.2);
    for (int i = 0; i < PIXELS; i++) image[i] -= 0.002 * grain(i);
    gt_morphology_result moved = measure();
    assert_near(moved.centre_x - at.centre_x, -2, 1e-3);
    assert_near(moved.gini, at.gini, 1e-3);
    assert_near(moved.concentration, at.concentration, 2e-3);
}

/* Two disks of one map: the second is the multimode, and the centroid is off the brighter peak.
 */
static void test_two_modes(void **state) {
    make_disk(31, 31, 3, 1, 0);
    gt_morphology_result one = measure();
    assert_true(one.multimode < 0.1 && one.intensity < 0.1 && one.deviation < 0.05);
    assert_true(one.shape_asymmetry < 0.2 && one.outer_asymmetry < 0.2);
    assert_near(one.half_light, 1.68 * 3, 0.5); /* of an exponential disk */
    assert_true(one.reach > one.half_light && one.outline_area > one.mid_area);
    for (int i = 0; i < PIXELS; i++) {
        double r = hypot(i % SIDE - 43, i / SIDE - 31) / 3;
        image[i] += 0.8 * exp(-r);
        segments[i] |= r < 2.5;
    }
    gt_morphology_result two = measure();
    assert_true(two.multimode > 0.4 && two.intensity > 0.5 && two.deviation > 0.3);
    assert_true(two.outer_asymmetry > one.outer_asymmetry);
    check_sound(&two);
}

static void test_inputs_stay(void **state) {
    static double image_before[PIXELS], weights_before[PIXELS];
    static int32_t segments_before[PIXELS];
    static uint8_t mask_before[PIXELS];
    make_disk(30, 30, 4, 0.7, 1);
    image[100] = NAN;
    weights[2000] = INFINITY;
    mask[1500] = 1;
    memcpy(image_before, image, sizeof image);
    memcpy(weights_before, weights, sizeof weights);
    memcpy(segments_before, segments, sizeof segments);
    memcpy(mask_before, mask, sizeof mask);
    gt_morphology_result r;
    gt_morphology_input in = {image, segments, 1, weights, mask};
    gt_morphology_measure(room, &in, &r);
    check_sound(&r);
    assert_memory_equal(image, image_before, sizeof image);
    assert_memory_equal(weights, weights_before, sizeof weights);
    assert_memory_equal(segments, segments_before, sizeof segments);
    assert_memory_equal(mask, mask_before, sizeof mask);
}

/* Of weights only where they are no number counts; mask and other sources are left out. */
static void test_left_out(void **state) {
    make_disk(31, 31, 4, 1, 0);
    gt_morphology_result plain = measure(), r;
    gt_morphology_input in = {image, segments, 1, weights, mask};
    gt_morphology_measure(room, &in, &r);
    assert_memory_equal(&r, &plain, sizeof r);
    image[31 * SIDE + 40] = 5000; /* as bright as a star, left out in three ways */
    image[31 * SIDE + 41] = 5000;
    gt_morphology_measure(room, &in, &r);
    assert_true(fabs(r.gini - plain.gini) > 0.1);
    mask[31 * SIDE + 40] = mask[31 * SIDE + 41] = 1;
    gt_morphology_measure(room, &in, &r);
    assert_near(r.gini, plain.gini, 0.02);
    gt_morphology_result masked = r;
    mask[31 * SIDE + 40] = mask[31 * SIDE + 41] = 0;
    weights[31 * SIDE + 40] = weights[31 * SIDE + 41] = NAN;
    gt_morphology_measure(room, &in, &r);
    assert_memory_equal(&r.m20, &masked.m20, sizeof r.m20);
    weights[31 * SIDE + 40] = weights[31 * SIDE + 41] = 1;
    segments[31 * SIDE + 40] = segments[31 * SIDE + 41] = 2;
    gt_morphology_measure(room, &in, &r);
    assert_near(r.gini, plain.gini, 0.02);
}

static void test_nothing_there(void **state) {
    gt_morphology_result r;
    make_disk(31, 31, 4, 1, 0);
    memset(segments, 0, sizeof segments);
    r = measure();
    assert_true(r.flag == 4 && has(&r, GT_MORPHOLOGY_EVENT_no_source));
    assert_true(r.gini == GT_MORPHOLOGY_NONE && r.segment_area == 0);
    make_disk(31, 31, 4, 1, 0);
    memset(image, 0, sizeof image);
    r = measure();
    assert_true(r.flag == 4 && has(&r, GT_MORPHOLOGY_EVENT_source_flux_not_positive));
    check_sound(&r);
    for (int i = 0; i < PIXELS; i++) image[i] = NAN;
    r = measure();
    assert_int_equal(r.flag, 4);
    check_sound(&r);
}

/* A window of one pixel smooths nothing: smoothness is 0, and the event says why. */
static void test_small_source(void **state) {
    make_disk(31.5, 31.2, 1, 1, 0);
    gt_morphology_result r = measure();
    assert_true(r.petrosian < 8);
    assert_true(r.smoothness == 0 || r.sky_smoothness == 0);
    assert_true(has(&r, GT_MORPHOLOGY_EVENT_smoothing_window_below_two_pixels));
    make_disk(31.5, 31.2, 4, 1, 0);
    r = measure();
    assert_true(r.petrosian > 8 && r.smoothness != 0);
    assert_false(has(&r, GT_MORPHOLOGY_EVENT_smoothing_window_below_two_pixels));
}

static void test_cut_by_frame(void **state) {
    make_disk(3, 32, 5, 1, 0);
    gt_morphology_result r = measure();
    assert_true(r.share_in_frame < 0.9 && r.share_in_frame > 0.3);
    assert_true(has(&r, GT_MORPHOLOGY_EVENT_aperture_cut_by_the_frame));
    check_sound(&r);
}

/* Whatever the pixels, there is a result, and what could not be measured is flagged. */
static void test_anything(void **state) {
    for (int kind = 0; kind < 60; kind++) {
        make_disk(20 + kind % 30, 35 - kind % 17, 0.2 + 0.2 * (kind % 13),
                  0.1 + 0.1 * (kind % 9), kind);
        for (int i = 0; i < PIXELS; i++) {
            double g = grain(i + 5000 * kind);
            if (kind % 3 == 0) image[i] = g * (kind % 4);
            if (kind % 5 == 1 && g > 0.9) image[i] = kind % 2 ? NAN : INFINITY;
            if (kind % 7 == 2) segments[i] = g > 0.8 ? 1 : g < -0.7 ? 2 : 0;
            if (kind % 11 == 4) segments[i] = 1;
            if (kind % 6 == 5 && g > 0) image[i] = 0;
            if (kind % 13 == 7 && g > 0.99) image[i] = kind % 2 ? 1e300 : -3e38;
        }
        gt_morphology_result r = measure();
        check_sound(&r);
    }
}

/* One room measures one source after the other: nothing is left of the last. */
static void test_room_again(void **state) {
    make_disk(31.3, 32.4, 4, 0.6, 0.7);
    gt_morphology_result first = measure(), again;
    make_disk(10, 50, 8, 0.3, 2);
    image[50 * SIDE + 12] = NAN;
    measure();
    make_disk(31.3, 32.4, 4, 0.6, 0.7);
    again = measure();
    assert_memory_equal(&first, &again, sizeof first);
}

static void test_planes(void **state) {
    make_disk(31, 31, 4, 1, 0);
    gt_morphology_result r = measure();
    gt_morphology_planes p;
    gt_morphology_last_planes(room, &p);
    int64_t area = 0, mid = 0;
    for (int i = 0; i < r.stamp_height * r.stamp_width; i++) {
        area += p.gini_map[i];
        mid += p.mid_map[i];
        assert_true(p.turned_difference[i] >= 0 && p.above_smooth[i] >= 0);
    }
    assert_int_equal(area, r.gini_area);
    assert_int_equal(mid, r.mid_area);
    memset(segments, 0, sizeof segments);
    measure();
    gt_morphology_last_planes(room, &p); /* of nothing: nothing */
}

static void test_segmentation(void **state) {
    gt_morphology_detection d;
    make_disk(33, 30, 2, 1, 0);
    for (int i = 0; i < PIXELS; i++) {
        double x = i % SIDE - 8, y = i / SIDE - 10;
        image[i] += 2 + 3 * exp(-hypot(x, y)); /* brighter, but not in the middle */
    }
    gt_morphology_segment(room, image, segments, image, &d);
    assert_int_equal(d.sources, 2);
    assert_near(d.median, 2.002, 0.01);
    assert_int_equal(segments[30 * SIDE + 33], 1);
    assert_int_equal(segments[10 * SIDE + 8], 2);
    assert_near(image[63 * SIDE + 63], 0, 0.01); /* the median is taken off */
    int64_t area = 0;
    for (int i = 0; i < PIXELS; i++) area += segments[i] == 1;
    assert_int_equal(area, d.area);
    gt_morphology_result r = measure();
    assert_int_equal(r.segment_area, d.area);
    assert_int_equal(r.flag, 0);
}

/* Nothing near the middle: the largest is the main one. */
static void test_far_from_the_middle(void **state) {
    gt_morphology_detection d;
    make_disk(50, 50, 2, 1, 0);
    for (int i = 0; i < PIXELS; i++) image[i] += exp(-hypot(i % SIDE - 12, i / SIDE - 12) / 4);
    gt_morphology_segment(room, image, segments, NULL, &d);
    assert_int_equal(d.sources, 2);
    assert_int_equal(segments[12 * SIDE + 12], 1);
}

static void test_nothing_to_detect(void **state) {
    gt_morphology_detection d;
    for (int i = 0; i < PIXELS; i++) image[i] = 0.25;
    gt_morphology_segment(room, image, segments, image, &d);
    assert_true(d.sources == 0 && d.area == 0 && d.median == 0.25 && d.sigma == 0);
    for (int i = 0; i < PIXELS; i++) image[i] = NAN;
    gt_morphology_segment(room, image, segments, NULL, &d);
    assert_int_equal(d.sources, 0);
    gt_morphology_result r = measure();
    assert_int_equal(r.flag, 4);
}

static void test_names(void **state) {
    assert_string_equal(gt_morphology_event_name(0), "source_flux_not_positive");
    assert_null(gt_morphology_event_name(7));
    assert_int_equal(gt_morphology_flag(0), 0);
    assert_int_equal(gt_morphology_flag(UINT64_C(1) << 16), 1);
    assert_int_equal(gt_morphology_flag(UINT64_C(1) << 16 | 1 << 14), 2);
    assert_int_equal(gt_morphology_flag(UINT64_C(1) << 22 | UINT64_C(1) << 34), 0);
    assert_int_equal(gt_morphology_flag(GT_MORPHOLOGY_CORE), 4);
    assert_false(GT_MORPHOLOGY_CORE >> GT_MORPHOLOGY_EVENT_gini_and_mid_maps_differ & 1);
}

static void test_refusals(void **state) {
    gt_error err;
    gt_morphology *m;
    gt_morphology_settings wrong = gt_morphology_defaults();
    assert_int_equal(gt_morphology_create(0, 64, NULL, &m, &err), GT_BAD_ARGUMENT);
    assert_int_equal(gt_morphology_create(1 << 20, 1 << 20, NULL, &m, &err), GT_BAD_ARGUMENT);
    wrong.eta = 1;
    assert_int_equal(gt_morphology_create(64, 64, &wrong, &m, &err), GT_BAD_ARGUMENT);
    wrong = gt_morphology_defaults();
    wrong.sky_box_size = 1;
    assert_int_equal(gt_morphology_create(64, 64, &wrong, &m, &err), GT_BAD_ARGUMENT);
    gt_morphology_destroy(NULL);
}

/* Images of one row, one column, one pixel. */
static void test_thin_images(void **state) {
    static const int shapes[][2] = {{1, 1}, {1, 9}, {9, 1}, {2, 2}, {3, 50}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        gt_error err;
        gt_morphology *thin;
        gt_morphology_result r;
        gt_morphology_detection d;
        double pixels[150];
        int32_t map[150];
        for (int at = 0; at < 150; at++) pixels[at] = 1 + at % 3, map[at] = 1;
        assert_ok(gt_morphology_create(shapes[i][0], shapes[i][1], NULL, &thin, &err), err);
        gt_morphology_input in = {.image = pixels, .segments = map, .label = 1};
        gt_morphology_measure(thin, &in, &r);
        check_sound(&r);
        gt_morphology_segment(thin, pixels, map, NULL, &d);
        gt_morphology_destroy(thin);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_disk),
        cmocka_unit_test(test_moved),
        cmocka_unit_test(test_two_modes),
        cmocka_unit_test(test_inputs_stay),
        cmocka_unit_test(test_left_out),
        cmocka_unit_test(test_nothing_there),
        cmocka_unit_test(test_small_source),
        cmocka_unit_test(test_cut_by_frame),
        cmocka_unit_test(test_anything),
        cmocka_unit_test(test_room_again),
        cmocka_unit_test(test_planes),
        cmocka_unit_test(test_segmentation),
        cmocka_unit_test(test_far_from_the_middle),
        cmocka_unit_test(test_nothing_to_detect),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_thin_images),
    };
    return cmocka_run_group_tests(tests, make_room, free_room);
}
