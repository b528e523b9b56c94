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

/* "pixels": shares of white, of pictures of the size that is learned from, halved until a side
 * has at most 32 pixels; samples of another size are brought to that, and to their mean channel
 * where one is learned from. "morphology": the five coefficients, of rows that could be
 * measured, in deviations of the real ones; one that does not vary there is left out. */
extern const gt_judged_space gt_judged_spaces[GT_JUDGED_SPACES];

/* The first rows of a set, at most `most` (0: all), of the size and the channels of `own`:
 * *out (count, values), shares of white, is yours. GT_BAD_SHAPE. */
GT_MUST_CHECK gt_status gt_judged_pixels(const char *path, size_t most,
                                         const gt_dataset_info *own, float **out, size_t *count,
                                         gt_error *err);

#endif
