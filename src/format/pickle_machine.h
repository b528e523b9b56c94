/* pickle_machine.h (room: format) - what the pickle machine asks of pickle_numpy.c. */
#ifndef GALATEA_FORMAT_PICKLE_MACHINE_H
#define GALATEA_FORMAT_PICKLE_MACHINE_H

#include "pickle.h"

/* True and *out if module.name is one of the four known names. */
bool gt_pickle_find_global(const char *module, const char *name, gt_pickle_global *out);

/* Stands for callee(*arguments): fills *made by the rules of the known names, runs nothing. */
gt_status gt_pickle_call(const gt_pickle_value *callee, const gt_pickle_value *arguments,
                         gt_pickle_value *made, gt_error *err);

/* Stands for object.__setstate__(state). */
gt_status gt_pickle_set_state(gt_pickle_value *object, const gt_pickle_value *state,
                              gt_error *err);

#endif
