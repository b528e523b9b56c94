/* conv_tiles_images.c - convolutions with windows of 3 x 3 and of 4 x 4, and their data
 * gradients, in tiles of 4 x 4 and of 3 x 3 pixels (conv_tiles.h): 36 multiplications where the
 * definition has 144.
 *
 * A data gradient is a convolution with the window turned round and the channels exchanged. The
 * tiles are cut into chunks that threads take one by one: 36 products of matrices, of the
 * chunk's tiles by input channels with input by output channels (conv_products.h). Every result
 * is summed over the channels in their order, so no bit depends on how tiles are cut. */
#include "conv_products.h"
#include "conv_tiles.h"
#include "team.h"

enum { REACH = GT_TILE_REACH, POINTS = GT_TILE_POINTS, MOST_TAPS = 4, MOST_SIDE = 4 };

enum { PAIR = GT_PRODUCT_PAIR, CHUNK = 64 }; /* output blocks at once, tiles of a chunk */

/* From images (N, in, height, width, 16) to (N, out, rows, columns, 16), channels in blocks. */
typedef struct shape {
    int64_t taps, side; /* of a window, of a tile */
    int64_t in, out, height, width, rows, columns, pad;
    int64_t down, across, tiles; /* of an image along each axis, of all images */
    int64_t chunk;               /* tiles at once */
    bool is_back;
} shape;

static shape shape_of(const gt_conv_problem *p, int threads) {
    bool is_back = p->kind == GT_CONV_DATA;
    gt_shape from = is_back ? p->y : p->x, to = is_back ? p->x : p->y;
    shape s = {.taps = p->w.dim[2],
               .side = REACH + 1 - p->w.dim[2],
               .in = from.dim[1] / GT_BLOCK,
               .out = to.dim[1] / GT_BLOCK,
               .height = from.dim[2],
               .width = from.dim[3],
               .rows = to.dim[2],
               .columns = to.dim[3],
               .pad = is_back ? p->w.dim[2] - 1 - p->how.pad : p->how.pad,
               .is_back = is_back};
    s.down = (s.rows + s.side - 1) / s.side;
    s.across = (s.columns + s.side - 1) / s.side;
    s.tiles = from.dim[0] * s.down * s.across;
    s.chunk = gt_least(gt_product_width((s.tiles + threads - 1) / threads), CHUNK);
    return s;
}

/* Floats from one point to the next of tiles and of weights: a line stays empty, so that the 36
 * places that are written or read at once do not share a set of the cache. */
static int64_t next_of(const shape *s, int64_t blocks) {
    return blocks * s->chunk * GT_BLOCK + GT_BLOCK;
}

static int64_t next_weights(const shape *s) {
    return s->in * s->out * GT_BLOCK * GT_BLOCK + GT_BLOCK;
}

static int64_t room_of(const shape *s) {
    return POINTS * (next_of(s, s->in) + next_of(s, s->out));
}

size_t gt_tiles_images_scratch(const gt_conv_problem *p, int threads) {
    shape s = shape_of(p, threads);
    return (size_t)(POINTS * next_weights(&s) + threads * room_of(&s)) * sizeof(float);
}

/* ---- Weights ----------------------------------------------------------------------------
 * Kept are the windows: (pair of output blocks, 16 in, tap, 32), where the last pair may be one
 * block. They become points in every run, of which each has (pair, 16 in, 32): that costs
 * little where there are many tiles, and kept points would be four times as many numbers. */

size_t gt_tiles_images_weights(const gt_conv_problem *p) {
    return (size_t)gt_shape_count(p->w) * sizeof(float);
}

typedef struct preparation {
    shape s;
    const float *w;
    float *to;
} preparation;

/* From sixteen input channels to sixteen output channels. */
static void prepare_square(void *self, int64_t i, int worker) {
    const preparation *job = self;
    const shape *s = &job->s;
    int64_t out = i / s->in, in = i % s->in, pair = out / PAIR, taps = s->taps * s->taps;
    int64_t columns = (s->is_back ? s->out : s->in) * GT_BLOCK;
    int64_t row = s->is_back ? in : out, column = s->is_back ? out : in;
    const float *from = job->w + (row * columns + column) * GT_BLOCK * taps;
    int64_t step = gt_product_outs(s->out, pair) * GT_BLOCK;
    float *to = job->to + pair * PAIR * s->in * GT_BLOCK * GT_BLOCK * taps +
                in * GT_BLOCK * taps * step + out % PAIR * GT_BLOCK;
    for (int64_t r = 0; r < GT_BLOCK; r++)
        for (int64_t k = 0; k < GT_BLOCK; k++)
            for (int64_t t = 0; t < taps; t++) {
                float value = from[(r * columns + k) * taps + t];
                if (s->is_back)
                    to[(r * taps + taps - 1 - t) * step + k] = value;
                else
                    to[(k * taps + t) * step + r] = value;
            }
}

void gt_tiles_images_prepare(const gt_conv_problem *p, const float *w, float *prepared,
                             int threads) {
    preparation job = {shape_of(p, threads), w, prepared};
    gt_team_run(threads, job.s.out * job.s.in, prepare_square, &job);
}

/* Where a tile lies. */
typedef struct spot {
    int64_t image, top, left;
} spot;

typedef struct convolution {
    shape s;
    const float *from, *windows, *bias;
    float *to, *weights, *area;
    bool accumulate, clips;
    bool streams;         /* results go past the caches */
    bool streams_weights; /* points of weights likewise */
} convolution;

/* Windows to points, of one input channel and sixteen outputs. */
GT_ALWAYS void spread_window(const int taps, const float *from, int64_t step, float *to,
                             int64_t next, bool streams) {
    float points[POINTS * GT_BLOCK];
    if (!streams) {
        gt_tile_weights(taps, from, step, to, next);
        return;
    }
    gt_tile_weights(taps, from, step, points, GT_BLOCK);
#pragma GCC unroll 36
    for (int k = 0; k < POINTS; k++) gt_stream(to + k * next, gt_load(points + k * GT_BLOCK));
}

/* Those of sixteen input channels and a pair. */
static void spread_weights(void *self, int64_t i, int worker) {
    const convolution *job = self;
    const shape *s = &job->s;
    int64_t pair = i / s->in, in = i % s->in, outs = gt_product_outs(s->out, pair);
    int64_t before = pair * PAIR * s->in + in * outs, step = outs * GT_BLOCK;
    const float *from = job->windows + before * GT_BLOCK * GT_BLOCK * s->taps * s->taps;
    float *to = job->weights + before * GT_BLOCK * GT_BLOCK;
    for (int64_t k = 0; k < GT_BLOCK; k++, from += s->taps * s->taps * step, to += step)
        for (int64_t o = 0; o < step; o += GT_BLOCK) {
            if (s->taps == 3)
                spread_window(3, from + o, step, to + o, next_weights(s), job->streams_weights);
            else
                spread_window(4, from + o, step, to + o, next_weights(s), job->streams_weights);
        }
    if (job->streams_weights) gt_stream_end();
}

/* ---- A chunk ----------------------------------------------------------------------------
 * `count` tiles on their way: `width` of them in memory, of which those behind the last are
 * undefined. At a point inputs, and sums of each pair of blocks, are as products want them. */

typedef struct chunk {
    float *spread, *sums;
    int64_t count, width;
    spot spots[CHUNK];
} chunk;

enum { AHEAD = 4 }; /* so many tiles before their turn pixels are asked for */

/* Asks for a square of pixels, of which some may be outside. */
GT_ALWAYS void fetch(const int side, const float *image, int64_t height, int64_t width,
                     int64_t top, int64_t left, const int written) {
#pragma GCC unroll 4
    for (int r = 0; r < side; r++) {
        int64_t row = gt_least(gt_most(top + r, 0), height - 1);
        const float *from = image + (row * width + left) * GT_BLOCK;
#pragma GCC unroll 4
        for (int k = 0; k < side; k++) gt_fetch_block(from + k * GT_BLOCK, written);
    }
}

static void spread_tiles(const convolution *job, const chunk *c) {
    const shape *s = &job->s;
    int64_t next = next_of(s, s->in), size = s->height * s->width * GT_BLOCK;
    for (int64_t b = 0; b < s->in; b++)
        for (int64_t i = 0; i < c->count; i++) {
            const spot *at = &c->spots[i], *soon = at + AHEAD;
            if (i + AHEAD < c->count) /* the tile after it has the rest */
                fetch(MOST_SIDE, job->from + (soon->image * s->in + b) * size, s->height,
                      s->width, soon->top - s->pad + 1, soon->left - s->pad + 2, 0);
            gt_tile_spread_image(job->from + (at->image * s->in + b) * size, s->height,
                                 s->width, at->top - s->pad, at->left - s->pad,
                                 c->spread + gt_product_at(s->in, b, i), next);
        }
}

static void multiply(const convolution *job, const chunk *c) {
    const shape *s = &job->s;
    for (int k = 0; k < POINTS; k++) {
        const float *x = c->spread + k * next_of(s, s->in);
        const float *w = job->weights + k * next_weights(s);
        float *to = c->sums + k * next_of(s, s->out);
        for (int64_t b = 0; b < s->out; b += PAIR) {
            gt_product_pair(gt_product_outs(s->out, b / PAIR), s->in, c->width, x, w, to);
            w += PAIR * s->in * GT_BLOCK * GT_BLOCK;
            to += PAIR * c->width * GT_BLOCK;
        }
    }
}

/* ---- Its results ------------------------------------------------------------------------ */

GT_ALWAYS void join_tile(const int side, const float *from, int64_t next, gt_vector bias,
                         gt_vector *pixels) {
    gt_vector half[MOST_SIDE * REACH];
#pragma GCC unroll 6
    for (int k = 0; k < REACH; k++) {
        gt_vector points[REACH];
#pragma GCC unroll 6
        for (int r = 0; r < REACH; r++) points[r] = gt_load(from + (r * REACH + k) * next);
        gt_tile_join(side, false, true, points, 1, half + k, REACH);
    }
#pragma GCC unroll 4
    for (int r = 0; r < side; r++)
        gt_tile_join(side, false, true, half + r * REACH, 1, pixels + r * side, 1);
#pragma GCC unroll 16
    for (int k = 0; k < side * side; k++) pixels[k] += bias;
}

/* The pixels of a tile that are inside, plus what is there where asked for. */
static void write_some(const int side, const convolution *job, const spot *at,
                       const gt_vector *pixels, float *image) {
    const shape *s = &job->s;
    int64_t rows = gt_least(side, s->rows - at->top),
            columns = gt_least(side, s->columns - at->left);
    for (int64_t r = 0; r < rows; r++) {
        float *to = image + ((at->top + r) * s->columns + at->left) * GT_BLOCK;
        for (int64_t k = 0; k < columns; k++, to += GT_BLOCK) {
            gt_vector v = pixels[r * side + k];
            if (job->accumulate) v += gt_load(to);
            gt_store(to, job->clips ? gt_clip(v) : v);
        }
    }
}

/* All of them. */
GT_ALWAYS void write_tile(const int side, const convolution *job, const spot *at,
                          const gt_vector *pixels, float *image) {
    int64_t row = job->s.columns * GT_BLOCK;
    float *to = image + at->top * row + at->left * GT_BLOCK;
#pragma GCC unroll 4
    for (int r = 0; r < side; r++, to += row)
#pragma GCC unroll 4
        for (int k = 0; k < side; k++) {
            gt_vector v = pixels[r * side + k];
            if (job->clips) v = gt_clip(v);
            if (job->streams)
                gt_stream(to + k * GT_BLOCK, v);
            else
                gt_store(to + k * GT_BLOCK, v);
        }
}

/* A block of output channels. */
GT_ALWAYS void join_block(const int side, const convolution *job, const chunk *c,
                          int64_t block) {
    const shape *s = &job->s;
    int64_t size = s->rows * s->columns * GT_BLOCK, next = next_of(s, s->out);
    int64_t pair = block / PAIR, outs = gt_product_outs(s->out, pair);
    const float *sums = c->sums + pair * PAIR * c->width * GT_BLOCK;
    gt_vector bias = job->bias ? gt_load(job->bias + block * GT_BLOCK) : (gt_vector){0};
    for (int64_t i = 0; i < c->count; i++) {
        gt_vector pixels[MOST_SIDE * MOST_SIDE];
        const spot *at = &c->spots[i], *soon = at + AHEAD;
        float *image = job->to + (at->image * s->out + block) * size;
        if (!job->streams && i + AHEAD < c->count)
            fetch(side, job->to + (soon->image * s->out + block) * size, s->rows, s->columns,
                  soon->top, soon->left, 1);
        join_tile(side, sums + gt_product_at(outs, block % PAIR, i), next, bias, pixels);
        bool is_inside = gt_tile_is_inside(s->rows, s->columns, at->top, at->left, side);
        if (is_inside && !job->accumulate)
            write_tile(side, job, at, pixels, image);
        else
            write_some(side, job, at, pixels, image);
    }
}

static void join_tiles(const convolution *job, const chunk *c) {
    for (int64_t b = 0; b < job->s.out; b++) {
        if (job->s.side == 4)
            join_block(4, job, c, b);
        else
            join_block(3, job, c, b);
    }
    if (job->streams) gt_stream_end();
}

/* ---- All of it -------------------------------------------------------------------------- */

static spot spot_of(const shape *s, int64_t tile) {
    int64_t of_image = s->down * s->across;
    return (spot){tile / of_image, tile % of_image / s->across * s->side,
                  tile % s->across * s->side};
}

static void run_chunk(void *self, int64_t i, int worker) {
    const convolution *job = self;
    const shape *s = &job->s;
    int64_t first = i * s->chunk;
    chunk c = {.spread = job->area + worker * room_of(s)};
    c.sums = c.spread + POINTS * next_of(s, s->in);
    c.count = gt_least(s->chunk, s->tiles - first);
    c.width = gt_product_width(c.count);
    for (int64_t t = 0; t < c.count; t++) c.spots[t] = spot_of(s, first + t);
    spread_tiles(job, &c);
    multiply(job, &c);
    join_tiles(job, &c);
}

static bool is_aligned(const float *place) {
    return (uintptr_t)place % (GT_BLOCK * sizeof *place) == 0;
}

void gt_tiles_images_run(const gt_conv_problem *p, const float *a, const float *b,
                         const float *bias, float *result, bool accumulate, void *scratch,
                         int threads) {
    enum { MANY = 1 << 20, MANY_WEIGHTS = 1 << 21 }; /* floats that no cache keeps */
    convolution job = {.s = shape_of(p, threads),
                       .from = a,
                       .windows = b,
                       .bias = bias,
                       .to = result,
                       .weights = scratch,
                       .clips = p->clip,
                       .accumulate = accumulate};
    const shape *s = &job.s;
    int64_t pairs = (s->out + PAIR - 1) / PAIR, chunks = (s->tiles + s->chunk - 1) / s->chunk;
    int64_t results = s->tiles * s->side * s->side * s->out * GT_BLOCK;
    job.area = job.weights + POINTS * next_weights(s);
    job.streams = results >= MANY && is_aligned(result);
    job.streams_weights = POINTS * next_weights(s) >= MANY_WEIGHTS && is_aligned(job.weights);
    gt_team_run(threads, pairs * s->in, spread_weights, &job);
    gt_team_run(threads, chunks, run_chunk, &job);
}
