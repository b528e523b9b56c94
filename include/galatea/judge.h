/* judge.h (room: analysis) - how well a kind of classifier does: on test rows, over several
 * seeds, and by cross-validation inside the training rows, so that nobody need choose by the
 * test rows. */
#ifndef GALATEA_JUDGE_H
#define GALATEA_JUDGE_H

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

/* What came of one fit. A row of a class that was not learnt from is missed. `binary` is of the
 * rows of two classes, where there are no more to learn from, the second being positive; all 0
 * of more classes. */
typedef struct gt_verdict {
    double accuracy;
    gt_binary_metrics binary;
    bool is_one_class; /* all rows (two at least) were given to one and the same class */
} gt_verdict;

/* One of the fits that a judgement rests upon. */
typedef struct gt_fit_place {
    uint64_t seed;
    int32_t fold; /* that is held out; -1: all rows to learn from, judged by the test rows */
} gt_fit_place;

typedef struct gt_judge_plan {
    uint64_t seed; /* the first one; further ones follow it */
    size_t seeds;  /* at least 1 */
    int32_t folds; /* of the cross-validation; 0: none */
    /* Whether this fit's verdict is known from before: then it is not made. NULL: none is. */
    bool (*recall)(void *user, gt_fit_place place, gt_verdict *out);
    /* Called after each fit, also one recalled; may stop by its status. NULL: nobody asks. */
    gt_status (*tell)(void *user, gt_fit_place place, const gt_verdict *verdict,
                      bool is_recalled, gt_error *err);
    void *user;
} gt_judge_plan;

typedef struct gt_judgement {
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
} gt_judgement;

/* How many fits gt_judge makes: how often it calls tell. */
size_t gt_judge_fits(const gt_classifier_class *kind, const gt_judge_plan *plan);

/* Fits to `train` with each seed (a kind without seeds once) and judges by `test`. For each
 * seed in turn the training rows are dealt into stratified folds, the same for every
 * kind, and each fold is judged by a fit to the others; where these are of one class alone, it
 * is the answer to every row. *first (NULL allowed) becomes the fit of the first seed, which is
 * then made and not recalled. Errors are those of fitting, of the folds and of tell, or
 * GT_INTERRUPTED. */
GT_MUST_CHECK gt_status gt_judge(const gt_classifier_class *kind, const void *settings,
                                 const gt_samples *train, const gt_samples *test,
                                 const gt_judge_plan *plan, gt_judgement *out,
                                 gt_classifier **first, gt_error *err);

/* Several judgements of one kind by codes of runs that differ in the seed of their training
 * alone. */
typedef struct gt_judged_runs {
    size_t runs;
    /* Of the runs' means: what another seed may do. Of two classes; else all but accuracy are
     * 0. */
    gt_spread accuracy, roc_auc, specificity, recall, cv_accuracy, cv_roc_auc;
    gt_interval accuracy_interval; /* of the mean, as if its hits were of one run */
    size_t held_out;               /* parts of each run's cross-validation; 0: there was none */
    /* Root mean square of the runs' own deviations: what other folds may do. */
    double cv_accuracy_folds, cv_roc_auc_folds;
} gt_judged_runs;

/* runs (count, at least 1) by `trials` test rows each. */
gt_judged_runs gt_judge_runs(const gt_judgement *const *runs, size_t count, int64_t trials);

/* Answers of one fitted classifier to rows of known class. */
GT_MUST_CHECK gt_status gt_judge_answers(const gt_classifier *classifier,
                                         const gt_samples *rows, gt_verdict *out,
                                         gt_error *err);

#ifdef __cplusplus
}
#endif
#endif
