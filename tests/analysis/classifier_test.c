/* Every kind of classifier through the one interface: learning, answering, files; folds, and
 * figures over seeds. */
#include "galatea/classifier.h"

#include <sys/stat.h>
#include <unistd.h>

#include "folds.h"
#include "galatea/evaluation.h"
#include "rng.h"
#include "stored.h"

enum { ROWS = 120, TESTS = 40, FEATURES = 6 };

static float values[(ROWS + TESTS) * FEATURES];
static int32_t labels[ROWS + TESTS];

/* Overlapping clouds; the rows from ROWS on are to be judged by. */
static gt_samples make_samples(int32_t classes) {
    gt_rng_fill_normal((gt_rng_key){9, 1, 0}, 0, (ROWS + TESTS) * FEATURES, values);
    for (size_t i = 0; i < ROWS + TESTS; i++) {
        labels[i] = (int32_t)(i * 5 % (size_t)classes);
        values[i * FEATURES + (size_t)labels[i]] += 1.5f;
    }
    return (gt_samples){ROWS, FEATURES, values, labels, classes};
}

/* Defaults of a kind, with few trees so that tests are quick. The struct lives as long as the
 * options. */
static gt_options *make_settings(const gt_classifier_class *kind, void *settings) {
    gt_options *options;
    gt_error err;
    assert_ok(gt_options_create(&options, &err), err);
    assert_ok(gt_options_add(options, kind->options, settings, &err), err);
    const char *few[][2] = {{"rf-trees", "15"}, {"ext-trees", "15"}, {"grad-stages", "10"}};
    for (size_t i = 0; i < 3; i++)
        for (size_t r = 0; r < kind->options->count; r++)
            if (strcmp(kind->options->rows[r].name, few[i][0]) == 0)
                assert_ok(
                    gt_options_set(options, few[i][0], few[i][1], GT_FROM_COMMAND, NULL, &err),
                    err);
    return options;
}

typedef struct answers {
    double probability[TESTS * 4], score[TESTS];
    int32_t predicted[TESTS];
} answers;

static answers ask(const gt_classifier *c) {
    answers a = {.score = {0}};
    gt_prediction out = {a.probability, a.score, a.predicted};
    gt_error err;
    assert_ok(gt_classifier_predict(c, TESTS, values + ROWS * FEATURES, &out, &err), err);
    return a;
}

/* Probabilities sum to 1; prediction, score and probability go together. */
static void check_answers(const gt_classifier_class *kind, const answers *a, int32_t classes) {
    int right = 0;
    for (size_t i = 0; i < TESTS; i++) {
        const double *p = a->probability + i * (size_t)classes;
        double sum = 0.0;
        for (int32_t c = 0; c < classes; c++) sum += p[c];
        assert_near(sum, 1.0, 1e-12);
        right += a->predicted[i] == labels[ROWS + i];
        if (strcmp(kind->name, "svc") == 0) continue; /* calibrated on other rows */
        for (int32_t c = 0; c < classes; c++) assert_true(p[c] <= p[a->predicted[i]]);
        if (classes > 2) assert_near(a->score[i], p[1], 0.0);
    }
    assert_true(right > TESTS * 2 / (classes + 1)); /* far better than by chance */
}

static void stored_and_loaded(const gt_classifier *c, const answers *a, int32_t classes) {
    gt_classifier *again;
    gt_error err;
    assert_ok(gt_classifier_save(c, "classifier_test.safetensors", &err), err);
    assert_ok(gt_classifier_load("classifier_test.safetensors", &again, &err), err);
    assert_ptr_equal(gt_classifier_class_of(again), gt_classifier_class_of(c));
    assert_int_equal(gt_classifier_features(again), FEATURES);
    assert_int_equal(gt_classifier_classes_of(again)->count, classes);
    answers b = ask(again);
    assert_memory_equal(a, &b, sizeof b);
    gt_classifier_destroy(again);
}

static void every_kind(int32_t classes) {
    size_t count;
    const gt_classifier_class *const *kinds = gt_classifier_classes(&count);
    gt_samples samples = make_samples(classes);
    assert_int_equal(count, 6);
    for (size_t i = 0; i < count; i++) {
        double settings[16];
        assert_true(kinds[i]->settings_size <= sizeof settings);
        gt_options *options = make_settings(kinds[i], settings);
        gt_classifier *c;
        gt_error err;
        assert_ok(
            gt_classifier_fit(kinds[i], &samples, settings, GT_FEATURES_PLAIN, 3, &c, &err),
            err);
        answers a = ask(c);
        check_answers(kinds[i], &a, classes);
        stored_and_loaded(c, &a, classes);
        gt_classifier_destroy(c);
        gt_options_destroy(options);
    }
    unlink("classifier_test.safetensors");
}

static void two_classes(void **state) {
    every_kind(2);
}

static void four_classes(void **state) {
    every_kind(4);
}

/* Labels with gaps, learnt and stored, give the same answers under their own numbers. */
static void labels_with_gaps(void **state) {
    static const int32_t numbers[] = {3, 100, 70000, INT32_MAX - 1};
    size_t count;
    const gt_classifier_class *const *kinds = gt_classifier_classes(&count);
    for (size_t i = 0; i < count; i++) {
        gt_samples samples = make_samples(4);
        double settings[16];
        gt_options *options = make_settings(kinds[i], settings);
        gt_classifier *c;
        gt_error err;
        assert_ok(
            gt_classifier_fit(kinds[i], &samples, settings, GT_FEATURES_PLAIN, 3, &c, &err),
            err);
        answers a = ask(c);
        gt_classifier_destroy(c);
        for (size_t r = 0; r < ROWS + TESTS; r++) labels[r] = numbers[labels[r]];
        samples.classes = INT32_MAX;
        assert_ok(
            gt_classifier_fit(kinds[i], &samples, settings, GT_FEATURES_PLAIN, 3, &c, &err),
            err);
        answers b = ask(c);
        stored_and_loaded(c, &b, 4);
        gt_classifier_destroy(c);
        assert_memory_equal(a.probability, b.probability, sizeof a.probability);
        for (size_t r = 0; r < TESTS; r++)
            assert_int_equal(b.predicted[r], numbers[a.predicted[r]]);
        gt_options_destroy(options);
    }
    unlink("classifier_test.safetensors");
}

static void probabilities_alone_or_nothing(void **state) {
    const gt_classifier_class *kind;
    gt_samples samples = make_samples(2);
    gt_classifier *c;
    gt_error err;
    double settings[16], p[2];
    gt_prediction none = {0}, only = {.probability = p};
    assert_ok(gt_classifier_class_find("lr", &kind, &err), err);
    gt_options *options = make_settings(kind, settings);
    assert_ok(gt_classifier_fit(kind, &samples, settings, GT_FEATURES_PLAIN, 0, &c, &err), err);
    assert_ok(gt_classifier_predict(c, 1, values, &none, &err), err);
    assert_ok(gt_classifier_predict(c, 1, values, &only, &err), err);
    assert_near(p[0] + p[1], 1.0, 1e-15);
    gt_classifier_destroy(c);
    gt_options_destroy(options);
}

/* Every byte of a file in turn is damaged: nothing loads, nothing breaks. */
static void damaged_files_are_refused(void **state) {
    const gt_classifier_class *kind;
    gt_samples samples = make_samples(2);
    gt_classifier *c;
    gt_error err;
    double settings[16];
    assert_ok(gt_classifier_class_find("grad", &kind, &err), err);
    gt_options *options = make_settings(kind, settings);
    assert_ok(gt_classifier_fit(kind, &samples, settings, GT_FEATURES_PLAIN, 0, &c, &err), err);
    const char *path = "damaged_test.safetensors";
    assert_ok(gt_classifier_save(c, path, &err), err);
    gt_classifier_destroy(c);
    gt_options_destroy(options);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    for (long at = 0; at < info.st_size; at += 1 + info.st_size / 300) {
        FILE *file = fopen(path, "r+b");
        fseek(file, at, SEEK_SET);
        int byte = fgetc(file);
        fseek(file, at, SEEK_SET);
        fputc(byte ^ 0x41, file);
        fclose(file);
        assert_int_not_equal(gt_classifier_load(path, &c, &err), GT_OK);
        assert_non_null(strstr(err.text, path));
        file = fopen(path, "r+b");
        fseek(file, at, SEEK_SET);
        fputc(byte, file);
        fclose(file);
    }
    assert_ok(gt_classifier_load(path, &c, &err), err);
    gt_classifier_destroy(c);
    assert_int_equal(truncate(path, info.st_size / 2), 0);
    assert_int_not_equal(gt_classifier_load(path, &c, &err), GT_OK);
    unlink(path);
    assert_int_equal(
        gt_classifier_load("golden/classifiers/metrics_ties.safetensors", &c, &err),
        GT_BAD_FORMAT);
}

static void wrong_input_is_named(void **state) {
    const gt_classifier_class *kind;
    gt_samples samples = make_samples(2);
    gt_classifier *c;
    gt_error err;
    double settings[16];
    assert_int_equal(gt_classifier_class_find("svm", &kind, &err), GT_USAGE);
    assert_string_equal(err.text, "unknown classifier 'svm'; did you mean 'svc'?");
    assert_ok(gt_classifier_class_find("knn", &kind, &err), err);
    gt_options *options = make_settings(kind, settings);
    samples.rows = 19;
    assert_int_equal(
        gt_classifier_fit(kind, &samples, settings, GT_FEATURES_PLAIN, 0, &c, &err),
        GT_BAD_ARGUMENT);
    assert_string_equal(err.text, "20 neighbours asked of 19 training rows");
    samples = make_samples(2);
    for (size_t i = 0; i < ROWS; i++) labels[i] = 1;
    samples.classes = 2;
    assert_int_equal(
        gt_classifier_fit(kind, &samples, settings, GT_FEATURES_PLAIN, 0, &c, &err),
        GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "expected at least 2 classes"));
    samples = make_samples(2);
    values[7] = NAN;
    assert_int_equal(
        gt_classifier_fit(kind, &samples, settings, GT_FEATURES_PLAIN, 0, &c, &err),
        GT_NOT_FINITE);
    assert_non_null(strstr(err.text, "row 1, feature 1"));
    gt_options_destroy(options);
}

static const char *doubt_of(const char *name) {
    static char text[256];
    const gt_classifier_class *kind;
    gt_samples samples = {ROWS, FEATURES, values, labels, 2};
    gt_error err;
    double settings[16];
    assert_ok(gt_classifier_class_find(name, &kind, &err), err);
    gt_options *options = make_settings(kind, settings);
    kind->diagnose(&samples, settings, text, sizeof text);
    gt_options_destroy(options);
    return text;
}

/* Values of another size, and one column that outweighs the others, are told with the way out.
 */
static void distances_that_tell_nothing(void **state) {
    make_samples(2);
    assert_string_equal(doubt_of("svc"), "");
    assert_string_equal(doubt_of("knn"), "");
    for (size_t i = 0; i < ROWS * FEATURES; i++) values[i] *= 1000;
    assert_non_null(strstr(doubt_of("svc"), "kernel is all but 0"));
    assert_non_null(strstr(doubt_of("svc"), "--svc-gamma 1.4e-07 (one over the variance)"));
    assert_string_equal(doubt_of("knn"), "");
    for (size_t i = 0; i < ROWS * FEATURES; i++) values[i] *= 1e-8f;
    assert_non_null(strstr(doubt_of("svc"), "kernel is all but 1"));
    for (size_t i = 3; i < ROWS * FEATURES; i += FEATURES) values[i] *= 100;
    assert_non_null(strstr(doubt_of("svc"), "column 3 holds 99.9 % of the variance"));
    assert_string_equal(doubt_of("knn"), doubt_of("svc"));
    for (size_t i = 0; i < ROWS * FEATURES; i++) values[i] = 7;
    assert_string_equal(doubt_of("svc"), "");
}

/* Trees cut nothing that differs by less than their step, and say so where that is no rounding.
 */
static void steps_that_trees_do_not_take(void **state) {
    static const char *const kinds[] = {"rf", "ext", "grad"};
    (void)state;
    for (int k = 0; k < 3; k++) {
        make_samples(2);
        assert_string_equal(doubt_of(kinds[k]), "");
        for (size_t i = 3; i < ROWS * FEATURES; i += FEATURES) values[i] *= 1e-9f;
        assert_non_null(strstr(doubt_of(kinds[k]), "1 of "));
        assert_non_null(strstr(doubt_of(kinds[k]), " columns vary by 1e-07 at most"));
        for (size_t i = 3; i < ROWS * FEATURES; i += FEATURES)
            values[i] = i % 2 ? 1 : 1.0000001f;
        assert_string_equal(doubt_of(kinds[k]), "");
        for (size_t i = 3; i < ROWS * FEATURES; i += FEATURES) values[i] = 0;
        assert_string_equal(doubt_of(kinds[k]), "");
    }
}

/* ---- Folds and figures ------------------------------------------------------------------- */

static void folds_are_even_and_follow_the_seed(void **state) {
    int32_t class[100], fold[100], again[100], other[100];
    gt_error err;
    for (int i = 0; i < 100; i++) class[i] = i < 23 ? 0 : i < 70 ? 1 : 2;
    assert_ok(gt_stratified_folds(100, class, 3, 7, 5, fold, &err), err);
    assert_ok(gt_stratified_folds(100, class, 3, 7, 5, again, &err), err);
    assert_ok(gt_stratified_folds(100, class, 3, 7, 6, other, &err), err);
    assert_memory_equal(fold, again, sizeof fold);
    assert_memory_not_equal(fold, other, sizeof fold);
    int whole[7] = {0}, part[3][7] = {{0}}, sizes[] = {23, 47, 30};
    for (int i = 0; i < 100; i++) whole[fold[i]]++, part[class[i]][fold[i]]++;
    for (int f = 0; f < 7; f++) {
        assert_in_range(whole[f], 100 / 7, 100 / 7 + 1);
        for (int c = 0; c < 3; c++) assert_in_range(part[c][f], sizes[c] / 7, sizes[c] / 7 + 1);
    }
    assert_int_equal(gt_stratified_folds(100, class, 3, 48, 5, fold, &err), GT_BAD_ARGUMENT);
    assert_string_equal(err.text, "no class has more than 47 rows, too few for 48 folds");
    /* A rare class is missing from some. */
    assert_ok(gt_stratified_folds(100, class, 3, 40, 5, fold, &err), err);
    int rare[40] = {0};
    for (int i = 0; i < 23; i++) rare[fold[i]]++;
    for (int f = 0; f < 40; f++) assert_in_range(rare[f], 0, 1);
    assert_int_equal(gt_stratified_folds(100, class, 3, 1, 5, fold, &err), GT_BAD_ARGUMENT);
}

static gt_status count_ticks(void *user, gt_fit_place place, const gt_fit_scores *verdict,
                             const double *counts, bool is_known, gt_error *err) {
    ++*(size_t *)user;
    return GT_OK;
}

/* The figures over seeds are those of fits made one by one. */
static void judged_over_seeds_and_folds(void **state) {
    const gt_classifier_class *kind;
    gt_samples samples = make_samples(2), test = samples;
    gt_evaluation j;
    gt_classifier *first, *c;
    gt_fit_scores verdict;
    gt_error err;
    size_t ticks = 0;
    double settings[16], accuracy[3], mean = 0.0, square = 0.0;
    gt_evaluation_plan plan = {
        .seed = 4, .seeds = 3, .folds = 4, .on_fit = count_ticks, .user = &ticks};
    test.x += ROWS * FEATURES, test.labels += ROWS, test.rows = TESTS;
    assert_ok(gt_classifier_class_find("ext", &kind, &err), err);
    gt_options *options = make_settings(kind, settings);
    assert_ok(gt_evaluate(kind, settings, &samples, &test, &plan, &j, &first, &err), err);
    for (size_t s = 0; s < 3; s++) {
        assert_ok(
            gt_classifier_fit(kind, &samples, settings, GT_FEATURES_PLAIN, 4 + s, &c, &err),
            err);
        assert_ok(gt_evaluate_classifier(c, &test, &verdict, &err), err);
        accuracy[s] = verdict.accuracy;
        gt_classifier_destroy(c);
        mean += accuracy[s] / 3;
    }
    for (size_t s = 0; s < 3; s++) square += (accuracy[s] - mean) * (accuracy[s] - mean);
    assert_int_equal(j.fits, 3);
    assert_near(j.accuracy.mean, mean, 1e-15);
    assert_near(j.accuracy.deviation, sqrt(square / 2), 1e-15);
    assert_near(j.first.accuracy, accuracy[0], 0.0);
    assert_int_equal(j.held_out, 12);
    assert_true(j.cv_accuracy.mean > 0.6 && j.cv_accuracy.deviation > 0.0);
    assert_true(j.cv_roc_auc.mean > 0.6 && j.cv_roc_auc.mean < 1.0);
    assert_int_equal(ticks, 15);
    assert_int_equal(gt_evaluation_fits(kind, &plan), 15);
    gt_classifier_destroy(first);
    gt_options_destroy(options);
    /* A kind without seeds is fitted once to the whole. */
    assert_ok(gt_classifier_class_find("knn", &kind, &err), err);
    options = make_settings(kind, settings);
    assert_ok(gt_evaluate(kind, settings, &samples, &test, &plan, &j, NULL, &err), err);
    assert_int_equal(j.fits, 1);
    assert_near(j.accuracy.deviation, 0.0, 0.0);
    plan.folds = 61;
    assert_int_equal(gt_evaluate(kind, settings, &samples, &test, &plan, &j, NULL, &err),
                     GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "cross-validation: no class"));
    gt_options_destroy(options);
}

/* Figures class by class are means over the fits, and counts make every row once. */
static void judged_class_by_class(void **state) {
    const gt_classifier_class *kind;
    gt_samples samples = make_samples(4), test = samples;
    gt_by_class by = {.test = NULL};
    gt_evaluation j;
    gt_error err;
    double settings[16], recall[3], mean = 0, area[3], areas = 0;
    test.x += ROWS * FEATURES, test.labels += ROWS, test.rows = TESTS;
    gt_evaluation_plan plan = {.seed = 4, .seeds = 3, .folds = 3, .by_class = &by};
    assert_ok(gt_classifier_class_find("ext", &kind, &err), err);
    gt_options *options = make_settings(kind, settings);
    assert_ok(gt_evaluate(kind, settings, &samples, &test, &plan, &j, NULL, &err), err);
    assert_int_equal(by.classes.count, 4);
    for (size_t s = 0; s < 3; s++) {
        int32_t own[TESTS];
        double score[TESTS], given = 0, hits = 0;
        gt_classifier *c;
        assert_ok(
            gt_classifier_fit(kind, &samples, settings, GT_FEATURES_PLAIN, 4 + s, &c, &err),
            err);
        answers a = ask(c);
        for (size_t i = 0; i < TESTS; i++) {
            own[i] = test.labels[i] == 2;
            score[i] = a.probability[4 * i + 2];
            given += own[i];
            hits += own[i] && a.predicted[i] == 2;
        }
        recall[s] = hits / given;
        mean += recall[s] / 3;
        assert_ok(gt_roc_auc(TESTS, own, score, &area[s], &err), err);
        areas += area[s] / 3;
        gt_classifier_destroy(c);
    }
    gt_spread got = gt_class_report_figure(by.test, 2, GT_RECALL);
    assert_near(got.mean, mean, 1e-15);
    assert_true(got.deviation > 0);
    assert_near(gt_class_report_figure(by.test, 2, GT_ROC_AUC_OF_CLASS).mean, areas, 1e-15);
    assert_int_equal(gt_class_report_fits(by.test), 3);
    assert_int_equal(gt_class_report_fits(by.held_out), 9);
    assert_near(gt_class_report_support(by.test, 4), TESTS, 1e-12);
    assert_near(gt_class_report_support(by.held_out, 4), ROWS, 1e-12);
    double hits = 0;
    for (int32_t k = 0; k < 4; k++) hits += gt_class_report_count(by.test, k, k);
    assert_near(hits / TESTS, j.accuracy.mean, 1e-12);
    gt_by_class_free(&by);
    gt_options_destroy(options);
}

/* A class without a row to learn from has figures of its own, and no area; two classes have the
 * areas of their score. */
static void classes_that_are_not_learned(void **state) {
    const gt_classifier_class *kind;
    gt_samples samples = make_samples(2), test = samples;
    gt_by_class by = {.test = NULL};
    gt_evaluation j;
    gt_error err;
    double settings[16];
    test.x += ROWS * FEATURES, test.labels += ROWS, test.rows = TESTS;
    gt_evaluation_plan plan = {.seeds = 1, .by_class = &by};
    assert_ok(gt_classifier_class_find("lr", &kind, &err), err);
    gt_options *options = make_settings(kind, settings);
    assert_ok(gt_evaluate(kind, settings, &samples, &test, &plan, &j, NULL, &err), err);
    for (int32_t k = 0; k < 2; k++)
        assert_near(gt_class_report_figure(by.test, k, GT_ROC_AUC_OF_CLASS).mean,
                    j.roc_auc.mean, 1e-15);
    assert_near(gt_class_report_figure(by.test, 1, GT_RECALL).mean, j.recall.mean, 0);
    assert_null(by.held_out);
    gt_by_class_free(&by);
    for (size_t i = ROWS; i < ROWS + 4; i++) labels[i] = 7;
    test.classes = 8;
    assert_ok(gt_evaluate(kind, settings, &samples, &test, &plan, &j, NULL, &err), err);
    assert_int_equal(by.classes.count, 3);
    assert_near(gt_class_report_figure(by.test, 2, GT_RECALL).mean, 0, 0);
    assert_true(isnan(gt_class_report_figure(by.test, 2, GT_ROC_AUC_OF_CLASS).mean));
    assert_near(gt_class_report_support(by.test, 2), 4, 0);
    gt_by_class_free(&by);
    gt_options_destroy(options);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_classes),
        cmocka_unit_test(four_classes),
        cmocka_unit_test(labels_with_gaps),
        cmocka_unit_test(probabilities_alone_or_nothing),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(wrong_input_is_named),
        cmocka_unit_test(distances_that_tell_nothing),
        cmocka_unit_test(steps_that_trees_do_not_take),
        cmocka_unit_test(folds_are_even_and_follow_the_seed),
        cmocka_unit_test(judged_over_seeds_and_folds),
        cmocka_unit_test(judged_class_by_class),
        cmocka_unit_test(classes_that_are_not_learned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
