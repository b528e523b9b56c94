/* pool.c - means over k x k pixels, and repetitions of them. */
#include "kernels.h"

#include <string.h>

#include "team.h"

#define INLINE static inline __attribute__((always_inline))

/* Both layouts are (planes, H, W, lanes), and most windows are 2 x 2: lanes and k come as
 * constants, so that the loops over them are none. */

/* One row of results from k rows of w pixels. */
INLINE void pool_row(int64_t w, int64_t lanes, int64_t k, const float *restrict src,
                     float *restrict dst) {
    float scale = 1.0f / (float)(k * k);
    for (int64_t x = 0; x < w / k; x++)
        for (int64_t l = 0; l < lanes; l++) {
            float sum = 0;
            for (int64_t i = 0; i < k; i++)
                for (int64_t j = 0; j < k; j++) sum += src[(i * w + x * k + j) * lanes + l];
            dst[x * lanes + l] = sum * scale;
        }
}

/* Every pixel of a row k times. */
INLINE void repeat_row(int64_t w, int64_t lanes, int64_t k, const float *restrict src,
                       float *restrict dst) {
    for (int64_t x = 0; x < w; x++)
        for (int64_t j = 0; j < k; j++)
            for (int64_t l = 0; l < lanes; l++)
                dst[(x * k + j) * lanes + l] = src[x * lanes + l];
}

#define WITH_CONSTANTS(row, w, lanes, k, src, dst) \
    do {                                           \
        if ((lanes) == 1 && (k) == 2)              \
            row(w, 1, 2, src, dst);                \
        else if ((lanes) == 1)                     \
            row(w, 1, k, src, dst);                \
        else if ((k) == 2)                         \
            row(w, GT_BLOCK, 2, src, dst);         \
        else                                       \
            row(w, GT_BLOCK, k, src, dst);         \
    } while (0)

static void pool_plane(int64_t h, int64_t w, int64_t lanes, int k, const float *src,
                       float *dst) {
    for (int64_t y = 0; y < h / k; y++, src += k * w * lanes, dst += w / k * lanes)
        WITH_CONSTANTS(pool_row, w, lanes, k, src, dst);
}

static void upsample_plane(int64_t h, int64_t w, int64_t lanes, int k, const float *src,
                           float *dst) {
    int64_t row = w * lanes;
    for (int64_t y = 0; y < h / k; y++, src += row / k, dst += k * row) {
        WITH_CONSTANTS(repeat_row, w / k, lanes, k, src, dst);
        for (int i = 1; i < k; i++) memcpy(dst + i * row, dst, (size_t)row * sizeof *dst);
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
