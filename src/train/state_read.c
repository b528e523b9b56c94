/* state_read.c - taking up where a run stood. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "state_file.h"
#include "weights.h"

void gt_identity_free(gt_identity *identity) {
    free(identity->model);
    free(identity->model_config);
    free(identity->config);
    free(identity->algorithms);
    free(identity->data_path);
    free(identity->version);
    free(identity->provenance);
    free(identity->class_names);
    *identity = (gt_identity){0};
}

static gt_status read_text(const gt_safetensors *file, const char *key, char **out,
                           gt_error *err) {
    const char *value = gt_safetensors_metadata(file, key);
    if (!value)
        return gt_fail(err, GT_BAD_FORMAT, "%s is no training state: it has no '%s'",
                       gt_safetensors_path(file), key);
    *out = strdup(value);
    return *out ? GT_OK : gt_fail(err, GT_NO_MEMORY, "no memory for '%s'", key);
}

static gt_status read_number(const gt_safetensors *file, const char *key, int base,
                             uint64_t *out, gt_error *err) {
    char *end = NULL;
    const char *value = gt_safetensors_metadata(file, key);
    if (value && *value && *value != '-') {
        *out = strtoull(value, &end, base);
        if (*end == 0) return GT_OK;
    }
    return gt_fail(err, GT_BAD_FORMAT, "%s is no training state: its '%s' is '%s'",
                   gt_safetensors_path(file), key, value ? value : "missing");
}

static gt_status read_identity(const gt_safetensors *file, gt_identity *out, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t layout = 0, threads = 0;
    GT_TRY(read_number(file, GT_KEY_LAYOUT, 10, &layout, err));
    if (layout < 1 || layout > GT_STATE_LAYOUT)
        GT_THROW(err, GT_UNSUPPORTED,
                 "%s has layout %" PRIu64 ", this version of Galatea knows layouts 1 to %d",
                 gt_safetensors_path(file), layout, GT_STATE_LAYOUT);
    GT_TRY(read_text(file, GT_KEY_MODEL, &out->model, err));
    GT_TRY(read_text(file, GT_KEY_MODEL_CONFIG, &out->model_config, err));
    GT_TRY(read_text(file, GT_KEY_CONFIG, &out->config, err));
    GT_TRY(read_text(file, GT_KEY_ALGORITHMS, &out->algorithms, err));
    GT_TRY(read_text(file, GT_KEY_DATA_PATH, &out->data_path, err));
    GT_TRY(read_text(file, GT_KEY_VERSION, &out->version, err));
    GT_TRY(read_number(file, GT_KEY_DATA_SIZE, 10, &out->data_size, err));
    GT_TRY(read_number(file, GT_KEY_DATA_HASH, 16, &out->data_hash, err));
    GT_TRY(read_number(file, GT_KEY_THREADS, 10, &threads, err));
    out->threads = (int64_t)threads;
    out->brightness = gt_brightness_parse(gt_safetensors_metadata(file, GT_KEY_BRIGHTNESS));
    if (gt_safetensors_metadata(file, GT_KEY_PROVENANCE))
        GT_TRY(read_text(file, GT_KEY_PROVENANCE, &out->provenance, err));
done:
    return status;
}

static bool is_whole(const char *path) {
    gt_safetensors *file = NULL;
    bool whole = !gt_safetensors_open(path, &file, NULL) && !gt_safetensors_verify(file, NULL);
    gt_safetensors_close(file);
    return whole;
}

/* Puts after the sentence in err what to do when the checkpoint before is there and whole. */
static void offer_previous(const char *path, const char *previous, gt_error *err) {
    if (!err || access(previous, R_OK) != 0) return;
    if (!is_whole(previous))
        gt_advise(err, "the checkpoint before it, %s, is not whole either", previous);
    else
        gt_advise(err, "the checkpoint before it is %s: rename it to %s", previous,
                  strrchr(path, '/') + 1);
}

gt_status gt_state_open(const char *folder, gt_safetensors **file, gt_identity *identity,
                        gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors *opened = NULL;
    gt_identity read = {0};
    char path[GT_PATH_SIZE], previous[GT_PATH_SIZE];
    GT_TRY(gt_run_path(folder, "state.safetensors", path, err));
    GT_TRY(gt_run_path(folder, "state.previous.safetensors", previous, err));
    GT_TRY(gt_safetensors_open(path, &opened, err));
    GT_TRY(gt_safetensors_verify(opened, err));
    GT_TRY(read_identity(opened, &read, err));
    *file = opened;
    *identity = read;
    return GT_OK;
done:
    offer_previous(path, previous, err);
    gt_safetensors_close(opened);
    gt_identity_free(&read);
    return status;
}

gt_status gt_state_read(const gt_safetensors *file, const gt_model *model,
                        const gt_learner_settings *learner_settings, gt_vectors *vectors,
                        gt_position *position, gt_error *err) {
    gt_status status = GT_OK;
    char prefix[64];
    GT_TRY(gt_weights_read(file, "param/", model, GT_OF_ALL, vectors->values, err));
    if (vectors->average)
        GT_TRY(gt_weights_read(file, "average/", model, GT_OF_ALL, vectors->average, err));
    for (int k = 0; k < gt_model_objective_count(model); k++) {
        const gt_optimizer *rule = &learner_settings[k].rule;
        for (int i = 0; i < gt_optimizer_state_count(rule); i++) {
            snprintf(prefix, sizeof prefix, "%s/", gt_optimizer_state_name(rule, i));
            GT_TRY(gt_weights_read(file, prefix, model, k, vectors->moments[i], err));
        }
    }
    GT_TRY(gt_state_read_position(file, model, position, err));
done:
    return status;
}
