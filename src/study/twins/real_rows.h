/* real_rows.h - the real pictures that no model of a sweep saw, and their shapes. */
#ifndef GT_TWINS_REAL_ROWS_H
#define GT_TWINS_REAL_ROWS_H

#include "sweep.h"

/* subsets/test.h5; "" where the set has no such rows. */
GT_MUST_CHECK gt_status gt_real_rows(const gt_sweep *sweep, char path[GT_TWINS_PATH],
                                     gt_error *err);
/* The table of their shapes, measured when it is first asked for; "" likewise. */
GT_MUST_CHECK gt_status gt_real_morphology(const gt_sweep *sweep, char path[GT_TWINS_PATH],
                                           gt_error *err);
/* The table of the shapes of one twin's samples, "morphology_a.csv". */
GT_MUST_CHECK gt_status gt_twin_shapes(const gt_twin *twin, char path[GT_TWINS_PATH],
                                       gt_error *err);

#endif
