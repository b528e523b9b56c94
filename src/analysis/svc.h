/* svc.h - support vectors with a Gaussian kernel, one machine for each pair of classes, trained
 * by libsvm (Chang and Lin 2011). Private.
 *
 * The machine of pair (a, b), a < b, decides
 *     f(x) = sum over its vectors v of coef_v exp(-gamma |x - v|^2)  -  rho,   f > 0: class a.
 * scikit-learn's decision value of two classes is -f. Pairs come in the order (0,1), (0,2),
 * ..., (1,2), ... */
#ifndef GT_ANALYSIS_SVC_H
#define GT_ANALYSIS_SVC_H

#include <stdbool.h>

#include "galatea/samples.h"

typedef struct gt_svc_settings {
    double gamma, c, tolerance; /* defaults of the paper: 0.2, 100, 1e-3 */
    int64_t folds;              /* of the calibration; 0: none */
} gt_svc_settings;

typedef struct gt_svc {
    size_t features, vectors;
    int32_t classes;
    double gamma;
    float *x;        /* (vectors, features), those of class 0 first */
    int32_t *rows;   /* (vectors) which training rows they are */
    int32_t *counts; /* (classes) vectors of each */
    double *coef;    /* (classes - 1, vectors): vector v of class a has, against class b, its
                        coefficient in row b - 1 if b > a, else in row b */
    double *rho;     /* (pairs) */
    double *sigmoid; /* (pairs, 2) A, B: probability of a = 1 / (1 + e^(A f + B)); or NULL */
} gt_svc;

size_t gt_svc_pairs(int32_t classes);

/* Trains; rows of equal class keep their order, so results do not depend on how classes are
 * mixed. The sigmoids are not fitted. libsvm cannot be interrupted. *out is yours. */
GT_MUST_CHECK gt_status gt_svc_train(const gt_samples *samples, const gt_svc_settings *settings,
                                     gt_svc **out, gt_error *err);
void gt_svc_destroy(gt_svc *svc);

/* f of every pair: out (n, pairs). */
GT_MUST_CHECK gt_status gt_svc_decide(const gt_svc *svc, size_t n, const float *x, double *out,
                                      gt_error *err);

/* Fits the sigmoids to decision values of held-out rows, over settings->folds stratified folds
 * of a fixed seed; fewer where the smallest class has fewer rows, none if it has one. */
GT_MUST_CHECK gt_status gt_svc_calibrate(gt_svc *svc, const gt_samples *samples,
                                         const gt_svc_settings *settings, gt_error *err);

/* Platt's sigmoid 1 / (1 + e^(A f + B)) fitted to n decision values, by Newton's method with
 * the targets (positives + 1) / (positives + 2) and 1 / (negatives + 2) (Lin, Lin and Weng
 * 2007). */
void gt_svc_fit_sigmoid(size_t n, const double *f, const uint8_t *positive, double sigmoid[2]);

/* p (k): the probabilities of k classes that agree best with r (k, k), of which r[a][b] is the
 * probability of class a against b (Wu, Lin and Weng 2004, second method). Iterates until the
 * conditions hold to `stop`. r is spoilt; work: k numbers. */
void gt_svc_couple(size_t k, double *r, double stop, double *work, double *p);

/* Probabilities of the classes from f of every pair; NaN without sigmoids. work: classes *
 * (classes + 1) numbers. */
void gt_svc_probabilities(const gt_svc *svc, const double *f, double *work, double *out);

#endif
