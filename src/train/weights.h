/* weights.h - vectors laid out like a model's parameters, to and from safetensors files. */
#ifndef GT_TRAIN_WEIGHTS_H
#define GT_TRAIN_WEIGHTS_H

#include "galatea/model.h"
#include "galatea/safetensors.h"

enum { GT_OF_ALL = -1 }; /* in place of the number of an objective: all parameters */

/* Adds the parts of `vector` that the parameters of an objective have, each under the name
 * PREFIX + parameter name. The vector is lent until the file is saved. */
GT_MUST_CHECK gt_status gt_weights_add(gt_safetensors_writer *writer, const char *prefix,
                                       const gt_model *model, int objective,
                                       const float *vector, gt_error *err);

/* Adds the tensors that follow from the settings: to weight files, not to states. */
GT_MUST_CHECK gt_status gt_weights_add_fixed(gt_safetensors_writer *writer,
                                             const gt_model *model, gt_error *err);

/* Reads those parts of a vector of a state back. GT_MISMATCH names the first three differences
 * between the file's arrays that begin with prefix and the model's parameters, with both
 * shapes, and nothing is read; GT_NOT_FINITE names a parameter that holds a NaN or an infinity.
 */
GT_MUST_CHECK gt_status gt_weights_read(const gt_safetensors *file, const char *prefix,
                                        const gt_model *model, int objective, float *vector,
                                        gt_error *err);

/* Fills values (count) from an array of that many elements; GT_NOT_FINITE as above. */
GT_MUST_CHECK gt_status gt_weights_read_part(const gt_safetensors *file,
                                             const gt_st_tensor *tensor, float *values,
                                             uint64_t count, gt_error *err);

/* Takes the model's parameters from a weight file of this or another program, of any type of
 * number, and tells which were there: is_given (gt_params_count). A group (what is before the
 * first dot of a name) is there whole or not at all.
 *
 * Names are the model's own, or stand for them as its alias says, behind a prefix that all
 * tensors of the file share and under which they fit. Where not all fit, but every parameter is
 * there once under one prefix, the other tensors are left out. What torch.compile and its
 * parallel wrappers put into names is left out. Counters of batches and scalers of losses may
 * be there, and tensors that follow from the settings, with the values they should have.
 * Colours of a weight are summed for a model of one channel: it sees the picture that shows the
 * same in each. Remarks tell what was renamed, summed or left out. prefix (NULL: any) is that
 * under which the model is taken, "ema.ema_model", of a file that holds it more than once.
 *
 * GT_MISMATCH names the first three differences, or a file with nothing for the model;
 * GT_NOT_FINITE. The parameters hold anything then. */
GT_MUST_CHECK gt_status gt_weights_import(const gt_safetensors *file, gt_model *model,
                                          const char *prefix, bool *is_given, gt_error *err);

/* The tensor of that name, whatever prefix stands before it; NULL: there is none. */
const gt_st_tensor *gt_weights_find(const gt_safetensors *file, const char *own);

/* Parameters to begin with, taken from a weight file or a run in that way, prefix as above;
 * what is not there stays as it is, and the model's adopt has the last word. Heads of the class
 * that do not fit are left out, and remarks name them; is_partial: so is every tensor that does
 * not fit, as long as one does. */
GT_MUST_CHECK gt_status gt_weights_begin(const char *path, const char *prefix, bool is_partial,
                                         gt_model *model, gt_error *err);

#endif
