/* flux.h (room: study) - how far the pixels of a set are from flux: photometry and morphology
 * want pictures that are linear in it. */
#ifndef GT_STUDY_FLUX_H
#define GT_STUDY_FLUX_H

#include <stdbool.h>

#include "galatea/dataset.h"

typedef struct gt_flux {
    gt_stretch curve; /* lies between flux and pixels, and can be undone; linear: none */
    double white;     /* the stored value that is 1 of the curve */
    bool is_lost;     /* what was done cannot be undone: cut, or made of three bands */
    bool is_told;     /* what lies between; else the set says nothing of it */
    char name[64];    /* of what was done: "asinh:10", "sigma-clip:3" */
} gt_flux;

/* By the declared stretch of bytes (floats are stored before it) and the preparation. */
gt_flux gt_flux_of(const gt_dataset_info *info);

#endif
