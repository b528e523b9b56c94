/* pixels.h - what the pixels of the training rows are like. */
#ifndef GT_TRAIN_PIXELS_H
#define GT_TRAIN_PIXELS_H

#include "galatea/brightness.h"
#include "galatea/dataset.h"
#include "galatea/model.h"

/* Reads every row of the list once and fills out: the images' shape, and minus the mean and one
 * over the deviation of all pixels, summed in double. GT_NOT_FINITE names the row and the
 * number of bad pixels; GT_BAD_ARGUMENT when they lie outside the declared range (0..255 where
 * none is declared) or are all the same. Mean and deviation are those of levels. *brightness:
 * of these rows. */
GT_MUST_CHECK gt_status gt_pixels_measure(const gt_dataset *data, const uint64_t *rows,
                                          size_t count, gt_model_input *out,
                                          gt_brightness *brightness, gt_error *err);

#endif
