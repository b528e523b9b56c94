/* trainer.h - one run at work: everything the loop holds, and the pieces it is made of. */
#ifndef GT_TRAIN_TRAINER_H
#define GT_TRAIN_TRAINER_H

#include "galatea/dataset.h"
#include "galatea/plan.h"
#include "galatea/train.h"
#include "journal.h"
#include "learner.h"
#include "loader.h"
#include "progress.h"
#include "rows.h"
#include "runlock.h"
#include "state.h"

typedef struct gt_trainer {
    const gt_train_job *job;
    const gt_train_settings *set;
    gt_runlock *lock;
    gt_dataset *data;
    gt_train_rows rows;
    gt_pixel_weights weights;              /* of the pixels in the loss */
    gt_loader *loader, *validation_loader; /* judge_*: NULL when there are no validation rows */
    gt_model *model;
    gt_learner learners[GT_MOST_OBJECTIVES];
    gt_learner_settings learner_settings[GT_MOST_OBJECTIVES];
    int learner_count;
    gt_vectors vectors;
    gt_algorithms *algorithms;
    gt_plan_arena *arena; /* of all steppers, of which one runs at a time */
    gt_identity identity;
    gt_position at;
    gt_journal *journal;
    gt_progress progress;
    int64_t batch;         /* rows of a full one */
    int64_t passes;        /* over the training rows in an epoch */
    int64_t batches;       /* in an epoch */
    int64_t seen;          /* rows that this process learned from */
    double started, saved; /* gt_seconds of the start and of the last checkpoint */
    double validating;     /* seconds of this process spent in validation */
    double first_done;     /* gt_seconds after the first step of this process */
    int64_t first_step;    /* of this process */
    int64_t saved_step;    /* of the last checkpoint */
    bool is_resumed;
    bool is_fresh; /* states that follow from the weights for use do follow from them */
    double probed[GT_PROBED]; /* what probes said last, one's numbers after another's; NaN:
                                 nothing yet */
    uint64_t probe_bytes;     /* that all of them hold */
    size_t kept_path;         /* bytes of the folder's path that were there before */
} gt_trainer;

/* ---- trainer_open.c: the parts, before anything is written ---- */

/* Everything up to a state to begin from: locks the folder, opens the data, makes or reads the
 * model. */
GT_MUST_CHECK gt_status gt_trainer_open(gt_trainer *trainer, gt_error *err);
void gt_trainer_close(gt_trainer *trainer);

/* ---- trainer_plan.c: compiled loss, loaders, memory ---- */

/* Compiles training and validation, checks that all fits into memory, tells memory. */
GT_MUST_CHECK gt_status gt_trainer_compile(gt_trainer *trainer, gt_error *err);

/* First values that follow from the first batch, for a model that has such. */
GT_MUST_CHECK gt_status gt_trainer_init_from_rows(gt_trainer *trainer, gt_error *err);

/* ---- train.c ---- */

/* The logs, cut back to where the run stands. */
GT_MUST_CHECK gt_status gt_trainer_open_journal(gt_trainer *trainer, gt_error *err);

/* ---- recalibrate.c ---- */

/* The weights for use: the average, or the values where there is none. */
float *gt_trainer_weights(const gt_trainer *trainer);

/* Brings the states of the weights for use up to date, unless they are. until_signal: a signal
 * ends it with GT_INTERRUPTED. GT_NOT_FINITE names a state. */
GT_MUST_CHECK gt_status gt_trainer_recalibrate(gt_trainer *trainer, bool until_signal,
                                               gt_error *err);

/* ---- finite.c: GT_NOT_FINITE for what is not a number or infinite ---- */

/* The first `count` terms of learner `k` for a batch, which is listed in failed_batch.txt;
 * validates: of validation. */
GT_MUST_CHECK gt_status gt_trainer_check_terms(gt_trainer *trainer, int k,
                                               const gt_batch *batch, bool validates,
                                               const double *terms, int count, gt_error *err);
/* Its gradient of a batch, by the norm. */
GT_MUST_CHECK gt_status gt_trainer_check_gradient(gt_trainer *trainer, int k,
                                                  const gt_batch *batch, double norm,
                                                  gt_error *err);
/* The states in a vector of parameters. */
GT_MUST_CHECK gt_status gt_trainer_check_states(const gt_trainer *trainer, const float *vector,
                                                gt_error *err);
/* All that a checkpoint has: parameters, average, moments. */
GT_MUST_CHECK gt_status gt_trainer_check_kept(const gt_trainer *trainer, gt_error *err);

/* ---- checkpoint.c ---- */

/* GT_IO when the file system of the run has no room for what the run is going to write. */
GT_MUST_CHECK gt_status gt_trainer_check_room(const gt_trainer *trainer, gt_error *err);

/* last.safetensors, state.safetensors and algorithms.txt as of now. Weights for use are so at
 * any moment: what follows from them is brought up to date first. */
GT_MUST_CHECK gt_status gt_trainer_save(gt_trainer *trainer, gt_error *err);

/* epoch-0010.safetensors, where the weights of the epoch that ended are to stay. Those for use
 * are so already. */
GT_MUST_CHECK gt_status gt_trainer_keep(gt_trainer *trainer, gt_error *err);

/* After a failure with `status`: when the data changed under the run, what was learned from
 * them as they were is saved, and said; returns the status. */
gt_status gt_trainer_save_after_failure(gt_trainer *trainer, gt_status status, gt_error *err);

/* ---- trainer_step.c ---- */

/* The steppers that train compute with the values of now; binds them too. */
void gt_trainer_bind_values(gt_trainer *trainer);

/* One batch: gradient, rule for leaving it out, update, of every learner that is due, one after
 * the other. */
GT_MUST_CHECK gt_status gt_trainer_step(gt_trainer *trainer, gt_error *err);

/* 0: outputs spread as they should, to 1: they are all the same; -1 for a model without. (Chen
 * & He 2021, figure 2, as a running mean: a <- 0.9 a + 0.1 spread from 0, or from the first
 * spread of a run that goes on.) */
double gt_trainer_collapse(const gt_trainer *trainer);

/* The learning rate of learner `k` in the next step. */
double gt_trainer_rate(const gt_trainer *trainer, int k);

/* Whether the rates change from step to step. */
bool gt_trainer_glides(const gt_trainer *trainer);

/* Steps of learner `k` that were left out. */
int64_t gt_trainer_skipped(const gt_trainer *trainer, int k);

/* ---- trainer_probes.c ---- */

/* GT_BAD_ARGUMENT for more probes than there is room for. Of what is told before the first step
 * is their memory. */
GT_MUST_CHECK gt_status gt_trainer_prepare_probes(gt_trainer *trainer, gt_error *err);

/* Those that look at an epoch do; a signal ends it with GT_INTERRUPTED, after saving. */
GT_MUST_CHECK gt_status gt_trainer_probe(gt_trainer *trainer, int64_t epoch, gt_error *err);

/* Whether probes judge the weights, what the one that does said in an epoch (NaN: it did not
 * look), and what its number is called. GT_USAGE where they are to and none can. */
bool gt_trainer_is_probed(const gt_trainer *trainer);
double gt_trainer_verdict(const gt_trainer *trainer, int64_t epoch);
const char *gt_trainer_judge(const gt_trainer *trainer);
/* How often weights were judged in epochs behind `since` up to the present one. */
int64_t gt_trainer_looks_since(const gt_trainer *trainer, int64_t since);

/* Columns of their numbers, ended by NULL. */
void gt_trainer_name_probed(const gt_trainer *trainer, const char *names[GT_PROBED + 1]);

/* What they said in an epoch: NaN from those that did not look. */
void gt_trainer_probed(const gt_trainer *trainer, int64_t epoch, double numbers[GT_PROBED]);

/* ", knn_accuracy 0.812": the same for people, behind `used` characters of a text. epoch 0: the
 * first number of each, whenever it was said. Returns characters used. */
int gt_trainer_put_probed(const gt_trainer *trainer, int64_t epoch, const char *separator,
                          char *text, int used, int size);

/* ---- trainer_epoch.c ---- */

/* Validation, best weights, learning rate, log, checkpoint. */
GT_MUST_CHECK gt_status gt_trainer_finish_epoch(gt_trainer *trainer, gt_error *err);

/* Whether no epoch is left, or too many went by without better weights. */
bool gt_trainer_is_done(const gt_trainer *trainer);

/* GT_INTERRUPTED, after saving, when a signal has arrived; GT_OK otherwise. */
GT_MUST_CHECK gt_status gt_trainer_handle_signals(gt_trainer *trainer, gt_error *err);

#endif
