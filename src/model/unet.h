/* unet.h - the bias-free U-Net that tells the noise in a picture (Mohan et al. 2020; Kadkhodaie
 * et al. 2024), as in the public implementation: names, shapes, first values. Private.
 *
 * No layer adds anything, so that in use f(a y) = a f(y) for any a > 0. Norms divide by a
 * running deviation in use and by that of the batch in training. */
#ifndef GT_MODEL_UNET_H
#define GT_MODEL_UNET_H

#include "net_pass.h"

enum { UNET_LEVELS = 6 };

/* A 3x3 convolution, a norm (gamma -1: none) and relu (not behind the last one). */
typedef struct unet_layer {
    int weight, gamma, deviation;
} unet_layer;

typedef struct unet {
    int levels;
    unet_layer encoder[UNET_LEVELS][2], middle[2], decoder[UNET_LEVELS][2];
    int upsample[UNET_LEVELS]; /* weight (2c,c,2,2) of the transposed convolution into a level
                                */
} unet;

/* Level b has width 2^b channels, the middle width 2^levels. */
void unet_add(unet *net, int levels, int64_t width, int64_t channels, gt_params *params);
/* Weights of deviation sqrt(2 / (second axis k k)); gamma normal, small, within 0.025. */
void unet_init(const unet *net, gt_params *params, uint64_t seed);

/* What a pass shows of its inside: behind a stage, and the first norm of encoder 1. */
typedef struct unet_shown {
    gt_tensor *encoder[UNET_LEVELS], *middle, *upsample[UNET_LEVELS], *decoder[UNET_LEVELS],
        *norm;
} unet_shown;

/* y (N,C,H,W), H and W multiples of 2^levels -> the noise in it. shown: NULL, or filled. */
gt_tensor *unet_apply(const unet *net, const net_pass *pass, gt_tensor *y, unet_shown *shown);

#endif
