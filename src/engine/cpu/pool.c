/* pool.c - means over k x k pixels, and repetitions of them. */
#include "kernels.h"
#include "team.h"

/* Both layouts are (planes, H, W, lanes). */
static void pool_plane(int64_t h, int64_t w, int64_t lanes, int k, const float *src,
                       float *dst) {
    float scale = 1.0f / (float)(k * k);
    for (int64_t y = 0; y < h / k; y++)
        for (int64_t x = 0; x < w / k; x++) {
            float *to = dst + (y * (w / k) + x) * lanes;
            for (int64_t l = 0; l < lanes; l++) to[l] = 0;
            for (int64_t i = 0; i < k; i++)
                for (int64_t j = 0; j < k; j++) {
                    const float *from = src + ((y * k + i) * w + x * k + j) * lanes;
                    for (int64_t l = 0; l < lanes; l++) to[l] += from[l];
                }
            for (int64_t l = 0; l < lanes; l++) to[l] *= scale;
        }
}

static void upsample_plane(int64_t h, int64_t w, int64_t lanes, int k, const float *src,
                           float *dst) {
    for (int64_t y = 0; y < h; y++)
        for (int64_t x = 0; x < w; x++) {
            const float *from = src + (y / k * (w / k) + x / k) * lanes;
            float *to = dst + (y * w + x) * lanes;
            for (int64_t l = 0; l < lanes; l++) to[l] = from[l];
        }
}

typedef struct resizing {
    gt_shape shape; /* of the larger image */
    int64_t lanes, size;
    int k;
    const float *src;
    float *dst;
} resizing;

static resizing resizing_of(const gt_call *call, gt_shape large) {
    int64_t lanes = gt_lanes(call->result.layout);
    return (resizing){
        large,          lanes,        large.dim[2] * large.dim[3] * lanes, call->attr->factor,
        gt_in(call, 0), gt_out(call),
    };
}

static void pool_planes(void *self, int64_t begin, int64_t end) {
    const resizing *r = self;
    for (int64_t p = begin; p < end; p++)
        pool_plane(r->shape.dim[2], r->shape.dim[3], r->lanes, r->k, r->src + p * r->size,
                   r->dst + p * (r->size / (r->k * r->k)));
}

static void upsample_planes(void *self, int64_t begin, int64_t end) {
    const resizing *r = self;
    for (int64_t p = begin; p < end; p++)
        upsample_plane(r->shape.dim[2], r->shape.dim[3], r->lanes, r->k,
                       r->src + p * (r->size / (r->k * r->k)), r->dst + p * r->size);
}

static gt_status pool(const gt_call *call, gt_error *err) {
    gt_shape s = call->inputs[0].shape;
    resizing job = resizing_of(call, s);
    gt_team_range(call->threads, s.dim[0] * s.dim[1] / job.lanes, gt_grain_of(job.size),
                  pool_planes, &job);
    return GT_OK;
}

static gt_status upsample(const gt_call *call, gt_error *err) {
    gt_shape s = call->result.shape;
    resizing job = resizing_of(call, s);
    gt_team_range(call->threads, s.dim[0] * s.dim[1] / job.lanes, gt_grain_of(job.size),
                  upsample_planes, &job);
    return GT_OK;
}

const gt_kernel gt_cpu_avg_pool = {
    .name = "average pool", .layout = GT_LAYOUT_SHARED, .run = pool};
const gt_kernel gt_cpu_upsample = {
    .name = "upsample", .layout = GT_LAYOUT_SHARED, .run = upsample};
