/* model_summary.h (room: study) - how large a network is: of a run, or of a model with a
 * preset. */
#ifndef GT_STUDY_MODEL_SUMMARY_H
#define GT_STUDY_MODEL_SUMMARY_H

#include "galatea/model.h"

typedef struct gt_model_summary {
    const gt_model_class *kind;
    const char *preset; /* NULL: of a run */
    gt_model_input input;
    int objective_count;
    int64_t learned[GT_MOST_OBJECTIVES]; /* numbers that each objective moves */
    int64_t total, kept;                 /* all learned ones; states beside them */
} gt_model_summary;

/* The network of a kind of model by its name, with a preset (NULL: the one that a new run
 * takes), for input of this size; codes take the channels alone. GT_USAGE for a name, a preset
 * or a size that there is not. */
GT_MUST_CHECK gt_status gt_model_summary_plan(const char *model, const char *preset,
                                              const gt_model_input *input,
                                              gt_model_summary *out, gt_error *err);
bool gt_model_has_preset(const gt_model_class *kind, const char *name);

/* The same of each preset of a kind, or of one (preset NULL: of all); of kind NULL, of every
 * model that has the preset. One that has no network for this size does not keep the others
 * back: a remark tells it, and GT_USAGE where there is none at all. *out is yours (free). */
GT_MUST_CHECK gt_status gt_model_summary_list(const gt_model_class *kind, const char *preset,
                                              const gt_model_input *input,
                                              gt_model_summary **out, size_t *count,
                                              gt_error *err);
/* That of a model that is there. */
gt_model_summary gt_model_summary_of(const gt_model *model);

#endif
