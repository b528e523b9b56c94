/* kernels.h - what the kernels of this processor share. Each file of this folder that computes
 * an op has a `gt_cpu_<name>` (gt_kernel of backend.h), listed in kernels.def. */
#ifndef GT_ENGINE_KERNELS_H
#define GT_ENGINE_KERNELS_H

#include "backend.h"

/* Blocked images are (N, C/16, H, W, 16). */
enum { GT_BLOCK = 16 };

/* Floats below which handing over costs more than it saves, where they are only moved. */
enum { GT_GRAIN = 1 << 14 };

extern const gt_kernel gt_cpu_elementwise, gt_cpu_noise, gt_cpu_reorder, gt_cpu_fetch;
#define GT_KERNEL(op, name) extern const gt_kernel gt_cpu_##name;
#include "kernels.def"
#undef GT_KERNEL

static inline const float *gt_in(const gt_call *call, int i) {
    return *call->inputs[i].data;
}
static inline float *gt_out(const gt_call *call) {
    return *call->result.data;
}
static inline int64_t gt_lanes(gt_layout layout) {
    return layout == GT_BLOCKED ? GT_BLOCK : 1;
}

/* Items of `each` floats that are worth handing over to another thread. */
static inline int64_t gt_grain_of(int64_t each) {
    return 1 + (GT_GRAIN - 1) / (each > 0 ? each : 1);
}

/* An array cut at one axis: (outer, length, inner). */
typedef struct gt_cut {
    int64_t outer, length, inner;
} gt_cut;
static inline gt_cut gt_cut_at(gt_shape shape, int axis) {
    gt_cut cut = {1, shape.dim[axis], 1};
    for (int d = 0; d < axis; d++) cut.outer *= shape.dim[d];
    for (int d = axis + 1; d < shape.rank; d++) cut.inner *= shape.dim[d];
    return cut;
}

#endif
