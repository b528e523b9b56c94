/* conv_products.h - matrix products of convolutions: eight places (tiles, or pixels) by input
 * channels, with input channels by one or two blocks of output channels. Private to
 * conv_tiles_images.c and conv_patches.c.
 *
 * Inputs are (EIGHT places, block, place, 16), weights (16 in, 16 or 32), sums (EIGHT places,
 * block, place, 16). Every sum is over the channels in their order. */
#ifndef GT_ENGINE_CONV_PRODUCTS_H
#define GT_ENGINE_CONV_PRODUCTS_H

#include "lanes.h"

enum { GT_PRODUCT_EIGHT = 8, GT_PRODUCT_PAIR = 2 }; /* places and output blocks of one */

/* The number of output blocks of a pair. */
static inline int64_t gt_product_outs(int64_t out, int64_t pair) {
    return pair * GT_PRODUCT_PAIR + 1 < out ? GT_PRODUCT_PAIR : 1;
}

static inline int64_t gt_product_width(int64_t places) {
    return (places + GT_PRODUCT_EIGHT - 1) / GT_PRODUCT_EIGHT * GT_PRODUCT_EIGHT;
}

/* Floats before place i of block `block` of so many. */
static inline int64_t gt_product_at(int64_t blocks, int64_t block, int64_t i) {
    return ((i / GT_PRODUCT_EIGHT * blocks + block) * GT_PRODUCT_EIGHT + i % GT_PRODUCT_EIGHT) *
           GT_BLOCK;
}

/* Eight places. For each block so many lines are asked for of the weights that come next. */
static inline __attribute__((always_inline)) void
gt_product_eight(const int outs, int64_t in, const float *x, const float *w, const float *soon,
                 int64_t lines, float *to) {
    enum { EIGHT = GT_PRODUCT_EIGHT, PAIR = GT_PRODUCT_PAIR };
    gt_vector sum[PAIR * EIGHT];
#pragma GCC unroll 16
    for (int i = 0; i < outs * EIGHT; i++) sum[i] = (gt_vector){0};
    for (int64_t b = 0; b < in; b++, x += EIGHT * GT_BLOCK) {
        for (int64_t l = 0; l < lines; l++, soon += GT_BLOCK) __builtin_prefetch(soon);
#pragma GCC unroll 4
        for (int c = 0; c < GT_BLOCK; c++, w += outs * GT_BLOCK) {
            gt_vector first = gt_load(w), second = gt_load(w + (outs - 1) * GT_BLOCK);
#pragma GCC unroll 8
            for (int t = 0; t < EIGHT; t++) {
                sum[t] += x[t * GT_BLOCK + c] * first;
                if (outs == PAIR) sum[EIGHT + t] += x[t * GT_BLOCK + c] * second;
            }
        }
    }
#pragma GCC unroll 16
    for (int i = 0; i < outs * EIGHT; i++) gt_store(to + i * GT_BLOCK, sum[i]);
}

/* All places, `width` of them, times the weights of a pair, behind which those of the next one
 * lie. */
static inline __attribute__((always_inline)) void gt_product_some(const int outs, int64_t in,
                                                                  int64_t width, const float *x,
                                                                  const float *w, float *to) {
    enum { EIGHT = GT_PRODUCT_EIGHT };
    int64_t lines = (outs * GT_BLOCK * EIGHT + width - 1) / width;
    const float *soon = w + in * outs * GT_BLOCK * GT_BLOCK;
    for (int64_t t = 0; t < width; t += EIGHT, soon += in * lines * GT_BLOCK)
        gt_product_eight(outs, in, x + t * in * GT_BLOCK, w, soon, lines,
                         to + t * outs * GT_BLOCK);
}

static inline __attribute__((always_inline)) void gt_product_pair(int64_t outs, int64_t in,
                                                                  int64_t width, const float *x,
                                                                  const float *w, float *to) {
    if (outs == GT_PRODUCT_PAIR)
        gt_product_some(GT_PRODUCT_PAIR, in, width, x, w, to);
    else
        gt_product_some(1, in, width, x, w, to);
}

#endif
