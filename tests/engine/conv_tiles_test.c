/* conv_tiles_test.c - convolutions and their gradients by our own Winograd, windows of 3x3 and
 * of 4x4, against the definition, by force, at maps that fill no tile, channels of several
 * blocks, chunks of tiles and groups of blocks that end early, added and not, by any number of
 * threads.
 */
#include "conv_own_check.h"

#include "cpu/conv_tiles.h"

typedef struct geometry {
    int64_t images, in, out, height, width;
} geometry;

/* clang-format off */
static const geometry geometries[] = {
    {1, 16, 16, 1, 1}, {9, 16, 48, 1, 1}, {1, 16, 32, 2, 3}, {5, 32, 16, 3, 3}, {2, 16, 272, 4, 4},
    {3, 272, 16, 4, 3}, {9, 48, 80, 4, 4}, {1, 64, 64, 5, 7}, {2, 32, 48, 8, 9}, {1, 16, 16, 1, 20},
    {7, 16, 32, 12, 11}, {1, 48, 32, 20, 13}, {9, 16, 16, 20, 20}, /* 225 tiles: two chunks */
    {4, 16, 16, 24, 24}, {1, 176, 176, 4, 4}, {3, 16, 16, 17, 15},
};
/* clang-format on */
enum { GEOMETRIES = sizeof geometries / sizeof *geometries };

static const own_algorithm tiles = {GT_CONV_TILES, "tiles", false};

static void check(const geometry *e, int64_t taps, int pad) {
    int64_t less = taps - 1 - 2 * pad;
    gt_shape x = GT_SHAPE(e->images, e->in, e->height + less, e->width + less),
             w = GT_SHAPE(e->out, e->in, taps, taps),
             y = GT_SHAPE(e->images, e->out, e->height, e->width);
    gt_conv_problem p = {.kind = GT_CONV_WEIGHTS, .x = x, .w = w, .y = y};
    if (x.dim[2] < 1 || x.dim[3] < 1) return;
    p.how = (gt_conv){.stride = 1, .pad = pad, .groups = 1};
    p.x_blocked = p.y_blocked = true;
    gt_graph *g = gt_graph_create();
    gt_tensor *in_x = gt_input(g, "x", x), *in_y = gt_input(g, "y", y),
              *in_w = gt_input(g, "w", w), *bias = gt_input(g, "b", GT_SHAPE(e->out));
    own_check(&p, gt_conv2d_weights(g, in_x, in_y, w, p.how), e->images * e->height * e->width,
              tiles);
    p.kind = GT_CONV_DATA;
    own_check(&p, gt_conv2d_data(g, in_y, in_w, x, p.how), e->out * taps * taps, tiles);
    p.kind = GT_CONV_FORWARD;
    own_check(&p, gt_conv2d(g, in_x, in_w, NULL, p.how), e->in * taps * taps, tiles);
    p.bias = true;
    own_check(&p, gt_conv2d(g, in_x, in_w, bias, p.how), e->in * taps * taps, tiles);
    gt_graph_destroy(g);
}

static void windows_of_three(void **state) {
    for (int i = 0; i < GEOMETRIES; i++) check(&geometries[i], 3, 1);
    for (int pad = 0; pad < 3; pad++) check(&geometries[GEOMETRIES - 1], 3, pad);
}

static void windows_of_four(void **state) {
    for (int i = 0; i < GEOMETRIES; i++) check(&geometries[i], 4, i % 4);
}

/* Results, and points of weights, that no cache keeps. */
static void past_the_caches(void **state) {
    if (IS_SLOW_BUILD) skip(); /* large, and the same code as above */
    const gt_shape x[] = {GT_SHAPE(1, 16, 128, 130), GT_SHAPE(1, 256, 5, 4)};
    const gt_shape w[] = {GT_SHAPE(64, 16, 3, 3), GT_SHAPE(240, 256, 3, 3)};
    for (int i = 0; i < 2; i++) {
        gt_conv_problem p = {.kind = GT_CONV_FORWARD,
                             .x = x[i],
                             .w = w[i],
                             .y = x[i],
                             .how = {.stride = 1, .pad = 1, .groups = 1},
                             .x_blocked = true,
                             .y_blocked = true};
        p.y.dim[1] = w[i].dim[0];
        gt_graph *g = gt_graph_create();
        gt_tensor *in_x = gt_input(g, "x", p.x), *in_w = gt_input(g, "w", p.w);
        own_check(&p, gt_conv2d(g, in_x, in_w, NULL, p.how), w[i].dim[1] * 9, tiles);
        gt_graph_destroy(g);
    }
}

/* ---- A tile ----------------------------------------------------------------------------- */

enum { REACH = GT_TILE_REACH, POINTS = GT_TILE_POINTS, LINE = GT_BLOCK, MOST = 9 };

/* Pixels (row, column, 16) from (top, left) on, zero outside. */
static void copy_tile(const float *image, int64_t height, int64_t width, int64_t top,
                      int64_t left, int64_t side, float *to) {
    for (int64_t r = 0; r < side; r++)
        for (int64_t k = 0; k < side; k++)
            for (int l = 0; l < LINE; l++, to++) {
                int64_t row = top + r, column = left + k;
                bool is_inside = row >= 0 && row < height && column >= 0 && column < width;
                *to = is_inside ? image[(row * width + column) * LINE + l] : 0;
            }
}

/* An image, with what is no number before and behind. */
static float *image_among(int64_t height, int64_t width) {
    int64_t size = height * width * LINE;
    float *all = call_drawn(size + 2 * LINE, 5, 1);
    for (int l = 0; l < LINE; l++) all[l] = all[LINE + size + l] = NAN;
    return all;
}

/* Points of a tile at (top, left) are those of a copy with zeros, whatever lies around the
 * image and whatever number outside it holds. */
static void check_tile(const float *image, int64_t height, int64_t width, int64_t top,
                       int64_t left) {
    float copy[POINTS * LINE], got[POINTS * LINE], want[POINTS * LINE];
    gt_tile_spread_image(image, height, width, top, left, got, LINE);
    copy_tile(image, height, width, top, left, REACH, copy);
    gt_tile_spread_image(copy, REACH, REACH, 0, 0, want, LINE);
    call_assert_bits(got, want, POINTS * LINE, "spread", 1);
    for (int side = 3; side <= 4; side++) {
        copy_tile(image, height, width, top, left, side, copy);
        gt_tile_values_image(side, copy, side, side, 0, 0, want, LINE);
        gt_tile_values_image(side, image, height, width, top, left, got, LINE);
        call_assert_bits(got, want, POINTS * LINE, "values", side);
    }
}

static void edges_of_images(void **state) {
    for (int64_t height = 1; height <= MOST; height += 2)
        for (int64_t width = 1; width <= MOST; width += 4) {
            float *all = image_among(height, width);
            for (int64_t top = -REACH; top <= height + 1; top++)
                for (int64_t left = -REACH; left <= width + 1; left++)
                    check_tile(all + LINE, height, width, top, left);
            free(all);
        }
}

/* The points of pixels times those of a window, brought together, are the window's sums. */
static void a_tile_is_a_convolution(void **state) {
    enum { TAPS = 3, SIDE = 4 };
    float *x = call_drawn(POINTS * LINE, 1, 1), *w = call_drawn(TAPS * TAPS * LINE, 2, 1);
    float pixels[POINTS * LINE], weights[POINTS * LINE];
    gt_vector points[POINTS], half[SIDE * REACH], got[SIDE * SIDE];
    gt_tile_spread_image(x, REACH, REACH, 0, 0, pixels, LINE);
    gt_tile_weights(TAPS, w, LINE, weights, LINE);
    for (int i = 0; i < POINTS; i++)
        points[i] = gt_load(pixels + i * LINE) * gt_load(weights + i * LINE);
    for (int k = 0; k < REACH; k++)
        gt_tile_join(SIDE, false, false, points + k, REACH, half + k, REACH);
    for (int r = 0; r < SIDE; r++)
        gt_tile_join(SIDE, false, false, half + r * REACH, 1, got + r * SIDE, 1);
    for (int i = 0; i < SIDE * SIDE; i++)
        for (int l = 0; l < LINE; l++) {
            double want = 0;
            for (int t = 0; t < TAPS * TAPS; t++)
                want += (double)w[t * LINE + l] *
                        x[((i / SIDE + t / TAPS) * REACH + i % SIDE + t % TAPS) * LINE + l];
            assert_float_equal(got[i][l], want, 1e-5);
        }
    free(x), free(w);
}

/* The values of pixels times those of a window turned round, as coefficients, are what each
 * pixel gives to all around it. */
static void a_tile_gives_to_its_rim(void **state) {
    enum { TAPS = 3, SIDE = 4 };
    float *x = call_drawn(SIDE * SIDE * LINE, 1, 1), *w = call_drawn(TAPS * TAPS * LINE, 2, 1);
    float pixels[POINTS * LINE], plain[POINTS * LINE], weights[POINTS * LINE];
    gt_vector points[POINTS], half[POINTS], got[POINTS];
    gt_tile_values_rows(x, SIDE * LINE, pixels, LINE);
    gt_tile_values_image(SIDE, x, SIDE, SIDE, 0, 0, plain, LINE);
    gt_tile_weights(TAPS, w + (TAPS * TAPS - 1) * LINE, -LINE, weights, LINE);
    for (int i = 0; i < POINTS * LINE; i++) assert_float_equal(pixels[i], plain[i], 1e-5);
    for (int i = 0; i < POINTS; i++)
        points[i] = gt_load(pixels + i * LINE) * gt_load(weights + i * LINE);
    for (int k = 0; k < REACH; k++) gt_tile_coefficients(points + k, REACH, half + k, REACH);
    for (int r = 0; r < REACH; r++)
        gt_tile_coefficients(half + r * REACH, 1, got + r * REACH, 1);
    for (int i = 0; i < POINTS; i++)
        for (int l = 0; l < LINE; l++) {
            double want = 0; /* windows around (row - 1, column - 1) of the tile */
            for (int t = 0; t < TAPS * TAPS; t++) {
                int row = i / REACH - 2 + t / TAPS, column = i % REACH - 2 + t % TAPS;
                if (row < 0 || row >= SIDE || column < 0 || column >= SIDE) continue;
                want += (double)w[t * LINE + l] * x[(row * SIDE + column) * LINE + l];
            }
            assert_float_equal(got[i][l], want, 1e-5);
        }
    free(x), free(w);
}

/* What it is not made for it does not take. */
static void refusals(void **state) {
    gt_error err = {0};
    gt_conv_problem good = {.kind = GT_CONV_WEIGHTS,
                            .x = GT_SHAPE(2, 16, 8, 8),
                            .w = GT_SHAPE(16, 16, 3, 3),
                            .y = GT_SHAPE(2, 16, 8, 8),
                            .how = {1, 1, 1},
                            .x_blocked = true,
                            .y_blocked = true};
    gt_conv_problem bad[] = {good, good, good, good, good};
    bad[0].w = GT_SHAPE(16, 16, 5, 5), bad[0].how.pad = 2;
    bad[1].x_blocked = false;
    bad[2].how.pad = 3, bad[2].y = GT_SHAPE(2, 16, 12, 12);
    bad[3].x.dim[0] = bad[3].y.dim[0] = 0;
    bad[4].how.stride = 2, bad[4].y = GT_SHAPE(2, 16, 4, 4);
    for (int i = 0; i < 5; i++) {
        gt_conv_work *work = NULL;
        assert_int_equal(gt_conv_create(&bad[i], GT_CONV_TILES, 1, &work, &err),
                         GT_UNSUPPORTED);
        assert_null(work);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(windows_of_three),
                                       cmocka_unit_test(windows_of_four),
                                       cmocka_unit_test(past_the_caches),
                                       cmocka_unit_test(edges_of_images),
                                       cmocka_unit_test(a_tile_is_a_convolution),
                                       cmocka_unit_test(a_tile_gives_to_its_rim),
                                       cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
