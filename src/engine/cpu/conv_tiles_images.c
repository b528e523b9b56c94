/* conv_tiles_images.c - convolutions with windows of 4 x 4, and their data gradients, in tiles
 * of 3 x 3 pixels (conv_tiles.h): 36 multiplications where the definition has 144.
 *
 * A data gradient is a convolution with the window turned round and the channels exchanged. The
 * tiles are cut into chunks that threads take one by one: 36 products of matrices, of the
 * chunk's tiles by input channels with input by output channels, sixteen tiles and sixteen
 * channels at a time. Every result is summed over the channels in their order, so no bit
 * depends on how tiles are cut. */
#include "conv_tiles.h"
#include "team.h"

enum { TAPS = 4, TILE = 3, REACH = GT_TILE_REACH, POINTS = GT_TILE_POINTS };
enum { SIDE_BY_SIDE = 16 }; /* tiles whose sums are in registers at once */

/* From images (N, in, height, width, 16) to (N, out, rows, columns, 16), channels in blocks. */
typedef struct shape {
    int64_t in, out, height, width, rows, columns, pad;
    int64_t down, across, tiles; /* of an image along each axis, of all images */
    int64_t chunk, group;        /* tiles, and output blocks, at once */
    bool is_back;
} shape;

/* A chunk's transformed tiles are to stay in the second cache, where they can, but enough of
 * them that reading the weights does not cost more than the products. */
static shape shape_of(const gt_conv_problem *p, int threads) {
    enum { MANY = 128, SOME = 64, WIDE = 16, GROUP = 4 };
    bool is_back = p->kind == GT_CONV_DATA;
    gt_shape from = is_back ? p->y : p->x, to = is_back ? p->x : p->y;
    shape s = {.in = from.dim[1] / GT_BLOCK,
               .out = to.dim[1] / GT_BLOCK,
               .height = from.dim[2],
               .width = from.dim[3],
               .rows = to.dim[2],
               .columns = to.dim[3],
               .pad = is_back ? TAPS - 1 - p->how.pad : p->how.pad,
               .is_back = is_back};
    s.down = (s.rows + TILE - 1) / TILE;
    s.across = (s.columns + TILE - 1) / TILE;
    s.tiles = from.dim[0] * s.down * s.across;
    int64_t share = (s.tiles + threads - 1) / threads;
    share = (share + SIDE_BY_SIDE - 1) / SIDE_BY_SIDE * SIDE_BY_SIDE;
    s.chunk = gt_least(share, s.in >= WIDE ? MANY : SOME);
    s.group = gt_least(s.out, GROUP);
    return s;
}

/* Floats from one point to the next: a line stays empty, so that the 36 places that are written
 * or read at once do not share a set of the cache. */
static int64_t next_of(const shape *s, int64_t blocks) {
    return blocks * s->chunk * GT_BLOCK + GT_BLOCK;
}

static int64_t room_of(const shape *s) {
    return POINTS * (next_of(s, s->in) + next_of(s, s->group));
}

size_t gt_tiles_images_scratch(const gt_conv_problem *p, int threads) {
    shape s = shape_of(p, threads);
    return (size_t)(threads * room_of(&s)) * sizeof(float);
}

/* ---- Weights: (36, out, 16 in, 16) ------------------------------------------------------ */

size_t gt_tiles_images_weights(const gt_conv_problem *p) {
    return (size_t)(POINTS * p->w.dim[0] * p->w.dim[1]) * sizeof(float);
}

typedef struct preparation {
    shape s;
    const float *w;
    float *to;
} preparation;

/* The windows from input channel `in` to sixteen output channels, a number of each after the
 * other. */
static void read_windows(const preparation *job, int64_t out, int64_t in, float *windows) {
    const shape *s = &job->s;
    int64_t window = TAPS * TAPS, of_in = s->in * GT_BLOCK, of_out = s->out * GT_BLOCK;
    float turned[TAPS * TAPS * GT_BLOCK];
    if (!s->is_back) {
        gt_turn_square(job->w + (out * GT_BLOCK * of_in + in) * window, of_in * window, windows,
                       GT_BLOCK);
        return;
    }
    gt_turn_square(job->w + (in * of_out + out * GT_BLOCK) * window, window, turned, GT_BLOCK);
    for (int64_t t = 0; t < window; t++)
        gt_store(windows + t * GT_BLOCK, gt_load(turned + (window - 1 - t) * GT_BLOCK));
}

static void prepare_inputs(void *self, int64_t begin, int64_t end) {
    const preparation *job = self;
    int64_t inputs = job->s.in * GT_BLOCK, next = job->s.out * inputs * GT_BLOCK;
    for (int64_t i = begin; i < end; i++) {
        float windows[TAPS * TAPS * GT_BLOCK];
        read_windows(job, i / inputs, i % inputs, windows);
        gt_tile_weights(TAPS, windows, GT_BLOCK, job->to + i * GT_BLOCK, next);
    }
}

void gt_tiles_images_prepare(const gt_conv_problem *p, const float *w, float *prepared,
                             int threads) {
    enum { GRAIN = 64 };
    preparation job = {shape_of(p, threads), w, prepared};
    gt_team_range(threads, job.s.out * job.s.in * GT_BLOCK, GRAIN, prepare_inputs, &job);
}

/* ---- A chunk ---------------------------------------------------------------------------- */

typedef struct convolution {
    shape s;
    const float *from, *weights, *bias;
    float *to, *scratch;
    bool accumulate;
} convolution;

/* Tiles [first, first + count) on their way: `width` of them in memory, zeros behind the last.
 */
typedef struct chunk {
    float *spread, *sums;
    int64_t first, count, width;
} chunk;

/* Where tile i of the chunk lies. */
typedef struct spot {
    int64_t image, top, left;
} spot;

static inline spot spot_of(const shape *s, const chunk *c, int64_t i) {
    int64_t of_image = s->down * s->across, tile = c->first + i;
    return (spot){tile / of_image, tile % of_image / s->across * TILE, tile % s->across * TILE};
}

static void spread_tiles(const convolution *job, const chunk *c) {
    const shape *s = &job->s;
    int64_t next = next_of(s, s->in), size = s->height * s->width * GT_BLOCK;
    for (int64_t b = 0; b < s->in; b++) {
        float *to = c->spread + b * c->width * GT_BLOCK;
        for (int64_t i = 0; i < c->count; i++) {
            spot at = spot_of(s, c, i);
            gt_tile_spread_image(job->from + (at.image * s->in + b) * size, s->height, s->width,
                                 at.top - s->pad, at.left - s->pad, to + i * GT_BLOCK, next);
        }
        for (int k = 0; k < POINTS && c->count < c->width; k++)
            memset(to + k * next + c->count * GT_BLOCK, 0,
                   (size_t)((c->width - c->count) * GT_BLOCK) * sizeof *to);
    }
}

/* Sixteen tiles at one point: their inputs, block after block `step` floats apart, times the
 * weights to sixteen outputs. */
static void multiply_some(int64_t blocks, const float *x, int64_t step, const float *w,
                          float *to) {
    gt_vector sum[SIDE_BY_SIDE];
#pragma GCC unroll 16
    for (int t = 0; t < SIDE_BY_SIDE; t++) sum[t] = (gt_vector){0};
    for (int64_t b = 0; b < blocks; b++, x += step)
        for (int c = 0; c < GT_BLOCK; c++, w += GT_BLOCK) {
            gt_vector v = gt_load(w);
#pragma GCC unroll 16
            for (int t = 0; t < SIDE_BY_SIDE; t++) sum[t] += x[t * GT_BLOCK + c] * v;
        }
#pragma GCC unroll 16
    for (int t = 0; t < SIDE_BY_SIDE; t++) gt_store(to + t * GT_BLOCK, sum[t]);
}

/* Output blocks [first, first + blocks) of all points. */
static void multiply(const convolution *job, const chunk *c, int64_t first, int64_t blocks) {
    const shape *s = &job->s;
    int64_t panel = c->width * GT_BLOCK, matrix = s->in * GT_BLOCK * GT_BLOCK;
    for (int k = 0; k < POINTS; k++)
        for (int64_t b = 0; b < blocks; b++) {
            const float *w = job->weights + (k * s->out + first + b) * matrix;
            for (int64_t t = 0; t < panel; t += SIDE_BY_SIDE * GT_BLOCK)
                multiply_some(s->in, c->spread + k * next_of(s, s->in) + t, panel, w,
                              c->sums + k * next_of(s, s->group) + b * panel + t);
        }
}

/* The pixels of a tile that are inside, plus what is there where asked for. */
static void write_tile(const convolution *job, spot at, const gt_vector *pixels, float *image) {
    const shape *s = &job->s;
    int64_t rows = gt_least(TILE, s->rows - at.top),
            columns = gt_least(TILE, s->columns - at.left);
    for (int64_t r = 0; r < rows; r++) {
        float *to = image + ((at.top + r) * s->columns + at.left) * GT_BLOCK;
        for (int64_t k = 0; k < columns; k++, to += GT_BLOCK) {
            gt_vector v = pixels[r * TILE + k];
            gt_store(to, job->accumulate ? gt_load(to) + v : v);
        }
    }
}

static void join_tiles(const convolution *job, const chunk *c, int64_t first, int64_t blocks) {
    const shape *s = &job->s;
    int64_t size = s->rows * s->columns * GT_BLOCK, next = next_of(s, s->group);
    for (int64_t b = 0; b < blocks; b++) {
        const float *from = c->sums + b * c->width * GT_BLOCK;
        gt_vector bias = {0};
        if (job->bias) bias = gt_load(job->bias + (first + b) * GT_BLOCK);
        for (int64_t i = 0; i < c->count; i++, from += GT_BLOCK) {
            gt_vector points[POINTS], half[TILE * REACH], pixels[TILE * TILE];
            spot at = spot_of(s, c, i);
            for (int k = 0; k < POINTS; k++) points[k] = gt_load(from + k * next);
            for (int k = 0; k < REACH; k++)
                gt_tile_join(TILE, false, false, points + k, REACH, half + k, REACH);
            for (int r = 0; r < TILE; r++)
                gt_tile_join(TILE, false, false, half + r * REACH, 1, pixels + r * TILE, 1);
            for (int k = 0; k < TILE * TILE; k++) pixels[k] += bias;
            write_tile(job, at, pixels, job->to + (at.image * s->out + first + b) * size);
        }
    }
}

static void run_chunk(void *self, int64_t i, int worker) {
    const convolution *job = self;
    const shape *s = &job->s;
    chunk c = {.spread = job->scratch + worker * room_of(s), .first = i * s->chunk};
    c.sums = c.spread + POINTS * next_of(s, s->in);
    c.count = gt_least(s->chunk, s->tiles - c.first);
    c.width = (c.count + SIDE_BY_SIDE - 1) / SIDE_BY_SIDE * SIDE_BY_SIDE;
    spread_tiles(job, &c);
    for (int64_t first = 0; first < s->out; first += s->group) {
        int64_t blocks = gt_least(s->group, s->out - first);
        multiply(job, &c, first, blocks);
        join_tiles(job, &c, first, blocks);
    }
}

void gt_tiles_images_run(const gt_conv_problem *p, const float *a, const float *b,
                         const float *bias, float *result, bool accumulate, void *scratch,
                         int threads) {
    convolution job = {.s = shape_of(p, threads),
                       .from = a,
                       .weights = b,
                       .bias = bias,
                       .to = result,
                       .scratch = scratch,
                       .accumulate = accumulate};
    int64_t chunks = (job.s.tiles + job.s.chunk - 1) / job.s.chunk;
    gt_team_run(threads, chunks, run_chunk, &job);
}
