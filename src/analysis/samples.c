/* samples.c - what is refused before anything is learnt. */
#include "galatea/samples.h"

#include <math.h>

enum { MOST_ROWS = 1 << 26 };

gt_status gt_rows_check(const char *what, size_t rows, size_t features, const float *x,
                        gt_error *err) {
    for (size_t i = 0; i < rows; i++) {
        for (size_t f = 0; f < features; f++)
            if (!isfinite(x[i * features + f]))
                return gt_fail(err, GT_NOT_FINITE,
                               "%s row %zu, feature %zu is %g, expected a finite number", what,
                               i, f, (double)x[i * features + f]);
    }
    return GT_OK;
}

static gt_status check_size(size_t rows, size_t features, gt_error *err) {
    if (rows < 1 || rows > MOST_ROWS)
        return gt_fail(err, GT_BAD_ARGUMENT, "%zu training rows, expected 1 to %d", rows,
                       MOST_ROWS);
    if (features < 1 || features > INT32_MAX)
        return gt_fail(err, GT_BAD_ARGUMENT, "%zu features, expected 1 to %d", features,
                       INT32_MAX);
    return GT_OK;
}

gt_status gt_samples_check(const gt_samples *samples, gt_error *err) {
    gt_status status = check_size(samples->rows, samples->features, err);
    if (status) return status;
    if (samples->classes < 1)
        return gt_fail(err, GT_BAD_ARGUMENT, "%d classes, expected at least 1",
                       samples->classes);
    for (size_t i = 0; i < samples->rows; i++) {
        if (samples->labels[i] < 0 || samples->labels[i] >= samples->classes)
            return gt_fail(err, GT_BAD_ARGUMENT,
                           "class of training row %zu is %d, expected 0 to %d", i,
                           samples->labels[i], samples->classes - 1);
    }
    return gt_rows_check("training", samples->rows, samples->features, samples->x, err);
}

gt_status gt_targets_check(const gt_targets *targets, gt_error *err) {
    gt_status status = check_size(targets->rows, targets->features, err);
    if (status) return status;
    for (size_t i = 0; i < targets->rows; i++) {
        if (!(fabs(targets->y[i]) <= GT_TARGET_LIMIT))
            return gt_fail(err, GT_NOT_FINITE,
                           "target of training row %zu is %g, expected a number of magnitude "
                           "up to %g",
                           i, targets->y[i], GT_TARGET_LIMIT);
    }
    return gt_rows_check("training", targets->rows, targets->features, targets->x, err);
}
