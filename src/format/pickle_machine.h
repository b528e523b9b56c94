/* pickle_machine.h (room: format) - what the pickle machine asks of pickle_numpy.c, and that of
 * pickle_torch.c. */
#ifndef GALATEA_FORMAT_PICKLE_MACHINE_H
#define GALATEA_FORMAT_PICKLE_MACHINE_H

#include "pickle.h"

/* Room for bytes that are made from text, as long as the pickle lives. A file names each of its
 * texts once: GT_UNSUPPORTED when all that was taken is more than the file itself. */
gt_status gt_pickle_take_bytes(gt_pickle *pickle, size_t size, uint8_t **out, gt_error *err);

/* True and *out if module.name is one of the known names. */
bool gt_pickle_find_global(const char *module, const char *name, gt_pickle_global *out);

/* Stands for callee(*arguments): fills *made by the rules of the known names, runs nothing. */
gt_status gt_pickle_call(gt_pickle *pickle, const gt_pickle_value *callee,
                         const gt_pickle_value *arguments, gt_pickle_value *made,
                         gt_error *err);

/* Stands for object.__setstate__(state). */
gt_status gt_pickle_set_state(gt_pickle_value *object, const gt_pickle_value *state,
                              gt_error *err);

/* Names of objects beside weights. Stands for callee(...), or callee.__new__(...): refused
 * unless callee is such a name. */
bool gt_pickle_is_other(const char *module, const char *name);
gt_status gt_pickle_make_other(const gt_pickle_value *callee, gt_pickle_value *made,
                               gt_error *err);

/* The same of PyTorch's names. */
bool gt_pickle_find_torch(const char *module, const char *name, gt_pickle_global *out);
gt_status gt_pickle_call_torch(gt_pickle_global global, const gt_pickle_value *arguments,
                               gt_pickle_value *made, gt_error *err);

/* Stands for what a name outside the pickle means. */
gt_status gt_pickle_make_storage(const gt_pickle_value *name, gt_pickle_value *made,
                                 gt_error *err);

#endif
