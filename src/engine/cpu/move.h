/* move.h - kernels that move, pool or draw values: everything that is neither elementwise nor a
 * product. */
#ifndef GT_ENGINE_MOVE_H
#define GT_ENGINE_MOVE_H

#include "node.h"

/* Two orders of the bytes of an image tensor: (N,C,H,W), or (N,C/16,H,W,16) when C is a
 * multiple of 16. */
typedef enum gt_layout { GT_PLAIN, GT_BLOCKED } gt_layout;

/* Whether a tensor can be blocked, and whether the two layouts of it differ at all. */
bool gt_can_block(gt_shape shape);
bool gt_layouts_differ(gt_shape shape);

/* dst[dst_offset + i * dst_stride] = src[src_offset + i * src_stride] over `dim`, added when
 * asked. */
typedef struct gt_copy {
    int rank;
    int64_t dim[GT_MAX_RANK], src_stride[GT_MAX_RANK], dst_stride[GT_MAX_RANK];
    int64_t src_offset, dst_offset;
} gt_copy;
void gt_copy_run(const gt_copy *copy, const float *src, float *dst, bool add, int threads);

/* A window of channels of an image tensor, whole planes: channels [src_c, src_c + count) of src
 * become channels [dst_c, ...) of dst, whatever the layouts. */
typedef struct gt_channels {
    gt_shape src, dst;
    gt_layout src_layout, dst_layout;
    int64_t src_c, dst_c, count;
} gt_channels;
void gt_channels_run(const gt_channels *move, const float *src, float *dst, bool add,
                     int threads);

/* Mean over, or repetition of, k x k pixels; `shape` is that of the larger image. */
void gt_pool_run(gt_shape shape, int k, gt_layout layout, const float *src, float *dst,
                 int threads);
void gt_upsample_run(gt_shape shape, int k, gt_layout layout, const float *src, float *dst,
                     int threads);

/* dst[i] = sum over n of src[n * count + i]. */
void gt_sum_first_run(int64_t n, int64_t count, const float *src, float *dst, int threads);

/* Maximum over the middle of (outer, length, inner). */
void gt_reduce_max_run(int64_t outer, int64_t length, int64_t inner, const float *src,
                       float *dst);

/* Inverse of a (n,n) matrix, or log |det| of it, in double; `work` holds n*n doubles and n
 * ints. GT_NOT_FINITE when it is singular. */
size_t gt_matrix_work(int64_t n);
GT_MUST_CHECK gt_status gt_inverse_run(int64_t n, const float *src, float *dst, void *work,
                                       gt_error *err);
GT_MUST_CHECK gt_status gt_log_abs_det_run(int64_t n, const float *src, float *dst, void *work,
                                           gt_error *err);

#endif
