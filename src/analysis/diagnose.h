/* diagnose.h - what of the values may spoil classifiers that use them as they are. Private. */
#ifndef GT_ANALYSIS_DIAGNOSE_H
#define GT_ANALYSIS_DIAGNOSE_H

#include <stdbool.h>

#include "galatea/samples.h"

/* Lengths of the rows' space. */
typedef struct gt_extent {
    double variance; /* sum over features: half the mean squared distance of two rows */
    double nearest;  /* median squared distance to the nearest other row, of some rows */
    size_t widest;   /* the feature that varies most */
    double share;    /* of the variance in it */
} gt_extent;

/* Of at least one row. No memory: variance 0. */
gt_extent gt_extent_of(const gt_samples *samples);

/* "feature 3 holds 99.8 % of the variance, ..." where nothing else counts in distances; else
 * "". Returns whether there is something to say. */
bool gt_diagnose_spread(const gt_extent *extent, size_t features, char *text, size_t size);

/* "3 of 8 columns vary by 1e-07 at most, ..." where trees take for equal what differs by more
 * than rounding; else "". */
void gt_diagnose_steps(const gt_samples *samples, const void *settings, char *text,
                       size_t size);

#endif
