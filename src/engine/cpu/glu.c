/* glu.c - one half of an axis times the sigmoid of the other. Halves are runs of memory in
 * either layout; behind the channels of blocked images a run has their lanes. */
#include "kernels.h"
#include "team.h"
#include "vecmath.h"

typedef struct glu {
    int64_t half; /* floats of one */
    const float *x;
    float *y;
} glu;

static void stretch(const float *restrict a, const float *restrict b, float *restrict y,
                    int64_t n) {
    for (int64_t i = 0; i < n; i++) y[i] = a[i] / (1.0f + gt_expf(-b[i]));
}

static void stretches(void *self, int64_t begin, int64_t end) {
    const glu *job = self;
    for (int64_t i = begin; i < end;) {
        int64_t at = i % job->half, n = job->half - at < end - i ? job->half - at : end - i;
        const float *a = job->x + i + i / job->half * job->half;
        stretch(a, a + job->half, job->y + i, n);
        i += n;
    }
}

static gt_status run(const gt_call *call, gt_error *err) {
    enum { GRAIN = 1 << 12 };
    gt_cut cut = gt_cut_at(call->result.shape, call->attr->axis);
    int64_t lanes = call->attr->axis > 1 ? gt_lanes(call->result.layout) : 1;
    glu job = {cut.length * cut.inner * lanes, gt_in(call, 0), gt_out(call)};
    gt_team_range(call->threads, gt_shape_count(call->result.shape), GRAIN, stretches, &job);
    return GT_OK;
}

const gt_kernel gt_cpu_glu = {.name = "glu", .layout = GT_LAYOUT_SHARED, .run = run};
