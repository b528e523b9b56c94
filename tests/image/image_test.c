/* image_test.c - crops, resizing against PIL's rule worked out by hand, scalings, bad pixels.
 */
#include "gt_test.h"

#include "galatea/image.h"

static gt_error err;

static void the_centre_is_cut_out(void **state) {
    float src[2 * 5 * 6], dst[2 * 4];
    for (int i = 0; i < 60; i++) src[i] = (float)i;
    assert_ok(gt_image_crop(src, 2, 5, 6, 2, dst, &err), err);
    const float expected[] = {8, 9, 14, 15, 38, 39, 44, 45}; /* rows 1, 2; columns 2, 3 */
    for (int i = 0; i < 8; i++) assert_true(dst[i] == expected[i]);
    assert_int_equal(gt_image_crop(src, 2, 5, 6, 6, dst, &err), GT_BAD_SHAPE);
    assert_string_equal(err.text, "a picture of 5 x 6 pixels, expected at least 6 x 6");
    assert_int_equal(gt_image_crop(src, 2, 5, 6, 0, dst, &err), GT_BAD_SHAPE);
}

/* Halving: the triangle reaches 2 pixels, weights 1 3 3 1 of 8, cut at the borders. */
static void halving_weighs_every_pixel(void **state) {
    const float src[] = {8, 16, 24, 80};
    float dst[2];
    assert_ok(gt_image_resize(src, 1, 1, 4, 1, 2, dst, &err), err);
    assert_near(dst[0], (3 * 8 + 3 * 16 + 24) / 7.0, 1e-5);
    assert_near(dst[1], (16 + 3 * 24 + 3 * 80) / 7.0, 1e-5);
    assert_ok(gt_image_resize(src, 1, 4, 1, 2, 1, dst, &err), err);
    assert_near(dst[0], (3 * 8 + 3 * 16 + 24) / 7.0, 1e-5);
}

/* Doubling: plain bilinear interpolation between pixel centres. */
static void doubling_interpolates(void **state) {
    const float src[] = {0, 4};
    float dst[4];
    assert_ok(gt_image_resize(src, 1, 1, 2, 1, 4, dst, &err), err);
    const float expected[] = {0, 1, 3, 4};
    for (int i = 0; i < 4; i++) assert_near(dst[i], expected[i], 1e-6);
}

/* Bytes: the same weights, and whole numbers after each of the two passes. */
static void bytes_are_rounded_twice(void **state) {
    const uint8_t src[] = {8, 16, 24, 80, 8, 16, 24, 81}, full[] = {255, 255, 255};
    uint8_t dst[4];
    assert_ok(gt_image_resize_bytes(src, 1, 1, 4, 1, 2, dst, &err), err);
    assert_int_equal(dst[0], 14); /* 96/7 */
    assert_int_equal(dst[1], 47); /* 328/7 */
    assert_ok(gt_image_resize_bytes(src, 1, 2, 4, 1, 2, dst, &err), err);
    assert_int_equal(dst[1], 47); /* of 47 and 47, where 329.5/7 is 47.07 */
    assert_ok(gt_image_resize_bytes(full, 1, 1, 3, 1, 2, dst, &err), err);
    assert_true(dst[0] == 255 && dst[1] == 255);
    assert_int_equal(gt_image_resize_bytes(src, 1, 1, 0, 1, 2, dst, &err), GT_BAD_SHAPE);
}

static void brightness_weighs_colours(void **state) {
    const uint8_t rgb[] = {255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255};
    const uint8_t expected[] = {255, 0, 76, 150, 29};
    uint8_t dst[5];
    gt_image_luma(rgb, 5, dst);
    assert_memory_equal(dst, expected, 5);
}

typedef struct sample {
    int y, x;
    double value;
} sample;

static float pattern(int y, int x) {
    return (float)((x * 7 + y * 13) % 17);
}

/* Values that Pillow 11's Image.resize(BILINEAR) gives for the same float picture. */
static void expect_pillow(int height, int width, int rows, int columns, const sample *samples,
                          size_t count) {
    float *src = malloc((size_t)(height * width) * sizeof *src);
    float *dst = malloc((size_t)(rows * columns) * sizeof *dst);
    for (int i = 0; i < height * width; i++) src[i] = pattern(i / width, i % width);
    assert_ok(gt_image_resize(src, 1, (size_t)height, (size_t)width, (size_t)rows,
                              (size_t)columns, dst, &err),
              err);
    for (size_t i = 0; i < count; i++)
        assert_near(dst[samples[i].y * columns + samples[i].x], samples[i].value, 2e-6);
    free(src);
    free(dst);
}

static void values_are_those_of_pillow(void **state) {
    const sample smaller[] = {{0, 0, 8.034768104553223},   {0, 31, 7.481706619262695},
                              {17, 5, 8.612053871154785},  {63, 63, 8.653337478637695},
                              {40, 22, 8.198668479919434}, {31, 63, 8.174267768859863}};
    const sample larger[] = {{0, 0, 0}, {8, 10, 9}, {4, 5, 13}, {2, 7, 8.838383674621582}};
    expect_pillow(150, 150, 64, 64, smaller, 6);
    expect_pillow(5, 7, 9, 11, larger, 4);
}

static void channels_are_resized_alike(void **state) {
    enum { FROM = 150, TO = 64 };
    static float src[2 * FROM * FROM], dst[2 * TO * TO];
    for (int i = 0; i < FROM * FROM; i++) {
        src[i] = 7.25f;
        src[FROM * FROM + i] = -3;
    }
    assert_ok(gt_image_resize(src, 2, FROM, FROM, TO, TO, dst, &err), err);
    for (int i = 0; i < TO * TO; i++) {
        assert_near(dst[i], 7.25, 2e-6);
        assert_near(dst[TO * TO + i], -3, 1e-6);
    }
    src[77] = 1;
    assert_ok(gt_image_resize(src, 1, FROM, FROM, FROM, FROM, src + FROM * FROM, &err), err);
    assert_memory_equal(src, src + FROM * FROM, FROM * FROM * sizeof(float));
}

static void extreme_sizes_are_resized(void **state) {
    const float one[] = {3}, many[] = {1, 2, 3, 4, 5};
    float dst[7 * 3];
    assert_ok(gt_image_resize(one, 1, 1, 1, 7, 3, dst, &err), err);
    for (int i = 0; i < 21; i++) assert_near(dst[i], 3, 1e-6);
    assert_ok(gt_image_resize(many, 1, 1, 5, 1, 1, dst, &err), err);
    assert_near(dst[0], 3, 1e-6);
    assert_int_equal(gt_image_resize(one, 1, 1, 0, 7, 3, dst, &err), GT_BAD_SHAPE);
    assert_int_equal(gt_image_resize(one, 1, 1, 1, 0, 3, dst, &err), GT_BAD_SHAPE);
}

enum { FIELD = 61, CUT = 33 };

/* Two lobes on a line through (y,x) at `angle`, the brighter end at +1, and a fainter blob
 * across the line; a neighbour at the border. */
static void draw_source(float *field, double y, double x, double angle) {
    static const double blobs[][3] = {{10, 0, 60}, {7, 0, 60},  {4, 0, 60},   {1, 0, 60},
                                      {-2, 0, 60}, {-5, 0, 60}, {-8, 0, 200}, {1, 3, 30}};
    memset(field, 0, FIELD * FIELD * sizeof *field);
    for (size_t b = 0; b < sizeof blobs / sizeof *blobs; b++)
        for (int i = 0; i < FIELD * FIELD; i++) {
            double along = blobs[b][0], across = blobs[b][1];
            double dy = i / FIELD - (y + along * sin(angle) + across * cos(angle));
            double dx = i % FIELD - (x + along * cos(angle) - across * sin(angle));
            double light = blobs[b][2] * exp(-(dy * dy + dx * dx) / (2 * 1.5 * 1.5));
            if (light > 0.5) field[i] += (float)light;
        }
}

static void add_neighbour(float *field) {
    for (int i = 0; i < 5 * 5; i++) field[(1 + i / 5) * FIELD + 1 + i % 5] = 250;
}

/* The same cut-out, to interpolation, however the source is turned. */
static void a_source_is_turned_upright(void **state) {
    static float field[FIELD * FIELD], cut[CUT * CUT], first[CUT * CUT];
    gt_image_pose pose;
    for (int turn = 0; turn < 12; turn++) {
        double angle = 0.1 + turn * acos(-1) / 6;
        draw_source(field, 30, 30, angle);
        add_neighbour(field);
        assert_ok(gt_image_find_pose(field, 1, FIELD, FIELD, CUT, &pose, &err), err);
        assert_near(remainder(pose.angle - angle, acos(-1)), 0, 0.1);
        gt_image_cut_pose(field, 1, FIELD, FIELD, &pose, CUT, turn ? cut : first);
        double distance = 0, norm = 0;
        for (int i = 0; turn && i < CUT * CUT; i++) {
            distance += (cut[i] - first[i]) * (double)(cut[i] - first[i]);
            norm += first[i] * (double)first[i];
        }
        assert_true(turn == 0 || distance < 1e-3 * norm);
    }
}

/* The window does not move with the source, which draws the centroid a little back. */
static void a_shifted_source_is_centred(void **state) {
    static float field[FIELD * FIELD];
    gt_image_pose pose, moved;
    draw_source(field, 30, 30, 0.7);
    assert_ok(gt_image_find_pose(field, 1, FIELD, FIELD, CUT, &pose, &err), err);
    draw_source(field, 32, 29, 0.7);
    assert_ok(gt_image_find_pose(field, 1, FIELD, FIELD, CUT, &moved, &err), err);
    assert_near(moved.y - pose.y, 2, 0.15);
    assert_near(moved.x - pose.x, -1, 0.15);
    assert_near(moved.angle - pose.angle, 0, 0.01);
}

static void a_pose_tells_the_heavier_tails(void **state) {
    static float field[FIELD * FIELD];
    gt_image_pose pose;
    draw_source(field, 30, 30, 0); /* light at -8, so that the tail is on the positive side */
    assert_ok(gt_image_find_pose(field, 1, FIELD, FIELD, CUT, &pose, &err), err);
    assert_false(pose.flip_x);
    assert_false(pose.flip_y);
    for (int y = 0; y < FIELD; y++)
        for (int x = 0; x < FIELD / 2; x++) {
            float kept = field[y * FIELD + x];
            field[y * FIELD + x] = field[y * FIELD + FIELD - 1 - x];
            field[y * FIELD + FIELD - 1 - x] = kept;
        }
    assert_ok(gt_image_find_pose(field, 1, FIELD, FIELD, CUT, &pose, &err), err);
    assert_true(pose.flip_x);
    assert_false(pose.flip_y);
}

/* Nothing is detected in a constant picture, also one of two channels: the centre is cut. */
static void a_blank_picture_is_cut_straight(void **state) {
    float src[2 * 8 * 6], dst[2 * 16], crop[2 * 16];
    gt_image_pose pose;
    for (int i = 0; i < 96; i++) src[i] = i < 48 ? 3 : 4;
    assert_ok(gt_image_find_pose(src, 2, 8, 6, 4, &pose, &err), err);
    assert_near(pose.y, 3.5, 1e-12);
    assert_near(pose.x, 2.5, 1e-12);
    gt_image_cut_pose(src, 2, 8, 6, &pose, 4, dst);
    assert_ok(gt_image_crop(src, 2, 8, 6, 4, crop, &err), err);
    for (int i = 0; i < 32; i++) assert_near(dst[i], crop[i], 1e-6);
    gt_image_cut_pose(src, 2, 8, 6, &(gt_image_pose){.y = -20, .x = 3}, 4, dst);
    for (int i = 0; i < 32; i++) assert_true(dst[i] == 0); /* outside is nothing */
}

static void bad_pixels_are_counted(void **state) {
    float values[] = {1, NAN, -INFINITY, INFINITY, 1e38f, -2e18f, 9e17f, -NAN, 0};
    gt_image_faults faults = gt_image_count_faults(values, 9);
    assert_int_equal(faults.nan, 2);
    assert_int_equal(faults.infinite, 2);
    assert_int_equal(faults.huge, 2);
    gt_image_zero_faults(values, 9);
    const float expected[] = {1, 0, 0, 0, 0, 0, 9e17f, 0, 0};
    for (int i = 0; i < 9; i++) assert_true(values[i] == expected[i]);
}

static void scalings_follow_their_formulas(void **state) {
    float values[] = {-1, 0, 1, 3};
    assert_ok(gt_image_scale(values, 4, GT_SCALING_NONE, 0, &err), err);
    assert_true(values[0] == -1 && values[3] == 3);
    assert_ok(gt_image_scale(values, 4, GT_SCALING_MINMAX, 0, &err), err);
    const float minmax[] = {0, 0.25f, 0.5f, 1};
    for (int i = 0; i < 4; i++) assert_near(values[i], minmax[i], 1e-7);
    assert_ok(gt_image_scale(values, 4, GT_SCALING_ASINH, 10, &err), err);
    for (int i = 0; i < 4; i++)
        assert_near(values[i], asinh(10 * (double)minmax[i]) / asinh(10), 1e-7);
    for (gt_image_scaling s = GT_SCALING_MINMAX; s <= GT_SCALING_SIGMA; s++) {
        float constant[] = {5, 5, 5};
        assert_ok(gt_image_scale(constant, 3, s, 3, &err), err);
        for (int i = 0; i < 3; i++) assert_true(constant[i] == 0);
    }
}

/* 1,000 pixels of a triangular noise in -1..1 around 5 (deviation 0.41) and a source. */
static void noise_is_cut_below_the_source(void **state) {
    float values[1000];
    for (int i = 0; i < 1000; i++)
        values[i] = 5 + (float)((i * 37 % 100) + (i / 100 * 11 % 100) - 99) / 99.0f;
    values[400] = 105;
    values[401] = 55;
    assert_ok(gt_image_scale(values, 1000, GT_SCALING_SIGMA, 3, &err), err);
    for (int i = 0; i < 1000; i++) {
        if (i == 400)
            assert_near(values[i], 1, 1e-7);
        else if (i == 401)
            assert_near(values[i], 0.5, 3e-3);
        else
            assert_true(values[i] == 0);
    }
}

/* Eight orientations: all different, each undone by its own inverse, axes exchanged by
 * quarters. */
static void orientations(void **state) {
    const float src[] = {1, 2, 3, 4, 5, 6}; /* 2 x 3 */
    const float quarter[] = {3, 6, 2, 5, 1, 4}, mirror[] = {3, 2, 1, 6, 5, 4};
    const float half[] = {6, 5, 4, 3, 2, 1};
    float a[6], b[6], seen[8][6];
    gt_image_turn(src, 1, 2, 3, 1, a);
    assert_memory_equal(a, quarter, sizeof a);
    gt_image_turn(src, 1, 2, 3, 2, a);
    assert_memory_equal(a, half, sizeof a);
    gt_image_turn(src, 1, 2, 3, 4, a);
    assert_memory_equal(a, mirror, sizeof a);
    for (int t = 0; t < 8; t++) {
        gt_image_turn(src, 1, 2, 3, t, seen[t]);
        size_t height = t & 1 ? 3 : 2, width = t & 1 ? 2 : 3;
        if (t & 4) { /* mirrored, then turned: turn back, then mirror */
            gt_image_turn(seen[t], 1, height, width, (4 - (t & 3)) & 3, a);
            gt_image_turn(a, 1, 2, 3, 4, b);
        } else {
            gt_image_turn(seen[t], 1, height, width, (4 - t) & 3, b);
        }
        assert_memory_equal(b, src, sizeof b);
        for (int k = 0; k < t; k++)
            if ((k & 1) == (t & 1)) assert_true(memcmp(seen[k], seen[t], sizeof a) != 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_rounded_twice),
        cmocka_unit_test(brightness_weighs_colours),
        cmocka_unit_test(the_centre_is_cut_out),
        cmocka_unit_test(halving_weighs_every_pixel),
        cmocka_unit_test(doubling_interpolates),
        cmocka_unit_test(values_are_those_of_pillow),
        cmocka_unit_test(channels_are_resized_alike),
        cmocka_unit_test(extreme_sizes_are_resized),
        cmocka_unit_test(a_source_is_turned_upright),
        cmocka_unit_test(a_shifted_source_is_centred),
        cmocka_unit_test(a_pose_tells_the_heavier_tails),
        cmocka_unit_test(a_blank_picture_is_cut_straight),
        cmocka_unit_test(bad_pixels_are_counted),
        cmocka_unit_test(scalings_follow_their_formulas),
        cmocka_unit_test(noise_is_cut_below_the_source),
        cmocka_unit_test(orientations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
