/* conv_patches.c - convolutions whose windows lie side by side (as far from one to the next as
 * they are wide), and their data gradients, as products of matrices: of patches by output
 * channels, and of pixels by patches.
 *
 * Pixels of y are cut into chunks that threads take one by one. Every sum is over windows and
 * channels in their order, so no bit depends on how pixels are cut. */
#include "conv_own.h"
#include "conv_products.h"
#include "team.h"

enum { CHUNK = 64, PAIR = GT_PRODUCT_PAIR };

static bool applies(const gt_conv_problem *p) {
    int64_t k = p->how.stride;
    return p->kind != GT_CONV_WEIGHTS && p->w.dim[2] == k && p->w.dim[3] == k &&
           p->how.pad == 0 && p->how.groups == 1 && p->x.dim[2] == k * p->y.dim[2] &&
           p->x.dim[3] == k * p->y.dim[3] && p->x_blocked && p->y_blocked && p->x.dim[0] > 0;
}

/* `turns` products of `in` blocks of inputs, each to `out` blocks of results: of a forward pass
 * all pixels of a patch are inputs, of a data gradient each has a turn. */
typedef struct shape {
    int64_t k, x_blocks, y_blocks, rows, columns; /* of y */
    int64_t turns, in, out, pixels, chunk;
    bool is_back;
} shape;

static shape shape_of(const gt_conv_problem *p, int threads) {
    int64_t taps = p->w.dim[2] * p->w.dim[3];
    shape s = {.k = p->w.dim[2],
               .x_blocks = p->x.dim[1] / GT_BLOCK,
               .y_blocks = p->y.dim[1] / GT_BLOCK,
               .rows = p->y.dim[2],
               .columns = p->y.dim[3],
               .is_back = p->kind == GT_CONV_DATA};
    s.turns = s.is_back ? taps : 1;
    s.in = s.is_back ? s.y_blocks : s.x_blocks * taps;
    s.out = s.is_back ? s.x_blocks : s.y_blocks;
    s.pixels = p->x.dim[0] * s.rows * s.columns;
    s.chunk = gt_product_width((s.pixels + threads - 1) / threads);
    if (s.chunk > CHUNK) s.chunk = CHUNK;
    return s;
}

static int64_t room_of(const shape *s) {
    return s->chunk * (s->in + PAIR) * GT_BLOCK;
}

static size_t scratch_bytes(const gt_conv_problem *p, int threads) {
    shape s = shape_of(p, threads);
    return (size_t)(threads * room_of(&s)) * sizeof(float);
}

/* ---- Weights: (turn, pair, 16 in, 32) --------------------------------------------------- */

static size_t weights_bytes(const gt_conv_problem *p) {
    return (size_t)gt_shape_count(p->w) * sizeof(float);
}

typedef struct preparation {
    shape s;
    const float *w;
    float *to;
} preparation;

/* Sixteen inputs and sixteen results of a tap. */
static void prepare_square(void *self, int64_t i, int worker) {
    const preparation *job = self;
    const shape *s = &job->s;
    int64_t taps = s->k * s->k, matrix = s->in * GT_BLOCK * GT_BLOCK;
    int64_t turn = i / (s->out * s->in), out = i / s->in % s->out, in = i % s->in;
    int64_t tap = s->is_back ? turn : in / s->x_blocks;
    int64_t y = s->is_back ? in : out, x = s->is_back ? out : in % s->x_blocks;
    int64_t columns = s->x_blocks * GT_BLOCK, pair = out / PAIR;
    int64_t wide = gt_product_outs(s->out, pair) * GT_BLOCK;
    const float *from = job->w + (y * columns + x) * GT_BLOCK * taps + tap;
    float *to = job->to + (turn * s->out + pair * PAIR) * matrix + in * GT_BLOCK * wide +
                out % PAIR * GT_BLOCK;
    for (int64_t r = 0; r < GT_BLOCK; r++)
        for (int64_t k = 0; k < GT_BLOCK; k++)
            to[(s->is_back ? r : k) * wide + (s->is_back ? k : r)] =
                from[(r * columns + k) * taps];
}

static void prepare(const gt_conv_problem *p, const float *w, float *prepared, int threads) {
    preparation job = {shape_of(p, threads), w, prepared};
    gt_team_run(threads, job.s.turns * job.s.out * job.s.in, prepare_square, &job);
}

/* ---- A chunk ---------------------------------------------------------------------------- */

typedef struct convolution {
    shape s;
    const float *from, *weights, *bias;
    float *to, *area;
    bool accumulate, clips;
} convolution;

/* Pixels of y: `count` from the first one on, and where each of them is, and its patch, in the
 * first block of channels. */
typedef struct chunk {
    int64_t count, width;
    int64_t of_y[CHUNK], of_x[CHUNK];
} chunk;

static void find_pixels(const shape *s, int64_t first, chunk *c) {
    int64_t area = s->rows * s->columns, patch = s->k * s->k;
    c->count = s->pixels - first < s->chunk ? s->pixels - first : s->chunk;
    c->width = gt_product_width(c->count);
    for (int64_t i = 0; i < c->count; i++) {
        int64_t image = (first + i) / area, at = (first + i) % area;
        int64_t row = at / s->columns, column = at % s->columns;
        c->of_y[i] = (image * s->y_blocks * area + at) * GT_BLOCK;
        c->of_x[i] =
            (image * s->x_blocks * area * patch + row * s->columns * patch + column * s->k) *
            GT_BLOCK;
    }
}

/* Floats from the first pixel of a patch to that of a tap. */
static int64_t tap_at(const shape *s, int64_t tap) {
    return (tap / s->k * s->columns * s->k + tap % s->k) * GT_BLOCK;
}

static void gather(const convolution *job, const chunk *c, float *x) {
    const shape *s = &job->s;
    int64_t area = s->rows * s->columns * GT_BLOCK;
    for (int64_t b = 0; b < s->in; b++) {
        const int64_t *places = s->is_back ? c->of_y : c->of_x;
        const float *from = job->from;
        from += s->is_back ? b * area
                           : b % s->x_blocks * area * s->k * s->k + tap_at(s, b / s->x_blocks);
        for (int64_t i = 0; i < c->count; i++)
            gt_store(x + gt_product_at(s->in, b, i), gt_load(from + places[i]));
    }
}

/* Sums of one or two blocks to where they belong. */
static void scatter(const convolution *job, const chunk *c, const float *sums, int64_t turn,
                    int64_t first, int64_t outs) {
    const shape *s = &job->s;
    int64_t area = s->rows * s->columns * GT_BLOCK * (s->is_back ? s->k * s->k : 1);
    for (int64_t o = 0; o < outs; o++) {
        const int64_t *places = s->is_back ? c->of_x : c->of_y;
        float *image = job->to + (first + o) * area + (s->is_back ? tap_at(s, turn) : 0);
        gt_vector bias = {0};
        if (job->bias) bias = gt_load(job->bias + (first + o) * GT_BLOCK);
        for (int64_t i = 0; i < c->count; i++) {
            float *to = image + places[i];
            gt_vector v = gt_load(sums + gt_product_at(outs, o, i)) + bias;
            if (job->accumulate) v += gt_load(to);
            gt_store(to, job->clips ? gt_clip(v) : v);
        }
    }
}

static void run_chunk(void *self, int64_t number, int worker) {
    const convolution *job = self;
    const shape *s = &job->s;
    float *x = job->area + worker * room_of(s), *sums = x + s->chunk * s->in * GT_BLOCK;
    const float *w = job->weights;
    chunk c;
    find_pixels(s, number * s->chunk, &c);
    gather(job, &c, x);
    for (int64_t turn = 0; turn < s->turns; turn++)
        for (int64_t first = 0; first < s->out; first += PAIR) {
            int64_t outs = gt_product_outs(s->out, first / PAIR);
            gt_product_pair(outs, s->in, c.width, x, w, sums);
            scatter(job, &c, sums, turn, first, outs);
            w += outs * s->in * GT_BLOCK * GT_BLOCK;
        }
}

static gt_status run(const gt_conv_problem *p, const float *a, const float *b,
                     const gt_conv_beside *beside, float *result, bool accumulate,
                     void *scratch, int threads, gt_error *err) {
    convolution job = {.s = shape_of(p, threads),
                       .from = a,
                       .weights = b,
                       .bias = beside->bias,
                       .to = result,
                       .area = scratch,
                       .clips = p->clip,
                       .accumulate = accumulate || p->accumulate};
    gt_team_run(threads, (job.s.pixels + job.s.chunk - 1) / job.s.chunk, run_chunk, &job);
    return GT_OK;
}

const gt_conv_own gt_conv_patches = {.name = "patches",
                                     .clips = true,
                                     .applies = applies,
                                     .weights_bytes = weights_bytes,
                                     .scratch = scratch_bytes,
                                     .prepare = prepare,
                                     .run = run};
