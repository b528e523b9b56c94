/* Distances between two distributions against their definitions, pair by pair and by hand. */
#include <omp.h>

#include "frechet.h"
#include "judged_sets.h"

/* ---- Energy and kernel ------------------------------------------------------------------- */

static double mean_distance(const gt_points *a, const gt_points *b) {
    double sum = 0.0;
    for (size_t i = 0; i < a->rows; i++)
        for (size_t j = 0; j < b->rows; j++) sum += sqrt(plain_squared(a, i, b, j));
    return sum / ((double)a->rows * (double)b->rows);
}

static double kernel(const gt_points *a, size_t i, const gt_points *b, size_t j) {
    double sum = 0.0;
    for (size_t c = 0; c < a->columns; c++)
        sum += (double)a->x[i * a->columns + c] * (double)b->x[j * b->columns + c];
    return pow(sum / (double)a->columns + 1.0, 3.0);
}

static double mean_kernel(const gt_points *a, const gt_points *b, bool is_within) {
    double sum = 0.0, pairs = 0.0;
    for (size_t i = 0; i < a->rows; i++)
        for (size_t j = 0; j < b->rows; j++) {
            if (is_within && i == j) continue;
            sum += kernel(a, i, b, j);
            pairs += 1.0;
        }
    return sum / pairs;
}

static double plain_energy(const gt_points *a, const gt_points *b) {
    return 2.0 * mean_distance(a, b) - mean_distance(a, a) - mean_distance(b, b);
}

static double plain_kernel(const gt_points *a, const gt_points *b) {
    return mean_kernel(a, a, true) + mean_kernel(b, b, true) - 2.0 * mean_kernel(a, b, false);
}

static gt_two_sample compare(const gt_points *a, const gt_points *b, size_t permutations) {
    gt_error err = {0};
    gt_two_sample out;
    gt_two_sample_settings settings = {permutations, 0, 3};
    assert_ok(gt_two_sample_compare(a, b, &settings, &out, NULL, NULL, &err), err);
    return out;
}

/* More than one block, with rests; far from the origin, where digits are lost. */
static void follows_the_definitions(void **state) {
    gt_points a = make_points("a", 301, 7, 1, 30.0f, 1.0f),
              b = make_points("b", 277, 7, 2, 30.2f, 1.3f);
    gt_two_sample two = compare(&a, &b, 0);
    (void)state;
    assert_near(two.energy, plain_energy(&a, &b), 1e-12);
    assert_near(two.kernel, plain_kernel(&a, &b), 1e-9 * mean_kernel(&a, &b, false));
    assert_true(isnan(two.p));
    free_points(&a), free_points(&b);
}

static void halves_are_halves(void **state) {
    gt_error err = {0};
    gt_points a = make_points("a", 8, 3, 1, 0.0f, 1.0f),
              b = make_points("b", 9, 3, 2, 1.0f, 1.0f);
    double energies[8], kernels[8];
    gt_two_sample out;
    gt_two_sample_settings settings = {0, 4, 5};
    bool is_found[2] = {false};
    (void)state;
    assert_ok(gt_two_sample_compare(&a, &b, &settings, &out, energies, kernels, &err), err);
    /* Which four of eight and of nine rows they are: all that there are. */
    for (unsigned of_a = 0; of_a < 256; of_a++)
        for (unsigned of_b = 0; of_b < 512; of_b++) {
            float x[4 * 3], y[4 * 3];
            if (__builtin_popcount(of_a) != 4 || __builtin_popcount(of_b) != 4) continue;
            for (size_t r = 0, n = 0; r < 8; r++)
                if (of_a >> r & 1) memcpy(x + 3 * n++, a.x + 3 * r, 3 * sizeof *x);
            for (size_t r = 0, n = 0; r < 9; r++)
                if (of_b >> r & 1) memcpy(y + 3 * n++, b.x + 3 * r, 3 * sizeof *y);
            gt_points half_a = {"a", 4, 3, x}, half_b = {"b", 4, 3, y};
            if (fabs(plain_energy(&half_a, &half_b) - energies[0]) > 1e-11) continue;
            is_found[0] = true;
            is_found[1] |= fabs(plain_kernel(&half_a, &half_b) - kernels[0]) < 1e-9;
        }
    assert_true(is_found[0] && is_found[1]);
    free_points(&a), free_points(&b);
}

static void permutations_tell_sets_apart(void **state) {
    gt_points a = make_points("a", 60, 4, 1, 0.0f, 1.0f),
              b = make_points("b", 70, 4, 2, 0.0f, 1.0f),
              off = make_points("off", 70, 4, 3, 1.0f, 1.0f);
    (void)state;
    assert_true(compare(&a, &b, 999).p > 0.05);
    assert_near(compare(&a, &off, 999).p, 0.001, 1e-15); /* none as large but itself */
    /* A set beside itself is less apart than chance has it. */
    assert_near(compare(&a, &a, 999).p, 1.0, 1e-15);
    free_points(&a), free_points(&b), free_points(&off);
}

/* The share of chance is that of the p-value: uniform where nothing differs. */
static void p_is_uniform_by_chance(void **state) {
    int below = 0;
    (void)state;
    for (uint64_t s = 0; s < 200; s++) {
        gt_points a = make_points("a", 20, 2, 1000 + s, 0.0f, 1.0f),
                  b = make_points("b", 20, 2, 2000 + s, 0.0f, 1.0f);
        below += compare(&a, &b, 99).p <= 0.2;
        free_points(&a), free_points(&b);
    }
    assert_in_range(below, 23, 57); /* 40, within 3 deviations */
}

static void equal_rows_are_at_zero(void **state) {
    gt_points a = make_points("a", 40, 64, 1, 200.0f, 1.0f), b = copy_points("b", &a, 40),
              flat = make_constant("flat", 30, 5, 7.3f),
              level = make_constant("level", 9, 5, 7.3f);
    (void)state;
    assert_near(compare(&a, &b, 0).energy, 0.0, 1e-13);
    gt_two_sample two = compare(&flat, &level, 99);
    assert_true(two.energy == 0.0);
    assert_near(two.p, 1.0, 0.0);
    free_points(&a), free_points(&b), free_points(&flat), free_points(&level);
}

static void threads_change_no_bit(void **state) {
    gt_error err = {0};
    gt_points a = make_points("a", 700, 20, 1, 0.0f, 1.0f),
              b = make_points("b", 600, 20, 2, 0.1f, 1.0f);
    double energies[2][20], kernels[2][20], frechet[2][6];
    gt_two_sample out[2];
    gt_two_sample_settings settings = {33, 10, 1};
    int before = omp_get_max_threads();
    (void)state;
    for (int i = 0; i < 2; i++) {
        omp_set_num_threads(i ? 3 : 1);
        assert_ok(
            gt_two_sample_compare(&a, &b, &settings, &out[i], energies[i], kernels[i], &err),
            err);
        assert_ok(gt_frechet_halves(&a, &b, 3, 1, frechet[i], &err), err);
    }
    omp_set_num_threads(before);
    assert_memory_equal(&out[0], &out[1], sizeof out[0]);
    assert_memory_equal(energies[0], energies[1], sizeof energies[0]);
    assert_memory_equal(kernels[0], kernels[1], sizeof kernels[0]);
    assert_memory_equal(frechet[0], frechet[1], sizeof frechet[0]);
    free_points(&a), free_points(&b);
}

/* ---- Frechet ----------------------------------------------------------------------------- */

static gt_frechet frechet(const gt_points *a, const gt_points *b) {
    gt_error err = {0};
    gt_frechet out;
    assert_ok(gt_frechet_distance(a, b, &out, &err), err);
    return out;
}

/* Variances 2 and 8, means 1 and 4, by hand: 9 + (sqrt 2 - sqrt 8)^2 = 11. */
static void frechet_by_hand(void **state) {
    const float x[] = {0, 2}, y[] = {2, 6};
    gt_points a = {"a", 2, 1, x}, b = {"b", 2, 1, y};
    gt_frechet f = frechet(&a, &b);
    (void)state;
    assert_near(f.value, 11.0, 1e-12);
    assert_near(f.mean, 9.0, 1e-12);
    assert_near(f.covariance, 2.0, 1e-12);
}

/* Rows s and -s along each of four axes that lie askew: the axes are the eigenvectors, 2 s s /
 * 7 the variances, and none of a column is 0 where s is. */
static gt_points along_axes(const float s[4]) {
    static const float axes[4][4] = {{.5f, .5f, .5f, .5f},
                                     {.5f, -.5f, .5f, -.5f},
                                     {.5f, .5f, -.5f, -.5f},
                                     {.5f, -.5f, -.5f, .5f}};
    gt_points out = make_constant("axes", 8, 4, 0.0f);
    float *x = (float *)(uintptr_t)out.x;
    for (size_t i = 0; i < 32; i++)
        x[i] = (i < 16 ? s[i / 4 % 4] : -s[i / 4 % 4]) * axes[i / 4 % 4][i % 4];
    return out;
}

/* Covariances that have a Cholesky factor, and those of fewer dimensions: of one, the other and
 * both. */
static void frechet_of_known_spectra(void **state) {
    static const float s[4][4] = {{1, 2, 3, 4}, {4, 2, 1, 1}, {1, 2, 3, 0}, {2, 0, 0, 4}};
    (void)state;
    for (size_t i = 0; i < 16; i++) {
        const float *s_a = s[i / 4], *s_b = s[i % 4];
        gt_points a = along_axes(s_a), b = along_axes(s_b);
        double want = 0.0;
        for (size_t c = 0; c < 4; c++) want += pow((double)s_a[c] - (double)s_b[c], 2) * 2 / 7;
        bool is_regular = i / 4 < 2 && i % 4 < 2; /* else roots of rounding count */
        assert_near(frechet(&a, &b).value, want, is_regular ? 1e-12 : 1e-6);
        free_points(&a), free_points(&b);
    }
}

/* The number of rows and that of columns are two ways to one number. */
static void fewer_rows_than_columns(void **state) {
    gt_points a = make_points("a", 12, 12, 1, 0.0f, 1.0f),
              b = make_points("b", 40, 12, 2, 0.3f, 1.0f),
              wide_a = make_constant("a", 12, 50, 0.0f),
              wide_b = make_constant("b", 40, 50, 0.0f);
    (void)state;
    for (size_t r = 0; r < 40; r++) {
        if (r < 12)
            memcpy((float *)(uintptr_t)wide_a.x + r * 50 + 3, a.x + r * 12, 12 * sizeof(float));
        memcpy((float *)(uintptr_t)wide_b.x + r * 50 + 3, b.x + r * 12, 12 * sizeof(float));
    }
    assert_near(frechet(&wide_a, &wide_b).value, frechet(&a, &b).value, 1e-9);
    free_points(&a), free_points(&b), free_points(&wide_a), free_points(&wide_b);
}

static void of_equal_sets_it_is_zero(void **state) {
    gt_points a = make_points("a", 50, 6, 1, 100.0f, 1.0f), b = copy_points("b", &a, 50),
              flat = make_constant("flat", 30, 5, 7.3f);
    (void)state;
    assert_true(frechet(&a, &b).value == 0.0);
    assert_true(frechet(&flat, &flat).value == 0.0);
    free_points(&a), free_points(&b), free_points(&flat);
}

/* Of two sets of one distribution the distance is made of counts alone, and goes. */
static void the_limit_is_nearer_zero(void **state) {
    gt_error err = {0};
    gt_points a = make_points("a", 400, 10, 1, 0.0f, 1.0f),
              b = make_points("b", 400, 10, 2, 0.0f, 1.0f);
    double limit, again;
    (void)state;
    assert_ok(gt_frechet_limit(&a, &b, 1, &limit, &err), err);
    assert_ok(gt_frechet_limit(&a, &b, 1, &again, &err), err);
    assert_true(limit == again);
    assert_true(fabs(limit) < 0.5 * frechet(&a, &b).value);
    gt_points few = {"few", 19, 10, a.x};
    assert_int_equal(gt_frechet_limit(&few, &b, 1, &limit, &err), GT_USAGE);
    assert_string_equal(err.text, "few has 19 rows, expected at least 20");
    free_points(&a), free_points(&b);
}

/* ---- Vendi ------------------------------------------------------------------------------- */

static double vendi(const gt_points *points) {
    gt_error err = {0};
    double out;
    assert_ok(gt_vendi_score(points, &out, &err), err);
    return out;
}

static void counts_different_rows(void **state) {
    const float axes[] = {3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 5},
                dark[] = {1, 0, 0, 0, 0, 0, 0, 0};
    gt_points four = {"four", 4, 3, axes}, flat = make_constant("flat", 30, 5, 7.3f),
              wide = {"wide", 2, 6, axes}, half_dark = {"dark", 4, 2, dark};
    (void)state;
    /* Lengths do not matter; the third axis is there twice: exp of the entropy of 1/4 1/4 1/2.
     */
    assert_near(vendi(&four), exp(0.5 * log(4.0) + 0.5 * log(2.0)), 1e-12);
    assert_near(vendi(&flat), 1.0, 1e-12);
    assert_near(vendi(&wide), 2.0, 1e-12); /* fewer rows than columns */
    assert_near(vendi(&half_dark), exp(0.25 * log(4.0) + 0.75 * log(4.0 / 3.0)), 1e-12);
    free_points(&flat);
}

/* ---- Refusals ---------------------------------------------------------------------------- */

static void refuses(void **state) {
    gt_error err = {0};
    float x[] = {1, 2, 3, 4, 5, 6};
    gt_points one = {"one", 1, 2, x}, good = {"good", 3, 2, x}, other = {"other", 2, 3, x};
    gt_frechet f;
    double score;
    (void)state;
    assert_int_equal(gt_frechet_distance(&one, &good, &f, &err), GT_USAGE);
    assert_string_equal(err.text, "one has 1 rows, expected at least 2");
    assert_int_equal(gt_frechet_distance(&good, &other, &f, &err), GT_USAGE);
    assert_string_equal(err.text, "other has rows of 3 numbers, expected 2");
    x[3] = NAN;
    assert_int_equal(gt_vendi_score(&good, &score, &err), GT_NOT_FINITE);
    assert_string_equal(err.text, "good: row 1, number 1 is nan, expected a finite number");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_definitions),
        cmocka_unit_test(halves_are_halves),
        cmocka_unit_test(permutations_tell_sets_apart),
        cmocka_unit_test(p_is_uniform_by_chance),
        cmocka_unit_test(equal_rows_are_at_zero),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(frechet_by_hand),
        cmocka_unit_test(frechet_of_known_spectra),
        cmocka_unit_test(fewer_rows_than_columns),
        cmocka_unit_test(of_equal_sets_it_is_zero),
        cmocka_unit_test(the_limit_is_nearer_zero),
        cmocka_unit_test(counts_different_rows),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
