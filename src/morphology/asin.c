#include "asin.h"

#include <math.h>

/* fmax is a call, for the sake of NaN; this vectorises. */
static inline double not_negative(double x) {
    return x > 0 ? x : 0;
}

/* (asin(x)/x - 1) / x^2 as a polynomial of x^2 on [0, 1/4], by Chebyshev's nodes: error 2e-17.
 */
static inline double asin_tail(double z) {
    double p = 0.028757851367421565;
    p = p * z - 0.014851887071247203;
    p = p * z + 0.017400879442694022;
    p = p * z + 0.0054575067186403583;
    p = p * z + 0.010322814350185779;
    p = p * z + 0.011479177415184906;
    p = p * z + 0.013971212973552933;
    p = p * z + 0.017352392720869973;
    p = p * z + 0.022372172942149888;
    p = p * z + 0.030381944138531247;
    p = p * z + 0.04464285714635543;
    p = p * z + 0.07499999999998433;
    return p * z + 0.16666666666666668;
}

/* asin(x / r), |x| <= r, without a branch: beyond one half, by the half angle of what is left
 * to a quarter turn. That is taken from r - |x|, which is exact where it is small. */
static inline double arc_sine(double x, double r, double one_over) {
    double a = fabs(x) * one_over, rest = 0.5 * not_negative(r - fabs(x)) * one_over;
    double z = a > 0.5 ? rest : a * a, root = a > 0.5 ? sqrt(rest) : a;
    double small = root + root * (z * asin_tail(z));
    return copysign(a > 0.5 ? M_PI_2 - 2 * small : small, x);
}

void gt_circle_integrals(int count, const double *x, double r, double *out) {
    double one_over = 1 / r, square = r * r;
#pragma omp simd
    for (int i = 0; i < count; i++) {
        double height = sqrt(not_negative((r - x[i]) * (r + x[i])));
        out[i] = 0.5 * (x[i] * height + square * arc_sine(x[i], r, one_over));
    }
}
