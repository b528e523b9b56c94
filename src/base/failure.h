/* failure.h (room: base) - the first failure of pieces of work that run at once. */
#ifndef GT_BASE_FAILURE_H
#define GT_BASE_FAILURE_H

#include <stdatomic.h>

#include "galatea/error.h"

/* All zero: none. `error` may be read when the work is done. */
typedef struct gt_failure {
    _Atomic int status;
    gt_error error;
} gt_failure;

/* Keeps `error` of `status` if it is the first failure; GT_OK is none. */
void gt_failure_record(gt_failure *failure, gt_status status, const gt_error *error);

/* What was kept, told in err. */
GT_MUST_CHECK gt_status gt_failure_report(const gt_failure *failure, gt_error *err);

#endif
