/* sample_sheets.h (room: study) - sheets of samples of a model in training: the same draws
 * every time, so that one sees it learn. */
#ifndef GT_STUDY_SAMPLE_SHEETS_H
#define GT_STUDY_SAMPLE_SHEETS_H

#include "galatea/train.h"

typedef struct gt_sample_sheets gt_sample_sheets;

/* Whether a kind makes pictures that no picture is needed for. */
bool gt_sample_sheets_suit(const gt_model_class *model);

/* Sheets RUN/samples/epoch-0005.png, ... of sample_count pictures, made as `galatea
 * sample` makes them with seed 1 (but where the kind has a sketch). A picture that is
 * not finite stays black and out of all figures, with a remark; another tells when they are
 * brighter or fainter than what is learned from (made.h). Numbers: mean and deviation of the
 * means of the pictures in values of the set's pixels, and seconds unless the job is untimed.
 * The job's provenance is lent until close. *out is yours. */
GT_MUST_CHECK gt_status gt_sample_sheets_open(const gt_train_job *job, gt_sample_sheets **out,
                                              gt_error *err);
void gt_sample_sheets_close(gt_sample_sheets *sheets); /* accepts NULL */

/* For the training's job; lent. */
const gt_train_probe *gt_sample_sheets_view(const gt_sample_sheets *sheets);

#endif
