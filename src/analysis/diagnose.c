/* diagnose.c - how far rows lie from each other, and along which feature; features of steps too
 * small for trees. */
#include "diagnose.h"
#include "sort.h"
#include "tree_cut.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_QUERIES = 64, FEWEST_QUERIES = 8, WORK = 1 << 26 };

static double squared(const float *a, const float *b, size_t n) {
    double sum = 0;
    for (size_t f = 0; f < n; f++) sum += ((double)a[f] - b[f]) * ((double)a[f] - b[f]);
    return sum;
}

/* Of rows at equal steps; equal rows are no neighbours, as they tell nothing of scale. */
static double median_nearest(const gt_samples *s) {
    double found[MOST_QUERIES];
    size_t queries = WORK / (s->rows * s->features + 1), count = 0;
    queries = queries > MOST_QUERIES ? MOST_QUERIES : queries;
    queries = queries < FEWEST_QUERIES ? FEWEST_QUERIES : queries;
    queries = queries > s->rows ? s->rows : queries;
    for (size_t q = 0; q < queries; q++) {
        const float *query = s->x + q * s->rows / queries * s->features;
        double nearest = INFINITY;
        for (size_t i = 0; i < s->rows; i++) {
            double d = squared(query, s->x + i * s->features, s->features);
            if (d > 0 && d < nearest) nearest = d;
        }
        if (isfinite(nearest)) found[count++] = nearest;
    }
    qsort(found, count, sizeof *found, gt_by_double);
    return count ? found[count / 2] : 0;
}

gt_extent gt_extent_of(const gt_samples *s) {
    gt_extent out = {.nearest = median_nearest(s)};
    double *mean = calloc(2 * s->features, sizeof *mean), most = 0;
    if (!mean) return out;
    double *squares = mean + s->features;
    for (size_t i = 0; i < s->rows; i++)
        for (size_t f = 0; f < s->features; f++) mean[f] += s->x[i * s->features + f];
    for (size_t f = 0; f < s->features; f++) mean[f] /= (double)s->rows;
    for (size_t i = 0; i < s->rows; i++)
        for (size_t f = 0; f < s->features; f++) {
            double apart = s->x[i * s->features + f] - mean[f];
            squares[f] += apart * apart / (double)s->rows;
        }
    for (size_t f = 0; f < s->features; f++) {
        out.variance += squares[f];
        if (squares[f] > most) most = squares[f], out.widest = f;
    }
    out.share = out.variance > 0 ? most / out.variance : 0;
    free(mean);
    return out;
}

bool gt_diagnose_spread(const gt_extent *extent, size_t features, char *text, size_t size) {
    text[0] = '\0';
    if (features < 2 || extent->share < 0.99) return false;
    snprintf(text, size,
             "column %zu holds %.3g %% of the variance, so that distances tell of it alone; "
             "bring the columns to one scale",
             extent->widest, 100 * extent->share);
    return true;
}

static bool is_too_fine(const gt_samples *s, size_t feature) {
    const float rounding = 1e-5f;
    float low = s->x[feature], high = low;
    for (size_t i = 1; i < s->rows; i++) {
        low = fminf(low, s->x[i * s->features + feature]);
        high = fmaxf(high, s->x[i * s->features + feature]);
        if (high > low + GT_TREE_STEP) return false;
    }
    return high - low > rounding * fmaxf(fabsf(low), fabsf(high));
}

void gt_diagnose_steps(const gt_samples *samples, const void *settings, char *text,
                       size_t size) {
    size_t count = 0;
    (void)settings;
    for (size_t f = 0; f < samples->features; f++) count += is_too_fine(samples, f);
    text[0] = '\0';
    if (count)
        snprintf(text, size,
                 "%zu of %zu columns vary by %g at most, which trees take for no difference; "
                 "bring the columns to one scale",
                 count, samples->features, (double)GT_TREE_STEP);
}
