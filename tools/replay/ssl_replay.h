/* ssl_replay.h - what recordings of learning from pairs of views say of their network and of
 * rounding. Private. */
#ifndef GT_REPLAY_SSL_H
#define GT_REPLAY_SSL_H

#include "galatea/model.h"
#include "recording.h"
#include "ssl.h"

/* The model that the metadata describe, for images like the tensor `images` (N,C,H,W), values
 * from 0 to 1. NULL after a failure. The caller destroys it. */
gt_model *ssl_replay_model(gt_recording *rec, const char *images);

/* Parameters and states from "init.NAME". */
void ssl_replay_read(gt_recording *rec, gt_model *model);

/* Tolerances from what the metadata say of rounding in single precision: ten times that, at
 * least 1e-6 of the tensor's largest magnitude or, if that is more, of a thousandth of its
 * group's. */
void ssl_replay_tolerances(gt_recording *rec);

#endif
