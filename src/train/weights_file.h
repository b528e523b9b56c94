/* weights_file.h - the weight file of a run, and what is told of its model. */
#ifndef GT_TRAIN_WEIGHTS_FILE_H
#define GT_TRAIN_WEIGHTS_FILE_H

#include "galatea/model.h"
#include "galatea/safetensors.h"

/* Opens a weight file, or that of a run folder: the best weights, or the last ones.
 * GT_NOT_FOUND; GT_BAD_FORMAT for a training state. *out is yours. */
GT_MUST_CHECK gt_status gt_weights_file_open(const char *path, gt_safetensors **out,
                                             gt_error *err);

/* Whether the file is as this program wrote it: GT_MISMATCH where its checksums say that it is
 * not. A remark where there are none, or another program wrote it anew. */
GT_MUST_CHECK gt_status gt_weights_file_verify(const gt_safetensors *file, gt_error *err);

/* The model that a file tells to be of, and its settings; NULL, both, where it tells nothing
 * and lies in no folder of a run, whose settings it has otherwise (a remark says so).
 * GT_MISMATCH for a model that is not known. *config is yours. */
GT_MUST_CHECK gt_status gt_weights_file_read_network(const gt_safetensors *file,
                                                     const gt_model_class **class,
                                                     char **config, gt_error *err);

#endif
