/* Figures class by class against those of scikit-learn (tests/golden/classifiers/by_class.py),
 * and what becomes of classes that do not occur. */
#include "galatea/metrics.h"
#include "stored.h"

enum { MOST = 8 };

/* NaN where NaN is wanted. */
static void assert_alike(double got, double want, double apart) {
    if (isnan(want))
        assert_true(isnan(got));
    else
        assert_near(got, want, apart);
}

static void one_stored_case(const gt_safetensors *file, const char *stem, int32_t classes,
                            size_t known) {
    static const int32_t columns[2][MOST] = {{0, 1, 2, 3, 4}, {0, 1, 2, -1}};
    char name[64];
    gt_error err;
    size_t n, k = (size_t)classes;
#define PART(part) (snprintf(name, sizeof name, "%s." part, stem), name)
    int32_t *truth = stored_i32(file, PART("truth"), &n),
            *predicted = stored_i32(file, PART("predicted"), NULL),
            *confusion = stored_i32(file, PART("confusion"), NULL);
    double *scores = stored_f64(file, PART("scores"), NULL),
           *each = stored_f64(file, PART("each"), NULL),
           *means = stored_f64(file, PART("means"), NULL);
    double counts[MOST * (MOST + 2)];
    gt_class_figures got[MOST + 2];
    const gt_class_answers answers = {n,     classes,           truth, predicted, scores,
                                      known, columns[known < k]};
    assert_int_equal(gt_class_counts_size(classes), k * k + 2 * k);
    assert_ok(gt_class_count(&answers, counts, &err), err);
    gt_class_figures_of(classes, counts, got);
    for (size_t i = 0; i < k * k; i++) assert_true(counts[i] == confusion[i]);
    for (size_t i = 0; i < k; i++)
        for (size_t f = 0; f < GT_CLASS_FIGURES; f++)
            assert_alike(got[i].figure[f], each[f * k + i],
                         f < GT_ROC_AUC_OF_CLASS ? 0 : 5e-16);
    for (size_t m = 0; m < 2; m++)
        for (size_t f = 0; f < GT_CLASS_FIGURES; f++)
            if (f < GT_ROC_AUC_OF_CLASS || !isnan(means[m * GT_CLASS_FIGURES + f]))
                assert_near(got[k + m].figure[f], means[m * GT_CLASS_FIGURES + f], 5e-16);
    free(truth), free(predicted), free(confusion), free(scores), free(each), free(means);
}

static void stored_figures(void **state) {
    static const struct {
        const char *name;
        int32_t classes;
        size_t known;
    } cases[] = {{"even", 3, 3},      {"ties", 4, 4}, {"rare", 5, 5},   {"absent", 4, 4},
                 {"unlearned", 4, 3}, {"two", 2, 2},  {"nowhere", 3, 3}};
    gt_safetensors *file;
    gt_error err;
    assert_ok(gt_safetensors_open("golden/classifiers/by_class.safetensors", &file, &err), err);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        one_stored_case(file, cases[i].name, cases[i].classes, cases[i].known);
    gt_safetensors_close(file);
}

/* Worked out by hand: class 2 occurs nowhere, class 1 is given to one row and has none. */
static void classes_that_do_not_occur(void **state) {
    const int32_t truth[] = {0, 0, 0}, predicted[] = {0, 0, 1}, column[] = {0, 1, 2};
    const double scores[] = {0.9, 0.1, 0, 0.8, 0.2, 0, 0.3, 0.7, 0};
    double counts[15];
    gt_class_figures got[5];
    gt_error err;
    const gt_class_answers answers = {3, 3, truth, predicted, scores, 3, column};
    assert_ok(gt_class_count(&answers, counts, &err), err);
    gt_class_figures_of(3, counts, got);
    assert_near(got[0].figure[GT_RECALL], 2.0 / 3, 0);
    assert_near(got[1].figure[GT_PRECISION], 0, 0); /* 0/1 */
    assert_near(got[1].figure[GT_RECALL], 0, 0);    /* 0/0 */
    assert_true(isnan(got[2].figure[GT_PRECISION]) && isnan(got[2].figure[GT_F1]));
    assert_near(got[3].figure[GT_RECALL], 1.0 / 3, 1e-16); /* of the two that occur */
    assert_near(got[4].figure[GT_RECALL], 2.0 / 3, 0);     /* by support */
    for (int k = 0; k < 3; k++) assert_true(isnan(got[k].figure[GT_ROC_AUC_OF_CLASS]));
    assert_near(got[0].figure[GT_AVERAGE_PRECISION], 1, 0);
    assert_true(isnan(got[1].figure[GT_AVERAGE_PRECISION]));
    assert_true(got[3].support == 3 && got[0].given == 2);
}

/* A column with a NaN, or none at all, has no area; counts stay. */
static void scores_that_are_missing(void **state) {
    const int32_t truth[] = {0, 1, 1}, column[] = {0, 1};
    const double scores[] = {0.9, NAN, 0.8, 0.2, 0.3, 0.7};
    double counts[8];
    gt_class_figures got[4];
    gt_error err;
    gt_class_answers answers = {3, 2, truth, truth, scores, 2, column};
    assert_ok(gt_class_count(&answers, counts, &err), err);
    gt_class_figures_of(2, counts, got);
    assert_near(got[0].figure[GT_ROC_AUC_OF_CLASS], 1, 0);
    assert_true(isnan(got[1].figure[GT_ROC_AUC_OF_CLASS]));
    assert_near(got[2].figure[GT_ROC_AUC_OF_CLASS], 1, 0); /* of those that have one */
    answers.scores = NULL;
    assert_ok(gt_class_count(&answers, counts, &err), err);
    gt_class_figures_of(2, counts, got);
    assert_true(isnan(got[0].figure[GT_ROC_AUC_OF_CLASS]));
    assert_near(got[2].figure[GT_F1], 1, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stored_figures),
        cmocka_unit_test(classes_that_do_not_occur),
        cmocka_unit_test(scores_that_are_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
