/* equal_rows.h - rows of the set that show the same picture, bit by bit, where they should not:
 * models that learned the same agree on that. */
#ifndef GT_TWINS_EQUAL_ROWS_H
#define GT_TWINS_EQUAL_ROWS_H

#include "galatea/dataset.h"

enum { GT_ROWS_OF_A, GT_ROWS_OF_B, GT_ROWS_UNSEEN, GT_ROW_GROUPS };

typedef struct gt_row_group {
    const uint64_t *rows[2]; /* two lists, one behind the other */
    size_t count[2];
} gt_row_group;

/* A remark for B's rows that equal some of A's, and one for the unseen ones that equal any of
 * theirs: how many, and the first of each. */
GT_MUST_CHECK gt_status gt_equal_rows_tell(gt_dataset *data,
                                           const gt_row_group groups[GT_ROW_GROUPS],
                                           gt_error *err);

#endif
