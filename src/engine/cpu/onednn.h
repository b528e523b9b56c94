/* onednn.h - convolutions, matrix products and reorders through oneDNN's C API (2.6).
 * Everything that would differ under oneDNN 3 is behind this header. */
#ifndef GT_ENGINE_ONEDNN_H
#define GT_ENGINE_ONEDNN_H

#include <stddef.h>

#include "gemm.h"
#include "kernels.h"
#include "node.h"

/* Address space that oneDNN finds when it is asked for anything, where there is a limit:
 * without it does not fail but crashes. */
enum { GT_DNN_ROOM = 48 << 20 };

typedef enum gt_conv_kind { GT_CONV_FORWARD, GT_CONV_DATA, GT_CONV_WEIGHTS } gt_conv_kind;

typedef struct gt_conv_problem {
    gt_conv_kind kind;
    gt_shape x, w, y; /* w (O, C/groups, k, k) */
    int64_t w_row; /* floats from one row of w to the next where it is a part; 0: its length */
    gt_conv how;
    bool bias;
    bool accumulate; /* FORWARD: add to what dst holds */
    bool clip;       /* FORWARD: then what is below 0 becomes 0 (conv.h alone does it) */
    bool mask;       /* DATA: times 1 where a mask is above 0, times 0 elsewhere (likewise) */
    bool totals;     /* DATA: then the sum over all pixels of each channel is told (likewise) */
    bool x_blocked, y_blocked;
    /* FORWARD, after gt_conv_agree: y is left to be made by what reads it (y_parts), as x has
     * been: by NARROW out of so many channels for STRASSEN, by which in turn NARROW reads it.
     */
    bool y_parts;
    int64_t x_parts;
} gt_conv_problem;

/* What else a run reads and writes where the problem asks for it. The mask is laid out like the
 * result. */
typedef struct gt_conv_beside {
    const float *bias, *mask;
    float *totals;
} gt_conv_beside;

typedef struct gt_dnn_conv gt_dnn_conv;

/* DENSE to PATCHES are ours (conv_own.h). */
typedef enum gt_conv_algorithm {
    GT_CONV_DIRECT,
    GT_CONV_WINOGRAD,
    GT_CONV_DENSE,
    GT_CONV_PAIRS,
    GT_CONV_TILES,
    GT_CONV_NARROW,
    GT_CONV_STRASSEN,
    GT_CONV_PLANES,
    GT_CONV_PATCHES,
    GT_CONV_ALGORITHMS
} gt_conv_algorithm;

/* One convolution on one thread, DIRECT or WINOGRAD: it must be made and run where OpenMP has
 * one thread, which is so in pieces of a team's work. GT_UNSUPPORTED when there is no such
 * algorithm for the problem. */
GT_MUST_CHECK gt_status gt_dnn_conv_create(const gt_conv_problem *problem,
                                           gt_conv_algorithm algorithm, gt_dnn_conv **conv,
                                           gt_error *err);
void gt_dnn_conv_destroy(gt_dnn_conv *conv);

/* Bytes of working memory a run needs, and bytes of the weights in the order that the primitive
 * wants. */
size_t gt_dnn_conv_scratch(const gt_dnn_conv *conv);
size_t gt_dnn_conv_weights_bytes(const gt_dnn_conv *conv);

/* Whether both want the same weights in the same order. */
bool gt_dnn_conv_weights_alike(const gt_dnn_conv *a, const gt_dnn_conv *b);

/* Brings row-major weights into the primitive's order (FORWARD and DATA). */
GT_MUST_CHECK gt_status gt_dnn_conv_prepare(gt_dnn_conv *conv, const float *w, float *prepared,
                                            gt_error *err);

/* FORWARD: a = x, b = prepared weights, bias, result = y. DATA: a = gy, b = prepared weights,
 * result = gx. WEIGHTS: a = x, b = gy, result = gw row-major (added to it when `accumulate` is
 * asked at run time). */
GT_MUST_CHECK gt_status gt_dnn_conv_run(gt_dnn_conv *conv, const float *a, const float *b,
                                        const float *bias, float *result, bool accumulate,
                                        void *scratch, gt_error *err);

/* Name of the implementation oneDNN chose ("jit_wino_4x3:avx512_core"). */
const char *gt_dnn_conv_name(const gt_dnn_conv *conv);

/* gt_gemm (gemm.h) on parts of larger matrices: lda, ldb, ldc floats from a row to the next;
 * added to what c holds when `accumulate`. */
GT_MUST_CHECK gt_status gt_gemm_part(bool transpose_a, bool transpose_b, int64_t m, int64_t n,
                                     int64_t k, const float *a, int64_t lda, const float *b,
                                     int64_t ldb, float *c, int64_t ldc, bool accumulate,
                                     gt_error *err);

/* The same on one thread, in a piece of a team's work. */
GT_MUST_CHECK gt_status gt_dnn_gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n,
                                    int64_t k, const float *a, int64_t lda, const float *b,
                                    int64_t ldb, float *c, int64_t ldc, bool accumulate,
                                    gt_error *err);

#endif
