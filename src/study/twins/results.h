/* results.h - all numbers of all models of a sweep's folder: twins.csv and twins.json. */
#ifndef GT_TWINS_RESULTS_H
#define GT_TWINS_RESULTS_H

#include "sweep.h"

/* Writes both from the results that are there, and draws the model's figures. One process at a
 * time does, and reads them anew: the last one writes all. Equal results give equal bytes. */
GT_MUST_CHECK gt_status gt_results_write(const gt_sweep *sweep, gt_error *err);

/* The short table, of the numbers that parts show, from the same results; *path is the name of
 * twins.csv, "" where it is not there. */
GT_MUST_CHECK gt_status gt_results_read(const gt_sweep *sweep, gt_twins_grid *out,
                                        char path[GT_TWINS_PATH], gt_error *err);
void gt_results_free_grid(gt_twins_grid *grid);

#endif
