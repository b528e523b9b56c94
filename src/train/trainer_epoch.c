/* trainer_epoch.c - the end of an epoch: validation, best weights, learning rate, log,
 * checkpoint. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "trainer.h"

/* Validation draws the same noise every time, none of it used in training. */
static const uint64_t validation_seed = 0x9e3779b97f4a7c15;

/* Means over the validation rows (the last incomplete batch left out, unless there is a stepper
 * for it) with the weights for use. A signal ends it with GT_INTERRUPTED. */
static gt_status validate(gt_trainer *t, double *means, gt_error *err) {
    gt_status status = GT_OK;
    gt_batch batch;
    double terms[GT_TERMS];
    int count = gt_stepper_term_count(t->judge);
    int64_t done = 0;
    memset(means, 0, sizeof terms);
    gt_stepper_use(t->judge, gt_trainer_weights(t));
    if (t->judge_tail) gt_stepper_use(t->judge_tail, gt_trainer_weights(t));
    GT_TRY(gt_loader_begin(t->judge_loader, 0, 0, err));
    for (;;) {
        gt_noise_at noise = {.seed = (uint64_t)t->set->seed ^ validation_seed,
                             .first = (uint64_t)done};
        GT_TRY(gt_trainer_heed_signals(t, err));
        GT_TRY(gt_loader_next(t->judge_loader, &batch, err));
        if (batch.n == 0) break;
        bool is_full = (int64_t)batch.n == gt_stepper_batch(t->judge);
        GT_TRY(gt_stepper_run(is_full ? t->judge : t->judge_tail, &batch, noise, terms, NULL,
                              err));
        GT_TRY(gt_trainer_check_terms(t, &batch, true, terms, err));
        for (int i = 0; i < count; i++) means[i] += (double)batch.n * terms[i];
        done += (int64_t)batch.n;
    }
    for (int i = 0; i < count; i++) means[i] /= (double)done;
done:
    return status;
}

/* The number of the epoch that is about to end is one at which the probe looks. */
static bool is_probed(const gt_trainer *t, int64_t epoch) {
    const gt_train_probe *probe = t->job->probe;
    return probe && (epoch % probe->every == 0 || epoch == t->set->epochs);
}

static gt_status probe(gt_trainer *t, gt_error *err) {
    const gt_train_probe *probe = t->job->probe;
    gt_status status =
        probe->measure(probe->user, t->model, gt_trainer_weights(t), &t->probed, err);
    return status == GT_INTERRUPTED ? gt_trainer_heed_signals(t, err) : status;
}

static gt_status note(gt_trainer *t, const double *training, const double *validation,
                      double seconds, gt_error *err) {
    double all = gt_seconds() - t->started;
    gt_journal_row row = {.is_epoch = true,
                          .epoch = t->at.epoch,
                          .step = t->at.step,
                          .terms = training,
                          .validation = validation,
                          .norm = NAN,
                          .rate = gt_trainer_rate(t),
                          .threshold = t->at.skip.threshold,
                          .skipped = t->at.step - t->at.applied,
                          .probe = is_probed(t, t->at.epoch) ? t->probed : NAN,
                          .images_per_second = (double)t->seen / seconds,
                          .seconds = all};
    return gt_journal_write(t->journal, &row, err);
}

/* "epoch 3 of 20: training 0.6131, validation 0.6202 (distortion 0.58, rate 0.033), best" */
static void tell(const gt_trainer *t, const double *training, const double *validation,
                 bool is_best, double cut_from) {
    char text[400];
    int used = snprintf(text, sizeof text, "epoch %" PRId64 " of %" PRId64 ": training %.5g",
                        t->at.epoch, t->set->epochs, training[0]);
    const double *terms = validation ? validation : training;
    if (validation)
        used += snprintf(text + used, sizeof text - (size_t)used, ", validation %.5g",
                         validation[0]);
    for (int i = 1; i < gt_stepper_term_count(t->stepper) && used < 300; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%s %.4g",
                         i == 1 ? " (" : ", ", gt_stepper_term_name(t->stepper, i), terms[i]);
    if (gt_stepper_term_count(t->stepper) > 1)
        used += snprintf(text + used, sizeof text - (size_t)used, ")");
    if (is_best && !t->job->model->latest_is_best)
        used += snprintf(text + used, sizeof text - (size_t)used, ", best so far");
    if (is_probed(t, t->at.epoch))
        used += snprintf(text + used, sizeof text - (size_t)used, ", %s %.3f",
                         t->job->probe->name, t->probed);
    if (gt_trainer_collapse(t) >= 0)
        used += snprintf(text + used, sizeof text - (size_t)used, ", collapse %.2f",
                         gt_trainer_collapse(t));
    if (t->at.plateau.rate < cut_from)
        snprintf(text + used, sizeof text - (size_t)used, "; learning rate cut to %.3g",
                 t->at.plateau.rate);
    gt_remark("%s", text);
}

gt_status gt_trainer_finish_epoch(gt_trainer *t, gt_error *err) {
    gt_status status = GT_OK;
    double training[GT_TERMS], validation[GT_TERMS], start = gt_seconds();
    double learning = start - t->started - t->judging;
    double rate = t->at.plateau.rate;
    status = gt_trainer_refresh(t, true, err);
    if (status == GT_INTERRUPTED) status = gt_trainer_heed_signals(t, err);
    if (status) goto done;
    if (t->judge) GT_TRY(validate(t, validation, err));
    if (is_probed(t, t->at.epoch + 1)) GT_TRY(probe(t, err));
    t->judging += gt_seconds() - start;
    for (int i = 0; i < GT_TERMS; i++) training[i] = t->at.sums[i] / (double)t->batches;
    double loss = t->judge ? validation[0] : training[0];
    bool is_best = loss < t->at.best || t->job->model->latest_is_best;
    t->at.epoch++;
    t->at.batch = 0;
    memset(t->at.sums, 0, sizeof t->at.sums);
    if (is_best) {
        t->at.best = loss;
        t->at.best_epoch = t->at.epoch;
        GT_TRY(gt_state_save_weights(t->set->out, "best", &t->identity, t->model, &t->vectors,
                                     &t->at, err));
    }
    if (strcmp(t->set->schedule, "plateau") == 0) (void)gt_plateau_update(&t->at.plateau, loss);
    GT_TRY(note(t, training, t->judge ? validation : NULL, learning, err));
    gt_progress_clear(&t->progress);
    tell(t, training, t->judge ? validation : NULL, is_best, rate);
    GT_TRY(gt_trainer_save(t, err));
done:
    return status;
}
