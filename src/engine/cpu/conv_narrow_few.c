/* conv_narrow_few.c - convolutions from many channels to few: at each point of the tiles sums
 * over the many.
 *
 * A register of weights has four of the few by four of the many, whose values at a tile are
 * repeated for each of the few: it makes four sums of four terms each, which are added up at
 * the end. A chunk of tiles takes the many a slice at a time, so that points of pixels and
 * weights are in the second cache from when they are made until they are used up. The many may
 * be there or be asked for, a chunk of whole images at a time (conv_strassen.h). */
#include "conv_narrow.h"
#include "conv_strassen.h"
#include "team.h"

enum { POINTS = GT_TILE_POINTS, REACH = GT_TILE_REACH, SIDE = GT_NARROW_SIDE };
enum { TAPS = GT_NARROW_TAPS, TOGETHER = GT_NARROW_TOGETHER, WIDE = GT_NARROW_WIDE };
enum { SLICE = 2 };      /* blocks of the many */
enum { MOST_QUADS = 3 }; /* registers of weights at once */

/* Fours of the few, and how many are gone through at once. */
static int64_t quads_of(const gt_narrow *c) {
    return (c->few + WIDE - 1) / WIDE;
}

static int64_t rows_of(const gt_narrow *c) {
    int64_t quads = quads_of(c);
    return quads % 3 == 0 ? 3 : quads % 2 == 0 ? 2 : 1;
}

int64_t gt_narrow_few_shares(const gt_narrow *c) {
    return quads_of(c) / rows_of(c);
}

/* Some of the fours, as many at once as they are gone through. */
typedef struct fours {
    int64_t first, end;
} fours;

static fours fours_of(const gt_narrow *c, int64_t share) {
    int64_t shares = gt_most(c->shares, 1), groups = gt_narrow_few_shares(c);
    return (fours){groups * share / shares * rows_of(c),
                   groups * (share + 1) / shares * rows_of(c)};
}

/* ---- In memory -------------------------------------------------------------------------- */

/* The many: (point, run of tiles, block, TOGETHER, 16). */
static int64_t next_many(const gt_narrow *c) {
    return c->chunk * SLICE * GT_BLOCK + GT_BLOCK;
}

/* Sums: (run of tiles, point, quad, half a run, 16), each four of the few by four tiles. */
enum { SUMS = WIDE * TOGETHER };

static int64_t sums_length(const gt_narrow *c) {
    return POINTS * quads_of(c) * SUMS;
}

/* Weights: (point, quads at once, block, quarter of it, quad, 16). */
static int64_t next_weights(const gt_narrow *c) {
    return quads_of(c) * WIDE * SLICE * GT_BLOCK + GT_BLOCK;
}

static int64_t weights_at(const gt_narrow *c, int64_t quad, int64_t block) {
    int64_t rows = rows_of(c);
    return ((quad / rows * SLICE + block) * WIDE * rows + quad % rows) * GT_BLOCK;
}

int64_t gt_narrow_few_area(const gt_narrow *c) {
    return POINTS * (next_many(c) + next_weights(c)) + c->chunk / TOGETHER * sums_length(c);
}

int64_t gt_narrow_made_length(const gt_narrow *c) {
    return c->chunk * SIDE * SIDE * c->blocks * GT_BLOCK;
}

/* ---- Weights ---------------------------------------------------------------------------- */

/* Of four registers with four times four numbers each the first four of all, then the second
 * ones, and so on. */
static void exchange_fours(gt_vector v[WIDE]) {
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

/* The windows between a block of the many and four of the few to points. */
static void spread_windows(const gt_narrow_job *j, int64_t block, int64_t quad, float *to) {
    const gt_narrow *c = &j->c;
    enum { WINDOW = TAPS * GT_BLOCK };
    const float *from = j->b + (block * c->padded + quad * WIDE) * WINDOW;
    float windows[WIDE * WINDOW];
    for (int tap = 0; tap < TAPS; tap++) {
        gt_vector v[WIDE];
        for (int i = 0; i < WIDE; i++) {
            bool is_there = quad * WIDE + i < c->padded;
            v[i] = is_there ? gt_load(from + i * WINDOW + tap * GT_BLOCK) : (gt_vector){0};
        }
        exchange_fours(v);
        for (int i = 0; i < WIDE; i++) gt_store(windows + i * WINDOW + tap * GT_BLOCK, v[i]);
    }
    for (int i = 0; i < WIDE; i++)
        gt_narrow_spread_window(j, windows + i * WINDOW, to + i * rows_of(c) * GT_BLOCK,
                                next_weights(c));
}

/* ---- Pixels of the many ------------------------------------------------------------------ */

/* The tiles of a chunk, among images of which `image` is the first: floats before the first
 * pixel of each in the first block. */
typedef struct chunk {
    const float *images;
    int64_t image, first, tiles;
    int64_t before[GT_NARROW_CHUNK];
} chunk;

static chunk chunk_of(const gt_narrow *c, int64_t number, const float *images, int64_t image) {
    chunk k = {.images = images, .image = image, .first = number * c->chunk};
    k.tiles = gt_most(gt_least(c->chunk, c->tiles - k.first), 0);
    for (int64_t t = 0; t < k.tiles; t++) {
        gt_narrow_place at = gt_narrow_at(c, k.first + t);
        int64_t pixel =
            (at.image - image) * c->blocks * c->height * c->width + at.top * c->width;
        k.before[t] = (pixel + at.left) * GT_BLOCK;
    }
    return k;
}

/* Some blocks of the tiles of a chunk to points. */
static void spread_slice(const gt_narrow *c, const chunk *k, int64_t block, int64_t blocks,
                         float *to) {
    int64_t plane = c->height * c->width * GT_BLOCK;
    for (int64_t t = 0; t < k->tiles; t++) {
        gt_narrow_place at = gt_narrow_at(c, k->first + t);
        const float *image = k->images + ((at.image - k->image) * c->blocks + block) * plane;
        float *run = to + (t / TOGETHER * SLICE * TOGETHER + t % TOGETHER) * GT_BLOCK;
        gt_tile_spread_blocks(image, c->height, c->width, at.top - 1, at.left - 1, blocks,
                              plane, run, next_many(c), TOGETHER * GT_BLOCK);
    }
}

/* What is asked for beside the products of a slice: the pixels of the next one, row by row of
 * one tile after the other, in all blocks. */
typedef struct coming {
    const float *images;
    const chunk *of;
    int64_t row, plane; /* floats from one row, and from one block, to the next */
} coming;

static coming coming_of(const gt_narrow *c, const chunk *of, int64_t block) {
    int64_t row = c->width * GT_BLOCK, plane = c->height * row;
    return (coming){of->images + block * plane, of, row, plane};
}

/* ---- Products ---------------------------------------------------------------------------- */

/* Of four registers, one a tile, the sums of each four numbers: (four, tile). */
static inline gt_vector add_up(const gt_vector s[4]) {
    static const gt_places left = {0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29},
                           right = {2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31};
    static const gt_places first = {0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29},
                           last = {2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31};
    gt_vector a = gt_pick(s[0], s[1], left) + gt_pick(s[0], s[1], right),
              b = gt_pick(s[2], s[3], left) + gt_pick(s[2], s[3], right);
    return gt_pick(a, b, first) + gt_pick(a, b, last);
}

/* One point of a run of tiles: some quads of the few, summed over a slice. */
GT_ALWAYS void multiply_rows(const int rows, int64_t blocks, const float *x, const float *w,
                             bool adds, float *to, const float *soon, int64_t plane) {
    gt_vector sum[MOST_QUADS][TOGETHER];
#pragma GCC unroll 3
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 8
        for (int t = 0; t < TOGETHER; t++) sum[r][t] = (gt_vector){0};
    for (int64_t b = 0; b < blocks; b++, x += TOGETHER * GT_BLOCK, soon += plane) {
#pragma GCC unroll 4
        for (int i = 0; i < WIDE; i++, w += rows * GT_BLOCK) {
            gt_vector v[MOST_QUADS];
            __builtin_prefetch(soon + i * GT_BLOCK);
#pragma GCC unroll 3
            for (int r = 0; r < rows; r++) v[r] = gt_hold(gt_load(w + r * GT_BLOCK));
#pragma GCC unroll 8
            for (int t = 0; t < TOGETHER; t++) {
                gt_vector u = gt_load_four(x + t * GT_BLOCK + i * WIDE);
#pragma GCC unroll 3
                for (int r = 0; r < rows; r++) sum[r][t] += u * v[r];
            }
        }
    }
#pragma GCC unroll 3
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 2
        for (int t = 0; t < TOGETHER; t += WIDE, to += GT_BLOCK) {
            gt_vector sums = add_up(sum[r] + t);
            gt_store(to, adds ? gt_load(to) + sums : sums);
        }
}

/* A slice that is ready: its points and weights, and whether sums hold something already. */
typedef struct slice {
    int64_t blocks;
    bool adds;
    int64_t tiles;
    const float *many, *weights;
    float *sums;
} slice;

static void multiply_point(const gt_narrow *c, fours of, int point, const slice *s,
                           const coming *soon) {
    int64_t rows = rows_of(c);
    for (int64_t quad = of.first; quad < of.end; quad += rows) {
        const float *w = s->weights + point * next_weights(c) + weights_at(c, quad, 0);
        float *to = s->sums + (point * quads_of(c) + quad) * SUMS;
        const float *x = s->many + point * next_many(c);
        for (int64_t t = 0; t < s->tiles; t += TOGETHER) {
            int64_t row = (point * s->tiles + t) / TOGETHER, tile = row / SIDE, plane = 0;
            const float *pixels = w;
            if (quad == of.first && tile < soon->of->tiles) {
                pixels = soon->images + soon->of->before[tile] + row % SIDE * soon->row;
                plane = soon->plane;
            }
            if (rows == 3)
                multiply_rows(3, s->blocks, x, w, s->adds, to, pixels, plane);
            else if (rows == 2)
                multiply_rows(2, s->blocks, x, w, s->adds, to, pixels, plane);
            else
                multiply_rows(1, s->blocks, x, w, s->adds, to, pixels, plane);
            x += SLICE * TOGETHER * GT_BLOCK;
            to += sums_length(c);
        }
    }
}

/* ---- Pixels of the few ------------------------------------------------------------------- */

/* Pixels, four of the few by four tiles each, to those that are inside. */
static void place_rows(const gt_narrow_job *j, const gt_vector *pixels, int64_t channel,
                       int64_t tile, int64_t tiles) {
    const gt_narrow *c = &j->c;
    int64_t area = c->height * c->width, lanes = c->few_blocked ? GT_BLOCK : 1;
    int64_t channels = gt_least(WIDE, c->few - channel);
    for (int64_t t = 0; t < tiles; t++) {
        gt_narrow_place at = gt_narrow_at(c, tile + t);
        int64_t bottom = gt_least(SIDE, c->height - at.top),
                right = gt_least(SIDE, c->width - at.left);
        float *to = j->result + (at.image * c->few + channel / lanes * lanes) * area +
                    channel % lanes + (at.top * c->width + at.left) * lanes;
        for (int64_t r = 0; r < bottom; r++)
            for (int64_t k = 0; k < channels; k++)
                for (int64_t x = 0; x < right; x++) {
                    float *one = to + (r * c->width + x) * lanes + (lanes == 1 ? k * area : k);
                    *one = pixels[r * SIDE + x][k * WIDE + t];
                }
    }
}

static void place_run(const gt_narrow_job *j, fours of, const float *sums, int64_t first,
                      int64_t tiles) {
    const gt_narrow *c = &j->c;
    for (int64_t quad = of.first; quad < of.end; quad++) {
        gt_vector added = {0};
        for (int l = 0; j->bias && l < GT_BLOCK; l++)
            if (quad * WIDE + l / WIDE < c->few) added[l] = j->bias[quad * WIDE + l / WIDE];
        for (int64_t t = 0; t < tiles; t += WIDE) {
            gt_vector pixels[SIDE * SIDE];
            gt_narrow_join(sums + quad * SUMS + t * WIDE, quads_of(c) * SUMS, added, false,
                           pixels);
            for (int i = 0; j->clips && i < SIDE * SIDE; i++) pixels[i] = gt_clip(pixels[i]);
            place_rows(j, pixels, quad * WIDE, first + t, gt_least(WIDE, tiles - t));
        }
    }
}

/* A chunk whose images are there, and the one that comes behind it. */
static void run_tiles(const gt_narrow_job *j, fours of, const chunk *this, const chunk *next,
                      float *area) {
    const gt_narrow *c = &j->c;
    float *weights = area + POINTS * next_many(c), *sums = weights + POINTS * next_weights(c);
    for (int64_t block = 0; block < c->blocks; block += SLICE) {
        int64_t blocks = gt_least(SLICE, c->blocks - block);
        coming soon = block + blocks < c->blocks ? coming_of(c, this, block + blocks)
                                                 : coming_of(c, next, 0);
        spread_slice(c, this, block, blocks, area);
        for (int64_t b = 0; b < blocks; b++)
            for (int64_t quad = of.first; quad < of.end; quad++)
                spread_windows(j, block + b, quad, weights + weights_at(c, quad, b));
        slice s = {blocks, block > 0, this->tiles, area, weights, sums};
        for (int k = 0; k < POINTS; k++) multiply_point(c, of, k, &s, &soon);
    }
    for (int64_t t = 0; t < this->tiles; t += TOGETHER, sums += sums_length(c))
        place_run(j, of, sums, this->first + t, gt_least(TOGETHER, this->tiles - t));
}

static void run_chunk(void *self, int64_t number, int worker) {
    const gt_narrow_job *j = self;
    const gt_narrow *c = &j->c;
    float *area = j->area + worker * j->area_length;
    if (!j->makes) {
        chunk this = chunk_of(c, number, j->a, 0),
              next = chunk_of(c, number + j->threads, j->a, 0);
        run_tiles(j, fours_of(c, 0), &this, &next, area);
        return;
    }
    float *images = area + gt_narrow_few_area(c);
    int64_t first = gt_narrow_at(c, number * c->chunk).image;
    chunk this = chunk_of(c, number, images, first), none = {.images = images};
    gt_strassen_make(j->makes, this.first, this.tiles, worker, images);
    run_tiles(j, fours_of(c, 0), &this, &none, area);
}

/* Some of the few of all tiles. */
static void run_share(void *self, int64_t share, int worker) {
    const gt_narrow_job *j = self;
    chunk this = chunk_of(&j->c, 0, j->a, 0), none = {.images = j->a};
    run_tiles(j, fours_of(&j->c, share), &this, &none, j->area + worker * j->area_length);
}

void gt_narrow_few_run(gt_narrow_job *j) {
    if (j->c.shares)
        gt_team_run(j->threads, j->c.shares, run_share, j);
    else
        gt_team_run(j->threads, j->c.chunks, run_chunk, j);
}
