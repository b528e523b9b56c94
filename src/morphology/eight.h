/* eight.h - eight numbers at once, as vectors of the compiler's, which it cuts into what the
 * processor has. Include only from files compiled with GT_VECTOR_FLAGS (see
 * src/CMakeLists.txt). Private. */
#ifndef GT_MORPHOLOGY_EIGHT_H
#define GT_MORPHOLOGY_EIGHT_H

#include <stdint.h>
#include <string.h>

#ifdef __AVX512F__
#include <immintrin.h>
#endif

enum { GT_EIGHT = 8 };

typedef double gt_eight __attribute__((vector_size(GT_EIGHT * sizeof(double))));
typedef int64_t gt_eight_bits __attribute__((vector_size(GT_EIGHT * sizeof(int64_t))));

static inline gt_eight gt_eight_at(const double *from) {
    gt_eight v;
    memcpy(&v, from, sizeof v);
    return v;
}

static inline void gt_eight_put(double *to, gt_eight v) {
    memcpy(to, &v, sizeof v);
}

static inline gt_eight gt_eight_all(double v) {
    return v - (gt_eight){0};
}

/* Those of a where x <= y, else those of b. */
static inline gt_eight gt_eight_choose(gt_eight x, gt_eight y, gt_eight a, gt_eight b) {
#ifdef __AVX512F__
    return (gt_eight)_mm512_mask_blend_pd(
        _mm512_cmp_pd_mask((__m512d)x, (__m512d)y, _CMP_LE_OQ), (__m512d)b, (__m512d)a);
#else
    gt_eight_bits which = x <= y;
    return (gt_eight)((which & (gt_eight_bits)a) | (~which & (gt_eight_bits)b));
#endif
}

/* b where a is NaN: VMAXPD takes its second one then. */
static inline gt_eight gt_eight_larger(gt_eight a, gt_eight b) {
#ifdef __AVX512F__
    return (gt_eight)_mm512_max_pd((__m512d)a, (__m512d)b);
#else
    return gt_eight_choose(b, a, a, b);
#endif
}

/* The first `count` of them, zeros behind. */
static inline gt_eight gt_eight_first(int count, gt_eight v) {
#ifdef __AVX512F__
    return (gt_eight)_mm512_maskz_mov_pd((__mmask8)((1u << count) - 1), (__m512d)v);
#else
    const gt_eight_bits place = {0, 1, 2, 3, 4, 5, 6, 7};
    return (gt_eight)((place < (int64_t)count) & (gt_eight_bits)v);
#endif
}

static inline gt_eight gt_eight_magnitude(gt_eight v) {
    return (gt_eight)((gt_eight_bits)v & INT64_MAX);
}

static inline double gt_eight_sum(gt_eight v) {
    return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

#endif
