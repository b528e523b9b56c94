/* state.c - saving where a run stands. */
#include "state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hash.h"
#include "state_file.h"
#include "weights.h"

static gt_status add_text(gt_safetensors_writer *writer, const char *key, const char *value,
                          gt_error *err) {
    return value ? gt_safetensors_writer_metadata(writer, key, value, err) : GT_OK;
}

static gt_status add_number(gt_safetensors_writer *writer, const char *key, uint64_t value,
                            gt_error *err) {
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, value);
    return gt_safetensors_writer_metadata(writer, key, text, err);
}

static gt_status put_fact(void *writer, const char *name, const char *text, gt_error *err) {
    return add_text(writer, name, text, err);
}

/* What weight files and states both tell. */
static gt_status add_origin(gt_safetensors_writer *writer, const gt_identity *identity,
                            const gt_position *position, gt_error *err) {
    gt_status status = GT_OK;
    char text[GT_BRIGHTNESS_ROOM];
    const gt_brightness *brightness = &identity->brightness;
    GT_TRY(add_text(writer, "format", "pt", err)); /* what PyTorch's own loaders look for */
    GT_TRY(add_text(writer, GT_KEY_MODEL, identity->model, err));
    GT_TRY(add_text(writer, GT_KEY_MODEL_CONFIG, identity->model_config, err));
    GT_TRY(add_text(writer, GT_KEY_VERSION, identity->version, err));
    GT_TRY(add_text(writer, GT_KEY_PROVENANCE, identity->provenance, err));
    GT_TRY(add_text(writer, GT_KEY_CLASS_NAMES, identity->class_names, err));
    GT_TRY(gt_imaging_save(&identity->imaging, put_fact, writer, err));
    if (brightness->count)
        GT_TRY(add_text(writer, GT_KEY_BRIGHTNESS, gt_brightness_text(brightness, text), err));
    GT_TRY(add_number(writer, "epoch", (uint64_t)position->epoch, err));
    GT_TRY(add_number(writer, "step", (uint64_t)position->step, err));
done:
    return status;
}

static gt_status add_identity(gt_safetensors_writer *writer, const gt_identity *identity,
                              gt_error *err) {
    char hash[GT_HASH_TEXT];
    gt_status status = GT_OK;
    gt_hash_to_text(identity->data_hash, hash);
    GT_TRY(add_number(writer, GT_KEY_LAYOUT, GT_STATE_LAYOUT, err));
    GT_TRY(add_text(writer, GT_KEY_CONFIG, identity->config, err));
    GT_TRY(add_text(writer, GT_KEY_ALGORITHMS, identity->algorithms, err));
    GT_TRY(add_text(writer, GT_KEY_DATA_PATH, identity->data_path, err));
    GT_TRY(add_number(writer, GT_KEY_DATA_SIZE, identity->data_size, err));
    GT_TRY(add_text(writer, GT_KEY_DATA_HASH, hash, err));
    GT_TRY(add_number(writer, GT_KEY_THREADS, (uint64_t)identity->threads, err));
done:
    return status;
}

static gt_status add_vectors(gt_safetensors_writer *writer, const gt_model *model,
                             const gt_learner_settings *learner_settings,
                             const gt_vectors *vectors, gt_error *err) {
    char prefix[64];
    gt_status status = GT_OK;
    GT_TRY(gt_weights_add(writer, "param/", model, GT_OF_ALL, vectors->values, err));
    if (vectors->average)
        GT_TRY(gt_weights_add(writer, "average/", model, GT_OF_ALL, vectors->average, err));
    for (int k = 0; k < gt_model_objective_count(model); k++) {
        const gt_optimizer *rule = &learner_settings[k].rule;
        for (int i = 0; i < gt_optimizer_state_count(rule); i++) {
            snprintf(prefix, sizeof prefix, "%s/", gt_optimizer_state_name(rule, i));
            GT_TRY(gt_weights_add(writer, prefix, model, k, vectors->moments[i], err));
        }
    }
done:
    return status;
}

/* Gives the present state a second name, so that it outlives the one to come. */
static gt_status keep_previous(const char *state, const char *previous, gt_error *err) {
    char beside[GT_PATH_SIZE + 8];
    snprintf(beside, sizeof beside, "%s.keep", previous);
    if (access(state, F_OK) != 0) return GT_OK;
    (void)unlink(beside);
    bool is_linked = link(state, beside) == 0;
    /* a file system without hard links: for a moment only the previous name exists */
    if (rename(is_linked ? beside : state, previous) == 0) return GT_OK;
    return gt_fail(err, GT_IO, "%s: renaming it to %s failed: %s", state, previous,
                   strerror(errno));
}

gt_status gt_state_save(const char *folder, const gt_identity *identity, const gt_model *model,
                        const gt_learner_settings *learner_settings, const gt_vectors *vectors,
                        const gt_position *position, gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors_writer *writer = NULL;
    char path[GT_PATH_SIZE], previous[GT_PATH_SIZE];
    gt_state_arrays arrays;
    GT_TRY(gt_run_path(folder, "state.safetensors", path, err));
    GT_TRY(gt_run_path(folder, "state.previous.safetensors", previous, err));
    GT_TRY(gt_safetensors_writer_create(&writer, err));
    GT_TRY(add_origin(writer, identity, position, err));
    GT_TRY(add_identity(writer, identity, err));
    GT_TRY(add_vectors(writer, model, learner_settings, vectors, err));
    GT_TRY(gt_state_add_position(writer, model, position, &arrays, err));
    GT_TRY(keep_previous(path, previous, err));
    GT_TRY(gt_safetensors_writer_save(writer, path, true, err));
done:
    gt_safetensors_writer_destroy(writer);
    return status;
}

gt_status gt_state_save_weights(const char *folder, const char *name,
                                const gt_identity *identity, const gt_model *model,
                                const gt_vectors *vectors, const gt_position *position,
                                gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors_writer *writer = NULL;
    char path[GT_PATH_SIZE], file[64];
    const float *weights = vectors->average ? vectors->average : vectors->values;
    snprintf(file, sizeof file, "%s.safetensors", name);
    GT_TRY(gt_run_path(folder, file, path, err));
    GT_TRY(gt_safetensors_writer_create(&writer, err));
    GT_TRY(add_origin(writer, identity, position, err));
    GT_TRY(gt_weights_add(writer, "", model, GT_OF_ALL, weights, err));
    GT_TRY(gt_weights_add_fixed(writer, model, err));
    GT_TRY(gt_safetensors_writer_save(writer, path, true, err));
done:
    gt_safetensors_writer_destroy(writer);
    return status;
}
