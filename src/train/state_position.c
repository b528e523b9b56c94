/* state_position.c - the place where a run stands, as arrays of a state (state_file.h). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "state_file.h"

enum { NAME_SIZE = 128 };

/* ---- to arrays and back ---- */

static void pack_run(const gt_position *p, int64_t counts[GT_RUN_COUNTS],
                     double numbers[GT_RUN_NUMBERS]) {
    const int64_t all[GT_RUN_COUNTS] = {p->epoch, p->batch, p->step, p->best_epoch};
    memcpy(counts, all, sizeof all);
    numbers[0] = p->best;
}

static void unpack_run(const int64_t counts[GT_RUN_COUNTS],
                       const double numbers[GT_RUN_NUMBERS], gt_position *p) {
    p->epoch = counts[0];
    p->batch = counts[1];
    p->step = counts[2];
    p->best_epoch = counts[3];
    p->best = numbers[0];
}

static void pack_learner(const gt_learner_position *p, int64_t counts[GT_LEARNER_COUNTS],
                         double numbers[GT_LEARNER_NUMBERS]) {
    const int64_t all[GT_LEARNER_COUNTS] = {p->applied, p->plateau.bad, p->skip.patience,
                                            p->skip.in_row, p->skip.seen};
    const double first[GT_STATE_SUMS] = {p->plateau.rate, p->plateau.best, p->skip.limit,
                                         p->skip.factor, p->skip.threshold};
    memcpy(counts, all, sizeof all);
    memcpy(numbers, first, sizeof first);
    memcpy(numbers + GT_STATE_SUMS, p->sums, sizeof p->sums);
    memcpy(numbers + GT_STATE_RECENT, p->skip.recent, sizeof p->skip.recent);
}

/* The plateau's settings are kept: they come from the run's options. */
static void unpack_learner(const int64_t counts[GT_LEARNER_COUNTS],
                           const double numbers[GT_LEARNER_NUMBERS], gt_learner_position *p) {
    p->applied = counts[0];
    p->plateau.bad = counts[1];
    p->skip.patience = counts[2];
    p->skip.in_row = counts[3];
    p->skip.seen = counts[4];
    p->plateau.rate = numbers[0];
    p->plateau.best = numbers[1];
    p->skip.limit = numbers[2];
    p->skip.factor = numbers[3];
    p->skip.threshold = numbers[4];
    memcpy(p->sums, numbers + GT_STATE_SUMS, sizeof p->sums);
    memcpy(p->skip.recent, numbers + GT_STATE_RECENT, sizeof p->skip.recent);
}

/* ---- writing ---- */

static gt_status add(gt_safetensors_writer *writer, const char *group, const int64_t *counts,
                     int64_t count_length, const double *numbers, int64_t number_length,
                     gt_error *err) {
    char name[NAME_SIZE];
    gt_status status = GT_OK;
    snprintf(name, sizeof name, "%.100s/counts", group);
    GT_TRY(gt_safetensors_writer_add(writer, name, GT_ST_I64, 1, &count_length, counts, err));
    snprintf(name, sizeof name, "%.100s/numbers", group);
    GT_TRY(gt_safetensors_writer_add(writer, name, GT_ST_F64, 1, &number_length, numbers, err));
done:
    return status;
}

static void name_group(const gt_model *model, int objective, char group[NAME_SIZE]) {
    snprintf(group, NAME_SIZE, "learner/%.64s", gt_model_objective(model, objective)->name);
}

gt_status gt_state_add_position(gt_safetensors_writer *writer, const gt_model *model,
                                const gt_position *position, gt_state_arrays *room,
                                gt_error *err) {
    gt_status status = GT_OK;
    char group[NAME_SIZE];
    pack_run(position, room->run_counts, room->run_numbers);
    GT_TRY(add(writer, "progress", room->run_counts, GT_RUN_COUNTS, room->run_numbers,
               GT_RUN_NUMBERS, err));
    for (int k = 0; k < gt_model_objective_count(model); k++) {
        name_group(model, k, group);
        pack_learner(&position->learners[k], room->counts[k], room->numbers[k]);
        GT_TRY(add(writer, group, room->counts[k], GT_LEARNER_COUNTS, room->numbers[k],
                   GT_LEARNER_NUMBERS, err));
    }
done:
    return status;
}

/* ---- reading ---- */

static gt_status read_group(const gt_safetensors *file, const char *group, int64_t *counts,
                            int64_t count_length, double *numbers, int64_t number_length,
                            gt_error *err) {
    gt_status status = GT_OK;
    const gt_st_tensor *tensor = NULL;
    char name[NAME_SIZE];
    snprintf(name, sizeof name, "%.100s/counts", group);
    GT_TRY(gt_safetensors_require(file, name, 1, &count_length, &tensor, err));
    GT_TRY(gt_safetensors_read_i64(file, tensor, counts, (uint64_t)count_length, err));
    for (int i = 0; i < count_length; i++)
        if (counts[i] < 0 || counts[i] > INT64_MAX / 4)
            GT_THROW(err, GT_BAD_FORMAT, "%s: %s has %" PRId64 " at place %d",
                     gt_safetensors_path(file), name, counts[i], i);
    snprintf(name, sizeof name, "%.100s/numbers", group);
    GT_TRY(gt_safetensors_require(file, name, 1, &number_length, &tensor, err));
    GT_TRY(gt_safetensors_read_f64(file, tensor, numbers, (uint64_t)number_length, err));
done:
    return status;
}

/* Layout 1, of runs from before a model could have several objectives. */
static gt_status read_layout1(const gt_safetensors *file, gt_state_arrays *out, gt_error *err) {
    enum { APPLIED = 3, COUNTS = GT_RUN_COUNTS + GT_LEARNER_COUNTS };
    int64_t counts[COUNTS];
    double numbers[GT_RUN_NUMBERS + GT_LEARNER_NUMBERS];
    gt_status status = read_group(file, "progress", counts, COUNTS, numbers,
                                  GT_RUN_NUMBERS + GT_LEARNER_NUMBERS, err);
    if (status) return status;
    memcpy(out->run_counts, counts, APPLIED * sizeof *counts);
    out->counts[0][0] = counts[APPLIED];
    out->run_counts[APPLIED] = counts[APPLIED + 1];
    memcpy(out->counts[0] + 1, counts + APPLIED + 2, (GT_LEARNER_COUNTS - 1) * sizeof *counts);
    out->run_numbers[0] = numbers[0];
    memcpy(out->numbers[0], numbers + 1, sizeof out->numbers[0]);
    return GT_OK;
}

static gt_status read_layout2(const gt_safetensors *file, const gt_model *model,
                              gt_state_arrays *out, gt_error *err) {
    gt_status status = GT_OK;
    char group[NAME_SIZE];
    GT_TRY(read_group(file, "progress", out->run_counts, GT_RUN_COUNTS, out->run_numbers,
                      GT_RUN_NUMBERS, err));
    for (int k = 0; k < gt_model_objective_count(model); k++) {
        name_group(model, k, group);
        GT_TRY(read_group(file, group, out->counts[k], GT_LEARNER_COUNTS, out->numbers[k],
                          GT_LEARNER_NUMBERS, err));
    }
done:
    return status;
}

gt_status gt_state_read_position(const gt_safetensors *file, const gt_model *model,
                                 gt_position *position, gt_error *err) {
    gt_status status = GT_OK;
    gt_state_arrays arrays;
    const char *layout = gt_safetensors_metadata(file, GT_KEY_LAYOUT);
    bool is_first = layout && strcmp(layout, "1") == 0;
    GT_TRY(is_first ? read_layout1(file, &arrays, err)
                    : read_layout2(file, model, &arrays, err));
    unpack_run(arrays.run_counts, arrays.run_numbers, position);
    for (int k = 0; k < gt_model_objective_count(model); k++) {
        gt_learner_position *own = &position->learners[k];
        unpack_learner(arrays.counts[k], arrays.numbers[k], own);
        if (own->skip.patience < 1 || own->skip.patience > GT_SKIP_WINDOW)
            GT_THROW(err, GT_BAD_FORMAT, "%s: a skip patience of %" PRId64 ", expected 1 to %d",
                     gt_safetensors_path(file), own->skip.patience, GT_SKIP_WINDOW);
    }
done:
    return status;
}
