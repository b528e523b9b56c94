/* print.h - a comparison on the screen. */
#ifndef GT_CLI_COMPARE_PRINT_H
#define GT_CLI_COMPARE_PRINT_H

#include "compare/compare.h"

/* The lines of an entry, with the heading of its set before the first and what was chosen
 * behind the last one of a set; over seeds all lines of a set, with its last entry. And what
 * stands below all sets. */
void gt_comparison_print_entry(gt_comparison *comparison, gt_entry *entry);
void gt_comparison_print_end(const gt_comparison *comparison);

#endif
