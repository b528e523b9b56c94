/* reduce.c - sums over images, and maxima along an axis. */
#include "kernels.h"
#include "team.h"

typedef struct summing {
    int64_t n, count;
    const float *src;
    float *dst;
} summing;

static void sum_stretch(void *self, int64_t begin, int64_t end) {
    enum { TILE = 1024 };
    const summing *job = self;
    for (int64_t start = begin; start < end; start += TILE) {
        int64_t size = end - start < TILE ? end - start : TILE;
        double total[TILE] = {0};
        for (int64_t k = 0; k < job->n; k++)
            for (int64_t i = 0; i < size; i++) total[i] += job->src[k * job->count + start + i];
        for (int64_t i = 0; i < size; i++) job->dst[start + i] = (float)total[i];
    }
}

/* The first dimension of all alone; other sums are parts of elementwise programs. */
static gt_status sum_first(const gt_call *call, gt_error *err) {
    int64_t count = gt_shape_count(call->result.shape);
    summing job = {call->inputs[0].shape.dim[0], count, gt_in(call, 0), gt_out(call)};
    gt_team_range(call->threads, count, gt_grain_of(job.n), sum_stretch, &job);
    return GT_OK;
}

enum { LANES = 16, WIDE = 256 }; /* WIDE: lines side by side that are looked through together */

typedef struct search {
    gt_cut cut;
    int64_t tiles; /* of the lines that lie side by side */
    const float *src;
    float *dst;
} search;

/* A NaN is larger than all. */
static inline float larger(float value, float largest) {
    return value > largest || value != value ? value : largest;
}

static float largest_of_line(const float *line, int64_t length) {
    float lane[LANES], largest = line[0];
    int64_t k = 0;
    for (int j = 0; j < LANES; j++) lane[j] = line[0];
    for (; k + LANES <= length; k += LANES)
        for (int j = 0; j < LANES; j++) lane[j] = larger(line[k + j], lane[j]);
    for (; k < length; k++) largest = larger(line[k], largest);
    for (int j = 0; j < LANES; j++) largest = larger(lane[j], largest);
    return largest;
}

/* `width` lines of `length` numbers, which lie `step` apart. */
static void largest_of_lines(int64_t width, int64_t length, int64_t step,
                             const float *restrict line, float *restrict largest) {
    for (int64_t i = 0; i < width; i++) largest[i] = line[i];
    for (int64_t k = 1; k < length; k++)
        for (int64_t i = 0; i < width; i++) largest[i] = larger(line[k * step + i], largest[i]);
}

static void search_tiles(void *self, int64_t begin, int64_t end) {
    const search *job = self;
    gt_cut cut = job->cut;
    for (int64_t t = begin; t < end; t++) {
        int64_t outer = t / job->tiles, at = t % job->tiles * WIDE;
        int64_t width = cut.inner - at < WIDE ? cut.inner - at : WIDE;
        const float *line = job->src + outer * cut.length * cut.inner + at;
        float *to = job->dst + outer * cut.inner + at;
        if (cut.inner == 1)
            *to = largest_of_line(line, cut.length);
        else
            largest_of_lines(width, cut.length, cut.inner, line, to);
    }
}

static gt_status reduce_max(const gt_call *call, gt_error *err) {
    gt_cut cut = gt_cut_at(call->inputs[0].shape, call->attr->axis);
    search job = {cut, (cut.inner + WIDE - 1) / WIDE, gt_in(call, 0), gt_out(call)};
    int64_t wide = cut.inner < WIDE ? cut.inner : WIDE;
    gt_team_range(call->threads, cut.outer * job.tiles, gt_grain_of(cut.length * wide),
                  search_tiles, &job);
    return GT_OK;
}

const gt_kernel gt_cpu_sum_first = {
    .name = "sum images", .layout = GT_LAYOUT_SHARED, .run = sum_first};
const gt_kernel gt_cpu_reduce_max = {.name = "maximum", .run = reduce_max};
