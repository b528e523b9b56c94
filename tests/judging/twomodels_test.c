/* Distances of distributions, likeness of images, losses of pairs, summaries, bins, contours.
 */
#include "galatea/twomodels.h"
#include "gt_test.h"

static double noise(uint64_t i, uint64_t stream) {
    uint64_t z = i * 0x9e3779b97f4a7c15u + stream * 0xbf58476d1ce4e5b9u + 1;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)(z >> 11) / (double)(UINT64_C(1) << 52) - 1;
}

static double *numbers(size_t count, uint64_t stream, double scale, double shift) {
    double *made = calloc(count, sizeof *made);
    for (size_t i = 0; i < count; i++) made[i] = shift + scale * noise(i, stream);
    return made;
}

/* ---- Distances --------------------------------------------------------------------------- */

static double w1(size_t n, const double *u, size_t m, const double *v) {
    gt_error err;
    double found = -1;
    assert_ok(gt_wasserstein(n, u, m, v, &found, &err), err);
    return found;
}

static void hand_made_distances(void **state) {
    assert_near(w1(1, (double[]){3}, 1, (double[]){-2}), 5, 0);
    assert_near(w1(3, (double[]){0, 1, 3}, 3, (double[]){5, 6, 8}), 5, 1e-15);
    assert_near(w1(2, (double[]){0, 1}, 3, (double[]){0, 1, 2}), 0.5, 1e-15);
    assert_near(w1(2, (double[]){-0.0, 7}, 2, (double[]){7, 0.0}), 0, 0);
}

/* Sizes at which numbers are sorted in one way and in the other; signs of both kinds. */
static void distance_of_a_shift(void **state) {
    static const size_t counts[] = {2, 255, 256, 5000};
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        size_t n = counts[k];
        double *u = numbers(n, 1, 3, 0), *v = calloc(n, sizeof *v), *twice;
        for (size_t i = 0; i < n; i++) v[n - 1 - i] = u[i] + 0.25;
        assert_near(w1(n, u, n, v), 0.25, 1e-14);
        twice = calloc(2 * n, sizeof *twice); /* the same distribution, of other size */
        for (size_t i = 0; i < 2 * n; i++) twice[i] = v[i / 2];
        assert_near(w1(n, u, 2 * n, twice), 0.25, 1e-12);
        free(u), free(v), free(twice);
    }
}

static void floats_are_as_doubles(void **state) {
    gt_error err;
    enum { N = 3000, M = 2000 };
    float *u = calloc(N, sizeof *u), *v = calloc(M, sizeof *v);
    double *wide_u = calloc(N, sizeof *wide_u), *wide_v = calloc(M, sizeof *wide_v), found;
    for (size_t i = 0; i < N; i++) wide_u[i] = u[i] = (float)noise(i, 1);
    for (size_t i = 0; i < M; i++) wide_v[i] = v[i] = (float)(2 * noise(i, 2));
    assert_ok(gt_wasserstein_floats(N, u, M, v, &found, &err), err);
    assert_near(found, w1(N, wide_u, M, wide_v), 0);
    free(u), free(v), free(wide_u), free(wide_v);
}

/* A whole weight is as many numbers; those of weight 0 are none. */
static void weights_are_numbers_again(void **state) {
    gt_error err;
    double found;
    const double u[] = {4, 0, 1, 9}, u_weights[] = {1, 2, 3, 0}, v[] = {1, 2, 2};
    assert_ok(gt_wasserstein_weighted(4, u, u_weights, 3, v, NULL, &found, &err), err);
    assert_near(found, w1(6, (double[]){0, 0, 1, 1, 1, 4}, 3, v), 1e-15);
    static const double bad[][2] = {{0, 0}, {-1, 2}, {NAN, 1}, {INFINITY, 1}};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(gt_wasserstein_weighted(2, u, bad[i], 3, v, NULL, &found, &err),
                         GT_BAD_ARGUMENT);
}

static void distances_refuse(void **state) {
    gt_error err;
    double found, bad[] = {0, NAN};
    float bad_floats[] = {INFINITY, 0};
    assert_int_equal(gt_wasserstein(0, bad, 1, bad, &found, &err), GT_BAD_ARGUMENT);
    assert_string_equal(err.text, "the first set has no numbers");
    assert_int_equal(gt_wasserstein(1, bad, 2, bad, &found, &err), GT_NOT_FINITE);
    assert_string_equal(err.text, "number 1 of the second set is nan");
    assert_int_equal(gt_wasserstein_floats(2, bad_floats, 1, bad_floats + 1, &found, &err),
                     GT_NOT_FINITE);
    assert_int_equal(gt_wasserstein_floats(1, bad_floats + 1, 0, NULL, &found, &err),
                     GT_BAD_ARGUMENT);
}

static void agreement_of_latents(void **state) {
    gt_error err;
    gt_agreement made;
    enum { N = 400 };
    float *z = calloc(N, sizeof *z), *other = calloc(N, sizeof *other);
    for (size_t i = 0; i < N; i++) z[i] = (float)noise(i, 1), other[i] = -2 * z[i] + 1;
    assert_ok(gt_agreement_measure(N, z, z, &made, &err), err);
    assert_near(made.w1, 0, 0);
    assert_near(made.correlation, 1, 1e-15);
    assert_near(made.largest, 0, 0);
    assert_ok(gt_agreement_measure(N, z, other, &made, &err), err);
    assert_near(made.correlation, -1, 1e-12);
    assert_true(made.largest > 3 && made.largest <= 4 && made.w1 > 0.5);
    for (size_t i = 0; i < N; i++) other[i] = 0.1F;
    assert_ok(gt_agreement_measure(N, z, other, &made, &err), err);
    assert_true(isnan(made.correlation));
    free(z), free(other);
}

/* ---- Images ------------------------------------------------------------------------------ */

static void cosines(void **state) {
    const float a[] = {1, 2, 3, 4}, b[] = {2, 4, 6, 8}, c[] = {4, 3, 2, 1}, zero[4] = {0};
    const float flat[] = {0.1F, 0.1F, 0.1F, 0.1F};
    gt_cosines equal = gt_cosines_of(4, a, b), turned = gt_cosines_of(4, a, c);
    assert_near(equal.plain, 1, 1e-15);
    assert_near(equal.centred, 1, 1e-15);
    assert_near(turned.plain, 20. / 30, 1e-15);
    assert_near(turned.centred, -1, 1e-15);
    gt_cosines none = gt_cosines_of(4, a, zero), even = gt_cosines_of(4, a, flat);
    assert_near(none.plain, 0, 0);
    assert_near(none.centred, 0, 0);
    assert_near(even.plain, 10 / (2 * sqrt(30)), 1e-15);
    assert_near(even.centred, 0, 0);
    assert_near(gt_cosines_of(0, a, b).plain, 0, 0);
}

static void noise_ratios(void **state) {
    const float a[] = {0, 1, 0, 1}, b[] = {0.1F, 1.1F, -0.1F, 0.9F};
    assert_near(gt_mean_square(4, a, b), 0.01, 1e-8);
    assert_near(gt_psnr(4, a, b, 1), 20, 1e-5);
    assert_near(gt_psnr(4, a, b, 255), 20 + 20 * log10(255), 1e-5);
    assert_true(gt_psnr(4, a, a, 1) == INFINITY);
}

static void pair_losses(void **state) {
    static const double cases[][3] = {
        {0, 0, 2}, {1, -1, 0}, {2, -3, 0}, {-1, 1, 4}, {-5, 5, 12}};
    for (size_t i = 0; i < 5; i++)
        assert_near(gt_pair_loss(cases[i][0], cases[i][1]), cases[i][2], 0);
}

/* ---- Summaries --------------------------------------------------------------------------- */

static void summaries(void **state) {
    gt_error err;
    gt_summary sum;
    assert_ok(gt_summarize(6, (double[]){4, NAN, 1, INFINITY, 3, 2}, &sum, &err), err);
    assert_int_equal(sum.count, 4), assert_int_equal(sum.lost, 2);
    assert_near(sum.mean, 2.5, 0);
    assert_near(sum.sd, sqrt(5. / 3), 1e-15);
    assert_near(sum.mid, 2.5, 0);
    assert_near(sum.low, 1.48, 1e-15);
    assert_near(sum.high, 3.52, 1e-15);
    assert_near(sum.least, 1, 0);
    /* squares or sums that no number holds */
    assert_ok(gt_summarize(4, (double[]){1e200, 3e200, 1e200, 3e200}, &sum, &err), err);
    assert_near(sum.mean / 1e200, 2, 1e-12);
    assert_near(sum.sd / 1e200, sqrt(4.0 / 3), 1e-12);
    assert_ok(gt_summarize(3, (double[]){1.5e308, -1.5e308, 1.5e308}, &sum, &err), err);
    assert_near(sum.mean / 1e308, 0.5, 1e-12);
    assert_ok(gt_summarize(2, (double[]){1.2e308, 1.6e308}, &sum, &err), err);
    assert_near(sum.mean / 1e308, 1.4, 1e-12);
    assert_near(sum.sd / 1e308, 0.4 / sqrt(2), 1e-12);
    assert_ok(gt_summarize(1, (double[]){7}, &sum, &err), err);
    assert_near(sum.high, 7, 0);
    assert_true(isnan(sum.sd));
    assert_ok(gt_summarize(2, (double[]){NAN, NAN}, &sum, &err), err);
    assert_true(sum.count == 0 && isnan(sum.mean) && isnan(sum.mid) && isnan(sum.least));
    assert_true(gt_quantile(2, (double[]){-INFINITY, 1}, 0) == -INFINITY);
}

/* ---- Bins -------------------------------------------------------------------------------- */

/* Every edge belongs to the bin that it opens, but for the last; so do its neighbours among the
 * doubles. */
static void bins_keep_their_edges(void **state) {
    static const gt_bins windows[] = {
        {0, 1, 10}, {-0.3, 0.1, 7}, {1e6, 1e6 + 1, 20}, {-2, 9, 1}};
    for (size_t w = 0; w < sizeof windows / sizeof *windows; w++) {
        const gt_bins *bins = &windows[w];
        for (size_t i = 0; i < bins->count; i++) {
            double edge = gt_bin_edge(bins, i);
            assert_int_equal(gt_bin_of(bins, edge), i);
            assert_int_equal(gt_bin_of(bins, nextafter(edge, -INFINITY)),
                             i > 0 ? i - 1 : bins->count);
        }
        assert_int_equal(gt_bin_of(bins, bins->high), bins->count - 1);
        assert_int_equal(gt_bin_of(bins, nextafter(bins->high, INFINITY)), bins->count);
        assert_int_equal(gt_bin_of(bins, NAN), bins->count);
    }
}

static void counting(void **state) {
    const gt_bins x = {0, 2, 2}, y = {0, 3, 3};
    const double xs[] = {0, 1, 2, 2, -1, 1, NAN}, ys[] = {0, 1.5, 3, 2, 1, 4, 1};
    double one[2] = {0}, two[6] = {0};
    assert_int_equal(gt_bins_add(&x, 7, xs, one), 5);
    assert_near(one[0], 1, 0);
    assert_near(one[1], 4, 0);
    assert_int_equal(gt_bins_add_pairs(&x, &y, 7, xs, ys, two), 4);
    const double expected[] = {1, 0, 0, 0, 1, 2};
    assert_memory_equal(two, expected, sizeof two);
}

/* A single count spreads as the distribution has it and nothing is lost, at an edge neither. */
static void smoothing(void **state) {
    gt_error err;
    const gt_bins x = {0, 1, 9}, y = {0, 1, 7};
    double contents[63] = {0}, sum = 0;
    contents[4 * 7 + 3] = 10;
    assert_ok(gt_bins_smooth(&x, &y, 0, contents, &err), err);
    assert_near(contents[4 * 7 + 3], 10, 0);
    assert_ok(gt_bins_smooth(&x, &y, 0.8, contents, &err), err);
    assert_near(contents[3 * 7 + 3] / contents[4 * 7 + 3], exp(-0.5 / 0.64), 1e-3);
    assert_near(contents[4 * 7 + 2], contents[5 * 7 + 3], 1e-3);
    contents[0] += 5;
    assert_ok(gt_bins_smooth(&x, &y, 30, contents, &err), err);
    for (size_t i = 0; i < 63; i++) sum += contents[i];
    assert_near(sum, 15, 1e-12);
    double one[1] = {3};
    assert_ok(gt_bins_smooth(&(gt_bins){0, 1, 1}, &(gt_bins){0, 1, 1}, 2, one, &err), err);
    assert_near(one[0], 3, 1e-15);
}

static gt_bins window(size_t count, const double *values, bool *is_constant) {
    gt_error err;
    gt_bins found;
    assert_ok(gt_window_find(count, values, 20, &found, is_constant, &err), err);
    assert_int_equal(found.count, 20);
    return found;
}

static void windows(void **state) {
    gt_error err;
    bool is_constant;
    double values[201];
    for (size_t i = 0; i < 201; i++) values[i] = (double)i;
    gt_bins found = window(201, values, &is_constant); /* quantiles 1 and 199 */
    assert_near(found.low, 1 - 19.8, 1e-12);
    assert_near(found.high, 199 + 19.8, 1e-12);
    assert_false(is_constant);
    values[3] = NAN, values[7] = -INFINITY;
    assert_true(window(201, values, &is_constant).low > -20);
    found = window(3, (double[]){0.6, NAN, 0.6}, &is_constant);
    assert_true(is_constant);
    assert_near(found.low, 0.1, 1e-12);
    assert_near(found.high, 1.1, 1e-12);
    found = window(1, (double[]){-1e9}, &is_constant);
    assert_near(found.low, -1.1e9, 1e-3);
    assert_near(found.high, -0.9e9, 1e-3);
    assert_int_equal(gt_window_find(1, (double[]){NAN}, 20, &found, &is_constant, &err),
                     GT_BAD_ARGUMENT);
    assert_int_equal(
        gt_window_find(2, (double[]){-1.7e308, 1.7e308}, 20, &found, &is_constant, &err),
        GT_BAD_ARGUMENT);
}

static void contours(void **state) {
    gt_error err;
    double contents[] = {1, 0, 4, 2, 3}, levels[4], masses[4];
    for (size_t i = 0; i < 4; i++) masses[i] = gt_contour_mass(0.5 * (double)(i + 1));
    assert_near(masses[0], 0.1175, 1e-4);
    assert_near(masses[3], 0.8647, 1e-4);
    /* cumulative shares 0.4, 0.7, 0.9, 1 */
    assert_ok(gt_contour_levels(5, contents, 10, 4, masses, levels, &err), err);
    const double expected[] = {4, 4, 4, 3};
    assert_memory_equal(levels, expected, sizeof levels);
    gt_levels_merge(4, levels);
    const double merged[] = {0, 0, 4, 3};
    assert_memory_equal(levels, merged, sizeof levels);
    /* Half of all lies outside: 0.2, 0.35, 0.45, 0.5 of it are here. */
    masses[0] = 0.4, masses[1] = 0.8;
    assert_ok(gt_contour_levels(5, contents, 20, 2, masses, levels, &err), err);
    assert_near(levels[0], 3, 0);
    assert_near(levels[1], 0, 0);
    double empty[3] = {0};
    assert_int_equal(gt_contour_levels(3, empty, 5, 2, masses, levels, &err), GT_BAD_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hand_made_distances),
        cmocka_unit_test(distance_of_a_shift),
        cmocka_unit_test(floats_are_as_doubles),
        cmocka_unit_test(weights_are_numbers_again),
        cmocka_unit_test(distances_refuse),
        cmocka_unit_test(agreement_of_latents),
        cmocka_unit_test(cosines),
        cmocka_unit_test(noise_ratios),
        cmocka_unit_test(pair_losses),
        cmocka_unit_test(summaries),
        cmocka_unit_test(bins_keep_their_edges),
        cmocka_unit_test(counting),
        cmocka_unit_test(smoothing),
        cmocka_unit_test(windows),
        cmocka_unit_test(contours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
