/* Parts of pixels that an ellipse covers, against counting points, closed forms and each other.
 */
#include "gt_test.h"

#include "asin.h"
#include "cover.h"

enum { MOST = 64 };
static gt_cover cover;

static double weight_at(int y, int x) {
    const gt_cover_row *row = &cover.rows[y];
    double weight = 0;
    if (y < cover.row_begin || y >= cover.row_end || x < row->begin || x >= row->end) return 0;
    if (x >= row->full_begin && x < row->full_end) return 1;
    for (int c = 0; c < cover.chunks; c++) {
        int lane = y * cover.width + x - cover.at[c];
        if (lane >= 0 && lane < GT_COVER_LANES) weight += cover.part[c * GT_COVER_LANES + lane];
    }
    return weight;
}

/* Share of points of a fine grid of the pixel that lie in the ellipse. */
static double counted(const gt_ellipse *e, int y, int x, int points) {
    int inside = 0;
    double c = cos(e->angle), s = sin(e->angle);
    for (int i = 0; i < points * points; i++) {
        double dx = x - 0.5 + (i % points + 0.5) / points - e->x;
        double dy = y - 0.5 + (i / points + 0.5) / points - e->y;
        inside += hypot((c * dx + s * dy) / e->a, (c * dy - s * dx) / e->b) <= 1;
    }
    return (double)inside / (points * points);
}

static void check_counted(const gt_ellipse *e, int height, int width) {
    gt_cover_make(&cover, height, width, e);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            assert_near(weight_at(y, x), counted(e, y, x, 48), 0.015);
}

static void test_counting(void **state) {
    const gt_ellipse cases[] = {
        {8, 8, 5, 5, 0},
        {7.3, 8.9, 6.1, 2.2, 0.4},
        {7.3, 8.9, 6.1, 2.2, -1.2},
        {8.5, 8.5, 0.3, 0.3, 0},
        {8.2, 7.9, 0.8, 0.8, 1},
        {0.1, 0.2, 9, 3, 2.8},
        {3, 12, 30, 0.4, 0.7},
        {8, 8, 4, 4, 0},
        {8, 8, 40, 35, 0.3},
        {8.4, 8.4, 7, 0.05, 0},
        {8.25, 8.25, 0.2, 0.1, 0.5},
        {-3, 8, 6, 4, 1.5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) check_counted(&cases[i], 16, 17);
}

/* All in the frame: the parts sum to the area. */
static void test_area(void **state) {
    for (int i = 0; i < 200; i++) {
        gt_ellipse e = {31 + 0.137 * (i % 7), 32 - 0.211 * (i % 11), 0.3 + 0.1 * i,
                        (0.3 + 0.1 * i) * (1 - 0.004 * i), 0.05 * i};
        gt_cover_make(&cover, MOST, MOST, &e);
        double sum = 0;
        for (int at = 0; at < MOST * MOST; at++) sum += weight_at(at / MOST, at % MOST);
        assert_near(sum, M_PI * e.a * e.b, 1e-11);
        assert_near(gt_cover_area(&cover), sum, 1e-11);
        gt_cover_make(&cover, 30, 40, &e); /* cut by the frame, but for small ones */
        sum = 0;
        for (int at = 0; at < 30 * 40; at++) sum += weight_at(at / 40, at % 40);
        assert_near(gt_cover_area(&cover), sum, 1e-11);
    }
}

/* Semi-axes that are equal have no direction, and nothing divides by their difference. */
static void test_circle_as_ellipse(void **state) {
    for (int turn = 0; turn < 8; turn++) {
        double want[25];
        gt_ellipse circle = {2.1, 1.9, 0.8, 0.8, 0}, turned = circle;
        turned.angle = 0.4 * turn;
        gt_cover_make(&cover, 5, 5, &circle);
        for (int i = 0; i < 25; i++) want[i] = weight_at(i / 5, i % 5);
        gt_cover_make(&cover, 5, 5, &turned);
        for (int i = 0; i < 25; i++) assert_near(weight_at(i / 5, i % 5), want[i], 1e-12);
    }
}

/* A place near tangency of a grid line where an overlap by intersections is known to go wrong.
 */
static void test_near_tangency(void **state) {
    double x = 259.469906 - 250, y = 400.923861394 - 390, sum = 0;
    gt_ellipse circle = {x, y, 3, 3, 0}, mirrored = {19 - x, y, 3, 3, 0.9};
    double weights[20 * 20];
    gt_cover_make(&cover, 20, 20, &circle);
    for (int i = 0; i < 400; i++) sum += weights[i] = weight_at(i / 20, i % 20);
    assert_near(sum, 9 * M_PI, 1e-12);
    gt_cover_make(&cover, 20, 20, &mirrored);
    for (int i = 0; i < 400; i++)
        assert_near(weight_at(i / 20, 19 - i % 20), weights[i], 1e-12);
}

static void test_outside(void **state) {
    const gt_ellipse nowhere[] = {
        {40, 8, 3, 3, 0}, {8, -20, 5, 4, 0}, {8, 8, 0, 0, 0}, {8, 8, NAN, 1, 0}};
    for (size_t i = 0; i < 4; i++) {
        gt_cover_make(&cover, 16, 16, &nowhere[i]);
        assert_true(gt_cover_area(&cover) == 0);
    }
    gt_cover_make(&cover, 16, 16, &(gt_ellipse){8, 8, 100, 60, 0.2});
    assert_true(gt_cover_area(&cover) == 256);
}

/* Sums along rows and sums of pixels are the same; what is not touched is not looked at. */
static void test_sums(void **state) {
    double values[24 * 20 + GT_COVER_LANES] = {0}, running[24 * 21];
    for (int i = 0; i < 24 * 20; i++) values[i] = sin(i) + 0.3;
    gt_running_sums(24, 20, values, running);
    for (int i = 1; i < 12; i++) {
        gt_ellipse e = {9.3 + 0.1 * i, 11, i, 0.6 * i, 0.3 * i};
        double sum = 0;
        gt_cover_make(&cover, 24, 20, &e);
        for (int at = 0; at < 24 * 20; at++) sum += weight_at(at / 20, at % 20) * values[at];
        assert_near(gt_cover_sum_directly(&cover, values), sum, 1e-12);
        assert_near(gt_cover_sum(&cover, (gt_summed){values, running}), sum, 1e-12);
    }
    values[0] = NAN; /* the corner of the box round the circle, but not of the circle */
    gt_cover_make(&cover, 24, 20, &(gt_ellipse){6, 6, 6, 6, 0});
    assert_true(isfinite(gt_cover_sum_directly(&cover, values)));
}

static void test_integrals(void **state) {
    double x[201], got[201];
    for (int i = 0; i <= 200; i++) x[i] = 2.5 * (i - 100) / 100;
    gt_circle_integrals(201, x, 2.5, got);
    for (int i = 0; i <= 200; i++) {
        double want = 0.5 * (x[i] * sqrt(6.25 - x[i] * x[i]) + 6.25 * asin(x[i] / 2.5));
        assert_near(got[i], want, 4e-15);
    }
}

static int make_room(void **state) {
    gt_error err;
    assert_ok(gt_cover_create(&cover, MOST, MOST, &err), err);
    return 0;
}

static int free_room(void **state) {
    gt_cover_free(&cover);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counting),          cmocka_unit_test(test_area),
        cmocka_unit_test(test_circle_as_ellipse), cmocka_unit_test(test_near_tangency),
        cmocka_unit_test(test_outside),           cmocka_unit_test(test_sums),
        cmocka_unit_test(test_integrals),
    };
    return cmocka_run_group_tests(tests, make_room, free_room);
}
