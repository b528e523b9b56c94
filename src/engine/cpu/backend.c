/* backend.c - this machine's processor, in float32: its kernels and its memory. */
#include <stdlib.h>
#include <sys/mman.h>

#include "address_space.h"
#include "kernels.h"
#include "onednn.h"

/* Large areas ask for huge pages: a step walks through all of them, and each small page would
 * cost a look-up. */
static gt_status allocate(size_t bytes, void **memory, gt_error *err) {
    const size_t page = 4096, huge = (size_t)2 << 20;
    size_t unit = bytes >= 2 * huge ? huge : page;
    size_t size = (bytes + unit) / unit * unit;
    gt_status status = gt_address_space_need(bytes + GT_DNN_ROOM, "a plan", err);
    if (status) return status;
    *memory = aligned_alloc(unit, size);
    if (!*memory)
        return gt_fail(err, GT_NO_MEMORY, "a plan needs %.1f MB of memory, more than there is",
                       (double)bytes * 1e-6);
    if (unit == huge) madvise(*memory, size, MADV_HUGEPAGE); /* advice: may be ignored */
    return GT_OK;
}

static const gt_kernel *const kernels[GT_OP_COUNT] = {
#define GT_KERNEL(op, name) [GT_OP_##op] = &gt_cpu_##name,
#include "kernels.def"
#undef GT_KERNEL
};

const gt_backend gt_cpu_backend = {
    .name = "cpu",
    .number = GT_FLOAT32,
    .block = GT_BLOCK,
    .kernels = kernels,
    .elementwise = &gt_cpu_elementwise,
    .noise = &gt_cpu_noise,
    .reorder = &gt_cpu_reorder,
    .fetch = &gt_cpu_fetch,
    .allocate = allocate,
    .release = free,
};
