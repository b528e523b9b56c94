/* conv_tiles.h - Winograd's tiles of 6 x 6 pixels, which windows of 3 x 3 turn into 4 x 4
 * pixels and windows of 4 x 4 into 3 x 3: the transforms, for all three convolutions. Private
 * to conv_tiles*.c and conv_narrow*.c.
 *
 * Along one axis y_i = sum of w_j x_(i + j), with `taps` weights and `side` = 7 - taps results,
 * is y = V' [ (V w) . (C' x) ]: V makes the values of a polynomial with those coefficients at
 * the points 0, A, -A, B, -B and infinity, and C makes of a polynomial's values its six
 * coefficients. C' is here without the factors that belong to its points
 * (gt_tile_factor), which weights get instead. */
#ifndef GT_ENGINE_CONV_TILES_H
#define GT_ENGINE_CONV_TILES_H

#include "conv_own.h"
#include "lanes.h"

enum { GT_TILE_REACH = 6, GT_TILE_POINTS = GT_TILE_REACH * GT_TILE_REACH };

#define GT_ALWAYS static inline __attribute__((always_inline))

static inline int64_t gt_least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static inline int64_t gt_most(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* ---- Along an axis --------------------------------------------------------------------- */

/* The points other than 0 and infinity; all that is made of them is exact. */
#define A 0.625f
#define B 1.5f
#define A2 (A * A)
#define B2 (B * B)

/* Six pixels, `step` floats from one to the next, to the six points: C' x. */
GT_ALWAYS void gt_tile_spread(const float *x, int64_t step, float *to, int64_t next) {
    gt_vector x0 = gt_load(x), x1 = gt_load(x + step), x2 = gt_load(x + 2 * step),
              x3 = gt_load(x + 3 * step), x4 = gt_load(x + 4 * step),
              x5 = gt_load(x + 5 * step);
    gt_vector even_a = x4 - B2 * x2, odd_a = A * (x3 - B2 * x1);
    gt_vector even_b = x4 - A2 * x2, odd_b = B * (x3 - A2 * x1);
    gt_store(to, A2 * B2 * x0 + (x4 - (A2 + B2) * x2));
    gt_store(to + next, even_a + odd_a);
    gt_store(to + 2 * next, even_a - odd_a);
    gt_store(to + 3 * next, even_b + odd_b);
    gt_store(to + 4 * next, even_b - odd_b);
    gt_store(to + 5 * next, A2 * B2 * x1 + (x5 - (A2 + B2) * x3));
}

/* Three or four coefficients to their values: V y. */
GT_ALWAYS void gt_tile_values(const int count, const float *y, int64_t step, float *to,
                              int64_t next) {
    gt_vector y0 = gt_load(y), y1 = gt_load(y + step), y2 = gt_load(y + 2 * step), last = y2;
    gt_vector even_a = y0 + A2 * y2, odd_a = A * y1, even_b = y0 + B2 * y2, odd_b = B * y1;
    if (count == 4) {
        last = gt_load(y + 3 * step);
        odd_a = A * (y1 + A2 * last);
        odd_b = B * (y1 + B2 * last);
    }
    gt_store(to, y0);
    gt_store(to + next, even_a + odd_a);
    gt_store(to + 2 * next, even_a - odd_a);
    gt_store(to + 3 * next, even_b + odd_b);
    gt_store(to + 4 * next, even_b - odd_b);
    gt_store(to + 5 * next, last);
}

/* What belongs to point number `point`. */
GT_ALWAYS float gt_tile_factor(int point) {
    if (point == 0) return 1 / (A2 * B2);
    if (point == GT_TILE_REACH - 1) return 1;
    return point < 3 ? 1 / (2 * A2 * (A2 - B2)) : 1 / (2 * B2 * (B2 - A2));
}

/* Six values to three or four results, V' s, with the factors of the points where asked for.
 * `settled`: of two products that are added the first one is rounded, whatever else a compiler
 * would choose where it is called. */
GT_ALWAYS void gt_tile_join(const int count, const bool scales, const bool settled,
                            const gt_vector *s, int step, gt_vector *to, int next) {
    const float zero = scales ? gt_tile_factor(0) : 1, a = scales ? gt_tile_factor(1) : 1,
                b = scales ? gt_tile_factor(3) : 1;
    gt_vector even_a = a * (s[step] + s[2 * step]), even_b = b * (s[3 * step] + s[4 * step]);
    gt_vector odd_a = (a * A) * (s[step] - s[2 * step]),
              odd_b = (b * B) * (s[3 * step] - s[4 * step]);
    to[0] = zero * s[0] + (even_a + even_b);
    to[next] = odd_a + odd_b;
    gt_vector even = A2 * even_a, odd = A2 * odd_a;
    if (settled) even = gt_hold(even), odd = gt_hold(odd);
    to[2 * next] = even + B2 * even_b;
    if (count == 4) to[3 * next] = odd + B2 * odd_b;
    to[(count - 1) * next] += s[5 * step];
}

#undef A
#undef B
#undef A2
#undef B2

/* ---- Of images ------------------------------------------------------------------------- */

/* Pixels of one block of an image (height, width, 16) around a tile: those there, or a copy
 * with zeros where they are outside. */
typedef struct gt_tile_view {
    const float *from;
    int64_t row; /* floats from one row to the next */
} gt_tile_view;

GT_ALWAYS gt_tile_view gt_tile_at(const float *image, int64_t height, int64_t width,
                                  int64_t top, int64_t left, int64_t side, float *copy) {
    if (top >= 0 && left >= 0 && top + side <= height && left + side <= width)
        return (gt_tile_view){image + (top * width + left) * GT_BLOCK, width * GT_BLOCK};
    static const float outside[GT_BLOCK];
#pragma GCC unroll 6
    for (int64_t r = 0; r < side; r++) {
        bool has_row = top + r >= 0 && top + r < height;
        const float *row = image + ((top + r) * width + left) * GT_BLOCK;
#pragma GCC unroll 6
        for (int64_t k = 0; k < side; k++) {
            bool is_inside = has_row & (left + k >= 0) & (left + k < width);
            gt_store(copy + (r * side + k) * GT_BLOCK,
                     gt_load(is_inside ? row + k * GT_BLOCK : outside));
        }
    }
    return (gt_tile_view){copy, side * GT_BLOCK};
}

/* The six by six pixels from (top, left) on to 36 points, `next` floats apart. */
GT_ALWAYS void gt_tile_spread_image(const float *image, int64_t height, int64_t width,
                                    int64_t top, int64_t left, float *to, int64_t next) {
    enum { REACH = GT_TILE_REACH, ROW = REACH * GT_BLOCK };
    float copy[GT_TILE_POINTS * GT_BLOCK], half[GT_TILE_POINTS * GT_BLOCK];
    gt_tile_view at = gt_tile_at(image, height, width, top, left, REACH, copy);
    for (int r = 0; r < REACH; r++)
        gt_tile_spread(at.from + r * at.row, GT_BLOCK, half + r * ROW, GT_BLOCK);
    for (int k = 0; k < REACH; k++)
        gt_tile_spread(half + k * GT_BLOCK, ROW, to + k * next, REACH * next);
}

/* Coefficients of 3 x 3 or 4 x 4 pixels to their values at 36 points. */
GT_ALWAYS void gt_tile_values_image(const int side, const float *image, int64_t height,
                                    int64_t width, int64_t top, int64_t left, float *to,
                                    int64_t next) {
    enum { REACH = GT_TILE_REACH, ROW = REACH * GT_BLOCK, MOST = 4 };
    float copy[MOST * MOST * GT_BLOCK], half[MOST * ROW];
    gt_tile_view at = gt_tile_at(image, height, width, top, left, side, copy);
    for (int r = 0; r < side; r++)
        gt_tile_values(side, at.from + r * at.row, GT_BLOCK, half + r * ROW, GT_BLOCK);
    for (int k = 0; k < REACH; k++)
        gt_tile_values(side, half + k * GT_BLOCK, ROW, to + k * next, REACH * next);
}

/* ---- Images and data gradients (conv_tiles_images.c) ----------------------------------- */

/* Of windows of 4 x 4; as in gt_conv_own. */
size_t gt_tiles_images_weights(const gt_conv_problem *problem);
size_t gt_tiles_images_scratch(const gt_conv_problem *problem, int threads);
void gt_tiles_images_prepare(const gt_conv_problem *problem, const float *w, float *prepared,
                             int threads);
void gt_tiles_images_run(const gt_conv_problem *problem, const float *a, const float *b,
                         const float *bias, float *result, bool accumulate, void *scratch,
                         int threads);

#endif
