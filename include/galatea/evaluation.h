/* evaluation.h (room: analysis) - how well a kind of classifier does: on test rows, over
 * several seeds, and by cross-validation inside the training rows, so that models can be
 * selected without the test rows. */
#ifndef GALATEA_EVALUATION_H
#define GALATEA_EVALUATION_H

#include <stdbool.h>

#include "galatea/classifier.h"
#include "galatea/metrics.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Mean and standard deviation (divisor count - 1; 0 of one) of several figures. */
typedef struct gt_spread {
    double mean, deviation;
} gt_spread;

/* ---- Class by class ------------------------------------------------------------------------
 */

/* Figures of more classes than these are not told one by one. */
enum { GT_CLASSES_JUDGED = 256 };

/* Counts (gt_class_count) of several fits, and means over them. */
typedef struct gt_class_report gt_class_report;

/* wholes: how often the fits go over all rows together; counts are divided by it. *out is
 * yours.
 */
GT_MUST_CHECK gt_status gt_class_report_create(int32_t classes, size_t wholes,
                                               gt_class_report **out, gt_error *err);
void gt_class_report_destroy(gt_class_report *report); /* accepts NULL */
void gt_class_report_add(gt_class_report *report, const double *counts);

/* What it was made for. */
int32_t gt_class_report_classes(const gt_class_report *report);
size_t gt_class_report_fits(const gt_class_report *report); /* that were added */
/* How often rows of class `truth` were given to another, and rows of a class there are. */
double gt_class_report_count(const gt_class_report *report, int32_t truth, int32_t given);
double gt_class_report_support(const gt_class_report *report, int32_t row);
/* Over those fits that have the figure; mean NaN: none has. row: a class; `classes`: the mean
 * over classes, one more: that weighted by support. */
gt_spread gt_class_report_figure(const gt_class_report *report, int32_t row,
                                 gt_class_figure figure);

/* Those of an evaluation; a zeroed one can be freed. */
typedef struct gt_by_class {
    gt_classes classes; /* of the rows to learn from and of those to judge by */
    /* NULL: there are more than GT_CLASSES_JUDGED, or no cross-validation. */
    gt_class_report *test, *held_out;
} gt_by_class;
/* Leaves it zeroed. */
void gt_by_class_free(gt_by_class *by_class);

/* ---- Fits ----------------------------------------------------------------------------------
 */

/* The scores of one fit. A row whose class is not in the training rows counts as wrong.
 * `binary` is of the rows of two classes, where there are no more to learn from, the second
 * being positive; all 0 of more classes. */
typedef struct gt_fit_scores {
    double accuracy;
    gt_binary_metrics binary;
    bool is_one_class; /* all rows (two at least) were given to one and the same class */
} gt_fit_scores;

/* One of the fits of an evaluation. */
typedef struct gt_fit_place {
    uint64_t seed;
    int32_t
        fold; /* that is held out; -1: fit to all training rows, evaluated on the test rows */
} gt_fit_place;

typedef struct gt_evaluation_plan {
    uint64_t seed; /* the first one; further ones follow it */
    size_t seeds;  /* at least 1 */
    int32_t folds; /* of the cross-validation; 0: none */
    gt_feature_scaling
        scaling; /* by the rows that each fit learns from: of a fold those outside it */
    /* Filled with figures class by class, which are freed by the caller; NULL: nobody asks. Of
     * two classes areas are those of the score, of more those of the probabilities; a class
     * that a fit did not learn has none. */
    gt_by_class *by_class;
    /* Whether the scores of this fit are known from an earlier call: then it is not made again.
     * counts: gt_class_count, of by_class->classes; NULL: not asked for. NULL: none are. */
    bool (*find_known)(void *user, gt_fit_place place, gt_fit_scores *out, double *counts);
    /* Called after each fit, also a known one; a status other than GT_OK stops the evaluation.
     * NULL: not wanted. */
    gt_status (*on_fit)(void *user, gt_fit_place place, const gt_fit_scores *verdict,
                        const double *counts, bool is_known, gt_error *err);
    void *user;
} gt_evaluation_plan;

typedef struct gt_evaluation {
    size_t fits; /* seeds on the test rows; 1 for a kind without seeds */
    /* Over these. Of two classes; else all but accuracy are 0. */
    gt_spread accuracy, roc_auc, specificity, recall;
    /* Of the means, as if their hits were of one classifier. */
    gt_interval accuracy_interval, specificity_interval, recall_interval;
    gt_binary_metrics first; /* of the first seed, of two classes */
    bool is_one_class;       /* each of these fits gave all test rows to one class */
    size_t held_out;         /* parts of the cross-validation: folds x seeds */
    gt_spread cv_accuracy;   /* over these parts */
    gt_spread cv_roc_auc;    /* over those that hold both classes out; NaN: none does */
} gt_evaluation;

/* How many fits gt_evaluate makes: how often it calls on_fit. */
size_t gt_evaluation_fits(const gt_classifier_class *kind, const gt_evaluation_plan *plan);

/* The classes of both, as by_class has them. */
GT_MUST_CHECK gt_status gt_judged_classes(const gt_samples *train, const gt_samples *test,
                                          gt_classes *out, gt_error *err);

/* Fits to `train` with each seed (a kind without seeds once) and evaluates on `test`. For each
 * seed in turn the training rows are dealt into stratified folds, the same for every
 * kind, and each fold is evaluated with a fit to the others; where these are of one class
 * alone, it is the answer to every row. *first (NULL allowed) becomes the fit of the first
 * seed, which is always made anew. Errors are those of fitting, of the folds and of on_fit, or
 * GT_INTERRUPTED. */
GT_MUST_CHECK gt_status gt_evaluate(const gt_classifier_class *kind, const void *settings,
                                    const gt_samples *train, const gt_samples *test,
                                    const gt_evaluation_plan *plan, gt_evaluation *out,
                                    gt_classifier **first, gt_error *err);

/* Several evaluations of one kind on codes of runs that differ in the seed of their training
 * alone. */
typedef struct gt_evaluated_runs {
    size_t runs;
    /* Of the runs' means: what another seed may do. Of two classes; else all but accuracy are
     * 0. */
    gt_spread accuracy, roc_auc, specificity, recall, cv_accuracy, cv_roc_auc;
    gt_interval accuracy_interval; /* of the mean, as if its hits were of one run */
    size_t held_out;               /* parts of each run's cross-validation; 0: there was none */
    /* Root mean square of the runs' own deviations: what other folds may do. */
    double cv_accuracy_folds, cv_roc_auc_folds;
} gt_evaluated_runs;

/* runs (count, at least 1) by `trials` test rows each. */
gt_evaluated_runs gt_evaluate_runs(const gt_evaluation *const *runs, size_t count,
                                   int64_t trials);

/* Answers of one fitted classifier to rows of known class. */
GT_MUST_CHECK gt_status gt_evaluate_classifier(const gt_classifier *classifier,
                                               const gt_samples *rows, gt_fit_scores *out,
                                               gt_error *err);

#ifdef __cplusplus
}
#endif
#endif
