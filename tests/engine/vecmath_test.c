/* vecmath_test.c - the elementary functions against double, over their whole ranges, and at the
 * ends. */
#include "cpu/vecmath.h"
#include "gt_test.h"

typedef double (*oracle)(double x);
typedef float (*candidate)(float x);

static double softplus(double x) {
    return log1p(exp(x));
}
static double softplus_anywhere(double x) {
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}
static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}
static double cdf(double x) {
    return 0.5 * erfc(-x / sqrt(2));
}
static double density(double x) {
    return exp(-x * x / 2) / sqrt(2 * acos(-1));
}
static float fast_exp(float x) {
    return gt_expf(x);
}
static float fast_log(float x) {
    return gt_logf(x);
}
static float fast_softplus(float x) {
    return gt_softplusf(x);
}
static float fast_sigmoid(float x) {
    return gt_sigmoidf(x);
}
static float fast_tanh(float x) {
    return gt_tanhf(x);
}
static float fast_cdf(float x) {
    return gt_normalf(x).cdf;
}
static float fast_density(float x) {
    return gt_normalf(x).density;
}

typedef struct range {
    const char *name;
    candidate fast;
    oracle exact;
    double from, to;
    double relative, absolute; /* either bound may hold */
} range;

static const range ranges[] = {
    {"exp", fast_exp, exp, -87.3, 88.7, 1e-7, 0},
    {"log near 1", fast_log, log, 0.5, 2, 1.2e-7, 0},
    {"log", fast_log, log, 1e-30, 1e30, 1.2e-7, 0},
    {"softplus", fast_softplus, softplus, -80, 80, 2e-7, 0},
    {"sigmoid", fast_sigmoid, sigmoid, -80, 80, 2e-7, 0},
    {"tanh", fast_tanh, tanh, -12, 12, 2e-7, 0},
    {"normal cdf", fast_cdf, cdf, -6, 8, 0, 1e-7},
    {"normal density", fast_density, density, -6, 6, 0, 6e-8},
};

static void errors(void **state) {
    enum { POINTS = 400000 };
    (void)state;
    for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++) {
        double relative = 0, absolute = 0;
        for (int i = 0; i <= POINTS; i++) {
            float x = (float)(ranges[r].from + (ranges[r].to - ranges[r].from) * i / POINTS);
            double want = ranges[r].exact(x), error = fabs((double)ranges[r].fast(x) - want);
            if (!(error <= absolute)) absolute = error;
            if (!(error / fabs(want) <= relative) && want != 0) relative = error / fabs(want);
        }
        print_message("%-15s relative error %.2g, absolute %.2g\n", ranges[r].name, relative,
                      absolute);
        assert_true(relative <= ranges[r].relative || absolute <= ranges[r].absolute);
    }
}

/* All floats there are, a small prime of them apart, so that every exponent and many mantissas
 * come, of both signs: in units in the last place, by the bounds that vecmath.h promises. */
static void all_floats(void **state) {
    static const struct {
        const char *name;
        candidate fast;
        oracle exact;
        double ulps, below; /* results below this may be anything up to it */
    } functions[] = {
        {"exp", fast_exp, exp, 1.5, 0x1p-126},
        {"log", fast_log, log, 1.5, 0},
        {"tanh", fast_tanh, tanh, 3, 0},
        {"sigmoid", fast_sigmoid, sigmoid, 3, 0x1p-125},
        {"softplus", fast_softplus, softplus_anywhere, 3, 0x1p-126},
    };
    enum { APART = 8191 };
    (void)state;
    for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
        double worst = 0;
        for (uint64_t bits = 0; bits <= UINT32_MAX; bits += APART) {
            float x = gt_from_bits((int32_t)(uint32_t)bits), got = functions[f].fast(x);
            double want = functions[f].exact(x);
            if (isnan(want) && isnan(got)) continue;
            if (fabs(want) > 3.4028235e38 || isinf(got)) {
                if (isinf(got) && fabs(want) > 3.40282e38 && (got > 0) == (want > 0)) continue;
                fail_msg("%s(%a) is %g, not %g", functions[f].name, (double)x, (double)got,
                         want);
            }
            if (fabs(want) < functions[f].below && fabsf(got) <= functions[f].below) continue;
            float size = fabsf((float)want);
            double ulp = (double)nextafterf(size, INFINITY) - size;
            double off = fabs(got - want) / ulp;
            if (!(off <= functions[f].ulps))
                fail_msg("%s(%a) is off by %.3g units", functions[f].name, (double)x, off);
            worst = fmax(worst, off);
        }
        print_message("%-10s %.3f units in the last place\n", functions[f].name, worst);
    }
}

static void ends(void **state) {
    (void)state;
    assert_true(isinf(gt_expf(89)) && gt_expf(-200) == 0 && isnan(gt_expf(NAN)));
    assert_true(isinf(gt_logf(0)) && isnan(gt_logf(-1)) && isinf(gt_logf(INFINITY)) &&
                isnan(gt_logf(NAN)));
    assert_near(gt_logf(1e-42f), log(1e-42f), 1e-5);
    assert_true(isnan(gt_softplusf(NAN)) && isnan(gt_sigmoidf(NAN)) && isnan(gt_tanhf(NAN)));
    assert_true(isnan(gt_normalf(NAN).cdf) && gt_normalf(INFINITY).cdf == 1);
    assert_near(gt_normalf(-40).cdf, 0, 1e-37);
    assert_true(gt_normalf(0).cdf == 0.5f);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(errors), cmocka_unit_test(all_floats),
                                       cmocka_unit_test(ends)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
