/* finite.c - what is not a number, or infinite, stops a run: terms of the loss, gradients, and
 * what the run keeps. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "outfile.h"
#include "state_file.h"
#include "trainer.h"
#include "weights.h"

/* ---- what is said ---- */

/* failed_batch.txt: the rows of the batch, with their ids where the set has some. */
static gt_status list_batch(gt_trainer *t, const gt_batch *batch, bool validates,
                            gt_error *err) {
    gt_status status = GT_OK;
    gt_outfile *file = NULL;
    FILE *stream = NULL;
    const char *ids = NULL;
    char path[GT_PATH_SIZE];
    const gt_dataset_info *info = gt_dataset_describe(t->data);
    GT_TRY(gt_run_path(t->set->out, "failed_batch.txt", path, err));
    if (info->columns & GT_COLUMN_ID) GT_TRY(gt_dataset_ids(t->data, &ids, err));
    GT_TRY(gt_outfile_open(path, &file, err));
    stream = gt_outfile_stream(file);
    if (!stream) GT_THROW(err, GT_NO_MEMORY, "no memory to write %s", path);
    if (validates)
        fprintf(stream, "# validation after step %" PRId64 ", epoch %" PRId64 " of %s\n",
                t->at.step, t->at.epoch + 1, t->set->data);
    else
        fprintf(stream, "# step %" PRId64 ", epoch %" PRId64 ", batch %" PRId64 " of %s\n",
                t->at.step + 1, t->at.epoch + 1, t->at.batch + 1, t->set->data);
    for (size_t i = 0; i < batch->n; i++)
        fprintf(stream, "%" PRId64 "%s%s\n", batch->rows[i], ids ? " " : "",
                ids ? ids + (size_t)batch->rows[i] * (info->id_length + 1) : "");
    GT_TRY(gt_outfile_commit(file, err));
done:
    gt_outfile_discard(file);
    return status;
}

static const char *word_for(double value) {
    return isnan(value) ? "not a number" : "infinite";
}

static gt_status stop_at_batch(gt_trainer *t, const gt_batch *batch, bool validates,
                               const char *what, const char *name, double value,
                               gt_error *err) {
    gt_status status = list_batch(t, batch, validates, err);
    if (status) return status;
    return gt_fail(err, GT_NOT_FINITE,
                   "%s %" PRId64 " (epoch %" PRId64 "): %s '%s' is %s; its batch is listed in "
                   "%s/failed_batch.txt, the last checkpoint is %s/state.safetensors (step "
                   "%" PRId64 "); try a lower learning-rate",
                   validates ? "validation after step" : "step", t->at.step + !validates,
                   t->at.epoch + 1, what, name, word_for(value), t->set->out, t->set->out,
                   t->saved_step);
}

/* ---- terms and gradients ---- */

gt_status gt_trainer_check_terms(gt_trainer *t, int k, const gt_batch *batch, bool validates,
                                 const double *terms, int count, gt_error *err) {
    const gt_learner *learner = &t->learners[k];
    const char(*names)[GT_TERM_NAME] = validates ? learner->judged : learner->names;
    for (int i = count - 1; i >= 0; i--)
        if (!isfinite(terms[i]))
            return stop_at_batch(t, batch, validates, "the term", names[i], terms[i], err);
    return GT_OK;
}

/* By the bits of the largest magnitude, a pass that the compiler makes wide. */
static bool are_finite(const float *values, int64_t count) {
    static const uint32_t magnitude = 0x7fffffff, infinity = 0x7f800000;
    uint32_t largest = 0;
    for (int64_t k = 0; k < count; k++) {
        uint32_t bits;
        memcpy(&bits, &values[k], sizeof bits);
        bits &= magnitude;
        largest = bits > largest ? bits : largest;
    }
    return largest < infinity;
}

/* The first number of parameter `index` in a vector that is NaN or infinite; 0: none is. */
static float find_bad(const gt_params *params, int index, const float *vector) {
    const float *part = vector + gt_params_offset(params, index);
    int64_t count = gt_shape_count(gt_params_shape(params, index)), k = 0;
    if (are_finite(part, count)) return 0;
    while (isfinite(part[k])) k++;
    return part[k];
}

/* Gradients of other learners are those of their last steps, all finite. */
gt_status gt_trainer_check_gradient(gt_trainer *t, int k, const gt_batch *batch, double norm,
                                    gt_error *err) {
    const gt_params *params = gt_model_params(t->model);
    if (isfinite(norm)) return GT_OK;
    int bad = 0;
    while (bad < gt_params_count(params) &&
           (!gt_model_owns(t->model, k, bad) || find_bad(params, bad, t->vectors.grads) == 0))
        bad++;
    const char *name = bad < gt_params_count(params) ? gt_params_name(params, bad) : "?";
    return stop_at_batch(t, batch, false, "the gradient of", name, norm, err);
}

/* ---- what is kept ---- */

/* objective: whose parameters; GT_OF_ALL. */
static gt_status check_vector(const gt_trainer *t, const char *kind, int objective,
                              const float *vector, bool only_states, gt_error *err) {
    const gt_params *params = gt_model_params(t->model);
    for (int i = 0; i < gt_params_count(params); i++) {
        if (only_states && !gt_params_is_state(params, i)) continue;
        if (objective != GT_OF_ALL && !gt_model_owns(t->model, objective, i)) continue;
        float bad = find_bad(params, i, vector);
        if (bad != 0)
            return gt_fail(err, GT_NOT_FINITE,
                           "step %" PRId64 " (epoch %" PRId64 "): the %s of '%s' is %s and was "
                           "not saved; the last checkpoint is %s/state.safetensors (step "
                           "%" PRId64 "); try a lower learning-rate",
                           t->at.step, t->at.epoch + 1, kind, gt_params_name(params, i),
                           word_for((double)bad), t->set->out, t->saved_step);
    }
    return GT_OK;
}

gt_status gt_trainer_check_states(const gt_trainer *t, const float *vector, gt_error *err) {
    return check_vector(t, "value", GT_OF_ALL, vector, true, err);
}

gt_status gt_trainer_check_kept(const gt_trainer *t, gt_error *err) {
    gt_status status = check_vector(t, "value", GT_OF_ALL, t->vectors.values, false, err);
    if (!status && t->vectors.average)
        status = check_vector(t, "average", GT_OF_ALL, t->vectors.average, false, err);
    for (int k = 0; k < t->learner_count; k++) {
        const gt_optimizer *rule = &t->learner_settings[k].rule;
        for (int i = 0; i < gt_optimizer_state_count(rule) && !status; i++)
            status = check_vector(t, gt_optimizer_state_name(rule, i), k, t->vectors.moments[i],
                                  false, err);
    }
    return status;
}
