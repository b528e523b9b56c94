/* softmax.c - exp(x) over its sum. Lines that lie side by side in memory go together, a tile of
 * them at a time; the others go one by one, sixteen numbers at a time. Along the channels of
 * blocked images the sixteen lanes of a pixel are sixteen such lines that belong together. */
#include "kernels.h"

#include "team.h"
#include "vecmath.h"

enum { LANES = 16, TILE = 256 };

typedef struct softmax {
    int64_t length, inner, tiles; /* tiles of the lines that lie side by side */
    bool joins;                   /* lines of sixteen lanes are one */
    const float *x;
    float *y;
} softmax;

/* ---- One line ---------------------------------------------------------------------------- */

static float largest_of(const float *x, int64_t n) {
    float lane[LANES], largest = x[0];
    for (int j = 0; j < LANES; j++) lane[j] = x[0];
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++) lane[j] = x[i + j] > lane[j] ? x[i + j] : lane[j];
    for (; i < n; i++) largest = x[i] > largest ? x[i] : largest;
    for (int j = 0; j < LANES; j++) largest = lane[j] > largest ? lane[j] : largest;
    return largest;
}

/* y = exp(x - largest); returns its sum. */
static float raise(const float *restrict x, int64_t n, float largest, float *restrict y) {
    float lane[LANES] = {0}, sum = 0;
    int64_t i = 0;
    for (int64_t k = 0; k < n; k++) y[k] = gt_expf(x[k] - largest);
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++) lane[j] += y[i + j];
    for (; i < n; i++) sum += y[i];
    for (int j = 0; j < LANES; j++) sum += lane[j];
    return sum;
}

static void lines(void *self, int64_t begin, int64_t end) {
    const softmax *s = self;
    for (int64_t i = begin; i < end; i++) {
        const float *x = s->x + i * s->length;
        float *y = s->y + i * s->length;
        float share = 1.0f / raise(x, s->length, largest_of(x, s->length), y);
        for (int64_t k = 0; k < s->length; k++) y[k] *= share;
    }
}

/* ---- Lines side by side ------------------------------------------------------------------ */

/* Every sixteen numbers become their largest, or their sum. */
static void join_largest(float *lane, int64_t width) {
    for (int64_t i = 0; i < width; i += LANES) {
        float largest = lane[i];
        for (int j = 1; j < LANES; j++) largest = lane[i + j] > largest ? lane[i + j] : largest;
        for (int j = 0; j < LANES; j++) lane[i + j] = largest;
    }
}

static void join_sums(float *lane, int64_t width) {
    for (int64_t i = 0; i < width; i += LANES) {
        float sum = 0;
        for (int j = 0; j < LANES; j++) sum += lane[i + j];
        for (int j = 0; j < LANES; j++) lane[i + j] = sum;
    }
}

static void tile(const softmax *s, const float *restrict x, float *restrict y, int64_t width) {
    float largest[TILE], sum[TILE];
    for (int64_t j = 0; j < width; j++) largest[j] = x[j];
    for (int64_t i = 1; i < s->length; i++)
        for (int64_t j = 0; j < width; j++) {
            float value = x[i * s->inner + j];
            largest[j] = value > largest[j] ? value : largest[j];
        }
    if (s->joins) join_largest(largest, width);
    for (int64_t j = 0; j < width; j++) sum[j] = 0;
    for (int64_t i = 0; i < s->length; i++)
        for (int64_t j = 0; j < width; j++) {
            float value = gt_expf(x[i * s->inner + j] - largest[j]);
            y[i * s->inner + j] = value;
            sum[j] += value;
        }
    if (s->joins) join_sums(sum, width);
    for (int64_t j = 0; j < width; j++) sum[j] = 1.0f / sum[j];
    for (int64_t i = 0; i < s->length; i++)
        for (int64_t j = 0; j < width; j++) y[i * s->inner + j] *= sum[j];
}

static void tiles(void *self, int64_t begin, int64_t end) {
    const softmax *s = self;
    for (int64_t i = begin; i < end; i++) {
        int64_t column = i % s->tiles * TILE;
        int64_t at = i / s->tiles * s->length * s->inner + column;
        int64_t width = s->inner - column < TILE ? s->inner - column : TILE;
        tile(s, s->x + at, s->y + at, width);
    }
}

/* Blocked images are (N, C/16, H, W, 16). */
static gt_cut cut_of(const gt_call *call) {
    gt_cut cut = gt_cut_at(call->result.shape, call->attr->axis);
    int64_t lanes = gt_lanes(call->result.layout);
    if (call->attr->axis == 0) return cut;
    cut.inner *= lanes;
    if (call->attr->axis == 1)
        cut.length /= lanes;
    else
        cut.outer /= lanes;
    return cut;
}

static gt_status run(const gt_call *call, gt_error *err) {
    enum { GRAIN = 1 << 12 }; /* an exponential costs as much as moving several numbers */
    gt_cut cut = cut_of(call);
    int64_t inner = cut.inner;
    softmax s = {.length = cut.length,
                 .inner = inner,
                 .tiles = (inner + TILE - 1) / TILE,
                 .joins = call->result.layout == GT_BLOCKED && call->attr->axis == 1,
                 .x = gt_in(call, 0),
                 .y = gt_out(call)};
    if (inner == 1)
        gt_team_range(call->threads, cut.outer, 1 + GRAIN / cut.length, lines, &s);
    else
        gt_team_range(call->threads, cut.outer * s.tiles,
                      1 + GRAIN / (cut.length * (inner < TILE ? inner : TILE)), tiles, &s);
    return GT_OK;
}

const gt_kernel gt_cpu_softmax = {.name = "softmax", .layout = GT_LAYOUT_SHARED, .run = run};
