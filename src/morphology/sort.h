/* sort.h - numbers in order. Private. */
#ifndef GT_MORPHOLOGY_SORT_H
#define GT_MORPHOLOGY_SORT_H

#include <stdint.h>

/* Sorts finite numbers, smallest first; keys: room for 2 count. */
void gt_sort_numbers(int count, double *values, uint64_t *keys);
/* Of sorted numbers: the middle one, or the mean of the two. */
double gt_sorted_median(int count, const double *sorted);

#endif
