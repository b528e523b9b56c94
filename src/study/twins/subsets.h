/* subsets.h - the disjoint halves of a set that A and B learn from. */
#ifndef GT_TWINS_SUBSETS_H
#define GT_TWINS_SUBSETS_H

#include "sweep.h"

/* Before anything is made. GT_BAD_ARGUMENT when the set is too small for the largest size, or
 * the model cannot learn from one of them, or from pictures of this shape; GT_MISMATCH when the
 * subsets there are those of another set; GT_NOT_FINITE for rows that are not, of subsets that
 * are not there yet. */
GT_MUST_CHECK gt_status gt_subsets_check(const gt_sweep *sweep, gt_error *err);

/* Makes subsets/A-SIZE.h5 and B-SIZE.h5 of every size, and test.h5, unless they are there.
 *
 * Rows that train are brought into one order of chance, by subset_seed; A takes the first ones
 * of its front half, B of its back half, so that those of a size are among those of a larger
 * one. Behind them stand the rows that validate, the same in all: the set's own validation
 * rows, or, of a set without, some of those that train, which neither gets. test.h5 has as many
 * rows of the test split as there are samples, or those that validate where it has none.
 * GT_MISMATCH when another process made those of another set. Those that are there were
 * checked by gt_subsets_check. */
GT_MUST_CHECK gt_status gt_subsets_make(const gt_sweep *sweep, gt_error *err);

#endif
