/* density.h (room: study) - how likely the codes of several sets are under a flow. */
#ifndef GT_STUDY_DENSITY_H
#define GT_STUDY_DENSITY_H

#include "galatea/figure.h"
#include "scores.h"

enum { GT_DENSITY_SETS = GT_FIGURE_CLASSES };

/* Of the log-densities of a set, in nats. */
typedef struct gt_range {
    double low, median, high, mean; /* mean of the finite ones */
} gt_range;

/* A zeroed one can be freed. */
typedef struct gt_densities {
    gt_score_noise noise; /* as the caller wants it */
    gt_run *run;
    gt_scores sets[GT_DENSITY_SETS]; /* their names tell them apart */
    gt_range ranges[GT_DENSITY_SETS];
    size_t count;
    gt_usual usual;
    char *provenance;
} gt_densities;

/* Scores `count` sets of codes (1 to GT_DENSITY_SETS, their paths are lent) under the run of a
 * flow. Errors are those of gt_scores_open_run and gt_scores_compute. */
GT_MUST_CHECK gt_status gt_densities_compute(const gt_context *context, const char *run,
                                             const char *const *sets, size_t count,
                                             gt_densities *out, gt_error *err);
void gt_densities_free(gt_densities *densities);

/* A row for each object of each set. */
GT_MUST_CHECK gt_status gt_densities_table(const gt_densities *densities, const char *path,
                                           gt_error *err);

/* Histograms of all sets on one axis. */
GT_MUST_CHECK gt_status gt_densities_figure(const gt_densities *densities, const char *path,
                                            size_t bins, gt_error *err);

#endif
