/* soundness.c - see soundness.h. */
#include "soundness.h"

#include <dirent.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "galatea/run.h"
#include "state_file.h"
#include "text.h"

/* ---- of this run ---- */

/* What the state and all weights of a run tell alike. */
static const struct {
    const char *key, *words;
} shared[] = {{GT_KEY_MODEL, "model"},
              {GT_KEY_MODEL_CONFIG, "network"},
              {GT_KEY_CLASS_NAMES, "list of classes"},
              {GT_KEY_BRIGHTNESS, "training set"}};

/* The seed in the record of a command; -1: it has none. */
static int64_t seed_of(const gt_safetensors *file) {
    const char *text = gt_safetensors_metadata(file, GT_KEY_PROVENANCE);
    json_t *record = text ? json_loads(text, 0, NULL) : NULL;
    const json_t *seed = json_object_get(json_object_get(record, "options"), "seed");
    int64_t value = json_is_integer(seed) ? json_integer_value(seed) : -1;
    json_decref(record);
    return value;
}

/* What tells that a file is not of the run that a state is of; NULL: nothing does. */
static const char *find_difference(const gt_safetensors *state, const gt_safetensors *file) {
    int64_t seeds[2] = {seed_of(state), seed_of(file)};
    if (seeds[0] >= 0 && seeds[1] >= 0 && seeds[0] != seeds[1]) return "seed";
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++) {
        const char *a = gt_safetensors_metadata(state, shared[i].key);
        const char *b = gt_safetensors_metadata(file, shared[i].key);
        if (a && b && strcmp(a, b) != 0) return shared[i].words;
    }
    return NULL;
}

/* The state in a folder; NULL: none that can be opened. */
static gt_safetensors *open_state(const char *folder) {
    gt_safetensors *state = NULL;
    char path[GT_PATH_SIZE];
    if (gt_run_path(folder, "state.safetensors", path, NULL)) return NULL;
    return gt_safetensors_open(path, &state, NULL) ? NULL : state;
}

/* A damaged state is not this file's fault. */
gt_status gt_run_check_origin(const char *folder, const gt_safetensors *file, gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors *state = open_state(folder);
    const char *difference = state ? find_difference(state, file) : NULL;
    if (difference)
        status = gt_fail(err, GT_MISMATCH, "%s is of another run than %s: it has another %s",
                         gt_safetensors_path(file), gt_safetensors_path(state), difference);
    gt_safetensors_close(state);
    return status;
}

const gt_model_class *gt_run_state_class(const char *folder) {
    const gt_model_class *class = NULL;
    gt_safetensors *state = open_state(folder);
    const char *name = state ? gt_safetensors_metadata(state, GT_KEY_MODEL) : NULL;
    if (!name || gt_model_class_find(name, &class, NULL)) class = NULL;
    gt_safetensors_close(state);
    return class;
}

/* *epoch: NULL, or of the weights. */
static gt_status look_at(const char *folder, const char *name, int64_t *epoch, gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors *file = NULL;
    char path[GT_PATH_SIZE];
    GT_TRY(gt_run_path(folder, name, path, err));
    if (access(path, F_OK) != 0) GT_THROW(err, GT_NOT_FOUND, "%s is missing", path);
    GT_TRY(gt_safetensors_open(path, &file, err));
    gt_error fault = {0};
    status = gt_safetensors_verify(file, &fault);
    if (status && status != GT_NOT_FOUND) GT_THROW(err, status, "%s", fault.text);
    GT_TRY(gt_run_check_origin(folder, file, err));
    const char *text = gt_safetensors_metadata(file, "epoch");
    if (epoch && (!text || gt_text_to_int(text, epoch, NULL))) *epoch = 0;
done:
    gt_safetensors_close(file);
    return status;
}

gt_status gt_run_check_weights(const char *folder, const char *name, gt_error *err) {
    return look_at(folder, name, NULL, err);
}

/* ---- what is left ---- */

typedef struct left {
    char name[NAME_MAX + 1];
    int64_t epoch;
} left;

static bool is_weights(const char *name) {
    return strcmp(name, "best.safetensors") == 0 || strcmp(name, "last.safetensors") == 0 ||
           gt_run_is_of_epoch(name);
}

/* The latest of the whole ones but for `name`; epoch -1: none is. */
static left find_latest(const char *folder, const char *name) {
    left out = {.epoch = -1};
    int64_t epoch;
    DIR *listing = opendir(folder);
    for (struct dirent *entry; listing && (entry = readdir(listing)) != NULL;) {
        if (!is_weights(entry->d_name) || strcmp(entry->d_name, name) == 0) continue;
        if (look_at(folder, entry->d_name, &epoch, NULL) || epoch < out.epoch) continue;
        /* of two of one epoch the name that always is the same */
        if (epoch == out.epoch && strcmp(out.name, entry->d_name) > 0) continue;
        out.epoch = epoch;
        snprintf(out.name, sizeof out.name, "%s", entry->d_name);
    }
    if (listing) closedir(listing);
    return out;
}

void gt_run_offer_weights(const char *path, gt_error *err) {
    const char *slash = strrchr(path, '/');
    char folder[GT_PATH_SIZE];
    gt_file_folder(path, folder, sizeof folder);
    if (!err || !gt_run_is_folder(folder)) return;
    left found = find_latest(folder, slash ? slash + 1 : path);
    if (found.epoch >= 0)
        gt_advise(err, "%s/%s, of epoch %lld, is whole", folder, found.name,
                  (long long)found.epoch);
    else
        gt_advise(err, "no other weights of the run are whole");
}

/* ---- where it stands ---- */

static int64_t number_of(const gt_safetensors *file, const char *key) {
    const char *text = gt_safetensors_metadata(file, key);
    int64_t value;
    return text && !gt_text_to_int(text, &value, NULL) ? value : 0;
}

/* States of an old layout do not tell. */
static void read_best(const gt_safetensors *file, gt_run_stand *out) {
    enum { BEST_EPOCH = 3 };
    const gt_st_tensor *tensor = NULL;
    const int64_t counts = GT_RUN_COUNTS, numbers = GT_RUN_NUMBERS;
    int64_t all[GT_RUN_COUNTS];
    if (gt_safetensors_require(file, "progress/counts", 1, &counts, &tensor, NULL) ||
        gt_safetensors_read_i64(file, tensor, all, GT_RUN_COUNTS, NULL) ||
        gt_safetensors_require(file, "progress/numbers", 1, &numbers, &tensor, NULL) ||
        gt_safetensors_read_f64(file, tensor, &out->best, GT_RUN_NUMBERS, NULL))
        return;
    out->best_epoch = all[BEST_EPOCH];
}

gt_status gt_run_stand_read(const char *folder, gt_run_stand *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors *file = NULL;
    gt_identity identity = {0};
    char path[GT_PATH_SIZE], previous[GT_PATH_SIZE];
    *out = (gt_run_stand){0};
    GT_TRY(gt_run_path(folder, "state.safetensors", path, err));
    GT_TRY(gt_run_path(folder, "state.previous.safetensors", previous, err));
    if (access(path, F_OK) != 0 && access(previous, F_OK) != 0) goto done;
    GT_TRY(gt_state_open(folder, &file, &identity, err));
    *out = (gt_run_stand){.config = identity.config,
                          .algorithms = identity.algorithms,
                          .epoch = number_of(file, "epoch"),
                          .step = number_of(file, "step")};
    identity.config = identity.algorithms = NULL;
    read_best(file, out);
    const char *record = gt_safetensors_metadata(file, GT_KEY_PROVENANCE);
    if (record && !(out->record = strdup(record)))
        GT_THROW(err, GT_NO_MEMORY, "no memory for a record");
done:
    gt_identity_free(&identity);
    gt_safetensors_close(file);
    return status;
}

void gt_run_stand_free(gt_run_stand *stand) {
    free(stand->config);
    free(stand->algorithms);
    free(stand->record);
    *stand = (gt_run_stand){0};
}
