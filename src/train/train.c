/* train.c - the training loop: steps, epochs, checkpoints, signals. */
#include "galatea/train.h"

#include <inttypes.h>
#include <math.h>

#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "soundness.h"
#include "state_file.h"
#include "text.h"
#include "trainer.h"

static bool is_time_to_save(const gt_trainer *t) {
    double minutes = t->set->checkpoint_minutes;
    return minutes > 0 && gt_seconds() - t->saved > 60 * minutes;
}

static gt_status run_epoch(gt_trainer *t, gt_error *err) {
    gt_status status = GT_OK;
    for (int k = 0; k < t->learner_count; k++)
        gt_learner_begin_epoch(&t->learners[k], t->at.epoch, t->set->epochs);
    while (t->at.batch < t->batches) {
        GT_TRY(gt_trainer_step(t, err));
        GT_TRY(gt_trainer_handle_signals(t, err));
        if (is_time_to_save(t)) GT_TRY(gt_trainer_save(t, err));
    }
    /* The first batches of the next epoch are made while this one is judged. */
    if (t->at.epoch + 1 < t->set->epochs)
        GT_TRY(gt_loader_begin(t->loader, (uint32_t)t->at.epoch + 1, 0, err));
    GT_TRY(gt_trainer_finish_epoch(t, err));
    GT_TRY(gt_trainer_handle_signals(t, err));
done:
    return status ? gt_trainer_save_after_failure(t, status, err) : GT_OK;
}

gt_status gt_trainer_open_journal(gt_trainer *t, gt_error *err) {
    gt_journal_names names[GT_MOST_OBJECTIVES];
    for (int k = 0; k < t->learner_count; k++) {
        const gt_learner *learner = &t->learners[k];
        names[k] = (gt_journal_names){.prefix = learner->prefix,
                                      .count = learner->term_count,
                                      .judged = learner->judged_count};
        for (int i = 0; i < learner->term_count; i++) names[k].terms[i] = learner->names[i];
        for (int i = 0; i < learner->judged_count; i++)
            names[k].judged_terms[i] = learner->judged[i];
    }
    gt_journal_place at = {t->is_resumed ? t->at.step : -1, t->at.batch == 0};
    const char *numbers[GT_PROBED + 1];
    gt_trainer_name_probed(t, numbers);
    gt_status status =
        gt_journal_open(t->set->out, t->learner_count, names, numbers, at, &t->journal, err);
    if (status == GT_OK && t->job->is_untimed) gt_journal_leave_times_out(t->journal);
    return status;
}

/* Making views must not hold training up. */
static void remark_wait(const gt_trainer *t) {
    double all = gt_seconds() - t->started;
    gt_remark("waited %.2g s of %.4g s for views", gt_loader_waited(t->loader), all);
}

/* Compiles and trains from where t->at stands to the last epoch. */
static gt_status run_all(gt_trainer *t, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_trainer_compile(t, err));
    if (t->is_resumed)
        gt_remark("resuming %s in epoch %" PRId64 " after step %" PRId64, t->set->out,
                  t->at.epoch + 1, t->at.step);
    GT_TRY(gt_trainer_open_journal(t, err));
    GT_TRY(gt_loader_begin(t->loader, (uint32_t)t->at.epoch, (size_t)t->at.batch, err));
    t->started = gt_seconds();
    t->first_step = t->at.step;
    gt_progress_finish(&t->progress);
    t->progress = gt_progress_start(t->job->progress, t->set->epochs * t->batches, "training");
    GT_TRY(gt_trainer_save(t, err));
    if (t->at.step == 0) GT_TRY(gt_trainer_keep(t, err));
    while (!gt_trainer_is_done(t)) GT_TRY(run_epoch(t, err));
    gt_progress_finish(&t->progress);
    if (gt_train_view_options(t->job->model)) remark_wait(t);
    GT_TRY(gt_journal_sync(t->journal, err));
done:
    gt_progress_finish(&t->progress);
    return status;
}

/* The end of a run that others will use: its weights are there, whole, and its own. */
static gt_status check_weights(const gt_trainer *t, gt_error *err) {
    static const char *const names[] = {"best.safetensors", "last.safetensors"};
    for (size_t i = t->at.best_epoch == 0; i < 2; i++) {
        char path[GT_PATH_SIZE];
        gt_status status = gt_run_path(t->set->out, names[i], path, err);
        if (!status) status = gt_run_check_weights(t->set->out, names[i], err);
        if (status) {
            gt_run_offer_weights(path, err);
            return status;
        }
    }
    return GT_OK;
}

gt_status gt_train(const gt_train_job *job, gt_train_result *result, gt_error *err) {
    GT_PLAIN_NUMBERS;
    gt_status status = GT_OK;
    gt_trainer trainer = {.job = job,
                          .set = job->settings,
                          .progress = gt_progress_start(job->progress, 0, "preparing")};
    /* Who has sessions stops each by itself, and the signals of the process are his. */
    if (!gt_session_current()) GT_TRY(gt_interrupt_install(err));
    GT_TRY(gt_trainer_open(&trainer, err));
    int64_t skipped = 0;
    bool was_finished = gt_trainer_is_done(&trainer);
    bool is_probed = gt_trainer_is_probed(&trainer);
    if (!was_finished) GT_TRY(run_all(&trainer, err));
    GT_TRY(check_weights(&trainer, err));
    for (int k = 0; k < trainer.learner_count; k++) skipped += gt_trainer_skipped(&trainer, k);
    *result = (gt_train_result){.was_finished = was_finished,
                                .epochs = trainer.at.epoch,
                                .steps = trainer.at.step,
                                .skipped = skipped,
                                .waited = trainer.loader ? gt_loader_waited(trainer.loader) : 0,
                                .best_loss = is_probed ? -trainer.at.best : trainer.at.best,
                                .best_by = gt_trainer_judge(&trainer),
                                .best_epoch = trainer.at.best_epoch};
done:
    gt_progress_finish(&trainer.progress);
    gt_trainer_close(&trainer);
    return status;
}
