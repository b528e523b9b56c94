/* vendi.c - the effective number of different rows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "frechet.h"
#include "galatea/interrupt.h"
#include "moments.h"
#include "tiles.h"

/* 1 / |x|^2 of each row, 0 for rows of zeros. */
static double *weights_of(const gt_points *p) {
    double *out = malloc((p->rows + 1) * sizeof *out);
    for (size_t r = 0; out && r < p->rows; r++) {
        double sum = 0.0;
        for (size_t c = 0; c < p->columns; c++) {
            double x = (double)p->x[r * p->columns + c];
            sum += x * x;
        }
        out[r] = sum > 0.0 ? 1.0 / sum : 0.0;
    }
    return out;
}

static double surprise(double share) {
    return share > 0.0 ? -share * log(share) : 0.0;
}

/* Rows of unit length as doubles. */
static double *unit_rows(const gt_picked *p, const double *weight) {
    size_t n = p->points->columns;
    double *out = malloc(p->count * n * sizeof *out);
    for (size_t r = 0; out && r < p->count; r++) {
        size_t row = p->rows ? p->rows[r] : r;
        double scale = sqrt(weight[row]);
        for (size_t c = 0; c < n; c++)
            out[r * n + c] = (double)p->points->x[row * n + c] * scale;
    }
    return out;
}

/* The matrix of cosines (rows, rows) where there are fewer rows than columns, else that of
 * columns with the same eigenvalues. */
static gt_status cosines(const gt_picked *p, const double *weight, double *matrix,
                         gt_error *err) {
    if (p->count >= p->points->columns)
        return gt_picked_sums(p, NULL, weight, NULL, matrix, err);
    double *rows = unit_rows(p, weight);
    if (!rows) return gt_fail(err, GT_NO_MEMORY, "a copy of %zu rows", p->count);
    gt_status status =
        gt_product(p->count, p->count, p->points->columns, rows, rows, matrix, err);
    free(rows);
    return status;
}

/* Rows of zeros are one more direction of their own. */
static gt_status score_of(const gt_picked *p, const double *weight, double *out,
                          gt_error *err) {
    gt_status status = GT_OK;
    size_t n = p->count < p->points->columns ? p->count : p->points->columns, dark = 0;
    double *matrix = calloc(n * n, sizeof *matrix), *values = malloc(n * sizeof *values),
           entropy = 0.0;
    if (!matrix || !values) GT_THROW(err, GT_NO_MEMORY, "cosines of %zu rows", p->count);
    GT_TRY(cosines(p, weight, matrix, err));
    GT_TRY(gt_eigen(n, matrix, false, values, err));
    for (size_t i = 0; i < p->count; i++) dark += weight[p->rows ? p->rows[i] : i] == 0.0;
    for (size_t i = 0; i < n; i++) entropy += surprise(values[i] / (double)p->count);
    entropy += surprise((double)dark / (double)p->count);
    *out = exp(entropy);
done:
    free(matrix);
    free(values);
    return status;
}

gt_status gt_vendi_score(const gt_points *points, double *out, gt_error *err) {
    gt_status status = GT_OK;
    double *weight = NULL;
    GT_TRY(gt_points_check(points, 1, points->columns, err));
    weight = weights_of(points);
    if (!weight) GT_THROW(err, GT_NO_MEMORY, "lengths of %zu rows", points->rows);
    gt_picked all = {points, NULL, points->rows};
    GT_TRY(score_of(&all, weight, out, err));
done:
    free(weight);
    return status;
}

/* ---- Halves ------------------------------------------------------------------------------ */

static gt_status split(const gt_points *p, const double *weight, uint64_t seed, size_t number,
                       double out[2]) {
    gt_status status = GT_OK;
    size_t half = p->rows / 2,
           *order = gt_drawn_order(p->rows, seed, "judging.vendi", (uint32_t)number);
    if (!order) return GT_NO_MEMORY;
    gt_picked first = {p, order, half}, rest = {p, order + half, p->rows - half};
    GT_TRY(score_of(&first, weight, &out[0], NULL));
    GT_TRY(score_of(&rest, weight, &out[1], NULL));
done:
    free(order);
    return status;
}

gt_status gt_vendi_halves(const gt_points *points, size_t splits, uint64_t seed, double *out,
                          gt_error *err) {
    gt_session *session = gt_session_current();
    gt_status status = GT_OK;
    gt_status *each = calloc(splits + 1, sizeof *each);
    double *weight = NULL;
    GT_TRY(gt_points_check(points, 2, points->columns, err));
    weight = weights_of(points);
    if (!weight || !each) GT_THROW(err, GT_NO_MEMORY, "%zu halves", splits);
#pragma omp parallel
    {
        gt_session *before = gt_session_enter(session);
#pragma omp for schedule(dynamic)
        for (size_t i = 0; i < splits; i++)
            each[i] = gt_interrupt_pending() ? GT_INTERRUPTED
                                             : split(points, weight, seed, i, out + 2 * i);
        gt_session_enter(before);
    }
    for (size_t i = 0; i < splits; i++)
        if (each[i])
            GT_THROW(err, each[i], "Vendi scores of halves: %s", gt_status_text(each[i]));
done:
    free(each);
    free(weight);
    return status;
}
