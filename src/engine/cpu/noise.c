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
    gt_shape shape = call->result.shape;
    int64_t count = gt_shape_count(shape), images = shape.rank ? shape.dim[0] : 1;
    const gt_noise_place *at = call->noise;
    drawing job = {{at->seed, call->attr->stream, (uint32_t)at->step},
                   call->attr->noise,
                   at->first_image * (uint64_t)(count / images),
                   gt_out(call)};
    gt_team_range(call->threads, count, GRAIN, draw_stretch, &job);
    return GT_OK;
}

const gt_kernel gt_cpu_noise = {.name = "noise", .run = run};
