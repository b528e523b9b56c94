/* model_internal.h - what a model is to model.c and model_graph.c; kinds of models ask by the
 * functions of galatea/model.h. Private. */
#ifndef GT_MODEL_INTERNAL_H
#define GT_MODEL_INTERNAL_H

#include "galatea/model.h"
#include "galatea/nn.h"

struct gt_model {
    const gt_model_class *class;
    gt_model_input input;
    gt_params *params;
    void *self;
    bool is_weighing;
    gt_model_range ranges[GT_MOST_OBJECTIVES]; /* of the objectives */
};

#endif
