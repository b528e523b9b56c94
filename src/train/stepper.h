/* stepper.h - loss, monitors and gradient of one batch, computed in micro-batches. */
#ifndef GT_TRAIN_STEPPER_H
#define GT_TRAIN_STEPPER_H

#include "galatea/model.h"
#include "galatea/plan.h"
#include "loader.h"

typedef struct gt_stepper gt_stepper;

/* What it computes: the loss by which a model is judged, or one with its gradient, the usual
 * or that which stands in now and then. */
typedef enum gt_stepper_loss {
    GT_LOSS_VALIDATION,
    GT_LOSS_USUAL,
    GT_LOSS_SELDOM
} gt_stepper_loss;

/* Compiles a loss of an objective for `batch` rows, `micro` (a divisor) at a time. The model
 * must outlive the stepper. A model with several views takes its batch whole; states that a
 * loss changes go on from part to part. */
GT_MUST_CHECK gt_status gt_stepper_create(const gt_model *model, int objective, int64_t batch,
                                          int64_t micro, gt_stepper_loss loss,
                                          const gt_plan_options *options, gt_stepper **out,
                                          gt_error *err);
void gt_stepper_destroy(gt_stepper *stepper);

/* Term 0 is the loss, the others are the model's monitors. Names are lent. */
int gt_stepper_term_count(const gt_stepper *stepper);
const char *gt_stepper_term_name(const gt_stepper *stepper, int i);

int64_t gt_stepper_batch(const gt_stepper *stepper);
const gt_plan *gt_stepper_plan(const gt_stepper *stepper);
void gt_stepper_profile(gt_stepper *stepper, bool on); /* gt_plan_profile */

/* What addresses the noise of a batch: image n of it is number first + n. */
typedef struct gt_noise_at {
    uint64_t seed, step, first;
} gt_noise_at;

/* The parameter vector of the runs to come, lent; to be called again whenever its values
 * changed. Between the parts of a batch states are written there. */
void gt_stepper_bind_values(gt_stepper *stepper, float *values);

/* What the loss gets as the model's scalar of that name from now on, and as all of them in an
 * epoch of so many. */
void gt_stepper_set(gt_stepper *stepper, const char *scalar, double value);
void gt_stepper_set_epoch(gt_stepper *stepper, int64_t epoch, int64_t epochs);

/* Computes on the images (batch,C,H,W), or both views of them, labels and weights of a batch:
 * terms are means over it; grads (NULL without gradient) is a vector like the parameters,
 * overwritten where the parameters of the objective stand. No allocation after the first call.
 */
GT_MUST_CHECK gt_status gt_stepper_run(gt_stepper *stepper, const gt_batch *batch,
                                       gt_noise_at noise, double *terms, float *grads,
                                       gt_error *err);

/* The states after the last run, into a vector like the parameters. */
void gt_stepper_read_states(const gt_stepper *stepper, float *values);

/* About the loss of a network that does nothing; 0: nobody knows. */
double gt_stepper_idle(const gt_stepper *stepper);

/* The monitor that term 1, 2, ... is; lent. */
const gt_monitor *gt_stepper_monitor(const gt_stepper *stepper, int i);

#endif
