/* max_pool.c - maxima over windows, and values put back to where the maxima were. Blocked
 * images go 16 channels at a time; who won is found again, which is cheaper than remembering
 * it. */
#include "max_pool.h"

#include <stdbool.h>
#include <string.h>

enum { LANES = 16 };

/* Of each lane the winner of a window: place in the plane and value. */
typedef struct winners {
    int32_t place[LANES];
    float value[LANES];
} winners;

static inline __attribute__((always_inline)) void find(const gt_max_pool_windows *p,
                                                       int64_t lanes, int64_t row,
                                                       int64_t column, const float *plane,
                                                       winners *out) {
    int64_t top = row * p->stride - p->pad, left = column * p->stride - p->pad;
    int64_t bottom = top + p->k, right = left + p->k;
    if (bottom > p->height) bottom = p->height;
    if (right > p->width) right = p->width;
    if (top < 0) top = 0;
    if (left < 0) left = 0;
    for (int64_t l = 0; l < lanes; l++) {
        out->place[l] = (int32_t)(top * p->width + left);
        out->value[l] = plane[(top * p->width + left) * lanes + l];
    }
    for (int64_t y = top; y < bottom; y++)
        for (int64_t x = left; x < right; x++) {
            const float *from = plane + (y * p->width + x) * lanes;
            int32_t place = (int32_t)(y * p->width + x);
#pragma omp simd
            for (int64_t l = 0; l < lanes; l++) {
                bool wins = from[l] > out->value[l] || from[l] != from[l];
                out->place[l] = wins ? place : out->place[l];
                out->value[l] = wins ? from[l] : out->value[l];
            }
        }
}

static inline __attribute__((always_inline)) void take_plane(const gt_max_pool_windows *p,
                                                             int64_t lanes, const float *x,
                                                             const float *v, float *out) {
    winners best;
    for (int64_t row = 0; row < p->rows; row++)
        for (int64_t column = 0; column < p->columns; column++, out += lanes) {
            find(p, lanes, row, column, x, &best);
            for (int64_t l = 0; l < lanes; l++)
                out[l] = v == x ? best.value[l] : v[best.place[l] * lanes + l];
        }
}

static inline __attribute__((always_inline)) void put_plane(const gt_max_pool_windows *p,
                                                            int64_t lanes, const float *x,
                                                            const float *v, float *out) {
    winners best;
    memset(out, 0, (size_t)(p->height * p->width * lanes) * sizeof *out);
    for (int64_t row = 0; row < p->rows; row++)
        for (int64_t column = 0; column < p->columns; column++, v += lanes) {
            find(p, lanes, row, column, x, &best);
            for (int64_t l = 0; l < lanes; l++) out[best.place[l] * lanes + l] += v[l];
        }
}

void gt_max_pool_run(const gt_max_pool_windows *p, const float *x, const float *v, float *out,
                     int threads) {
    int64_t large = p->height * p->width * p->lanes, small = p->rows * p->columns * p->lanes;
#pragma omp parallel for num_threads(threads)
    for (int64_t i = 0; i < p->planes; i++) {
        if (p->lanes == LANES)
            take_plane(p, LANES, x + i * large, v + i * large, out + i * small);
        else
            take_plane(p, 1, x + i * large, v + i * large, out + i * small);
    }
}

void gt_max_pool_back_run(const gt_max_pool_windows *p, const float *x, const float *v,
                          float *out, int threads) {
    int64_t large = p->height * p->width * p->lanes, small = p->rows * p->columns * p->lanes;
#pragma omp parallel for num_threads(threads)
    for (int64_t i = 0; i < p->planes; i++) {
        if (p->lanes == LANES)
            put_plane(p, LANES, x + i * large, v + i * small, out + i * large);
        else
            put_plane(p, 1, x + i * large, v + i * small, out + i * large);
    }
}

gt_max_pool_windows gt_max_pool_windows_of(const gt_attr *attr, gt_shape large, gt_shape small,
                                           gt_layout layout) {
    int64_t lanes = layout == GT_BLOCKED ? LANES : 1;
    return (gt_max_pool_windows){.k = attr->factor,
                                 .stride = attr->conv.stride,
                                 .pad = attr->conv.pad,
                                 .lanes = lanes,
                                 .planes = large.dim[0] * large.dim[1] / lanes,
                                 .height = large.dim[2],
                                 .width = large.dim[3],
                                 .rows = small.dim[2],
                                 .columns = small.dim[3]};
}
