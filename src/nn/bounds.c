/* bounds.c - features with bounds on the whole line, and back. */
#include <math.h>

#include "galatea/nn.h"

void gt_bounds_apply(const gt_bounds *bounds, int64_t n, const float *x, float *y,
                     double *log_jacobian) {
    for (int64_t i = 0; i < n; ++i) {
        long double sum = 0;
        for (int64_t j = 0; j < bounds->features; ++j) {
            double low = bounds->low[j], high = bounds->high[j];
            double value = (double)x[i * bounds->features + j];
            if (value <= low) value = low + bounds->margin;
            if (value >= high) value = high - bounds->margin;
            long double range = (long double)high - low, p = ((long double)value - low) / range;
            y[i * bounds->features + j] = (float)logl(p / (1 - p));
            sum -= logl(range) + logl(p) + logl(1 - p);
        }
        if (log_jacobian) log_jacobian[i] = (double)sum;
    }
}

void gt_bounds_undo(const gt_bounds *bounds, int64_t n, const float *y, float *x) {
    for (int64_t i = 0; i < n; ++i)
        for (int64_t j = 0; j < bounds->features; ++j) {
            double range = bounds->high[j] - bounds->low[j];
            double p = 1 / (1 + exp(-(double)y[i * bounds->features + j]));
            x[i * bounds->features + j] = (float)(bounds->low[j] + range * p);
        }
}
