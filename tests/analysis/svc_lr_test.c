/* Support vectors and logistic regression against recordings of the reference, conditions of
 * the optimum, and cases worked out by hand. */
#include <omp.h>

#include "lr.h"
#include "rng.h"
#include "stored.h"
#include "svc.h"

static const gt_svc_settings svc_default = {.gamma = 0.2, .c = 100, .tolerance = 1e-3};
static const gt_lr_settings lr_default = {.c = 1, .iterations = 1000};

typedef struct recording {
    gt_safetensors *file;
    gt_samples train;
    size_t tests;
    float *x, *x_test;
    int32_t *labels;
} recording;

static recording open_recording(const char *path) {
    recording r;
    gt_error err;
    size_t n;
    assert_ok(gt_safetensors_open(path, &r.file, &err), err);
    r.x = stored_f32(r.file, "x_train", &n);
    r.x_test = stored_f32(r.file, "x_test", &r.tests);
    r.labels = stored_i32(r.file, "y_train", NULL);
    r.tests /= 256;
    r.train = (gt_samples){n / 256, 256, r.x, r.labels, 2};
    return r;
}

static void close_recording(recording *r) {
    gt_safetensors_close(r->file);
    free(r->x), free(r->x_test), free(r->labels);
}

static void compare(const recording *r, const char *name, const double *got, double sign,
                    double tolerance) {
    size_t n;
    double *want = stored_f64(r->file, name, &n);
    for (size_t i = 0; i < n; i++) assert_near(sign * got[i], want[i], tolerance);
    free(want);
}

static void svc_recording(const char *path) {
    recording r = open_recording(path);
    gt_svc_settings tight = svc_default;
    gt_svc *svc;
    gt_error err;
    double *f = calloc(r.tests, sizeof *f);
    size_t n;
    assert_ok(gt_svc_train(&r.train, &svc_default, &svc, &err), err);
    assert_ok(gt_svc_decide(svc, r.tests, r.x_test, f, &err), err);
    compare(&r, "svc.decision", f, -1, 1e-9);
    compare(&r, "svc.dual_coef", svc->coef, -1, 1e-9);
    compare(&r, "svc.intercept", svc->rho, 1, 1e-9);
    int32_t *support = stored_i32(r.file, "svc.support_idx", &n);
    assert_int_equal(n, svc->vectors);
    assert_memory_equal(support, svc->rows, n * sizeof *support);
    gt_svc_destroy(svc);
    tight.tolerance = 1e-8;
    assert_ok(gt_svc_train(&r.train, &tight, &svc, &err), err);
    assert_ok(gt_svc_decide(svc, r.tests, r.x_test, f, &err), err);
    compare(&r, "svc.decision_tight", f, -1, 1e-7);
    gt_svc_destroy(svc);
    free(f), free(support);
    close_recording(&r);
}

static void lr_recording(const char *path) {
    recording r = open_recording(path);
    gt_lr *lr;
    gt_error err;
    double *f = calloc(r.tests, sizeof *f);
    assert_ok(gt_lr_fit(&r.train, &lr_default, &lr, &err), err);
    gt_lr_decide(lr, r.tests, r.x_test, f);
    compare(&r, "lr.coef_tight", lr->weights, 1, 1e-6);
    compare(&r, "lr.intercept_tight", lr->bias, 1, 1e-6);
    compare(&r, "lr.decision_tight", f, 1, 1e-5);
    compare(&r, "lr.decision", f, 1, 1e-3);
    gt_lr_destroy(lr);
    free(f);
    close_recording(&r);
}

static void frdeep_like_codes(void **state) {
    const char *path = "golden/classifiers/frdeeplike_det.safetensors";
    svc_recording(path);
    lr_recording(path);
}

static void mirabest_like_codes(void **state) {
    char path[512];
    fixture_path("classifiers/mbclike_det.safetensors", path);
    svc_recording(path);
    lr_recording(path);
}

enum { ROWS = 240, FEATURES = 9 };

/* Clouds of `classes` classes that overlap. */
static void clouds(int32_t classes, size_t features, float *x, int32_t *labels) {
    gt_rng_key key = {11, 2, 0};
    gt_rng_fill_normal(key, 0, ROWS * features, x);
    for (size_t i = 0; i < ROWS; i++) {
        labels[i] = (int32_t)(i * 7 % (size_t)classes);
        x[i * features + (size_t)labels[i] % features] += 2.0f;
    }
}

/* Gradient of the sum of cross entropies and of the penalty, by plain loops. */
static void assert_stationary(const gt_lr *lr, const gt_samples *s, double c) {
    double *f = calloc(s->rows * lr->scores, sizeof *f), bias_sum = 0.0;
    gt_lr_decide(lr, s->rows, s->x, f);
    for (size_t k = 0; k < lr->scores; k++) {
        double *g = calloc(s->features + 1, sizeof *g);
        for (size_t i = 0; i < s->rows; i++) {
            double sum = lr->scores == 1 ? 1.0 + exp(f[i]) : 0.0;
            for (size_t m = 0; lr->scores > 1 && m < lr->scores; m++)
                sum += exp(f[i * lr->scores + m]);
            bool is_true = lr->scores == 1 ? s->labels[i] == 1 : (size_t)s->labels[i] == k;
            double r = c * (exp(f[i * lr->scores + k]) / sum - is_true);
            for (size_t j = 0; j < s->features; j++) g[j] += r * s->x[i * s->features + j];
            g[s->features] += r;
        }
        for (size_t j = 0; j < s->features; j++)
            assert_near(g[j], -lr->weights[k * s->features + j], 1e-9);
        assert_near(g[s->features], 0.0, 1e-9);
        bias_sum += lr->bias[k];
        free(g);
    }
    if (lr->scores > 1) assert_near(bias_sum, 0.0, 1e-9);
    free(f);
}

/* Two and five classes; fewer features than rows, and more. */
static void lr_is_at_the_optimum(void **state) {
    static float x[ROWS * 400];
    int32_t labels[ROWS];
    gt_error err;
    for (int32_t classes = 2; classes <= 5; classes += 3) {
        for (size_t features = FEATURES; features <= 400; features += 391) {
            clouds(classes, features, x, labels);
            gt_samples s = {ROWS, features, x, labels, classes};
            gt_lr_settings settings = {.c = 0.7, .iterations = 100};
            gt_lr *lr;
            assert_ok(gt_lr_fit(&s, &settings, &lr, &err), err);
            assert_stationary(lr, &s, settings.c);
            gt_lr_destroy(lr);
        }
    }
}

/* Separable classes far apart: no row is in doubt, the biases have no curvature left. */
static void lr_survives_separable_classes(void **state) {
    float x[] = {-1000, -900, -1100, 1000, 900, 1100};
    int32_t labels[] = {0, 0, 0, 1, 1, 1};
    gt_samples s = {6, 1, x, labels, 2};
    gt_lr_settings settings = {.c = 1e6, .iterations = 1000};
    gt_error err;
    gt_lr *lr;
    double f[6];
    assert_ok(gt_lr_fit(&s, &settings, &lr, &err), err);
    gt_lr_decide(lr, 6, x, f);
    for (int i = 0; i < 6; i++) assert_true((f[i] > 0) == labels[i] && isfinite(f[i]));
    gt_lr_destroy(lr);
}

static void threads_change_nothing(void **state) {
    static float x[ROWS * FEATURES];
    int32_t labels[ROWS];
    gt_error err;
    gt_lr *lr[2];
    gt_svc *svc[2];
    int threads = omp_get_max_threads();
    clouds(3, FEATURES, x, labels);
    gt_samples s = {ROWS, FEATURES, x, labels, 3};
    gt_svc_settings settings = svc_default;
    settings.folds = 5;
    for (int i = 0; i < 2; i++) {
        omp_set_num_threads(1 + 2 * i);
        assert_ok(gt_lr_fit(&s, &lr_default, &lr[i], &err), err);
        assert_ok(gt_svc_train(&s, &settings, &svc[i], &err), err);
        assert_ok(gt_svc_calibrate(svc[i], &s, &settings, &err), err);
    }
    omp_set_num_threads(threads);
    assert_memory_equal(lr[0]->weights, lr[1]->weights, 3 * FEATURES * sizeof(double));
    assert_int_equal(svc[0]->vectors, svc[1]->vectors);
    assert_memory_equal(svc[0]->coef, svc[1]->coef, 2 * svc[0]->vectors * sizeof(double));
    assert_memory_equal(svc[0]->sigmoid, svc[1]->sigmoid, 6 * sizeof(double));
    for (int i = 0; i < 2; i++) gt_lr_destroy(lr[i]), gt_svc_destroy(svc[i]);
}

/* Each pair's machine is the one that two classes alone give, and separates what is apart. */
static void svc_of_three_classes_is_three_pairs(void **state) {
    static float x[ROWS * FEATURES], y[ROWS * FEATURES];
    int32_t labels[ROWS], two[ROWS], pair = 0;
    double f[ROWS * 3], g[ROWS];
    gt_error err;
    gt_svc *svc;
    clouds(3, FEATURES, x, labels);
    gt_samples s = {ROWS, FEATURES, x, labels, 3};
    assert_ok(gt_svc_train(&s, &svc_default, &svc, &err), err);
    assert_ok(gt_svc_decide(svc, ROWS, x, f, &err), err);
    gt_svc_destroy(svc);
    for (int32_t a = 0; a < 3; a++) {
        for (int32_t b = a + 1; b < 3; b++, pair++) {
            size_t n = 0;
            for (size_t i = 0; i < ROWS; i++) {
                if (labels[i] != a && labels[i] != b) continue;
                memcpy(y + n * FEATURES, x + i * FEATURES, FEATURES * sizeof *x);
                two[n++] = labels[i] == b;
            }
            gt_samples part = {n, FEATURES, y, two, 2};
            assert_ok(gt_svc_train(&part, &svc_default, &svc, &err), err);
            assert_ok(gt_svc_decide(svc, ROWS, x, g, &err), err);
            for (size_t i = 0; i < ROWS; i++) assert_near(f[i * 3 + (size_t)pair], g[i], 1e-9);
            gt_svc_destroy(svc);
        }
    }
}

/* More rows than the ready-made kernel matrix is for: both ways meet at the optimum. */
static void svc_of_many_rows_goes_another_way(void **state) {
    enum { MANY = 4200 };
    float *x = calloc(MANY * 2, sizeof *x);
    int32_t *labels = calloc(MANY, sizeof *labels);
    double *f = calloc(MANY, sizeof *f), *g = calloc(MANY, sizeof *g);
    gt_rng_key key = {3, 3, 0};
    gt_error err;
    gt_svc *svc;
    gt_svc_settings settings = {.gamma = 0.5, .c = 0.1, .tolerance = 1e-6};
    gt_rng_fill_normal(key, 0, MANY * 2, x);
    for (size_t i = 0; i < MANY; i++) {
        labels[i] = x[2 * i] > 0;
        x[2 * i] += labels[i] ? 0.3f : -0.3f;
    }
    /* 4200 rows; and the first 2100 of them twice, which the other way is then given once with
     * twice the cost. */
    memcpy(x + MANY, x, MANY * sizeof *x);
    memcpy(labels + MANY / 2, labels, MANY / 2 * sizeof *labels);
    gt_samples all = {MANY, 2, x, labels, 2}, half = {MANY / 2, 2, x, labels, 2};
    assert_ok(gt_svc_train(&all, &settings, &svc, &err), err);
    assert_ok(gt_svc_decide(svc, MANY, x, f, &err), err);
    gt_svc_destroy(svc);
    settings.c = 0.2;
    assert_ok(gt_svc_train(&half, &settings, &svc, &err), err);
    assert_ok(gt_svc_decide(svc, MANY, x, g, &err), err);
    gt_svc_destroy(svc);
    for (size_t i = 0; i < MANY; i++) assert_near(f[i], g[i], 1e-4);
    free(x), free(labels), free(f), free(g);
}

/* At the optimum of the sigmoid the residuals are orthogonal to f and to 1. */
static void sigmoid_is_at_the_optimum(void **state) {
    enum { N = 200 };
    double f[N], sigmoid[2], sum = 0.0, product = 0.0;
    uint8_t positive[N];
    double positives = 0.0;
    gt_rng_key key = {5, 5, 0};
    for (size_t i = 0; i < N; i++) {
        f[i] = 2.0 * gt_rng_normal(key, i);
        positive[i] = f[i] + gt_rng_normal(key, N + i) > 0.3;
        positives += positive[i];
    }
    gt_svc_fit_sigmoid(N, f, positive, sigmoid);
    assert_true(sigmoid[0] < 0.0);
    for (size_t i = 0; i < N; i++) {
        double target = positive[i] ? (positives + 1.0) / (positives + 2.0)
                                    : 1.0 / (N - positives + 2.0),
               r = target - 1.0 / (1.0 + exp(sigmoid[0] * f[i] + sigmoid[1]));
        sum += r;
        product += r * f[i];
    }
    assert_near(sum, 0.0, 1e-7);
    assert_near(product, 0.0, 1e-7);
}

/* Pairs that agree with probabilities p, r_ab = p_a / (p_a + p_b), give p back. */
static void coupling_finds_consistent_probabilities(void **state) {
    double p[] = {0.5, 0.3, 0.15, 0.05}, f[6], sigmoid[12], work[20], got[4];
    gt_svc svc = {.classes = 4, .sigmoid = sigmoid};
    size_t pair = 0;
    for (size_t a = 0; a < 4; a++) {
        for (size_t b = a + 1; b < 4; b++, pair++) {
            f[pair] = log(p[a] / p[b]);
            sigmoid[2 * pair] = -1.0, sigmoid[2 * pair + 1] = 0.0;
        }
    }
    gt_svc_probabilities(&svc, f, work, got);
    for (int c = 0; c < 4; c++) assert_near(got[c], p[c], 1e-8);
    svc.sigmoid = NULL;
    gt_svc_probabilities(&svc, f, work, got);
    assert_true(isnan(got[0]) && isnan(got[3]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frdeep_like_codes),
        cmocka_unit_test(mirabest_like_codes),
        cmocka_unit_test(lr_is_at_the_optimum),
        cmocka_unit_test(lr_survives_separable_classes),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(svc_of_three_classes_is_three_pairs),
        cmocka_unit_test(svc_of_many_rows_goes_another_way),
        cmocka_unit_test(sigmoid_is_at_the_optimum),
        cmocka_unit_test(coupling_finds_consistent_probabilities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
