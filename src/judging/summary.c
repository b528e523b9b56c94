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

/* Of numbers over `scale`. */
static bool find_spread(size_t n, const double *values, double scale, double *mean,
                        double *sd) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) sum += values[i] / scale;
    *mean = n ? sum / (double)n : (double)NAN;
    for (size_t i = 0; i < n; i++) {
        double off = values[i] / scale - *mean;
        squares += off * off;
    }
    *sd = n > 1 ? sqrt(squares / (double)(n - 1)) : (double)NAN;
    bool is_finite = isfinite(sum) && isfinite(squares);
    *mean *= scale, *sd *= scale;
    return is_finite;
}

gt_status gt_summarize(size_t count, const double *values, gt_summary *out, gt_error *err) {
    double *sorted = NULL, mean, sd;
    size_t n = 0;
    gt_status status = gt_sorted_finite(count, values, &sorted, &n, err);
    if (status) return status;
    if (!find_spread(n, sorted, 1, &mean, &sd)) /* squares beyond the largest number */
        find_spread(n, sorted, fmax(fabs(sorted[0]), fabs(sorted[n - 1])), &mean, &sd);
    *out = (gt_summary){.count = n,
                        .lost = count - n,
                        .mean = mean,
                        .sd = sd,
                        .low = n ? gt_quantile(n, sorted, 0.16) : (double)NAN,
                        .mid = n ? gt_quantile(n, sorted, 0.5) : (double)NAN,
                        .high = n ? gt_quantile(n, sorted, 0.84) : (double)NAN,
                        .least = n ? sorted[0] : (double)NAN,
                        .most = n ? sorted[n - 1] : (double)NAN};
    free(sorted);
    return GT_OK;
}
