/* conv_narrow_few.c - convolutions from many channels to few: at each point of the tiles sums
 * over the many. A tile is read without what lies around it, as it is the few that meet at the
 * rims (conv_narrow_rims.c).
 *
 * A register of weights has four of the few by four of the many, whose values at a tile are
 * repeated for each of the few: it makes four sums of four terms each, which are added up at
 * the end. A chunk of tiles takes the many a slice at a time, so that points of pixels and
 * weights are in the second cache from when they are made until they are used up. The many may
 * be there or be asked for, a chunk at a time (conv_strassen.h). */
#include "conv_narrow.h"
#include "conv_strassen.h"
#include "team.h"

enum { POINTS = GT_TILE_POINTS, REACH = GT_TILE_REACH, SIDE = GT_NARROW_SIDE };
enum { TILE = SIDE * SIDE * GT_BLOCK }; /* floats of a tile in a block */
enum { TOGETHER = GT_NARROW_TOGETHER, WIDE = GT_NARROW_WIDE };
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
    return c->chunk * c->blocks * TILE;
}

/* ---- Weights ---------------------------------------------------------------------------- */

/* The windows between a block of the many and four of the few to points: turned round, as
 * pixels give where windows take, but for a data gradient. */
static void spread_windows(const gt_narrow_job *j, int64_t block, int64_t quad, float *to) {
    const gt_narrow *c = &j->c;
    enum { STEP = WIDE * GT_BLOCK };
    const float *from = j->b + block * gt_narrow_windows(c) + quad * WIDE * GT_NARROW_WINDOW;
    for (int i = 0; i < WIDE; i++, to += rows_of(c) * GT_BLOCK)
        gt_narrow_spread_window(from + i * GT_BLOCK, STEP, !j->is_back, to, next_weights(c));
}

/* ---- Pixels of the many ------------------------------------------------------------------ */

/* The tiles of a chunk: floats before the first pixel of each in the first block, from one row
 * of pixels and from one block to the next. */
typedef struct chunk {
    const float *images;
    int64_t first, tiles, row, plane;
    int64_t before[GT_NARROW_CHUNK];
} chunk;

/* Tiles of the next chunk where so many are left: fewer towards the end where they are made
 * first, which takes so long that threads would wait for each other. */
static int64_t chunk_out_of(const gt_narrow_job *j, int64_t left) {
    int64_t part = gt_narrow_up(gt_most(3 * left / (4 * j->threads), 1), j->c.unit);
    return gt_least(gt_least(part, j->c.chunk), left);
}

static int64_t chunks_of(const gt_narrow_job *j) {
    int64_t count = 0;
    for (int64_t left = j->c.tiles; left > 0; left -= chunk_out_of(j, left)) count++;
    return count;
}

/* Without tiles where there are not so many chunks. */
static chunk numbered(const gt_narrow_job *j, int64_t number) {
    chunk k = {.tiles = chunk_out_of(j, j->c.tiles)};
    for (int64_t i = 0; i < number; i++) {
        k.first += k.tiles;
        k.tiles = chunk_out_of(j, j->c.tiles - k.first);
    }
    return k;
}

/* Among images that are there. */
static chunk in_images(const gt_narrow_job *j, chunk k) {
    const gt_narrow *c = &j->c;
    k.images = j->a;
    k.row = c->width * GT_BLOCK;
    k.plane = c->height * k.row;
    for (int64_t t = 0; t < k.tiles; t++) {
        gt_narrow_place at = gt_narrow_at(c, k.first + t);
        k.before[t] = at.image * c->blocks * k.plane + at.top * k.row + at.left * GT_BLOCK;
    }
    return k;
}

/* Of tiles that were asked for: (block, tile, pixel, 16). */
static chunk in_tiles(const float *tiles, chunk k) {
    k.images = tiles;
    k.row = SIDE * GT_BLOCK;
    k.plane = k.tiles * TILE;
    for (int64_t t = 0; t < k.tiles; t++) k.before[t] = t * TILE;
    return k;
}

/* The pixels of a tile that are inside, and zeros. */
static void copy_tile(const float *from, int64_t row, int64_t rows, int64_t columns,
                      float copy[TILE]) {
    memset(copy, 0, TILE * sizeof *copy);
    for (int64_t r = 0; r < rows; r++)
        memcpy(copy + r * SIDE * GT_BLOCK, from + r * row,
               (size_t)(columns * GT_BLOCK) * sizeof *copy);
}

/* Some blocks of the tiles of a chunk to points. */
static void spread_slice(const gt_narrow *c, const chunk *k, int64_t block, int64_t blocks,
                         float *to) {
    for (int64_t t = 0; t < k->tiles; t++) {
        gt_narrow_place at = gt_narrow_at(c, k->first + t);
        int64_t rows = gt_least(SIDE, c->height - at.top),
                columns = gt_least(SIDE, c->width - at.left);
        float *run = to + (t / TOGETHER * SLICE * TOGETHER + t % TOGETHER) * GT_BLOCK;
        for (int64_t b = 0; b < blocks; b++, run += TOGETHER * GT_BLOCK) {
            const float *from = k->images + (block + b) * k->plane + k->before[t];
            int64_t row = k->row;
            float copy[TILE];
            if (rows < SIDE || columns < SIDE) {
                copy_tile(from, row, rows, columns, copy);
                from = copy;
                row = SIDE * GT_BLOCK;
            }
            gt_tile_values_rows(from, row, run, next_many(c));
        }
    }
}

/* What is asked for beside the products of a slice: the pixels of the next one, row by row of
 * one tile after the other, in all blocks. */
typedef struct coming {
    const float *images; /* the first of those blocks */
    const chunk *of;
} coming;

static coming coming_of(const chunk *of, int64_t block) {
    return (coming){of->images + block * of->plane, of};
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
                pixels = soon->images + soon->of->before[tile] + row % SIDE * soon->of->row;
                plane = soon->of->plane;
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

/* Sums at points to 6x6 pixels. */
static void join(const float *sums, int64_t step, gt_vector pixels[POINTS]) {
    gt_vector half[POINTS];
    for (int k = 0; k < REACH; k++) {
        gt_vector points[REACH];
        for (int r = 0; r < REACH; r++) points[r] = gt_load(sums + (r * REACH + k) * step);
        gt_tile_coefficients(points, 1, half + k, REACH);
    }
    for (int r = 0; r < REACH; r++)
        gt_tile_coefficients(half + r * REACH, 1, pixels + r * REACH, 1);
}

static void keep_run(const gt_narrow_job *j, fours of, const float *sums, int64_t first,
                     int64_t tiles) {
    for (int64_t quad = of.first; quad < of.end; quad++)
        for (int64_t t = 0; t < tiles; t += WIDE) {
            gt_vector pixels[POINTS];
            join(sums + quad * SUMS + t * WIDE, quads_of(&j->c) * SUMS, pixels);
            gt_narrow_keep(j, pixels, quad * WIDE, first + t, gt_least(WIDE, tiles - t));
        }
}

/* A chunk that is there, and the one that comes behind it. */
static void run_tiles(const gt_narrow_job *j, fours of, const chunk *this, const chunk *next,
                      float *area) {
    const gt_narrow *c = &j->c;
    float *weights = area + POINTS * next_many(c), *sums = weights + POINTS * next_weights(c);
    for (int64_t block = 0; block < c->blocks; block += SLICE) {
        int64_t blocks = gt_least(SLICE, c->blocks - block);
        bool is_last = block + blocks == c->blocks;
        coming soon = is_last ? coming_of(next, 0) : coming_of(this, block + blocks);
        spread_slice(c, this, block, blocks, area);
        for (int64_t b = 0; b < blocks; b++)
            for (int64_t quad = of.first; quad < of.end; quad++)
                spread_windows(j, block + b, quad, weights + weights_at(c, quad, b));
        slice s = {blocks, block > 0, this->tiles, area, weights, sums};
        for (int k = 0; k < POINTS; k++) multiply_point(c, of, k, &s, &soon);
    }
    for (int64_t t = 0; t < this->tiles; t += TOGETHER, sums += sums_length(c))
        keep_run(j, of, sums, this->first + t, gt_least(TOGETHER, this->tiles - t));
}

static void run_chunk(void *self, int64_t number, int worker) {
    const gt_narrow_job *j = self;
    float *area = j->area + worker * j->area_length, *tiles = area + gt_narrow_few_area(&j->c);
    chunk this = numbered(j, number), next = {.images = area};
    if (j->makes) {
        gt_strassen_make(j->makes, this.first, this.tiles, worker, tiles);
        this = in_tiles(tiles, this);
    } else {
        this = in_images(j, this);
        next = in_images(j, numbered(j, number + j->threads));
    }
    run_tiles(j, fours_of(&j->c, 0), &this, &next, area);
}

/* Some of the few of all tiles. */
static void run_share(void *self, int64_t share, int worker) {
    const gt_narrow_job *j = self;
    chunk this = in_images(j, (chunk){.tiles = j->c.tiles}), none = {.images = j->a};
    run_tiles(j, fours_of(&j->c, share), &this, &none, j->area + worker * j->area_length);
}

void gt_narrow_few_run(gt_narrow_job *j) {
    if (j->c.shares)
        gt_team_run(j->threads, j->c.shares, run_share, j);
    else
        gt_team_run(j->threads, chunks_of(j), run_chunk, j);
    gt_narrow_take(j);
}
