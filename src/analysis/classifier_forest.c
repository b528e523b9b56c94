/* classifier_forest.c - random forest and extra trees as kinds of classifiers. */
#include <stdlib.h>

#include "diagnose.h"
#include "forest.h"
#include "galatea/classifier.h"

typedef struct forest_settings {
    int64_t trees;
} forest_settings;

static const gt_option random_rows[] = {
    {"rf-trees", GT_INT_AT(forest_settings, trees), "260", "N", "trees", .min = 1, .max = 1e6},
};
static const gt_option_table random_table = GT_OPTION_TABLE("Random forest (rf)", random_rows);
static const gt_option extra_rows[] = {
    {"ext-trees", GT_INT_AT(forest_settings, trees), "400", "N", "trees", .min = 1, .max = 1e6},
};
static const gt_option_table extra_table = GT_OPTION_TABLE("Extra trees (ext)", extra_rows);

static void destroy(void *self) {
    gt_trees_destroy(self);
}

static gt_status grow(const gt_samples *samples, gt_forest_options options,
                      const forest_settings *settings, uint64_t seed, void **self,
                      gt_error *err) {
    gt_trees *trees = NULL;
    options.trees = settings->trees;
    options.seed = seed;
    gt_status status = gt_forest_classify(samples, &options, &trees, err);
    *self = trees;
    return status;
}

static gt_status fit_random(const gt_samples *samples, const void *settings, uint64_t seed,
                            void **self, gt_error *err) {
    return grow(samples, gt_forest_random(), settings, seed, self, err);
}

static gt_status fit_extra(const gt_samples *samples, const void *settings, uint64_t seed,
                           void **self, gt_error *err) {
    return grow(samples, gt_forest_extra(), settings, seed, self, err);
}

static gt_status predict(const void *self, size_t n, const float *x, const gt_prediction *out,
                         gt_error *err) {
    gt_status status = GT_OK;
    const gt_trees *trees = self;
    size_t classes = (size_t)trees->outputs;
    double *shares = calloc(n * classes, sizeof *shares);
    if (!shares) GT_THROW(err, GT_NO_MEMORY, "answers for %zu rows", n);
    GT_TRY(gt_forest_predict(trees, n, (size_t)trees->features, x, shares, err));
    for (size_t i = 0; i < n; i++) {
        const double *p = shares + i * classes;
        size_t winner = 0;
        for (size_t c = 1; c < classes; c++)
            if (p[c] > p[winner]) winner = c;
        for (size_t c = 0; out->probability && c < classes; c++)
            out->probability[i * classes + c] = p[c];
        if (out->score) out->score[i] = p[1];
        if (out->predicted) out->predicted[i] = (int32_t)winner;
    }
done:
    free(shares);
    return status;
}

static gt_status save(const void *self, gt_safetensors_writer *writer, gt_error *err) {
    return gt_trees_store(self, "", writer, err);
}

static gt_status load(const gt_safetensors *file, size_t features, int32_t classes, void **self,
                      gt_error *err) {
    gt_status status = GT_OK;
    gt_trees *trees = NULL;
    GT_TRY(gt_trees_load(file, "", &trees, err));
    if (trees->trees < 1 || trees->features != (int64_t)features || trees->outputs != classes)
        GT_THROW(err, GT_BAD_FORMAT,
                 "%lld trees for %lld features and %lld classes, expected %zu and %d",
                 (long long)trees->trees, (long long)trees->features, (long long)trees->outputs,
                 features, classes);
    *self = trees;
    trees = NULL;
done:
    gt_trees_destroy(trees);
    return status;
}

const gt_classifier_class gt_classifier_rf = {.name = "rf",
                                              .summary = "random forest",
                                              .is_seeded = true,
                                              .options = &random_table,
                                              .settings_size = sizeof(forest_settings),
                                              .fit = fit_random,
                                              .predict = predict,
                                              .save = save,
                                              .load = load,
                                              .destroy = destroy,
                                              .diagnose = gt_diagnose_steps};

const gt_classifier_class gt_classifier_ext = {.name = "ext",
                                               .summary = "extra trees",
                                               .is_seeded = true,
                                               .options = &extra_table,
                                               .settings_size = sizeof(forest_settings),
                                               .fit = fit_extra,
                                               .predict = predict,
                                               .save = save,
                                               .load = load,
                                               .destroy = destroy,
                                               .diagnose = gt_diagnose_steps};
