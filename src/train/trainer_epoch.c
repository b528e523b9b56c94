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

/* Terms of every learner. */
typedef struct means {
    double of[GT_MOST_OBJECTIVES][GT_JUDGED];
} means;

/* Adds the terms of a batch, as often as it has rows. */
static gt_status validation_batch(gt_trainer *t, const gt_batch *batch, gt_noise_at noise,
                                  means *sums, gt_error *err) {
    gt_status status = GT_OK;
    double terms[GT_JUDGED];
    for (int k = 0; k < t->learner_count; k++) {
        const gt_learner *own = &t->learners[k];
        bool is_full = (int64_t)batch->n == gt_stepper_batch(own->validator);
        GT_TRY(gt_stepper_run(is_full ? own->validator : own->validator_tail, batch, noise,
                              terms, NULL, err));
        GT_TRY(gt_trainer_check_terms(t, k, batch, true, terms, own->judged_count, err));
        for (int i = 0; i < own->judged_count; i++)
            sums->of[k][i] += (double)batch->n * terms[i];
    }
done:
    return status;
}

static void use_weights(gt_trainer *t) {
    for (int k = 0; k < t->learner_count; k++) {
        const gt_learner *own = &t->learners[k];
        gt_stepper_bind_values(own->validator, gt_trainer_weights(t));
        if (own->validator_tail)
            gt_stepper_bind_values(own->validator_tail, gt_trainer_weights(t));
    }
}

/* Means over the validation rows (the last incomplete batch left out, unless there is a stepper
 * for it) with the weights for use. A signal ends it with GT_INTERRUPTED. */
static gt_status validate(gt_trainer *t, means *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_batch batch;
    int64_t done = 0;
    *out = (means){0};
    use_weights(t);
    GT_TRY(gt_loader_begin(t->validation_loader, 0, 0, err));
    for (;;) {
        gt_noise_at noise = {.seed = (uint64_t)t->set->seed ^ validation_seed,
                             .first = (uint64_t)done};
        GT_TRY(gt_trainer_handle_signals(t, err));
        GT_TRY(gt_loader_next(t->validation_loader, &batch, err));
        if (batch.n == 0) break;
        GT_TRY(validation_batch(t, &batch, noise, out, err));
        done += (int64_t)batch.n;
    }
    for (int k = 0; k < t->learner_count; k++)
        for (int i = 0; i < GT_JUDGED; i++)
            out->of[k][i] =
                i < t->learners[k].judged_count ? out->of[k][i] / (double)done : NAN;
done:
    return status;
}

/* Means over those steps of the epoch that ends which had the term; NaN where none had. */
static means training_means(const gt_trainer *t) {
    means out = {0};
    int64_t step = t->at.step, begun = step - t->batches;
    for (int k = 0; k < t->learner_count; k++)
        for (int i = 0; i < t->learners[k].term_count; i++)
            out.of[k][i] = t->at.learners[k].sums[i] /
                           (double)gt_learner_terms_between(&t->learners[k], i, begun, step);
    return out;
}

static gt_status log_epoch(gt_trainer *t, const means *training, const means *validation,
                           double seconds, gt_error *err) {
    double all = gt_seconds() - t->started, probed[GT_PROBED];
    gt_trainer_probed(t, t->at.epoch, probed);
    gt_journal_row row = {.is_epoch = true,
                          .epoch = t->at.epoch,
                          .step = t->at.step,
                          .probed = probed,
                          .images_per_second = (double)t->seen / seconds,
                          .seconds = all};
    for (int k = 0; k < t->learner_count; k++)
        row.learners[k] = (gt_journal_part){.terms = training->of[k],
                                            .validation = validation ? validation->of[k] : NULL,
                                            .norm = NAN,
                                            .rate = gt_trainer_rate(t, k),
                                            .threshold = t->at.learners[k].skip.threshold,
                                            .skipped = gt_trainer_skipped(t, k)};
    return gt_journal_write(t->journal, &row, err);
}

/* " (distortion 0.58, rate 0.033)": all terms but the loss that validates, of validation those
 * that training has too. */
static int put_terms(const gt_trainer *t, bool validates, const means *terms, char *text,
                     int used, int size) {
    enum { MOST = 300 };
    bool is_first = true;
    for (int k = 0; k < t->learner_count; k++) {
        int count = validates ? gt_stepper_term_count(t->learners[k].stepper)
                              : t->learners[k].term_count;
        for (int i = k == 0; i < count && used < MOST; i++) {
            if (isnan(terms->of[k][i])) continue;
            used += snprintf(text + used, (size_t)(size - used), "%s%s %.4g",
                             is_first ? " (" : ", ", t->learners[k].names[i], terms->of[k][i]);
            is_first = false;
        }
    }
    if (!is_first) used += snprintf(text + used, (size_t)(size - used), ")");
    return used;
}

/* "; learning rate cut to 1e-05", for the learners whose was. */
static void put_cuts(const gt_trainer *t, const double *rates, char *text, int used, int size) {
    for (int k = 0; k < t->learner_count && used < size; k++) {
        double rate = gt_trainer_rate(t, k);
        if (rate < rates[k])
            used += snprintf(text + used, (size_t)(size - used),
                             "; %slearning rate cut to %.3g", t->learners[k].label, rate);
    }
}

/* "epoch 3 of 20: training 0.6131, validation 0.6202 (distortion 0.58, rate 0.033), best" */
static void remark_epoch(const gt_trainer *t, const means *training, const means *validation,
                         bool is_best, const double *rates) {
    char text[600];
    int used = snprintf(text, sizeof text, "epoch %" PRId64 " of %" PRId64 ": training %.5g",
                        t->at.epoch, t->set->epochs, training->of[0][0]);
    if (validation)
        used += snprintf(text + used, sizeof text - (size_t)used, ", validation %.5g",
                         validation->of[0][0]);
    used =
        put_terms(t, validation, validation ? validation : training, text, used, sizeof text);
    if (is_best && (!t->job->model->latest_is_best || gt_trainer_is_probed(t)))
        used += snprintf(text + used, sizeof text - (size_t)used, ", best so far");
    used = gt_trainer_put_probed(t, t->at.epoch, ", ", text, used, sizeof text);
    if (gt_trainer_collapse(t) >= 0)
        used += snprintf(text + used, sizeof text - (size_t)used, ", collapse %.2f",
                         gt_trainer_collapse(t));
    if (!gt_trainer_glides(t)) put_cuts(t, rates, text, used, sizeof text);
    gt_remark("%s", text);
}

static void watch_epoch(gt_trainer *t, const means *training) {
    char text[GT_WATCH_ROOM];
    for (int k = 0; k < t->learner_count; k++)
        if (gt_watch_epoch(&t->learners[k].watch, training->of[k][0], gt_trainer_is_done(t),
                           text))
            gt_remark("%sepoch %" PRId64 ": %s", t->learners[k].label, t->at.epoch, text);
}

/* The rates follow each learner's own loss. */
static void update_plateaus(gt_trainer *t, const means *judged) {
    for (int k = 0; k < t->learner_count; k++)
        if (strcmp(t->set->schedule, "plateau") == 0)
            (void)gt_plateau_update(&t->at.learners[k].plateau, judged->of[k][0]);
}

bool gt_trainer_is_done(const gt_trainer *t) {
    int64_t patience = t->set->patience;
    return t->at.epoch >= t->set->epochs ||
           (patience > 0 && gt_trainer_looks_since(t, t->at.best_epoch) >= patience);
}

/* Counts the epoch; whether its weights are the best. What a probe says is kept as its
 * negative, so that less is better. */
static bool close_epoch(gt_trainer *t, double loss) {
    bool is_probed = gt_trainer_is_probed(t);
    if (is_probed) loss = -gt_trainer_verdict(t, t->at.epoch + 1);
    bool is_best = loss < t->at.best || (t->job->model->latest_is_best && !is_probed);
    t->at.epoch++;
    t->at.batch = 0;
    for (int k = 0; k < t->learner_count; k++)
        memset(t->at.learners[k].sums, 0, sizeof t->at.learners[k].sums);
    if (!is_best) return false;
    t->at.best = loss;
    t->at.best_epoch = t->at.epoch;
    return true;
}

gt_status gt_trainer_finish_epoch(gt_trainer *t, gt_error *err) {
    gt_status status = GT_OK;
    means training, judged;
    double rates[GT_MOST_OBJECTIVES], start = gt_seconds();
    double learning = start - t->started - t->validating;
    status = gt_trainer_recalibrate(t, true, err);
    if (status == GT_INTERRUPTED) status = gt_trainer_handle_signals(t, err);
    if (status) goto done;
    if (t->validation_loader) GT_TRY(validate(t, &judged, err));
    GT_TRY(gt_trainer_probe(t, t->at.epoch + 1, err));
    t->validating += gt_seconds() - start;
    training = training_means(t);
    for (int k = 0; k < t->learner_count; k++)
        rates[k] = t->learners[k].rate > 0 ? t->learners[k].rate : gt_trainer_rate(t, k);
    const means *validation = t->validation_loader ? &judged : NULL;
    if (!validation) judged = training;
    bool is_best = close_epoch(t, judged.of[0][0]);
    if (is_best)
        GT_TRY(gt_state_save_weights(t->set->out, "best", &t->identity, t->model, &t->vectors,
                                     &t->at, err));
    GT_TRY(gt_trainer_keep(t, err));
    update_plateaus(t, &judged);
    GT_TRY(log_epoch(t, &training, validation, learning, err));
    gt_progress_clear(&t->progress);
    remark_epoch(t, &training, validation, is_best, rates);
    watch_epoch(t, &training);
    if (gt_trainer_is_done(t) && t->at.epoch < t->set->epochs)
        gt_remark("no better weights since epoch %" PRId64 ": the run ends", t->at.best_epoch);
    GT_TRY(gt_trainer_save(t, err));
done:
    return status;
}
