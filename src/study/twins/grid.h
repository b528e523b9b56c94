/* grid.h - all numbers of all models of a sweep's folder: twins.csv and twins.json. */
#ifndef GT_TWINS_GRID_H
#define GT_TWINS_GRID_H

#include "sweep.h"

/* Writes both from the results that are there. One process at a time does, and reads them
 * anew: the last one writes all. Equal results give equal bytes. */
GT_MUST_CHECK gt_status gt_grid_write(const gt_sweep *sweep, gt_error *err);

/* The short table, of the numbers that parts show, from the same results; *path is the name of
 * twins.csv, "" where it is not there. */
GT_MUST_CHECK gt_status gt_grid_read(const gt_sweep *sweep, gt_twins_grid *out,
                                     char path[GT_TWINS_PATH], gt_error *err);
void gt_grid_free(gt_twins_grid *grid);

#endif
