/* classifier_knn.c - nearest neighbours as a kind of classifier. */
#include <stdlib.h>
#include <string.h>

#include "arrays.h"
#include "diagnose.h"
#include "galatea/classifier.h"
#include "knn.h"

typedef struct knn_settings {
    int64_t k;
} knn_settings;

static const gt_option rows[] = {
    {"k", GT_INT_AT(knn_settings, k), "20", "N", "neighbours that vote", .min = 1, .max = 1e6},
};
static const gt_option_table table = GT_OPTION_TABLE("Nearest neighbours (knn)", rows);

typedef struct knn {
    gt_knn_problem known; /* its arrays are x and labels */
    float *x;
    int32_t *labels;
} knn;

static void destroy(void *self) {
    knn *k = self;
    if (!k) return;
    free(k->x);
    free(k->labels);
    free(k);
}

static void lend_arrays(knn *k) {
    k->known.x = k->x;
    k->known.labels = k->labels;
}

static gt_status fit(const gt_samples *samples, const void *settings, uint64_t seed,
                     void **self, gt_error *err) {
    gt_status status = GT_OK;
    const knn_settings *s = settings;
    size_t values = samples->rows * samples->features;
    knn *k = NULL;
    if ((uint64_t)s->k > samples->rows)
        GT_THROW(err, GT_BAD_ARGUMENT, "%lld neighbours asked of %zu training rows",
                 (long long)s->k, samples->rows);
    k = calloc(1, sizeof *k);
    if (!k) GT_THROW(err, GT_NO_MEMORY, "no memory for a classifier");
    k->known = (gt_knn_problem){.rows = samples->rows,
                                .features = samples->features,
                                .classes = samples->classes,
                                .k = (size_t)s->k};
    k->x = malloc(values * sizeof *k->x);
    k->labels = malloc(samples->rows * sizeof *k->labels);
    if (!k->x || !k->labels)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %zu rows", samples->rows);
    memcpy(k->x, samples->x, values * sizeof *k->x);
    memcpy(k->labels, samples->labels, samples->rows * sizeof *k->labels);
    lend_arrays(k);
    *self = k;
    k = NULL;
done:
    destroy(k);
    return status;
}

static gt_status predict(const void *self, size_t n, const float *x, const gt_prediction *out,
                         gt_error *err) {
    gt_status status = GT_OK;
    const knn *k = self;
    size_t classes = (size_t)k->known.classes;
    int32_t *votes = out->probability ? calloc(n * classes, sizeof *votes) : NULL;
    gt_knn_answer answer = {.predicted = out->predicted, .score = out->score, .votes = votes};
    if (out->probability && !votes) GT_THROW(err, GT_NO_MEMORY, "votes of %zu rows", n);
    GT_TRY(gt_knn_classify(&k->known, n, x, &answer, err));
    for (size_t i = 0; out->probability && i < n * classes; i++)
        out->probability[i] = (double)votes[i] / (double)k->known.k;
done:
    free(votes);
    return status;
}

static gt_status save(const void *self, gt_safetensors_writer *writer, gt_error *err) {
    gt_status status = GT_OK;
    const knn *k = self;
    const gt_knn_problem *p = &k->known;
    GT_TRY(gt_array_add(writer, "k", GT_ST_U64, 1, 0, &p->k, err));
    GT_TRY(gt_array_add(writer, "x", GT_ST_F32, p->rows, p->features, k->x, err));
    GT_TRY(gt_array_add(writer, "labels", GT_ST_I32, p->rows, 0, k->labels, err));
done:
    return status;
}

static gt_status load(const gt_safetensors *file, size_t features, int32_t classes, void **self,
                      gt_error *err) {
    gt_status status = GT_OK;
    int32_t *votes = NULL;
    knn *k = calloc(1, sizeof *k);
    if (!k) GT_THROW(err, GT_NO_MEMORY, "no memory for a classifier");
    GT_TRY(gt_array_f32(file, "x", -1, (int64_t)features, &k->x, &k->known.rows, err));
    if (k->known.rows > INT32_MAX)
        GT_THROW(err, GT_UNSUPPORTED, "%zu training rows", k->known.rows);
    int64_t count = (int64_t)k->known.rows;
    GT_TRY(gt_array_i32(file, "labels", count, 0, classes - 1, &k->labels, err));
    GT_TRY(gt_array_i32(file, "k", 1, 1, (int32_t)count, &votes, err));
    k->known.k = (size_t)votes[0];
    k->known.features = features;
    k->known.classes = classes;
    lend_arrays(k);
    *self = k;
    k = NULL;
done:
    destroy(k);
    free(votes);
    return status;
}

static void diagnose(const gt_samples *samples, const void *settings, char *text, size_t size) {
    gt_extent extent = gt_extent_of(samples);
    gt_diagnose_spread(&extent, samples->features, text, size);
}

const gt_classifier_class gt_classifier_knn = {.name = "knn",
                                               .summary = "nearest neighbours",
                                               .options = &table,
                                               .settings_size = sizeof(knn_settings),
                                               .fit = fit,
                                               .predict = predict,
                                               .save = save,
                                               .load = load,
                                               .destroy = destroy,
                                               .diagnose = diagnose};
