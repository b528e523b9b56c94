/* training.c - settings of a training, and a training with its record and its probes. */
#include "training.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "galatea/log.h"
#include "galatea/run.h"
#include "mismatch.h"
#include "nearest.h"
#include "probe.h"
#include "provenance.h"
#include "sample_sheets.h"
#include "soundness.h"

gt_status gt_training_apply_preset(gt_options *options, const gt_model_class *model,
                                   const char *name, gt_error *err) {
    const gt_model_preset *preset = NULL;
    gt_status status = gt_model_preset_find(model, name, &preset, err);
    if (status) return status;
    status = gt_options_preset(options, name, preset->settings, err);
    return status ? status : gt_options_preset(options, name, preset->training, err);
}

/* Another model's settings would be met as unknown keys. */
static gt_status check_model(const gt_model_class *wanted, const char *folder, gt_error *err) {
    gt_error none;
    const gt_model_class *found = gt_run_state_class(folder);
    if (!found && gt_run_class(folder, &found, &none)) return GT_OK;
    if (found == wanted) return GT_OK;
    return gt_fail(err, GT_MISMATCH, "%s is a run of model %s, not %s: choose another folder",
                   folder, found->name, wanted->name);
}

/* Lines "key = value" of a text whose keys are listed; yours, NULL without memory. */
static char *pick_lines(const char *text, const char *const *keys) {
    char *out = calloc(1, strlen(text) + 1);
    for (const char *at = text; out && *at;) {
        size_t length = strcspn(at, "\n"), name = strcspn(at, " =\n");
        for (const char *const *key = keys; *key; key++)
            if (strlen(*key) == name && strncmp(at, *key, name) == 0)
                strncat(strncat(out, at, length), "\n", 2);
        at += length + (at[length] == '\n');
    }
    return out;
}

/* What weights to begin with say of the part that they are for. */
static gt_status inherit_settings(gt_options *options, const gt_model_class *model,
                                  const char *init, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_class *kind = NULL;
    char *config = NULL, *lines = NULL;
    GT_TRY(gt_run_read_network(init, &kind, &config, err));
    if (!config) goto done;
    lines = pick_lines(config, model->inherited);
    if (!lines) GT_THROW(err, GT_NO_MEMORY, "no memory for settings");
    GT_TRY(gt_options_read_text(options, init, lines, strlen(lines), GT_FROM_RUN, err));
done:
    free(config);
    free(lines);
    return status;
}

/* The state of a run has its settings too, for when the file of them is gone. */
static gt_status read_kept_settings(gt_options *options, const gt_model_class *model,
                                    const char *folder, bool *is_new, gt_error *err) {
    gt_status status = GT_OK;
    gt_run_stand stand = {0};
    *is_new = gt_run_stand_read(folder, &stand, NULL) || !stand.config;
    if (*is_new) goto done; /* what a damaged state says of itself comes when it is opened */
    GT_TRY(check_model(model, folder, err));
    gt_remark("%s/config is missing: the settings are taken from the run's state", folder);
    GT_TRY(gt_options_read_text(options, folder, stand.config, strlen(stand.config),
                                GT_FROM_RUN, err));
done:
    gt_run_stand_free(&stand);
    return status;
}

static void advise_on_settings(const char *folder, gt_error *err) {
    gt_run_stand stand = {0};
    if (!gt_run_stand_read(folder, &stand, NULL) && stand.config)
        gt_advise(err, "the run's state has its settings too: without the file they are taken "
                       "from there");
    gt_run_stand_free(&stand);
}

/* The settings of a run that is there; *is_new: none is. */
static gt_status read_settings(gt_options *options, const gt_model_class *model,
                               const char *folder, bool *is_new, gt_error *err) {
    gt_status status = GT_OK;
    char *path = NULL;
    if (asprintf(&path, "%s/config", folder) < 0)
        return gt_fail(err, GT_NO_MEMORY, "no memory for a path");
    *is_new = access(path, F_OK) != 0;
    if (*is_new) {
        status = read_kept_settings(options, model, folder, is_new, err);
        goto done;
    }
    GT_TRY(check_model(model, folder, err));
    status = gt_options_read_file(options, path, GT_FROM_RUN, err);
    if (status) advise_on_settings(folder, err);
done:
    free(path);
    return status;
}

gt_status gt_training_resolve_settings(gt_options *options, const gt_model_class *model,
                                       const gt_train_settings *settings, const char *usual,
                                       gt_error *err) {
    gt_status status = GT_OK;
    const char *preset = settings->preset;
    bool is_new = true;
    if (settings->out) GT_TRY(read_settings(options, model, settings->out, &is_new, err));
    if (is_new && !preset) preset = usual;
    if (preset) GT_TRY(gt_training_apply_preset(options, model, preset, err));
    if (is_new && settings->init && model->inherited)
        GT_TRY(inherit_settings(options, model, settings->init, err));
done:
    return status;
}

static void tell_finding(void *user, const gt_check_finding *finding) {
    (void)user;
    if (finding->is_wrong) gt_remark("%s: %s", finding->path, finding->sentence);
}

gt_status gt_training_run(const gt_context *context, gt_train_job *job, gt_train_result *result,
                          gt_error *err) {
    gt_status status = GT_OK;
    const gt_train_settings *settings = job->settings;
    const char *const inputs[] = {settings->data, settings->init, NULL};
    char *provenance = NULL;
    gt_probe *probe = NULL;
    gt_sample_sheets *sheets = NULL;
    const gt_train_probe *probes[3] = {NULL};
    int count = 0;
    GT_TRY(gt_provenance_make(context->invocation, inputs, &provenance, err));
    job->provenance = provenance;
    job->is_untimed = context->is_untimed;
    if (settings->sample_every && gt_sample_sheets_suit(job->model)) {
        GT_TRY(gt_sample_sheets_open(job, &sheets, err));
        probes[count++] = gt_sample_sheets_view(sheets);
    }
    if (settings->probe) {
        GT_TRY(gt_probe_open(job->model, settings, &probe, err));
        const char *const sets[] = {settings->data, settings->probe, NULL};
        GT_TRY(gt_mismatch_check_sets(context, sets, "", err));
        probes[count++] = gt_probe_view(probe);
    }
    job->probes = probes;
    GT_TRY(gt_train(job, result, err));
    if (result->was_finished)
        GT_TRY(gt_check_log(context, settings->out, tell_finding, NULL, err));
    GT_TRY(gt_nearest_tell(job->model, settings, result->was_finished, err));
done:
    if (status == GT_NOT_FOUND && gt_run_state_class(settings->out) &&
        access(settings->data, F_OK) != 0)
        gt_advise(err, "the setting data says where that of %s lies now", settings->out);
    job->provenance = NULL;
    job->probes = NULL;
    gt_probe_close(probe);
    gt_sample_sheets_close(sheets);
    free(provenance);
    return status;
}
