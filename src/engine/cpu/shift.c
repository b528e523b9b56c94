/* shift.c - every image moved by whole pixels, zeros where it leaves. */
#include "kernels.h"

#include <math.h>
#include <string.h>

#include "team.h"

typedef struct shifting {
    gt_shape shape;
    const float *x, *by;
    float *y;
} shifting;

/* A shift in whole pixels; one by the whole side or more (or by no number) leaves nothing. */
static int64_t whole(float shift, int64_t side) {
    float nearest = rintf(shift);
    return fabsf(nearest) < (float)side ? (int64_t)nearest : side;
}

/* Rows of one plane. */
static void shift_plane(int64_t h, int64_t w, int64_t down, int64_t across, const float *x,
                        float *y) {
    int64_t left = across < 0 ? -across : 0, right = across > 0 ? w - across : w;
    memset(y, 0, (size_t)(h * w) * sizeof *y);
    for (int64_t i = 0; i < h && right > left; i++)
        if (i + down >= 0 && i + down < h)
            memcpy(y + i * w + left, x + (i + down) * w + left + across,
                   (size_t)(right - left) * sizeof *y);
}

static void shift_planes(void *self, int64_t begin, int64_t end) {
    const shifting *job = self;
    int64_t c = job->shape.dim[1], h = job->shape.dim[2], w = job->shape.dim[3];
    for (int64_t p = begin; p < end; p++) {
        const float *by = job->by + p / c * 2;
        shift_plane(h, w, whole(by[0], h), whole(by[1], w), job->x + p * h * w,
                    job->y + p * h * w);
    }
}

static gt_status run(const gt_call *call, gt_error *err) {
    enum { GRAIN = 1 << 14 };
    gt_shape shape = call->result.shape;
    shifting job = {shape, gt_in(call, 0), gt_in(call, 1), gt_out(call)};
    gt_team_range(call->threads, shape.dim[0] * shape.dim[1],
                  1 + GRAIN / (shape.dim[2] * shape.dim[3]), shift_planes, &job);
    return GT_OK;
}

const gt_kernel gt_cpu_shift = {.name = "shift", .run = run};
