/* scaling.c - bad pixels, and the scalings that bring a picture to 0..1. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/image.h"
#include "sort.h"

static int is_bad(float value) {
    return !(fabsf(value) < GT_IMAGE_HUGE); /* also NaN */
}

gt_image_faults gt_image_count_faults(const float *values, size_t count) {
    gt_image_faults faults = {0};
    for (size_t i = 0; i < count; i++) {
        if (!is_bad(values[i])) continue;
        if (isnan(values[i]))
            faults.nan++;
        else if (isinf(values[i]))
            faults.infinite++;
        else
            faults.huge++;
    }
    return faults;
}

void gt_image_zero_faults(float *values, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (is_bad(values[i])) values[i] = 0;
}

static void find_range(const float *values, size_t count, float *least, float *most) {
    *least = *most = values[0];
    for (size_t i = 1; i < count; i++) {
        if (values[i] < *least) *least = values[i];
        if (values[i] > *most) *most = values[i];
    }
}

/* Median and deviation of sorted values. */
static void centre_and_spread(const float *sorted, size_t count, double *centre,
                              double *spread) {
    double sum = 0, squares = 0;
    *centre = 0.5 * ((double)sorted[(count - 1) / 2] + sorted[count / 2]);
    for (size_t i = 0; i < count; i++) sum += sorted[i];
    double mean = sum / (double)count;
    for (size_t i = 0; i < count; i++) squares += (sorted[i] - mean) * (sorted[i] - mean);
    *spread = sqrt(squares / (double)count);
}

gt_status gt_image_noise(const float *values, size_t count, double *centre, double *spread,
                         gt_error *err) {
    float *sorted = malloc(count * sizeof *sorted);
    if (sorted == NULL)
        return gt_fail(err, GT_NO_MEMORY, "out of memory for %zu pixels", count);
    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, gt_by_float);
    size_t first = 0, end = count, before;
    do {
        before = end - first;
        centre_and_spread(sorted + first, before, centre, spread);
        while (end - first > 1 && sorted[end - 1] > *centre + 3 * *spread) end--;
        while (end - first > 1 && sorted[first] < *centre - 3 * *spread) first++;
    } while (end - first < before);
    free(sorted);
    return GT_OK;
}

static gt_status scale_sigma(float *values, size_t count, double k, double most, double *low,
                             gt_error *err) {
    double centre = 0, spread = 0;
    gt_status status = gt_image_noise(values, count, &centre, &spread, err);
    if (status) return status;
    double cut = centre + k * spread, range = most - centre;
    *low = centre;
    for (size_t i = 0; i < count; i++)
        values[i] = range > 0 && values[i] >= cut && values[i] > centre
                        ? (float)((values[i] - centre) / range)
                        : 0;
    return GT_OK;
}

gt_status gt_image_scale_limits(float *values, size_t count, gt_image_scaling scaling,
                                double parameter, double *low, double *high, gt_error *err) {
    float least, most;
    *low = 0, *high = 1;
    if (scaling == GT_SCALING_NONE || count == 0) return GT_OK;
    find_range(values, count, &least, &most);
    *low = (double)least, *high = (double)most;
    if (scaling == GT_SCALING_SIGMA)
        return scale_sigma(values, count, parameter, (double)most, low, err);
    double range = (double)most - least, top = asinh(parameter);
    for (size_t i = 0; i < count; i++) {
        double t = range > 0 ? ((double)values[i] - least) / range : 0;
        values[i] = (float)(scaling == GT_SCALING_ASINH ? asinh(parameter * t) / top : t);
    }
    return GT_OK;
}

gt_status gt_image_scale(float *values, size_t count, gt_image_scaling scaling,
                         double parameter, gt_error *err) {
    double low, high;
    return gt_image_scale_limits(values, count, scaling, parameter, &low, &high, err);
}
