/* lapack.h (room: engine) - before LAPACK is called. */
#ifndef GT_ENGINE_LAPACK_H
#define GT_ENGINE_LAPACK_H

#include "galatea/error.h"

/* Keeps the LAPACK of this process to one thread, where it has a switch for that: its results
 * depend on the number of threads in the last digits, and small systems gain nothing. Under a
 * limit of the address space GT_NO_MEMORY when its work area does not fit, for which OpenBLAS
 * would ask for ever. */
GT_MUST_CHECK gt_status gt_lapack_ready(gt_error *err);

#endif
