/* lanes.h - sixteen numbers at once. Include only from files compiled with GT_VECTOR_FLAGS (see
 * src/CMakeLists.txt). */
#ifndef GT_ENGINE_LANES_H
#define GT_ENGINE_LANES_H

#include <stdint.h>
#include <string.h>

#ifdef __AVX512F__
#include <immintrin.h>
#endif

#include "kernels.h"

typedef float gt_vector __attribute__((vector_size(GT_BLOCK * sizeof(float))));
typedef int32_t gt_places __attribute__((vector_size(GT_BLOCK * sizeof(int32_t))));

static inline gt_vector gt_load(const float *from) {
    gt_vector v;
    memcpy(&v, from, sizeof v);
    return v;
}

static inline void gt_store(float *to, gt_vector v) {
    memcpy(to, &v, sizeof v);
}

/* Those of sixteen numbers that are from `begin` on and before `end`, which alone are read, and
 * zeros. */
static inline gt_vector gt_load_between(const float *from, int64_t begin, int64_t end) {
    if (begin < 0) begin = 0;
    if (end > GT_BLOCK) end = GT_BLOCK;
    gt_vector v = {0};
#ifdef __AVX512F__
    if (begin >= end) return v;
    uint32_t places = (1u << end) - (1u << begin);
    return (gt_vector)_mm512_maskz_loadu_ps((__mmask16)places, from);
#else
    for (int64_t l = begin; l < end; l++) v[l] = from[l];
    return v;
#endif
}

/* Four numbers four times. */
static inline gt_vector gt_load_four(const float *from) {
#ifdef __AVX512F__
    return (gt_vector)_mm512_broadcast_f32x4(_mm_loadu_ps(from));
#else
    gt_vector v;
    for (int l = 0; l < GT_BLOCK; l++) v[l] = from[l % 4];
    return v;
#endif
}

/* Keeps numbers in a register, where compilers would load them anew for each of many products.
 */
static inline __attribute__((always_inline)) gt_vector gt_hold(gt_vector v) {
#ifdef __AVX512F__
    __asm__("" : "+v"(v));
#endif
    return v;
}

/* Past the caches, to a whole line, which is not read before it is overwritten. Who has written
 * so calls gt_stream_end before others read. */
static inline void gt_stream(float *to, gt_vector v) {
#ifdef __AVX512F__
    _mm512_stream_ps(to, (__m512)v);
#else
    gt_store(to, v);
#endif
}

static inline void gt_stream_end(void) {
#ifdef __AVX512F__
    _mm_sfence();
#endif
}

/* Numbers of a, and behind them those of b, by their places. */
static inline __attribute__((always_inline)) gt_vector gt_pick(gt_vector a, gt_vector b,
                                                               gt_places places) {
#ifdef __clang__
    gt_vector out;
    for (int l = 0; l < GT_BLOCK; l++)
        out[l] = places[l] < GT_BLOCK ? a[places[l]] : b[places[l] - GT_BLOCK];
    return out;
#else
    return __builtin_shuffle(a, b, places);
#endif
}

/* What is below 0 as 0; what is no number stays so. */
static inline gt_vector gt_clip(gt_vector v) {
    return (gt_vector)(~(v <= 0) & (gt_places)v);
}

/* Times 1 where the mask is above 0, times 0 elsewhere. */
static inline gt_vector gt_masked(gt_vector v, gt_vector mask) {
    gt_vector one = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    return v * (gt_vector)((mask > 0) & (gt_places)one);
}

/* Squares of `step` numbers change sides: one step of four of a transpose. */
static inline __attribute__((always_inline)) void gt_exchange(gt_vector v[GT_BLOCK],
                                                              const int step) {
    gt_places low, high;
    for (int l = 0; l < GT_BLOCK; l++) {
        low[l] = l & step ? GT_BLOCK + l - step : l;
        high[l] = l & step ? GT_BLOCK + l : l + step;
    }
#pragma GCC unroll 16
    for (int i = 0; i < GT_BLOCK; i++) {
        if (i & step) continue;
        gt_vector a = v[i], b = v[i + step];
        v[i] = gt_pick(a, b, low);
        v[i + step] = gt_pick(a, b, high);
    }
}

/* Rows of a square of 16 by 16 numbers become its columns. */
static inline __attribute__((always_inline)) void gt_transpose(gt_vector v[GT_BLOCK]) {
    gt_exchange(v, 1);
    gt_exchange(v, 2);
    gt_exchange(v, 4);
    gt_exchange(v, 8);
}

/* The same from one place to another; `from_row` and `to_row` floats from a row to the next. */
static inline void gt_turn_square(const float *from, int64_t from_row, float *to,
                                  int64_t to_row) {
    gt_vector v[GT_BLOCK];
#pragma GCC unroll 16
    for (int i = 0; i < GT_BLOCK; i++) v[i] = gt_load(from + i * from_row);
    gt_transpose(v);
#pragma GCC unroll 16
    for (int i = 0; i < GT_BLOCK; i++) gt_store(to + i * to_row, v[i]);
}

#endif
