/* conv_dense.c - convolutions of small images as matrix products, see conv_dense.h. */
#include "conv_dense.h"

#include <string.h>

#include "team.h"

/* Floats of one image of the input, and of the output. */
static int64_t inputs_of(const gt_conv_problem *p) {
    return p->x.dim[1] * p->x.dim[2] * p->x.dim[3];
}

static int64_t outputs_of(const gt_conv_problem *p) {
    return p->y.dim[1] * p->y.dim[2] * p->y.dim[3];
}

static bool applies(const gt_conv_problem *p) {
    bool is_blocked = p->x_blocked && p->y_blocked && p->x.dim[1] % GT_BLOCK == 0 &&
                      p->y.dim[1] % GT_BLOCK == 0;
    bool is_small = p->x.dim[2] * p->x.dim[3] < p->w.dim[2] * p->w.dim[3];
    return is_blocked && is_small && p->how.groups == 1 && !p->bias;
}

size_t gt_conv_dense_bytes(const gt_conv_problem *p) {
    return (size_t)(inputs_of(p) * outputs_of(p)) * sizeof(float);
}

static size_t scratch_bytes(const gt_conv_problem *p, int threads) {
    return p->kind == GT_CONV_WEIGHTS ? gt_conv_dense_bytes(p) : 0;
}

/* Where the weight of an output pixel and an input pixel stands in a window of k x k, -1 when
 * the window does not reach so far. Pixels are numbered row by row. */
static int64_t tap_of(const gt_conv_problem *p, int64_t out, int64_t in) {
    int64_t k = p->w.dim[3], columns = p->y.dim[3], width = p->x.dim[3];
    int64_t y = in / width - (out / columns * p->how.stride - p->how.pad);
    int64_t x = in % width - (out % columns * p->how.stride - p->how.pad);
    return y >= 0 && y < p->w.dim[2] && x >= 0 && x < k ? y * k + x : -1;
}

/* The 16 numbers of D in the row of channel `o` and pixel `out`, from block `i` of the inputs.
 */
static int64_t place_of(const gt_conv_problem *p, int64_t o, int64_t out, int64_t i,
                        int64_t in) {
    int64_t row = (o / GT_BLOCK * p->y.dim[2] * p->y.dim[3] + out) * GT_BLOCK + o % GT_BLOCK;
    return row * inputs_of(p) + (i * p->x.dim[2] * p->x.dim[3] + in) * GT_BLOCK;
}

/* Weights of one output channel and 16 input channels, (16,k,k), into all places of D that have
 * them. */
static void spread(const gt_conv_problem *p, const float *w, int64_t o, int64_t i,
                   float *matrix) {
    int64_t outs = p->y.dim[2] * p->y.dim[3], ins = p->x.dim[2] * p->x.dim[3];
    int64_t taps = p->w.dim[2] * p->w.dim[3];
    for (int64_t out = 0; out < outs; out++) {
        for (int64_t in = 0; in < ins; in++) {
            int64_t tap = tap_of(p, out, in);
            float *to = matrix + place_of(p, o, out, i, in);
            for (int64_t c = 0; c < GT_BLOCK; c++) to[c] = tap < 0 ? 0.0f : w[c * taps + tap];
        }
    }
}

/* The same for the 16 output channels of block `o`, transposed; w is the first one's. */
static void spread_transposed(const gt_conv_problem *p, const float *w, int64_t o, int64_t i,
                              float *matrix) {
    int64_t outs = p->y.dim[2] * p->y.dim[3], ins = p->x.dim[2] * p->x.dim[3];
    int64_t taps = p->w.dim[2] * p->w.dim[3], next = p->w.dim[1] * taps;
    for (int64_t c = 0; c < GT_BLOCK; c++, w += taps) {
        for (int64_t in = 0; in < ins; in++) {
            float *row = matrix + ((i * ins + in) * GT_BLOCK + c) * outputs_of(p);
            for (int64_t out = 0; out < outs; out++) {
                int64_t tap = tap_of(p, out, in);
                float *to = row + (o * outs + out) * GT_BLOCK;
                for (int64_t k = 0; k < GT_BLOCK; k++)
                    to[k] = tap < 0 ? 0.0f : w[k * next + tap];
            }
        }
    }
}

/* The transpose: sums of those places. */
static void gather(const gt_conv_problem *p, const float *matrix, int64_t o, int64_t i,
                   bool accumulate, float *w) {
    int64_t outs = p->y.dim[2] * p->y.dim[3], ins = p->x.dim[2] * p->x.dim[3];
    int64_t taps = p->w.dim[2] * p->w.dim[3];
    if (!accumulate) memset(w, 0, (size_t)(GT_BLOCK * taps) * sizeof *w);
    for (int64_t out = 0; out < outs; out++) {
        for (int64_t in = 0; in < ins; in++) {
            int64_t tap = tap_of(p, out, in);
            const float *from = matrix + place_of(p, o, out, i, in);
            for (int64_t c = 0; tap >= 0 && c < GT_BLOCK; c++) w[c * taps + tap] += from[c];
        }
    }
}

/* Weights, their matrix, and which of the two is made of the other. */
typedef struct spreading {
    const gt_conv_problem *p;
    const float *from;
    float *to;
    bool accumulate;
} spreading;

/* Items are output channels, or 16 of them where D is transposed. */
static void spread_range(void *self, int64_t begin, int64_t end) {
    const spreading *s = self;
    const gt_conv_problem *p = s->p;
    int64_t blocks = p->w.dim[1] / GT_BLOCK, part = GT_BLOCK * p->w.dim[2] * p->w.dim[3];
    bool is_transposed = p->kind == GT_CONV_FORWARD;
    int64_t together = is_transposed ? GT_BLOCK : 1;
    for (int64_t o = begin; o < end; o++)
        for (int64_t i = 0; i < blocks; i++)
            (is_transposed ? spread_transposed : spread)(
                p, s->from + (o * together * blocks + i) * part, o, i, s->to);
}

static void gather_range(void *self, int64_t begin, int64_t end) {
    const spreading *s = self;
    const gt_conv_problem *p = s->p;
    int64_t blocks = p->w.dim[1] / GT_BLOCK, part = GT_BLOCK * p->w.dim[2] * p->w.dim[3];
    for (int64_t o = begin; o < end; o++)
        for (int64_t i = 0; i < blocks; i++)
            gather(p, s->from, o, i, s->accumulate, s->to + (o * blocks + i) * part);
}

/* Output channels that are worth a piece of work of their own. */
static int64_t grain_of(const gt_conv_problem *p) {
    enum { FLOATS = 1 << 14 };
    int64_t each = outputs_of(p) / p->y.dim[1] * inputs_of(p);
    return 1 + FLOATS / each;
}

static void prepare(const gt_conv_problem *p, const float *w, float *matrix, int threads) {
    spreading s = {.p = p, .from = w, .to = matrix};
    bool is_transposed = p->kind == GT_CONV_FORWARD;
    int64_t items = p->w.dim[0] / (is_transposed ? GT_BLOCK : 1), grain = grain_of(p);
    gt_team_range(threads, items, is_transposed ? 1 + grain / GT_BLOCK : grain, spread_range,
                  &s);
}

static gt_status weights_gradient(const gt_conv_problem *p, const float *x, const float *gy,
                                  float *gw, bool accumulate, float *matrix, int threads,
                                  gt_error *err) {
    gt_status status =
        gt_gemm(true, false, outputs_of(p), inputs_of(p), p->x.dim[0], gy, x, matrix, err);
    if (status) return status;
    spreading s = {.p = p, .from = matrix, .to = gw, .accumulate = accumulate};
    gt_team_range(threads, p->w.dim[0], grain_of(p), gather_range, &s);
    return GT_OK;
}

static gt_status run(const gt_conv_problem *p, const float *a, const float *b,
                     const gt_conv_beside *beside, float *result, bool accumulate,
                     void *scratch, int threads, gt_error *err) {
    int64_t n = p->x.dim[0], in = inputs_of(p), out = outputs_of(p);
    if (p->kind == GT_CONV_FORWARD)
        return gt_gemm_part(false, false, n, out, in, a, in, b, out, result, out, p->accumulate,
                            err);
    if (p->kind == GT_CONV_DATA) return gt_gemm(false, false, n, in, out, a, b, result, err);
    return weights_gradient(p, a, b, result, accumulate, scratch, threads, err);
}

const gt_conv_own gt_conv_dense = {.name = "dense",
                                   .applies = applies,
                                   .weights_bytes = gt_conv_dense_bytes,
                                   .scratch = scratch_bytes,
                                   .prepare = prepare,
                                   .run = run};
