/* settings.c - the options of a sweep, its records, and what they leave to a later call. */
#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "claims.h"
#include "config.h"
#include "file.h"
#include "galatea/run.h"
#include "outfile.h"
#include "settings.h"
#include "training.h"
#include "usual.h"

#define S gt_twins_settings

static const gt_option rows[] = {
    {"sizes", GT_REALS_AT(S, sizes), NULL, "N[,N...]",
     "images that each of two models learns from, ascending", .min = 1, .max = 1e9,
     .required = true},
    {"samples", GT_INT_AT(S, samples), "1000", "N", "pictures that each model makes", .min = 1,
     .max = 1e6},
    {"samples-seed", GT_INT_AT(S, sample_seed), "1", "S",
     "seed of the noise that both make them of", .min = 0, .max = 9e15},
    {"subset-seed", GT_INT_AT(S, subset_seed), "1", "S", "seed of the order of the rows",
     .min = 0, .max = 9e15},
    {"validation", GT_INT_AT(S, validation), "500", "N",
     "rows that validate, at most: of the set's validation split, or of a set without one a "
     "tenth "
     "of those that train, which no model gets",
     .min = 0, .max = 1e9},
    {"sampling", GT_TEXT_AT(S, sampling), NULL, "KEY=X ...",
     "options of the model's sampler, those of galatea sample, with blanks "
     "between: 'max-steps=500 beta=0.2'; not of the way back",
     .transient = true}, /* the model's, in whose record it stands */
    {"only", GT_TEXT_AT(S, only), NULL, "LIST",
     "sizes and parts to be done now, with commas between: 100,1000,training; left out: all",
     .transient = true},
    {"figures", GT_CHOICE_AT(S, figures), "png", "ENDING", "what figures are drawn as",
     .choices = "png|pdf|svg|none", .transient = true},
    {"redo", GT_FLAG_AT(S, is_redone), NULL, NULL,
     "do again what is finished but was computed by another version of the part, or follows "
     "from "
     "such a one; what that is a remark tells",
     .transient = true},
    {"dry-run", GT_FLAG_AT(S, is_dry), NULL, NULL,
     "tell what is missing and how long it may take, and do nothing", .transient = true},
};
const gt_option_table gt_twins_options = GT_OPTION_TABLE("Sweep", rows);

/* ---- records ---- */

static gt_status record_path(const char *folder, const char *model, char out[GT_TWINS_PATH],
                             gt_error *err) {
    int length =
        snprintf(out, GT_TWINS_PATH, "%s/%s%sconfig", folder, model, *model ? "/" : "");
    if (length < GT_TWINS_PATH) return GT_OK;
    return gt_fail(err, GT_USAGE, "out: a path of %d bytes is too long", length);
}

/* A folder that is there is that of a sweep, or empty. */
static gt_status check_folder(const char *folder, gt_error *err) {
    gt_status status = GT_OK;
    char path[GT_TWINS_PATH];
    if (gt_run_is_folder(folder))
        GT_THROW(err, GT_MISMATCH, "%s is a run: choose another folder for a sweep", folder);
    GT_TRY(record_path(folder, "", path, err));
    DIR *entries = access(path, F_OK) == 0 ? NULL : opendir(folder);
    if (!entries) goto done;
    for (struct dirent *entry; status == GT_OK && (entry = readdir(entries));)
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, "locks") != 0)
            status =
                gt_fail(err, GT_MISMATCH, "%s holds '%s' but no sweep: choose another folder",
                        folder, entry->d_name);
    (void)closedir(entries);
done:
    return status;
}

gt_status gt_twins_resolve_settings(gt_options *options, const gt_model_class *model,
                                    const gt_train_settings *training, const char *usual,
                                    gt_error *err) {
    gt_status status = GT_OK;
    char path[GT_TWINS_PATH], folder[GT_TWINS_PATH];
    gt_train_settings own = *training;
    if (training->out) {
        GT_TRY(check_folder(training->out, err));
        GT_TRY(record_path(training->out, "", path, err));
        if (access(path, F_OK) == 0)
            GT_TRY(gt_options_read_file(options, path, GT_FROM_RUN, err));
        GT_TRY(record_path(training->out, model->name, folder, err));
        *strrchr(folder, '/') = '\0';
        own.out = folder;
    }
    GT_TRY(gt_training_resolve_settings(options, model, &own, usual, err));
done:
    return status;
}

/* Of the settings of a training the one that all models share. */
static const gt_option shared_rows[] = {
    {"data", GT_TEXT_AT(gt_train_settings, data), NULL, "FILE", "the whole set"}};
static const gt_option_table shared = GT_OPTION_TABLE("Set", shared_rows);

/* What the sweep is, whatever the model. */
static gt_status describe(const gt_sweep *sweep, char **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_options *options = NULL;
    gt_twins_settings copy;
    gt_train_settings training;
    GT_TRY(gt_options_create(&options, err));
    GT_TRY(gt_options_add(options, &gt_twins_options, &copy, err));
    GT_TRY(gt_options_add(options, &shared, &training, err));
    copy = *sweep->settings;
    training.data = sweep->job->settings->data;
    GT_TRY(gt_options_text(options, GT_OPTIONS_PLAIN, out, err));
done:
    gt_options_destroy(options);
    return status;
}

/* What runs let go and a sweep does not: what it has measured would not be theirs, or of other
 * sums. */
static const char *const bound[] = {"epochs", "threads", "nearest-turns", NULL};

/* Whether anything was learned by the model's settings. */
static bool is_begun(const gt_sweep *sweep) {
    char run[GT_TWINS_PATH];
    for (size_t i = 0; i < sweep->size_count; i++)
        for (int side = 0; side < 2; side++) {
            const gt_twin t = {sweep, sweep->sizes[i], side};
            if (gt_twin_is_finished(&t, &gt_twins_training)) return true;
            if (gt_twin_run(&t, run, NULL) == GT_OK && access(run, F_OK) == 0) return true;
        }
    return false;
}

static gt_status check_record(const gt_sweep *sweep, const char *model, const char *path,
                              const char *text, gt_error *err) {
    enum { MOST = 1 << 20 };
    gt_status status = GT_OK;
    char *recorded = NULL, folder[GT_TWINS_PATH];
    size_t size;
    snprintf(folder, sizeof folder, "%s", path);
    *strrchr(folder, '/') = '\0';
    GT_TRY(gt_file_load(path, MOST, &recorded, &size, err));
    GT_TRY(gt_config_compare(sweep->job->model, folder, recorded, text, *model ? bound : NULL,
                             err));
done:
    free(recorded);
    return status;
}

/* A record that is there must be the same; that of a model, once it has begun to learn. is_dry:
 * none is written. */
static gt_status keep_record(const gt_sweep *sweep, const char *model, const char *text,
                             gt_error *err) {
    gt_status status = GT_OK;
    char path[GT_TWINS_PATH], folder[GT_TWINS_PATH];
    GT_TRY(record_path(sweep->folder, model, path, err));
    if (access(path, F_OK) == 0 && (!*model || is_begun(sweep)))
        return check_record(sweep, model, path, text, err);
    if (sweep->settings->is_dry) goto done;
    GT_TRY(record_path(sweep->folder, model, folder, err));
    *strrchr(folder, '/') = '\0';
    GT_TRY(gt_mkdirs(folder, err));
    GT_TRY(gt_outfile_save(path, text, strlen(text), err));
done:
    return status;
}

/* How the model learns, and how it is sampled. */
static gt_status describe_model(const gt_sweep *sweep, char **out, gt_error *err) {
    gt_status status = GT_OK;
    const char *sampling = sweep->settings->sampling;
    char *text = NULL;
    gt_train_settings training = *sweep->job->settings;
    gt_train_job job = *sweep->job;
    training.threads = sweep->context->threads; /* also when all are taken */
    job.settings = &training;
    GT_TRY(gt_config_of_run(&job, &text, err));
    if (asprintf(out, "%s%s%s%s", text, sampling ? "sampling = " : "", sampling ? sampling : "",
                 sampling ? "\n" : "") < 0)
        GT_THROW(err, GT_NO_MEMORY, "no memory for the settings");
done:
    free(text);
    return status;
}

gt_status gt_settings_keep(const gt_sweep *sweep, gt_error *err) {
    gt_status status = GT_OK;
    gt_claim *claim = NULL;
    char *own = NULL, *model = NULL;
    GT_TRY(describe(sweep, &own, err));
    GT_TRY(describe_model(sweep, &model, err));
    if (!sweep->settings->is_dry) GT_TRY(gt_claim_wait(sweep, "config", &claim, err));
    GT_TRY(check_folder(sweep->folder, err));
    GT_TRY(keep_record(sweep, "", own, err));
    GT_TRY(keep_record(sweep, sweep->job->model->name, model, err));
done:
    gt_claim_release(claim);
    free(own);
    free(model);
    return status;
}

/* ---- what they say ---- */

static gt_status read_sizes(gt_sweep *sweep, gt_error *err) {
    const gt_reals *sizes = &sweep->settings->sizes;
    sweep->size_count = (size_t)sizes->count;
    for (size_t i = 0; i < sweep->size_count; i++) {
        double size = sizes->value[i];
        if (size != floor(size))
            return gt_fail(err, GT_USAGE, "size %g: expected a whole number of images", size);
        if (i > 0 && size <= sizes->value[i - 1])
            return gt_fail(err, GT_USAGE, "size %g after %g: expected ascending sizes", size,
                           sizes->value[i - 1]);
        sweep->sizes[i] = (int64_t)size;
    }
    return GT_OK;
}

static gt_status want(gt_sweep *sweep, const char *word, bool *some_size, bool *some_part,
                      gt_error *err) {
    char number[GT_TWINS_NAME];
    for (size_t i = 0; i < sweep->size_count; i++) {
        snprintf(number, sizeof number, "%" PRId64, sweep->sizes[i]);
        if (strcmp(number, word) != 0) continue;
        return *some_size = sweep->wants_size[i] = true, GT_OK;
    }
    const gt_model_class *model = sweep->job->model;
    for (size_t k = 0; gt_twins_part_at(k); k++)
        if (strcmp(gt_twins_part_at(k)->name, word) == 0 &&
            gt_twins_part_suits(gt_twins_part_at(k), model))
            return *some_part = sweep->wants_part[k] = true, GT_OK;
    char names[GT_TWINS_NAMES];
    return gt_fail(err, GT_USAGE,
                   "only '%.40s': expected one of the sizes, or a part of %s: %s", word,
                   model->name, gt_twins_part_names(model, names));
}

/* Of sizes alone all parts are meant, of parts alone all sizes. */
static gt_status read_only(gt_sweep *sweep, gt_error *err) {
    gt_status status = GT_OK;
    bool some_size = false, some_part = false;
    char *list = sweep->settings->only ? strdup(sweep->settings->only) : NULL, *rest = NULL;
    if (sweep->settings->only && !list) GT_THROW(err, GT_NO_MEMORY, "no memory for a list");
    for (char *word = list ? strtok_r(list, ",", &rest) : NULL; word;
         word = strtok_r(NULL, ",", &rest))
        GT_TRY(want(sweep, word, &some_size, &some_part, err));
    for (size_t i = 0; i < sweep->size_count && !some_size; i++) sweep->wants_size[i] = true;
    for (size_t k = 0; gt_twins_part_at(k) && !some_part; k++) sweep->wants_part[k] = true;
done:
    free(list);
    return status;
}

bool gt_twins_suit(const gt_model_class *model) {
    return model->sample && !model->needs.codes;
}

/* What a model and settings of its training must be. */
static gt_status check_job(const gt_train_job *job, gt_error *err) {
    const gt_train_settings *set = job->settings;
    if (!gt_twins_suit(job->model))
        return gt_fail(err, GT_UNSUPPORTED,
                       "model %s makes no pictures that could be compared; expected one that "
                       "`galatea sample` draws images with",
                       job->model->name);
    if (set->train_share > 0 || strcmp(set->rows, "all") == 0)
        return gt_fail(err, GT_USAGE,
                       "%s: a sweep itself says which rows are learned from; leave it out",
                       set->train_share > 0 ? "train-share" : "rows all");
    return GT_OK;
}

static gt_status check_sampling(const gt_sweep *sweep, gt_error *err) {
    const gt_model_class *model = sweep->job->model;
    gt_usual usual = {0};
    gt_status status = gt_usual_open(model->sample_options, model->sample_size,
                                     sweep->settings->sampling, &usual, err);
    if (status) gt_blame(err, "sampling of %s", model->name);
    gt_usual_close(&usual);
    return status;
}

gt_status gt_settings_read(gt_sweep *sweep, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(check_job(sweep->job, err));
    GT_TRY(check_sampling(sweep, err));
    GT_TRY(read_sizes(sweep, err));
    GT_TRY(read_only(sweep, err));
done:
    return status;
}
