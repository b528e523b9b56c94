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

static gt_status reduce_max(const gt_call *call, gt_error *err) {
    gt_cut cut = gt_cut_at(call->inputs[0].shape, call->attr->axis);
    const float *src = gt_in(call, 0);
    float *dst = gt_out(call);
    for (int64_t o = 0; o < cut.outer; o++)
        for (int64_t i = 0; i < cut.inner; i++) {
            const float *line = src + o * cut.length * cut.inner + i;
            float largest = line[0];
            for (int64_t k = 1; k < cut.length; k++) {
                float value = line[k * cut.inner];
                if (value > largest || value != value) largest = value;
            }
            dst[o * cut.inner + i] = largest;
        }
    return GT_OK;
}

const gt_kernel gt_cpu_sum_first = {
    .name = "sum images", .layout = GT_LAYOUT_SHARED, .run = sum_first};
const gt_kernel gt_cpu_reduce_max = {.name = "maximum", .run = reduce_max};
