/* Asymmetry about the centre that was found, against sums pixel by pixel. */
#include "measured_room.h"

#include "cover.h"

static gt_cover cover;

/* A disk with an arm and noise, near the frame's edge for some kinds. */
static void make_disk(int kind) {
    double x0 = 31.2 + 3.7 * (kind % 5), y0 = 30.9 - 4.1 * (kind % 4), scale = 3 + kind % 6;
    for (int i = 0; i < PIXELS; i++) {
        double x = i % SIDE - x0, y = i / SIDE - y0, r = hypot(x, 1.3 * y);
        image[i] = exp(-r / scale) * (1 + 0.3 * cos(atan2(y, x) - r / 3)) +
                   0.01 * grain(i + PIXELS * kind);
        segments[i] = r < 3 * scale;
        if (kind % 3 == 2 && hypot(x - 5, y + 4) < 2.5) segments[i] = 2;
    }
}

static double part_covered(int at) {
    int y = at / cover.width, x = at % cover.width;
    const gt_cover_row *row = &cover.rows[y];
    double part = 0;
    if (y < cover.row_begin || y >= cover.row_end) return 0;
    if (x >= row->full_begin && x < row->full_end) return 1;
    for (int c = 0; c < cover.chunks; c++)
        if (at >= cover.at[c] && at < cover.at[c] + GT_COVER_LANES)
            part += cover.part[c * GT_COVER_LANES + at - cover.at[c]];
    return part;
}

/* A pixel of the stamp; what lies outside it is dark and counts. */
static double pixel(const gt_morphology_result *m, int y, int x, bool *counts) {
    int at = (m->stamp_y + y) * SIDE + m->stamp_x + x;
    *counts = true;
    if (y < 0 || x < 0 || y >= m->stamp_height || x >= m->stamp_width) return 0;
    *counts = segments[at] < 2;
    return *counts ? image[at] : 0;
}

static double between_pixels(const gt_morphology_result *m, double y, double x) {
    int i = (int)floor(y), j = (int)floor(x);
    double fy = y - i, fx = x - j;
    bool counts;
    return (1 - fy) * (1 - fx) * pixel(m, i, j, &counts) +
           (1 - fy) * fx * pixel(m, i, j + 1, &counts) +
           fy * (1 - fx) * pixel(m, i + 1, j, &counts) +
           fy * fx * pixel(m, i + 1, j + 1, &counts);
}

static double asymmetry_of(const gt_morphology_result *m) {
    double cx = m->centre_x - m->stamp_x, cy = m->centre_y - m->stamp_y;
    double radius = 1.5 * m->petrosian_centroid, difference = 0, magnitude = 0, area = 0;
    gt_cover_make(&cover, m->stamp_height, m->stamp_width,
                  &(gt_ellipse){cx, cy, radius, radius, 0});
    for (int at = 0; at < m->stamp_height * m->stamp_width; at++) {
        int y = at / m->stamp_width, x = at % m->stamp_width;
        bool counts, turned_counts;
        double own = pixel(m, y, x, &counts), part = part_covered(at);
        pixel(m, (int)floor(2 * cy + 0.5) - y, (int)floor(2 * cx + 0.5) - x, &turned_counts);
        if (!counts || !turned_counts) continue;
        difference += part * fabs(between_pixels(m, 2 * cy - y, 2 * cx - x) - own);
        magnitude += part * fabs(own);
        area += part;
    }
    double sky = m->sky_size ? m->sky_asymmetry : 0;
    return (difference - area * sky) / magnitude;
}

static void test_pixel_by_pixel(void **state) {
    int cut = 0, masked = 0;
    for (int kind = 0; kind < 60; kind++) {
        gt_morphology_result r;
        make_disk(kind);
        gt_morphology_input in = {.image = image, .segments = segments, .label = 1};
        gt_morphology_measure(room, &in, &r);
        assert_near(r.asymmetry, asymmetry_of(&r), 1e-11);
        cut += r.share_in_frame < 0.95;
        masked += kind % 3 == 2;
    }
    assert_true(cut > 10 && cut < 50 && masked == 20);
}

static int make_all(void **state) {
    gt_error err;
    gt_morphology_settings settings = gt_morphology_defaults();
    settings.outlier_sigma = 0; /* all pixels count but those of another source */
    assert_ok(gt_cover_create(&cover, SIDE, SIDE, &err), err);
    assert_ok(gt_morphology_create(SIDE, SIDE, &settings, &room, &err), err);
    return 0;
}

static int free_all(void **state) {
    gt_cover_free(&cover);
    return free_room(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pixel_by_pixel)};
    return cmocka_run_group_tests(tests, make_all, free_all);
}
