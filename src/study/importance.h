/* importance.h (room: study) - which components of a code tell a number, by a regression forest
 * that grows batch by batch. */
#ifndef GT_STUDY_IMPORTANCE_H
#define GT_STUDY_IMPORTANCE_H

#include "context.h"
#include "galatea/dataset.h"
#include "trees.h"

typedef struct gt_importance_request {
    const char *target; /* name of the column */
    int64_t trees, batch, seed;
    const gt_context *context;
} gt_importance_request;

typedef struct gt_importance {
    size_t width;           /* components of a code */
    uint64_t rows, missing; /* with a target, and without */
    size_t batches, constants;
    int64_t trees;
    double *mean, *deviation, *importance; /* (width) */
    double explained; /* share of the variance of rows not learnt from yet; NaN: one batch */
} gt_importance;

/* Streams the set: at most two batches are in memory. Rows that are left out and components
 * that are constant are remarked upon. GT_NOT_FOUND without the column, GT_BAD_ARGUMENT when no
 * row has a target or all are equal, GT_NOT_FINITE for a code. */
gt_status gt_importance_measure(gt_dataset *data, const gt_importance_request *request,
                                gt_importance *out, gt_error *err) GT_MUST_CHECK;
void gt_importance_free(gt_importance *importance);

/* A row a component; and two panels of bars, means over importances. */
GT_MUST_CHECK gt_status gt_importance_table(const gt_importance *found, const char *path,
                                            const char *provenance, gt_error *err);
GT_MUST_CHECK gt_status gt_importance_figure(const gt_importance *found, const char *path,
                                             const char *provenance, gt_error *err);

#endif
