/* origin.c - the rows that a finished run learned from, found again. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config.h"
#include "galatea/file.h"
#include "galatea/run.h"
#include "rows.h"
#include "state_file.h"

void gt_run_origin_free(gt_run_origin *origin) {
    free(origin->path);
    free(origin->train);
    free(origin->held);
    *origin = (gt_run_origin){0};
}

/* The settings of the training loop from the text of a run. *options owns its strings. */
static gt_status read_settings(const gt_identity *identity, gt_options *options,
                               gt_train_settings *settings, gt_augmentation *views,
                               void **model, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_class *class = NULL;
    GT_TRY(gt_model_class_find(identity->model, &class, err));
    *model = calloc(1, class->settings_size + 1);
    if (!*model) GT_THROW(err, GT_NO_MEMORY, "no memory for the settings");
    GT_TRY(gt_options_add(options, &gt_train_options, settings, err));
    GT_TRY(gt_options_add(options, class->options, *model, err));
    if (class->views > 1) GT_TRY(gt_options_add(options, &gt_augmentation_options, views, err));
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

gt_status gt_run_origin_find(const char *folder, const char *const *paths, gt_run_origin *out,
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
    struct stat about;
    *out = (gt_run_origin){0};
    if (stat(folder, &about) != 0 || !S_ISDIR(about.st_mode))
        GT_THROW(err, GT_NOT_FOUND,
                 "%s is no run folder, and does not tell what it learned from", folder);
    GT_TRY(gt_state_open(folder, &file, &identity, err));
    GT_TRY(find_data(folder, paths, &identity, out, err));
    GT_TRY(gt_options_create(&options, err));
    GT_TRY(read_settings(&identity, options, &settings, &views, &model, err));
    GT_TRY(gt_dataset_open_any(out->path, &data, err));
    GT_TRY(gt_train_rows_take(data, &settings, &rows, err));
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
