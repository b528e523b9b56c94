/* conv_narrow_many.c - convolutions from few channels to many: at each point of the tiles 16 of
 * the many are sums over the few.
 *
 * Results that a forward convolution by Strassen's algorithm alone reads are not made before it
 * runs: what they are made of stands in their place, and it asks for a chunk of them as the
 * parts that it multiplies, which stay in cache. */
#include "conv_narrow.h"
#include "conv_strassen.h"
#include "team.h"

enum { POINTS = GT_TILE_POINTS, REACH = GT_TILE_REACH, SIDE = GT_NARROW_SIDE };
enum { TAPS = GT_NARROW_TAPS, TOGETHER = GT_NARROW_TOGETHER };

/* Blocks of the many that are made at once, and floats of their results at a point. */
enum { PAIR = 2, POINT = PAIR * TOGETHER * GT_BLOCK + GT_BLOCK };
/* Pixels of a run of tiles in one block of every quarter of the many. */
enum { PIXELS = TOGETHER * SIDE * SIDE * GT_BLOCK, QUARTERS = 4 };

int64_t gt_narrow_many_shares(const gt_narrow *c) {
    return (c->blocks + PAIR - 1) / PAIR;
}

/* Weights of a block as points: (point, few, 16). */
static int64_t points_of(const gt_narrow *c) {
    return POINTS * c->padded * GT_BLOCK;
}

int64_t gt_narrow_many_shared(const gt_narrow *c) {
    return c->blocks * points_of(c);
}

/* Points of the few, and their sums; of two blocks of weights where no others need them. */
int64_t gt_narrow_many_area(const gt_narrow *c) {
    return POINTS * (gt_narrow_next_few(c) + POINT) + (c->shares ? PAIR * points_of(c) : 0);
}

static void spread_windows(const gt_narrow_job *j, int64_t block, float *to) {
    enum { WIDE = GT_NARROW_WIDE };
    int64_t few = j->c.padded, next = few * GT_BLOCK;
    const float *from = j->b + block * gt_narrow_windows(&j->c);
    for (int64_t k = 0; k < few; k += WIDE, to += WIDE * GT_BLOCK) {
        float windows[TAPS * WIDE * GT_BLOCK];
        for (int tap = 0; tap < TAPS; tap++, from += WIDE * GT_BLOCK) {
            gt_vector v[WIDE];
            for (int i = 0; i < WIDE; i++) v[i] = gt_load(from + i * GT_BLOCK);
            gt_narrow_exchange(v);
            for (int i = 0; i < WIDE; i++)
                gt_store(windows + (tap * WIDE + i) * GT_BLOCK, v[i]);
        }
        for (int64_t i = 0; i < gt_least(WIDE, few - k); i++)
            gt_narrow_spread_window(windows + i * GT_BLOCK, WIDE * GT_BLOCK, j->is_back,
                                    to + i * GT_BLOCK, next);
    }
}

static void spread_block(void *self, int64_t block, int worker) {
    const gt_narrow_job *j = self;
    spread_windows(j, block, j->shared + block * points_of(&j->c));
}

/* ---- Products ---------------------------------------------------------------------------- */

/* One point of TOGETHER tiles: 16 results of each in one block or two, whose weights are `next`
 * floats apart. */
GT_ALWAYS void widen_point(const int blocks, int64_t few, const float *x, const float *w,
                           int64_t next, float *to) {
    gt_vector sum[PAIR][TOGETHER];
#pragma GCC unroll 2
    for (int b = 0; b < blocks; b++)
#pragma GCC unroll 8
        for (int t = 0; t < TOGETHER; t++) sum[b][t] = (gt_vector){0};
    for (int64_t k = 0; k < few; k++) {
        gt_vector v[PAIR];
#pragma GCC unroll 2
        for (int b = 0; b < blocks; b++) v[b] = gt_load(w + b * next + k * GT_BLOCK);
#pragma GCC unroll 8
        for (int t = 0; t < TOGETHER; t++)
#pragma GCC unroll 2
            for (int b = 0; b < blocks; b++) sum[b][t] += x[t * few + k] * v[b];
    }
#pragma GCC unroll 2
    for (int b = 0; b < blocks; b++)
#pragma GCC unroll 8
        for (int t = 0; t < TOGETHER; t++)
            gt_store(to + (b * TOGETHER + t) * GT_BLOCK, sum[b][t]);
}

/* All points of a run of tiles, `few` of which are given, of a block or of two whose weights
 * are `next` floats apart. */
GT_ALWAYS void widen_run(const gt_narrow *c, const int blocks, const float *few, const float *w,
                         int64_t next, float *sums) {
    int64_t next_few = gt_narrow_next_few(c), length = c->padded * GT_BLOCK;
    for (int k = 0; k < POINTS; k++, few += next_few, w += length, sums += POINT)
        widen_point(blocks, c->padded, few, w, next, sums);
}

static gt_vector bias_of(const gt_narrow_job *j, int64_t block) {
    return j->bias ? gt_load(j->bias + block * GT_BLOCK) : (gt_vector){0};
}

/* The pixels of a tile to those of a plane of 16 channels that are inside; with a mask, added
 * to their total. */
static inline __attribute__((always_inline)) void
place_many(const gt_narrow_job *j, const gt_vector *pixels, gt_narrow_place at, float *plane,
           const bool streams, const bool masks, gt_vector *total) {
    const gt_narrow *c = &j->c;
    int64_t rows = gt_least(SIDE, c->height - at.top),
            columns = gt_least(SIDE, c->width - at.left);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t x = 0; x < columns; x++) {
            float *to = plane + ((at.top + r) * c->width + at.left + x) * GT_BLOCK;
            gt_vector v = j->clips ? gt_clip(pixels[r * SIDE + x]) : pixels[r * SIDE + x];
            if (masks) v = gt_masked(v, gt_load(to - j->result + j->mask));
            if (masks) *total += v;
            if (streams)
                gt_stream(to, v);
            else
                gt_store(to, v);
        }
}

/* Some tiles of one block to their places. */
static void place_run(const gt_narrow_job *j, int64_t first, int64_t tiles, int64_t block,
                      const float *sums) {
    const gt_narrow *c = &j->c;
    gt_vector total = {0}, bias = bias_of(j, block);
    for (int64_t i = 0; i < tiles; i++) {
        gt_narrow_place at = gt_narrow_at(c, first + i);
        gt_vector pixels[SIDE * SIDE];
        gt_narrow_join(sums + i * GT_BLOCK, POINT, bias, pixels);
        float *to =
            j->result + (at.image * c->blocks + block) * c->height * c->width * GT_BLOCK;
        if (j->streams && j->mask)
            place_many(j, pixels, at, to, true, true, &total);
        else if (j->mask)
            place_many(j, pixels, at, to, false, true, &total);
        else if (j->streams)
            place_many(j, pixels, at, to, true, false, &total);
        else
            place_many(j, pixels, at, to, false, false, &total);
    }
    if (j->totals)
        gt_store(j->totals + (first / TOGETHER * c->blocks + block) * GT_BLOCK, total);
}

/* Asks for what a run of tiles will write, and for its mask. Compilers leave out calls of
 * functions that only ask. */
GT_ALWAYS void fetch_run(const gt_narrow_job *j, int64_t first, int64_t tiles, int64_t block) {
    const gt_narrow *c = &j->c;
    for (int64_t i = 0; i < tiles; i++) {
        gt_narrow_place at = gt_narrow_at(c, first + i);
        int64_t plane = (at.image * c->blocks + block) * c->height * c->width * GT_BLOCK;
        if (!j->streams) gt_narrow_fetch(c, j->result + plane, at, 1);
        if (j->mask) gt_narrow_fetch(c, j->mask + plane, at, 0);
    }
}

/* Tiles of a chunk in two blocks, which share what is loaded of the few, or in the last one. */
static void widen_tiles(const gt_narrow_job *j, int64_t first, int64_t tiles, const float *few,
                        int64_t block, const float *w, float *sums) {
    const gt_narrow *c = &j->c;
    int64_t pair = gt_least(PAIR, c->blocks - block);
    for (int64_t t = 0; t < tiles; t += TOGETHER) {
        int64_t run = gt_least(TOGETHER, tiles - t);
        for (int64_t i = 0; i < pair; i++) fetch_run(j, first + t, run, block + i);
        if (pair == PAIR)
            widen_run(c, PAIR, few + t * c->padded, w, points_of(c), sums);
        else
            widen_run(c, 1, few + t * c->padded, w, 0, sums);
        for (int64_t i = 0; i < pair; i++)
            place_run(j, first + t, run, block + i, sums + i * TOGETHER * GT_BLOCK);
    }
}

static void widen_chunk(void *self, int64_t chunk, int worker) {
    const gt_narrow_job *j = self;
    const gt_narrow *c = &j->c;
    int64_t first = chunk * c->chunk, tiles = gt_least(c->chunk, c->tiles - first);
    float *few = j->area + worker * j->area_length,
          *sums = few + POINTS * gt_narrow_next_few(c);
    gt_narrow_spread_few(c, j->a, first, true, few);
    for (int64_t b = 0; b < c->blocks; b += PAIR)
        widen_tiles(j, first, tiles, few, b, j->shared + b * points_of(c), sums);
    if (j->streams) gt_stream_end();
}

/* Some blocks of all tiles. */
static void widen_share(void *self, int64_t share, int worker) {
    const gt_narrow_job *j = self;
    const gt_narrow *c = &j->c;
    int64_t pairs = gt_narrow_many_shares(c);
    float *few = j->area + worker * j->area_length,
          *sums = few + POINTS * gt_narrow_next_few(c), *weights = sums + POINTS * POINT;
    gt_narrow_spread_few(c, j->a, 0, true, few);
    for (int64_t k = pairs * share / c->shares; k < pairs * (share + 1) / c->shares; k++) {
        for (int64_t i = 0; i < gt_least(PAIR, c->blocks - k * PAIR); i++)
            spread_windows(j, k * PAIR + i, weights + i * points_of(c));
        widen_tiles(j, 0, c->tiles, few, k * PAIR, weights, sums);
    }
    if (j->streams) gt_stream_end();
}

void gt_narrow_many_run(gt_narrow_job *j) {
    if (j->c.shares) {
        gt_team_run(j->threads, j->c.shares, widen_share, j);
        return;
    }
    gt_team_run(j->threads, j->c.blocks, spread_block, j);
    gt_team_run(j->threads, j->c.chunks, widen_chunk, j);
}

/* ---- Results that are asked for ---------------------------------------------------------- */

/* What is left in the place of results: a job, and behind it the bias and the points of the
 * weights, whose own places others may take meanwhile. The few stay where they are. */
typedef struct left {
    gt_narrow_job job;
    _Alignas(GT_BLOCK * sizeof(float)) float numbers[];
} left;

bool gt_narrow_can_leave(const gt_conv_problem *p) {
    gt_narrow c = gt_narrow_cut(p, 1);
    int64_t numbers = c.blocks * GT_BLOCK + gt_narrow_many_shared(&c);
    return sizeof(left) + (size_t)numbers * sizeof(float) <=
           (size_t)gt_shape_count(p->y) * sizeof(float);
}

void gt_narrow_leave(const gt_narrow_job *j) {
    left *kept = (void *)j->result;
    float *bias = kept->numbers;
    int64_t many = j->c.blocks * GT_BLOCK;
    kept->job = *j;
    kept->job.shared = bias + many;
    gt_team_run(j->threads, j->c.blocks, spread_block, &kept->job);
    kept->job.b = NULL;
    if (!j->bias) return;
    memcpy(bias, j->bias, (size_t)many * sizeof *bias);
    kept->job.bias = bias;
}

/* A chunk of Strassen's is one of tiles. */
static gt_narrow cut_given(const gt_conv_problem *p) {
    gt_conv_problem first = {.kind = GT_CONV_FORWARD,
                             .x = p->x,
                             .w = {4, {p->x.dim[1], p->x_parts, 3, 3}},
                             .y = p->x,
                             .y_blocked = true};
    first.x.dim[1] = p->x_parts;
    gt_narrow c = gt_narrow_cut(&first, 1);
    c.chunk = QUARTERS * gt_strassen_given(p->x) / GT_STRASSEN_TILE;
    c.chunks = c.tiles / c.chunk;
    c.shares = 0;
    return c;
}

int64_t gt_narrow_given_area(const gt_conv_problem *p) {
    gt_narrow c = cut_given(p);
    return gt_narrow_many_area(&c) + QUARTERS * PIXELS;
}

gt_narrow_job gt_narrow_given(const gt_conv_problem *p, const float *images, float *area) {
    gt_narrow_job j = ((const left *)(const void *)images)->job;
    bool few_blocked = j.c.few_blocked; /* which the reader's shapes do not tell */
    j.c = cut_given(p);
    j.c.few_blocked = few_blocked;
    j.area = area;
    j.area_length = gt_narrow_given_area(p);
    return j;
}

/* A run of tiles of one block to (tile, pixel, 16). */
static void join_run(const gt_narrow_job *j, int64_t block, const float *sums, float *to) {
    gt_vector bias = bias_of(j, block);
    for (int i = 0; i < TOGETHER; i++) {
        gt_vector pixels[SIDE * SIDE];
        gt_narrow_join(sums + i * GT_BLOCK, POINT, bias, pixels);
#pragma GCC unroll 16
        for (int k = 0; k < SIDE * SIDE; k++, to += GT_BLOCK)
            gt_store(to, j->clips ? gt_clip(pixels[k]) : pixels[k]);
    }
}

void gt_narrow_give(const gt_narrow_job *j, int64_t chunk, int worker, float *parts) {
    const gt_narrow *c = &j->c;
    int64_t blocks = c->blocks / QUARTERS, quarter = c->chunk * GT_STRASSEN_TILE / QUARTERS;
    float *few = j->area + worker * j->area_length,
          *sums = few + POINTS * gt_narrow_next_few(c), *pixels = sums + POINTS * POINT;
    gt_narrow_spread_few(c, j->a, chunk * c->chunk, true, few);
    for (int64_t b = 0; b < blocks; b++)
        for (int64_t t = 0; t < c->chunk; t += TOGETHER) {
            for (int64_t q = 0; q < QUARTERS; q += PAIR) {
                widen_run(c, PAIR, few + t * c->padded,
                          j->shared + (q * blocks + b) * points_of(c), blocks * points_of(c),
                          sums);
                for (int64_t i = 0; i < PAIR; i++)
                    join_run(j, (q + i) * blocks + b, sums + i * TOGETHER * GT_BLOCK,
                             pixels + (q + i) * PIXELS);
            }
            for (int64_t i = 0; i < TOGETHER; i += QUARTERS)
                gt_strassen_give(blocks, quarter, (t + i) / QUARTERS, b,
                                 pixels + i * SIDE * SIDE * GT_BLOCK, PIXELS, parts);
        }
}
