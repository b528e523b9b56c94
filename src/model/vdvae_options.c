/* The settings of a VDVAE and its presets. */
#include "vdvae.h"

#include <math.h>

static const gt_option rows[] = {
    {"encoder-blocks", GT_TEXT_AT(vdvae_settings, encoder),
     "64x2,64d2,32x2,32d2,16x1,16d2,8x1,8d2,4x1,4d4,1x1", "LIST",
     "residual blocks from the image down: RxN is N blocks at R x R pixels, RdD one block "
     "followed "
     "by pooling by D"},
    {"decoder-blocks", GT_TEXT_AT(vdvae_settings, decoder),
     "1x1,4m1,4x1,8m4,8x2,16m8,16x3,32m16,32x4,64m32,64x4", "LIST",
     "top-down blocks in order: RxN is N blocks at R x R, RmS one block that first adds the "
     "map of "
     "size S"},
    {"width", GT_INT_AT(vdvae_settings, width), "256", "N", "channels of the maps", .min = 1,
     .max = 65536},
    {"widths", GT_TEXT_AT(vdvae_settings, widths), "", "LIST",
     "other numbers of channels at some sizes, as SIZE:N,..."},
    {"bottleneck", GT_REAL_AT(vdvae_settings, bottleneck), "0.25", "X",
     "part of the channels that the inner convolutions of a block have", .min = GT_ABOVE_ZERO,
     .max = 1},
    {"latents", GT_TEXT_AT(vdvae_settings, latents), "16,1:256", "LIST",
     "latent channels of a layer, as N and SIZE:N,...; a later entry wins; 0: none at that "
     "size"},
    {"mixtures", GT_INT_AT(vdvae_settings, mixtures), "10", "N",
     "logistic distributions mixed for each pixel", .min = 1, .max = 1000},
    {"bias-up-to", GT_INT_AT(vdvae_settings, bias_up_to), "64", "N",
     "sizes up to this one have a learned map from which the decoder starts", .min = 0,
     .max = 65536},
    {"tap", GT_CHOICE_AT(vdvae_settings, tap), "pre_pool", "WORD",
     "what the decoder sees of a block that pools: its map before pooling, or (as the public "
     "code) only that of the block before",
     .choices = "pre_pool|post_block"},
    {"low-bit", GT_FLAG_AT(vdvae_settings, low_bit), NULL, NULL,
     "pixels are learned with 32 levels in place of 256"},
};
const gt_option_table vdvae_options = GT_OPTION_TABLE("VDVAE", rows);

/* One layer of latents, a map of 8x8: with few steps and few pictures a hierarchy learns to do
 * without its top, and then the code says nothing. */
static const char *const tiny[] = {
    "encoder-blocks=64d2,32d2,16d2,8x2",
    "decoder-blocks=8x1,16m8,32m16,64m32",
    "width=64",
    "bottleneck=0.25",
    "latents=0,8:1",
    "mixtures=5",
    NULL,
};
static const char *const tiny_training[] = {
    "optimizer=adam",   "learning-rate=2e-3", "beta2=0.99",     "schedule=cosine",
    "warmup=50",        "batch=16",           "epochs=8",       "clip=200",
    "skip-threshold=0", "ema=0.99",           "weight-decay=0", NULL,
};
static const char *const small[] = {
    "encoder-blocks=64d2,32x1,32d2,16x1,16d2,8x3",
    "decoder-blocks=8x1,16m8,16x1,32m16,32x1,64m32",
    "width=64",
    "bottleneck=0.25",
    "latents=0,8:4",
    "mixtures=10",
    NULL,
};
static const char *const small_training[] = {
    "optimizer=adam", "beta2=0.9",        "learning-rate=1e-3", "schedule=cosine",
    "warmup=50",      "batch=16",         "epochs=60",          "clip=200",
    "ema=0.995",      "skip-threshold=0", "weight-decay=0",     NULL,
};
/* The rows' defaults are the paper's network. */
static const char *const paper[] = {NULL};
static const char *const paper_training[] = {
    "optimizer=rmsprop", "learning-rate=2e-5",
    "momentum=0.9",      "weight-decay=1e-4",
    "batch=32",          "epochs=100",
    "clip=220",          "skip-threshold=380",
    "ema=0.999",         NULL,
};

const gt_model_preset vdvae_presets[] = {
    {"tiny", "learns a synthetic sky in minutes on a laptop", tiny, tiny_training},
    {"small", "learns a few thousand cut-outs in an hour on a laptop, codes of 256 numbers",
     small, small_training},
    {"paper", "9.2 million parameters, codes of 256 numbers", paper, paper_training},
};
_Static_assert(sizeof vdvae_presets / sizeof *vdvae_presets == VDVAE_PRESETS, "count");
