/* classifier_grad.c - gradient boosting as a kind of classifier. */
#include <math.h>
#include <stdlib.h>

#include "boosting.h"
#include "diagnose.h"
#include "galatea/classifier.h"

typedef struct grad_settings {
    int64_t stages, depth;
    double rate;
} grad_settings;

static const gt_option rows[] = {
    {"grad-stages", GT_INT_AT(grad_settings, stages), "250", "N", "stages", .min = 1,
     .max = 1e6},
    {"grad-rate", GT_REAL_AT(grad_settings, rate), "0.1", "X",
     "share of each tree that is added", .min = GT_ABOVE_ZERO, .max = INFINITY},
    {"grad-depth", GT_INT_AT(grad_settings, depth), "3", "N", "depth of the trees", .min = 1,
     .max = 1000},
};
static const gt_option_table table = GT_OPTION_TABLE("Gradient boosting (grad)", rows);

static void destroy(void *self) {
    gt_boosting_destroy(self);
}

static gt_status fit(const gt_samples *samples, const void *settings, uint64_t seed,
                     void **self, gt_error *err) {
    const grad_settings *s = settings;
    gt_boosting_options options = gt_boosting_options_default();
    gt_boosting *model = NULL;
    options.stages = s->stages;
    options.learning_rate = s->rate;
    options.max_depth = (int)s->depth;
    options.seed = seed;
    gt_status status = gt_boosting_fit(samples, &options, &model, NULL, err);
    *self = model;
    return status;
}

static int32_t largest(size_t scores, const double *raw) {
    if (scores == 1) return raw[0] > 0.0;
    size_t winner = 0;
    for (size_t k = 1; k < scores; k++)
        if (raw[k] > raw[winner]) winner = k;
    return (int32_t)winner;
}

static gt_status predict(const void *self, size_t n, const float *x, const gt_prediction *out,
                         gt_error *err) {
    gt_status status = GT_OK;
    const gt_boosting *model = self;
    size_t classes = (size_t)model->classes, scores = (size_t)gt_boosting_scores(model),
           features = (size_t)model->trees->features;
    double *raw = calloc(n * scores, sizeof *raw),
           *shares = calloc(n * classes, sizeof *shares);
    if (!raw || !shares) GT_THROW(err, GT_NO_MEMORY, "answers for %zu rows", n);
    GT_TRY(gt_boosting_predict(model, -1, n, features, x, raw, err));
    gt_boosting_shares(model, n, raw, shares);
    for (size_t i = 0; i < n; i++) {
        const double *p = shares + i * classes;
        for (size_t c = 0; out->probability && c < classes; c++)
            out->probability[i * classes + c] = p[c];
        if (out->score) out->score[i] = scores == 1 ? raw[i] : p[1];
        if (out->predicted) out->predicted[i] = largest(scores, raw + i * scores);
    }
done:
    free(raw);
    free(shares);
    return status;
}

static gt_status save(const void *self, gt_safetensors_writer *writer, gt_error *err) {
    return gt_boosting_store(self, "", writer, err);
}

static gt_status load(const gt_safetensors *file, size_t features, int32_t classes, void **self,
                      gt_error *err) {
    gt_status status = GT_OK;
    gt_boosting *model = NULL;
    GT_TRY(gt_boosting_load(file, "", &model, err));
    if (model->trees->features != (int64_t)features || model->classes != classes)
        GT_THROW(err, GT_BAD_FORMAT,
                 "stages for %lld features and %d classes, expected %zu "
                 "and %d",
                 (long long)model->trees->features, model->classes, features, classes);
    *self = model;
    model = NULL;
done:
    gt_boosting_destroy(model);
    return status;
}

const gt_classifier_class gt_classifier_grad = {.name = "grad",
                                                .summary = "gradient boosting",
                                                .is_seeded = true,
                                                .options = &table,
                                                .settings_size = sizeof(grad_settings),
                                                .fit = fit,
                                                .predict = predict,
                                                .save = save,
                                                .load = load,
                                                .destroy = destroy,
                                                .diagnose = gt_diagnose_steps};
