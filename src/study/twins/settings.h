/* settings.h - what a sweep is, from its options and its records. */
#ifndef GT_TWINS_SETTINGS_H
#define GT_TWINS_SETTINGS_H

#include "sweep.h"

/* Sizes, and which of them and which parts are wanted. GT_USAGE, GT_UNSUPPORTED. */
GT_MUST_CHECK gt_status gt_settings_read(gt_sweep *sweep, gt_error *err);

/* Records the sweep and the model's training in its folder; GT_MISMATCH naming the first
 * setting that another call recorded differently. A dry run compares alone. */
GT_MUST_CHECK gt_status gt_settings_keep(const gt_sweep *sweep, gt_error *err);

#endif
