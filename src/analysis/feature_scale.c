/* feature_scale.c - mean and deviation of each feature, learnt and applied. */
#include "feature_scale.h"

#include <math.h>
#include <stdlib.h>

#include "arrays.h"

/* Values are taken from that of the first row: so a constant feature has deviation 0 to the
 * bit. */
static void sum_up(const gt_samples *s, double *mean, double *deviation) {
    size_t n = s->features;
    double rows = (double)s->rows;
    for (size_t i = 0; i < s->rows; i++)
        for (size_t f = 0; f < n; f++) mean[f] += ((double)s->x[i * n + f] - s->x[f]) / rows;
    for (size_t i = 0; i < s->rows; i++)
        for (size_t f = 0; f < n; f++) {
            double apart = ((double)s->x[i * n + f] - s->x[f]) - mean[f];
            deviation[f] += apart * apart / rows;
        }
    for (size_t f = 0; f < n; f++) {
        mean[f] += s->x[f];
        deviation[f] = deviation[f] > 0 ? sqrt(deviation[f]) : 1;
    }
}

gt_status gt_feature_scale_learn(const gt_samples *samples, gt_feature_scale *out,
                                 gt_error *err) {
    gt_status status = GT_OK;
    gt_feature_scale scale = {.mean = calloc(samples->features, sizeof *scale.mean),
                              .deviation = calloc(samples->features, sizeof *scale.deviation)};
    if (!scale.mean || !scale.deviation)
        GT_THROW(err, GT_NO_MEMORY, "no memory for the scale of %zu features",
                 samples->features);
    sum_up(samples, scale.mean, scale.deviation);
    *out = scale;
    scale = (gt_feature_scale){0};
done:
    gt_feature_scale_free(&scale);
    return status;
}

void gt_feature_scale_free(gt_feature_scale *scale) {
    free(scale->mean);
    free(scale->deviation);
    *scale = (gt_feature_scale){0};
}

gt_status gt_feature_scale_apply(const gt_feature_scale *scale, const char *what, size_t rows,
                                 size_t features, const float *x, float **out, gt_error *err) {
    gt_status status = GT_OK;
    float *scaled = malloc(rows * features * sizeof *scaled);
    if (!scaled) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu scaled rows", rows);
    for (size_t i = 0; i < rows; i++)
        for (size_t f = 0; f < features; f++)
            scaled[i * features + f] =
                (float)(((double)x[i * features + f] - scale->mean[f]) / scale->deviation[f]);
    GT_TRY(gt_rows_check(what, rows, features, scaled, err));
    *out = scaled;
    scaled = NULL;
done:
    free(scaled);
    return status;
}

gt_status gt_feature_scale_save(const gt_feature_scale *scale, size_t features,
                                gt_safetensors_writer *writer, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_array_add(writer, "scale.mean", GT_ST_F64, features, 0, scale->mean, err));
    GT_TRY(
        gt_array_add(writer, "scale.deviation", GT_ST_F64, features, 0, scale->deviation, err));
done:
    return status;
}

gt_status gt_feature_scale_load(const gt_safetensors *file, size_t features,
                                gt_feature_scale *out, gt_error *err) {
    gt_status status = GT_OK;
    int64_t rows = (int64_t)features;
    GT_TRY(gt_array_f64(file, "scale.mean", rows, 0, &out->mean, NULL, err));
    GT_TRY(gt_array_f64(file, "scale.deviation", rows, 0, &out->deviation, NULL, err));
    for (size_t f = 0; f < features; f++)
        if (!(out->deviation[f] > 0))
            GT_THROW(err, GT_BAD_FORMAT, "'scale.deviation' of feature %zu is %g, not above 0",
                     f, out->deviation[f]);
done:
    return status;
}
