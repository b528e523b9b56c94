/* train_variants.h - the MODEL of commands that train one: its options, views and presets. */
#ifndef GT_CLI_TRAIN_VARIANTS_H
#define GT_CLI_TRAIN_VARIANTS_H

#include "cli.h"

gt_variant gt_train_variant_at(size_t index);
/* For .apply_preset of such a command. */
gt_status gt_train_apply_preset(gt_call *call, const char *name, gt_error *err);

#endif
