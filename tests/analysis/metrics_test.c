/* Accuracy, specificity, recall, area under the ROC curve and intervals, against stored figures
 * of the reference, brute force, and cases worked out by hand. */
#include "galatea/metrics.h"
#include "stored.h"

static void one_stored_case(const gt_safetensors *file, int number) {
    char name[32];
    gt_error err;
    size_t n;
#define PART(part) (snprintf(name, sizeof name, "m%d.%s", number, part), name)
    int32_t *truth = stored_i32(file, PART("y"), &n),
            *predicted = stored_i32(file, PART("pred"), NULL);
    int32_t *counts = stored_i32(file, PART("tn_fp_fn_tp"), NULL);
    double *score = stored_f64(file, PART("score"), NULL),
           *want = stored_f64(file, PART("metrics"), NULL);
    gt_binary_metrics got;
    assert_ok(gt_binary_metrics_compute(n, truth, predicted, score, &got, &err), err);
    assert_int_equal(got.true_negative, counts[0]);
    assert_int_equal(got.false_positive, counts[1]);
    assert_int_equal(got.false_negative, counts[2]);
    assert_int_equal(got.true_positive, counts[3]);
    assert_near(got.accuracy, want[0], 0.0);
    assert_near(got.roc_auc, want[1], 1.2e-16); /* a last bit: the reference adds trapezoids */
    assert_near(got.specificity, want[2], 0.0);
    assert_near(got.recall, want[3], 0.0);
    free(truth), free(predicted), free(counts), free(score), free(want);
}

static void stored_figures(void **state) {
    gt_safetensors *file;
    gt_error err;
    assert_ok(gt_safetensors_open("golden/classifiers/metrics_ties.safetensors", &file, &err),
              err);
    for (int i = 0; i < 10; i++) one_stored_case(file, i);
    gt_safetensors_close(file);
}

/* The definition, pair by pair. */
static double auc_by_pairs(size_t n, const int32_t *truth, const double *score) {
    double wins = 0.0, pairs = 0.0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            if (truth[i] != 1 || truth[j] != 0) continue;
            pairs += 1.0;
            wins += score[i] > score[j] ? 1.0 : score[i] == score[j] ? 0.5 : 0.0;
        }
    }
    return wins / pairs;
}

static void auc_is_the_share_of_ordered_pairs(void **state) {
    enum { N = 157 };
    int32_t truth[N];
    double score[N], got;
    gt_error err;
    for (int levels = 1; levels <= 64; levels *= 4) {
        uint32_t x = 12345;
        for (int i = 0; i < N; i++) {
            x = x * 1664525u + 1013904223u;
            truth[i] = (x >> 16) % 3 == 0;
            x = x * 1664525u + 1013904223u;
            score[i] = (double)((x >> 16) % (unsigned)levels) - 7.0;
        }
        assert_ok(gt_roc_auc(N, truth, score, &got, &err), err);
        assert_near(got, auc_by_pairs(N, truth, score), 1e-15);
    }
}

static void infinite_scores_have_an_order(void **state) {
    int32_t truth[] = {0, 1, 0, 1};
    double score[] = {-INFINITY, INFINITY, INFINITY, 0.0}, got;
    gt_error err;
    assert_ok(gt_roc_auc(4, truth, score, &got, &err), err);
    assert_near(got, 0.625, 0.0); /* 1 + 0.5 + 1 + 0 of 4 pairs */
}

static void a_missing_class_has_no_auc(void **state) {
    int32_t truth[] = {0, 0, 0}, predicted[] = {0, 1, 0};
    double score[] = {0.1, 0.9, 0.2};
    gt_binary_metrics got;
    gt_error err;
    assert_ok(gt_binary_metrics_compute(3, truth, predicted, score, &got, &err), err);
    assert_true(isnan(got.roc_auc));
    assert_near(got.recall, 0.0, 0.0); /* 0/0 counts as 0 */
    assert_near(got.specificity, 2.0 / 3.0, 0.0);
    assert_near(got.recall_interval.low, 0.0, 0.0);
    assert_near(got.recall_interval.high, 1.0, 0.0);
}

static void accuracy_of_ten_classes(void **state) {
    int32_t truth[10], predicted[10];
    gt_interval interval;
    for (int i = 0; i < 10; i++) truth[i] = i, predicted[i] = i == 7 ? 3 : i;
    assert_near(gt_accuracy(10, truth, predicted, &interval), 0.9, 0.0);
    /* By hand: (0.9 + z^2/20 +- z sqrt(0.009 + z^2/400)) / (1 + z^2/10) with z = 1.95996. */
    assert_near(interval.low, 0.5958499732047615, 1e-12);
    assert_near(interval.high, 0.9821237869049271, 1e-12);
}

static void intervals_stay_inside(void **state) {
    for (int64_t n = 1; n <= 104; n++) {
        gt_interval none = gt_wilson_interval(0, n), all = gt_wilson_interval(n, n);
        assert_true(none.low == 0.0 && none.high < 1.0 && all.high == 1.0 && all.low > 0.0);
        assert_near(none.high, 1.0 - all.low, 1e-15);
        for (int64_t hits = 0; hits <= n; hits++) {
            gt_interval i = gt_wilson_interval(hits, n);
            double p = (double)hits / (double)n;
            assert_true(i.low <= p && p <= i.high && i.low >= 0.0 && i.high <= 1.0);
        }
    }
    assert_near(gt_wilson_interval(0, 0).high, 1.0, 0.0);
}

static void wrong_input_is_named(void **state) {
    int32_t good[] = {0, 1, 1}, bad[] = {0, 1, 2}, none[] = {0, -1, 1};
    double score[] = {0.0, 0.5, 1.0}, nan_score[] = {0.0, NAN, 1.0};
    gt_binary_metrics out;
    double auc;
    gt_error err;
    assert_int_equal(gt_binary_metrics_compute(0, good, good, score, &out, &err),
                     GT_BAD_ARGUMENT);
    assert_int_equal(gt_binary_metrics_compute(3, good, bad, score, &out, &err),
                     GT_BAD_ARGUMENT);
    assert_string_equal(err.text, "predicted class of sample 2 is 2, expected 0 or 1");
    assert_int_equal(gt_roc_auc(3, none, score, &auc, &err), GT_BAD_ARGUMENT);
    assert_string_equal(err.text, "true class of sample 1 is -1, expected 0 or 1");
    assert_int_equal(gt_roc_auc(3, good, nan_score, &auc, &err), GT_NOT_FINITE);
    assert_string_equal(err.text, "the score of sample 1 is not a number");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stored_figures),
        cmocka_unit_test(auc_is_the_share_of_ordered_pairs),
        cmocka_unit_test(infinite_scores_have_an_order),
        cmocka_unit_test(a_missing_class_has_no_auc),
        cmocka_unit_test(accuracy_of_ten_classes),
        cmocka_unit_test(intervals_stay_inside),
        cmocka_unit_test(wrong_input_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
