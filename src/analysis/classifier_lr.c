/* classifier_lr.c - logistic regression as a kind of classifier. */
#include <math.h>
#include <stdlib.h>

#include "arrays.h"
#include "galatea/classifier.h"
#include "lr.h"

static const gt_option rows[] = {
    {"lr-c", GT_REAL_AT(gt_lr_settings, c), "1", "X",
     "weight of the rows against that of small coefficients", .min = GT_ABOVE_ZERO,
     .max = INFINITY},
    {"lr-iterations", GT_INT_AT(gt_lr_settings, iterations), "1000", "N",
     "steps at most; 10 to 60 reach the optimum", .min = 1, .max = 1e6},
};
static const gt_option_table table = GT_OPTION_TABLE("Logistic regression (lr)", rows);

static void destroy(void *self) {
    gt_lr_destroy(self);
}

static gt_status fit(const gt_samples *samples, const void *settings, uint64_t seed,
                     void **self, gt_error *err) {
    gt_lr *lr = NULL;
    gt_status status = gt_lr_fit(samples, settings, &lr, err);
    *self = lr;
    return status;
}

/* Decision values s of one row -> probabilities p of all classes. */
static void probabilities(const gt_lr *lr, const double *s, double *p) {
    if (lr->scores == 1) {
        p[1] = 1.0 / (1.0 + exp(-s[0]));
        p[0] = 1.0 / (1.0 + exp(s[0]));
        return;
    }
    double most = s[0], sum = 0.0;
    for (size_t k = 1; k < lr->scores; k++) most = fmax(most, s[k]);
    for (size_t k = 0; k < lr->scores; k++) sum += p[k] = exp(s[k] - most);
    for (size_t k = 0; k < lr->scores; k++) p[k] /= sum;
}

static int32_t largest(const gt_lr *lr, const double *s) {
    if (lr->scores == 1) return s[0] > 0.0;
    size_t winner = 0;
    for (size_t k = 1; k < lr->scores; k++)
        if (s[k] > s[winner]) winner = k;
    return (int32_t)winner;
}

static gt_status predict(const void *self, size_t n, const float *x, const gt_prediction *out,
                         gt_error *err) {
    gt_status status = GT_OK;
    const gt_lr *lr = self;
    size_t classes = (size_t)lr->classes;
    double *decision = calloc(n * lr->scores, sizeof *decision),
           *p = calloc(classes, sizeof *p);
    if (!decision || !p) GT_THROW(err, GT_NO_MEMORY, "decision values of %zu rows", n);
    gt_lr_decide(lr, n, x, decision);
    for (size_t i = 0; i < n; i++) {
        const double *s = decision + i * lr->scores;
        double *to = out->probability ? out->probability + i * classes : p;
        probabilities(lr, s, to);
        if (out->score) out->score[i] = lr->scores == 1 ? s[0] : to[1];
        if (out->predicted) out->predicted[i] = largest(lr, s);
    }
done:
    free(decision);
    free(p);
    return status;
}

static gt_status save(const void *self, gt_safetensors_writer *writer, gt_error *err) {
    gt_status status = GT_OK;
    const gt_lr *lr = self;
    GT_TRY(
        gt_array_add(writer, "weights", GT_ST_F64, lr->scores, lr->features, lr->weights, err));
    GT_TRY(gt_array_add(writer, "bias", GT_ST_F64, lr->scores, 0, lr->bias, err));
done:
    return status;
}

static gt_status load(const gt_safetensors *file, size_t features, int32_t classes, void **self,
                      gt_error *err) {
    gt_status status = GT_OK;
    gt_lr *lr = calloc(1, sizeof *lr);
    if (!lr) GT_THROW(err, GT_NO_MEMORY, "no memory for a classifier");
    *lr = (gt_lr){
        .features = features, .scores = classes == 2 ? 1 : (size_t)classes, .classes = classes};
    GT_TRY(gt_array_f64(file, "weights", (int64_t)lr->scores, (int64_t)features, &lr->weights,
                        NULL, err));
    GT_TRY(gt_array_f64(file, "bias", (int64_t)lr->scores, 0, &lr->bias, NULL, err));
    *self = lr;
    lr = NULL;
done:
    gt_lr_destroy(lr);
    return status;
}

const gt_classifier_class gt_classifier_lr = {.name = "lr",
                                              .summary = "logistic regression",
                                              .options = &table,
                                              .settings_size = sizeof(gt_lr_settings),
                                              .fit = fit,
                                              .predict = predict,
                                              .save = save,
                                              .load = load,
                                              .destroy = destroy};
