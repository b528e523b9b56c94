/* model_internal.h - what a model is to model.c and the files model_*.c; kinds of models ask by
 * the functions of galatea/model.h. Private. */
#ifndef GT_MODEL_INTERNAL_H
#define GT_MODEL_INTERNAL_H

#include "galatea/model.h"
#include "galatea/nn.h"

struct gt_model {
    const gt_model_class *class;
    gt_model_input input;
    char *constant; /* input.constant */
    gt_params *params;
    void *self;
    bool is_weighing;
    gt_model_range ranges[GT_MOST_OBJECTIVES]; /* of the objectives */
};

/* model_input.c: GT_USAGE for what could not be read back from a run's settings. */
GT_MUST_CHECK gt_status gt_model_check_input(const gt_model_class *class,
                                             const gt_model_input *input, gt_error *err);
/* model_objectives.c: sets the ranges; GT_BAD_ARGUMENT where they are none of their own. */
GT_MUST_CHECK gt_status gt_model_find_ranges(gt_model *model, gt_error *err);

#endif
