/* diffusion_replay.h - what recordings of the blind denoiser say of their network. Private. */
#ifndef GT_REPLAY_DIFFUSION_H
#define GT_REPLAY_DIFFUSION_H

#include "diffusion.h"
#include "recording.h"

/* The model that the metadata describe, for images like the last axes of tensor `images`,
 * values from 0 to 1; its parameters and states from PREFIX.NAME of `from`. NULL after a
 * failure. The caller destroys it. */
gt_model *diffusion_replay_model(gt_recording *from, const char *images, const char *prefix);

#endif
