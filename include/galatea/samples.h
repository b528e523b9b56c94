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
    const int32_t *labels; /* (rows) 0..classes-1; a class may have no row */
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

/* Labels as they come may have gaps: of 0, 2 and 200 there are three classes. A class has a
 * place among them, 0, 1 and 2 here, by which arrays are addressed. */
enum { GT_CLASSES_AT_MOST = 1 << 16 }; /* that can be told apart */

/* A zeroed one can be freed. */
typedef struct gt_classes {
    int32_t count;
    int32_t *labels; /* (count) in rising order */
    size_t *rows;    /* (count) how many have it */
} gt_classes;

/* The classes of rows with these labels. GT_UNSUPPORTED for more than GT_CLASSES_AT_MOST. The
 * arrays are yours: gt_classes_free. */
gt_status gt_classes_find(size_t rows, const int32_t *labels, gt_classes *out,
                          gt_error *err) GT_MUST_CHECK;
void gt_classes_free(gt_classes *classes);

/* The place of a label, or -1. */
int32_t gt_classes_place(const gt_classes *classes, int32_t label);

#ifdef __cplusplus
}
#endif
#endif
