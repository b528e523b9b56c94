/* feature_scale.h - features brought to mean 0 and deviation 1. Private. */
#ifndef GT_ANALYSIS_FEATURE_SCALE_H
#define GT_ANALYSIS_FEATURE_SCALE_H

#include "galatea/safetensors.h"
#include "galatea/samples.h"

/* Of the rows learnt from; a zeroed one can be freed. */
typedef struct gt_feature_scale {
    double *mean, *deviation; /* (features); divisor: rows; deviation 1 of a constant feature */
} gt_feature_scale;

GT_MUST_CHECK gt_status gt_feature_scale_learn(const gt_samples *samples, gt_feature_scale *out,
                                               gt_error *err);
void gt_feature_scale_free(gt_feature_scale *scale);

/* *out (rows, features) = (x - mean) / deviation, reckoned in double; yours. GT_NOT_FINITE for
 * a value so far from the mean that a float does not hold it; `what` begins the sentence. */
GT_MUST_CHECK gt_status gt_feature_scale_apply(const gt_feature_scale *scale, const char *what,
                                               size_t rows, size_t features, const float *x,
                                               float **out, gt_error *err);

/* As arrays "scale.mean" and "scale.deviation"; GT_BAD_FORMAT for a deviation that is not
 * above 0. */
GT_MUST_CHECK gt_status gt_feature_scale_save(const gt_feature_scale *scale, size_t features,
                                              gt_safetensors_writer *writer, gt_error *err);
GT_MUST_CHECK gt_status gt_feature_scale_load(const gt_safetensors *file, size_t features,
                                              gt_feature_scale *out, gt_error *err);

#endif
