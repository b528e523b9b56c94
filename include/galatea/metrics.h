/* metrics.h (room: analysis) - how good a classification is.
 *
 * Labels are class numbers from 0. The binary figures take class 1 (FRII) as positive and class
 * 0 (FRI) as negative. With TP, TN, FP, FN counted so,
 *     accuracy = (TP + TN) / n,   recall = TP / (TP + FN),   specificity = TN / (TN + FP)
 * and 0/0 counts as 0, the convention of the reference (scikit-learn).
 *
 * Threads: every function may run in several threads at once. */
#ifndef GALATEA_METRICS_H
#define GALATEA_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A range that holds the true proportion with about 95 % confidence. */
typedef struct gt_interval {
    double low, high;
} gt_interval;

/* Wilson's score interval of `hits` successes in `trials` (E. B. Wilson 1927, J. Am. Stat.
 * Assoc. 22, 209): unlike p +- 1.96 sqrt(p(1-p)/n) it stays inside 0..1 and is sensible for the
 * 50 to 104 sources of a test set. hits <= trials; 0 trials give 0..1. */
gt_interval gt_wilson_interval(int64_t hits, int64_t trials);

typedef struct gt_binary_metrics {
    int64_t true_positive, true_negative, false_positive, false_negative;
    double accuracy, specificity, recall;
    double roc_auc; /* NaN when one of the two classes does not occur in the truth */
    gt_interval accuracy_interval, specificity_interval, recall_interval;
} gt_binary_metrics;

/* All figures of one binary classification of n >= 1 samples.
 * truth, predicted (n): 0 or 1; anything else is GT_BAD_ARGUMENT and names the sample.
 * score (n): larger means more like class 1; NaN is GT_NOT_FINITE, infinities are fine. */
gt_status gt_binary_metrics_compute(size_t n, const int32_t *truth, const int32_t *predicted,
                                    const double *score, gt_binary_metrics *out,
                                    gt_error *err) GT_MUST_CHECK;

/* Share of n >= 1 samples whose predicted class is the true one, for any number of classes, and
 * its interval (NULL if not wanted). Never fails. */
double gt_accuracy(size_t n, const int32_t *truth, const int32_t *predicted,
                   gt_interval *interval);

/* Area under the ROC curve: the share of pairs (positive, negative) in which the positive has
 * the larger score, an equal pair counting one half. Computed from mid-ranks: (sum of the
 * positives' mid-ranks - P(P+1)/2) / (P N). Sums of mid-ranks are exact in double up to 6e7
 * samples. Cost O(n log n), one array of n pairs. GT_BAD_ARGUMENT if a label is not 0 or 1,
 * GT_NOT_FINITE for a NaN score, *out is NaN if a class is missing. */
gt_status gt_roc_auc(size_t n, const int32_t *truth, const double *score, double *out,
                     gt_error *err) GT_MUST_CHECK;

/* Area under the curve of precision over recall as a sum of steps, without interpolation: the
 * sum over distinct scores from above of (R - R before) P. Equal scores are one step. The same
 * arguments and errors; *out is NaN without a positive. */
gt_status gt_average_precision(size_t n, const int32_t *truth, const double *score, double *out,
                               gt_error *err) GT_MUST_CHECK;

/* ---- Class by class, each against the rest ------------------------------------------------
 */

typedef enum gt_class_figure {
    GT_PRECISION, /* hits of all that were given to the class */
    GT_RECALL,    /* hits of all that are of the class */
    GT_F1,        /* their harmonic mean */
    GT_ROC_AUC_OF_CLASS,
    GT_AVERAGE_PRECISION,
    GT_CLASS_FIGURES
} gt_class_figure;

/* "precision", "recall", "f1", "roc_auc", "average_precision", as keys and columns. */
const char *gt_class_figure_name(gt_class_figure figure);

/* n answers to rows of known class, of `classes` classes by their places. */
typedef struct gt_class_answers {
    size_t n;
    int32_t classes;
    const int32_t *truth, *predicted; /* (n) 0..classes-1 */
    const double *scores; /* (n, columns) larger: more like the class of the column */
    size_t columns;
    const int32_t *column; /* (classes) which one is a class's; -1: it has none */
} gt_class_answers;

/* What is counted of them, in doubles: how often a class (row) was given to a class (column),
 * (classes, classes), then the areas under the ROC curve of each class, (classes), and its
 * average precisions, (classes). An area is NaN for a class without a row, without a row of
 * another class (ROC), without a column, and with a NaN in it. */
size_t gt_class_counts_size(int32_t classes);
GT_MUST_CHECK gt_status gt_class_count(const gt_class_answers *answers, double *counts,
                                       gt_error *err);

typedef struct gt_class_figures {
    double support, given; /* rows of the class, and given to it */
    double figure[GT_CLASS_FIGURES];
} gt_class_figures;

/* Of counts: out (classes + 2), the last two are means, plain ("macro") and weighted by
 * support. As scikit-learn has them: 0/0 counts as 0, and a class that neither a row nor an
 * answer has is not in the means; its figures are NaN. Means of areas are over the classes that
 * have one.
 */
void gt_class_figures_of(int32_t classes, const double *counts, gt_class_figures *out);

#ifdef __cplusplus
}
#endif
#endif
