/* bins.c - histograms of one and two sets of numbers, their windows and contours. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/twomodels.h"
#include "sort.h"
#include "summary_of.h"

/* ---- Bins -------------------------------------------------------------------------------- */

double gt_bin_edge(const gt_bins *bins, size_t edge) {
    if (edge == bins->count) return bins->high;
    double step = (bins->high - bins->low) / (double)bins->count;
    return (double)edge * step + bins->low;
}

/* A guess by division, put right by the edges themselves. */
size_t gt_bin_of(const gt_bins *bins, double value) {
    if (!(value >= bins->low && value <= bins->high)) return bins->count;
    size_t last = bins->count - 1;
    double place = (value - bins->low) / (bins->high - bins->low) * (double)bins->count;
    size_t bin = place < (double)last ? (size_t)place : last;
    if (bin > 0 && value < gt_bin_edge(bins, bin)) return bin - 1;
    return bin < last && value >= gt_bin_edge(bins, bin + 1) ? bin + 1 : bin;
}

size_t gt_bins_add(const gt_bins *bins, size_t count, const double *values, double *contents) {
    size_t inside = 0;
    for (size_t i = 0; i < count; i++) {
        size_t bin = gt_bin_of(bins, values[i]);
        if (bin == bins->count) continue;
        contents[bin]++;
        inside++;
    }
    return inside;
}

size_t gt_bins_add_pairs(const gt_bins *x, const gt_bins *y, size_t count, const double *xs,
                         const double *ys, double *contents) {
    size_t inside = 0;
    for (size_t i = 0; i < count; i++) {
        size_t column = gt_bin_of(x, xs[i]), line = gt_bin_of(y, ys[i]);
        if (column == x->count || line == y->count) continue;
        contents[column * y->count + line]++;
        inside++;
    }
    return inside;
}

/* Place i of a line of n that is reflected at both ends, again and again. */
static size_t reflected(ptrdiff_t i, size_t n) {
    ptrdiff_t period = 2 * (ptrdiff_t)n, at = ((i % period) + period) % period;
    return (size_t)(at < (ptrdiff_t)n ? at : period - 1 - at);
}

/* One line of n numbers, `step` apart. */
static void smooth_line(double *line, size_t n, size_t step, const double *weights,
                        ptrdiff_t reach, double *room) {
    for (size_t i = 0; i < n; i++) {
        room[i] = 0;
        for (ptrdiff_t k = -reach; k <= reach; k++)
            room[i] += weights[k + reach] * line[reflected((ptrdiff_t)i + k, n) * step];
    }
    for (size_t i = 0; i < n; i++) line[i * step] = room[i];
}

gt_status gt_bins_smooth(const gt_bins *x, const gt_bins *y, double deviation, double *contents,
                         gt_error *err) {
    if (!(deviation > 0)) return GT_OK;
    gt_status status = GT_OK;
    size_t most = x->count > y->count ? x->count : y->count;
    ptrdiff_t reach = (ptrdiff_t)fmin(ceil(4 * deviation), (double)most);
    double sum = 0, *weights = calloc((size_t)(2 * reach + 1), sizeof *weights);
    double *room = calloc(most, sizeof *room);
    if (!weights || !room) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu bins", most);
    for (ptrdiff_t k = -reach; k <= reach; k++)
        sum += weights[k + reach] = exp(-0.5 * (double)(k * k) / (deviation * deviation));
    for (ptrdiff_t k = 0; k <= 2 * reach; k++) weights[k] /= sum;
    for (size_t i = 0; i < x->count; i++)
        smooth_line(contents + i * y->count, y->count, 1, weights, reach, room);
    for (size_t k = 0; k < y->count; k++)
        smooth_line(contents + k, x->count, y->count, weights, reach, room);
done:
    free(weights);
    free(room);
    return status;
}

/* ---- Windows ----------------------------------------------------------------------------- */

static const double outermost = 0.005, margin = 0.1;

gt_status gt_window_find(size_t count, const double *values, size_t bins, gt_bins *out,
                         bool *is_constant, gt_error *err) {
    gt_status status = GT_OK;
    double *sorted = NULL;
    size_t kept = 0;
    GT_TRY(gt_sorted_finite(count, values, &sorted, &kept, err));
    if (kept == 0) GT_THROW(err, GT_BAD_ARGUMENT, "no number of %zu is finite", count);
    double low = gt_quantile(kept, sorted, outermost),
           high = gt_quantile(kept, sorted, 1 - outermost), more = margin * (high - low);
    double size = fmax(fabs(low), fabs(high));
    *is_constant = !(high - low > 1e-12 * size);
    if (*is_constant) more = fmax(margin * size, 0.5);
    *out = (gt_bins){low - more, high + more, bins};
    if (!isfinite(out->high - out->low))
        GT_THROW(err, GT_BAD_ARGUMENT, "numbers from %g to %g have no window", low, high);
done:
    free(sorted);
    return status;
}

/* ---- Contours ---------------------------------------------------------------------------- */

double gt_contour_mass(double deviations) {
    return 1 - exp(-deviations * deviations / 2);
}

gt_status gt_contour_levels(size_t count, const double *contents, double total,
                            size_t mass_count, const double *masses, double *levels,
                            gt_error *err) {
    gt_status status = GT_OK;
    double *sorted = malloc((count + 1) * sizeof *sorted), sum = 0;
    if (!sorted) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu bins", count);
    memcpy(sorted, contents, count * sizeof *sorted);
    GT_TRY(gt_sort_numbers(count, sorted, err));
    if (count == 0 || !(sorted[count - 1] > 0))
        GT_THROW(err, GT_BAD_ARGUMENT, "all of %zu bins are empty", count);
    for (size_t m = 0; m < mass_count; m++) levels[m] = sorted[count - 1];
    for (size_t i = count; i-- > 0;) {
        sum += sorted[i];
        for (size_t m = 0; m < mass_count; m++)
            if (sum / total <= masses[m]) levels[m] = sorted[i];
    }
    for (size_t m = 0; m < mass_count; m++)
        if (sum < total && sum / total <= masses[m]) levels[m] = 0;
done:
    free(sorted);
    return status;
}

void gt_levels_merge(size_t count, double *levels) {
    for (size_t i = 0; i + 1 < count; i++)
        if (levels[i] == levels[i + 1]) levels[i] = 0;
}
