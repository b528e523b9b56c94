/* judge_space.h - sets as rows of numbers in one space. */
#ifndef GT_STUDY_JUDGE_SPACE_H
#define GT_STUDY_JUDGE_SPACE_H

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

/* A way to describe the rows of open sets. */
typedef struct gt_judge_space {
    const char *name; /* "pixels"; with a colon behind it an argument follows */
    gt_status (*describe)(const gt_context *context, const char *argument, gt_judge_rows *rows,
                          gt_judge_report *report, gt_error *err);
    bool of_codes, of_pictures;
    bool of_any_channels; /* generated pictures are described without those learned from */
} gt_judge_space;

/* The five coefficients of galatea/morphology.h, each by its deviation over test. Rows with a
 * flag above 1 are left out; so is a coefficient that is constant over test, with a remark;
 * another tells of rows that are far outside. */
gt_status gt_judge_describe_morphology(const gt_context *context, const char *argument,
                                       gt_judge_rows *rows, gt_judge_report *report,
                                       gt_error *err);

/* How many rows lie farther than `reach` from the mean of test in some column; *column: that of
 * the farthest. */
size_t gt_judge_far_rows(const gt_points *of, const gt_points *test, double reach,
                         size_t *column);

/* By the text of a request, for sets of codes or pictures. *argument points into text, behind
 * the colon. GT_USAGE. */
GT_MUST_CHECK gt_status gt_judge_space_find(const char *text, const gt_dataset *data,
                                            const gt_judge_space **out, const char **argument,
                                            gt_error *err);

/* The first 1,000 generated rows beside all training rows, and beside the rows of a second set
 * (NULL: none). GT_USAGE for a second set of what is no picture, GT_BAD_SHAPE for one of other
 * rows. */
GT_MUST_CHECK gt_status gt_judge_compare_pictures(const gt_judge_rows *rows, const char *second,
                                                  gt_judge_likeness *out, gt_error *err);

#endif
