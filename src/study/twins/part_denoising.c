/* part_denoising.c - how much of known noise a model takes out of pictures that it learned from
 * and of pictures that it never saw: figures 5 and 6 of the two-models paper as numbers. */
#include "denoising.h"
#include "sweep.h"

enum { PICTURES = 64 };

/* Deviations of the noise, in units of the pixels' range / 255. */
static const gt_reals levels = {6, {5, 10, 25, 50, 100, 200}};

static gt_status put_levels(const gt_denoised *found, const char *split, char end,
                            gt_numbers *out, gt_error *err) {
    gt_status status = GT_OK;
    for (size_t i = 0; i < found->level_count; i++) {
        const gt_denoise_level *at = &found->levels[i];
        GT_TRY(gt_numbers_put(out, at->mean[0], err, "psnr_%s_%g_%c", split, at->sigma, end));
        GT_TRY(
            gt_numbers_put(out, at->noisy, err, "psnr_%s_noisy_%g_%c", split, at->sigma, end));
    }
done:
    return status;
}

static gt_status measure(const gt_twin *t, const char *split, gt_numbers *out, gt_error *err) {
    gt_status status = GT_OK;
    char data[GT_TWINS_PATH], weights[GT_TWINS_PATH];
    const char *const runs[] = {weights};
    gt_denoised found = {0};
    const gt_denoise_settings settings = {.data = data,
                                          .split = split,
                                          .levels = levels,
                                          .count = PICTURES,
                                          .seed = t->sweep->settings->sample_seed,
                                          .exact = t->sweep->job->settings->exact};
    GT_TRY(gt_twin_subset(t, data, err));
    GT_TRY(gt_twin_weights(t, GT_TWIN_WEIGHTS, weights, err));
    GT_TRY(gt_denoise(t->sweep->context, runs, 1, &settings, &found, err));
    GT_TRY(put_levels(&found, split, gt_side_end(t->side), out, err));
done:
    gt_denoised_free(&found);
    return status;
}

/* Whether rows validate, behind those that learn. */
static gt_status has_validation(const gt_twin *t, bool *out, gt_error *err) {
    gt_status status = GT_OK;
    char path[GT_TWINS_PATH];
    gt_dataset *data = NULL;
    GT_TRY(gt_twin_subset(t, path, err));
    GT_TRY(gt_dataset_open(path, &data, err));
    *out = gt_dataset_describe(data)->count > (uint64_t)t->size;
done:
    gt_dataset_close(data);
    return status;
}

static gt_status denoise(const gt_twin *t, gt_numbers *out, gt_error *err) {
    gt_status status = GT_OK;
    bool validates = false;
    GT_TRY(measure(t, "train", out, err));
    GT_TRY(has_validation(t, &validates, err));
    if (validates) GT_TRY(measure(t, "validation", out, err));
done:
    return status;
}

static bool suits(const gt_model_class *model) {
    return model->reconstruct;
}

const gt_twins_part gt_twins_denoising = {.name = "denoising",
                                          .is_sided = true,
                                          .needs = {"training"},
                                          .suits = suits,
                                          .run = denoise,
                                          .shown = {"psnr_train_25_a", "psnr_validation_25_a"},
                                          .legend =
                                              "psnr_25 (dB): of pictures without the noise of "
                                              "deviation 25, of those that A learned from "
                                              "and of others"};
