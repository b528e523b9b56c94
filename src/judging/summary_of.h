/* summary_of.h - the finite ones of a set of numbers in rising order. Private. */
#ifndef GT_JUDGING_SUMMARY_OF_H
#define GT_JUDGING_SUMMARY_OF_H

#include <stddef.h>

#include "galatea/error.h"

/* *out (count) is yours, *kept of them are there. */
GT_MUST_CHECK gt_status gt_sorted_finite(size_t count, const double *values, double **out,
                                         size_t *kept, gt_error *err);

#endif
