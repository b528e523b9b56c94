/* Classifiers of scaled features against those of scikit-learn
 * (tests/golden/classifiers/scaled.py); what scaling leaves alone, and what is stored of it. */
#include "feature_scale.h"

#include <unistd.h>

#include "folds.h"
#include "galatea/evaluation.h"
#include "stored.h"

enum { ROWS = 90, TESTS = 40, FEATURES = 6, MOST_CLASSES = 3 };

typedef struct golden {
    gt_safetensors *file;
    int32_t classes;
    float *x; /* (ROWS + TESTS, FEATURES) */
    int32_t *labels;
    gt_samples train;
} golden;

static const char *part(const golden *g, const char *what) {
    static char name[32];
    snprintf(name, sizeof name, "%d.%s", g->classes, what);
    return name;
}

static golden open_golden(int32_t classes) {
    golden g = {.classes = classes};
    gt_error err;
    assert_ok(gt_safetensors_open("golden/classifiers/scaled.safetensors", &g.file, &err), err);
    g.x = stored_f32(g.file, part(&g, "x"), NULL);
    g.labels = stored_i32(g.file, part(&g, "labels"), NULL);
    g.train = (gt_samples){ROWS, FEATURES, g.x, g.labels, classes};
    return g;
}

static void close_golden(golden *g) {
    gt_safetensors_close(g->file);
    free(g->x), free(g->labels);
}

/* Few trees, so that tests are quick, and support vectors to the last digit. */
static gt_classifier *fit(const char *name, const gt_samples *samples,
                          gt_feature_scaling scaling) {
    static const char *const own[][2] = {
        {"rf-trees", "9"}, {"ext-trees", "9"}, {"grad-stages", "5"}, {"svc-tolerance", "1e-8"}};
    const gt_classifier_class *kind;
    gt_options *options;
    gt_classifier *c;
    gt_error err;
    double settings[16];
    assert_ok(gt_classifier_class_find(name, &kind, &err), err);
    assert_ok(gt_options_create(&options, &err), err);
    assert_ok(gt_options_add(options, kind->options, settings, &err), err);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strncmp(own[i][0], name, strlen(name)) == 0)
            assert_ok(
                gt_options_set(options, own[i][0], own[i][1], GT_FROM_COMMAND, NULL, &err),
                err);
    assert_ok(gt_classifier_fit(kind, samples, settings, scaling, 3, &c, &err), err);
    gt_options_destroy(options);
    return c;
}

typedef struct answers {
    double probability[TESTS * MOST_CLASSES], score[TESTS];
    int32_t predicted[TESTS];
} answers;

static answers ask(const gt_classifier *c, const float *x) {
    answers a = {.score = {0}};
    gt_prediction out = {a.probability, a.score, a.predicted};
    gt_error err;
    assert_ok(gt_classifier_predict(c, TESTS, x + ROWS * FEATURES, &out, &err), err);
    return a;
}

static void compare(const golden *g, const char *what, const double *got, double apart) {
    size_t n;
    double *want = stored_f64(g->file, part(g, what), &n);
    for (size_t i = 0; i < n; i++) assert_near(got[i], want[i], apart);
    free(want);
}

static void mean_and_deviation(void **state) {
    golden g = open_golden(2);
    gt_feature_scale scale;
    gt_error err;
    size_t n;
    assert_ok(gt_feature_scale_learn(&g.train, &scale, &err), err);
    double *mean = stored_f64(g.file, part(&g, "mean"), &n),
           *deviation = stored_f64(g.file, part(&g, "deviation"), NULL);
    assert_int_equal(n, FEATURES);
    for (size_t f = 0; f < FEATURES; f++) {
        assert_near(scale.mean[f], mean[f], 1e-14 * deviation[f]);
        assert_near(scale.deviation[f] / deviation[f], 1, 1e-12);
    }
    assert_true(scale.deviation[FEATURES - 1] == 1); /* a constant one */
    assert_true(scale.mean[FEATURES - 1] == g.x[FEATURES - 1]);
    free(mean), free(deviation);
    gt_feature_scale_free(&scale);
    close_golden(&g);
}

/* Values are rounded to floats once they are scaled, which scikit-learn does not do. */
static void stored_answers(void **state) {
    static const char *const kinds[] = {"knn", "lr"};
    for (int32_t classes = 2; classes <= MOST_CLASSES; classes++) {
        golden g = open_golden(classes);
        for (size_t i = 0; i < 2; i++) {
            gt_classifier *c = fit(kinds[i], &g.train, GT_FEATURES_STANDARD);
            answers a = ask(c, g.x);
            compare(&g, kinds[i], a.probability, i == 0 ? 1e-15 : 1e-6);
            gt_classifier_destroy(c);
        }
        close_golden(&g);
    }
}

static void stored_support_vectors(void **state) {
    golden g = open_golden(2);
    gt_classifier *c = fit("svc", &g.train, GT_FEATURES_STANDARD);
    answers a = ask(c, g.x);
    int32_t *predicted = stored_i32(g.file, part(&g, "svc_class"), NULL);
    compare(&g, "svc", a.score, 2e-5);
    assert_memory_equal(a.predicted, predicted, sizeof a.predicted);
    free(predicted);
    gt_classifier_destroy(c);
    close_golden(&g);
}

/* By powers of two, which leave every bit of what is scaled as it is. */
static void units_are_of_no_matter(void **state) {
    static const float factors[FEATURES] = {0x1p-9f, 0x1p20f, 0x1p7f, 0x1p-3f, 4, 0x1p9f};
    size_t count;
    const gt_classifier_class *const *kinds = gt_classifier_classes(&count);
    golden g = open_golden(2), other = open_golden(2);
    for (size_t i = 0; i < (ROWS + TESTS) * FEATURES; i++) other.x[i] *= factors[i % FEATURES];
    for (size_t i = 0; i < count; i++) {
        gt_classifier *a = fit(kinds[i]->name, &g.train, GT_FEATURES_STANDARD),
                      *b = fit(kinds[i]->name, &other.train, GT_FEATURES_STANDARD);
        answers of_a = ask(a, g.x), of_b = ask(b, other.x);
        assert_memory_equal(&of_a, &of_b, sizeof of_a);
        gt_classifier_destroy(a);
        gt_classifier_destroy(b);
    }
    gt_classifier *plain = fit("knn", &g.train, GT_FEATURES_PLAIN),
                  *scaled = fit("knn", &g.train, GT_FEATURES_STANDARD);
    answers of_plain = ask(plain, g.x), of_scaled = ask(scaled, g.x);
    assert_memory_not_equal(&of_plain, &of_scaled, sizeof of_plain);
    gt_classifier_destroy(plain);
    gt_classifier_destroy(scaled);
    close_golden(&g);
    close_golden(&other);
}

static const char *version_of(const char *path) {
    static char version[8];
    gt_safetensors *file;
    gt_error err;
    assert_ok(gt_safetensors_open(path, &file, &err), err);
    snprintf(version, sizeof version, "%s", gt_safetensors_metadata(file, "version"));
    gt_safetensors_close(file);
    return version;
}

/* What is loaded scales as it did; without a scale the file is of the form before it. */
static void stored_and_loaded(void **state) {
    const char *path = "feature_scale_test.safetensors";
    size_t count;
    const gt_classifier_class *const *kinds = gt_classifier_classes(&count);
    golden g = open_golden(3);
    gt_error err;
    for (size_t i = 0; i < 2 * count; i++) {
        gt_feature_scaling how = i < count ? GT_FEATURES_STANDARD : GT_FEATURES_PLAIN;
        gt_classifier *c = fit(kinds[i % count]->name, &g.train, how), *again;
        assert_ok(gt_classifier_save(c, path, &err), err);
        assert_string_equal(version_of(path), how == GT_FEATURES_STANDARD ? "3" : "2");
        assert_ok(gt_classifier_load(path, &again, &err), err);
        answers a = ask(c, g.x), b = ask(again, g.x);
        assert_memory_equal(&a, &b, sizeof a);
        gt_classifier_destroy(c);
        gt_classifier_destroy(again);
    }
    unlink(path);
    close_golden(&g);
}

static void scales_that_do_not_do(void **state) {
    const char *path = "feature_scale_test.safetensors";
    double mean[2] = {0, 0}, deviation[2] = {1, 0};
    const gt_feature_scale scale = {mean, deviation};
    gt_feature_scale got = {0};
    gt_safetensors_writer *writer;
    gt_safetensors *file;
    gt_error err;
    assert_ok(gt_safetensors_writer_create(&writer, &err), err);
    assert_ok(gt_feature_scale_save(&scale, 2, writer, &err), err);
    assert_ok(gt_safetensors_writer_save(writer, path, 1, &err), err);
    gt_safetensors_writer_destroy(writer);
    assert_ok(gt_safetensors_open(path, &file, &err), err);
    assert_int_equal(gt_feature_scale_load(file, 2, &got, &err), GT_BAD_FORMAT);
    assert_non_null(strstr(err.text, "'scale.deviation' of feature 1 is 0, not above 0"));
    gt_feature_scale_free(&got);
    assert_int_not_equal(gt_feature_scale_load(file, 3, &got, &err), GT_OK);
    gt_feature_scale_free(&got);
    gt_safetensors_close(file);
    unlink(path);
}

/* A value that no float holds once it is scaled is named, and nothing is answered. */
static void values_far_beyond(void **state) {
    golden g = open_golden(2);
    gt_classifier *c = fit("lr", &g.train, GT_FEATURES_STANDARD);
    int32_t predicted[1];
    const gt_prediction out = {.predicted = predicted};
    gt_error err;
    g.x[0] = 1e38f;
    assert_int_equal(gt_classifier_predict(c, 1, g.x, &out, &err), GT_NOT_FINITE);
    assert_non_null(strstr(err.text, "scaled query row 0, feature 0"));
    gt_classifier_destroy(c);
    close_golden(&g);
}

/* ---- Folds ------------------------------------------------------------------------------- */

enum { FOLDS = 3 };

static gt_status note(void *user, gt_fit_place place, const gt_fit_scores *verdict,
                      const double *counts, bool is_known, gt_error *err) {
    if (place.fold >= 0) ((gt_fit_scores *)user)[place.fold] = *verdict;
    return GT_OK;
}

/* Rows of a fold (held) or outside it. */
static gt_samples rows_of(const golden *g, const int32_t *folds, int32_t fold, bool held,
                          float *x, int32_t *labels) {
    size_t n = 0;
    for (size_t i = 0; i < ROWS; i++) {
        if ((folds[i] == fold) != held) continue;
        memcpy(x + n * FEATURES, g->x + i * FEATURES, FEATURES * sizeof *x);
        labels[n++] = g->labels[i];
    }
    return (gt_samples){n, FEATURES, x, labels, g->classes};
}

/* The scale of a fold is that of the rows outside it: the held-out ones have no say. */
static void folds_have_their_own_scale(void **state) {
    golden g = open_golden(2);
    const gt_classifier_class *kind;
    gt_fit_scores got[FOLDS], want;
    gt_evaluation evaluation;
    gt_error err;
    const struct {
        double c;
        int64_t iterations;
    } settings = {1, 1000};
    int32_t folds[ROWS], labels[ROWS];
    float x[ROWS * FEATURES];
    const gt_evaluation_plan plan = {.seed = 5,
                                     .seeds = 1,
                                     .folds = FOLDS,
                                     .scaling = GT_FEATURES_STANDARD,
                                     .on_fit = note,
                                     .user = got};
    g.x[3] = 1e9f; /* spoils the scale of those who look at it */
    assert_ok(gt_classifier_class_find("lr", &kind, &err), err);
    assert_true(kind->settings_size == sizeof settings);
    assert_ok(gt_evaluate(kind, &settings, &g.train, &g.train, &plan, &evaluation, NULL, &err),
              err);
    assert_ok(gt_stratified_folds(ROWS, g.labels, 2, FOLDS, 5, folds, &err), err);
    for (int32_t fold = 0; fold < FOLDS; fold++) {
        gt_samples learnt = rows_of(&g, folds, fold, false, x, labels);
        gt_classifier *c = fit("lr", &learnt, GT_FEATURES_STANDARD);
        gt_samples held = rows_of(&g, folds, fold, true, x, labels);
        assert_ok(gt_evaluate_classifier(c, &held, &want, &err), err);
        assert_near(got[fold].accuracy, want.accuracy, 0);
        assert_near(got[fold].binary.roc_auc, want.binary.roc_auc, 0);
        gt_classifier_destroy(c);
    }
    close_golden(&g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mean_and_deviation),     cmocka_unit_test(stored_answers),
        cmocka_unit_test(stored_support_vectors), cmocka_unit_test(units_are_of_no_matter),
        cmocka_unit_test(stored_and_loaded),      cmocka_unit_test(scales_that_do_not_do),
        cmocka_unit_test(values_far_beyond),      cmocka_unit_test(folds_have_their_own_scale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
