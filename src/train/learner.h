/* learner.h - an objective of a model at work: its compiled losses, its settings, and when it
 * steps. A run has a list of them, in the order of the model's objectives; one loss is a list
 * of length one. */
#ifndef GT_TRAIN_LEARNER_H
#define GT_TRAIN_LEARNER_H

#include "galatea/train.h"
#include "state.h"
#include "stepper.h"
#include "watch.h"

enum { GT_TERM_NAME = 64 };

typedef struct gt_learner {
    const gt_objective *objective;
    gt_stepper *stepper, *validator; /* validator: NULL when there are no validation rows */
    gt_stepper *seldom;              /* stands in for stepper; NULL: never */
    /* The same for a last batch that is not full; NULL: it is left out. */
    gt_stepper *tail, *validator_tail, *seldom_tail;
    char prefix[GT_TERM_NAME / 2];      /* of its columns: "" of the first, else "NAME_" */
    char label[GT_TERM_NAME / 2];       /* before its remarks: "" of the first, else "NAME: " */
    char names[GT_TERMS][GT_TERM_NAME]; /* of its terms, as columns */
    char judged[GT_JUDGED][GT_TERM_NAME]; /* of those of validation */
    int term_count, judged_count;
    double terms[GT_TERMS]; /* of its last step in this process; NaN: not among them */
    double rate;            /* learning rate in the last batch */
    double norm;            /* of the gradient of that step, before clipping */
    bool has_stepped;       /* in the last batch */
    gt_watch watch;         /* over its terms */
} gt_learner;

/* What the run's settings say, changed by what the objective says of itself. GT_USAGE when
 * there is no such optimizer. */
GT_MUST_CHECK gt_status gt_learner_settings_resolve(const gt_model *model, int objective,
                                                    const gt_train_settings *settings,
                                                    gt_learner_settings *out, gt_error *err);

/* Its place at the beginning of a run. */
gt_learner_position gt_learner_start(const gt_learner_settings *learning,
                                     const gt_train_settings *settings);

/* A learner without steppers, and the end of one with some. */
gt_learner gt_learner_make(const gt_model *model, int objective);
void gt_learner_close(gt_learner *learner);

/* After its steppers were made: what its terms are called. In training they are those of the
 * loss that stands in now and then, where there is one: the usual one has the first of them.
 * Validation has those of the usual one, and perhaps more behind them; GT_BAD_ARGUMENT when it
 * has not. Without validation rows its names are those of the usual loss. */
GT_MUST_CHECK gt_status gt_learner_name_terms(gt_learner *learner, gt_error *err);

/* Whether it steps in batch number `step` of the run, and how often it did so in batches first
 * .. last - 1. */
bool gt_learner_is_due(const gt_learner *learner, int64_t step);
int64_t gt_learner_steps_between(const gt_learner *learner, int64_t first, int64_t last);
/* How often it had term `i` then. */
int64_t gt_learner_terms_between(const gt_learner *learner, int i, int64_t first, int64_t last);

/* What computes batch number `step`, where it is due; is_tail: one that is not full. */
gt_stepper *gt_learner_stepper(const gt_learner *learner, int64_t step, bool is_tail);

/* All its steppers compute with these values from now on; in an epoch of so many. */
void gt_learner_bind_values(gt_learner *learner, float *values);
void gt_learner_begin_epoch(gt_learner *learner, int64_t epoch, int64_t epochs);

#endif
