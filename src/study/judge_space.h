/* judge_space.h - spaces in which the rows of sets are described. */
#ifndef GT_STUDY_JUDGE_SPACE_H
#define GT_STUDY_JUDGE_SPACE_H

#include "judge_rows.h"

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
