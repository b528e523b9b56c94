/* judge_rows.h - sets as rows of numbers. */
#ifndef GT_STUDY_JUDGE_ROWS_H
#define GT_STUDY_JUDGE_ROWS_H

#include "galatea/dataset.h"
#include "judge.h"

enum { GT_JUDGE_NAME = 4096 + 24 };

/* The sets while they are read: x and kept rows are yours (gt_judge_rows_free). */
typedef struct gt_judge_rows {
    gt_dataset *data[GT_JUDGE_SETS];
    uint64_t *rows[GT_JUDGE_SETS]; /* of the sets, as many as points have */
    float *x[GT_JUDGE_SETS];
    gt_points points[GT_JUDGE_SETS];
    char names[GT_JUDGE_SETS][GT_JUDGE_NAME]; /* of points: the file, and its split */
    size_t most_side;                         /* of pixels, as in the request */
    bool turns;                               /* likewise */
} gt_judge_rows;
void gt_judge_rows_free(gt_judge_rows *rows);

/* Room for the rows of a set, of so many columns each. */
GT_MUST_CHECK gt_status gt_judge_rows_make_room(gt_judge_rows *rows, int set, size_t columns,
                                                gt_error *err);

/* A picture in another shape: by its mean channel where `own` has one (the picture is lost
 * then), and brought to its sides. */
GT_MUST_CHECK gt_status gt_judge_fit(const gt_dataset_info *own, const gt_dataset_info *info,
                                     float *picture, float *out, gt_error *err);

#endif
