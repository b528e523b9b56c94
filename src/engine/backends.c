/* backends.c - the processors there are. */
#include "backend.h"

const gt_backend *gt_backend_default(void) {
    return &gt_cpu_backend;
}

const gt_backend *gt_backend_oracle(void) {
    return &gt_oracle_backend;
}
