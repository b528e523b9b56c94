/* boosting.h (room: analysis) - gradient boosting: trees that each correct the sum of those
 * before (Friedman 2001), for the binomial deviance of two classes and the multinomial one of
 * more, as scikit-learn does.
 *
 * Two classes: one raw score F a row, F = log(p / (1 - p)) of the share p of class 1 before the
 * first stage. A stage fits a regression tree (Friedman's criterion) to r = y - 1/(1 + e^-F),
 * sets each leaf to sum r / sum p (1 - p) over its rows, and adds learning_rate times the leaf.
 * K > 2 classes: K scores, log of each class's share at first; a stage grows K trees, all on
 * the shares softmax(F) at its beginning, with leaves (K-1)/K sum r / sum p (1 - p). A leaf
 * whose denominator is below 1e-150 is 0.
 *
 * Threads: features are shared out over the calling thread's OpenMP threads; the result does
 * not depend on their number. */
#ifndef GT_BOOSTING_H
#define GT_BOOSTING_H

#include "progress.h"
#include "trees.h"

#define GT_BOOSTING_STAGES 250 /* the paper's choice */

typedef struct gt_boosting_options {
    int64_t stages;            /* at least 1 */
    double learning_rate;      /* above 0 */
    int max_depth;             /* at least 1 */
    uint64_t seed;             /* decides between cuts that are equally good */
    const uint32_t *reference; /* (trees) or NULL: grown as the reference does, from these
                                  states of its generator (tree_reference.h) */
    gt_progress *progress;     /* counts stages; NULL: none */
} gt_boosting_options;

/* 250 stages, 0.1, depth 3, seed 0. */
gt_boosting_options gt_boosting_options_default(void);

typedef struct gt_boosting {
    int32_t classes;
    double learning_rate;
    double *initial; /* (scores) */
    gt_trees *trees; /* scores trees a stage, one output */
} gt_boosting;

/* Raw scores of a row: 1 for two classes, else one per class. */
int64_t gt_boosting_scores(const gt_boosting *model);

/* Fits. deviance (stages, or NULL): the mean over the training rows, after each stage, of
 * -2 (y F - log(1 + e^F)); with more classes of log sum e^F - F_y. Each class must occur
 * (GT_BAD_ARGUMENT). GT_NOT_FINITE, GT_INTERRUPTED between two stages. *out is yours. */
gt_status gt_boosting_fit(const gt_samples *samples, const gt_boosting_options *options,
                          gt_boosting **out, double *deviance, gt_error *err) GT_MUST_CHECK;
void gt_boosting_destroy(gt_boosting *model); /* accepts NULL */

/* Raw scores (rows, scores) after `stages` stages (-1: all), and shares of the classes (rows,
 * classes) of raw scores. GT_BAD_SHAPE for other features than those learnt from,
 * GT_NOT_FINITE. */
gt_status gt_boosting_predict(const gt_boosting *model, int64_t stages, size_t rows,
                              size_t features, const float *x, double *raw,
                              gt_error *err) GT_MUST_CHECK;
void gt_boosting_shares(const gt_boosting *model, size_t rows, const double *raw, double *out);

/* As gt_trees_store and gt_trees_load: the trees' arrays, PREFIXinitial, PREFIXlearning_rate
 * and PREFIXclasses, lent until the file is saved. */
gt_status gt_boosting_store(const gt_boosting *model, const char *prefix,
                            gt_safetensors_writer *writer, gt_error *err) GT_MUST_CHECK;
gt_status gt_boosting_load(const gt_safetensors *file, const char *prefix, gt_boosting **out,
                           gt_error *err) GT_MUST_CHECK;
#endif
