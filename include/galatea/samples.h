/* samples.h (room: analysis) - rows that something is learnt from: codes, or pixels, with a
 * class or a number beside each row. */
#ifndef GALATEA_SAMPLES_H
#define GALATEA_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Rows of known class. All pointers are borrowed for the time of a call. */
typedef struct gt_samples {
    size_t rows, features;
    const float *x;        /* (rows, features) row-major */
    const int32_t *labels; /* (rows) 0..classes-1; a class may have no row (classes.h) */
    int32_t classes;
} gt_samples;

#define GT_TARGET_LIMIT 1e100 /* squares of targets are summed */

/* Rows of known number. Borrowed as well. */
typedef struct gt_targets {
    size_t rows, features;
    const float *x;  /* (rows, features) row-major */
    const double *y; /* (rows) of magnitude up to GT_TARGET_LIMIT */
} gt_targets;

/* What every method needs: at least one row (and at most 2^26), one feature and one class,
 * labels within the classes (GT_BAD_ARGUMENT), finite values (GT_NOT_FINITE). The sentence
 * names row and feature. */
gt_status gt_samples_check(const gt_samples *samples, gt_error *err) GT_MUST_CHECK;
gt_status gt_targets_check(const gt_targets *targets, gt_error *err) GT_MUST_CHECK;

/* The same for the values of rows that are only to be predicted; `what` begins the sentence. */
gt_status gt_rows_check(const char *what, size_t rows, size_t features, const float *x,
                        gt_error *err) GT_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
