/* moments.c - see moments.h. */
#include "moments.h"

#include <lapacke.h>
#include <stdlib.h>
#include <string.h>

#include "gram.h"
#include "lapack.h"
#include "rng.h"

enum { BLOCK = 1024 };
static const double LEAST_PIVOT = 1e-9;

static const float *row_of(const gt_picked *p, size_t i) {
    return p->points->x + (p->rows ? p->rows[i] : i) * p->points->columns;
}

gt_status gt_picked_sums(const gt_picked *picked, const double *shift, const double *weight,
                         double *total, double *products, gt_error *err) {
    size_t columns = picked->points->columns;
    double weights[BLOCK];
    gt_status status = GT_OK;
    float *block = malloc(BLOCK * columns * sizeof *block);
    if (!block) GT_THROW(err, GT_NO_MEMORY, "a block of rows of %zu numbers", columns);
    for (size_t first = 0; first < picked->count; first += BLOCK) {
        size_t rows = picked->count - first < BLOCK ? picked->count - first : BLOCK;
        for (size_t r = 0; r < rows; r++) {
            const float *x = row_of(picked, first + r);
            memcpy(block + r * columns, x, columns * sizeof *x);
            weights[r] =
                weight ? weight[picked->rows ? picked->rows[first + r] : first + r] : 1;
            for (size_t c = 0; total && c < columns; c++) total[c] += (double)x[c] - shift[c];
        }
        GT_TRY(gt_gram_add(rows, columns, block, weight ? weights : NULL, shift, GT_GRAM_DOUBLE,
                           products, err));
    }
done:
    free(block);
    return status;
}

void gt_picked_mean(const gt_picked *picked, double *mean) {
    size_t columns = picked->points->columns;
    memset(mean, 0, columns * sizeof *mean);
    for (size_t r = 0; r < picked->count; r++) {
        const float *x = row_of(picked, r);
        for (size_t c = 0; c < columns; c++) mean[c] += (double)x[c];
    }
    for (size_t c = 0; c < columns; c++) mean[c] /= (double)picked->count;
}

static gt_status lapack_failed(lapack_int info, size_t n, gt_error *err) {
    if (info == 0) return GT_OK;
    return gt_fail(err, info < -1000 ? GT_NO_MEMORY : GT_BAD_ARGUMENT,
                   "the spectrum of a matrix of %zu rows was not found (LAPACK: %d)", n,
                   (int)info);
}

/* Our lower triangle is LAPACK's upper one, and its columns are our rows. */
gt_status gt_eigen(size_t n, double *matrix, bool with_vectors, double *values, gt_error *err) {
    gt_status status = gt_lapack_ready(err);
    if (status) return status;
    return lapack_failed(LAPACKE_dsyevd(LAPACK_COL_MAJOR, with_vectors ? 'V' : 'N', 'U',
                                        (lapack_int)n, matrix, (lapack_int)n, values),
                         n, err);
}

/* LAPACK leaves the other triangle as it is, from which a is made whole again. */
gt_status gt_congruent(size_t n, double *a, double *b, bool *done, gt_error *err) {
    gt_status status = GT_OK;
    double *diagonal = malloc((n + 1) * sizeof *diagonal);
    lapack_int size = (lapack_int)n;
    *done = false;
    if (!diagonal) GT_THROW(err, GT_NO_MEMORY, "a diagonal of %zu numbers", n);
    GT_TRY(gt_lapack_ready(err));
    for (size_t i = 0; i < n; i++) diagonal[i] = a[i * n + i];
    lapack_int info = LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'U', size, a, size);
    *done = info == 0;
    /* What rounding leaves of 0 is no pivot: roots of eigenvalues would be that of rounding. */
    for (size_t i = 0; i < n && *done; i++)
        *done = a[i * n + i] * a[i * n + i] > LEAST_PIVOT * diagonal[i];
    if (info >= 0 && !*done) {
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < i; j++) a[i * n + j] = a[j * n + i];
            a[i * n + i] = diagonal[i];
        }
        goto done;
    }
    GT_TRY(lapack_failed(info, n, err));
    GT_TRY(lapack_failed(LAPACKE_dsygst(LAPACK_COL_MAJOR, 3, 'U', size, b, size, a, size), n,
                         err));
done:
    free(diagonal);
    return status;
}

gt_status gt_singular_sum(size_t n, size_t m, double *matrix, double *out, gt_error *err) {
    gt_status status = GT_OK;
    size_t count = n < m ? n : m;
    double *values = malloc(count * sizeof *values), unused;
    if (!values) GT_THROW(err, GT_NO_MEMORY, "%zu singular values", count);
    GT_TRY(gt_lapack_ready(err));
    GT_TRY(lapack_failed(LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'N', (lapack_int)m, (lapack_int)n,
                                        matrix, (lapack_int)m, values, &unused, 1, &unused, 1),
                         n, err));
    *out = 0.0;
    for (size_t i = count; i-- > 0;) *out += values[i];
done:
    free(values);
    return status;
}

size_t *gt_drawn_order(size_t count, uint64_t seed, const char *stream, uint32_t step) {
    size_t *order = malloc((count + 1) * sizeof *order);
    if (!order) return NULL;
    for (size_t i = 0; i < count; i++) order[i] = i;
    gt_rng_shuffle((gt_rng_key){seed, gt_rng_stream(stream), step}, order, count);
    return order;
}
