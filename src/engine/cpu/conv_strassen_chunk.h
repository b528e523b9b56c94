/* conv_strassen_chunk.h - a chunk of pixels on its way through a 1x1 convolution by Strassen's
 * algorithm (conv_strassen.c). Private to conv_strassen.c and conv_strassen_chunk.c. */
#ifndef GT_ENGINE_CONV_STRASSEN_CHUNK_H
#define GT_ENGINE_CONV_STRASSEN_CHUNK_H

#include "conv_narrow.h"
#include "conv_strassen.h"

/* Weights of a part: panels of ROWS blocks of results, of each summed channel those results.
 * Results of a part: (panel, tile, block, pixel, 16). */
enum { GT_STRASSEN_ROWS = 2, GT_STRASSEN_PANEL = GT_STRASSEN_ROWS * GT_BLOCK };

/* Channels of the result and those that are summed, of a part. */
static inline int64_t gt_strassen_results(const gt_conv_problem *p) {
    return p->w.dim[p->kind == GT_CONV_DATA ? 1 : 0] / 4;
}

static inline int64_t gt_strassen_summed(const gt_conv_problem *p) {
    return p->w.dim[p->kind == GT_CONV_DATA ? 0 : 1] / 4;
}

/* What all chunks share. */
struct gt_strassen_job {
    const gt_conv_problem *p;
    gt_strassen_images from, to;
    gt_narrow_job given;                          /* what makes images that are not there */
    const float *images, *prepared, *bias, *mask; /* mask: NULL without one */
    float *result, *area;
    float *sums;   /* of weights; NULL where each worker has its own */
    float *totals; /* of every chunk those of its channels; NULL where nobody asks */
    gt_strassen_sum left[GT_STRASSEN_PRODUCTS], right[GT_STRASSEN_PRODUCTS],
        out[GT_STRASSEN_PRODUCTS];
    int64_t width, quarter; /* of an image of results, of a part of a chunk, in pixels */
    int threads;
    bool accumulate, streams; /* streams: results go past the caches */
};

/* Floats of all sums of weights, and whether workers share them: where each had its own they
 * would be too many. */
int64_t gt_strassen_sums_length(const gt_conv_problem *problem);
bool gt_strassen_shares_sums(const gt_conv_problem *problem, int threads);

/* Sums that are shared, before the first chunk. */
void gt_strassen_add_weights(gt_strassen_job *job);

/* Floats of a worker, the first of which is 0 before its first chunk. */
int64_t gt_strassen_area(const gt_conv_problem *problem, int64_t quarter, int threads);

/* A chunk; the result begins with chunk number `before`. */
void gt_strassen_compute(const gt_strassen_job *job, int64_t number, int64_t before,
                         int worker);

#endif
