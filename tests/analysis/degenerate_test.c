/* Data at the edge of what can be learned from: one row a class, rows that contradict each
 * other, columns that tell nothing, ranks below the number of features, points on top of each
 * other. What comes out is worked out here by other means. */
#include "galatea/classifier.h"
#include "galatea/evaluation.h"
#include "galatea/metrics.h"
#include "galatea/pca.h"
#include "rng.h"
#include "stored.h"
#include "tsne/affinity.h"

/* ---- Classifiers ---------------------------------------------------------------------------
 */

typedef struct fitted {
    gt_options *options;
    void *settings;
    gt_classifier *classifier;
} fitted;

/* With few trees, and 4 neighbours. */
static gt_status fit(const char *name, const gt_samples *samples, fitted *f, gt_error *err) {
    static const char *const few[][2] = {
        {"rf-trees", "400"}, {"ext-trees", "15"}, {"grad-stages", "10"}, {"k", "4"}};
    const gt_classifier_class *kind = NULL;
    *f = (fitted){.classifier = NULL};
    assert_ok(gt_classifier_class_find(name, &kind, err), *err);
    f->settings = calloc(1, kind->settings_size + 1);
    assert_ok(gt_options_create(&f->options, err), *err);
    assert_ok(gt_options_add(f->options, kind->options, f->settings, err), *err);
    for (size_t i = 0; i < sizeof few / sizeof *few; i++)
        for (size_t r = 0; r < kind->options->count; r++)
            if (strcmp(kind->options->rows[r].name, few[i][0]) == 0)
                assert_ok(gt_options_set(f->options, few[i][0], few[i][1], GT_FROM_COMMAND,
                                         NULL, err),
                          *err);
    return gt_classifier_fit(kind, samples, f->settings, GT_FEATURES_PLAIN, 1, &f->classifier,
                             err);
}

static void drop(fitted *f) {
    gt_classifier_destroy(f->classifier);
    gt_options_destroy(f->options);
    free(f->settings);
}

enum { MOST = 64 };

/* Probabilities of class 1 of two, and the classes. */
static void ask(const fitted *f, size_t n, const float *x, double *p, int32_t *predicted) {
    gt_error err;
    double both[2 * MOST], score[MOST];
    gt_prediction out = {both, score, predicted};
    assert_ok(gt_classifier_predict(f->classifier, n, x, &out, &err), err);
    for (size_t i = 0; i < n; i++) {
        assert_near(both[2 * i] + both[2 * i + 1], 1, 1e-12);
        p[i] = both[2 * i + 1];
    }
}

/* Equal rows of which three in four are of class 1: all that can be said of them is that share.
 * (The bootstrap of rf draws one of its own for each of its 400 trees.) */
static void rows_that_contradict_each_other(void **state) {
    static const struct {
        const char *name;
        double within;
    } kinds[] = {{"knn", 0}, {"ext", 1e-12}, {"lr", 1e-6}, {"grad", 1e-6}, {"rf", 0.05}};
    enum { ROWS = 16 };
    float x[ROWS * 2];
    int32_t labels[ROWS];
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        x[2 * i] = 3, x[2 * i + 1] = -1;
        labels[i] = i % 4 != 2;
    }
    const gt_samples samples = {ROWS, 2, x, labels, 2};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        gt_error err = {0};
        fitted f;
        double p[1];
        int32_t predicted[1];
        assert_ok(fit(kinds[k].name, &samples, &f, &err), err);
        ask(&f, 1, x, p, predicted);
        if (!(fabs(p[0] - 0.75) <= kinds[k].within))
            fail_msg("%s says %.9g", kinds[k].name, p[0]);
        assert_int_equal(predicted[0], 1);
        drop(&f);
    }
}

/* One row a class is enough for those that need no more: each row is then of its own class, and
 * the nearer half of the line between them goes with it. */
static void one_row_a_class(void **state) {
    static const char *const able[] = {"ext", "lr"};
    static const float x[] = {0, 0, 4, 2}, between[] = {1, 0.5f, 3, 1.5f};
    static const int32_t labels[] = {0, 1};
    const gt_samples samples = {2, 2, x, labels, 2};
    gt_error err = {0};
    fitted f;
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        double p[2];
        int32_t predicted[2];
        assert_ok(fit(able[k], &samples, &f, &err), err);
        ask(&f, 2, x, p, predicted);
        assert_int_equal(predicted[0], 0);
        assert_int_equal(predicted[1], 1);
        ask(&f, 2, between, p, predicted);
        if (strcmp(able[k], "lr") == 0) { /* the bias puts the border half-way */
            assert_int_equal(predicted[0], 0);
            assert_int_equal(predicted[1], 1);
            assert_near(p[0] + p[1], 1, 1e-6);
        }
        drop(&f);
    }
    assert_int_equal(fit("knn", &samples, &f, &err), GT_BAD_ARGUMENT);
    drop(&f);
}

/* Two clouds along the first axis. */
static void clouds(size_t rows, size_t features, float *x, int32_t *labels) {
    gt_rng_fill_normal((gt_rng_key){5, 1, 0}, 0, rows * features, x);
    for (size_t i = 0; i < rows; i++) {
        labels[i] = (int32_t)(i % 2);
        x[i * features] += labels[i] ? 1.2f : 0;
    }
}

/* A column that is the same everywhere changes no distance and no weight. */
static void constant_columns_tell_nothing(void **state) {
    static const char *const kinds[] = {"knn", "lr"};
    float x[MOST * 2], wide[MOST * 3];
    int32_t labels[MOST];
    (void)state;
    clouds(MOST, 2, x, labels);
    for (size_t i = 0; i < MOST; i++) {
        wide[3 * i] = x[2 * i], wide[3 * i + 1] = -2.5f, wide[3 * i + 2] = x[2 * i + 1];
    }
    const gt_samples plain = {MOST, 2, x, labels, 2}, more = {MOST, 3, wide, labels, 2};
    for (size_t k = 0; k < 2; k++) {
        gt_error err = {0};
        fitted f, g;
        double p[MOST], q[MOST];
        int32_t a[MOST], b[MOST];
        assert_ok(fit(kinds[k], &plain, &f, &err), err);
        assert_ok(fit(kinds[k], &more, &g, &err), err);
        ask(&f, MOST, x, p, a);
        ask(&g, MOST, wide, q, b);
        for (size_t i = 0; i < MOST; i++) {
            assert_near(q[i], p[i], k == 0 ? 0 : 1e-5);
            assert_int_equal(a[i], b[i]);
        }
        drop(&f);
        drop(&g);
    }
}

/* A second copy of every row moves no optimum where the penalty is doubled with it, and twice
 * as many neighbours vote as before. */
static void copies_of_rows_change_nothing(void **state) {
    enum { ROWS = 32 };
    static const char *const options[][3] = {{"lr", "lr-c", "0.5"}, {"knn", "k", "8"}};
    float x[2 * ROWS * 2];
    int32_t labels[2 * ROWS];
    (void)state;
    clouds(ROWS, 2, x, labels);
    memcpy(x + ROWS * 2, x, ROWS * 2 * sizeof *x);
    memcpy(labels + ROWS, labels, ROWS * sizeof *labels);
    const gt_samples once = {ROWS, 2, x, labels, 2}, twice = {2 * ROWS, 2, x, labels, 2};
    for (size_t k = 0; k < 2; k++) {
        gt_error err = {0};
        const gt_classifier_class *kind = NULL;
        fitted f, g;
        double p[ROWS], q[ROWS];
        int32_t a[ROWS], b[ROWS];
        assert_ok(fit(options[k][0], &once, &f, &err), err);
        assert_ok(fit(options[k][0], &twice, &g, &err), err);
        assert_ok(gt_options_set(g.options, options[k][1], options[k][2], GT_FROM_COMMAND, NULL,
                                 &err),
                  err);
        gt_classifier_destroy(g.classifier);
        assert_ok(gt_classifier_class_find(options[k][0], &kind, &err), err);
        assert_ok(gt_classifier_fit(kind, &twice, g.settings, GT_FEATURES_PLAIN, 1,
                                    &g.classifier, &err),
                  err);
        ask(&f, ROWS, x, p, a);
        ask(&g, ROWS, x, q, b);
        for (size_t i = 0; i < ROWS; i++) assert_near(q[i], p[i], k ? 0 : 1e-5);
        drop(&f);
        drop(&g);
    }
}

/* ---- Areas ---------------------------------------------------------------------------------
 */

/* What grows with the score has its area; the opposite has the rest of 1, ties among them. */
static void areas_follow_the_order_alone(void **state) {
    enum { N = 41 };
    int32_t truth[N];
    double score[N], cubed[N], opposite[N], got[3];
    gt_error err;
    (void)state;
    for (int i = 0; i < N; i++) {
        score[i] = (double)(i * 7 % 11) - 5; /* each of eleven values several times */
        truth[i] = i * 5 % 9 < 4;
        cubed[i] = score[i] * score[i] * score[i] * 1e3;
        opposite[i] = -score[i];
    }
    assert_ok(gt_roc_auc(N, truth, score, &got[0], &err), err);
    assert_ok(gt_roc_auc(N, truth, cubed, &got[1], &err), err);
    assert_ok(gt_roc_auc(N, truth, opposite, &got[2], &err), err);
    assert_near(got[1], got[0], 0);
    assert_near(got[2], 1 - got[0], 1e-15);
    for (int i = 0; i < N; i++) score[i] = 2; /* all are tied */
    assert_ok(gt_roc_auc(N, truth, score, &got[0], &err), err);
    assert_near(got[0], 0.5, 0);
}

/* ---- Principal components ------------------------------------------------------------------
 */

/* Three rows span a plane, whatever the number of features: two variances are the roots that
 * the trace and the minors of the rows' own products have, and the others are none. */
static void three_rows_span_a_plane(void **state) {
    enum { ROWS = 3, FEATURES = 6 };
    float x[ROWS * FEATURES];
    double centred[ROWS * FEATURES], gram[ROWS][ROWS] = {{0}}, trace = 0, minors = 0;
    gt_error err;
    gt_pca *pca = NULL;
    (void)state;
    gt_rng_fill_normal((gt_rng_key){3, 1, 0}, 0, ROWS * FEATURES, x);
    for (size_t f = 0; f < FEATURES; f++) {
        double mean = 0;
        for (size_t i = 0; i < ROWS; i++) mean += (double)x[i * FEATURES + f] / ROWS;
        for (size_t i = 0; i < ROWS; i++)
            centred[i * FEATURES + f] = (double)x[i * FEATURES + f] - mean;
    }
    for (size_t i = 0; i < ROWS; i++)
        for (size_t k = 0; k < ROWS; k++)
            for (size_t f = 0; f < FEATURES; f++)
                gram[i][k] += centred[i * FEATURES + f] * centred[k * FEATURES + f];
    for (size_t i = 0; i < ROWS; i++) {
        trace += gram[i][i];
        for (size_t k = 0; k < i; k++)
            minors += gram[i][i] * gram[k][k] - gram[i][k] * gram[k][i];
    }
    double root = sqrt(trace * trace / 4 - minors);
    const double wanted[] = {(trace / 2 + root) / (ROWS - 1), (trace / 2 - root) / (ROWS - 1)};
    assert_ok(gt_pca_compute(ROWS, FEATURES, x, &pca, &err), err);
    const double *variances = gt_pca_variances(pca);
    assert_int_equal(gt_pca_count(pca), ROWS);
    for (size_t k = 0; k < ROWS; k++) {
        assert_near(variances[k], k < 2 ? wanted[k] : 0, 1e-12 * trace);
        assert_true(variances[k] >= 0);
    }
    assert_near(gt_pca_ratio(pca, 0) + gt_pca_ratio(pca, 1), 1, 1e-12);
    assert_int_equal(gt_pca_components_for(pca, 1 - 1e-9), 2);
    assert_int_equal(gt_pca_components_for(pca, gt_pca_ratio(pca, 0) - 1e-9), 1);
    double scores[ROWS * 2]; /* two coordinates keep all distances */
    assert_ok(gt_pca_project(pca, 2, ROWS, x, scores, &err), err);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t k = 0; k < ROWS; k++) {
            double d = scores[2 * i] - scores[2 * k], e = scores[2 * i + 1] - scores[2 * k + 1];
            assert_near(d * d + e * e, gram[i][i] + gram[k][k] - 2 * gram[i][k], 1e-5 * trace);
        }
    gt_pca_destroy(pca);
}

/* ---- Affinities ----------------------------------------------------------------------------
 */

static double entropy_of(size_t k, const double *p) {
    double sum = 0;
    for (size_t i = 0; i < k; i++) sum -= p[i] > 0 ? p[i] * log(p[i]) : 0;
    return sum;
}

/* Copies of a point share its affinity evenly; where there are more of them than the
 * perplexity, no width can part them, and all that is left goes to them. */
static void copies_share_their_affinity(void **state) {
    static const double d2[] = {0, 0, 0, 4, 9, 9, 16};
    enum { K = 7 };
    double p[K], entropy;
    (void)state;
    double beta = gt_affinity_row(K, d2, 4, p, &entropy);
    assert_near(entropy_of(K, p), log(4), 1e-9);
    assert_near(entropy, log(4), 1e-9);
    assert_near(p[0], p[1], 0);
    assert_near(p[0], p[2], 0);
    assert_near(p[4], p[5], 0);
    for (size_t i = 0; i < K; i++) assert_near(p[i] / p[0], exp(-beta * d2[i]), 1e-12);
    gt_affinity_row(K, d2, 2, p, &entropy);
    for (size_t i = 0; i < K; i++) assert_near(p[i], i < 3 ? 1.0 / 3 : 0, 1e-6);
    static const double alike[] = {5, 5, 5, 5};
    gt_affinity_row(4, alike, 2, p, &entropy);
    for (size_t i = 0; i < 4; i++) assert_near(p[i], 0.25, 1e-15);
    assert_near(entropy, log(4), 1e-12);
}

/* A distance in other units is the same affinity. */
static void affinities_have_no_unit(void **state) {
    double d2[9], scaled[9], p[9], q[9];
    (void)state;
    for (size_t i = 0; i < 9; i++) d2[i] = (double)(i * i + 3), scaled[i] = d2[i] * 1e12;
    double beta = gt_affinity_row(9, d2, 3, p, NULL);
    assert_near(gt_affinity_row(9, scaled, 3, q, NULL) * 1e12 / beta, 1, 1e-6);
    for (size_t i = 0; i < 9; i++) assert_near(q[i], p[i], 1e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_that_contradict_each_other),
        cmocka_unit_test(one_row_a_class),
        cmocka_unit_test(constant_columns_tell_nothing),
        cmocka_unit_test(copies_of_rows_change_nothing),
        cmocka_unit_test(areas_follow_the_order_alone),
        cmocka_unit_test(three_rows_span_a_plane),
        cmocka_unit_test(copies_share_their_affinity),
        cmocka_unit_test(affinities_have_no_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
