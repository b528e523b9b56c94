/* judge.h (room: analysis) - how well a kind of classifier does: on test rows, over several
 * seeds, and by cross-validation inside the training rows, so that nobody need choose by the
 * test rows. */
#ifndef GALATEA_JUDGE_H
#define GALATEA_JUDGE_H

#include "galatea/classifier.h"
#include "galatea/metrics.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Mean and standard deviation (divisor count - 1; 0 of one) of several figures. */
typedef struct gt_spread {
    double mean, deviation;
} gt_spread;

typedef struct gt_judge_plan {
    uint64_t seed; /* the first one; further ones follow it */
    size_t seeds;  /* at least 1 */
    int32_t folds; /* of the cross-validation; 0: none */
    /* Called after each fit; NULL: nobody asks. */
    void (*tick)(void *user);
    void *user;
} gt_judge_plan;

typedef struct gt_judgement {
    size_t fits; /* seeds on the test rows; 1 for a kind without seeds */
    /* Over these. Of two classes; else all but accuracy are 0. */
    gt_spread accuracy, roc_auc, specificity, recall;
    /* Of the means, as if their hits were of one classifier. */
    gt_interval accuracy_interval, specificity_interval, recall_interval;
    gt_binary_metrics first;           /* of the first seed, of two classes */
    size_t held_out;                   /* parts of the cross-validation: folds x seeds */
    gt_spread cv_accuracy, cv_roc_auc; /* over these parts */
} gt_judgement;

/* How many fits gt_judge makes: how often it calls tick. */
size_t gt_judge_fits(const gt_classifier_class *kind, const gt_judge_plan *plan);

/* Fits to `train` with each seed (a kind without seeds once) and judges by `test`. For each
 * seed in turn the training rows are dealt into stratified folds (folds.h), the same for every
 * kind, and each fold is judged by a fit to the others. *first (NULL allowed) becomes the fit
 * of the first seed. Errors are those of fitting and of the folds, or GT_INTERRUPTED. */
GT_MUST_CHECK gt_status gt_judge(const gt_classifier_class *kind, const void *settings,
                                 const gt_samples *train, const gt_samples *test,
                                 const gt_judge_plan *plan, gt_judgement *out,
                                 gt_classifier **first, gt_error *err);

/* Answers of one fitted classifier to rows of known class; `binary` is filled for two classes,
 * accuracy always. */
GT_MUST_CHECK gt_status gt_judge_answers(const gt_classifier *classifier,
                                         const gt_samples *rows, double *accuracy,
                                         gt_binary_metrics *binary, gt_error *err);

#ifdef __cplusplus
}
#endif
#endif
