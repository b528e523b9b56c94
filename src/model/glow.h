/* glow.h - the inside of Glow (Kingma and Dhariwal 2018): its levels of flows, the graph of a
 * pass from images to latents, and the way back. Private.
 *
 * A level turns blocks of 2 x 2 pixels into channels, passes K flows (actnorm, invertible 1x1
 * convolution, coupling) and sets half of the channels aside as its latents, whose mean and
 * deviation it tells from the other half; of the last level all channels are latents. */
#ifndef GT_MODEL_GLOW_H
#define GT_MODEL_GLOW_H

#include "galatea/model.h"
#include "galatea/nn.h"

enum { GLOW_LEVELS = 8, GLOW_LOCS = 96 };

/* Of levels that were floats of another range. */
#define GLOW_ROUNDING (1.0 / 256)

typedef struct glow_settings {
    int64_t flows, levels, width, bits, colours;
    const char *coupling, *mixing;
} glow_settings;

extern const gt_model_class gt_model_glow;

/* A convolution padded with ones and scaled: parameter indices. */
typedef struct glow_zero_conv {
    int weight, bias, scale;
} glow_zero_conv;

/* Parameter indices of a flow. */
typedef struct glow_flow {
    int loc, scale;
    int plain;               /* the 1x1 convolution as it is; -1: by factors */
    int lower, upper, log_s; /* learned factors */
    int permutation, below, above, sign, unity; /* states: the fixed factors */
    gt_conv_layer first, second;                /* of the coupling's network */
    glow_zero_conv last;
} glow_flow;

typedef struct glow_level {
    gt_shape inside, latent; /* (c,h,w) that its flows see, and that it sets aside */
    glow_flow *flows;
    glow_zero_conv prior;
} glow_level;

typedef struct glow {
    int flow_count, level_count, bits;
    bool is_affine;
    int64_t taken, channels, values; /* channels of images and of what flows; values of that */
    glow_level levels[GLOW_LEVELS];
} glow;

GT_MUST_CHECK gt_status glow_create(const glow_settings *settings, const gt_model_input *input,
                                    gt_params *params, glow **out, gt_error *err);
void glow_destroy(void *net);
GT_MUST_CHECK gt_status glow_init(const void *self, gt_params *params, uint64_t seed,
                                  gt_error *err);
bool glow_fixed_at(const void *self, int i, gt_model_fixed *out);

/* ---- Layers (glow_layers.c) -------------------------------------------------------------- */

/* The matrix (c,c) of a 1x1 convolution, and what it adds to the log-determinant, (1). */
gt_tensor *glow_matrix(gt_graph *g, gt_tensor *const *leaves, const glow_flow *flow);
gt_tensor *glow_matrix_log_det(gt_graph *g, gt_tensor *const *leaves, const glow_flow *flow,
                               gt_tensor *x);
/* What the network of a coupling tells from the first half of x's channels. */
gt_tensor *glow_network(gt_graph *g, gt_tensor *const *leaves, const glow_flow *flow,
                        gt_tensor *x);
/* Mean and log deviation of a level's latents given what it passes on (the last one: NULL). */
typedef struct glow_prior {
    gt_tensor *both, *mean, *log_sd; /* (N,...), of the last level (1,...) */
} glow_prior;
glow_prior glow_prior_of(const glow *net, gt_graph *g, gt_tensor *const *leaves, int level,
                         gt_tensor *passed);

/* Levels 0..255 as the flows see them: cut to so many bits, noise (N,C,H,W) from 0 to 1 filling
 * the bins, and -1/2 to 1/2. */
gt_tensor *glow_cut(const glow *net, gt_graph *g, gt_tensor *images);
gt_tensor *glow_dequantise(const glow *net, gt_graph *g, gt_tensor *cut, gt_tensor *noise);
gt_tensor *glow_noise(const glow *net, gt_graph *g, gt_tensor *cut);

/* ---- Forwards (glow_pass.c) ---------------------------------------------------------------
 */

/* After each part of a flow, and the log-determinants: (1), of an affine coupling (N), of an
 * additive one NULL. */
typedef struct glow_step {
    gt_tensor *loc, *scale, *normed, *matrix, *mixed, *coupled;
    gt_tensor *normed_det, *mixed_det, *coupled_det;
} glow_step;

typedef struct glow_level_pass {
    glow_step *steps;
    glow_prior prior;
    gt_tensor *passed, *z;      /* passed: what goes to the next level, of the last one all */
    gt_tensor *log_det, *log_p; /* (1) or (N), and (N) */
} glow_level_pass;

typedef struct glow_pass {
    const glow *net;
    glow_level_pass levels[GLOW_LEVELS];
    gt_tensor *log_det, *log_p;
    gt_tensor *least_log_s; /* (N,1) of all affine couplings; NULL where there are none */
} glow_pass;

/* x (N,C,H,W). from_data: every actnorm takes its values from what it is given. */
GT_MUST_CHECK gt_status glow_pass_create(const glow *net, gt_graph *g, gt_tensor *const *leaves,
                                         gt_tensor *x, bool from_data, glow_pass **out,
                                         gt_error *err);
void glow_pass_destroy(glow_pass *pass);
/* Latents less their mean over their deviation: like normal noise. */
gt_tensor *glow_whiten(const glow_pass *pass, gt_graph *g, int level);
/* All levels' latents as rows (N,values), the finest level first. */
gt_tensor *glow_join(const glow *net, gt_graph *g, gt_tensor *const *latents);

/* ---- Backwards (glow_reverse.c) -----------------------------------------------------------
 */

/* Images (N,C,H,W) from the latents of every level: as they are, or white. */
gt_tensor *glow_reverse(const glow *net, gt_graph *g, gt_tensor *const *leaves,
                        gt_tensor *const *latents, bool are_white);

/* ---- First values (glow_begin.c) ----------------------------------------------------------
 */

/* gt_model_class.init_from: actnorms of all flows in one pass. */
GT_MUST_CHECK gt_status glow_begin(const gt_model *model, const gt_first_batch *batch,
                                   float *values, gt_error *err);

#endif
