/* lr_reduce.c - the basis of few rows with many features. */
#include <lapacke.h>
#include <stdlib.h>
#include <string.h>

#include "lapack.h"
#include "lr.h"

void gt_lr_basis_free(gt_lr_basis *basis) {
    free(basis->factors);
    free(basis->tau);
}

gt_status gt_lr_basis_make(const gt_samples *samples, size_t stride, double *coordinates,
                           gt_lr_basis *out, gt_error *err) {
    size_t n = samples->rows, d = samples->features;
    *out = (gt_lr_basis){.rows = n, .features = d};
    out->factors = malloc(n * d * sizeof *out->factors);
    out->tau = malloc(n * sizeof *out->tau);
    if (!out->factors || !out->tau)
        return gt_fail(err, GT_NO_MEMORY, "basis of %zu rows of %zu features", n, d);
    for (size_t i = 0; i < n * d; i++) out->factors[i] = samples->x[i];
    gt_status status = gt_lapack_ready(err);
    if (status) return status;
    lapack_int info = LAPACKE_dgeqrf(LAPACK_COL_MAJOR, (lapack_int)d, (lapack_int)n,
                                     out->factors, (lapack_int)d, out->tau);
    if (info != 0)
        return gt_fail(err, GT_NO_MEMORY, "basis of %zu rows (LAPACK: %d)", n, (int)info);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            coordinates[i * stride + j] = j <= i ? out->factors[i * d + j] : 0.0;
    }
    return GT_OK;
}

gt_status gt_lr_basis_expand(const gt_lr_basis *basis, const double *coordinates,
                             double *weights, gt_error *err) {
    lapack_int n = (lapack_int)basis->rows, d = (lapack_int)basis->features;
    memcpy(weights, coordinates, basis->rows * sizeof *weights);
    memset(weights + basis->rows, 0, (basis->features - basis->rows) * sizeof *weights);
    lapack_int info = LAPACKE_dormqr(LAPACK_COL_MAJOR, 'L', 'N', d, 1, n, basis->factors, d,
                                     basis->tau, weights, d);
    if (info != 0)
        return gt_fail(err, GT_NO_MEMORY, "weights of %d features (LAPACK: %d)", (int)d,
                       (int)info);
    return GT_OK;
}
