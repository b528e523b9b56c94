/* noise.c - random leaves, drawn where they stand. */
#include "kernels.h"
#include "rng.h"
#include "team.h"

typedef struct drawing {
    gt_rng_key key;
    gt_noise noise;
    uint64_t first;
    float *to;
} drawing;

static void draw_stretch(void *self, int64_t begin, int64_t end) {
    const drawing *job = self;
    (job->noise == GT_NOISE_NORMAL ? gt_rng_fill_normal : gt_rng_fill_uniform)(
        job->key, job->first + (uint64_t)begin, (size_t)(end - begin), job->to + begin);
}

static gt_status run(const gt_call *call, gt_error *err) {
    enum { GRAIN = 1 << 13 };
    drawing job = {gt_noise_key(call), call->attr->noise, gt_noise_first(call), gt_out(call)};
    int64_t count = gt_shape_count(call->result.shape);
    gt_team_range(call->threads, count, GRAIN, draw_stretch, &job);
    return GT_OK;
}

const gt_kernel gt_cpu_noise = {.name = "noise", .run = run};
