/* trainer_step.c - one update: a batch, its gradient, the rules that judge it. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "galatea/log.h"
#include "needs.h"
#include "text.h"
#include "trainer.h"

bool gt_trainer_glides(const gt_trainer *t) {
    return strncmp(t->set->schedule, "cosine", 6) == 0 || t->at.step <= t->set->warmup;
}

double gt_trainer_rate(const gt_trainer *t, int k) {
    const gt_train_settings *set = t->set;
    bool is_plateau = strcmp(set->schedule, "plateau") == 0;
    gt_schedule schedule = {
        .kind = GT_SCHEDULE_CONSTANT, .warmup = set->warmup, .total = set->epochs * t->batches};
    if (strcmp(set->schedule, "cosine") == 0) schedule.kind = GT_SCHEDULE_COSINE;
    if (strcmp(set->schedule, "cosine-by-steps") == 0) {
        schedule.kind = GT_SCHEDULE_BY_STEPS;
        schedule.floor = 0.001;
    }
    if (strcmp(set->schedule, "halve") == 0) {
        schedule.kind = GT_SCHEDULE_HALVED;
        schedule.every = set->halve_every * t->batches;
    }
    double base = is_plateau ? t->at.learners[k].plateau.rate : t->learner_settings[k].rate;
    return base * gt_schedule_factor(&schedule, t->at.step);
}

int64_t gt_trainer_skipped(const gt_trainer *t, int k) {
    return gt_learner_steps_between(&t->learners[k], 0, t->at.step) - t->at.learners[k].applied;
}

/* ---- the update ---- */

/* Where any learner has an average, that of one without is what it learned. */
static void apply(gt_trainer *t, int k, double norm, double rate) {
    const gt_learner_settings *own = &t->learner_settings[k];
    gt_optimizer_vectors vectors = gt_vectors_of(&t->vectors, t->model, k);
    gt_optimizer_step step = {.number = t->at.learners[k].applied + 1,
                              .rate = rate,
                              .grad_scale = gt_clip_coefficient(norm, own->clip),
                              .average_rate = own->average,
                              .threads = (int)t->identity.threads};
    gt_optimizer_apply(&own->rule, &vectors, &step);
    t->at.learners[k].applied++;
}

/* ---- what the monitors tell ---- */

double gt_trainer_collapse(const gt_trainer *t) {
    double worst = -1;
    for (int k = 0; k < t->learner_count; k++)
        worst = fmax(worst, gt_watch_collapse(&t->learners[k].watch));
    return worst;
}

static void watch(gt_trainer *t, gt_learner *learner) {
    char text[GT_WATCH_ROOM];
    gt_watch_step(&learner->watch, learner->terms, t->first_step > 0);
    while (gt_watch_alarm(&learner->watch, text))
        gt_remark("%sstep %" PRId64 ": %s", learner->label, t->at.step, text);
}

/* How long the run will take, from the second step on: the first one also prepares what the
 * others reuse. */
static void remark_time(gt_trainer *t) {
    char text[32], steps[GT_COUNTED_SIZE], rows[GT_COUNTED_SIZE];
    int64_t done = t->at.step - t->first_step, left = t->set->epochs * t->batches - t->at.step;
    if (done == 1) t->first_done = gt_seconds();
    if (done != 2 || left <= 0) return;
    gt_remark("time: about %s for %s of %s",
              gt_duration_text((gt_seconds() - t->first_done) * (double)left, text),
              gt_text_counted((uint64_t)left, "more step", steps),
              gt_text_counted((uint64_t)t->batch, gt_needs_row_word(t->job->model), rows));
}

/* Those of the loss, and copies of what was learned. They are running averages already: weights
 * for use have those of now. */
static void move_states(gt_trainer *t, int k, const gt_stepper *stepper) {
    size_t first = (size_t)gt_params_learned_floats(gt_model_params(t->model));
    gt_vectors *v = &t->vectors;
    gt_stepper_read_states(stepper, v->values);
    if (v->average) gt_stepper_read_states(stepper, v->average);
    if (!gt_model_objective(t->model, k)->copy) return;
    gt_model_follow(t->model, k, t->at.step, v->values);
    if (v->average)
        memcpy(v->average + first, v->values + first, (v->count - first) * sizeof *v->values);
}

void gt_trainer_bind_values(gt_trainer *t) {
    for (int k = 0; k < t->learner_count; k++)
        gt_learner_bind_values(&t->learners[k], t->vectors.values);
}

/* A learner that was not due leaves its cells empty. */
static gt_status log_step(gt_trainer *t, gt_error *err) {
    static const double none[GT_TERMS] = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    double seconds = gt_seconds() - t->started;
    gt_journal_row row = {.epoch = t->at.epoch + 1,
                          .step = t->at.step,
                          .images_per_second = (double)t->seen / (seconds - t->validating),
                          .seconds = seconds};
    for (int k = 0; k < t->learner_count; k++) {
        const gt_learner *own = &t->learners[k];
        row.learners[k] = (gt_journal_part){.terms = own->has_stepped ? own->terms : none,
                                            .norm = own->has_stepped ? own->norm : NAN,
                                            .rate = own->rate,
                                            .threshold = t->at.learners[k].skip.threshold,
                                            .skipped = gt_trainer_skipped(t, k)};
    }
    return gt_journal_write(t->journal, &row, err);
}

/* What the learners said last, as far as there is room. */
static int put_terms(const gt_trainer *t, char *text, int used, int size) {
    enum { MOST = 128 };
    for (int k = 0; k < t->learner_count; k++) {
        const gt_learner *own = &t->learners[k];
        for (int i = 0; i < own->term_count && used < MOST && !isnan(own->terms[i]); i++)
            used += snprintf(text + used, (size_t)(size - used), "  %s %.4g", own->names[i],
                             own->terms[i]);
    }
    return used;
}

/* "epoch 3 loss 0.613 distortion 0.58 rate 0.033 210 img/s" behind the progress line. */
static void show_progress(gt_trainer *t) {
    char extra[192];
    int used = snprintf(extra, sizeof extra, "epoch %" PRId64, t->at.epoch + 1);
    used = put_terms(t, extra, used, sizeof extra);
    double seconds = gt_seconds() - t->started - t->validating,
           collapse = gt_trainer_collapse(t);
    if (collapse >= 0)
        used +=
            snprintf(extra + used, sizeof extra - (size_t)used, "  collapse %.2f", collapse);
    used = gt_trainer_put_probed(t, 0, "  ", extra, used, sizeof extra);
    snprintf(extra + used, sizeof extra - (size_t)used, "  %.3g %s/s",
             (double)t->seen / seconds, gt_needs_unit(t->job->model));
    gt_progress_update(&t->progress, t->at.step, extra);
}

/* One learner on a batch: everything but what counts batches. */
static gt_status step_learner(gt_trainer *t, int k, const gt_batch *batch, gt_error *err) {
    gt_status status = GT_OK;
    gt_learner *own = &t->learners[k];
    gt_learner_position *at = &t->at.learners[k];
    gt_model_range range = gt_model_range_of(t->model, k);
    gt_noise_at noise = {.seed = (uint64_t)t->set->seed, .step = (uint64_t)t->at.step};
    gt_stepper *stepper = gt_learner_stepper(own, t->at.step, (int64_t)batch->n < t->batch);
    int terms = gt_stepper_term_count(stepper);
    GT_TRY(gt_stepper_run(stepper, batch, noise, own->terms, t->vectors.grads, err));
    for (int i = terms; i < own->term_count; i++) own->terms[i] = NAN;
    own->norm =
        gt_gradient_norm(t->vectors.grads + range.first, range.count, (int)t->identity.threads);
    GT_TRY(gt_trainer_check_terms(t, k, batch, false, own->terms, terms, err));
    GT_TRY(gt_trainer_check_gradient(t, k, batch, own->norm, err));
    gt_skip_decision verdict = gt_skip_decide(&at->skip, own->norm);
    if (verdict == GT_SKIP_APPLY) apply(t, k, own->norm, own->rate);
    move_states(t, k, stepper);
    gt_trainer_bind_values(t);
    t->is_fresh = false;
    if (verdict == GT_SKIP_RAISED)
        gt_remark("%sstep %" PRId64 ": %" PRId64
                  " updates in a row were left out (gradients of "
                  "length %.4g); the limit rises to %.4g",
                  own->label, t->at.step + 1, at->skip.patience, own->norm, at->skip.threshold);
    for (int i = 0; i < terms; i++) at->sums[i] += own->terms[i];
done:
    return status;
}

gt_status gt_trainer_step(gt_trainer *t, gt_error *err) {
    gt_status status = GT_OK;
    gt_batch batch;
    GT_TRY(gt_loader_next(t->loader, &batch, err));
    for (int k = 0; k < t->learner_count; k++) {
        t->learners[k].rate = gt_trainer_rate(t, k);
        t->learners[k].has_stepped = gt_learner_is_due(&t->learners[k], t->at.step);
        if (t->learners[k].has_stepped) GT_TRY(step_learner(t, k, &batch, err));
    }
    t->at.step++;
    t->at.batch++;
    t->seen += (int64_t)batch.n;
    GT_TRY(gt_trainer_check_states(t, t->vectors.values, err));
    for (int k = 0; k < t->learner_count; k++)
        if (t->learners[k].has_stepped) watch(t, &t->learners[k]);
    remark_time(t);
    if (t->at.step % t->set->log_every == 0) GT_TRY(log_step(t, err));
    show_progress(t);
done:
    return status;
}
