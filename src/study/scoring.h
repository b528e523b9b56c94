/* scoring.h (room: study) - what the second network of a model says of the images of several
 * sets. */
#ifndef GT_STUDY_SCORING_H
#define GT_STUDY_SCORING_H

#include "galatea/run.h"
#include "labels.h"
#include "run_use.h"

enum { GT_SCORING_SETS = 8 };

/* A set with the numbers of each row. */
typedef struct gt_scored {
    const char *path;         /* lent */
    char name[GT_LABEL_ROOM]; /* of the file, without folder and ending */
    gt_dataset *data;
    gt_row_columns columns;
    uint64_t count;
    float *values; /* (count,width) */
} gt_scored;

/* A zeroed one can be freed. */
typedef struct gt_scoring {
    gt_run *run;
    gt_scored sets[GT_SCORING_SETS]; /* their names tell them apart */
    size_t count, width;
    const char *const *names; /* (width) */
    char *provenance;
} gt_scoring;

/* Scores `count` sets (1 to GT_SCORING_SETS, their paths are lent) with the run or weights at
 * `run`: images like those it learned from, or like those it makes. GT_UNSUPPORTED for a model
 * that scores none, GT_BAD_SHAPE, GT_BAD_ARGUMENT for a pixel out of its range, GT_NOT_FINITE,
 * GT_INTERRUPTED. */
GT_MUST_CHECK gt_status gt_scoring_compute(const gt_context *context, const char *run,
                                           const char *const *sets, size_t count,
                                           gt_scoring *out, gt_error *err);
void gt_scoring_free(gt_scoring *scoring);

/* Mean and deviation (divisor n) of number `k` of a set. */
typedef struct gt_score_summary {
    double mean, deviation;
} gt_score_summary;
gt_score_summary gt_scoring_summary(const gt_scoring *scoring, size_t set, size_t k);

/* A row for each image of each set. */
GT_MUST_CHECK gt_status gt_scoring_table(const gt_scoring *scoring, const char *path,
                                         gt_error *err);

#endif
