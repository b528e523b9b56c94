/* sorting.h (room: judging) - numbers in rising order. */
#ifndef GT_JUDGING_SORTING_H
#define GT_JUDGING_SORTING_H

#include <stddef.h>

#include "galatea/error.h"

/* Sorts finite numbers in place, by their bits, in linear time; room for as many more while it
 * works. GT_NO_MEMORY. */
GT_MUST_CHECK gt_status gt_sort_numbers(size_t count, double *values, gt_error *err);

#endif
