/* Principal components against the reference, a problem worked out by hand, and themselves:
 * rows in blocks, any number of threads. */
#include "galatea/pca.h"

#include <omp.h>

#include "rng.h"
#include "stored.h"

enum { ROWS = 300, FEATURES = 37 };

/* A cloud with a large offset and a few strong directions. */
static float *cloud(void) {
    float *x = calloc(ROWS * FEATURES, sizeof *x);
    gt_rng_key key = {7, 1, 0};
    assert_non_null(x);
    gt_rng_fill_normal(key, 0, ROWS * FEATURES, x);
    for (size_t i = 0; i < ROWS * FEATURES; i++) {
        size_t j = i % FEATURES;
        x[i] = x[i] / (float)(1 + j) + 0.5f * x[i - j] + 100.0f;
    }
    return x;
}

static void one_recording(const char *path, size_t first, size_t second) {
    gt_safetensors *file;
    gt_error err;
    gt_pca *pca;
    size_t n, m;
    assert_ok(gt_safetensors_open(path, &file, &err), err);
    float *train = stored_f32(file, "x_train", &n), *test = stored_f32(file, "x_test", &m);
    double *ratio = stored_f64(file, "pca.explained_variance_ratio", NULL),
           *component = stored_f64(file, "pca.components4", NULL),
           *score = stored_f64(file, "pca.scores4_test", NULL),
           *mean = stored_f64(file, "pca.mean", NULL), *got = calloc(m / 64, sizeof *got);
    assert_ok(gt_pca_compute(n / 256, 256, train, &pca, &err), err);
    assert_ok(gt_pca_project(pca, 4, m / 256, test, got, &err), err);
    for (size_t i = 0; i < 256; i++) {
        assert_near(gt_pca_ratio(pca, i), ratio[i], 1e-9);
        assert_near(gt_pca_mean(pca)[i], mean[i], 1e-7); /* the reference adds floats */
    }
    /* Signs as well: the rule is the reference's. */
    for (size_t i = 0; i < 1024; i++)
        assert_near(gt_pca_components(pca)[i], component[i], 1e-7);
    for (size_t i = 0; i < m / 64; i++) assert_near(got[i], score[i], 1e-6);
    assert_int_equal(gt_pca_components_for(pca, 0.95), first);
    assert_int_equal(gt_pca_components_for(pca, 0.98), second);
    gt_pca_destroy(pca);
    gt_safetensors_close(file);
    free(train), free(test), free(ratio), free(component), free(score), free(mean), free(got);
}

static void mirabest_like_codes(void **state) {
    char path[512];
    one_recording(fixture_path("classifiers/mbclike_det.safetensors", path), 4, 7);
}

static void frdeep_like_codes(void **state) {
    char path[512];
    one_recording(fixture_path("classifiers/frdeeplike_det.safetensors", path), 4, 6);
}

/* Points on the line (1, 2, 2) t: one component, variance 9 var(t). */
static void a_line_has_one_component(void **state) {
    float x[] = {0, 0, 0, 1, 2, 2, 2, 4, 4, 5, 10, 10};
    gt_pca *pca;
    gt_error err;
    assert_ok(gt_pca_compute(4, 3, x, &pca, &err), err);
    assert_near(gt_pca_variances(pca)[0], 9.0 * 14.0 / 3.0, 1e-12);
    assert_near(gt_pca_variances(pca)[1], 0.0, 1e-12);
    assert_near(gt_pca_components(pca)[0], 1.0 / 3.0, 1e-14); /* t = 5 is farthest: positive */
    assert_near(gt_pca_components(pca)[1], 2.0 / 3.0, 1e-14);
    assert_int_equal(gt_pca_components_for(pca, 0.999), 1);
    assert_int_equal(gt_pca_components_for(pca, 0.0), 0);
    gt_pca_destroy(pca);
}

static void components_are_orthonormal_and_variances_are_those_of_the_scores(void **state) {
    float *x = cloud();
    double *scores = calloc(ROWS * FEATURES, sizeof *scores);
    gt_pca *pca;
    gt_error err;
    assert_ok(gt_pca_compute(ROWS, FEATURES, x, &pca, &err), err);
    assert_ok(gt_pca_project(pca, FEATURES, ROWS, x, scores, &err), err);
    const double *c = gt_pca_components(pca);
    for (size_t i = 0; i < FEATURES; i++) {
        for (size_t j = 0; j <= i; j++) {
            double dot = 0.0, cov = 0.0;
            for (size_t k = 0; k < FEATURES; k++)
                dot += c[i * FEATURES + k] * c[j * FEATURES + k];
            for (size_t r = 0; r < ROWS; r++)
                cov += scores[r * FEATURES + i] * scores[r * FEATURES + j] / (ROWS - 1.0);
            assert_near(dot, i == j ? 1.0 : 0.0, 1e-13);
            assert_near(cov, i == j ? gt_pca_variances(pca)[i] : 0.0, 1e-11);
        }
        if (i > 0) assert_true(gt_pca_variances(pca)[i] <= gt_pca_variances(pca)[i - 1]);
    }
    gt_pca_destroy(pca);
    free(x), free(scores);
}

static void blocks_and_threads_change_nothing(void **state) {
    float *x = cloud();
    gt_pca *whole, *cut, *single;
    gt_error err;
    int threads = omp_get_max_threads();
    omp_set_num_threads(3);
    assert_ok(gt_pca_compute(ROWS, FEATURES, x, &whole, &err), err);
    omp_set_num_threads(1);
    assert_ok(gt_pca_compute(ROWS, FEATURES, x, &single, &err), err);
    omp_set_num_threads(threads);
    assert_memory_equal(gt_pca_components(whole), gt_pca_components(single),
                        FEATURES * FEATURES * sizeof(double));
    assert_ok(gt_pca_create(FEATURES, &cut, &err), err);
    for (size_t first = 0; first < ROWS; first += 70) {
        size_t count = ROWS - first < 70 ? ROWS - first : 70;
        assert_ok(gt_pca_add(cut, count, x + first * FEATURES, &err), err);
    }
    assert_ok(gt_pca_finish(cut, &err), err);
    for (size_t first = 0; first < ROWS; first += 70) {
        size_t count = ROWS - first < 70 ? ROWS - first : 70;
        assert_ok(gt_pca_orient(cut, FEATURES, count, x + first * FEATURES, &err), err);
    }
    gt_pca_orient_finish(cut);
    for (size_t i = 0; i < FEATURES * FEATURES; i++)
        assert_near(gt_pca_components(cut)[i], gt_pca_components(whole)[i], 1e-9);
    gt_pca_destroy(whole), gt_pca_destroy(cut), gt_pca_destroy(single);
    free(x);
}

static void few_rows_have_the_components_of_their_covariance(void **state) {
    enum { FEW = 12 };
    float *x = cloud();
    double few_scores[FEW * FEW], scores[FEW * FEW];
    gt_pca *few, *whole;
    gt_error err;
    assert_ok(gt_pca_compute(FEW, FEATURES, x, &few, &err), err);
    assert_int_equal(gt_pca_count(few), FEW);
    assert_ok(gt_pca_create(FEATURES, &whole, &err), err);
    assert_ok(gt_pca_add(whole, FEW, x, &err), err);
    assert_ok(gt_pca_finish(whole, &err), err);
    assert_ok(gt_pca_orient(whole, FEATURES, FEW, x, &err), err);
    gt_pca_orient_finish(whole);
    assert_int_equal(gt_pca_count(whole), FEATURES);
    for (size_t j = 0; j < FEATURES; j++)
        assert_near(gt_pca_mean(few)[j], gt_pca_mean(whole)[j], 1e-12);
    for (size_t i = 0; i < FEW; i++)
        assert_near(gt_pca_ratio(few, i), gt_pca_ratio(whole, i), 1e-12);
    assert_ok(gt_pca_project(few, FEW - 1, FEW, x, few_scores, &err), err);
    assert_ok(gt_pca_project(whole, FEW - 1, FEW, x, scores, &err), err);
    for (size_t i = 0; i < FEW * (FEW - 1); i++) assert_near(few_scores[i], scores[i], 1e-10);
    assert_int_equal(gt_pca_components_for(few, 0.9), gt_pca_components_for(whole, 0.9));
    assert_int_equal(gt_pca_project(few, FEW + 1, FEW, x, scores, &err), GT_BAD_ARGUMENT);
    assert_string_equal(err.text, "13 components of 12");
    gt_pca_destroy(few), gt_pca_destroy(whole);
    free(x);
}

static void equal_rows_have_no_variance(void **state) {
    float x[] = {3, 4, 3, 4, 3, 4};
    gt_pca *pca;
    gt_error err;
    assert_ok(gt_pca_compute(3, 2, x, &pca, &err), err);
    assert_near(gt_pca_ratio(pca, 0), 0.0, 0.0);
    assert_near(gt_pca_mean(pca)[1], 4.0, 0.0);
    gt_pca_destroy(pca);
}

static void wrong_input_is_named(void **state) {
    float x[] = {1, 2, 3, NAN};
    gt_pca *pca;
    gt_error err;
    assert_int_equal(gt_pca_create(0, &pca, &err), GT_UNSUPPORTED);
    assert_int_equal(gt_pca_compute(2, 2, x, &pca, &err), GT_NOT_FINITE);
    assert_string_equal(err.text, "row 1, feature 1 is nan, expected a finite number");
    assert_int_equal(gt_pca_compute(1, 2, x, &pca, &err), GT_BAD_ARGUMENT);
    assert_string_equal(err.text, "principal components of 1 rows, expected at least 2");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mirabest_like_codes),
        cmocka_unit_test(frdeep_like_codes),
        cmocka_unit_test(a_line_has_one_component),
        cmocka_unit_test(components_are_orthonormal_and_variances_are_those_of_the_scores),
        cmocka_unit_test(blocks_and_threads_change_nothing),
        cmocka_unit_test(few_rows_have_the_components_of_their_covariance),
        cmocka_unit_test(equal_rows_have_no_variance),
        cmocka_unit_test(wrong_input_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
