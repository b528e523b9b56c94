/* run_variants.h - the variants of commands whose first word is a run. */
#ifndef GT_CLI_RUN_VARIANTS_H
#define GT_CLI_RUN_VARIANTS_H

#include "cli.h"

/* variant_of of `encode RUN`, `sample RUN` and `invert RUN`: the model of the run and its
 * options for that use; and variant_at, all models. */
gt_status gt_encode_variant_of(const char *word, gt_variant *out, gt_error *err);
gt_variant gt_encode_variant_at(size_t index);
gt_status gt_sample_variant_of(const char *word, gt_variant *out, gt_error *err);
gt_variant gt_sample_variant_at(size_t index);
gt_status gt_invert_variant_of(const char *word, gt_variant *out, gt_error *err);
gt_variant gt_invert_variant_at(size_t index);

#endif
