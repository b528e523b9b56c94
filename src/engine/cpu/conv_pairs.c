/* conv_pairs.c - 3x3 convolutions of images of 2x2 pixels in nine matrix products, where the
 * pixels that windows hold would take sixteen.
 *
 * Along one axis y0 = w1 x0 + w2 x1 and y1 = w0 x0 + w1 x1, which three products give:
 * y0 = m0 + m1 and y1 = m0 + m2 with m0 = w1 (x0 + x1), m1 = (w2 - w1) x1, m2 = (w0 - w1) x0.
 * Along both axes that makes nine, each of a matrix of all images with one of weights. A data
 * gradient is the same with the window turned round, a weight gradient the transpose. */
#include "conv_own.h"
#include "failure.h"
#include "team.h"

enum { PRODUCTS = 9, TAPS = 9, PIXELS = 4 };

static bool applies(const gt_conv_problem *p) {
    bool is_small =
        p->x.dim[2] == 2 && p->x.dim[3] == 2 && p->w.dim[2] == 3 && p->w.dim[3] == 3;
    return is_small && p->how.pad == 1 && p->how.less == 0 && p->how.stride == 1 &&
           p->how.groups == 1 && p->x_blocked && p->y_blocked && p->x.dim[1] % GT_BLOCK == 0 &&
           p->y.dim[1] % GT_BLOCK == 0 && !p->bias;
}

static size_t weights_bytes(const gt_conv_problem *p) {
    return (size_t)(PRODUCTS * p->w.dim[0] * p->w.dim[1]) * sizeof(float);
}

static size_t scratch_bytes(const gt_conv_problem *p, int threads) {
    size_t images =
        (size_t)(PRODUCTS * p->x.dim[0] * (p->x.dim[1] + p->y.dim[1])) * sizeof(float);
    return images + (p->kind == GT_CONV_WEIGHTS ? weights_bytes(p) : 0);
}

/* ---- Images ---------------------------------------------------------------------------- */

/* Images (N, C/16, 2, 2, 16) and their nine matrices (9, N, C). */
typedef struct images {
    int64_t count, channels;
    const float *from;
    float *to;
    bool adds;
} images;

/* Sum, second and first, along both axes. */
static void split_images(void *self, int64_t begin, int64_t end) {
    const images *s = self;
    int64_t next = s->count * s->channels;
    for (int64_t at = begin * s->channels; at < end * s->channels; at += GT_BLOCK) {
        const float *x = s->from + at * PIXELS;
        float *to = s->to + at;
        for (int64_t l = 0; l < GT_BLOCK; l++) {
            float a = x[l], b = x[GT_BLOCK + l], c = x[2 * GT_BLOCK + l],
                  d = x[3 * GT_BLOCK + l];
            to[l] = (a + b) + (c + d);
            to[next + l] = b + d;
            to[2 * next + l] = a + c;
            to[3 * next + l] = c + d;
            to[4 * next + l] = d;
            to[5 * next + l] = c;
            to[6 * next + l] = a + b;
            to[7 * next + l] = b;
            to[8 * next + l] = a;
        }
    }
}

static void join_images(void *self, int64_t begin, int64_t end) {
    const images *s = self;
    int64_t next = s->count * s->channels;
    for (int64_t at = begin * s->channels; at < end * s->channels; at += GT_BLOCK) {
        const float *m = s->from + at;
        float *y = s->to + at * PIXELS, made[PIXELS * GT_BLOCK];
        for (int64_t l = 0; l < GT_BLOCK; l++) {
            float left = m[l] + m[next + l], right = m[l] + m[2 * next + l];
            made[l] = left + (m[3 * next + l] + m[4 * next + l]);
            made[GT_BLOCK + l] = right + (m[3 * next + l] + m[5 * next + l]);
            made[2 * GT_BLOCK + l] = left + (m[6 * next + l] + m[7 * next + l]);
            made[3 * GT_BLOCK + l] = right + (m[6 * next + l] + m[8 * next + l]);
        }
        for (int64_t i = 0; i < PIXELS * GT_BLOCK; i++)
            y[i] = s->adds ? y[i] + made[i] : made[i];
    }
}

static void split(int64_t count, int64_t channels, const float *x, float *to, int threads) {
    images s = {.count = count, .channels = channels, .from = x, .to = to};
    gt_team_range(threads, count, gt_grain_of(PRODUCTS * channels), split_images, &s);
}

/* ---- Weights --------------------------------------------------------------------------- */

/* Weights (O, C, 3, 3) and their nine matrices, (9, C, O) for FORWARD, else (9, O, C). */
typedef struct windows {
    const gt_conv_problem *p;
    const float *from;
    float *to;
    bool adds;
} windows;

/* One number each of sixteen windows. */
typedef float lanes[GT_BLOCK];

/* What three weights along an axis make of products 0, 1 and 2; `next` is from one to the next.
 */
static void split_three(lanes *k, int next) {
    for (int l = 0; l < GT_BLOCK; l++) {
        float w0 = k[0][l], w1 = k[next][l], w2 = k[2 * next][l];
        k[0][l] = w1;
        k[next][l] = w2 - w1;
        k[2 * next][l] = w0 - w1;
    }
}

/* The transpose. */
static void join_three(lanes *k, int next) {
    for (int l = 0; l < GT_BLOCK; l++) {
        float sum = k[0][l], second = k[next][l], first = k[2 * next][l];
        k[0][l] = first;
        k[next][l] = sum - second - first;
        k[2 * next][l] = second;
    }
}

/* Sixteen windows, `step` floats from one to the next, to their places in the nine matrices. */
static void split_windows(const float *w, int64_t step, bool turned, float *to, int64_t next) {
    lanes k[TAPS];
    for (int i = 0; i < TAPS; i++)
        for (int l = 0; l < GT_BLOCK; l++) k[i][l] = w[l * step + (turned ? TAPS - 1 - i : i)];
    for (int r = 0; r < TAPS; r += 3) split_three(k + r, 1);
    for (int c = 0; c < 3; c++) split_three(k + c, 3);
    for (int i = 0; i < TAPS; i++)
        for (int l = 0; l < GT_BLOCK; l++) to[i * next + l] = k[i][l];
}

/* Items are blocks of the channels that are the rows of the matrices. */
static void split_rows(void *self, int64_t begin, int64_t end) {
    const windows *s = self;
    int64_t out = s->p->w.dim[0], in = s->p->w.dim[1], next = out * in;
    for (int64_t i = begin * GT_BLOCK; i < end * GT_BLOCK; i++)
        for (int64_t o = 0; o < in; o += GT_BLOCK)
            split_windows(s->from + (i * in + o) * TAPS, TAPS, true, s->to + i * in + o, next);
}

/* The same where the matrices are transposed; a block of rows at once, as they lie side by side
 * in the weights. */
static void split_columns(void *self, int64_t begin, int64_t end) {
    const windows *s = self;
    int64_t out = s->p->w.dim[0], in = s->p->w.dim[1], next = out * in;
    for (int64_t block = begin; block < end; block++)
        for (int64_t o = 0; o < out; o += GT_BLOCK)
            for (int64_t i = block * GT_BLOCK; i < (block + 1) * GT_BLOCK; i++)
                split_windows(s->from + (o * in + i) * TAPS, in * TAPS, false,
                              s->to + i * out + o, next);
}

static void prepare(const gt_conv_problem *p, const float *w, float *prepared, int threads) {
    windows s = {.p = p, .from = w, .to = prepared};
    bool is_forward = p->kind == GT_CONV_FORWARD;
    int64_t rows = p->w.dim[is_forward ? 1 : 0], columns = p->w.dim[is_forward ? 0 : 1];
    gt_team_range(threads, rows / GT_BLOCK, gt_grain_of(GT_BLOCK * columns * TAPS),
                  is_forward ? split_columns : split_rows, &s);
}

/* Items are output channels. */
static void join_channels(void *self, int64_t begin, int64_t end) {
    const windows *s = self;
    int64_t in = s->p->w.dim[1], next = s->p->w.dim[0] * in;
    for (int64_t at = begin * in; at < end * in; at += GT_BLOCK) {
        float *to = s->to + at * TAPS;
        lanes k[TAPS];
        for (int i = 0; i < TAPS; i++)
            for (int l = 0; l < GT_BLOCK; l++) k[i][l] = s->from[i * next + at + l];
        for (int c = 0; c < 3; c++) join_three(k + c, 3);
        for (int r = 0; r < TAPS; r += 3) join_three(k + r, 1);
        for (int l = 0; l < GT_BLOCK; l++)
            for (int i = 0; i < TAPS; i++, to++) *to = s->adds ? *to + k[i][l] : k[i][l];
    }
}

/* ---- Products -------------------------------------------------------------------------- */

/* Nine products of (m,k), or (k,m) transposed, with (k,n), in pieces of the columns. */
typedef struct products {
    bool is_weights;
    int64_t m, n, k;
    const float *a, *b;
    float *c;
    gt_failure failure;
} products;

enum { WIDTH = 256 }; /* columns of a piece */

static int64_t pieces_of(int64_t columns) {
    return (columns + WIDTH - 1) / WIDTH;
}

/* What x's second pixel makes of the weights meets y's first. */
static const int partner[PRODUCTS] = {0, 2, 1, 6, 8, 7, 3, 5, 4};

static void multiply(void *self, int64_t i, int worker) {
    products *s = self;
    int64_t f = i / pieces_of(s->n), column = i % pieces_of(s->n) * WIDTH;
    int64_t width = s->n - column < WIDTH ? s->n - column : WIDTH;
    int64_t of_a = s->is_weights ? partner[f] : f;
    gt_error error;
    gt_status status =
        gt_dnn_gemm(s->is_weights, false, s->m, width, s->k, s->a + of_a * s->m * s->k,
                    s->is_weights ? s->m : s->k, s->b + f * s->k * s->n + column, s->n,
                    s->c + f * s->m * s->n + column, s->n, false, &error);
    gt_failure_record(&s->failure, status, &error);
}

static gt_status weights_gradient(const gt_conv_problem *p, const float *x, const float *gy,
                                  float *gw, bool accumulate, float *area, int threads,
                                  gt_error *err) {
    int64_t n = p->x.dim[0], in = p->x.dim[1], out = p->y.dim[1];
    float *ys = area + PRODUCTS * n * in, *sums = ys + PRODUCTS * n * out;
    split(n, in, x, area, threads);
    split(n, out, gy, ys, threads);
    products m = {.is_weights = true, .m = out, .n = in, .k = n, .a = ys, .b = area, .c = sums};
    gt_team_run(threads, PRODUCTS * pieces_of(in), multiply, &m);
    windows s = {.p = p, .from = sums, .to = gw, .adds = accumulate};
    gt_team_range(threads, out, gt_grain_of(in * TAPS), join_channels, &s);
    return gt_failure_report(&m.failure, err);
}

static gt_status run(const gt_conv_problem *p, const float *a, const float *b,
                     const gt_conv_beside *beside, float *result, bool accumulate,
                     void *scratch, int threads, gt_error *err) {
    bool is_forward = p->kind == GT_CONV_FORWARD;
    int64_t n = p->x.dim[0], in = is_forward ? p->x.dim[1] : p->y.dim[1];
    int64_t out = is_forward ? p->y.dim[1] : p->x.dim[1];
    float *area = scratch, *made = area + PRODUCTS * n * in;
    if (p->kind == GT_CONV_WEIGHTS)
        return weights_gradient(p, a, b, result, accumulate, scratch, threads, err);
    split(n, in, a, area, threads);
    products m = {.m = n, .n = out, .k = in, .a = area, .b = b, .c = made};
    gt_team_run(threads, PRODUCTS * pieces_of(out), multiply, &m);
    images s = {.count = n,
                .channels = out,
                .from = made,
                .to = result,
                .adds = is_forward && p->accumulate};
    gt_team_range(threads, n, gt_grain_of(PRODUCTS * out), join_images, &s);
    return gt_failure_report(&m.failure, err);
}

const gt_conv_own gt_conv_pairs = {.name = "pairs",
                                   .applies = applies,
                                   .weights_bytes = weights_bytes,
                                   .scratch = scratch_bytes,
                                   .prepare = prepare,
                                   .run = run};
