/* conv_narrow.h - 3x3 convolutions between a few channels and many in blocks: how they are cut,
 * and how the few become tiles (conv_tiles.h). Private to conv_narrow*.c and
 * conv_strassen.c. */
#ifndef GT_ENGINE_CONV_NARROW_H
#define GT_ENGINE_CONV_NARROW_H

#include "conv_tiles.h"

/* Tiles that are worked on at once, and how far a tile of results reaches. */
enum { GT_NARROW_TOGETHER = 8, GT_NARROW_SIDE = 4, GT_NARROW_TAPS = 9 };
enum { GT_NARROW_CHUNK = 64 }; /* the most tiles of a chunk */
enum { GT_NARROW_WIDE = 4 };   /* of the few whose windows lie together */

/* Few channels are gone through `rows` at a time; `padded` is the next multiple of that. */
typedef struct gt_narrow {
    int64_t height, width, down, across; /* of an image in pixels, in tiles */
    int64_t tiles;                       /* of all images */
    int64_t few, padded, rows;
    int64_t blocks; /* of the many */
    bool few_is_x, few_blocked;
    int64_t chunk, chunks; /* tiles of one, a multiple of TOGETHER, and how many there are */
    int64_t unit;   /* tiles of which shorter chunks have some, where they are made first */
    int64_t shares; /* of the results' channels where one chunk has all tiles, else 0 */
} gt_narrow;

gt_narrow gt_narrow_cut(const gt_conv_problem *problem, int threads);

/* Some work on tiles or weights, for a team. */
typedef struct gt_narrow_job {
    gt_narrow c;
    const float *a, *b, *bias, *mask; /* as gt_conv_run has them */
    float *result;
    float *shared; /* points of the few of all tiles, or of all weights; else, of results that
                      are few, what tiles give each other (conv_narrow_rims.c) */
    float *area;   /* of the first worker */
    int64_t area_length;
    int threads;
    bool is_back, accumulate, clips; /* is_back: a data gradient */
    bool streams;                    /* results of the many go past the caches */
    float *totals; /* of the many, in TOGETHER tiles each; NULL where nobody asks */
    const struct gt_strassen_job *makes; /* what makes the many; NULL where they are there */
} gt_narrow_job;

static inline int64_t gt_narrow_up(int64_t value, int64_t unit) {
    return (value + unit - 1) / unit * unit;
}

/* Totals are added up in runs that do not depend on how tiles are cut. */
static inline int64_t gt_narrow_runs(const gt_narrow *c) {
    return gt_narrow_up(c->tiles, GT_NARROW_TOGETHER) / GT_NARROW_TOGETHER;
}

/* From one point to the next of a chunk of the few. Behind each point of whatever is spread out
 * a line stays empty, so that the 36 places written at once do not share a set of the cache. */
static inline int64_t gt_narrow_next_few(const gt_narrow *c) {
    return c->chunk * c->padded + GT_BLOCK;
}

/* A tile: its image, and its first pixel. */
typedef struct gt_narrow_place {
    int64_t image, top, left;
} gt_narrow_place;

static inline gt_narrow_place gt_narrow_at(const gt_narrow *c, int64_t tile) {
    int64_t of_image = c->down * c->across, at = tile % of_image;
    return (gt_narrow_place){tile / of_image, at / c->across * GT_NARROW_SIDE,
                             at % c->across * GT_NARROW_SIDE};
}

/* Asks for the pixels that a tile has for itself, to be read or written: memory is slow to find
 * rows that are so short. */
GT_ALWAYS void gt_narrow_fetch(const gt_narrow *c, const float *image, gt_narrow_place at,
                               const int written) {
    int64_t bottom = gt_least(at.top + GT_NARROW_SIDE, c->height);
    int64_t right = gt_least(at.left + GT_NARROW_SIDE, c->width);
    for (int64_t r = at.top; r < bottom; r++)
        for (int64_t x = at.left; x < right; x++)
            gt_fetch_block(image + (r * c->width + x) * GT_BLOCK, written);
}

/* Sixteen channels of a tile to points: the 6x6 pixels that windows reach, or the 4x4 of gy. */
GT_ALWAYS void gt_narrow_spread(const gt_narrow *c, const float *image, gt_narrow_place at,
                                bool are_reached, float *to, int64_t next) {
    if (are_reached)
        gt_tile_spread_image(image, c->height, c->width, at.top - 1, at.left - 1, to, next);
    else
        gt_tile_values_image(GT_NARROW_SIDE, image, c->height, c->width, at.top, at.left, to,
                             next);
}

/* ---- Windows ----------------------------------------------------------------------------
 * (block of the many, four of the few, tap, four of the many, four by four): what is read for
 * sums over the many, of which a register has four. */

enum { GT_NARROW_WINDOW = GT_NARROW_TAPS * GT_BLOCK }; /* floats */

/* Of one block. */
static inline int64_t gt_narrow_windows(const gt_narrow *c) {
    return gt_narrow_up(c->few, GT_NARROW_WIDE) * GT_NARROW_WINDOW;
}

/* Of four registers with four times four numbers each the first four of all, then the second
 * ones, and so on; the same again leads back. */
GT_ALWAYS void gt_narrow_exchange(gt_vector v[GT_NARROW_WIDE]) {
    static const gt_places low = {0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27},
                           high = {4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31};
    static const gt_places left = {0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23},
                           right = {8,  9,  10, 11, 12, 13, 14, 15,
                                    24, 25, 26, 27, 28, 29, 30, 31};
    gt_vector a = gt_pick(v[0], v[1], low), b = gt_pick(v[0], v[1], high),
              c = gt_pick(v[2], v[3], low), d = gt_pick(v[2], v[3], high);
    v[0] = gt_pick(a, c, left), v[2] = gt_pick(a, c, right);
    v[1] = gt_pick(b, d, left), v[3] = gt_pick(b, d, right);
}

/* A window, `step` floats from one tap to the next, to points, as it is or turned round. */
GT_ALWAYS void gt_narrow_spread_window(const float *window, int64_t step, bool is_turned,
                                       float *to, int64_t next) {
    if (is_turned)
        gt_tile_weights(3, window + (GT_NARROW_TAPS - 1) * step, -step, to, next);
    else
        gt_tile_weights(3, window, step, to, next);
}

/* ---- Pixels ------------------------------------------------------------------------------ */

/* Sums at points `step` floats apart to 4x4 pixels with `added` to each. */
GT_ALWAYS void gt_narrow_join(const float *sums, int64_t step, gt_vector added,
                              gt_vector *pixels) {
    enum { REACH = GT_TILE_REACH, SIDE = GT_NARROW_SIDE };
    gt_vector half[SIDE * REACH];
#pragma GCC unroll 6
    for (int k = 0; k < REACH; k++) {
        gt_vector points[REACH];
#pragma GCC unroll 6
        for (int r = 0; r < REACH; r++) points[r] = gt_load(sums + (r * REACH + k) * step);
        gt_tile_join(SIDE, false, true, points, 1, half + k, REACH);
    }
#pragma GCC unroll 4
    for (int r = 0; r < SIDE; r++)
        gt_tile_join(SIDE, false, true, half + r * REACH, 1, pixels + r * SIDE, 1);
#pragma GCC unroll 16
    for (int k = 0; k < SIDE * SIDE; k++) pixels[k] += added;
}

/* A chunk of the tiles of the few to (point, tile, padded channels). Tiles that fill up a run
 * are zero. */
void gt_narrow_spread_few(const gt_narrow *c, const float *pixels, int64_t first_tile,
                          bool are_reached, float *to);

/* ---- From few to many (conv_narrow_many.c) ----------------------------------------------- */

/* The most shares that there can be. */
int64_t gt_narrow_many_shares(const gt_narrow *c);

/* Floats that all workers share, and that each needs. */
int64_t gt_narrow_many_shared(const gt_narrow *c);
int64_t gt_narrow_many_area(const gt_narrow *c);
void gt_narrow_many_run(gt_narrow_job *job);

/* Results that one forward convolution by Strassen's algorithm reads may be left to be made
 * when it asks for them: what they are made of stands in their place, if it has room there. */
bool gt_narrow_can_leave(const gt_conv_problem *problem);
void gt_narrow_leave(const gt_narrow_job *job);

/* For the problem that reads them: floats that a worker needs, the job that was left in the
 * place of its images, and a chunk of them, to the parts of the right operand in the basis. */
int64_t gt_narrow_given_area(const gt_conv_problem *problem);
gt_narrow_job gt_narrow_given(const gt_conv_problem *problem, const float *images, float *area);
void gt_narrow_give(const gt_narrow_job *job, int64_t chunk, int worker, float *parts);

/* ---- From many to few (conv_narrow_few.c) ------------------------------------------------ */

/* The most shares that there can be. */
int64_t gt_narrow_few_shares(const gt_narrow *c);

/* Floats that a worker needs, and behind them those of the many of a chunk that it asks for.
 */
int64_t gt_narrow_few_area(const gt_narrow *c);
int64_t gt_narrow_made_length(const gt_narrow *c);
void gt_narrow_few_run(gt_narrow_job *job);

/* ---- Pixels of the few, tile by tile (conv_narrow_rims.c) --------------------------------
 * What the pixels of a tile give to results reaches one pixel beyond it on every side: the rim,
 * which belongs to the tiles around. All tiles are kept until each takes what it is given. */

/* Floats of all tiles. */
int64_t gt_narrow_rims_length(const gt_narrow *c);

/* Keeps 6x6 pixels of each of four of the few, from `channel` on, in up to four tiles that
 * follow one another: registers are (channel, tile). */
void gt_narrow_keep(const gt_narrow_job *job, const gt_vector pixels[GT_TILE_POINTS],
                    int64_t channel, int64_t tile, int64_t tiles);

/* The results, with what tiles give each other, the bias, and clipped where that is asked for.
 */
void gt_narrow_take(gt_narrow_job *job);

/* ---- Gradients of the weights (conv_narrow_weights.c) ---------------------------------- */

/* Floats that all share, and that a worker needs. */
int64_t gt_narrow_weights_shared(const gt_narrow *c);
int64_t gt_narrow_weights_area(const gt_narrow *c);
void gt_narrow_weights_run(gt_narrow_job *job, int threads);

#endif
