/* scores.h - log-densities of sets of codes under a flow, and what they are measured by: what
 * density and novelty share. */
#ifndef GT_STUDY_SCORES_H
#define GT_STUDY_SCORES_H

#include "galatea/run.h"
#include "labels.h"
#include "run_use.h"

/* A set of codes with the log-density of each; -infinity where it is too small for a float. */
typedef struct gt_scores {
    const char *path;         /* lent */
    char name[GT_LABEL_ROOM]; /* of the file, without folder and ending */
    gt_dataset *data;
    gt_use_columns columns;
    uint64_t count;
    double *log_p;
} gt_scores;

/* Opens and scores a set. GT_BAD_SHAPE when its codes have another length than the flow's,
 * GT_NOT_FINITE for a bad number in a code, GT_INTERRUPTED. */
GT_MUST_CHECK gt_status gt_scores_compute(const gt_run *run, const char *path,
                                          const gt_context *context, gt_scores *out,
                                          gt_error *err);
void gt_scores_free(gt_scores *scores);

/* What is usual: of the codes that the flow was given, quantiles over those that it was not
 * trained on, and the smallest of those that it was. */
typedef struct gt_usual {
    bool is_known;
    size_t train_count, held_count;
    double permille, percent; /* quantiles 0.001 and 0.01 */
    double minimum;
} gt_usual;

/* Finds the set that a run, opened from path, was trained on, scores it (unless it is among
 * `sets`), and takes the figures; a remark says why where that is not possible. */
GT_MUST_CHECK gt_status gt_usual_find(const gt_run *run, const gt_context *context,
                                      const char *path, const gt_scores *sets, size_t count,
                                      gt_usual *out, gt_error *err);

/* The run or weights at path; data is a set to be scored. GT_UNSUPPORTED unless
 * it is that of a model which tells how likely codes are. */
GT_MUST_CHECK gt_status gt_scores_open_run(const gt_context *context, const char *path,
                                           const char *data, gt_run **out, gt_error *err);

/* Share of a set below a value. */
double gt_scores_below(const gt_scores *scores, double value);

#endif
