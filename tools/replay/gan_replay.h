/* gan_replay.h - what recordings of the light-weight GAN say of their networks, and what chance
 * brought in. Private. */
#ifndef GT_REPLAY_GAN_H
#define GT_REPLAY_GAN_H

#include "gan.h"
#include "recording.h"

enum { GAN_PARTS = 8 };

/* A run of both networks, recorded in parts. */
typedef struct gan_replay {
    gt_recording *rec, *first; /* first: the inputs, perhaps rec itself */
    gt_model *model;
    const gan *net;
    gt_params *params;
    int parts;     /* of a batch */
    int64_t batch; /* rows of a part */
} gan_replay;

/* Makes the model that the metadata of r->first describe, with its first values. False after a
 * failure. r->model is the caller's. */
bool gan_replay_open(gan_replay *r);
/* Parameters and states from PREFIX.NAME of `from`, but for the average. */
void gan_replay_read(gan_replay *r, gt_recording *from, const char *prefix);

/* A leaf with the values of a tensor of r->first. */
gt_tensor *gan_replay_leaf(gan_replay *r, gt_replay_network *n, const char *name,
                           gt_shape shape);
/* draw.WHO.latent.randn0, draw.WHO.noise.randn0 ...; whether the augmentation draw.WHO_aug
 * happened, and then what it did. */
gan_draws gan_replay_draws(gan_replay *r, gt_replay_network *n, const char *who);
bool gan_replay_chances(gan_replay *r, gt_replay_network *n, const char *who, gan_chances *out);
/* draw.WHO.quadrant, 0 to 3 row by row, where there is a second decoder. */
gan_quarter gan_replay_quarter(gan_replay *r, gt_replay_network *n, const char *who);

/* Allowed differences, from what was measured for PyTorch's single precision. */
void gan_replay_tolerances(gt_recording *rec);

#endif
