/* vdvae.h - the inside of the very deep VAE (Child 2021): its shape as read from the settings,
 * its layers, and the graph of one pass with every value that a reader of a recorded run may
 * want. Private. */
#ifndef GT_MODEL_VDVAE_H
#define GT_MODEL_VDVAE_H

#include "galatea/model.h"
#include "galatea/nn.h"

typedef struct vdvae_settings {
    const char *encoder; /* "64x2,64d2,...,1x1" */
    const char *decoder; /* "1x1,4m1,...,64m32,64x4" */
    const char *widths;  /* "8:24,1:32": other than `width`, by resolution */
    const char *latents; /* "16,1:256": latent channels, and by resolution */
    const char *tap;     /* pre_pool | post_block */
    int64_t width, mixtures, bias_up_to;
    double bottleneck;
    bool low_bit;
} vdvae_settings;

extern const gt_model_class gt_model_vdvae;
extern const gt_option_table vdvae_options;
extern const gt_model_preset vdvae_presets[];
enum { VDVAE_PRESETS = 3 };

/* One resolution of the network. */
typedef struct vdvae_stage {
    int size;   /* H = W */
    int width;  /* channels of the maps */
    int mid;    /* channels inside a residual block */
    int latent; /* channels of z; 0: the blocks of this size have none and only refine the map
                 */
    int kernel; /* 3, or 1 at sizes 1 and 2 */
    bool decoded;
    int bias; /* parameter index, -1: none */
} vdvae_stage;

/* c1..c4 of a residual block. */
typedef struct vdvae_residual {
    gt_conv_layer c[4];
} vdvae_residual;

typedef struct vdvae_encoder_block {
    int stage, pool; /* pool 1: none */
    vdvae_residual net;
} vdvae_encoder_block;

typedef struct vdvae_decoder_block {
    int stage, source; /* source: stage whose map is added, -1: none */
    bool first;        /* of its stage */
    vdvae_residual posterior, prior, out;
    gt_conv_layer z_proj;
} vdvae_decoder_block;

typedef struct vdvae {
    gt_dmol dmol;
    bool tap_before_pool;
    vdvae_stage *stages; /* ascending */
    int stage_count;
    vdvae_encoder_block *encoder;
    int encoder_count;
    vdvae_decoder_block *decoder;
    int decoder_count;
    gt_conv_layer in_conv, out_conv;
    int gain, bias;
} vdvae;

/* Reads the settings into stages and blocks (no layers yet) and checks that they fit together
 * and to the images. *out is the caller's, ended by vdvae_destroy. */
GT_MUST_CHECK gt_status vdvae_read_settings(const vdvae_settings *settings,
                                            const gt_model_input *input, vdvae **out,
                                            gt_error *err);
void vdvae_destroy(void *self);

/* Adds every layer's parameters, under the names of the public checkpoints; failures stay in
 * params. */
void vdvae_add_parameters(vdvae *net, const vdvae_settings *settings, gt_params *params);
GT_MUST_CHECK gt_status vdvae_init(const void *self, gt_params *params, uint64_t seed,
                                   gt_error *err);

/* ---- One pass ------------------------------------------------------------------------- */

typedef enum vdvae_latent {
    VDVAE_POSTERIOR, /* z = qm + exp(qs) noise */
    VDVAE_MEAN,      /* z = qm */
    VDVAE_PRIOR,     /* z = pm + temperature exp(ps) noise */
    VDVAE_GIVEN,     /* z is there already */
    VDVAE_NONE       /* blocks of a stage without latents, whatever is asked for */
} vdvae_latent;

/* A decoder block: how its z comes about (input), and its values (output; NULL where not
 * computed). */
typedef struct vdvae_block_pass {
    vdvae_latent latent;
    double temperature;
    gt_tensor *noise, *q, *qm, *qs, *pm, *ps, *xpp, *z, *kl, *projected, *x;
} vdvae_block_pass;

/* Values of one pass through the network, in the order of the blocks. */
typedef struct vdvae_pass {
    const vdvae *net;
    gt_tensor *const *leaves;
    gt_graph *g;
    int64_t batch;
    gt_tensor *in_conv;
    gt_tensor **encoded; /* after each encoder block, pooled where it pools */
    gt_tensor **taps;    /* by stage: what the decoder sees; NULL for sizes the encoder skips */
    gt_tensor **taps_gelu; /* by stage: gelu of the taps, shared by the blocks */
    gt_tensor **maps;      /* by stage: the decoder's state */
    vdvae_block_pass *blocks;
    gt_tensor *px_z, *likelihood; /* (N,W,H,W), (N,P,H,W) */
} vdvae_pass;

/* Every block set to VDVAE_POSTERIOR with temperature 1. *out is the caller's. */
GT_MUST_CHECK gt_status vdvae_pass_create(const vdvae *net, gt_graph *g,
                                          gt_tensor *const *leaves, int64_t batch,
                                          vdvae_pass **out, gt_error *err);
void vdvae_pass_destroy(vdvae_pass *pass);

/* x: prepared images (N,C,H,W). Fills in_conv, encoded, taps. */
void vdvae_encode(vdvae_pass *pass, gt_tensor *x);
/* The first `count` decoder blocks, from the state before them. Noise leaves are named "eps.J".
 */
void vdvae_decode(vdvae_pass *pass, int count);
/* px_z and likelihood, after all blocks. */
void vdvae_finish(vdvae_pass *pass);

/* x = (pixels + shift) scale */
gt_tensor *vdvae_prepare(const gt_model *model, gt_graph *g, gt_tensor *pixels);

/* The terms of the objective, (N): nats per dimension. rate adds kl of every block; weights of
 * pixels, where `nodes` have them, are for the distortion. */
typedef struct vdvae_terms {
    gt_tensor *distortion, *rate;
} vdvae_terms;
vdvae_terms vdvae_objective(const vdvae_pass *pass, gt_tensor *target,
                            const gt_model_graph *nodes);

#endif
