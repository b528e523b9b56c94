/* origin.c - the rows that a finished run learned from, found again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "file.h"
#include "galatea/run.h"
#include "hash.h"
#include "rows.h"
#include "state_file.h"
#include "weights_file.h"

void gt_run_origin_free(gt_run_origin *origin) {
    free(origin->path);
    free(origin->train);
    free(origin->held);
    *origin = (gt_run_origin){0};
}

/* The settings of the training loop from the text of a run. *options owns its strings. */
static gt_status read_settings(const gt_identity *identity, gt_options *options,
                               gt_train_settings *settings, gt_augmentation *views,
                               const gt_model_class **kind, void **model, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_class *class = NULL;
    GT_TRY(gt_model_class_find(identity->model, &class, err));
    *kind = class;
    *model = calloc(1, class->settings_size + 1);
    if (!*model) GT_THROW(err, GT_NO_MEMORY, "no memory for the settings");
    GT_TRY(gt_options_add(options, &gt_train_options, settings, err));
    GT_TRY(gt_options_add(options, class->options, *model, err));
    const gt_option_table *table = gt_train_view_options(class);
    if (table) GT_TRY(gt_options_add(options, table, views, err));
    GT_TRY(gt_options_read_text(options, "config", identity->config, strlen(identity->config),
                                GT_FROM_RUN, err));
done:
    return status;
}

static bool has_these_bytes(const char *path, const gt_identity *identity) {
    struct stat about;
    uint64_t hash = 0;
    gt_error ignored;
    return stat(path, &about) == 0 && (uint64_t)about.st_size == identity->data_size &&
           gt_file_hash(path, &hash, &ignored) == GT_OK && hash == identity->data_hash;
}

static gt_status find_data(const char *folder, const char *const *paths,
                           const gt_identity *identity, gt_run_origin *out, gt_error *err) {
    const char *found = NULL;
    for (size_t i = 0; !found && paths && paths[i]; i++)
        if (has_these_bytes(paths[i], identity)) found = paths[i];
    if (!found && has_these_bytes(identity->data_path, identity)) found = identity->data_path;
    if (!found)
        return gt_fail(err, GT_NOT_FOUND,
                       "the data set that %s was trained on is not at %s any more", folder,
                       identity->data_path);
    out->path = strdup(found);
    out->size = identity->data_size;
    out->hash = identity->data_hash;
    return out->path ? GT_OK : gt_fail(err, GT_NO_MEMORY, "no memory for a path");
}

/* Takes the lists over from rows. */
static gt_status keep_rows(gt_train_rows *rows, gt_run_origin *out, gt_error *err) {
    size_t held = rows->validation_count + rows->test_count;
    out->held = malloc((held + 1) * sizeof *out->held);
    if (!out->held) return gt_fail(err, GT_NO_MEMORY, "no memory for a list of %zu rows", held);
    memcpy(out->held, rows->validation, rows->validation_count * sizeof *out->held);
    memcpy(out->held + rows->validation_count, rows->test,
           rows->test_count * sizeof *out->held);
    out->held_count = held;
    out->train = rows->train;
    out->train_count = rows->train_count;
    rows->train = NULL;
    return GT_OK;
}

/* The folder of the run: `path` itself, or where weights of it lie. */
static gt_status find_folder(const char *path, char folder[GT_PATH_SIZE], gt_error *err) {
    struct stat about;
    char state[GT_PATH_SIZE];
    bool is_folder = stat(path, &about) == 0 && S_ISDIR(about.st_mode);
    if (is_folder)
        snprintf(folder, GT_PATH_SIZE, "%s", path);
    else
        gt_file_folder(path, folder, GT_PATH_SIZE);
    gt_status status = gt_run_path(folder, "state.safetensors", state, err);
    if (status || is_folder || access(state, F_OK) == 0) return status;
    return gt_fail(err, GT_NOT_FOUND,
                   "%s lies in no run folder, which would tell what it learned from", path);
}

/* Weights of another program or other data may have been brought into the folder: the record of
 * those that are its own names the sum of the data. */
static gt_status check_weights(const char *path, const gt_identity *identity, gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors *weights = NULL;
    char hash[GT_HASH_TEXT];
    gt_hash_to_text(identity->data_hash, hash);
    GT_TRY(gt_weights_file_open(path, &weights, err));
    const char *record = gt_safetensors_metadata(weights, GT_KEY_PROVENANCE);
    if (!record || !strstr(record, hash))
        GT_THROW(err, GT_MISMATCH, "%s is not of the run in whose folder it lies", path);
done:
    gt_safetensors_close(weights);
    return status;
}

gt_status gt_run_origin_find(const char *path, const char *const *paths, gt_run_origin *out,
                             gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors *file = NULL;
    gt_identity identity = {0};
    gt_options *options = NULL;
    gt_train_settings settings;
    gt_augmentation views;
    gt_dataset *data = NULL;
    gt_train_rows rows = {0};
    void *model = NULL;
    const gt_model_class *kind = NULL;
    char folder[GT_PATH_SIZE];
    *out = (gt_run_origin){0};
    GT_TRY(find_folder(path, folder, err));
    GT_TRY(gt_state_open(folder, &file, &identity, err));
    if (strcmp(path, folder) != 0) GT_TRY(check_weights(path, &identity, err));
    GT_TRY(find_data(folder, paths, &identity, out, err));
    GT_TRY(gt_options_create(&options, err));
    GT_TRY(read_settings(&identity, options, &settings, &views, &kind, &model, err));
    GT_TRY(gt_dataset_open_any(out->path, &data, err));
    GT_TRY(gt_train_rows_from_settings(data, kind, &settings, &rows, err));
    GT_TRY(keep_rows(&rows, out, err));
done:
    gt_train_rows_free(&rows);
    gt_dataset_close(data);
    gt_options_destroy(options);
    gt_identity_free(&identity);
    gt_safetensors_close(file);
    free(model);
    if (status) gt_run_origin_free(out);
    return status;
}
