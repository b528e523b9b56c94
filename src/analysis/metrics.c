/* metrics.c - confusion counts, areas under curves (ROC by mid-ranks, precision over recall),
 * Wilson intervals. */
#include "galatea/metrics.h"

#include <math.h>
#include <stdlib.h>

static double ratio(int64_t part, int64_t whole) {
    return whole ? (double)part / (double)whole : 0.0;
}

gt_interval gt_wilson_interval(int64_t hits, int64_t trials) {
    if (trials <= 0) return (gt_interval){0.0, 1.0};
    const double z = 1.959963984540054; /* normal quantile of 97.5 % */
    double n = (double)trials, p = (double)hits / n;
    double scale = 1.0 / (1.0 + z * z / n);
    double centre = scale * (p + z * z / (2.0 * n));
    double half = scale * z * sqrt(p * (1.0 - p) / n + z * z / (4.0 * n * n));
    /* The ends are exact at 0 and n hits; rounding must not push them outside 0..1. */
    return (gt_interval){hits == 0 ? 0.0 : fmax(0.0, centre - half),
                         hits == trials ? 1.0 : fmin(1.0, centre + half)};
}

double gt_accuracy(size_t n, const int32_t *truth, const int32_t *predicted,
                   gt_interval *interval) {
    int64_t hits = 0;
    for (size_t i = 0; i < n; i++) hits += truth[i] == predicted[i];
    if (interval) *interval = gt_wilson_interval(hits, (int64_t)n);
    return ratio(hits, (int64_t)n);
}

static gt_status check_binary(size_t n, const char *what, const int32_t *labels,
                              gt_error *err) {
    for (size_t i = 0; i < n; i++) {
        if (labels[i] != 0 && labels[i] != 1)
            return gt_fail(err, GT_BAD_ARGUMENT,
                           "%s class of sample %zu is %d, expected 0 or 1", what, i, labels[i]);
    }
    return GT_OK;
}

typedef struct scored {
    double score;
    int32_t positive;
} scored;

static int by_score(const void *left, const void *right) {
    const scored *a = left, *b = right;
    return (a->score > b->score) - (a->score < b->score);
}

/* Twice the sum of the positives' mid-ranks, so that every summand is a whole number. */
static double twice_rank_sum(size_t n, const scored *sorted) {
    double sum = 0.0;
    for (size_t begin = 0, end; begin < n; begin = end) {
        int64_t positives = 0;
        for (end = begin; end < n && sorted[end].score == sorted[begin].score; end++)
            positives += sorted[end].positive;
        sum += (double)positives * (double)(begin + 1 + end);
    }
    return sum;
}

/* In rising order of the score; to be freed. */
static gt_status sort_scores(size_t n, const int32_t *truth, const double *score, scored **out,
                             int64_t *positives, gt_error *err) {
    gt_status status = GT_OK;
    scored *sorted = NULL;
    GT_TRY(check_binary(n, "true", truth, err));
    sorted = calloc(n ? n : 1, sizeof *sorted);
    if (!sorted) GT_THROW(err, GT_NO_MEMORY, "no memory to sort %zu scores", n);
    *positives = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(score[i]))
            GT_THROW(err, GT_NOT_FINITE, "the score of sample %zu is not a number", i);
        sorted[i] = (scored){score[i], truth[i]};
        *positives += truth[i];
    }
    qsort(sorted, n, sizeof *sorted, by_score);
    *out = sorted;
    sorted = NULL;
done:
    free(sorted);
    return status;
}

gt_status gt_roc_auc(size_t n, const int32_t *truth, const double *score, double *out,
                     gt_error *err) {
    gt_status status = GT_OK;
    scored *sorted = NULL;
    int64_t positives = 0;
    GT_TRY(sort_scores(n, truth, score, &sorted, &positives, err));
    double p = (double)positives, q = (double)((int64_t)n - positives);
    *out =
        p > 0.0 && q > 0.0 ? (twice_rank_sum(n, sorted) - p * (p + 1.0)) / (2.0 * p * q) : NAN;
done:
    free(sorted);
    return status;
}

gt_status gt_average_precision(size_t n, const int32_t *truth, const double *score, double *out,
                               gt_error *err) {
    gt_status status = GT_OK;
    scored *sorted = NULL;
    int64_t positives = 0, hits = 0;
    double sum = 0;
    GT_TRY(sort_scores(n, truth, score, &sorted, &positives, err));
    for (size_t end = n, begin; end > 0; end = begin) {
        int64_t more = 0;
        for (begin = end; begin > 0 && sorted[begin - 1].score == sorted[end - 1].score;)
            more += sorted[--begin].positive;
        hits += more;
        sum += (double)more / (double)positives * ((double)hits / (double)(n - begin));
    }
    *out = positives > 0 ? sum : (double)NAN;
done:
    free(sorted);
    return status;
}

gt_status gt_binary_metrics_compute(size_t n, const int32_t *truth, const int32_t *predicted,
                                    const double *score, gt_binary_metrics *out,
                                    gt_error *err) {
    gt_status status = GT_OK;
    gt_binary_metrics m = {0};
    if (n == 0) GT_THROW(err, GT_BAD_ARGUMENT, "0 samples to judge, expected at least 1");
    GT_TRY(check_binary(n, "predicted", predicted, err));
    GT_TRY(gt_roc_auc(n, truth, score, &m.roc_auc, err));
    for (size_t i = 0; i < n; i++) {
        m.true_positive += truth[i] == 1 && predicted[i] == 1;
        m.true_negative += truth[i] == 0 && predicted[i] == 0;
        m.false_positive += truth[i] == 0 && predicted[i] == 1;
        m.false_negative += truth[i] == 1 && predicted[i] == 0;
    }
    int64_t positives = m.true_positive + m.false_negative;
    int64_t negatives = m.true_negative + m.false_positive;
    m.accuracy = gt_accuracy(n, truth, predicted, &m.accuracy_interval);
    m.recall = ratio(m.true_positive, positives);
    m.specificity = ratio(m.true_negative, negatives);
    m.recall_interval = gt_wilson_interval(m.true_positive, positives);
    m.specificity_interval = gt_wilson_interval(m.true_negative, negatives);
    *out = m;
done:
    return status;
}
