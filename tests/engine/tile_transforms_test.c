/* tile_transforms_test.c - Winograd's transforms along one axis against what they stand for:
 * six numbers under a window, and the gradient of the window. */
#include "gt_test.h"

#include <math.h>

#include "cpu/conv_tiles.h"
#include "rng.h"

enum { REACH = GT_TILE_REACH, MOST = 4 };

/* Sixteen cases side by side, as the transforms have them. */
static void draw(float *to, int count, uint32_t stream) {
    gt_rng_fill_normal((gt_rng_key){3, stream, 0}, 0, (size_t)(count * GT_BLOCK), to);
}

static void judge(float got, double want, double size, const char *what, int taps) {
    if (!(fabs(got - want) <= 1e-6 * (1 + size)))
        fail_msg("%s, %d taps: %.9g, not %.9g", what, taps, (double)got, want);
}

static void to_values(int count, const float *from, float *to) {
    gt_vector y[MOST];
    for (int i = 0; i < count; i++) y[i] = gt_load(from + i * GT_BLOCK);
    if (count == 3)
        gt_tile_values(3, y, to, GT_BLOCK);
    else
        gt_tile_values(4, y, to, GT_BLOCK);
}

static void spread_lines(const float *from, float *to) {
    gt_vector x[REACH];
    for (int i = 0; i < REACH; i++) x[i] = gt_load(from + i * GT_BLOCK);
    gt_tile_spread(x, to, GT_BLOCK);
}

static void to_results(int count, bool scales, const gt_vector *from, gt_vector *to) {
    if (count == 3)
        gt_tile_join(3, scales, false, from, 1, to, 1);
    else
        gt_tile_join(4, scales, false, from, 1, to, 1);
}

/* y_i = sum of w_j x_(i + j): the windows get the factors of the points. */
static void check_window(int taps) {
    int side = REACH + 1 - taps;
    float x[REACH * GT_BLOCK], w[MOST * GT_BLOCK], spread[REACH * GT_BLOCK],
        values[REACH * GT_BLOCK];
    gt_vector products[REACH], y[MOST];
    draw(x, REACH, 1);
    draw(w, taps, 2);
    spread_lines(x, spread);
    to_values(taps, w, values);
    for (int k = 0; k < REACH; k++)
        products[k] =
            gt_tile_factor(k) * gt_load(values + k * GT_BLOCK) * gt_load(spread + k * GT_BLOCK);
    to_results(side, false, products, y);
    for (int i = 0; i < side; i++)
        for (int l = 0; l < GT_BLOCK; l++) {
            double want = 0, size = 0;
            for (int j = 0; j < taps; j++) {
                double term = (double)w[j * GT_BLOCK + l] * (double)x[(i + j) * GT_BLOCK + l];
                want += term;
                size += fabs(term);
            }
            judge(y[i][l], want, size, "under a window", taps);
        }
}

/* gw_j = sum of gy_i x_(i + j): the sums get the factors of the points. */
static void check_gradient(int taps) {
    int side = REACH + 1 - taps;
    float x[REACH * GT_BLOCK], gy[MOST * GT_BLOCK], spread[REACH * GT_BLOCK],
        values[REACH * GT_BLOCK];
    gt_vector products[REACH], gw[MOST];
    draw(x, REACH, 3);
    draw(gy, side, 4);
    spread_lines(x, spread);
    to_values(side, gy, values);
    for (int k = 0; k < REACH; k++)
        products[k] = gt_load(values + k * GT_BLOCK) * gt_load(spread + k * GT_BLOCK);
    to_results(taps, true, products, gw);
    for (int j = 0; j < taps; j++)
        for (int l = 0; l < GT_BLOCK; l++) {
            double want = 0, size = 0;
            for (int i = 0; i < side; i++) {
                double term = (double)gy[i * GT_BLOCK + l] * (double)x[(i + j) * GT_BLOCK + l];
                want += term;
                size += fabs(term);
            }
            judge(gw[j][l], want, size, "of a window", taps);
        }
}

static void along_an_axis(void **state) {
    for (int taps = 3; taps <= 4; taps++) {
        check_window(taps);
        check_gradient(taps);
    }
}

/* Tiles in and over every edge of an image: zeros stand for what is outside. */
static void around_an_image(void **state) {
    enum { HEIGHT = 7, WIDTH = 9 };
    float image[HEIGHT * WIDTH * GT_BLOCK];
    draw(image, HEIGHT * WIDTH, 5);
    for (int top = -REACH; top <= HEIGHT; top++)
        for (int left = -REACH; left <= WIDTH; left++) {
            gt_tile_window window = gt_tile_window_at(image, HEIGHT, WIDTH, top, left);
            bool is_whole = gt_tile_is_inside(HEIGHT, WIDTH, top, left, REACH);
            for (int i = 0; i < REACH * REACH; i++) {
                int r = top + i / REACH, k = left + i % REACH;
                bool is_inside = r >= 0 && r < HEIGHT && k >= 0 && k < WIDTH;
                gt_vector got = gt_tile_pixel(&window, i / REACH, i % REACH, is_whole);
                for (int l = 0; l < GT_BLOCK; l++)
                    assert_true(got[l] ==
                                (is_inside ? image[(r * WIDTH + k) * GT_BLOCK + l] : 0));
            }
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(along_an_axis),
                                       cmocka_unit_test(around_an_image)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
