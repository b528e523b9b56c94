/* stretch.c - curves between black and white, and where black and white lie. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/image.h"
#include "sort.h"
#include "text.h"

static const struct {
    const char *name;
    double a; /* when nothing is said; 0: the curve has none */
} curves[] = {{"linear", 0}, {"sqrt", 0}, {"log", 1000}, {"asinh", 0.1}};
enum { CURVES = sizeof curves / sizeof *curves };

/* ---- curves ---- */

double gt_stretch_apply(gt_stretch stretch, double t) {
    double a = stretch.a, size = fabs(t);
    switch (stretch.curve) {
    case GT_CURVE_SQRT:
        return copysign(sqrt(size), t);
    case GT_CURVE_LOG:
        return copysign(log(a * size + 1) / log(a + 1), t);
    case GT_CURVE_ASINH:
        return asinh(t / a) / asinh(1 / a);
    default:
        return t;
    }
}

double gt_stretch_undo(gt_stretch stretch, double y) {
    double a = stretch.a, size = fabs(y);
    switch (stretch.curve) {
    case GT_CURVE_SQRT:
        return copysign(size * size, y);
    case GT_CURVE_LOG:
        return copysign(expm1(size * log(a + 1)) / a, y);
    case GT_CURVE_ASINH:
        return a * sinh(y * asinh(1 / a));
    default:
        return y;
    }
}

/* Beyond these, 1 + a or 1 / a is no help any more. */
static bool is_softening(double a) {
    return a >= 1e-9 && a <= 1e9;
}

gt_status gt_stretch_find(const char *name, double a, gt_stretch *out, gt_error *err) {
    for (size_t i = 0; i < CURVES; i++) {
        if (strcmp(curves[i].name, name) != 0) continue;
        *out = (gt_stretch){(gt_curve)i, a != 0 ? a : curves[i].a};
        if (curves[i].a == 0 && a != 0)
            return gt_fail(err, GT_USAGE, "a = %g: the stretch %s has no a", a, name);
        if (curves[i].a != 0 && !is_softening(out->a))
            return gt_fail(err, GT_USAGE, "a = %g: the stretch %s takes 1e-9 to 1e9", a, name);
        return GT_OK;
    }
    return gt_fail(err, GT_USAGE, "no stretch '%s', expected linear, sqrt, log or asinh", name);
}

void gt_stretch_text(gt_stretch stretch, char out[GT_STRETCH_TEXT]) {
    char a[GT_NUMBER_SIZE];
    const char *name = curves[stretch.curve].name;
    if (curves[stretch.curve].a == 0)
        snprintf(out, GT_STRETCH_TEXT, "%s", name);
    else
        snprintf(out, GT_STRETCH_TEXT, "%s:%s", name, gt_real_to_text(stretch.a, a));
}

bool gt_stretch_read(const char *text, gt_stretch *out) {
    char name[16];
    double a = 0;
    size_t length = strcspn(text, ":");
    if (length >= sizeof name) return false;
    snprintf(name, sizeof name, "%.*s", (int)length, text);
    if (text[length] && gt_text_to_real(text + length + 1, &a, NULL) != GT_OK) return false;
    return (a != 0) == (text[length] != 0) && gt_stretch_find(name, a, out, NULL) == GT_OK;
}

/* ---- limits ---- */

/* Every stride-th value, sorted; yours. */
static float *sorted_values(const float *values, size_t count, size_t stride) {
    float *sorted = malloc(count * sizeof *sorted);
    for (size_t i = 0; sorted && i < count; i++) sorted[i] = values[i * stride];
    if (sorted) qsort(sorted, count, sizeof *sorted, gt_by_float);
    return sorted;
}

static double percentile(const float *sorted, size_t count, double percent) {
    double at = percent / 100 * (double)(count - 1);
    size_t below = (size_t)at < count - 1 ? (size_t)at : count - 1;
    size_t above = below + 1 < count ? below + 1 : below;
    double low = (double)sorted[below], high = (double)sorted[above];
    return low + (high - low) * (at - (double)below);
}

gt_status gt_image_percentiles(const float *values, size_t count, double lower, double upper,
                               double *low, double *high, gt_error *err) {
    float *sorted = sorted_values(values, count, 1);
    if (!sorted) return gt_fail(err, GT_NO_MEMORY, "out of memory for %zu pixels", count);
    *low = percentile(sorted, count, lower);
    *high = percentile(sorted, count, upper);
    free(sorted);
    return GT_OK;
}

/* A line through sorted values, without those that are marked as bad. */
typedef struct line {
    const float *sorted;
    bool *is_bad, *is_beyond;
    size_t count;
    double slope, start;
} line;

static size_t count_good(const line *l) {
    size_t good = 0;
    for (size_t i = 0; i < l->count; i++) good += !l->is_bad[i];
    return good;
}

static void fit(line *l, size_t good) {
    double x = 0, y = 0, xx = 0, xy = 0;
    for (size_t i = 0; i < l->count; i++)
        if (!l->is_bad[i]) x += (double)i, y += (double)l->sorted[i];
    x /= (double)good, y /= (double)good;
    for (size_t i = 0; i < l->count; i++) {
        double away = (double)i - x;
        if (l->is_bad[i]) continue;
        xx += away * away;
        xy += away * ((double)l->sorted[i] - y);
    }
    l->slope = xx > 0 ? xy / xx : 0;
    l->start = y - l->slope * x;
}

static double residual(const line *l, size_t i) {
    return (double)l->sorted[i] - (l->start + l->slope * (double)i);
}

static double deviation(const line *l, size_t good) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < l->count; i++)
        if (!l->is_bad[i]) sum += residual(l, i);
    double mean = sum / (double)good;
    for (size_t i = 0; i < l->count; i++)
        if (!l->is_bad[i]) squares += (residual(l, i) - mean) * (residual(l, i) - mean);
    return sqrt(squares / (double)good);
}

/* What lies farther than `most` from the line is bad, and so are `grow` values around it: half
 * of them before it, rounded up where they are even. */
static void reject(line *l, double most, size_t grow) {
    size_t after = grow / 2, before = grow - after - 1;
    for (size_t i = 0; i < l->count; i++)
        l->is_beyond[i] = l->is_bad[i] || fabs(residual(l, i)) > most;
    for (size_t i = 0; i < l->count; i++) {
        size_t first = i > after ? i - after : 0, last = i + before;
        l->is_bad[i] = false;
        for (size_t k = first; k <= last && k < l->count; k++) l->is_bad[i] |= l->is_beyond[k];
    }
}

/* False: too few values are left. */
static bool fit_and_reject(line *l) {
    enum { ROUNDS = 5, LEAST = 5 };
    static const double krej = 2.5;
    size_t half = l->count / 2, least = half > LEAST ? half : LEAST;
    size_t grow = l->count / 100 > 1 ? l->count / 100 : 1, good = l->count, last = good + 1;
    for (int round = 0; round < ROUNDS && good < last && good >= least; round++) {
        fit(l, good);
        reject(l, krej * deviation(l, good), grow);
        last = good;
        good = count_good(l);
    }
    return good >= least;
}

gt_status gt_image_zscale(const float *values, size_t count, size_t samples, double contrast,
                          double *low, double *high, gt_error *err) {
    gt_status status = GT_OK;
    size_t stride = count / samples > 1 ? count / samples : 1, n = (count - 1) / stride + 1;
    if (n > samples) n = samples;
    float *sorted = sorted_values(values, n, stride);
    bool *marks = calloc(2 * n, sizeof *marks);
    if (!sorted || !marks) GT_THROW(err, GT_NO_MEMORY, "out of memory for %zu pixels", n);
    line l = {.sorted = sorted, .is_bad = marks, .is_beyond = marks + n, .count = n};
    *low = (double)sorted[0], *high = (double)sorted[n - 1];
    if (fit_and_reject(&l)) {
        double slope = contrast > 0 ? l.slope / contrast : l.slope;
        double centre = (double)((n - 1) / 2), median = percentile(sorted, n, 50);
        *low = fmax(*low, median - (centre - 1) * slope);
        *high = fmin(*high, median + ((double)n - centre) * slope);
    }
done:
    free(sorted);
    free(marks);
    return status;
}

void gt_image_normalize(float *values, size_t count, double low, double high) {
    double range = high - low;
    for (size_t i = 0; i < count; i++) {
        double t = range > 0 ? ((double)values[i] - low) / range : 0;
        values[i] = (float)fmin(fmax(t, 0), 1);
    }
}
