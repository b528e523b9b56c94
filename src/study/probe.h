/* probe.h (room: study) - how well the codes of a model in training tell the classes of a
 * labelled set apart: each labelled row of its training split by the 20 nearest others
 * (leave-one-out). */
#ifndef GT_STUDY_PROBE_H
#define GT_STUDY_PROBE_H

#include "galatea/train.h"

typedef struct gt_probe gt_probe;

/* Opens settings->probe before the training begins. GT_USAGE for a model that makes no codes of
 * images; GT_BAD_SHAPE naming both sets when their images differ in size; what gt_subject_open
 * and gt_subject_read_training say. *out is yours. */
GT_MUST_CHECK gt_status gt_probe_open(const gt_model_class *model,
                                      const gt_train_settings *settings, gt_probe **out,
                                      gt_error *err);
void gt_probe_close(gt_probe *probe); /* accepts NULL */

/* For the training's job; lent. */
const gt_train_probe *gt_probe_view(const gt_probe *probe);

#endif
