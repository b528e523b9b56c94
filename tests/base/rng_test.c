/* rng_test.c - published Philox vectors, independence of the split, accuracy and distribution.
 */
#include "gt_test.h"

#include "rng.h"

static const gt_rng_key key = {20240607, 3, 11};
static const double turn = 6.28318530717958647692;

static void known_answers(void **state) {
    static const struct {
        gt_rng_key key;
        uint64_t counter;
        uint32_t want[4];
    } cases[] = {
        {{0, 0, 0}, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{UINT64_MAX, UINT32_MAX, UINT32_MAX},
         UINT64_MAX,
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x299f31d0a4093822, 0x13198a2e, 0x03707344},
         0x85a308d3243f6a88,
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_rng_block got = gt_rng_bits(cases[i].key, cases[i].counter);
        for (int w = 0; w < 4; w++) assert_int_equal(got.word[w], cases[i].want[w]);
    }
}

/* Any cut of a range gives the bytes of the whole, around tile and 32-bit counter borders too.
 */
static void check_splits(void (*fill)(gt_rng_key, uint64_t, size_t, float *), uint64_t first) {
    enum { N = 1600 };
    static float whole[N], parts[N];
    fill(key, first, N, whole);
    static const size_t cuts[] = {1, 2, 3, 5, 7, 64, 255, 256, 257, 1021};
    for (size_t c = 0; c < sizeof cuts / sizeof *cuts; c++) {
        memset(parts, 0xff, sizeof parts);
        for (size_t at = 0; at < N; at += cuts[c])
            fill(key, first + at, cuts[c] < N - at ? cuts[c] : N - at, parts + at);
        assert_memory_equal(whole, parts, sizeof whole);
    }
}

static void splits_do_not_matter(void **state) {
    static const uint64_t starts[] = {0, 1, 2, 3, 1000003, (4ull << 32) - 700, 1ull << 60};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        check_splits(gt_rng_fill_uniform, starts[i]);
        check_splits(gt_rng_fill_normal, starts[i]);
    }
}

static void uniform_is_the_word(void **state) {
    float out[64];
    gt_rng_fill_uniform(key, 8, 64, out);
    for (size_t i = 0; i < 64; i++) {
        uint32_t word = gt_rng_bits(key, 2 + i / 4).word[i % 4];
        assert_true((double)out[i] == ((word >> 9) + 0.5) / 8388608.0);
    }
}

/* The same bits on every processor, compiler and level of optimisation. */
static void normals_are_frozen(void **state) {
    enum { N = 1 << 16 };
    static float out[N];
    uint32_t hash = 0, bits;
    gt_rng_fill_normal((gt_rng_key){1, 2, 3}, 0, N, out);
    for (size_t i = 0; i < N; i++) {
        memcpy(&bits, &out[i], sizeof bits);
        hash = hash * 31 + bits;
    }
    assert_int_equal(hash, 0x4d663231);
}

/* The documented formula in double, from the same words. */
static double exact_normal(uint64_t element) {
    gt_rng_block block = gt_rng_bits(key, element / 4);
    uint32_t radius = block.word[element % 4 & ~1ull], angle = block.word[element % 4 | 1];
    double u = radius < 0x800000u ? (radius + 0.5) * 0x1p-32 : ((radius >> 9) + 0.5) * 0x1p-23;
    double r = sqrt(-2 * log(u)), t = turn * 0x1p-32 * angle;
    return r * (element & 1 ? sin(t) : cos(t));
}

static void normal_is_accurate(void **state) {
    enum { N = 1 << 20 };
    float *out = malloc(N * sizeof *out);
    double worst = 0;
    gt_rng_fill_normal(key, 0, N, out);
    for (uint64_t i = 0; i < N; i++) worst = fmax(worst, fabs(out[i] - exact_normal(i)));
    free(out);
    print_message("largest error of a normal: %.2g\n", worst);
    assert_true(worst < 1e-6);
}

static double normal_cdf(double x) {
    return 0.5 * erfc(-x / sqrt(2.0));
}

static double uniform_cdf(double x) {
    return x;
}

static int by_value(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* sqrt(n) times the Kolmogorov-Smirnov distance; above 1.95 has probability 0.001. */
static double ks_distance(float *values, size_t n, double (*cdf)(double)) {
    double distance = 0;
    qsort(values, n, sizeof *values, by_value);
    for (size_t i = 0; i < n; i++) {
        double p = cdf(values[i]);
        distance = fmax(distance, fmax(p - (double)i / n, (double)(i + 1) / n - p));
    }
    return distance * sqrt((double)n);
}

static void check_distribution(void (*fill)(gt_rng_key, uint64_t, size_t, float *),
                               double (*cdf)(double), const double moments[4]) {
    enum { N = 1000000 };
    float *out = malloc(N * sizeof *out);
    fill(key, 0, N, out);
    double sum[4] = {0}, lag = 0, mean = moments[0], low = 1e9, high = -1e9;
    for (size_t i = 0; i < N; i++) {
        double d = out[i] - mean;
        for (int m = 0; m < 4; m++) sum[m] += m ? pow(d, m + 1) : out[i];
        if (i) lag += d * (out[i - 1] - mean);
        low = fmin(low, out[i]);
        high = fmax(high, out[i]);
    }
    double variance = moments[1], scale = sqrt(variance);
    assert_near(sum[0] / N, mean, 4 * scale / sqrt(N));
    assert_near(sum[1] / N, variance, 6 * variance / sqrt(N));
    assert_near(sum[2] / N, moments[2], 16 * variance * scale / sqrt(N));
    assert_near(sum[3] / N, moments[3], 40 * variance * variance / sqrt(N));
    assert_near(lag / N, 0, 4 * variance / sqrt(N));
    if (cdf == uniform_cdf) assert_true(low > 0 && high < 1 && low < 1e-5 && high > 1 - 1e-5);
    if (cdf == normal_cdf) assert_true(low < -4.2 && high > 4.2 && low > -6.77 && high < 6.77);
    double ks = ks_distance(out, N, cdf);
    print_message("KS distance times sqrt(n): %.3f\n", ks);
    assert_true(ks < 1.95);
    free(out);
}

static void distributions(void **state) {
    check_distribution(gt_rng_fill_uniform, uniform_cdf,
                       (double[]){0.5, 1.0 / 12, 0, 1.0 / 80});
    check_distribution(gt_rng_fill_normal, normal_cdf, (double[]){0, 1, 0, 3});
}

static void scalars(void **state) {
    enum { N = 100000 };
    static float u[N], z[N];
    for (uint64_t i = 0; i < N; i++) {
        double value = gt_rng_uniform(key, i);
        assert_true(value > 0 && value < 1);
        u[i] = (float)value;
        z[i] = (float)gt_rng_normal(key, i);
    }
    assert_true(ks_distance(u, N, uniform_cdf) < 1.95);
    assert_true(ks_distance(z, N, normal_cdf) < 1.95);
}

/* Every part of the address matters. */
static void keys_differ(void **state) {
    static const gt_rng_key keys[] = {
        {1, 2, 3}, {1, 2, 4}, {1, 3, 3}, {2, 2, 3}, {1ull << 32, 2, 3}};
    enum { KEYS = sizeof keys / sizeof *keys, N = 4096 };
    static float out[KEYS][N];
    for (int k = 0; k < KEYS; k++) gt_rng_fill_normal(keys[k], 0, N, out[k]);
    for (int a = 0; a < KEYS; a++) {
        for (int b = a + 1; b < KEYS; b++) {
            double product = 0;
            for (int i = 0; i < N; i++) product += out[a][i] * out[b][i];
            assert_near(product / N, 0, 4.5 / sqrt(N));
        }
    }
    assert_int_equal(gt_rng_stream(""), 2166136261u);
    assert_int_equal(gt_rng_stream("foobar"), 0xbf9cf968u);
}

static void below_is_even(void **state) {
    enum { BOUND = 7, N = 70000 };
    int count[BOUND] = {0};
    for (uint64_t i = 0; i < N; i++) count[gt_rng_below(key, i, BOUND)]++;
    double chi2 = 0;
    for (int i = 0; i < BOUND; i++) chi2 += pow(count[i] - N / BOUND, 2) / (N / BOUND);
    assert_true(chi2 < 22.5); /* 6 degrees of freedom, probability 0.001 */
    assert_int_equal(gt_rng_below(key, 5, 0), 0);
    assert_int_equal(gt_rng_below(key, 5, 1), 0);
}

static void shuffle_is_a_permutation(void **state) {
    enum { N = 1000 };
    size_t order[N], again[N];
    int seen[N] = {0}, fixed = 0;
    for (size_t i = 0; i < N; i++) order[i] = again[i] = i;
    gt_rng_shuffle(key, order, N);
    gt_rng_shuffle(key, again, N);
    assert_memory_equal(order, again, sizeof order);
    for (size_t i = 0; i < N; i++) {
        seen[order[i]]++;
        fixed += order[i] == i;
    }
    for (size_t i = 0; i < N; i++) assert_int_equal(seen[i], 1);
    assert_true(fixed < 10);
    gt_rng_shuffle(key, order, 0);
    gt_rng_shuffle(key, order, 1);
}

/* All 24 orders of four elements occur equally often. */
static void shuffle_is_fair(void **state) {
    enum { N = 24000 };
    int count[256] = {0};
    for (uint32_t step = 0; step < N; step++) {
        size_t order[4] = {0, 1, 2, 3};
        gt_rng_shuffle((gt_rng_key){9, 9, step}, order, 4);
        count[order[0] << 6 | order[1] << 4 | order[2] << 2 | order[3]]++;
    }
    double chi2 = 0;
    int orders = 0;
    for (int i = 0; i < 256; i++) {
        if (!count[i]) continue;
        orders++;
        chi2 += pow(count[i] - N / 24.0, 2) / (N / 24.0);
    }
    assert_int_equal(orders, 24);
    assert_true(chi2 < 49.7); /* 23 degrees of freedom, probability 0.001 */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(splits_do_not_matter),
        cmocka_unit_test(uniform_is_the_word),
        cmocka_unit_test(normal_is_accurate),
        cmocka_unit_test(distributions),
        cmocka_unit_test(scalars),
        cmocka_unit_test(keys_differ),
        cmocka_unit_test(below_is_even),
        cmocka_unit_test(shuffle_is_a_permutation),
        cmocka_unit_test(shuffle_is_fair),
        cmocka_unit_test(normals_are_frozen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
