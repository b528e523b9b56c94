/* wasserstein.c - the distance of two distributions of numbers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/twomodels.h"
#include "sort.h"

/* One side: numbers in rising order, with the sum of weights up to each, or without. */
typedef struct side {
    size_t count;
    double *values, *sums;
} side;

typedef struct weighted {
    double value, weight;
} weighted;

static gt_status check(const char *name, size_t count, const double *x, gt_error *err) {
    if (count == 0) return gt_fail(err, GT_BAD_ARGUMENT, "the %s set has no numbers", name);
    for (size_t i = 0; i < count; i++)
        if (!isfinite(x[i]))
            return gt_fail(err, GT_NOT_FINITE, "number %zu of the %s set is %g", i, name, x[i]);
    return GT_OK;
}

static gt_status open_side(const char *name, size_t count, const double *x, side *out,
                           gt_error *err) {
    gt_status status = check(name, count, x, err);
    if (status) return status;
    out->count = count;
    out->values = malloc(count * sizeof *out->values);
    if (!out->values) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu numbers", count);
    memcpy(out->values, x, count * sizeof *x);
    return gt_sort_numbers(count, out->values, err);
}

static void close_side(side *s) {
    free(s->values);
    free(s->sums);
}

/* ---- The integral ----------------------------------------------------------------------- */

static double of_equal_counts(const side *u, const side *v) {
    double sum = 0;
    for (size_t i = 0; i < u->count; i++) sum += fabs(u->values[i] - v->values[i]);
    return sum / (double)u->count;
}

/* The distribution function behind the first n numbers. */
static double share(const side *s, size_t n) {
    if (!s->sums) return (double)n / (double)s->count;
    return n ? s->sums[n - 1] / s->sums[s->count - 1] : 0;
}

/* Steps through the numbers of both as they rise. */
static double integrate(const side *u, const side *v) {
    size_t i = 0, k = 0;
    double sum = 0, last = fmin(u->values[0], v->values[0]);
    while (i < u->count || k < v->count) {
        bool is_u = k == v->count || (i < u->count && u->values[i] <= v->values[k]);
        double next = is_u ? u->values[i] : v->values[k];
        if (next > last) sum += fabs(share(u, i) - share(v, k)) * (next - last);
        last = next;
        if (is_u)
            i++;
        else
            k++;
    }
    return sum;
}

static double distance(const side *u, const side *v) {
    bool is_plain = !u->sums && !v->sums && u->count == v->count;
    return is_plain ? of_equal_counts(u, v) : integrate(u, v);
}

/* ---- Weights ---------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b) {
    double x = ((const weighted *)a)->value, y = ((const weighted *)b)->value;
    return (x > y) - (x < y);
}

static gt_status weigh(const char *name, side *s, const double *x, const double *weights,
                       gt_error *err) {
    gt_status status = GT_OK;
    double sum = 0;
    weighted *pairs = malloc(s->count * sizeof *pairs);
    s->sums = malloc(s->count * sizeof *s->sums);
    if (!pairs || !s->sums) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu weights", s->count);
    for (size_t i = 0; i < s->count; i++) {
        if (!(weights[i] >= 0) || !isfinite(weights[i]))
            GT_THROW(err, GT_BAD_ARGUMENT, "weight %zu of the %s set is %g", i, name,
                     weights[i]);
        pairs[i] = (weighted){x[i], weights[i]};
    }
    qsort(pairs, s->count, sizeof *pairs, by_value);
    for (size_t i = 0; i < s->count; i++) s->sums[i] = sum += pairs[i].weight;
    if (!(sum > 0) || !isfinite(sum))
        GT_THROW(err, GT_BAD_ARGUMENT, "the weights of the %s set sum to %g", name, sum);
done:
    free(pairs);
    return status;
}

gt_status gt_wasserstein_weighted(size_t u_count, const double *u, const double *u_weights,
                                  size_t v_count, const double *v, const double *v_weights,
                                  double *out, gt_error *err) {
    gt_status status = GT_OK;
    side a = {0}, b = {0};
    GT_TRY(open_side("first", u_count, u, &a, err));
    GT_TRY(open_side("second", v_count, v, &b, err));
    if (u_weights) GT_TRY(weigh("first", &a, u, u_weights, err));
    if (v_weights) GT_TRY(weigh("second", &b, v, v_weights, err));
    *out = distance(&a, &b);
done:
    close_side(&a);
    close_side(&b);
    return status;
}

gt_status gt_wasserstein(size_t u_count, const double *u, size_t v_count, const double *v,
                         double *out, gt_error *err) {
    return gt_wasserstein_weighted(u_count, u, NULL, v_count, v, NULL, out, err);
}

/* ---- Floats ----------------------------------------------------------------------------- */

static gt_status open_floats(const char *name, size_t count, const float *x, side *out,
                             gt_error *err) {
    gt_status status = GT_OK;
    out->count = count;
    out->values = malloc((count + 1) * sizeof *out->values);
    if (!out->values) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu numbers", count);
    for (size_t i = 0; i < count; i++) out->values[i] = x[i];
    status = check(name, count, out->values, err);
    return status ? status : gt_sort_numbers(count, out->values, err);
}

gt_status gt_wasserstein_floats(size_t u_count, const float *u, size_t v_count, const float *v,
                                double *out, gt_error *err) {
    gt_status status = GT_OK;
    side a = {0}, b = {0};
    GT_TRY(open_floats("first", u_count, u, &a, err));
    GT_TRY(open_floats("second", v_count, v, &b, err));
    *out = distance(&a, &b);
done:
    close_side(&a);
    close_side(&b);
    return status;
}
