/* train.c - a tiny model, trained on pictures of a synthetic sky.
 *
 *     train FOLDER
 *
 * Makes FOLDER/sky.h5 with 64 pictures and trains a small VDVAE on them for two epochs; the run
 * is FOLDER/run, for examples/encode.c or for any command of galatea that takes a run. */
#include <galatea/galatea.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What stands here is changed; everything else is the preset's, or the default. */
static const char *const network[] = {"encoder-blocks=16d2,8d2,4d4,1x1",
                                      "decoder-blocks=1x1,4m1,8m4,16m8",
                                      "width=8",
                                      "latents=2,1:4",
                                      "mixtures=2",
                                      NULL};
static const char *const training[] = {
    "epochs=2", "batch=8", "threads=1", "optimizer=adam", "learning-rate=3e-3", NULL};

static gt_status make_sky(const char *path, gt_error *err) {
    gt_status status = GT_OK;
    gt_synth *sky = NULL;
    gt_synth_settings settings = gt_synth_settings_default();
    settings.count = 64;
    settings.size = 16;
    settings.out = path;
    GT_TRY(gt_synth_create(&settings, &sky, err));
    GT_TRY(gt_synth_write(sky, NULL, NULL, NULL, err));
done:
    gt_synth_destroy(sky);
    return status;
}

static gt_status find_class(const char *name, const gt_model_class **out, gt_error *err) {
    size_t count;
    const gt_model_class *const *classes = gt_model_classes(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(classes[i]->name, name) == 0) return *out = classes[i], GT_OK;
    return gt_fail(err, GT_NOT_FOUND, "no model '%s'", name);
}

static gt_status train(const char *sky, const char *run, gt_error *err) {
    gt_status status = GT_OK;
    gt_options *options = NULL;
    const gt_model_class *model = NULL;
    void *architecture = NULL;
    gt_train_settings settings;
    gt_train_result result;
    GT_TRY(find_class("vdvae", &model, err));
    architecture = calloc(1, model->settings_size);
    if (!architecture) GT_THROW(err, GT_NO_MEMORY, "no memory for settings");
    GT_TRY(gt_options_create(&options, err)); /* defaults are in place once a table is added */
    GT_TRY(gt_options_add(options, model->options, architecture, err));
    GT_TRY(gt_options_add(options, &gt_train_options, &settings, err));
    GT_TRY(gt_options_preset(options, "toy", network, err));
    GT_TRY(gt_options_preset(options, "toy", training, err));
    settings.data = sky;
    settings.out = run;
    const gt_train_job job = {
        .model = model, .model_settings = architecture, .settings = &settings, .progress = -1};
    GT_TRY(gt_train(&job, &result, err));
    printf("%s: %lld steps, best loss %.4f %s\n", run, (long long)result.steps,
           result.best_loss, model->loss_unit);
done:
    gt_options_destroy(options);
    free(architecture);
    return status;
}

int main(int argc, char **argv) {
    char sky[4096], run[4096];
    gt_error err;
    if (argc != 2) return fprintf(stderr, "usage: train FOLDER\n"), 2;
    snprintf(sky, sizeof sky, "%s/sky.h5", argv[1]);
    snprintf(run, sizeof run, "%s/run", argv[1]);
    gt_status status = make_sky(sky, &err);
    if (status == GT_OK) status = train(sky, run, &err);
    if (status == GT_OK) return 0;
    fprintf(stderr, "train: %s\n", err.text);
    return 1;
}
