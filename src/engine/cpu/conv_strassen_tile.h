/* conv_strassen_tile.h - what products of two levels and of three have in common: a tile of
 * results, a panel at TOGETHER pixels, which is in registers while it is made. Private to
 * conv_strassen_chunk.c and conv_strassen_deep.c. */
#ifndef GT_ENGINE_CONV_STRASSEN_TILE_H
#define GT_ENGINE_CONV_STRASSEN_TILE_H

#include "conv_strassen_chunk.h"

enum { GT_STRASSEN_STEP = 8, GT_STRASSEN_SUMS = GT_STRASSEN_ROWS * GT_STRASSEN_TOGETHER };

/* STEP summed channels of a panel at TOGETHER pixels. */
static inline __attribute__((always_inline)) void
gt_strassen_step(const float *w, const float *x, gt_vector *sum) {
    enum { TOGETHER = GT_STRASSEN_TOGETHER };
#pragma GCC unroll 8
    for (int l = 0; l < GT_STRASSEN_STEP; l++, w += GT_STRASSEN_PANEL) {
        gt_vector first = gt_load(w), second = gt_load(w + GT_BLOCK);
#pragma GCC unroll 16
        for (int q = 0; q < TOGETHER; q++) {
            sum[q] += x[q * GT_BLOCK + l] * first;
            sum[TOGETHER + q] += x[q * GT_BLOCK + l] * second;
        }
    }
}

/* Where tiles of a product go, and how: the first one is set. */
typedef enum gt_strassen_how {
    GT_STRASSEN_SET,
    GT_STRASSEN_ADD,
    GT_STRASSEN_SUBTRACT
} gt_strassen_how;

typedef struct gt_strassen_target {
    float *to;
    gt_strassen_how how;
} gt_strassen_target;

static inline __attribute__((always_inline)) void
gt_strassen_put(const gt_vector *sum, float *to, const gt_strassen_how how) {
#pragma GCC unroll 32
    for (int i = 0; i < GT_STRASSEN_SUMS; i++, to += GT_BLOCK)
        gt_store(to, how == GT_STRASSEN_SET   ? sum[i]
                     : how == GT_STRASSEN_ADD ? gt_load(to) + sum[i]
                                              : gt_load(to) - sum[i]);
}

/* To all its places, `at` floats behind where they begin. */
static inline __attribute__((always_inline)) void
gt_strassen_put_all(const gt_vector *sum, const gt_strassen_target *targets, int count,
                    int64_t at) {
    for (int k = 0; k < count; k++) {
        if (targets[k].how == GT_STRASSEN_SET)
            gt_strassen_put(sum, targets[k].to + at, GT_STRASSEN_SET);
        else if (targets[k].how == GT_STRASSEN_ADD)
            gt_strassen_put(sum, targets[k].to + at, GT_STRASSEN_ADD);
        else
            gt_strassen_put(sum, targets[k].to + at, GT_STRASSEN_SUBTRACT);
    }
}

/* A chunk on its way. Lines are asked for beside its last products, so that the second cache
 * still has them when all are done. */
typedef struct gt_strassen_chunk {
    const float *sums; /* of weights */
    float *out;
    unsigned held; /* which parts of the results have something */
    int last;      /* the first one of those products */
    gt_strassen_lines soon, to, mask;
} gt_strassen_chunk;

/* The first one of summed / STEP lines to ask for beside a product of two levels; `otherwise`
 * where none is left. */
static inline const float *gt_strassen_lines_beside(gt_strassen_chunk *c, int product,
                                                    const float *otherwise) {
    if (product < c->last) return otherwise;
    const float *lines = gt_strassen_next_lines(&c->soon, NULL);
    if (!lines) lines = gt_strassen_next_lines(&c->to, NULL);
    return lines ? lines : gt_strassen_next_lines(&c->mask, otherwise);
}

/* Where such a product goes: how many parts of the result, which hold something from now on. */
int gt_strassen_targets(const gt_strassen_job *job, int product, gt_strassen_chunk *chunk,
                        gt_strassen_target *targets);

/* ---- Three levels (conv_strassen_deep.c) --------------------------------------------------
 */

/* Floats of seven sums of quarters of `size` floats. */
static inline int64_t gt_strassen_seven(int64_t size) {
    return 7 * (size / 4);
}

/* The sums of weights of one product of two levels, among those of all. */
void gt_strassen_deep_weights(const gt_strassen_job *job, int product, float *sums);

/* Floats of its room for sums of pixels, and all products of a chunk. */
int64_t gt_strassen_deep_rooms(const gt_conv_problem *problem, int64_t quarter);
void gt_strassen_deep_multiply(const gt_strassen_job *job, const float *parts, float *rooms,
                               gt_strassen_chunk *chunk);

#endif
