/* classifier_svc.c - support vectors as a kind of classifier. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arrays.h"
#include "diagnose.h"
#include "galatea/classifier.h"
#include "svc.h"

static const gt_option rows[] = {
    {"svc-gamma", GT_REAL_AT(gt_svc_settings, gamma), "0.2", "X",
     "the kernel is exp(-X |a - b|^2)", .min = GT_ABOVE_ZERO, .max = INFINITY},
    {"svc-c", GT_REAL_AT(gt_svc_settings, c), "100", "X", "cost of a row on the wrong side",
     .min = GT_ABOVE_ZERO, .max = INFINITY},
    {"svc-tolerance", GT_REAL_AT(gt_svc_settings, tolerance), "0.001", "X",
     "training stops when the optimality conditions hold to this", .min = GT_ABOVE_ZERO,
     .max = 1},
    {"svc-folds", GT_INT_AT(gt_svc_settings, folds), "5", "N",
     "folds whose held-out values calibrate the probabilities; 0: none", .max = 1000},
};
static const gt_option_table table = GT_OPTION_TABLE("Support vectors (svc)", rows);

static void destroy(void *self) {
    gt_svc_destroy(self);
}

static gt_status fit(const gt_samples *samples, const void *settings, uint64_t seed,
                     void **self, gt_error *err) {
    gt_status status = GT_OK;
    gt_svc *s = NULL;
    GT_TRY(gt_svc_train(samples, settings, &s, err));
    GT_TRY(gt_svc_calibrate(s, samples, settings, err));
    *self = s;
    s = NULL;
done:
    gt_svc_destroy(s);
    return status;
}

/* Every pair has a vote; of classes with equally many the lower one wins. */
static int32_t vote(int32_t classes, const double *f, double *votes) {
    int32_t winner = 0;
    memset(votes, 0, (size_t)classes * sizeof *votes);
    for (int32_t a = 0; a < classes; a++)
        for (int32_t b = a + 1; b < classes; b++) votes[*f++ > 0.0 ? a : b] += 1.0;
    for (int32_t c = 1; c < classes; c++)
        if (votes[c] > votes[winner]) winner = c;
    return winner;
}

/* Of two classes -f is positive for class 1, and 0 goes to class 0. */
static void answer_row(const gt_svc *s, const double *f, size_t i, double *work,
                       double *probability, const gt_prediction *out) {
    size_t classes = (size_t)s->classes;
    gt_svc_probabilities(s, f, work, probability);
    if (out->probability)
        memcpy(out->probability + i * classes, probability, classes * sizeof *probability);
    if (out->score) out->score[i] = classes == 2 ? -f[0] : probability[1];
    if (out->predicted)
        out->predicted[i] = classes == 2 ? -f[0] > 0.0 : vote(s->classes, f, work);
}

static gt_status predict(const void *self, size_t n, const float *x, const gt_prediction *out,
                         gt_error *err) {
    gt_status status = GT_OK;
    const gt_svc *s = self;
    size_t pairs = gt_svc_pairs(s->classes), k = (size_t)s->classes;
    double *f = calloc(n * pairs, sizeof *f), *work = calloc(k * (k + 2), sizeof *work);
    if (!f || !work) GT_THROW(err, GT_NO_MEMORY, "decision values of %zu rows", n);
    GT_TRY(gt_svc_decide(s, n, x, f, err));
    for (size_t i = 0; i < n; i++)
        answer_row(s, f + i * pairs, i, work, work + k * (k + 1), out);
done:
    free(f);
    free(work);
    return status;
}

static gt_status save(const void *self, gt_safetensors_writer *writer, gt_error *err) {
    gt_status status = GT_OK;
    const gt_svc *s = self;
    size_t pairs = gt_svc_pairs(s->classes), k = (size_t)s->classes;
    GT_TRY(gt_array_add(writer, "gamma", GT_ST_F64, 1, 0, &s->gamma, err));
    GT_TRY(gt_array_add(writer, "x", GT_ST_F32, s->vectors, s->features, s->x, err));
    GT_TRY(gt_array_add(writer, "rows", GT_ST_I32, s->vectors, 0, s->rows, err));
    GT_TRY(gt_array_add(writer, "counts", GT_ST_I32, k, 0, s->counts, err));
    GT_TRY(gt_array_add(writer, "coef", GT_ST_F64, k - 1, s->vectors, s->coef, err));
    GT_TRY(gt_array_add(writer, "rho", GT_ST_F64, pairs, 0, s->rho, err));
    if (s->sigmoid)
        GT_TRY(gt_array_add(writer, "sigmoid", GT_ST_F64, pairs, 2, s->sigmoid, err));
done:
    return status;
}

static gt_status check(const gt_svc *s, gt_error *err) {
    size_t sum = 0;
    for (int32_t c = 0; c < s->classes; c++) sum += (size_t)s->counts[c];
    if (sum != s->vectors)
        return gt_fail(err, GT_BAD_FORMAT, "'counts' add up to %zu, expected %zu", sum,
                       s->vectors);
    if (!(s->gamma > 0.0))
        return gt_fail(err, GT_BAD_FORMAT, "'gamma' is %g, expected above 0", s->gamma);
    return GT_OK;
}

static gt_status load(const gt_safetensors *file, size_t features, int32_t classes, void **self,
                      gt_error *err) {
    gt_status status = GT_OK;
    int64_t pairs = (int64_t)gt_svc_pairs(classes);
    double *gamma = NULL;
    gt_svc *s = calloc(1, sizeof *s);
    if (!s) GT_THROW(err, GT_NO_MEMORY, "no memory for a classifier");
    s->features = features;
    s->classes = classes;
    GT_TRY(gt_array_f64(file, "gamma", 1, 0, &gamma, NULL, err));
    s->gamma = gamma[0];
    GT_TRY(gt_array_f32(file, "x", -1, (int64_t)features, &s->x, &s->vectors, err));
    int64_t vectors = (int64_t)s->vectors;
    GT_TRY(gt_array_i32(file, "rows", vectors, 0, INT32_MAX, &s->rows, err));
    GT_TRY(gt_array_i32(file, "counts", classes, 0, INT32_MAX, &s->counts, err));
    GT_TRY(gt_array_f64(file, "coef", classes - 1, vectors, &s->coef, NULL, err));
    GT_TRY(gt_array_f64(file, "rho", pairs, 0, &s->rho, NULL, err));
    if (gt_safetensors_find(file, "sigmoid"))
        GT_TRY(gt_array_f64(file, "sigmoid", pairs, 2, &s->sigmoid, NULL, err));
    GT_TRY(check(s, err));
    *self = s;
    s = NULL;
done:
    free(gamma);
    gt_svc_destroy(s);
    return status;
}

/* Where even the nearest rows have no kernel value, all that is learnt is each row by itself;
 * where all rows have the value 1, nothing. */
static void diagnose(const gt_samples *samples, const void *settings, char *text, size_t size) {
    const double strangers = 10, twins = 1e-4;
    const gt_svc_settings *s = settings;
    gt_extent e = gt_extent_of(samples);
    bool is_zero = s->gamma * e.nearest > strangers,
         is_one = s->gamma * s->c * e.variance < twins;
    if (gt_diagnose_spread(&e, samples->features, text, size)) return;
    if (e.nearest > 0 && (is_zero || is_one))
        snprintf(text, size,
                 "its kernel is all but %d between rows %.2g apart at --svc-gamma %g; "
                 "--svc-gamma %.2g (one over the variance) suits them",
                 is_one, sqrt(is_one ? 2 * e.variance : e.nearest), s->gamma, 1 / e.variance);
}

const gt_classifier_class gt_classifier_svc = {.name = "svc",
                                               .summary = "support vectors, Gaussian kernel",
                                               .options = &table,
                                               .settings_size = sizeof(gt_svc_settings),
                                               .fit = fit,
                                               .predict = predict,
                                               .save = save,
                                               .load = load,
                                               .destroy = destroy,
                                               .diagnose = diagnose};
