/* gan.h - the light-weight GAN (Liu et al. 2021) as its public implementation has it: names,
 * shapes, first values. Private.
 *
 * Pictures are (N,channels,side,side) from 0 to 1. Here the discriminator learns low scores for
 * real pictures and high ones for those made. */
#ifndef GT_MODEL_GAN_H
#define GT_MODEL_GAN_H

#include "net_pass.h"

/* Sides are 2^GAN_LEAST to 2^GAN_MOST. Beyond 2^GAN_PLAIN maps of the generator have three
 * channels, and plain convolutions bring pictures down to that side for the discriminator. */
enum {
    GAN_LEAST = 5,
    GAN_MOST = 10,
    GAN_PLAIN = 8,
    GAN_BLOCKS = GAN_MOST - 2,
    GAN_STAGES = GAN_PLAIN - 3,
    GAN_SHRINKS = GAN_MOST - GAN_PLAIN,
    GAN_DECODER = 4
};

typedef struct gan_settings {
    int64_t side, latent, channels, heads, head_size;
    int64_t most_channels, exponent; /* a map of side 2^r has min(2^(exponent - r), most) */
    const char *attention;           /* sides with attention: "32", "32,16", "none" */
    const char *gate, *head, *penalty, *augment;
    double augment_probability;
    bool blur, whole_levels, fresh_statistics;
} gan_settings;

/* ---- Layers (gan_layers.c) ----------------------------------------------------------------
 */

/* Weight and bias by index; bias -1: none. */
typedef struct gan_conv {
    int weight, bias;
} gan_conv;

gan_conv gan_conv_add(gt_params *params, adder add, const char *name, gt_shape weight);
/* Weight of deviation sqrt(2 / inputs of an output); bias uniform within 1 / sqrt(inputs), or
 * 0. */
void gan_conv_init(gt_params *params, gan_conv layer, uint64_t seed, bool zero_bias);
gt_weights gan_weights(const net_pass *pass, gan_conv layer);

/* x + attention of x normalised. */
typedef struct gan_attention {
    int gain, shift, wide_query, wide_window, wide_both, near_query, near_both, heads;
    gan_conv out;
} gan_attention;

gan_attention gan_attention_add(gt_params *params, adder add, const char *name,
                                const gan_settings *settings, int64_t channels);
void gan_attention_init(gt_params *params, const gan_attention *layer, uint64_t seed);
/* Whether a side is on the list of settings->attention. */
bool gan_attends(const gan_settings *settings, int64_t side);
/* What is added to x. */
gt_tensor *gan_attention_apply(const net_pass *pass, const gan_attention *layer, gt_tensor *x);

/* ---- Generator (gan_generator.c) ----------------------------------------------------------
 */

/* Numbers 0 to 1 from the picture behind one block for the channels behind a later one. */
typedef struct gan_gate {
    int target; /* block; -1: there is none */
    gan_conv score, narrow, widen;
    int waves; /* state, of a gate of frequencies; else -1 */
} gan_gate;

typedef struct gan_block {
    bool attends;
    gan_attention attention;
    gan_conv up, conv;
    int noise; /* factor of the noise map */
    norm_layer norm;
    gan_gate gate;
} gan_block;

typedef struct gan_generator {
    int blocks;
    bool blur;
    int64_t latent;
    gan_conv first; /* transposed */
    norm_layer first_norm;
    gan_block block[GAN_BLOCKS];
    gan_conv last;
} gan_generator;

/* The parameters PREFIX.initial_conv.0.weight ...; those of a copy are added as states. */
void gan_generator_add(gan_generator *net, gt_params *params, adder add, const char *prefix,
                       const gan_settings *settings);
void gan_generator_init(const gan_generator *net, gt_params *params, uint64_t seed);

/* What chance brings in: latents (N,latent), and for each block a map (N,1,side,side). */
typedef struct gan_draws {
    gt_tensor *latent, *noise[GAN_BLOCKS];
} gan_draws;
gan_draws gan_draws_random(const gan_generator *net, gt_graph *g, const char *name,
                           int64_t batch);
int64_t gan_noise_side(int block);

/* What a pass shows of its inside: the first map before its pixels become unit vectors, blocks
 * before their gate. */
typedef struct gan_shown {
    gt_tensor *first, *attention[GAN_BLOCKS], *block[GAN_BLOCKS], *gate[GAN_BLOCKS];
} gan_shown;
/* shown: NULL, or filled. */
gt_tensor *gan_generate(const gan_generator *net, const net_pass *pass, const gan_draws *draws,
                        gan_shown *shown);

/* ---- Discriminator (gan_discriminator.c) --------------------------------------------------
 */

/* Half the side, by two branches. */
typedef struct gan_down {
    gan_conv first, second, shortcut;
} gan_down;

typedef struct gan_stage {
    bool attends;
    gan_attention attention;
    gan_down down;
} gan_stage;

typedef struct gan_decoder {
    struct {
        gan_conv up, conv;
    } stage[GAN_DECODER];
} gan_decoder;

typedef struct gan_discriminator {
    int shrinks, stages;
    bool blur, is_wide; /* is_wide: 5 x 5 scores of the main head */
    gan_conv shrink[GAN_SHRINKS];
    gan_stage stage[GAN_STAGES];
    gan_conv head[2];
    gan_conv small, small_score; /* of the head that sees 32 x 32 pixels */
    gan_attention small_attention[2];
    gan_down small_down;
    gan_decoder decoder, quarter; /* quarter: of a quarter of the map before, with shrinks */
} gan_discriminator;

void gan_discriminator_add(gan_discriminator *net, gt_params *params,
                           const gan_settings *settings);
void gan_discriminator_init(const gan_discriminator *net, gt_params *params, uint64_t seed);

typedef struct gan_scores {
    gt_tensor *main;  /* (N,1), or (N,25) */
    gt_tensor *small; /* (N,1,1,1) */
    gt_tensor *map;   /* (N,C,8,8), what the decoder begins with */
    gt_tensor *stage[GAN_STAGES], *attention[GAN_STAGES], *small_stage[5];
} gan_scores;
gan_scores gan_judge(const gan_discriminator *net, const net_pass *pass, gt_tensor *x);
/* The map of 16 x 16 before that. */
gt_tensor *gan_map_before(const gan_discriminator *net, const gan_scores *scores);
/* The picture (N,channels,128,128) again, from a map of 8 x 8. */
gt_tensor *gan_decode(const gan_decoder *net, const net_pass *pass, gt_tensor *map);

/* ---- Augmentation (gan_augment.c) ---------------------------------------------------------
 */

typedef enum gan_change {
    GAN_NO_CHANGE,
    GAN_CUTOUT,
    GAN_TRANSLATION,
    GAN_COLOUR,
    GAN_OFFSET,   /* rolled along both sides */
    GAN_OFFSET_H, /* along one */
    GAN_OFFSET_V
} gan_change;
enum { GAN_CHANGES = 6 };

typedef struct gan_augmentation {
    double probability;
    gan_change changes[GAN_CHANGES]; /* in their order */
} gan_augmentation;

/* Reads "cutout,translation". GT_USAGE when it is no such list. */
GT_MUST_CHECK gt_status gan_augmentation_read(const gan_settings *settings,
                                              gan_augmentation *out, gt_error *err);

/* Uniform numbers: (1) whether anything happens and whether it is flipped, for all at once;
 * (N,2) the centre that is cut out and the shift, (N,1) the rolls, whole numbers; (N,1,1,1)
 * changes of colour. */
typedef struct gan_chances {
    gt_tensor *whether, *flip, *centre, *shift, *down, *across;
    gt_tensor *brightness, *saturation, *contrast;
} gan_chances;
gan_chances gan_chances_random(const gan_augmentation *how, gt_graph *g, const char *name,
                               gt_shape pictures);
gt_tensor *gan_augment(const gan_augmentation *how, gt_graph *g, gt_tensor *x,
                       const gan_chances *chances);

/* Uniform numbers (1), from 1/2 on: the lower, the right half of all. */
typedef struct gan_quarter {
    gt_tensor *lower, *right;
} gan_quarter;
gan_quarter gan_quarter_random(gt_graph *g, const char *name);
/* x (N,C,H,W) -> (N,C,H/2,W/2). */
gt_tensor *gan_quarter_of(gt_graph *g, gt_tensor *x, const gan_quarter *which);

/* ---- What is learned (gan_loss.c) ---------------------------------------------------------
 */

typedef struct gan {
    gan_generator generator, average; /* average: of states, "GE." */
    gan_discriminator discriminator;
    gan_augmentation augmentation;
    int64_t side, channels;
    bool is_centred, whole_levels, fresh_statistics;
} gan;

/* Pictures as the network sees them, from levels of any size. */
gt_tensor *gan_pictures(const gt_model *model, gt_graph *g, gt_tensor *images);

typedef struct gan_terms {
    gt_tensor *hinge, *hinge_small, *aux; /* () */
    gt_tensor *penalty, *slope; /* (), the mean length of its gradients; NULL: not asked for */
    gan_scores real, fake;
} gan_terms;
/* real and fake (N,channels,side,side), changed by chance (NULL: as they are). quarter: what
 * the second decoder is to find; unused where there is none. */
void gan_discriminator_terms(const gan *net, const net_pass *pass, gt_tensor *real,
                             gt_tensor *fake, const gan_chances *of_real,
                             const gan_chances *of_fake, const gan_quarter *quarter,
                             bool with_penalty, gan_terms *out);
/* Means of both scores of what was made. */
typedef struct gan_wishes {
    gt_tensor *main, *small;
} gan_wishes;
gan_wishes gan_generator_terms(const gan *net, const net_pass *pass, gt_tensor *fake,
                               const gan_chances *of_fake);

extern const gt_objective gan_objectives[2];

/* ---- Statistics (gan_statistics.c) --------------------------------------------------------
 */

/* The running statistics of the averaged generator in `values`, anew from batches that it makes
 * with statistics of their own, where the settings ask for it. They follow from its weights
 * alone. */
GT_MUST_CHECK gt_status gan_recalibrate(const gt_model *model, float *values,
                                        const gt_model_rows *rows, int threads, gt_error *err);

/* ---- Options (gan_options.c) --------------------------------------------------------------
 */

extern const gt_option_table gan_options;
extern const gt_model_preset gan_presets[3];

extern const gt_model_class gt_model_gan;

#endif
