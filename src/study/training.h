/* training.h (room: study) - settings of a training by run or preset, and a training with its
 * record and its probes. */
#ifndef GT_STUDY_TRAINING_H
#define GT_STUDY_TRAINING_H

#include "context.h"
#include "galatea/train.h"

/* The settings of a training before its own options count: those of the run at settings->out
 * where there is one, else those of settings->preset or, without one, of `usual`, and of the
 * model's those that follow the weights at settings->init. options hold settings and the
 * model's. GT_MISMATCH for a run of another model. */
GT_MUST_CHECK gt_status gt_training_resolve_settings(gt_options *options,
                                                     const gt_model_class *model,
                                                     const gt_train_settings *settings,
                                                     const char *usual, gt_error *err);

/* The values of a preset of the model, for its settings and its training. */
GT_MUST_CHECK gt_status gt_training_apply_preset(gt_options *options,
                                                 const gt_model_class *model,
                                                 const char *preset, gt_error *err);

/* Trains, or goes on with a run: gt_train with the record of who asks, with sheets of samples
 * unless sample_every is 0 (sample_sheets.h), and with a probe where job->settings->probe names
 * a labelled set (probe.h); then samples are compared with what was learned from, where that is
 * little (nearest.h). The job's provenance and probes are filled, and NULL again behind it. */
GT_MUST_CHECK gt_status gt_training_run(const gt_context *context, gt_train_job *job,
                                        gt_train_result *result, gt_error *err);

#endif
