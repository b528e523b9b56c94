/* part_samples.c - what A and B make of the same noise, as `galatea sample` makes it when
 * nothing is said. */
#include <stdlib.h>

#include "made_samples.h"
#include "sampling.h"

static gt_status draw(const gt_twin *c, const void *how, gt_numbers *out, gt_error *err) {
    gt_status status = GT_OK;
    char run[GT_TWINS_PATH], path[GT_TWINS_PATH];
    gt_sampled made;
    gt_sample_settings settings = {.out = path,
                                   .colours = "gray",
                                   .count = c->sweep->settings->samples,
                                   .seed = c->sweep->settings->sample_seed,
                                   .columns = 1,
                                   .exact = c->sweep->job->settings->exact};
    GT_TRY(gt_twin_run(c, run, err));
    GT_TRY(gt_twin_samples(c, path, err));
    GT_TRY(gt_sample_write(c->sweep->context, run, &settings, how, &made, err));
    GT_TRY(gt_made_samples_keep_lost(c, made.names, err));
    GT_TRY(gt_numbers_put(out, (double)made.lost, err, "lost_%c", gt_side_end(c->side)));
done:
    return status;
}

/* The defaults of the model's sampler. */
static gt_status sample(const gt_twin *c, gt_numbers *out, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_class *model = c->sweep->job->model;
    gt_options *options = NULL;
    void *how = calloc(1, model->sample_size + 1);
    if (!how) GT_THROW(err, GT_NO_MEMORY, "no memory for settings");
    GT_TRY(gt_options_create(&options, err));
    if (model->sample_options) GT_TRY(gt_options_add(options, model->sample_options, how, err));
    GT_TRY(draw(c, how, out, err));
done:
    gt_options_destroy(options);
    free(how);
    return status;
}

const gt_twins_part gt_twins_samples = {
    .name = "samples", .is_sided = true, .needs = {"training", NULL}, .run = sample};
