/* vecmath.h - elementary functions in float32 without branches, so that loops over them
 * vectorise.
 *
 * Errors against double (tests/engine/vecmath_test.c prints them): exp and log below 1.5 ulp,
 * the others below 3 ulp of their value or 6e-8 absolute. NaN passes through; exp overflows to
 * infinity and flushes results below 2^-126 to 0. Include only from files compiled with
 * GT_VECTOR_FLAGS (see src/CMakeLists.txt). */
#ifndef GT_ENGINE_VECMATH_H
#define GT_ENGINE_VECMATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define GT_INLINE static inline __attribute__((always_inline))

GT_INLINE float gt_from_bits(int32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

GT_INLINE int32_t gt_to_bits(float value) {
    int32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* e^x = 2^n p with n = rint(x log2 e): p = e^r = 1 + r + r^2 Q(r) for |r| <= ln2/2, Q of degree
 * 4 fitted for the least largest error (3e-9). */
typedef struct gt_split {
    float p;
    int32_t n;
} gt_split;

GT_INLINE gt_split gt_exp_split(float x) {
    float n = rintf(x * 1.44269504f);
    float r = fmaf(n, -0.693145752f, x);
    r = fmaf(n, -1.42860677e-6f, r);
    float p = 1.39505685e-3f;
    p = fmaf(p, r, 8.36892875e-3f);
    p = fmaf(p, r, 4.16662046e-2f);
    p = fmaf(p, r, 0.166665185f);
    p = fmaf(p, r, 0.5f);
    gt_split split = {fmaf(p * r, r, r) + 1.0f, (int32_t)n};
    return split;
}

/* The power of two is applied in two halves so that n = 128 is representable. */
GT_INLINE float gt_expf(float x) {
    float bounded = x > -87.33654f ? x : -87.33654f; /* a NaN too: no integer is made of it */
    gt_split e = gt_exp_split(bounded > 88.8f ? 88.8f : bounded);
    int32_t half = e.n >> 1;
    float y = e.p * gt_from_bits((half + 127) << 23) * gt_from_bits((e.n - half + 127) << 23);
    y = x < -87.33654f ? 0.0f : y;
    y = x > 88.72283f ? INFINITY : y;
    return x == x ? y : x;
}

/* The same for x <= 0, without the cases that cannot occur: never below 2^-126, and a NaN gives
 * a number (callers keep it by other means). */
GT_INLINE float gt_exp_negf(float x) {
    gt_split e = gt_exp_split(x > -87.33654f ? x : -87.33654f);
    return e.p * gt_from_bits((e.n + 127) << 23);
}

/* x = 2^n m with m in [sqrt(1/2), sqrt 2); log m by a series in s = (m-1)/(m+1). */
GT_INLINE float gt_logf(float x) {
    float scaled = x < 1.17549435e-38f ? x * 8388608.0f : x;
    float shift = x < 1.17549435e-38f ? -23.0f : 0.0f;
    int32_t bits = (int32_t)((uint32_t)gt_to_bits(scaled) - 0x3f3504f3u);
    float n = (float)(bits >> 23) + shift;
    float m = gt_from_bits((bits & 0x007fffff) + 0x3f3504f3);
    float f = m - 1.0f, s = f / (2.0f + f), z = s * s;
    float q = fmaf(z, 0.2222222f, 0.2857143f);
    q = fmaf(q, z, 0.4f);
    q = fmaf(q, z, 0.6666667f);
    /* log(1+f) = f - s (f - q z): the leading term is exact */
    float y = fmaf(n, 0.693145752f, f - s * fmaf(-q, z, f) + n * 1.42860677e-6f);
    y = x == 0.0f ? -INFINITY : y;
    y = x == INFINITY ? INFINITY : y;
    return x < 0.0f || x != x ? NAN : y;
}

/* log(1 + u) for u in [0, 1], relative error kept for tiny u. */
GT_INLINE float gt_log1p_unit(float u) {
    float y = 1.0f + u;
    return gt_logf(y) + (u - (y - 1.0f)) / y;
}

GT_INLINE float gt_softplusf(float x) {
    float positive = x > 0.0f ? x : 0.0f;
    float y = positive + gt_log1p_unit(gt_expf(-fabsf(x)));
    return x == x ? y : x;
}

GT_INLINE float gt_sigmoidf(float x) {
    return 1.0f / (1.0f + gt_expf(-x));
}

/* Odd series near 0, else 1 - 2/(e^{2|x|} + 1). */
GT_INLINE float gt_tanhf(float x) {
    float t = fabsf(x), z = x * x;
    float p = -5.70498872e-3f;
    p = fmaf(p, z, 2.06390887e-2f);
    p = fmaf(p, z, -5.37397155e-2f);
    p = fmaf(p, z, 1.33314422e-1f);
    p = fmaf(p, z, -3.33332819e-1f);
    float small = fmaf(p * z, x, x);
    float large = copysignf(1.0f - 2.0f / (gt_expf(2.0f * t) + 1.0f), x);
    return t < 0.625f ? small : large;
}

/* The upper tail of the normal distribution, Q(t) = erfc(t/sqrt 2)/2 for t = |x|, is e^{-t^2/2}
 * H(t) with H smooth: 1/2 plus a polynomial of degree 7 in v = t/(1 + 0.3 t) without constant
 * term, fitted so that e^{-t^2/2} (1 + t) |error| stays below 5e-10. */
typedef struct gt_normal {
    float cdf, density; /* Phi(x), phi(x) */
} gt_normal;

GT_INLINE gt_normal gt_normalf(float x) {
    float t = fabsf(x);
    float e = gt_exp_negf(-0.5f * x * x); /* a NaN of x comes back through v */
    t = t > 14.0f ? 14.0f : t;
    float v = t / fmaf(0.3f, t, 1.0f);
    float h = -1.134507e-05f;
    h = fmaf(h, v, 2.81210277e-05f);
    h = fmaf(h, v, 3.60480142e-04f);
    h = fmaf(h, v, -4.54358068e-04f);
    h = fmaf(h, v, -1.88849601e-02f);
    h = fmaf(h, v, 1.30317131e-01f);
    h = fmaf(h, v, -3.98942265e-01f);
    h = fmaf(h, v, 0.5f);
    float tail = e * h;
    gt_normal normal = {x < 0.0f ? tail : 1.0f - tail, e * 0.39894228f};
    return normal;
}

#endif
