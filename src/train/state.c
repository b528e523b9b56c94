/* state.c - saving where a run stands. */
#include "state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "galatea/hash.h"
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
    GT_TRY(add_text(writer, "format", "pt", err)); /* what PyTorch's own loaders look for */
    GT_TRY(add_text(writer, GT_KEY_MODEL, identity->model, err));
    GT_TRY(add_text(writer, GT_KEY_MODEL_CONFIG, identity->model_config, err));
    GT_TRY(add_text(writer, GT_KEY_VERSION, identity->version, err));
    GT_TRY(add_text(writer, GT_KEY_PROVENANCE, identity->provenance, err));
    GT_TRY(gt_imaging_save(&identity->imaging, put_fact, writer, err));
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

static gt_status add_vectors(gt_safetensors_writer *writer, const gt_params *params,
                             const gt_optimizer *rule, const gt_vectors *vectors,
                             gt_error *err) {
    char prefix[64];
    gt_status status = gt_weights_add(writer, "param/", params, vectors->values, err);
    if (status == GT_OK && vectors->average)
        status = gt_weights_add(writer, "average/", params, vectors->average, err);
    for (int i = 0; i < gt_optimizer_state_count(rule) && status == GT_OK; i++) {
        snprintf(prefix, sizeof prefix, "%s/", gt_optimizer_state_name(rule, i));
        status = gt_weights_add(writer, prefix, params, vectors->moments[i], err);
    }
    return status;
}

void gt_state_pack(const gt_position *position, int64_t counts[GT_STATE_COUNTS],
                   double numbers[GT_STATE_NUMBERS]) {
    const gt_position *p = position;
    const int64_t all_counts[GT_STATE_COUNTS] = {
        p->epoch,       p->batch,         p->step,        p->applied,  p->best_epoch,
        p->plateau.bad, p->skip.patience, p->skip.in_row, p->skip.seen};
    const double first_numbers[] = {p->best,       p->plateau.rate, p->plateau.best,
                                    p->skip.limit, p->skip.factor,  p->skip.threshold};
    memcpy(counts, all_counts, sizeof all_counts);
    memcpy(numbers, first_numbers, sizeof first_numbers);
    memcpy(numbers + GT_STATE_SUMS, p->sums, sizeof p->sums);
    memcpy(numbers + GT_STATE_RECENT, p->skip.recent, sizeof p->skip.recent);
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
                        const gt_optimizer *rule, const gt_vectors *vectors,
                        const gt_position *position, gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors_writer *writer = NULL;
    char path[GT_PATH_SIZE], previous[GT_PATH_SIZE];
    int64_t counts[GT_STATE_COUNTS];
    double numbers[GT_STATE_NUMBERS];
    const int64_t count_shape[] = {GT_STATE_COUNTS}, number_shape[] = {GT_STATE_NUMBERS};
    GT_TRY(gt_run_path(folder, "state.safetensors", path, err));
    GT_TRY(gt_run_path(folder, "state.previous.safetensors", previous, err));
    gt_state_pack(position, counts, numbers);
    GT_TRY(gt_safetensors_writer_create(&writer, err));
    GT_TRY(add_origin(writer, identity, position, err));
    GT_TRY(add_identity(writer, identity, err));
    GT_TRY(add_vectors(writer, gt_model_params(model), rule, vectors, err));
    GT_TRY(gt_safetensors_writer_add(writer, "progress/counts", GT_ST_I64, 1, count_shape,
                                     counts, err));
    GT_TRY(gt_safetensors_writer_add(writer, "progress/numbers", GT_ST_F64, 1, number_shape,
                                     numbers, err));
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
    GT_TRY(gt_weights_add(writer, "", gt_model_params(model), weights, err));
    GT_TRY(gt_weights_add_fixed(writer, model, err));
    GT_TRY(gt_safetensors_writer_save(writer, path, true, err));
done:
    gt_safetensors_writer_destroy(writer);
    return status;
}
