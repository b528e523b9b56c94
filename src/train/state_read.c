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
    *identity = (gt_identity){0};
}

static gt_status take_text(const gt_safetensors *file, const char *key, char **out,
                           gt_error *err) {
    const char *value = gt_safetensors_metadata(file, key);
    if (!value)
        return gt_fail(err, GT_BAD_FORMAT, "%s is no training state: it has no '%s'",
                       gt_safetensors_path(file), key);
    *out = strdup(value);
    return *out ? GT_OK : gt_fail(err, GT_NO_MEMORY, "no memory for '%s'", key);
}

static gt_status take_number(const gt_safetensors *file, const char *key, int base,
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

static gt_status take_identity(const gt_safetensors *file, gt_identity *out, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t layout = 0, threads = 0;
    GT_TRY(take_number(file, GT_KEY_LAYOUT, 10, &layout, err));
    if (layout != GT_STATE_LAYOUT)
        GT_THROW(err, GT_UNSUPPORTED,
                 "%s has layout %" PRIu64 ", this version of Galatea knows layout %d",
                 gt_safetensors_path(file), layout, GT_STATE_LAYOUT);
    GT_TRY(take_text(file, GT_KEY_MODEL, &out->model, err));
    GT_TRY(take_text(file, GT_KEY_MODEL_CONFIG, &out->model_config, err));
    GT_TRY(take_text(file, GT_KEY_CONFIG, &out->config, err));
    GT_TRY(take_text(file, GT_KEY_ALGORITHMS, &out->algorithms, err));
    GT_TRY(take_text(file, GT_KEY_DATA_PATH, &out->data_path, err));
    GT_TRY(take_text(file, GT_KEY_VERSION, &out->version, err));
    GT_TRY(take_number(file, GT_KEY_DATA_SIZE, 10, &out->data_size, err));
    GT_TRY(take_number(file, GT_KEY_DATA_HASH, 16, &out->data_hash, err));
    GT_TRY(take_number(file, GT_KEY_THREADS, 10, &threads, err));
    out->threads = (int64_t)threads;
    if (gt_safetensors_metadata(file, GT_KEY_PROVENANCE))
        GT_TRY(take_text(file, GT_KEY_PROVENANCE, &out->provenance, err));
done:
    return status;
}

/* Puts after the sentence in err what to do when the checkpoint before is there. */
static void offer_previous(const char *path, const char *previous, gt_error *err) {
    char sentence[sizeof err->text];
    if (!err || access(previous, R_OK) != 0) return;
    snprintf(sentence, sizeof sentence, "%s", err->text);
    (void)gt_fail(err, err->status, "%s; the checkpoint before it is %s: rename it to %s",
                  sentence, previous, strrchr(path, '/') + 1);
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
    GT_TRY(take_identity(opened, &read, err));
    *file = opened;
    *identity = read;
    return GT_OK;
done:
    offer_previous(path, previous, err);
    gt_safetensors_close(opened);
    gt_identity_free(&read);
    return status;
}

static void unpack(const int64_t counts[GT_STATE_COUNTS],
                   const double numbers[GT_STATE_NUMBERS], gt_position *p) {
    p->epoch = counts[0];
    p->batch = counts[1];
    p->step = counts[2];
    p->applied = counts[3];
    p->best_epoch = counts[4];
    p->plateau.bad = counts[5];
    p->skip.patience = counts[6];
    p->skip.in_row = counts[7];
    p->skip.seen = counts[8];
    p->best = numbers[0];
    p->plateau.rate = numbers[1];
    p->plateau.best = numbers[2];
    p->skip.limit = numbers[3];
    p->skip.factor = numbers[4];
    p->skip.threshold = numbers[5];
    memcpy(p->sums, numbers + GT_STATE_SUMS, sizeof p->sums);
    memcpy(p->skip.recent, numbers + GT_STATE_RECENT, sizeof p->skip.recent);
}

/* The plateau's settings are kept: they come from the run's options. */
static gt_status read_position(const gt_safetensors *file, gt_position *position,
                               gt_error *err) {
    gt_status status = GT_OK;
    const gt_st_tensor *tensor = NULL;
    int64_t counts[GT_STATE_COUNTS];
    double numbers[GT_STATE_NUMBERS];
    const int64_t count_shape[] = {GT_STATE_COUNTS}, number_shape[] = {GT_STATE_NUMBERS};
    GT_TRY(gt_safetensors_require(file, "progress/counts", 1, count_shape, &tensor, err));
    GT_TRY(gt_safetensors_read_i64(file, tensor, counts, GT_STATE_COUNTS, err));
    GT_TRY(gt_safetensors_require(file, "progress/numbers", 1, number_shape, &tensor, err));
    GT_TRY(gt_safetensors_read_f64(file, tensor, numbers, GT_STATE_NUMBERS, err));
    for (int i = 0; i < GT_STATE_COUNTS; i++)
        if (counts[i] < 0 || counts[i] > INT64_MAX / 4)
            GT_THROW(err, GT_BAD_FORMAT, "%s: progress/counts has %" PRId64 " at place %d",
                     gt_safetensors_path(file), counts[i], i);
    unpack(counts, numbers, position);
    if (position->skip.patience < 1 || position->skip.patience > GT_SKIP_WINDOW)
        GT_THROW(err, GT_BAD_FORMAT, "%s: a skip patience of %" PRId64 ", expected 1 to %d",
                 gt_safetensors_path(file), position->skip.patience, GT_SKIP_WINDOW);
done:
    return status;
}

gt_status gt_state_read(const gt_safetensors *file, const gt_model *model,
                        const gt_optimizer *rule, gt_vectors *vectors, gt_position *position,
                        gt_error *err) {
    gt_status status = GT_OK;
    char prefix[64];
    GT_TRY(gt_weights_read(file, "param/", model, vectors->values, err));
    if (vectors->average)
        GT_TRY(gt_weights_read(file, "average/", model, vectors->average, err));
    for (int i = 0; i < gt_optimizer_state_count(rule); i++) {
        snprintf(prefix, sizeof prefix, "%s/", gt_optimizer_state_name(rule, i));
        GT_TRY(gt_weights_read(file, prefix, model, vectors->moments[i], err));
    }
    GT_TRY(read_position(file, position, err));
done:
    return status;
}
