/* judged_rows.h - three sets of rows that a verdict compares: what a model learned from, real
 * pictures that it never saw, and its samples. */
#ifndef GT_TWINS_JUDGED_ROWS_H
#define GT_TWINS_JUDGED_ROWS_H

#include "sweep.h"

enum { GT_JUDGED_SETS = 3, GT_JUDGED_SPACES = 2 };

/* A zeroed one is empty. */
typedef struct gt_judged_rows {
    size_t columns; /* 0: there are none */
    size_t rows[GT_JUDGED_SETS];
    float *x[GT_JUDGED_SETS]; /* (rows, columns) */
} gt_judged_rows;
void gt_judged_rows_free(gt_judged_rows *rows);

/* A description of pictures. read: of the twin's side; end out in any case. */
typedef struct gt_judged_space {
    const char *name;
    gt_status (*read)(const gt_twin *twin, gt_judged_rows *out, gt_error *err);
} gt_judged_space;

/* "pixels": shares of white, of the size that is learned from, to which samples of another size
 * are brought; of several channels their mean where only samples have them. "morphology": the
 * five coefficients, of rows that could be measured, in deviations of the real ones; one that
 * does not vary there is left out. */
extern const gt_judged_space gt_judged_spaces[GT_JUDGED_SPACES];

#endif
