/* conv_tiles.c - gradients of the weights of convolutions by Winograd's tiles (conv_tiles.h): a
 * tile of gy, of 4x4 pixels for windows of 3x3 and of 3x3 for windows of 4x4, and the 6x6
 * pixels of x that its windows reach become 36 numbers each, whose products, summed over all
 * tiles, make the weights: 36 multiplications in place of 144.
 *
 * The pixels of gy are the coefficients here, and the weights the results. The sums over tiles
 * are 36 products of matrices, made in blocks of 16 channels by 16 while both transforms are in
 * cache: a chunk of the tiles at a time, and so many output channels that their sums stay in
 * cache as well. Chunks follow from the shapes alone, pieces from the threads asked for as
 * well. */
#include "conv_tiles.h"
#include "team.h"

enum { REACH = GT_TILE_REACH, POINTS = GT_TILE_POINTS };

static bool applies(const gt_conv_problem *p) {
    int64_t taps = p->w.dim[2];
    bool is_ours = taps == 3 || taps == 4;
    if (p->x.dim[0] == 0) return false; /* no tile would set the sums */
    return is_ours && p->w.dim[3] == taps && p->how.pad < taps && p->how.stride == 1 &&
           p->how.groups == 1 && p->x_blocked && p->y_blocked && p->x.dim[1] % GT_BLOCK == 0 &&
           p->y.dim[1] % GT_BLOCK == 0;
}

/* ---- Cutting --------------------------------------------------------------------------- */

/* Panels: of each point and each block of channels the 16 numbers of every tile of a chunk.
 * Sums: of each point and each pair of blocks 16 rows of 16. Behind each point stays a line
 * empty, so that the 36 places that are written or read at once do not share a set of the
 * cache. */
typedef struct cut {
    int64_t taps, side, pad;              /* side: of a tile */
    int64_t height, width, rows, columns; /* of an image of x, of gy */
    int64_t down, across;                 /* tiles of an image along each axis */
    int64_t tiles, chunk;
    int64_t in, out, group; /* blocks; output blocks at once */
    int64_t pieces, panel;  /* of the work; floats of a panel */
} cut;

enum { PAIR = GT_BLOCK * GT_BLOCK }; /* floats of the sums of a pair at one point */

/* Pieces of the work are runs of output blocks, done by one thread from pixels to weights, so
 * that it reads what it has written itself. */
static cut cut_of(const gt_conv_problem *p, int threads) {
    enum { CHUNK = 128, SUMS_ONCE = 1 << 19, SUMS = 5 << 19 };
    cut c = {.taps = p->w.dim[2],
             .side = REACH + 1 - p->w.dim[2],
             .pad = p->how.pad,
             .height = p->x.dim[2],
             .width = p->x.dim[3],
             .rows = p->y.dim[2],
             .columns = p->y.dim[3]};
    c.in = p->x.dim[1] / GT_BLOCK;
    c.out = p->y.dim[1] / GT_BLOCK;
    c.down = (c.rows + c.side - 1) / c.side;
    c.across = (c.columns + c.side - 1) / c.side;
    c.tiles = p->x.dim[0] * c.down * c.across;
    c.pieces = gt_least(threads, c.out);
    int64_t blocks = (c.out + c.pieces - 1) / c.pieces;
    int64_t room = c.tiles > CHUNK ? SUMS : SUMS_ONCE;
    c.group = gt_least(gt_most(room / (POINTS * PAIR * c.in), 1), blocks);
    c.chunk = gt_least(c.tiles, CHUNK);
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

/* ---- Transforms ------------------------------------------------------------------------ */

static void transform_input(const cut *c, const float *image, int64_t row, int64_t column,
                            float *to, int64_t next) {
    gt_tile_spread_image(image, c->height, c->width, row * c->side - c->pad,
                         column * c->side - c->pad, to, next);
}

/* The pixels of a tile of gy. */
static void transform_output(const cut *c, const float *image, int64_t row, int64_t column,
                             float *to, int64_t next) {
    int64_t top = row * c->side, left = column * c->side;
    if (c->side == 4)
        gt_tile_values_image(4, image, c->rows, c->columns, top, left, to, next);
    else
        gt_tile_values_image(3, image, c->rows, c->columns, top, left, to, next);
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

/* Images that become panels. */
typedef struct source {
    const float *images;
    int64_t height, width, all; /* all: blocks of an image */
    transform one;
} source;

/* Asks for the pixels that a tile has for itself. */
static inline void fetch(const cut *c, const source *of, const float *image, int64_t row,
                         int64_t column) {
    int64_t bottom = gt_least((row + 1) * c->side, of->height), left = column * c->side;
    int64_t right = gt_least(left + c->side, of->width);
    for (int64_t r = row * c->side; r < bottom; r++)
        for (int64_t k = left; k < right; k++)
            __builtin_prefetch(image + (r * of->width + k) * GT_BLOCK);
}

/* Some blocks from the first on to panels, `next` floats from a point to the next. */
static void spread(const cut *c, const job *j, const source *of, int64_t blocks, float *panels,
                   int64_t next) {
    int64_t size = of->height * of->width * GT_BLOCK, of_image = c->down * c->across;
    for (int64_t b = 0; b < blocks; b++, panels += c->panel) {
        int64_t at = j->first_tile % of_image;
        const float *image = of->images + (j->first_tile / of_image * of->all + b) * size;
        int64_t row = at / c->across, column = at % c->across;
        for (int64_t t = 0; t < j->tiles; t++) {
            const float *here = image;
            int64_t this_row = row, this_column = column;
            if (++column == c->across) column = 0, row++;
            if (row == c->down) row = 0, image += of->all * size;
            if (t + 1 < j->tiles) fetch(c, of, image, row, column);
            of->one(c, here, this_row, this_column, panels + t * GT_BLOCK, next);
        }
    }
}

enum { SHORT = 16 }; /* tiles that one register adds up, for the sake of rounding */

static inline void multiply_some(int64_t tiles, const float *y, const float *x,
                                 gt_vector *total) {
    gt_vector sum[GT_BLOCK];
#pragma GCC unroll 16
    for (int o = 0; o < GT_BLOCK; o++) sum[o] = (gt_vector){0};
    for (int64_t t = 0; t < tiles; t++, x += GT_BLOCK, y += GT_BLOCK) {
        gt_vector v = gt_load(x);
#pragma GCC unroll 16
        for (int o = 0; o < GT_BLOCK; o++) sum[o] += y[o] * v;
    }
#pragma GCC unroll 16
    for (int o = 0; o < GT_BLOCK; o++) total[o] += sum[o];
}

/* One point of 16 by 16 channels: the sum over tiles of outer products. */
static void multiply_pair(int64_t tiles, const float *y, const float *x, float *sums,
                          bool adds) {
    gt_vector total[GT_BLOCK] = {0};
    for (int o = 0; o < GT_BLOCK; o++) __builtin_prefetch(sums + o * GT_BLOCK, 1);
    for (int64_t t = 0; t < tiles; t += SHORT)
        multiply_some(gt_least(SHORT, tiles - t), y + t * GT_BLOCK, x + t * GT_BLOCK, total);
    for (int o = 0; o < GT_BLOCK; o++, sums += GT_BLOCK)
        gt_store(sums, adds ? gt_load(sums) + total[o] : total[o]);
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
GT_ALWAYS void join(const int taps, const float *sums, int64_t next, float *to,
                    bool accumulate) {
    enum { MOST = 4 };
    gt_vector points[POINTS], half[MOST * REACH], window[MOST * MOST];
    for (int i = 0; i < POINTS; i++) points[i] = gt_load(sums + i * next);
    for (int k = 0; k < REACH; k++)
        gt_tile_join(taps, true, false, points + k, REACH, half + k, REACH);
    for (int r = 0; r < taps; r++)
        gt_tile_join(taps, true, false, half + r * REACH, 1, window + r * taps, 1);
    for (int l = 0; l < GT_BLOCK; l++)
        for (int t = 0; t < taps * taps; t++, to++)
            *to = accumulate ? *to + window[t][l] : window[t][l];
}

static void join_channels(const gradient *s, const job *j) {
    int64_t in = s->c.in, window = s->c.taps * s->c.taps, next = next_sums(&s->c);
    for (int64_t o = 0; o < j->blocks * GT_BLOCK; o++)
        for (int64_t i = 0; i < in; i++) {
            const float *sums =
                j->sums + (o / GT_BLOCK * in + i) * PAIR + o % GT_BLOCK * GT_BLOCK;
            int64_t row = j->first_block * GT_BLOCK + o;
            float *to = s->gw + (row * in + i) * GT_BLOCK * window;
            if (s->c.taps == 3)
                join(3, sums, next, to, s->accumulate);
            else
                join(4, sums, next, to, s->accumulate);
        }
}

/* All chunks of the tiles for the blocks of a job; inputs that are there already stay. */
static void run_job(const gradient *s, job *j, bool has_inputs) {
    const cut *c = &s->c;
    source x = {s->x, c->height, c->width, c->in, transform_input};
    source gy = {s->gy + j->first_block * c->rows * c->columns * GT_BLOCK, c->rows, c->columns,
                 c->out, transform_output};
    for (j->first_tile = 0; j->first_tile < c->tiles; j->first_tile += c->chunk) {
        j->tiles = gt_least(c->chunk, c->tiles - j->first_tile);
        if (!has_inputs) spread(c, j, &x, c->in, j->xs, next_panels(c, c->in));
        spread(c, j, &gy, j->blocks, j->ys, next_panels(c, c->group));
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
        j.blocks = gt_least(c->group, end - j.first_block);
        run_job(s, &j, j.first_block > begin && c->chunk == c->tiles);
    }
}

/* ---- All three ------------------------------------------------------------------------- */

static size_t scratch_bytes(const gt_conv_problem *p, int threads) {
    if (p->kind != GT_CONV_WEIGHTS) return gt_tiles_images_scratch(p, threads);
    cut c = cut_of(p, threads);
    return (size_t)(c.pieces * area_length(&c)) * sizeof(float);
}

static size_t weights_bytes(const gt_conv_problem *p) {
    return p->kind == GT_CONV_WEIGHTS ? 0 : gt_tiles_images_weights(p);
}

static gt_status run(const gt_conv_problem *p, const float *a, const float *b,
                     const gt_conv_beside *beside, float *result, bool accumulate,
                     void *scratch, int threads, gt_error *err) {
    if (p->kind != GT_CONV_WEIGHTS) {
        gt_tiles_images_run(p, a, b, beside->bias, result, accumulate || p->accumulate, scratch,
                            threads);
        return GT_OK;
    }
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
                                   .clips = true,
                                   .applies = applies,
                                   .weights_bytes = weights_bytes,
                                   .scratch = scratch_bytes,
                                   .prepare = gt_tiles_images_prepare,
                                   .run = run};
