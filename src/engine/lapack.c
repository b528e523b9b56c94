/* lapack.c - see lapack.h. */
#include "lapack.h"

#include <dlfcn.h>
#include <lapacke.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "address_space.h"

/* OpenBLAS's area for a thread that calls it, and what is mapped around it. */
static const uint64_t work_area = (uint64_t)(128 + 4) << 20;

static void keep_to_one_thread(void) {
    void *symbol = dlsym(RTLD_DEFAULT, "openblas_set_num_threads");
    void (*set)(int) = NULL;
    memcpy(&set, &symbol, sizeof set);
    if (set) set(1);
}

/* The smallest factorization there is takes the area, which stays. */
static gt_status reserve_work_area(gt_error *err) {
    double one = 1;
    lapack_int pivot;
    gt_status status = gt_address_space_need(work_area, "LAPACK", err);
    if (status == GT_OK) (void)LAPACKE_dgetrf(LAPACK_COL_MAJOR, 1, 1, &one, 1, &pivot);
    return status;
}

gt_status gt_lapack_ready(gt_error *err) {
    static atomic_bool has_area;
    keep_to_one_thread();
    if (atomic_load(&has_area) || !gt_address_space_is_limited()) return GT_OK;
    gt_status status = reserve_work_area(err);
    if (status == GT_OK) atomic_store(&has_area, true);
    return status;
}
