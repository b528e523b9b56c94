/* trainer_step.c - one update: a batch, its gradient, the rules that judge it. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "galatea/log.h"
#include "galatea/text.h"
#include "needs.h"
#include "trainer.h"

double gt_trainer_rate(const gt_trainer *t) {
    const gt_train_settings *set = t->set;
    bool is_plateau = strcmp(set->schedule, "plateau") == 0;
    gt_schedule schedule = {
        .kind = GT_SCHEDULE_CONSTANT, .warmup = set->warmup, .total = set->epochs * t->batches};
    if (strcmp(set->schedule, "cosine") == 0) schedule.kind = GT_SCHEDULE_COSINE;
    if (strcmp(set->schedule, "cosine-by-steps") == 0) {
        schedule.kind = GT_SCHEDULE_BY_STEPS;
        schedule.floor = 0.001;
    }
    double base = is_plateau ? t->at.plateau.rate : set->learning_rate;
    return base * gt_schedule_factor(&schedule, t->at.step);
}

/* ---- the update ---- */

static void apply(gt_trainer *t, double norm, double rate) {
    gt_optimizer_vectors vectors = {
        .count = t->vectors.learned,
        .values = t->vectors.values,
        .grads = t->vectors.grads,
        .state = {t->vectors.moments[0], t->vectors.moments[1]},
        .average = t->vectors.average,
        .segments = t->vectors.segments,
        .segment_count = t->vectors.segment_count,
    };
    gt_optimizer_step step = {.number = t->at.applied + 1,
                              .rate = rate,
                              .grad_scale = gt_clip_coefficient(norm, t->set->clip),
                              .average_rate = t->set->average,
                              .threads = (int)t->identity.threads};
    gt_optimizer_apply(&t->rule, &vectors, &step);
    t->at.applied++;
}

/* ---- collapse ---- */

double gt_trainer_collapse(const gt_trainer *t) {
    double healthy = 0;
    if (gt_stepper_spread(t->stepper, &healthy) < 0) return -1;
    return fmax(0, 1 - t->spread / healthy);
}

/* Codes of a collapsed model are worth nothing, however low its loss: said once. */
static void watch(gt_trainer *t, const double *terms) {
    enum { PATIENCE = 50 }; /* steps until the running mean tells anything */
    static const double near_zero = 0.9;
    double healthy = 0;
    int term = gt_stepper_spread(t->stepper, &healthy);
    if (term < 0) return;
    bool goes_on = t->first_step > 0 && t->at.step == t->first_step + 1;
    t->spread = goes_on ? terms[term] : 0.9 * t->spread + 0.1 * terms[term];
    if (t->is_collapsed || t->at.step - t->first_step < PATIENCE) return;
    t->is_collapsed = gt_trainer_collapse(t) > near_zero;
    if (t->is_collapsed)
        gt_remark("step %" PRId64 ": the outputs are nearly the same for all images (spread "
                  "%.2g, healthy is about %.2g): the model has collapsed; try another learning "
                  "rate or a larger batch",
                  t->at.step, t->spread, healthy);
}

/* How long the run will take, from the second step on: the first one also prepares what the
 * others reuse. */
static void tell_time(gt_trainer *t) {
    char text[32], steps[GT_COUNTED_SIZE], rows[GT_COUNTED_SIZE];
    int64_t done = t->at.step - t->first_step, left = t->set->epochs * t->batches - t->at.step;
    if (done == 1) t->first_done = gt_seconds();
    if (done != 2 || left <= 0) return;
    gt_remark("time: about %s for %s of %s",
              gt_duration_text((gt_seconds() - t->first_done) * (double)left, text),
              gt_text_counted((uint64_t)left, "more step", steps),
              gt_text_counted((uint64_t)t->batch, gt_needs_row_word(t->job->model), rows));
}

/* States are running averages already: weights for use have those of now. */
static void take_states(gt_trainer *t, const gt_stepper *stepper) {
    gt_stepper_take_states(stepper, t->vectors.values);
    if (t->vectors.average) gt_stepper_take_states(stepper, t->vectors.average);
}

void gt_trainer_use_values(gt_trainer *t) {
    gt_stepper_use(t->stepper, t->vectors.values);
    if (t->tail) gt_stepper_use(t->tail, t->vectors.values);
}

static gt_status note(gt_trainer *t, const double *terms, double norm, double rate,
                      gt_error *err) {
    double seconds = gt_seconds() - t->started;
    gt_journal_row row = {.epoch = t->at.epoch + 1,
                          .step = t->at.step,
                          .terms = terms,
                          .norm = norm,
                          .rate = rate,
                          .threshold = t->at.skip.threshold,
                          .skipped = t->at.step - t->at.applied,
                          .probe = NAN,
                          .images_per_second = (double)t->seen / (seconds - t->judging),
                          .seconds = seconds};
    return gt_journal_write(t->journal, &row, err);
}

/* "epoch 3 loss 0.613 distortion 0.58 rate 0.033 210 img/s" behind the progress line. */
static void show(gt_trainer *t, const double *terms) {
    char extra[192];
    int used = snprintf(extra, sizeof extra, "epoch %" PRId64, t->at.epoch + 1);
    for (int i = 0; i < gt_stepper_term_count(t->stepper) && used < 128; i++)
        used += snprintf(extra + used, sizeof extra - (size_t)used, "  %s %.4g",
                         gt_stepper_term_name(t->stepper, i), terms[i]);
    double seconds = gt_seconds() - t->started - t->judging, collapse = gt_trainer_collapse(t);
    if (collapse >= 0)
        used +=
            snprintf(extra + used, sizeof extra - (size_t)used, "  collapse %.2f", collapse);
    if (t->job->probe && !isnan(t->probed))
        used += snprintf(extra + used, sizeof extra - (size_t)used, "  %s %.3f",
                         t->job->probe->name, t->probed);
    snprintf(extra + used, sizeof extra - (size_t)used, "  %.3g %s/s",
             (double)t->seen / seconds, gt_needs_unit(t->job->model));
    gt_progress_update(&t->progress, t->at.step, extra);
}

gt_status gt_trainer_step(gt_trainer *t, gt_error *err) {
    gt_status status = GT_OK;
    gt_batch batch;
    double terms[GT_TERMS];
    double rate = gt_trainer_rate(t);
    gt_noise_at noise = {.seed = (uint64_t)t->set->seed, .step = (uint64_t)t->at.step};
    GT_TRY(gt_loader_next(t->loader, &batch, err));
    gt_stepper *stepper = (int64_t)batch.n < t->batch ? t->tail : t->stepper;
    GT_TRY(gt_stepper_run(stepper, &batch, noise, terms, t->vectors.grads, err));
    double norm =
        gt_gradient_norm(t->vectors.grads, t->vectors.learned, (int)t->identity.threads);
    GT_TRY(gt_trainer_check_terms(t, &batch, false, terms, err));
    GT_TRY(gt_trainer_check_gradient(t, &batch, norm, err));
    gt_skip_verdict verdict = gt_skip_judge(&t->at.skip, norm);
    if (verdict == GT_SKIP_APPLY) apply(t, norm, rate);
    take_states(t, stepper);
    gt_trainer_use_values(t);
    t->is_fresh = false;
    t->at.step++;
    t->at.batch++;
    t->seen += (int64_t)batch.n;
    if (verdict == GT_SKIP_RAISED)
        gt_remark("step %" PRId64 ": %" PRId64 " updates in a row were left out (gradients of "
                  "length %.4g); the limit rises to %.4g",
                  t->at.step, t->at.skip.patience, norm, t->at.skip.threshold);
    for (int i = 0; i < gt_stepper_term_count(t->stepper); i++) t->at.sums[i] += terms[i];
    GT_TRY(gt_trainer_check_states(t, t->vectors.values, err));
    watch(t, terms);
    tell_time(t);
    if (t->at.step % t->set->log_every == 0) GT_TRY(note(t, terms, norm, rate, err));
    show(t, terms);
done:
    return status;
}
