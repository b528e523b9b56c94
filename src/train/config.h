/* config.h (room: train) - settings as the text that run folders and weight files carry, and
 * back. */
#ifndef GT_TRAIN_CONFIG_H
#define GT_TRAIN_CONFIG_H

#include "galatea/model.h"
#include "galatea/train.h"

/* Lines "key = value": of training and model, for the file `config`; or of the model and its
 * images, for weight files. *out is yours (free). */
GT_MUST_CHECK gt_status gt_config_of_run(const gt_train_job *job, char **out, gt_error *err);
GT_MUST_CHECK gt_status gt_config_of_model(const gt_model_class *model, const void *settings,
                                           const gt_model_input *input, char **out,
                                           gt_error *err);

/* A model made from the second text. name is the text's origin for messages. *out is yours. */
GT_MUST_CHECK gt_status gt_config_build_model(const gt_model_class *model, const char *name,
                                              const char *text, gt_model **out, gt_error *err);

/* The constant features that the second text tells of (gt_model_input), yours; NULL: none. */
GT_MUST_CHECK gt_status gt_config_constant(const gt_model_class *model, const char *name,
                                           const char *text, char **out, gt_error *err);

/* GT_MISMATCH naming the first setting, its value in the run folder's text and in the new one,
 * that differs although a resumed run must keep it. What a run recorded nothing of, because it
 * was begun before there was such a setting, has its default. bound: settings that must not
 * differ either, ended by NULL; or NULL. */
GT_MUST_CHECK gt_status gt_config_compare(const gt_model_class *model, const char *folder,
                                          const char *recorded, const char *wanted,
                                          const char *const *bound, gt_error *err);

#endif
