/* trees.c - tree ensembles as the classifiers use them: fit on 729 codes of length 256 and
 * predict 104, the sizes of the labelled set of the radio-galaxy paper. */
#include <stdlib.h>

#include "bench.h"
#include "boosting.h"
#include "forest.h"

enum { TRAIN = 729, TEST = 104, WIDTH = 256, SHIFTED = 4 };

/* Two overlapping clouds: the classes differ by a shift in the first few components. */
typedef struct clouds {
    float x[(TRAIN + TEST) * WIDTH];
    int32_t labels[TRAIN + TEST];
    double shares[TEST * 2];
    gt_samples known;
} clouds;

static void draw_clouds(clouds *c) {
    gt_rng_fill_normal((gt_rng_key){.seed = 1}, 0, (TRAIN + TEST) * WIDTH, c->x);
    for (size_t i = 0; i < TRAIN + TEST; i++) {
        c->labels[i] = (int32_t)(i % 2);
        for (size_t f = 0; f < SHIFTED; f++) c->x[i * WIDTH + f] += 0.8f * (float)(i % 2);
    }
    c->known = (gt_samples){TRAIN, WIDTH, c->x, c->labels, 2};
}

static gt_status forest_step(clouds *c, gt_forest_options options, gt_error *err) {
    gt_trees *forest = NULL;
    gt_status status = gt_forest_classify(&c->known, &options, &forest, err);
    if (!status)
        status = gt_forest_predict(forest, TEST, WIDTH, c->x + TRAIN * WIDTH, c->shares, err);
    gt_trees_destroy(forest);
    return status;
}

static gt_status random_step(void *self, gt_error *err) {
    return forest_step(self, gt_forest_random(), err);
}

static gt_status extra_step(void *self, gt_error *err) {
    return forest_step(self, gt_forest_extra(), err);
}

static gt_status boosting_step(void *self, gt_error *err) {
    clouds *c = self;
    gt_boosting *model = NULL;
    gt_boosting_options options = gt_boosting_options_default();
    gt_status status = gt_boosting_fit(&c->known, &options, &model, NULL, err);
    if (!status)
        status =
            gt_boosting_predict(model, -1, TEST, WIDTH, c->x + TRAIN * WIDTH, c->shares, err);
    gt_boosting_destroy(model);
    return status;
}

static gt_status open_clouds(gt_status (*step)(void *self, gt_error *err), gt_bench_work *work,
                             gt_error *err) {
    clouds *c = calloc(1, sizeof *c);
    if (!c) return gt_fail(err, GT_NO_MEMORY, "no memory for a bench");
    draw_clouds(c);
    *work = (gt_bench_work){.self = c, .step = step, .close = free, .items = TEST};
    return GT_OK;
}

static gt_status open_random(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    return open_clouds(random_step, work, err);
}

static gt_status open_extra(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    return open_clouds(extra_step, work, err);
}

static gt_status open_boosting(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    return open_clouds(boosting_step, work, err);
}

const gt_bench gt_bench_rf = {"rf",
                              "a random forest, fit on 729 codes of 256 numbers, predict 104",
                              "images", open_random};
const gt_bench gt_bench_ext = {
    "ext", "extra trees, fit on 729 codes of 256 numbers, predict 104", "images", open_extra};
const gt_bench gt_bench_grad = {
    "grad", "gradient boosting, fit on 729 codes of 256 numbers, predict 104", "images",
    open_boosting};
