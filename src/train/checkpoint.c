/* checkpoint.c - when a run is saved, what place that takes, and how it ends when a signal
 * arrives. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "galatea/interrupt.h"
#include "memory_limit.h"
#include "outfile.h"
#include "state_file.h"
#include "trainer.h"

/* Bytes on disk that are still to be taken: two states and one being written replace each
 * other, and so do last, best and one being written. Headers are small beside them. */
static uint64_t disk_bytes(const gt_trainer *t) {
    int64_t every = t->set->keep_every, epochs = t->set->epochs - t->at.epoch;
    uint64_t weights = t->vectors.count * sizeof(float),
             vectors = 1 + (t->vectors.average != NULL);
    for (int i = 0; i < GT_OPTIMIZER_MAX_STATE; i++) vectors += t->vectors.moments[i] != NULL;
    uint64_t kept = every > 0 && epochs > 0 ? (uint64_t)(epochs / every + 2) : 0;
    if (t->is_resumed) return (vectors + 1 + kept) * weights;
    return (2 * vectors + 3 + kept) * weights;
}

/* A file system that tells no sizes is taken for one with room. */
gt_status gt_trainer_check_room(const gt_trainer *t, gt_error *err) {
    struct statvfs about;
    char need[32], have[32];
    uint64_t bytes = disk_bytes(t);
    if (statvfs(t->set->out, &about) != 0 || about.f_blocks == 0) return GT_OK;
    uint64_t left = (uint64_t)about.f_bavail * about.f_frsize;
    if (bytes <= left) return GT_OK;
    return gt_fail(
        err, GT_IO,
        "%s: this run writes %s, its file system has %s left: choose another --out%s",
        t->set->out, gt_bytes_text(bytes, need), gt_bytes_text(left, have),
        t->set->keep_every > 0 ? " or a larger --keep-every" : "");
}

static gt_status write_text(const char *folder, const char *name, const char *text,
                            gt_error *err) {
    char path[GT_PATH_SIZE];
    gt_status status = gt_run_path(folder, name, path, err);
    return status ? status : gt_outfile_save(path, text, strlen(text), err);
}

static gt_status save_state(const gt_trainer *t, gt_error *err) {
    return gt_state_save(t->set->out, &t->identity, t->model, t->learner_settings, &t->vectors,
                         &t->at, err);
}

static gt_status save_last(gt_trainer *t, gt_error *err) {
    gt_status status = gt_trainer_recalibrate(t, false, err);
    if (status) return status;
    return gt_state_save_weights(t->set->out, "last", &t->identity, t->model, &t->vectors,
                                 &t->at, err);
}

/* Killed between the two, a run must go on: weights without a state would be taken for another
 * run's, and behind the state of a finished one they would stay behind. Inside an epoch the
 * state comes first as well: weights for use may take a pass over all rows, and who sent the
 * signal may not wait for that. */
static gt_status save_both(gt_trainer *t, gt_error *err) {
    bool is_first = !t->is_resumed && t->saved == 0;
    bool state_first = is_first || t->at.batch > 0;
    gt_status status = state_first ? save_state(t, err) : save_last(t, err);
    if (status) return status;
    return state_first ? save_last(t, err) : save_state(t, err);
}

gt_status gt_trainer_save(gt_trainer *t, gt_error *err) {
    gt_status status = GT_OK;
    free(t->identity.algorithms);
    t->identity.algorithms = gt_algorithms_text(t->algorithms);
    if (!t->identity.algorithms)
        GT_THROW(err, GT_NO_MEMORY, "no memory for the choice of algorithms");
    GT_TRY(gt_trainer_check_kept(t, err));
    GT_TRY(gt_journal_sync(t->journal, err));
    GT_TRY(write_text(t->set->out, "config", t->identity.config, err));
    GT_TRY(write_text(t->set->out, "algorithms.txt", t->identity.algorithms, err));
    GT_TRY(save_both(t, err));
    t->saved = gt_seconds();
    t->saved_step = t->at.step;
done:
    if (status) gt_blame(err, "saving the run");
    return status;
}

gt_status gt_trainer_keep(gt_trainer *t, gt_error *err) {
    char name[32];
    int64_t every = t->set->keep_every, epoch = t->at.epoch;
    if (every == 0 || (epoch % every != 0 && epoch != t->set->epochs)) return GT_OK;
    snprintf(name, sizeof name, "epoch-%04" PRId64, epoch);
    return gt_state_save_weights(t->set->out, name, &t->identity, t->model, &t->vectors, &t->at,
                                 err);
}

gt_status gt_trainer_handle_signals(gt_trainer *t, gt_error *err) {
    if (!gt_interrupt_pending()) return GT_OK;
    gt_status status = gt_trainer_save(t, err);
    if (status) return status;
    return gt_fail(err, GT_INTERRUPTED,
                   "interrupted in epoch %" PRId64 " after step %" PRId64
                   "; saved: the same command goes on from there",
                   t->at.epoch + 1, t->at.step);
}

/* Every batch was seen to be whole after it was read, so all steps that were made are good. The
 * weights of a flow need one more pass over its rows, which fails; its state is saved then. */
gt_status gt_trainer_save_after_failure(gt_trainer *t, gt_status status, gt_error *err) {
    gt_error why = {0};
    if (status != GT_MISMATCH || gt_dataset_check(t->data, &why) == GT_OK) return status;
    gt_status saved = gt_trainer_save(t, NULL);
    if (saved && saved != GT_MISMATCH)
        return gt_fail(err, GT_MISMATCH, "%s; the last checkpoint is that of step %" PRId64,
                       why.text, t->saved_step);
    return gt_fail(err, GT_MISMATCH,
                   "%s; stopped in epoch %" PRId64 " after step %" PRId64
                   " and saved: the same command goes on when the file is what it was",
                   why.text, t->at.epoch + 1, t->at.step);
}
