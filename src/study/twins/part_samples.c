/* part_samples.c - what A and B make of the same noise, as `galatea sample` makes it. */
#include "made_samples.h"
#include "sampling.h"
#include "usual.h"

static gt_status draw(const gt_twin *t, const void *how, gt_numbers *out, gt_error *err) {
    gt_status status = GT_OK;
    char weights[GT_TWINS_PATH], path[GT_TWINS_PATH];
    gt_sampled made;
    gt_sample_settings settings = {.out = path,
                                   .colours = "gray",
                                   .count = t->sweep->settings->samples,
                                   .seed = t->sweep->settings->sample_seed,
                                   .columns = 1,
                                   .exact = t->sweep->job->settings->exact};
    GT_TRY(gt_twin_weights(t, GT_TWIN_WEIGHTS, weights, err));
    GT_TRY(gt_twin_samples(t, path, err));
    GT_TRY(gt_sample_write(t->sweep->context, weights, &settings, how, &made, err));
    GT_TRY(gt_made_samples_keep_lost(t, made.names, err));
    GT_TRY(gt_numbers_put(out, (double)made.lost, err, "lost_%c", gt_side_end(t->side)));
done:
    return status;
}

static gt_status sample(const gt_twin *t, gt_numbers *out, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_class *model = t->sweep->job->model;
    gt_usual usual = {0};
    GT_TRY(gt_usual_open(model->sample_options, model->sample_size,
                         t->sweep->settings->sampling, &usual, err));
    GT_TRY(draw(t, usual.values, out, err));
done:
    gt_usual_close(&usual);
    return status;
}

const gt_twins_part gt_twins_samples = {.name = "samples",
                                        .is_sided = true,
                                        .needs = {"training", NULL},
                                        .run = sample,
                                        .file = gt_twin_samples};
