/* weights.h - vectors laid out like a model's parameters, to and from safetensors files. */
#ifndef GT_TRAIN_WEIGHTS_H
#define GT_TRAIN_WEIGHTS_H

#include "galatea/model.h"
#include "galatea/safetensors.h"

/* Adds every parameter's part of `vector` under the name PREFIX + parameter name. The vector is
 * lent until the file is saved. */
GT_MUST_CHECK gt_status gt_weights_add(gt_safetensors_writer *writer, const char *prefix,
                                       const gt_params *params, const float *vector,
                                       gt_error *err);

/* Adds the tensors that follow from the settings: to weight files, not to states. */
GT_MUST_CHECK gt_status gt_weights_add_fixed(gt_safetensors_writer *writer,
                                             const gt_model *model, gt_error *err);

/* Reads them back into `vector`. GT_MISMATCH names the first three differences between the
 * file's arrays that begin with prefix and the model's parameters, with both shapes, and
 * nothing is read; GT_NOT_FINITE names a parameter that holds a NaN or an infinity. Tensors
 * that follow from the settings may be there, with the values they should have. */
GT_MUST_CHECK gt_status gt_weights_read(const gt_safetensors *file, const char *prefix,
                                        const gt_model *model, float *vector, gt_error *err);

/* Parameters to begin with, from a file of this or another program; names as the model's alias
 * says. A group (what is before the first dot of a name) is taken whole or stays as it is,
 * which a remark tells; the model's adopt has the last word. Colours of a weight are summed for
 * a model of one channel: it sees the picture that shows the same in each. GT_MISMATCH names
 * the first three differences, and a file with nothing for the model. */
GT_MUST_CHECK gt_status gt_weights_begin(const char *path, gt_model *model, gt_error *err);

#endif
