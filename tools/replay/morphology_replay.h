/* morphology_replay.h - what the files of the morphology's replayer share. Private. */
#ifndef GT_REPLAY_MORPHOLOGY_H
#define GT_REPLAY_MORPHOLOGY_H

#include <math.h>

#include "galatea/morphology.h"
#include "recording.h"

typedef struct morphology_replay {
    gt_recording *rec;
    size_t count, height, width;
    double *image, *segments, *weights, *has_weights, *masks;
    gt_morphology *room;
    gt_morphology_result *results;
    double *gini_maps, *mid_maps;
    uint8_t *is_beyond;
} morphology_replay;

/* A recorded whole number; anything else that a file may hold is 0. */
static inline int64_t gt_morphology_replay_whole(double value) {
    return fabs(value) < 0x1p53 ? (int64_t)value : 0;
}
/* An input of as many values as images have, and a recorded tensor of so many: NULL where the
 * file has none of that name, and after a failure. The caller frees it. */
double *gt_morphology_replay_plane(morphology_replay *r, const char *name);
double *gt_morphology_replay_recorded(morphology_replay *r, const char *name, size_t count);
/* The maps from the grays, and the grays from the bands, where the file has them. */
void gt_morphology_replay_segmentation(morphology_replay *r);
void gt_morphology_replay_grays(morphology_replay *r);

#endif
