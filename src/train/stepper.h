/* stepper.h - loss, monitors and gradient of one batch, computed in micro-batches. */
#ifndef GT_TRAIN_STEPPER_H
#define GT_TRAIN_STEPPER_H

#include "galatea/model.h"
#include "galatea/plan.h"

typedef struct gt_stepper gt_stepper;

/* Compiles the model's loss and its gradient for `batch` images, `micro` (a divisor) at a time;
 * without gradient the loss by which the model is judged. The model must outlive the stepper.
 */
GT_MUST_CHECK gt_status gt_stepper_create(const gt_model *model, int64_t batch, int64_t micro,
                                          bool with_gradient, const gt_plan_options *options,
                                          gt_stepper **out, gt_error *err);
void gt_stepper_destroy(gt_stepper *stepper);

/* Term 0 is the loss, the others are the model's monitors. Names are lent. */
int gt_stepper_term_count(const gt_stepper *stepper);
const char *gt_stepper_term_name(const gt_stepper *stepper, int i);

int64_t gt_stepper_batch(const gt_stepper *stepper);
const gt_plan *gt_stepper_plan(const gt_stepper *stepper);

/* What addresses the noise of a batch: image n of it is number first + n. */
typedef struct gt_noise_at {
    uint64_t seed, step, first;
} gt_noise_at;

/* The parameter vector of the runs to come, lent; to be called again whenever its values
 * changed. */
void gt_stepper_use(gt_stepper *stepper, const float *values);

/* Computes on images (batch,C,H,W) of values 0..255: terms are means over the batch; grads
 * (NULL without gradient) is a vector like the parameters, overwritten but for its gaps. No
 * allocation after the first call. */
GT_MUST_CHECK gt_status gt_stepper_run(gt_stepper *stepper, const float *images,
                                       gt_noise_at noise, double *terms, float *grads,
                                       gt_error *err);

/* Seconds that one batch takes, from runs on an empty image; grads is overwritten. */
GT_MUST_CHECK gt_status gt_stepper_time(gt_stepper *stepper, float *grads, double *seconds,
                                        gt_error *err);

#endif
