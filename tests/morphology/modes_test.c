/* Multimode, intensity, deviation and the outline, of pictures for which they can be said or
 * found by trying everything. */
#include "measured_room.h"

#include "components.h"

static void clear(void) {
    memset(image, 0, sizeof image);
    memset(segments, 0, sizeof segments);
}

/* A peak of a Gaussian's form, the source's within three deviations. */
static void add_peak(double x0, double y0, double sigma, double height) {
    for (int i = 0; i < PIXELS; i++) {
        double r = hypot(i % SIDE - x0, i / SIDE - y0) / sigma;
        image[i] += height * exp(-r * r / 2);
        segments[i] |= r < 3;
    }
}

static void add_noise(double height, int seed) {
    for (int i = 0; i < PIXELS; i++) image[i] += height * grain(i + seed * PIXELS);
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

/* One round peak has one clump at any brightness, one part, and its peak where its middle is.
 */
static void test_one_peak(void **state) {
    clear();
    add_peak(32, 31, 4, 1);
    gt_morphology_result r = measure();
    assert_true(r.multimode == 0 && r.intensity == 0);
    assert_near(r.deviation, 0, 1e-9);
    assert_near(r.shape_asymmetry, 0, 0.05); /* pixels at its rim */
    assert_near(r.outer_asymmetry, 0, 1e-3);
}

/* Two peaks that hang together, of one width and of heights 1 and 0.6: parts of their fluxes.
 */
static void test_two_peaks(void **state) {
    clear();
    add_peak(24, 32, 3, 1);
    add_peak(35, 32, 3, 0.6);
    gt_morphology_result r = measure();
    assert_near(r.intensity, 0.6, 0.06);
    assert_true(r.multimode > 0.5 && r.multimode < 0.9);
    /* The centroid is 0.6 / 1.6 of the way; in units of the map's radius. */
    double away = 11 * 0.6 / 1.6;
    assert_near(r.deviation, away * sqrt(M_PI / (double)r.mid_area), 0.06);
    assert_true(r.outer_asymmetry > 0.1);
}

/* Areas of the clumps of MID's pixels that are as bright as `least`, the two largest. */
static void two_largest(const gt_morphology_result *r, const gt_morphology_planes *p,
                        double least, int area[2]) {
    static int32_t labels[PIXELS], stack[PIXELS + SIDE];
    int pixels = r->stamp_height * r->stamp_width;
    area[0] = area[1] = 0;
    for (int at = 0; at < pixels; at++) labels[at] = p->mid_map[at] && p->image[at] >= least;
    for (int at = 0; at < pixels; at++) {
        if (labels[at] != 1) continue;
        int n = gt_fill_component(r->stamp_height, r->stamp_width, labels, at, 2, stack);
        if (n > area[0])
            area[1] = area[0], area[0] = n;
        else if (n > area[1])
            area[1] = n;
    }
}

/* At every brightness that a pixel has clumps are counted anew: what is found is such a pair,
 * and few are better, for the reference looks in steps and hops. */
static void test_every_brightness(void **state) {
    for (int seed = 0; seed < 4; seed++) {
        gt_morphology_planes p;
        double best = 0, found = -1;
        clear();
        add_peak(30, 30, 5, 1);
        add_peak(38, 35, 2, 0.3 + 0.1 * seed);
        add_noise(0.05, seed);
        gt_morphology_result r = measure();
        gt_morphology_last_planes(room, &p);
        for (int at = 0; at < r.stamp_height * r.stamp_width; at++) {
            int area[2];
            if (!p.mid_map[at] || !(p.image[at] > 0)) continue;
            two_largest(&r, &p, p.image[at], area);
            double value = (double)area[1] / area[0], weighed = value * area[1];
            best = fmax(best, weighed);
            if (fabs(value - r.multimode) < 1e-12) found = fmax(found, weighed);
        }
        assert_true(best > 0 && found > 0.4 * best && found <= best);
    }
}

/* The unit of flux is of no account: with it doubled twice no bit of a ratio changes. */
static void test_units(void **state) {
    clear();
    add_peak(24, 32, 3, 1);
    add_peak(35, 32, 3, 0.6);
    add_noise(0.01, 2);
    gt_morphology_result r = measure();
    for (int i = 0; i < PIXELS; i++) image[i] *= 4;
    gt_morphology_result s = measure();
    assert_true(r.multimode > 0 && r.events == s.events);
    assert_true(r.multimode == s.multimode && r.intensity == s.intensity);
    assert_true(r.deviation == s.deviation && r.outline_area == s.outline_area);
}

/* A square of light on a sky of none: the outline is the square and the pixels that touch it,
 * and half of the light is within half of the area. */
static void test_square(void **state) {
    clear();
    for (int y = 22; y < 41; y++)
        for (int x = 22; x < 41; x++) image[y * SIDE + x] = 1, segments[y * SIDE + x] = 1;
    gt_morphology_result r = measure();
    assert_true(has(&r, GT_MORPHOLOGY_EVENT_no_pixel_with_signal) == false);
    assert_near(r.half_light, sqrt(19 * 19 / 2.0 / M_PI), 0.1);
    assert_near(r.shape_asymmetry, 0, 0.05);
    /* No quantile of equal pixels is fainter than their mean. */
    assert_true(has(&r, GT_MORPHOLOGY_EVENT_mid_map_replaced_by_gini_map));
    assert_int_equal(r.mid_area, r.gini_area);
    assert_true(r.outline_area >= 21 * 21);
    assert_true(r.reach >= hypot(10, 10) && r.reach_ellipse >= r.reach - 1e-6);
}

/* Half of the square is gone: the outline is no longer itself turned by half. */
static void test_corner(void **state) {
    clear();
    add_noise(0.01, 1);
    for (int y = 22; y < 41; y++)
        for (int x = 22; x < (y < 31 ? 41 : 31); x++)
            image[y * SIDE + x] = 1, segments[y * SIDE + x] = 1;
    gt_morphology_result r = measure();
    assert_in_range((int)r.outline_area, 19 * 19 * 3 / 4, 21 * 21);
    assert_true(r.shape_asymmetry > 0.3);
}

/* Every value one: there is no peak, and it is said. */
static void test_flat(void **state) {
    clear();
    for (int i = 0; i < PIXELS; i++) image[i] = 1, segments[i] = 1;
    gt_morphology_result r = measure();
    assert_true(has(&r, GT_MORPHOLOGY_EVENT_mid_no_peak) && r.flag == 2);
    assert_true(r.deviation == GT_MORPHOLOGY_NONE && r.intensity == 0 && r.multimode == 0);
    assert_true(has(&r, GT_MORPHOLOGY_EVENT_mid_map_replaced_by_gini_map));
    assert_true(has(&r, GT_MORPHOLOGY_EVENT_outline_undefined));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_peak),
                                       cmocka_unit_test(test_two_peaks),
                                       cmocka_unit_test(test_every_brightness),
                                       cmocka_unit_test(test_square),
                                       cmocka_unit_test(test_corner),
                                       cmocka_unit_test(test_flat),
                                       cmocka_unit_test(test_units)};
    return cmocka_run_group_tests(tests, make_room, free_room);
}
