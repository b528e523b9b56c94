/* classifiers.c - nearest neighbours, support vectors and logistic regression as `classify`
 * uses them: fit on 729 codes of length 256 and predict 104, the sizes of the labelled set of
 * the radio-galaxy paper, with its settings. */
#include <stdlib.h>

#include "bench.h"
#include "galatea/classifier.h"
#include "rng.h"

enum { TRAIN = 729, TEST = 104, WIDTH = 256, SHIFTED = 4 };

typedef struct fitter {
    float x[(TRAIN + TEST) * WIDTH];
    int32_t labels[TRAIN + TEST], predicted[TEST];
    gt_samples known;
    const gt_classifier_class *kind;
    gt_options *options;
    void *settings;
} fitter;

/* Two overlapping clouds, so small that the kernel of the support vectors sees neighbours. */
static void draw_clouds(fitter *f) {
    gt_rng_fill_normal((gt_rng_key){.seed = 1}, 0, (TRAIN + TEST) * WIDTH, f->x);
    for (size_t i = 0; i < TRAIN + TEST; i++) {
        f->labels[i] = (int32_t)(i % 2);
        for (size_t j = 0; j < SHIFTED; j++) f->x[i * WIDTH + j] += 0.8f * (float)(i % 2);
        for (size_t j = 0; j < WIDTH; j++) f->x[i * WIDTH + j] *= 0.1f;
    }
    f->known = (gt_samples){TRAIN, WIDTH, f->x, f->labels, 2};
}

static gt_status step(void *self, gt_error *err) {
    fitter *f = self;
    gt_classifier *c = NULL;
    gt_prediction out = {.predicted = f->predicted};
    gt_status status =
        gt_classifier_fit(f->kind, &f->known, f->settings, GT_FEATURES_PLAIN, 0, &c, err);
    if (!status) status = gt_classifier_predict(c, TEST, f->x + TRAIN * WIDTH, &out, err);
    gt_classifier_destroy(c);
    return status;
}

static void close_fitter(void *self) {
    fitter *f = self;
    gt_options_destroy(f->options);
    free(f->settings);
    free(f);
}

/* setting, value: one that differs from its default, or NULL. */
static gt_status open_fitter(const char *name, const char *setting, const char *value,
                             gt_bench_work *work, gt_error *err) {
    gt_status status = GT_OK;
    fitter *f = calloc(1, sizeof *f);
    if (!f) return gt_fail(err, GT_NO_MEMORY, "no memory for a bench");
    *work = (gt_bench_work){.self = f, .step = step, .close = close_fitter, .items = TEST};
    draw_clouds(f);
    GT_TRY(gt_classifier_class_find(name, &f->kind, err));
    f->settings = calloc(1, f->kind->settings_size);
    if (!f->settings) GT_THROW(err, GT_NO_MEMORY, "no memory for a bench");
    GT_TRY(gt_options_create(&f->options, err));
    GT_TRY(gt_options_add(f->options, f->kind->options, f->settings, err));
    if (setting) GT_TRY(gt_options_set(f->options, setting, value, GT_FROM_COMMAND, NULL, err));
done:
    return status;
}

static gt_status open_knn(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    return open_fitter("knn", NULL, NULL, work, err);
}

/* Without calibrated probabilities, which the peer does not make either. */
static gt_status open_svc(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    return open_fitter("svc", "svc-folds", "0", work, err);
}

static gt_status open_lr(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    return open_fitter("lr", NULL, NULL, work, err);
}

const gt_bench gt_bench_knn = {
    "knn", "20 nearest neighbours, fit on 729 codes of 256 numbers, predict 104", "images",
    open_knn};
const gt_bench gt_bench_svc = {
    "svc", "support vectors, fit on 729 codes of 256 numbers, predict 104", "images", open_svc};
const gt_bench gt_bench_lr = {
    "lr", "logistic regression, fit on 729 codes of 256 numbers, predict 104", "images",
    open_lr};
