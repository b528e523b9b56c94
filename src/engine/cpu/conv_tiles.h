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

/* Asks for a block, to be read or written; clang takes the kind only as a constant. */
GT_ALWAYS void gt_fetch_block(const float *block, const int written) {
    if (written)
        __builtin_prefetch(block, 1);
    else
        __builtin_prefetch(block, 0);
}

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

/* Six values to the six points: C' x; two of them at once, those of A or of B, and the others.
 */
GT_ALWAYS void gt_tile_pair(const bool of_a, const gt_vector x[4], gt_vector *plus,
                            gt_vector *minus) {
    const float other = of_a ? B2 : A2, this = of_a ? A : B;
    gt_vector even = x[3] - other * x[1], odd = this * (x[2] - other * x[0]);
    *plus = even + odd;
    *minus = even - odd;
}

GT_ALWAYS gt_vector gt_tile_end(gt_vector first, gt_vector second, gt_vector third) {
    return A2 * B2 * first + (third - (A2 + B2) * second);
}

GT_ALWAYS void gt_tile_spread(const gt_vector x[GT_TILE_REACH], float *to, int64_t next) {
    gt_store(to, gt_tile_end(x[0], x[2], x[4]));
    gt_store(to + 5 * next, gt_tile_end(x[1], x[3], x[5]));
#pragma GCC unroll 2
    for (int k = 1; k < 5; k += 2) {
        gt_vector plus, minus;
        gt_tile_pair(k == 1, x + 1, &plus, &minus);
        gt_store(to + k * next, plus);
        gt_store(to + (k + 1) * next, minus);
    }
}

/* Three or four coefficients to their values: V y. */
GT_ALWAYS void gt_tile_values(const int count, const gt_vector *y, float *to, int64_t next) {
    gt_vector even_a = y[0] + A2 * y[2], odd_a = A * y[1], even_b = y[0] + B2 * y[2],
              odd_b = B * y[1];
    if (count == 4) {
        odd_a = A * (y[1] + A2 * y[3]);
        odd_b = B * (y[1] + B2 * y[3]);
    }
    gt_store(to, y[0]);
    gt_store(to + next, even_a + odd_a);
    gt_store(to + 2 * next, even_a - odd_a);
    gt_store(to + 3 * next, even_b + odd_b);
    gt_store(to + 4 * next, even_b - odd_b);
    gt_store(to + 5 * next, y[count - 1]);
}

/* The values of four coefficients at A and -A alone, or at B and -B. */
GT_ALWAYS void gt_tile_value_pair(const bool of_a, const gt_vector y[4], gt_vector *plus,
                                  gt_vector *minus) {
    const float at = of_a ? A : B;
    gt_vector even = y[0] + at * at * y[2], odd = gt_hold(at * (y[1] + at * at * y[3]));
    *plus = even + odd;
    *minus = even - odd;
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

/* Values at the six points to the six coefficients, C s, without the factors of the points: of
 * the products of two polynomials' values to all sums of one with the other. */
GT_ALWAYS void gt_tile_coefficients(const gt_vector *s, int step, gt_vector *to, int next) {
    gt_vector even_a = s[step] + s[2 * step], even_b = s[3 * step] + s[4 * step],
              odd_a = s[step] - s[2 * step], odd_b = s[3 * step] - s[4 * step];
    gt_vector first = gt_hold(A2 * B2 * s[5 * step]), third = gt_hold(A * odd_a),
              second = gt_hold((A2 + B2) * s[0]);
    to[0] = A2 * B2 * s[0];
    to[next] = first - A * B2 * odd_a - A2 * B * odd_b;
    to[2 * next] = -second - B2 * even_a - A2 * even_b;
    to[3 * next] = third + B * odd_b - (A2 + B2) * s[5 * step];
    to[4 * next] = s[0] + (even_a + even_b);
    to[5 * next] = s[5 * step];
}

#undef A
#undef B
#undef A2
#undef B2

/* ---- Of images ------------------------------------------------------------------------- */

/* Pixels of one block of an image (height, width, 16) around a tile: where each row and each
 * column is, or one that there is in its place, and whether it is inside. */
typedef struct gt_tile_window {
    const float *row[GT_TILE_REACH];
    int64_t column[GT_TILE_REACH];
    int32_t has_row[GT_TILE_REACH], has_column[GT_TILE_REACH]; /* all bits or none */
} gt_tile_window;

GT_ALWAYS gt_tile_window gt_tile_window_at(const float *image, int64_t height, int64_t width,
                                           int64_t top, int64_t left) {
    gt_tile_window w;
    for (int i = 0; i < GT_TILE_REACH; i++) {
        int64_t row = gt_least(gt_most(top + i, 0), height - 1),
                column = gt_least(gt_most(left + i, 0), width - 1);
        w.row[i] = image + row * width * GT_BLOCK;
        w.column[i] = column * GT_BLOCK;
        w.has_row[i] = -(row == top + i);
        w.has_column[i] = -(column == left + i);
    }
    return w;
}

GT_ALWAYS bool gt_tile_is_inside(int64_t height, int64_t width, int64_t top, int64_t left,
                                 int64_t side) {
    return top >= 0 && left >= 0 && top + side <= height && left + side <= width;
}

GT_ALWAYS gt_vector gt_tile_pixel(const gt_tile_window *w, int row, int column,
                                  const bool is_inside) {
    if (is_inside) return gt_load(w->row[row] + w->column[0] + column * GT_BLOCK);
    gt_vector v = gt_load(w->row[row] + w->column[column]);
    return (gt_vector)((gt_places)v & w->has_row[row] & w->has_column[column]);
}

/* Six rows of six pixels: where the four in the middle of each are, and the two beside them,
 * which may be outside. */
typedef struct gt_tile_rows {
    const float *middle[GT_TILE_REACH], *first[GT_TILE_REACH], *last[GT_TILE_REACH];
} gt_tile_rows;

/* They to 36 points: columns of points one or two at a time, which stay in registers. */
GT_ALWAYS void gt_tile_spread_rows(const gt_tile_rows *rows, float *to, int64_t next) {
    enum { REACH = GT_TILE_REACH };
    gt_vector x[REACH];
#pragma GCC unroll 6
    for (int r = 0; r < REACH; r++)
        x[r] = gt_tile_end(gt_load(rows->first[r]), gt_load(rows->middle[r] + GT_BLOCK),
                           gt_load(rows->middle[r] + 3 * GT_BLOCK));
    gt_tile_spread(x, to, REACH * next);
#pragma GCC unroll 6
    for (int r = 0; r < REACH; r++)
        x[r] = gt_tile_end(gt_load(rows->middle[r]), gt_load(rows->middle[r] + 2 * GT_BLOCK),
                           gt_load(rows->last[r]));
    gt_tile_spread(x, to + (REACH - 1) * next, REACH * next);
#pragma GCC unroll 2
    for (int k = 1; k < REACH - 1; k += 2) {
        gt_vector plus[REACH], minus[REACH];
#pragma GCC unroll 6
        for (int r = 0; r < REACH; r++) {
            gt_vector y[4];
#pragma GCC unroll 4
            for (int i = 0; i < 4; i++) y[i] = gt_load(rows->middle[r] + i * GT_BLOCK);
            gt_tile_pair(k == 1, y, &plus[r], &minus[r]);
        }
        gt_tile_spread(plus, to + k * next, REACH * next);
        gt_tile_spread(minus, to + (k + 1) * next, REACH * next);
    }
}

/* The six by six pixels from (top, left) on, zero outside. */
GT_ALWAYS void gt_tile_copy(const float *image, int64_t height, int64_t width, int64_t top,
                            int64_t left, float *copy) {
    enum { REACH = GT_TILE_REACH };
    int64_t first_row = gt_most(-top, 0), end_row = gt_least(REACH, height - top);
    int64_t first = gt_most(-left, 0), end = gt_least(REACH, width - left);
#pragma GCC unroll 36
    for (int i = 0; i < GT_TILE_POINTS; i++) gt_store(copy + i * GT_BLOCK, (gt_vector){0});
    for (int64_t r = first_row; r < end_row; r++) {
        const float *from = image + ((top + r) * width + left) * GT_BLOCK;
        for (int64_t k = first; k < end; k++)
            gt_store(copy + (r * REACH + k) * GT_BLOCK, gt_hold(gt_load(from + k * GT_BLOCK)));
    }
}

/* The rows from (top, left) on of an image, or of one that begins there where only the pixels
 * on the rim of the tile may be outside: those are zeros. */
GT_ALWAYS gt_tile_rows gt_tile_rows_at(const float *image, int64_t height, int64_t width,
                                       int64_t top, int64_t left) {
    enum { REACH = GT_TILE_REACH, LAST = REACH - 1 };
    static const float zeros[4 * GT_BLOCK] __attribute__((aligned(64)));
    gt_tile_rows rows;
#pragma GCC unroll 6
    for (int r = 0; r < REACH; r++) {
        const float *row = image + ((top + r) * width + left) * GT_BLOCK;
        bool is_there = (r > 0 || top >= 0) && (r < LAST || top + LAST < height);
        rows.middle[r] = is_there ? row + GT_BLOCK : zeros;
        rows.first[r] = is_there && left >= 0 ? row : zeros;
        rows.last[r] = is_there && left + LAST < width ? row + LAST * GT_BLOCK : zeros;
    }
    return rows;
}

/* The six by six pixels from (top, left) on, zero outside, to 36 points. */
GT_ALWAYS void gt_tile_spread_image(const float *image, int64_t height, int64_t width,
                                    int64_t top, int64_t left, float *to, int64_t next) {
    enum { REACH = GT_TILE_REACH };
    float copy[GT_TILE_POINTS * GT_BLOCK];
    gt_tile_rows rows;
    if (gt_tile_is_inside(height + 2, width + 2, top + 1, left + 1, REACH)) {
        rows = gt_tile_rows_at(image, height, width, top, left);
    } else {
        gt_tile_copy(image, height, width, top, left, copy);
        rows = gt_tile_rows_at(copy, REACH, REACH, 0, 0);
    }
    /* no product moves before this, where it would be rounded before it is added */
    __asm__("" : "+m"(rows));
    gt_tile_spread_rows(&rows, to, next);
}

GT_ALWAYS void gt_tile_values_window(const int side, const gt_tile_window *w,
                                     const bool is_inside, float *to, int64_t next) {
    enum { REACH = GT_TILE_REACH, ROW = REACH * GT_BLOCK, MOST = 4 };
    float half[MOST * ROW];
    gt_vector y[MOST];
#pragma GCC unroll 4
    for (int r = 0; r < side; r++) {
#pragma GCC unroll 4
        for (int k = 0; k < side; k++) y[k] = gt_tile_pixel(w, r, k, is_inside);
        gt_tile_values(side, y, half + r * ROW, GT_BLOCK);
    }
#pragma GCC unroll 6
    for (int k = 0; k < REACH; k++) {
#pragma GCC unroll 4
        for (int r = 0; r < side; r++) y[r] = gt_load(half + r * ROW + k * GT_BLOCK);
        gt_tile_values(side, y, to + k * next, REACH * next);
    }
}

/* Four rows of four pixels, `row` floats apart, to their values at 36 points: columns of points
 * one or two at a time, which stay in registers. */
GT_ALWAYS void gt_tile_values_rows(const float *from, int64_t row, float *to, int64_t next) {
    enum { REACH = GT_TILE_REACH, SIDE = 4, LAST = SIDE - 1 };
    gt_vector x[SIDE];
#pragma GCC unroll 4
    for (int r = 0; r < SIDE; r++) x[r] = gt_load(from + r * row);
    gt_tile_values(SIDE, x, to, REACH * next);
#pragma GCC unroll 4
    for (int r = 0; r < SIDE; r++) x[r] = gt_load(from + r * row + LAST * GT_BLOCK);
    gt_tile_values(SIDE, x, to + (REACH - 1) * next, REACH * next);
#pragma GCC unroll 2
    for (int k = 1; k < REACH - 1; k += 2) {
        gt_vector plus[SIDE], minus[SIDE];
#pragma GCC unroll 4
        for (int r = 0; r < SIDE; r++) {
            gt_vector y[SIDE];
#pragma GCC unroll 4
            for (int i = 0; i < SIDE; i++) y[i] = gt_load(from + r * row + i * GT_BLOCK);
            gt_tile_value_pair(k == 1, y, &plus[r], &minus[r]);
        }
        gt_tile_values(SIDE, plus, to + k * next, REACH * next);
        gt_tile_values(SIDE, minus, to + (k + 1) * next, REACH * next);
    }
}

/* Coefficients of 3 x 3 or 4 x 4 pixels, zero outside, to their values at 36 points. */
GT_ALWAYS void gt_tile_values_image(const int side, const float *image, int64_t height,
                                    int64_t width, int64_t top, int64_t left, float *to,
                                    int64_t next) {
    gt_tile_window w = gt_tile_window_at(image, height, width, top, left);
    if (gt_tile_is_inside(height, width, top, left, side))
        gt_tile_values_window(side, &w, true, to, next);
    else
        gt_tile_values_window(side, &w, false, to, next);
}

/* ---- Of weights ------------------------------------------------------------------------ */

/* The weights of a window of 3 x 3 or 4 x 4, `step` floats from one to the next, to 36 points,
 * with the factors of those. */
GT_ALWAYS void gt_tile_weights(const int taps, const float *from, int64_t step, float *to,
                               int64_t next) {
    enum { REACH = GT_TILE_REACH, ROW = REACH * GT_BLOCK, MOST = 4 };
    float half[MOST * ROW], points[ROW];
    gt_vector y[MOST];
#pragma GCC unroll 4
    for (int r = 0; r < taps; r++) {
#pragma GCC unroll 4
        for (int k = 0; k < taps; k++) y[k] = gt_load(from + (r * taps + k) * step);
        gt_tile_values(taps, y, half + r * ROW, GT_BLOCK);
    }
#pragma GCC unroll 6
    for (int k = 0; k < REACH; k++, to += next) {
#pragma GCC unroll 4
        for (int r = 0; r < taps; r++) y[r] = gt_load(half + r * ROW + k * GT_BLOCK);
        gt_tile_values(taps, y, points, GT_BLOCK);
#pragma GCC unroll 6
        for (int r = 0; r < REACH; r++)
            gt_store(to + r * REACH * next,
                     gt_tile_factor(k) * gt_tile_factor(r) * gt_load(points + r * GT_BLOCK));
    }
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
