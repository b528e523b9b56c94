/* matrix.c - inverses and determinants of small matrices, in double. */
#include <lapacke.h>
#include <math.h>

#include "kernels.h"
#include "lapack.h"

/* A factorization in double, and its pivots. */
static size_t work_bytes(const gt_call *call) {
    int64_t n = call->inputs[0].shape.dim[0];
    return (size_t)(n * n) * sizeof(double) + (size_t)n * sizeof(lapack_int);
}

static gt_status factorize(int64_t n, const float *src, double *lu, lapack_int *pivots,
                           gt_error *err) {
    for (int64_t i = 0; i < n * n; i++) lu[i] = src[i];
    lapack_int info = LAPACKE_dgetrf(LAPACK_ROW_MAJOR, (lapack_int)n, (lapack_int)n, lu,
                                     (lapack_int)n, pivots);
    if (info == 0) return GT_OK;
    return gt_fail(err, GT_NOT_FINITE, "a %lld x %lld matrix is singular or not finite",
                   (long long)n, (long long)n);
}

static gt_status inverse(const gt_call *call, gt_error *err) {
    gt_status status = GT_OK;
    int64_t n = call->result.shape.dim[0];
    double *lu = call->scratch;
    float *dst = gt_out(call);
    lapack_int *pivots = (lapack_int *)(void *)(lu + n * n);
    GT_TRY(factorize(n, gt_in(call, 0), lu, pivots, err));
    if (LAPACKE_dgetri(LAPACK_ROW_MAJOR, (lapack_int)n, lu, (lapack_int)n, pivots) != 0)
        GT_THROW(err, GT_NOT_FINITE, "a matrix cannot be inverted");
    for (int64_t i = 0; i < n * n; i++) dst[i] = (float)lu[i];
done:
    return status;
}

static gt_status log_abs_det(const gt_call *call, gt_error *err) {
    gt_status status = GT_OK;
    int64_t n = call->inputs[0].shape.dim[0];
    double *lu = call->scratch, total = 0;
    GT_TRY(factorize(n, gt_in(call, 0), lu, (lapack_int *)(void *)(lu + n * n), err));
    for (int64_t i = 0; i < n; i++) total += log(fabs(lu[i * n + i]));
    *gt_out(call) = (float)total;
done:
    return status;
}

static gt_status prepare(gt_call *call, gt_error *err) {
    return gt_lapack_ready(err);
}

const gt_kernel gt_cpu_inverse = {
    .name = "inverse", .prepare = prepare, .scratch = work_bytes, .run = inverse};
const gt_kernel gt_cpu_log_abs_det = {
    .name = "log |det|", .prepare = prepare, .scratch = work_bytes, .run = log_abs_det};
