/* conv_tiles.c - gradients of the weights of 3x3 convolutions by Winograd's F(4x4,3x3): a tile
 * of 4x4 pixels of gy and the 6x6 pixels of x that its windows reach become 36 numbers each,
 * whose products, summed over all tiles, make the 3x3 weights: 36 multiplications in place of
 * 144.
 *
 * With polynomials at the points 0, A, -A, B, -B and infinity, for which forward and data
 * gradients have the same tiles: gw = G' [ (T gy T') . (D x D') ] G. The sums over tiles are 36
 * products of matrices, made in blocks of 16 channels by 16 while both transforms are in cache:
 * a chunk of the tiles at a time, and so many output channels that their sums stay in cache as
 * well. Chunks follow from the shapes alone, pieces from the threads asked for as well. */
#include <string.h>

#include "conv_own.h"
#include "team.h"

enum { TILE = 4, REACH = 6, POINTS = REACH * REACH, TAPS = 9 };

/* Sixteen channels of a pixel, or of a point. */
typedef float lanes __attribute__((vector_size(GT_BLOCK * sizeof(float))));

static inline lanes load(const float *from) {
    lanes v;
    memcpy(&v, from, sizeof v);
    return v;
}

static inline void store(float *to, lanes v) {
    memcpy(to, &v, sizeof v);
}

static bool applies(const gt_conv_problem *p) {
    bool is_ours = p->kind == GT_CONV_WEIGHTS && p->w.dim[2] == 3 && p->w.dim[3] == 3 &&
                   p->how.pad == 1 && p->how.stride == 1 && p->how.groups == 1;
    if (p->x.dim[0] == 0) return false; /* no tile would set the sums */
    return is_ours && p->x_blocked && p->y_blocked && p->x.dim[1] % GT_BLOCK == 0 &&
           p->y.dim[1] % GT_BLOCK == 0;
}

/* ---- Cutting --------------------------------------------------------------------------- */

/* Panels: of each point and each block of channels the 16 numbers of every tile of a chunk.
 * Sums: of each point and each pair of blocks 16 rows of 16. Behind each point stays a line
 * empty, so that the 36 places that are written or read at once do not share a set of the
 * cache. */
typedef struct cut {
    int64_t height, width, down, across; /* of an image in pixels, in tiles */
    int64_t tiles, chunk;
    int64_t in, out, group; /* blocks; output blocks at once */
    int64_t pieces, panel;  /* of the work; floats of a panel */
} cut;

enum { PAIR = GT_BLOCK * GT_BLOCK }; /* floats of the sums of a pair at one point */

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* Pieces of the work are runs of output blocks, done by one thread from pixels to weights, so
 * that it reads what it has written itself. */
static cut cut_of(const gt_conv_problem *p, int threads) {
    enum { CHUNK = 128, SUMS_ONCE = 1 << 19, SUMS = 5 << 19 };
    cut c = {.height = p->x.dim[2], .width = p->x.dim[3]};
    c.in = p->x.dim[1] / GT_BLOCK;
    c.out = p->y.dim[1] / GT_BLOCK;
    c.down = (c.height + TILE - 1) / TILE;
    c.across = (c.width + TILE - 1) / TILE;
    c.tiles = p->x.dim[0] * c.down * c.across;
    c.pieces = least(threads, c.out);
    int64_t blocks = (c.out + c.pieces - 1) / c.pieces;
    int64_t room = c.tiles > CHUNK ? SUMS : SUMS_ONCE;
    c.group = least(most(room / (POINTS * PAIR * c.in), 1), blocks);
    c.chunk = least(c.tiles, CHUNK);
    c.panel = c.chunk * GT_BLOCK;
    return c;
}

/* Floats from one point to the next. */
static int64_t next_panels(const cut *c, int64_t blocks) {
    return blocks * c->panel + GT_BLOCK;
}

static int64_t next_sums(const cut *c) {
    return c->in * c->group * PAIR + GT_BLOCK;
}

static int64_t area_length(const cut *c) {
    return POINTS * (next_panels(c, c->in) + next_panels(c, c->group) + next_sums(c));
}

static size_t scratch_bytes(const gt_conv_problem *p, int threads) {
    cut c = cut_of(p, threads);
    return (size_t)(c.pieces * area_length(&c)) * sizeof(float);
}

static size_t weights_bytes(const gt_conv_problem *p) {
    return 0;
}

static void prepare(const gt_conv_problem *p, const float *w, float *prepared, int threads) {}

/* ---- Transforms ------------------------------------------------------------------------ */

/* The points other than 0 and infinity; all that is made of them is exact. */
#define A 0.625f
#define B 1.5f
#define A2 (A * A)
#define B2 (B * B)

/* Six pixels of x along an axis, `step` floats from one to the next, to the six points. */
static inline void spread_inputs(const float *x, int64_t step, float *to, int64_t next) {
    lanes x0 = load(x), x1 = load(x + step), x2 = load(x + 2 * step), x3 = load(x + 3 * step),
          x4 = load(x + 4 * step), x5 = load(x + 5 * step);
    lanes even_a = x4 - B2 * x2, odd_a = A * (x3 - B2 * x1);
    lanes even_b = x4 - A2 * x2, odd_b = B * (x3 - A2 * x1);
    store(to, A2 * B2 * x0 + (x4 - (A2 + B2) * x2));
    store(to + next, even_a + odd_a);
    store(to + 2 * next, even_a - odd_a);
    store(to + 3 * next, even_b + odd_b);
    store(to + 4 * next, even_b - odd_b);
    store(to + 5 * next, A2 * B2 * x1 + (x5 - (A2 + B2) * x3));
}

/* Four pixels of gy likewise. */
static inline void spread_outputs(const float *y, int64_t step, float *to, int64_t next) {
    lanes y0 = load(y), y1 = load(y + step), y2 = load(y + 2 * step), y3 = load(y + 3 * step);
    lanes even_a = y0 + A2 * y2, odd_a = A * (y1 + A2 * y3);
    lanes even_b = y0 + B2 * y2, odd_b = B * (y1 + B2 * y3);
    store(to, y0);
    store(to + next, even_a + odd_a);
    store(to + 2 * next, even_a - odd_a);
    store(to + 3 * next, even_b + odd_b);
    store(to + 4 * next, even_b - odd_b);
    store(to + 5 * next, y3);
}

/* The sums at the six points to three weights. */
static inline void join_points(const lanes *s, int step, lanes *to, int next) {
    const float zero = 1 / (A2 * B2), a = 1 / (2 * A2 * (A2 - B2)),
                b = 1 / (2 * B2 * (B2 - A2));
    lanes of_a = a * (s[step] + s[2 * step]), of_b = b * (s[3 * step] + s[4 * step]);
    to[0] = zero * s[0] + (of_a + of_b);
    to[next] = (a * A) * (s[step] - s[2 * step]) + (b * B) * (s[3 * step] - s[4 * step]);
    to[2 * next] = (A2 * of_a + B2 * of_b) + s[5 * step];
}

/* Pixels of one block of an image around a tile: those there, or a copy with zeros where they
 * are outside. */
typedef struct view {
    const float *from;
    int64_t row; /* floats from one row to the next */
} view;

static inline view view_at(const cut *c, const float *image, int64_t top, int64_t left,
                           int64_t side, float *copy) {
    if (top >= 0 && left >= 0 && top + side <= c->height && left + side <= c->width)
        return (view){image + (top * c->width + left) * GT_BLOCK, c->width * GT_BLOCK};
    int64_t first = left < 0 ? -left : 0, end = least(side, c->width - left);
    memset(copy, 0, (size_t)(side * side * GT_BLOCK) * sizeof *copy);
    for (int64_t r = top < 0 ? -top : 0; r < least(side, c->height - top); r++)
        memcpy(copy + (r * side + first) * GT_BLOCK,
               image + ((top + r) * c->width + left + first) * GT_BLOCK,
               (size_t)((end - first) * GT_BLOCK) * sizeof *copy);
    return (view){copy, side * GT_BLOCK};
}

static void transform_input(const cut *c, const float *image, int64_t row, int64_t column,
                            float *to, int64_t next) {
    enum { NEXT = REACH * GT_BLOCK };
    float copy[POINTS * GT_BLOCK], half[POINTS * GT_BLOCK];
    view at = view_at(c, image, row * TILE - 1, column * TILE - 1, REACH, copy);
    for (int r = 0; r < REACH; r++)
        spread_inputs(at.from + r * at.row, GT_BLOCK, half + r * NEXT, GT_BLOCK);
    for (int k = 0; k < REACH; k++)
        spread_inputs(half + k * GT_BLOCK, NEXT, to + k * next, REACH * next);
}

static void transform_output(const cut *c, const float *image, int64_t row, int64_t column,
                             float *to, int64_t next) {
    enum { NEXT = REACH * GT_BLOCK };
    float copy[TILE * TILE * GT_BLOCK], half[TILE * NEXT];
    view at = view_at(c, image, row * TILE, column * TILE, TILE, copy);
    for (int r = 0; r < TILE; r++)
        spread_outputs(at.from + r * at.row, GT_BLOCK, half + r * NEXT, GT_BLOCK);
    for (int k = 0; k < REACH; k++)
        spread_outputs(half + k * GT_BLOCK, NEXT, to + k * next, REACH * next);
}

/* ---- Work ------------------------------------------------------------------------------ */

typedef struct gradient {
    cut c;
    const float *x, *gy;
    float *gw, *area;
    bool accumulate;
} gradient;

/* Some output blocks, and a chunk of the tiles. */
typedef struct job {
    float *xs, *ys, *sums;
    int64_t first_block, blocks, first_tile, tiles;
} job;

typedef void (*transform)(const cut *c, const float *image, int64_t row, int64_t column,
                          float *to, int64_t next);

/* Asks for the pixels that a tile has for itself. */
static inline void fetch(const cut *c, const float *image, int64_t row, int64_t column) {
    int64_t bottom = least((row + 1) * TILE, c->height), left = column * TILE;
    int64_t right = least(left + TILE, c->width);
    for (int64_t r = row * TILE; r < bottom; r++)
        for (int64_t k = left; k < right; k++)
            __builtin_prefetch(image + (r * c->width + k) * GT_BLOCK);
}

/* Of images that have `all` blocks some from the first on to panels, `next` floats from a point
 * to the next. */
static void spread(const cut *c, const job *j, const float *images, int64_t blocks, int64_t all,
                   transform one, float *panels, int64_t next) {
    int64_t size = c->height * c->width * GT_BLOCK, of_image = c->down * c->across;
    for (int64_t b = 0; b < blocks; b++, panels += c->panel) {
        int64_t at = j->first_tile % of_image;
        const float *image = images + (j->first_tile / of_image * all + b) * size;
        int64_t row = at / c->across, column = at % c->across;
        for (int64_t t = 0; t < j->tiles; t++) {
            const float *here = image;
            int64_t this_row = row, this_column = column;
            if (++column == c->across) column = 0, row++;
            if (row == c->down) row = 0, image += all * size;
            if (t + 1 < j->tiles) fetch(c, image, row, column);
            one(c, here, this_row, this_column, panels + t * GT_BLOCK, next);
        }
    }
}

enum { SHORT = 16 }; /* tiles that one register adds up, for the sake of rounding */

static inline void multiply_some(int64_t tiles, const float *y, const float *x, lanes *total) {
    lanes sum[GT_BLOCK];
#pragma GCC unroll 16
    for (int o = 0; o < GT_BLOCK; o++) sum[o] = (lanes){0};
    for (int64_t t = 0; t < tiles; t++, x += GT_BLOCK, y += GT_BLOCK) {
        lanes v = load(x);
#pragma GCC unroll 16
        for (int o = 0; o < GT_BLOCK; o++) sum[o] += y[o] * v;
    }
#pragma GCC unroll 16
    for (int o = 0; o < GT_BLOCK; o++) total[o] += sum[o];
}

/* One point of 16 by 16 channels: the sum over tiles of outer products. */
static void multiply_pair(int64_t tiles, const float *y, const float *x, float *sums,
                          bool adds) {
    lanes total[GT_BLOCK] = {0};
    for (int o = 0; o < GT_BLOCK; o++) __builtin_prefetch(sums + o * GT_BLOCK, 1);
    for (int64_t t = 0; t < tiles; t += SHORT)
        multiply_some(least(SHORT, tiles - t), y + t * GT_BLOCK, x + t * GT_BLOCK, total);
    for (int o = 0; o < GT_BLOCK; o++, sums += GT_BLOCK)
        store(sums, adds ? load(sums) + total[o] : total[o]);
}

static void multiply(const cut *c, const job *j) {
    const float *xs = j->xs, *ys = j->ys;
    float *sums = j->sums;
    for (int point = 0; point < POINTS; point++) {
        for (int64_t o = 0; o < j->blocks; o++)
            for (int64_t i = 0; i < c->in; i++)
                multiply_pair(j->tiles, ys + o * c->panel, xs + i * c->panel,
                              sums + (o * c->in + i) * PAIR, j->first_tile > 0);
        xs += next_panels(c, c->in);
        ys += next_panels(c, c->group);
        sums += next_sums(c);
    }
}

/* The weights of one output channel and 16 inputs. */
static void join(const float *sums, int64_t next, float *to, bool accumulate) {
    lanes points[POINTS], half[3 * REACH], taps[TAPS];
    for (int i = 0; i < POINTS; i++) points[i] = load(sums + i * next);
    for (int k = 0; k < REACH; k++) join_points(points + k, REACH, half + k, REACH);
    for (int r = 0; r < 3; r++) join_points(half + r * REACH, 1, taps + r * 3, 1);
    for (int l = 0; l < GT_BLOCK; l++)
        for (int t = 0; t < TAPS; t++, to++) *to = accumulate ? *to + taps[t][l] : taps[t][l];
}

static void join_channels(const gradient *s, const job *j) {
    int64_t in = s->c.in;
    for (int64_t o = 0; o < j->blocks * GT_BLOCK; o++)
        for (int64_t i = 0; i < in; i++) {
            const float *sums = j->sums + (o / GT_BLOCK * in + i) * PAIR;
            int64_t row = j->first_block * GT_BLOCK + o;
            join(sums + o % GT_BLOCK * GT_BLOCK, next_sums(&s->c),
                 s->gw + (row * in + i) * GT_BLOCK * TAPS, s->accumulate);
        }
}

/* All chunks of the tiles for the blocks of a job; inputs that are there already stay. */
static void run_job(const gradient *s, job *j, bool has_inputs) {
    const cut *c = &s->c;
    const float *gy = s->gy + j->first_block * c->height * c->width * GT_BLOCK;
    for (j->first_tile = 0; j->first_tile < c->tiles; j->first_tile += c->chunk) {
        j->tiles = least(c->chunk, c->tiles - j->first_tile);
        if (!has_inputs)
            spread(c, j, s->x, c->in, c->in, transform_input, j->xs, next_panels(c, c->in));
        spread(c, j, gy, j->blocks, c->out, transform_output, j->ys, next_panels(c, c->group));
        multiply(c, j);
    }
    join_channels(s, j);
}

static void run_piece(void *self, int64_t piece, int worker) {
    const gradient *s = self;
    const cut *c = &s->c;
    int64_t begin = c->out * piece / c->pieces, end = c->out * (piece + 1) / c->pieces;
    job j = {.xs = s->area + worker * area_length(c)};
    j.ys = j.xs + POINTS * next_panels(c, c->in);
    j.sums = j.ys + POINTS * next_panels(c, c->group);
    for (j.first_block = begin; j.first_block < end; j.first_block += c->group) {
        j.blocks = least(c->group, end - j.first_block);
        run_job(s, &j, j.first_block > begin && c->chunk == c->tiles);
    }
}

static gt_status run(const gt_conv_problem *p, const float *a, const float *b, float *result,
                     bool accumulate, void *scratch, int threads, gt_error *err) {
    gradient s = {.c = cut_of(p, threads),
                  .x = a,
                  .gy = b,
                  .gw = result,
                  .area = scratch,
                  .accumulate = accumulate};
    gt_team_run(threads, s.c.pieces, run_piece, &s);
    return GT_OK;
}

const gt_conv_own gt_conv_tiles = {.name = "tiles",
                                   .applies = applies,
                                   .weights_bytes = weights_bytes,
                                   .scratch = scratch_bytes,
                                   .prepare = prepare,
                                   .run = run};
