/* pca.c - covariance by blocks of rows, eigenvectors by LAPACK's divide and conquer; of a table
 * with far fewer rows than features its singular vectors. */
#include "galatea/pca.h"

#include <lapacke.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "gram.h"
#include "lapack.h"

enum { FEATURES_AT_MOST = 16384, ROWS_AT_ONCE = 16 };

struct gt_pca {
    size_t features, count; /* as many components */
    uint64_t rows;
    double *shift;                  /* mean of the first block */
    double *mean;                   /* while rows are added: sum of x - shift */
    double *variances, *components; /* while rows are added: products about shift */
    double total;                   /* of the variances */
    double *extreme;                /* by component: the score of largest absolute value */
};

static gt_status create(size_t features, size_t count, gt_pca **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_pca *pca = NULL;
    if (features < 1 || features > FEATURES_AT_MOST)
        GT_THROW(err, GT_UNSUPPORTED, "principal components of %zu features, expected 1 to %d",
                 features, FEATURES_AT_MOST);
    pca = calloc(1, sizeof *pca);
    if (!pca) GT_THROW(err, GT_NO_MEMORY, "principal components of %zu features", features);
    pca->features = features;
    pca->count = count;
    pca->shift = calloc(features, sizeof(double));
    pca->mean = calloc(features, sizeof(double));
    pca->variances = calloc(count, sizeof(double));
    pca->extreme = calloc(count, sizeof(double));
    pca->components = calloc(count * features, sizeof(double));
    if (!pca->shift || !pca->mean || !pca->variances || !pca->extreme || !pca->components)
        GT_THROW(err, GT_NO_MEMORY, "principal components of %zu features", features);
    *out = pca;
    pca = NULL;
done:
    gt_pca_destroy(pca);
    return status;
}

gt_status gt_pca_create(size_t features, gt_pca **out, gt_error *err) {
    return create(features, features, out, err);
}

void gt_pca_destroy(gt_pca *pca) {
    if (!pca) return;
    free(pca->shift);
    free(pca->mean);
    free(pca->variances);
    free(pca->extreme);
    free(pca->components);
    free(pca);
}

/* ---- Adding ------------------------------------------------------------------------------ */

static gt_status check_rows(const gt_pca *pca, size_t rows, const float *x, gt_error *err) {
    for (size_t i = 0; i < rows * pca->features; i++)
        if (!isfinite(x[i]))
            return gt_fail(err, GT_NOT_FINITE,
                           "row %llu, feature %zu is %g, expected a finite number",
                           (unsigned long long)(pca->rows + i / pca->features),
                           i % pca->features, (double)x[i]);
    return GT_OK;
}

/* sum (features) += rows - shift. */
static void add_rows(const gt_pca *pca, size_t rows, const float *x, double *sum) {
    for (size_t r = 0; r < rows; r++, x += pca->features)
        for (size_t j = 0; j < pca->features; j++) sum[j] += (double)x[j] - pca->shift[j];
}

gt_status gt_pca_add(gt_pca *pca, size_t rows, const float *x, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(check_rows(pca, rows, x, err));
    if (pca->rows == 0 && rows > 0) {
        add_rows(pca, rows, x, pca->mean);
        for (size_t j = 0; j < pca->features; j++) {
            pca->shift[j] = pca->mean[j] / (double)rows;
            pca->mean[j] = 0.0;
        }
    }
    add_rows(pca, rows, x, pca->mean);
    GT_TRY(gt_gram_add(rows, pca->features, x, NULL, pca->shift, GT_GRAM_DOUBLE,
                       pca->components, err));
    pca->rows += rows;
done:
    return status;
}

/* ---- Computing --------------------------------------------------------------------------- */

/* Products about the shift -> covariance, lower triangle; sums -> mean. */
static void finish_moments(gt_pca *pca) {
    size_t n = pca->features;
    double rows = (double)pca->rows;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            pca->components[i * n + j] =
                (pca->components[i * n + j] - pca->mean[i] * pca->mean[j] / rows) /
                (rows - 1.0);
    for (size_t j = 0; j < n; j++) pca->mean[j] = pca->shift[j] + pca->mean[j] / rows;
}

/* LAPACK gives the smallest first. */
static void reverse(gt_pca *pca) {
    size_t n = pca->features;
    for (size_t i = 0; i < n / 2; i++) {
        double *a = pca->components + i * n, *b = pca->components + (n - 1 - i) * n;
        double variance = pca->variances[i];
        pca->variances[i] = pca->variances[n - 1 - i];
        pca->variances[n - 1 - i] = variance;
        for (size_t j = 0; j < n; j++) {
            double value = a[j];
            a[j] = b[j];
            b[j] = value;
        }
    }
}

static void flip_sign(gt_pca *pca, size_t component) {
    double *row = pca->components + component * pca->features;
    for (size_t j = 0; j < pca->features; j++) row[j] = -row[j];
}

static void orient_by_own_entry(gt_pca *pca, size_t component) {
    const double *row = pca->components + component * pca->features;
    size_t largest = 0;
    for (size_t j = 1; j < pca->features; j++)
        if (fabs(row[j]) > fabs(row[largest])) largest = j;
    if (row[largest] < 0.0) flip_sign(pca, component);
}

static gt_status check_solvable(const gt_pca *pca, gt_error *err) {
    if (pca->rows < 2)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "principal components of %llu rows, expected at least 2",
                       (unsigned long long)pca->rows);
    return gt_lapack_ready(err);
}

static void settle(gt_pca *pca) {
    pca->total = 0.0;
    for (size_t i = 0; i < pca->count; i++) {
        pca->variances[i] = fmax(pca->variances[i], 0.0);
        pca->total += pca->variances[i];
        orient_by_own_entry(pca, i);
    }
}

gt_status gt_pca_finish(gt_pca *pca, gt_error *err) {
    lapack_int n = (lapack_int)pca->features;
    gt_status status = check_solvable(pca, err);
    if (status) return status;
    finish_moments(pca);
    /* Our lower triangle is LAPACK's upper one, and its columns are our rows. */
    lapack_int info =
        LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'U', n, pca->components, n, pca->variances);
    if (info != 0)
        return gt_fail(err, info < -1000 ? GT_NO_MEMORY : GT_BAD_ARGUMENT,
                       "the eigenvalues of %d features were not found (LAPACK: %d)", (int)n,
                       (int)info);
    reverse(pca);
    settle(pca);
    return GT_OK;
}

/* ---- Of a table with few rows ------------------------------------------------------------ */

/* Means into pca->mean; what lies about them, in double. NULL without memory. */
static double *centre_rows(gt_pca *pca, size_t rows, const float *x) {
    size_t n = pca->features;
    double *centred = malloc(rows * n * sizeof *centred);
    if (!centred) return NULL;
    add_rows(pca, rows, x, pca->mean);
    for (size_t j = 0; j < n; j++) pca->mean[j] /= (double)rows;
    for (size_t i = 0; i < rows * n; i++) centred[i] = (double)x[i] - pca->mean[i % n];
    return centred;
}

/* The right singular vectors of the centred table: rows^2 features steps in place of
 * features^3.
 */
static gt_status solve_rows(gt_pca *pca, size_t rows, const float *x, gt_error *err) {
    gt_status status = GT_OK;
    double *centred = NULL;
    GT_TRY(check_rows(pca, rows, x, err));
    pca->rows = rows;
    GT_TRY(check_solvable(pca, err));
    centred = centre_rows(pca, rows, x);
    if (!centred) GT_THROW(err, GT_NO_MEMORY, "principal components of %zu rows", rows);
    /* Our rows are LAPACK's columns, so its left vectors are ours on the right. */
    lapack_int n = (lapack_int)pca->features, m = (lapack_int)rows;
    double unused;
    lapack_int info =
        LAPACKE_dgesvd(LAPACK_COL_MAJOR, 'S', 'N', n, m, centred, n, pca->variances,
                       pca->components, n, &unused, 1, pca->extreme);
    if (info != 0)
        GT_THROW(err, info < -1000 ? GT_NO_MEMORY : GT_BAD_ARGUMENT,
                 "the singular values of %zu rows were not found (LAPACK: %d)", rows,
                 (int)info);
    memset(pca->extreme, 0, rows * sizeof *pca->extreme);
    for (size_t i = 0; i < rows; i++)
        pca->variances[i] *= pca->variances[i] / ((double)rows - 1.0);
    settle(pca);
done:
    free(centred);
    return status;
}

/* ---- Scores and signs -------------------------------------------------------------------- */

static double score(size_t n, const float *row, const double *mean, const double *component) {
    double sum = 0.0;
#pragma omp simd reduction(+ : sum)
    for (size_t j = 0; j < n; j++) sum += ((double)row[j] - mean[j]) * component[j];
    return sum;
}

/* A component is read once for some rows. */
gt_status gt_pca_project(const gt_pca *pca, size_t components, size_t rows, const float *x,
                         double *out, gt_error *err) {
    size_t n = pca->features;
    if (components > pca->count)
        return gt_fail(err, GT_BAD_ARGUMENT, "%zu components of %zu", components, pca->count);
#pragma omp parallel for schedule(static)
    for (size_t first = 0; first < rows; first += ROWS_AT_ONCE) {
        size_t last = first + ROWS_AT_ONCE < rows ? first + ROWS_AT_ONCE : rows;
        for (size_t k = 0; k < components; k++)
            for (size_t r = first; r < last; r++)
                out[r * components + k] =
                    score(n, x + r * n, pca->mean, pca->components + k * n);
    }
    return GT_OK;
}

gt_status gt_pca_orient(gt_pca *pca, size_t components, size_t rows, const float *x,
                        gt_error *err) {
    gt_status status = GT_OK;
    double *scores = calloc(rows * components + 1, sizeof *scores);
    if (!scores) GT_THROW(err, GT_NO_MEMORY, "scores of %zu rows", rows);
    GT_TRY(gt_pca_project(pca, components, rows, x, scores, err));
    for (size_t r = 0; r < rows; r++)
        for (size_t k = 0; k < components; k++) {
            double score = scores[r * components + k];
            if (fabs(score) > fabs(pca->extreme[k])) pca->extreme[k] = score;
        }
done:
    free(scores);
    return status;
}

void gt_pca_orient_finish(gt_pca *pca) {
    for (size_t k = 0; k < pca->count; k++) {
        if (pca->extreme[k] < 0.0) flip_sign(pca, k);
        pca->extreme[k] = 0.0;
    }
}

gt_status gt_pca_compute(size_t rows, size_t features, const float *x, gt_pca **out,
                         gt_error *err) {
    gt_status status = GT_OK;
    gt_pca *pca = NULL;
    bool is_few = rows >= 2 && 2 * rows <= features;
    GT_TRY(create(features, is_few ? rows : features, &pca, err));
    if (is_few) {
        GT_TRY(solve_rows(pca, rows, x, err));
    } else {
        GT_TRY(gt_pca_add(pca, rows, x, err));
        GT_TRY(gt_pca_finish(pca, err));
    }
    GT_TRY(gt_pca_orient(pca, pca->count, rows, x, err));
    gt_pca_orient_finish(pca);
    *out = pca;
    pca = NULL;
done:
    gt_pca_destroy(pca);
    return status;
}

/* ---- Looking ----------------------------------------------------------------------------- */

size_t gt_pca_features(const gt_pca *pca) {
    return pca->features;
}

size_t gt_pca_count(const gt_pca *pca) {
    return pca->count;
}

const double *gt_pca_mean(const gt_pca *pca) {
    return pca->mean;
}

const double *gt_pca_variances(const gt_pca *pca) {
    return pca->variances;
}

const double *gt_pca_components(const gt_pca *pca) {
    return pca->components;
}

double gt_pca_ratio(const gt_pca *pca, size_t component) {
    return pca->total > 0.0 ? pca->variances[component] / pca->total : 0.0;
}

size_t gt_pca_components_for(const gt_pca *pca, double share) {
    double sum = 0.0;
    size_t count = 0;
    while (count < pca->count && sum < share) sum += gt_pca_ratio(pca, count++);
    return count;
}
