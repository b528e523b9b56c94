/* vdvae_recording.h - what the metadata of a recorded VDVAE says. Private. */
#ifndef GT_REPLAY_VDVAE_RECORDING_H
#define GT_REPLAY_VDVAE_RECORDING_H

#include "recording.h"

#include "galatea/model.h"
#include "galatea/optim.h"
#include "vdvae.h"

typedef struct vdvae_recording {
    vdvae_settings settings;
    char *encoder, *decoder, *widths, *latents; /* owned; lent to settings */
    gt_model_input input;
    int64_t batch;
    bool channels_last; /* layout of input/x and input/x_target */
    double temperature; /* of the sample */
    int given;          /* blocks whose latents the sample with set latents takes over */
    double given_temperature;
    gt_optimizer rule;
    double rate, clip, skip, average; /* clip, skip 0: off */
} vdvae_recording;

/* Reads the metadata; free with vdvae_recording_clear also after a failure. */
void vdvae_recording_read(gt_recording *rec, vdvae_recording *out);
void vdvae_recording_clear(vdvae_recording *recorded);

#endif
