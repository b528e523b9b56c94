/* summary.c - means, deviations and quantiles of sets of numbers. */
#include <math.h>
#include <stdlib.h>

#include "galatea/twomodels.h"
#include "sort.h"
#include "summary_of.h"

double gt_quantile(size_t count, const double *sorted, double share) {
    double place = share * (double)(count - 1);
    size_t below = (size_t)place, above = below + 1 < count ? below + 1 : below;
    double part = place - (double)below, step = sorted[above] - sorted[below];
    if (part == 0 || sorted[below] == sorted[above]) return sorted[below]; /* maybe infinite */
    /* From the nearer end, as the reference: the last digits are the same. */
    return part < 0.5 ? sorted[below] + step * part : sorted[above] - step * (1 - part);
}

gt_status gt_sorted_finite(size_t count, const double *values, double **out, size_t *kept,
                           gt_error *err) {
    double *sorted = malloc((count + 1) * sizeof *sorted);
    if (!sorted) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu numbers", count);
    *kept = 0;
    for (size_t i = 0; i < count; i++)
        if (isfinite(values[i])) sorted[(*kept)++] = values[i];
    gt_status status = gt_sort_numbers(*kept, sorted, err);
    if (status)
        free(sorted);
    else
        *out = sorted;
    return status;
}

gt_status gt_summarize(size_t count, const double *values, gt_summary *out, gt_error *err) {
    double *sorted = NULL, sum = 0, squares = 0;
    size_t n = 0;
    gt_status status = gt_sorted_finite(count, values, &sorted, &n, err);
    if (status) return status;
    for (size_t i = 0; i < n; i++) sum += sorted[i];
    double mean = n ? sum / (double)n : (double)NAN;
    for (size_t i = 0; i < n; i++) squares += (sorted[i] - mean) * (sorted[i] - mean);
    *out = (gt_summary){.count = n,
                        .lost = count - n,
                        .mean = mean,
                        .sd = n > 1 ? sqrt(squares / (double)(n - 1)) : (double)NAN,
                        .low = n ? gt_quantile(n, sorted, 0.16) : (double)NAN,
                        .mid = n ? gt_quantile(n, sorted, 0.5) : (double)NAN,
                        .high = n ? gt_quantile(n, sorted, 0.84) : (double)NAN,
                        .least = n ? sorted[0] : (double)NAN,
                        .most = n ? sorted[n - 1] : (double)NAN};
    free(sorted);
    return GT_OK;
}
