/* estimate.h - how long a part may take. */
#ifndef GT_TWINS_ESTIMATE_H
#define GT_TWINS_ESTIMATE_H

#include "sweep.h"

/* Seconds, by what was measured in this folder: of a training by the images per second that its
 * own log tells last, or that of a finished one of the model; of another part by the same one
 * of the size next to it. NaN where nothing was measured. */
double gt_estimate(const gt_twin *twin, const gt_twins_part *part);

#endif
