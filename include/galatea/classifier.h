/* classifier.h (room: analysis) - one way to use every classifier: learn, judge, save, load.
 *
 * A kind of classifier is a gt_classifier_class, one row of src/analysis/classifiers.def. What
 * each takes as the score of the ROC curve, as its prediction and as probability:
 *
 *     kind      score of class 1           predicted class            probability
 *     knn       votes / k                  most votes, tie: lower     votes / k
 *     rf, ext   mean of leaf fractions     largest mean, tie: lower   mean of leaf fractions
 *     svc       decision value             decision > 0               Platt's sigmoid
 *     lr        decision value             decision > 0               logistic function
 *     grad      raw score                  raw > 0                    logistic function
 *
 * Classes are those of the rows learnt from; numbers between them that no row has are no class.
 * Of more than two classes the score is the probability of class 1, where there is any use for
 * it; svc then lets its pairs vote, lr and grad take the largest decision value (softmax).
 * Platt's sigmoid is fitted to decision values of held-out rows, so it may contradict the sign
 * of the decision value near 0, where the prediction follows the sign. Without calibration
 * (svc-folds 0) svc has no probabilities: they are NaN.
 *
 * Every result is a function of samples, settings and seed, for any number of threads.
 *
 * A classifier may scale: then its kind meets (x - mean) / deviation of every feature, with
 * mean and deviation (divisor: rows; 1 in place of 0) of the rows that it learnt from, and they
 * are kept and stored with it.
 *
 * Threads: a fitted classifier is not changed by predicting; it may predict in several threads.
 */
#ifndef GALATEA_CLASSIFIER_H
#define GALATEA_CLASSIFIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"
#include "galatea/option.h"
#include "galatea/safetensors.h"
#include "galatea/samples.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Answers for n rows; each pointer may be NULL if not wanted. */
typedef struct gt_prediction {
    double *probability; /* (n, classes) in rising order of labels; rows sum to 1, or are NaN */
    double *score;       /* (n) larger: more like the second class */
    int32_t *predicted;  /* (n) labels */
} gt_prediction;

/* What a kind of classifier is. `self` is its own fitted part. A kind never meets gaps: samples
 * are checked before fit is called, they are finite and of at least two classes, 0..classes-1,
 * each with a row; its predictions are such places too. */
typedef struct gt_classifier_class {
    const char *name, *summary;
    bool is_seeded; /* another seed gives another classifier */
    const gt_option_table *options;
    size_t settings_size;
    gt_status (*fit)(const gt_samples *samples, const void *settings, uint64_t seed,
                     void **self, gt_error *err);
    gt_status (*predict)(const void *self, size_t n, const float *x, const gt_prediction *out,
                         gt_error *err);
    /* The fitted part as arrays, lent until the file is written; and from a file made so, of
     * which nothing is trusted: a classifier that predict could not run is GT_BAD_FORMAT. */
    gt_status (*save)(const void *self, gt_safetensors_writer *writer, gt_error *err);
    gt_status (*load)(const gt_safetensors *file, size_t features, int32_t classes, void **self,
                      gt_error *err);
    void (*destroy)(void *self); /* accepts NULL */
    /* Why the kind can hardly tell these samples apart by these settings, and the way out, as
     * half a sentence of at most size - 1 bytes; "": nothing is known. NULL: it never does. */
    void (*diagnose)(const gt_samples *samples, const void *settings, char *text, size_t size);
} gt_classifier_class;

/* All kinds, in the order of classifiers.def. */
const gt_classifier_class *const *gt_classifier_classes(size_t *count);
/* GT_USAGE naming the nearest one when there is no such kind. */
GT_MUST_CHECK gt_status gt_classifier_class_find(const char *name,
                                                 const gt_classifier_class **out,
                                                 gt_error *err);

/* What becomes of features before a kind meets them. */
typedef enum gt_feature_scaling { GT_FEATURES_PLAIN, GT_FEATURES_STANDARD } gt_feature_scaling;
#define GT_FEATURE_SCALINGS "none|standard" /* their names, as choices of an option */
const char *gt_feature_scaling_name(gt_feature_scaling scaling);
gt_feature_scaling gt_feature_scaling_of(const char *name); /* one of these names */

typedef struct gt_classifier gt_classifier;

/* Learns from samples, which may go afterwards; settings as read by kind->options. `seed` is of
 * no matter where the kind is not seeded. GT_BAD_ARGUMENT for samples that do not do (rows of
 * one class alone, fewer rows than neighbours), GT_NOT_FINITE for a NaN or an infinity among
 * the values, also once they are scaled, with row and feature. *out is yours. */
GT_MUST_CHECK gt_status gt_classifier_fit(const gt_classifier_class *kind,
                                          const gt_samples *samples, const void *settings,
                                          gt_feature_scaling scaling, uint64_t seed,
                                          gt_classifier **out, gt_error *err);
void gt_classifier_destroy(gt_classifier *classifier); /* accepts NULL */

/* What the kind's own diagnose says of samples that are scaled first; "" where it has none. */
void gt_classifier_diagnose(const gt_classifier_class *kind, const gt_samples *samples,
                            const void *settings, gt_feature_scaling scaling, char *text,
                            size_t size);

/* What learned elsewhere as a classifier of rows of `features` values and of classes 0 ..
 * classes - 1; only predict and destroy of its kind are called. `self` is its own from then on.
 * *out is yours. */
GT_MUST_CHECK gt_status gt_classifier_wrap(const gt_classifier_class *kind, size_t features,
                                           int32_t classes, void *self, gt_classifier **out,
                                           gt_error *err);

/* Its kind, and the length of a row that it takes. */
const gt_classifier_class *gt_classifier_class_of(const gt_classifier *classifier);
size_t gt_classifier_features(const gt_classifier *classifier);
/* The classes that it learnt; lent. Of a stored classifier rows of classes are not known: NULL.
 */
const gt_classes *gt_classifier_classes_of(const gt_classifier *classifier);

/* Answers for the n rows of x (n, features). GT_NOT_FINITE as above. */
GT_MUST_CHECK gt_status gt_classifier_predict(const gt_classifier *classifier, size_t n,
                                              const float *x, const gt_prediction *out,
                                              gt_error *err);

/* One safetensors file with checksums: the arrays of the kind, and as metadata "classifier"
 * (its name), "features", "classes" and "version" (of this form: 2, with an array "class" of
 * labels, or 3, with arrays "scale.mean" and "scale.deviation" besides where it scales; form 1
 * had none of them, its labels are 0..classes-1). Loading refuses damage, other versions
 * and arrays that contradict each other, naming the file: GT_BAD_FORMAT, GT_MISMATCH,
 * GT_UNSUPPORTED. */
GT_MUST_CHECK gt_status gt_classifier_save(const gt_classifier *classifier, const char *path,
                                           gt_error *err);
GT_MUST_CHECK gt_status gt_classifier_load(const char *path, gt_classifier **out,
                                           gt_error *err);

/* The same from a file that is open. */
GT_MUST_CHECK gt_status gt_classifier_read(const gt_safetensors *file, gt_classifier **out,
                                           gt_error *err);

#ifdef __cplusplus
}
#endif
#endif
