/* failure.c - see failure.h. */
#include "failure.h"

void gt_failure_record(gt_failure *failure, gt_status status, const gt_error *error) {
    int none = GT_OK;
    if (status != GT_OK && atomic_compare_exchange_strong(&failure->status, &none, (int)status))
        failure->error = *error;
}

gt_status gt_failure_report(const gt_failure *failure, gt_error *err) {
    gt_status status = (gt_status)atomic_load(&failure->status);
    if (status != GT_OK && err) *err = failure->error;
    return status;
}
