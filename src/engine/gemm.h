/* gemm.h (room: engine) - products of large matrices, by the fastest routine at hand.
 *
 * oneDNN's sgemm: on current server processors several times faster than a BLAS that does not
 * know them. */
#ifndef GT_GEMM_H
#define GT_GEMM_H

#include <stdbool.h>
#include <stdint.h>

#include "galatea/error.h"

/* Row-major c (m,n) = op(a) op(b), op(a) of shape (m,k) and op(b) of shape (k,n): a transposed
 * a is stored as (k,m), a transposed b as (n,k). c overlaps neither. Uses the calling thread's
 * OpenMP threads; with another number of them last digits may differ. GT_NO_MEMORY, or
 * GT_UNSUPPORTED with oneDNN's reason. */
GT_MUST_CHECK gt_status gt_gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n,
                                int64_t k, const float *a, const float *b, float *c,
                                gt_error *err);
#endif
