/* Radii with a share of the light: the first crossing of a curve that may fall and rise again,
 * wherever a scan of all radii finds it. */
#include "measured_room.h"

#include "cover.h"

enum { RADII = 100 };

static gt_cover cover;

/* A galaxy with rings, of which every second one is dark, and noise. */
static void make_rings(int kind) {
    double x0 = 31.2 + 0.1 * (kind % 7), y0 = 31.9 - 0.1 * (kind % 5), scale = 3 + kind % 4;
    double height = 0.15 * (kind % 9);
    for (int i = 0; i < PIXELS; i++) {
        double r = hypot(i % SIDE - x0, i / SIDE - y0);
        image[i] = exp(-r / scale) * (1 + height * cos(1.3 * r)) -
                   (kind % 3) * 0.02 * exp(-(r - 15) * (r - 15) / 4) +
                   0.01 * (kind % 4) * grain(i + PIXELS * kind);
        segments[i] = r < 2.5 * scale;
    }
}

/* Light of the stamp within a radius about the centre. */
static double light_within(const gt_morphology_result *m, double r) {
    static double stamp[PIXELS + GT_COVER_LANES];
    gt_ellipse disk = {m->centre_x - m->stamp_x, m->centre_y - m->stamp_y, r, r, 0};
    for (int i = 0; i < m->stamp_height; i++)
        memcpy(stamp + i * m->stamp_width, image + (m->stamp_y + i) * SIDE + m->stamp_x,
               (size_t)m->stamp_width * sizeof *stamp);
    gt_cover_make(&cover, m->stamp_height, m->stamp_width, &disk);
    return gt_cover_sum_directly(&cover, stamp);
}

/* Whether a radius lies in the first step of the scan that ends above the share. */
static bool is_first(const gt_morphology_result *m, double share, double radius) {
    double last = 1.5 * m->petrosian, total = fabs(light_within(m, last)), step = last / 99;
    for (int i = 1; i < RADII; i++)
        if (fabs(light_within(m, i * step)) > share * total)
            return radius > (i - 1) * step - 1e-5 && radius < i * step + 1e-5;
    return radius == GT_MORPHOLOGY_NONE;
}

static void test_first_crossing(void **state) {
    int measured = 0;
    for (int kind = 0; kind < 60; kind++) {
        gt_morphology_result m;
        gt_morphology_input in = {.image = image, .segments = segments, .label = 1};
        make_rings(kind);
        gt_morphology_measure(room, &in, &m);
        if (m.flag == 4 || m.bad_pixels != 0) continue;
        measured++;
        if (!is_first(&m, 0.2, m.r20) || !is_first(&m, 0.5, m.r50) || !is_first(&m, 0.8, m.r80))
            fail_msg("kind %d: %g, %g, %g of %g", kind, m.r20, m.r50, m.r80, m.petrosian);
    }
    assert_in_range(measured, 50, 60);
}

/* Nor does a star in the same rows, of far more light, hide it. */
static void test_bright_neighbour(void **state) {
    gt_morphology_result m;
    gt_morphology_input in = {.image = image, .segments = segments, .label = 1};
    make_rings(0);
    for (int i = 26; i < 38; i++)
        for (int j = 50; j < 64; j++) image[i * SIDE + j] += 1e4 * exp(-hypot(i - 32, j - 57));
    gt_morphology_measure(room, &in, &m);
    assert_int_equal(m.bad_pixels, 0);
    assert_true(is_first(&m, 0.2, m.r20) && is_first(&m, 0.5, m.r50) &&
                is_first(&m, 0.8, m.r80));
}

static int make_all(void **state) {
    gt_error err;
    assert_ok(gt_cover_create(&cover, SIDE, SIDE, &err), err);
    return make_room(state);
}

static int free_all(void **state) {
    gt_cover_free(&cover);
    return free_room(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_first_crossing),
                                       cmocka_unit_test(test_bright_neighbour)};
    return cmocka_run_group_tests(tests, make_all, free_all);
}
