/* vdvae_replay.h - everything alive while one recorded VDVAE is replayed. Private. */
#ifndef GT_REPLAY_VDVAE_REPLAY_H
#define GT_REPLAY_VDVAE_REPLAY_H

#include "vdvae_recording.h"

typedef struct vdvae_replay {
    gt_recording *rec;
    vdvae_recording as;
    gt_model *model;
    const vdvae *net;
    gt_params *params;
    gt_tensor **leaves;
    gt_replay_job *job;
    gt_graph *g;
    gt_tensor *images, *prepared, *elbo;
    vdvae_pass *main, *sample, *means, *given;
    int elbo_kept, sample_kept, means_kept; /* numbers of kept values */
    int *grads_kept;                        /* by parameter */
} vdvae_replay;

/* A zeroed vector for all parameters, in the layout of the model; the caller frees it. */
float *vdvae_new_vector(vdvae_replay *r);
/* The gradients of the last run. */
void vdvae_gather_gradients(const vdvae_replay *r, float *grads);
/* Compares every parameter's part of a vector with PREFIX/NAME. A mixture component whose scale
 * is clamped everywhere leaves a row of zeros in the gradient of the last convolution. */
void vdvae_compare_vector(vdvae_replay *r, const char *prefix, const float *vector,
                          gt_replay_judge judge, double bound);
/* Draws pixels with the recorded uniforms from kept likelihood `kept`, (N,H,W,C), and compares
 * them. */
void vdvae_compare_drawn(vdvae_replay *r, int kept, const char *name, const char *byte_name);
/* Three updates by the recorded rule, from the gradients of the last run on. */
void vdvae_replay_updates(vdvae_replay *r);

#endif
