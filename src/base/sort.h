/* sort.h (room: base) - numbers in rising order. */
#ifndef GT_SORT_H
#define GT_SORT_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

/* For qsort: doubles, or floats, in rising order. NaN has no place among them. */
int gt_by_double(const void *a, const void *b);
int gt_by_float(const void *a, const void *b);

/* Sorts finite numbers in place, by their bits, in linear time; room for as many more while it
 * works. GT_NO_MEMORY. */
GT_MUST_CHECK gt_status gt_sort_numbers(size_t count, double *values, gt_error *err);
/* The same where there is room for twice as many. */
void gt_sort_in_room(size_t count, double *values, uint64_t *room);

/* Of one or more sorted numbers: the middle one, or the mean of the two. */
double gt_sorted_median(size_t count, const double *sorted);

#endif
