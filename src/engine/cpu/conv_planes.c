/* conv_planes.c - 1x1 convolutions between few channels, all of them planes of pixels:
 * registers hold pixels of some results, where libraries bring channels into blocks first.
 *
 * Strips of pixels are shared out; no sum crosses from one to another. */
#include "conv_own.h"
#include "lanes.h"
#include "team.h"

/* Results and vectors of pixels that are worked on at once; the most channels. */
enum { ROWS = 4, VECTORS = 4, STRIP = VECTORS * GT_BLOCK, MOST = 64 };

static bool applies(const gt_conv_problem *p) {
    return p->kind != GT_CONV_WEIGHTS && p->w.dim[2] == 1 && p->w.dim[3] == 1 &&
           p->how.pad == 0 && p->how.stride == 1 && p->how.less == 0 && p->how.groups == 1 &&
           !p->x_blocked && !p->y_blocked && !p->accumulate && p->w.dim[0] <= MOST &&
           p->w.dim[1] <= MOST && p->x.dim[0] > 0 && p->x.dim[2] * p->x.dim[3] % GT_BLOCK == 0;
}

static int64_t results_of(const gt_conv_problem *p) {
    return p->w.dim[p->kind == GT_CONV_DATA ? 1 : 0];
}

static int64_t summed_of(const gt_conv_problem *p) {
    return p->w.dim[p->kind == GT_CONV_DATA ? 0 : 1];
}

/* From one summed channel to the next of the weights, whose results are filled up with zeros.
 */
static int64_t next_of(const gt_conv_problem *p) {
    return (results_of(p) + ROWS - 1) / ROWS * ROWS;
}

static size_t weights_bytes(const gt_conv_problem *p) {
    return p->kind == GT_CONV_WEIGHTS ? 0 : (size_t)(summed_of(p) * next_of(p)) * sizeof(float);
}

static size_t scratch_bytes(const gt_conv_problem *p, int threads) {
    return 0;
}

static void prepare(const gt_conv_problem *p, const float *w, float *prepared, int threads) {
    int64_t next = next_of(p), row = p->w.dim[1];
    for (int64_t k = 0; k < summed_of(p); k++)
        for (int64_t r = 0; r < next; r++)
            prepared[k * next + r] = r >= results_of(p)        ? 0
                                     : p->kind == GT_CONV_DATA ? w[k * row + r]
                                                               : w[r * row + k];
}

typedef struct job {
    const gt_conv_problem *p;
    const float *from, *w, *bias;
    float *to;
    int64_t area, strips; /* pixels and strips of an image */
} job;

/* ROWS results, or as many as there are, of some vectors of pixels. */
static inline __attribute__((always_inline)) void
multiply(const job *j, const int vectors, const float *x, int64_t first, float *y) {
    int64_t summed = summed_of(j->p), next = next_of(j->p), left = results_of(j->p) - first;
    const float *w = j->w + first;
    gt_vector sum[ROWS][VECTORS];
#pragma GCC unroll 4
    for (int r = 0; r < ROWS; r++) {
        float bias = j->bias && r < left ? j->bias[first + r] : 0;
#pragma GCC unroll 4
        for (int i = 0; i < vectors; i++) sum[r][i] = bias + (gt_vector){0};
    }
    for (int64_t k = 0; k < summed; k++, x += j->area, w += next) {
#pragma GCC unroll 4
        for (int i = 0; i < vectors; i++) {
            gt_vector v = gt_load(x + i * GT_BLOCK);
#pragma GCC unroll 4
            for (int r = 0; r < ROWS; r++) sum[r][i] += w[r] * v;
        }
    }
#pragma GCC unroll 4
    for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 4
        for (int i = 0; i < vectors; i++) {
            if (r >= left) continue;
            gt_store(y + (first + r) * j->area + i * GT_BLOCK,
                     j->p->clip ? gt_clip(sum[r][i]) : sum[r][i]);
        }
}

static void run_strips(void *self, int64_t begin, int64_t end) {
    const job *j = self;
    int64_t results = results_of(j->p), summed = summed_of(j->p);
    for (int64_t i = begin; i < end; i++) {
        int64_t image = i / j->strips, at = i % j->strips * STRIP;
        const float *x = j->from + image * summed * j->area;
        float *y = j->to + image * results * j->area;
        for (int64_t r = 0; r < results && at + STRIP <= j->area; r += ROWS)
            multiply(j, VECTORS, x + at, r, y + at);
        for (; at + STRIP > j->area && at < j->area; at += GT_BLOCK)
            for (int64_t r = 0; r < results; r += ROWS) multiply(j, 1, x + at, r, y + at);
    }
}

static gt_status run(const gt_conv_problem *p, const float *a, const float *b,
                     const gt_conv_beside *beside, float *result, bool accumulate,
                     void *scratch, int threads, gt_error *err) {
    enum { WORK = 1 << 19 }; /* products that are worth a piece */
    int64_t area = p->x.dim[2] * p->x.dim[3], strips = (area + STRIP - 1) / STRIP;
    job j = {.p = p,
             .from = a,
             .w = b,
             .bias = p->bias ? beside->bias : NULL,
             .to = result,
             .area = area,
             .strips = strips};
    gt_team_range(threads, p->x.dim[0] * strips, 1 + WORK / (STRIP * p->w.dim[0] * p->w.dim[1]),
                  run_strips, &j);
    return GT_OK;
}

const gt_conv_own gt_conv_planes = {.name = "planes",
                                    .clips = true,
                                    .applies = applies,
                                    .weights_bytes = weights_bytes,
                                    .scratch = scratch_bytes,
                                    .prepare = prepare,
                                    .run = run};
