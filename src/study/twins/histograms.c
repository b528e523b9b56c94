/* histograms.c - see histograms.h. */
#include "histograms.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t find(const gt_histograms *all, const char *name) {
    size_t i = 0;
    while (i < all->count && strcmp(all->names[i], name) != 0) i++;
    return i;
}

/* Room grows by doubling, at powers of two. */
static double *make_room(double *values, size_t count) {
    bool is_full = (count & (count - 1)) == 0;
    return is_full ? realloc(values, (count ? 2 * count : 1) * sizeof *values) : values;
}

gt_status gt_histograms_add(gt_histograms *all, const char *name, double value, gt_error *err) {
    size_t i = find(all, name);
    if (!isfinite(value)) return GT_OK;
    if (i == GT_HISTOGRAMS_MOST)
        return gt_fail(err, GT_BAD_ARGUMENT, "more than %d sets in a figure",
                       GT_HISTOGRAMS_MOST);
    if (i == all->count) {
        snprintf(all->names[i], GT_HISTOGRAM_NAME, "%s", name);
        all->count++;
    }
    double *values = make_room(all->values[i], all->numbers[i]);
    if (!values) return gt_fail(err, GT_NO_MEMORY, "no memory for a figure");
    all->values[i] = values;
    values[all->numbers[i]++] = value;
    return GT_OK;
}

void gt_histograms_range(const gt_histograms *all, double *low, double *high) {
    for (size_t i = 0; i < all->count; i++)
        for (size_t k = 0; k < all->numbers[i]; k++) {
            *low = fmin(*low, all->values[i][k]);
            *high = fmax(*high, all->values[i][k]);
        }
}

static void count_bins(gt_histograms *all, const gt_bins *bins, double width) {
    for (size_t i = 0; i < all->count; i++) {
        memset(all->heights[i], 0, sizeof all->heights[i]);
        (void)gt_bins_add(bins, all->numbers[i], all->values[i], all->heights[i]);
        for (size_t k = 0; k < GT_HISTOGRAM_BINS; k++)
            all->heights[i][k] /= (double)all->numbers[i] * width;
    }
}

/* Half of what one number alone makes in the largest set. */
static double find_floor(const gt_histograms *all, double width) {
    size_t most = 1;
    for (size_t i = 0; i < all->count; i++)
        if (all->numbers[i] > most) most = all->numbers[i];
    return 0.5 / ((double)most * width);
}

static void outline(gt_histograms *all, size_t i) {
    double *y = all->y[i];
    y[0] = y[GT_OUTLINE - 1] = all->floor;
    for (size_t k = 0; k < GT_HISTOGRAM_BINS; k++)
        y[2 * k + 1] = y[2 * k + 2] = fmax(all->heights[i][k], all->floor);
    all->lines[i] = (gt_line){.name = all->names[i], .count = GT_OUTLINE, .x = all->x, .y = y};
}

void gt_histograms_count(gt_histograms *all, double low, double high, bool is_log) {
    const gt_bins bins = {low, high, GT_HISTOGRAM_BINS};
    double width = (high - low) / GT_HISTOGRAM_BINS;
    count_bins(all, &bins, width);
    all->floor = is_log ? find_floor(all, width) : 0;
    all->x[0] = low;
    all->x[GT_OUTLINE - 1] = high;
    for (size_t k = 0; k < GT_HISTOGRAM_BINS; k++) {
        all->x[2 * k + 1] = gt_bin_edge(&bins, k);
        all->x[2 * k + 2] = gt_bin_edge(&bins, k + 1);
    }
    for (size_t i = 0; i < all->count; i++) outline(all, i);
}

void gt_histograms_free(gt_histograms *all) {
    for (size_t i = 0; i < GT_HISTOGRAMS_MOST; i++) free(all->values[i]);
    *all = (gt_histograms){0};
}
