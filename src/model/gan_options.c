/* Options and presets of the light-weight GAN. */
#include "gan.h"

#define AT(type, member) type(gan_settings, member)

static const gt_option rows[] = {
    {"side", AT(GT_INT_AT, side), "128", "N",
     "side of the pictures seen and made: 32, 64, 128, 256, 512 or 1024; others are resized",
     .min = 1 << GAN_LEAST, .max = 1 << GAN_MOST},
    {"latent", AT(GT_INT_AT, latent), "256", "N", "numbers that a picture is made of", .min = 1,
     .max = 4096},
    {"channels", AT(GT_INT_AT, channels), "0", "N",
     "channels of the networks; pictures of one channel are copied to all; 0: those of the "
     "pictures",
     .min = 0, .max = 16},
    {"most-channels", AT(GT_INT_AT, most_channels), "512", "N",
     "a map of side 2^r has 2^(channel-exponent - r) channels, but at most so many", .min = 16,
     .max = 4096},
    {"channel-exponent", AT(GT_INT_AT, exponent), "12", "N", "see --most-channels", .min = 7,
     .max = 20},
    {"attention", AT(GT_TEXT_AT, attention), "32", "SIDES",
     "sides of the maps with attention, with commas between, or none"},
    {"heads", AT(GT_INT_AT, heads), "8", "N", "heads of attention", .min = 1, .max = 64},
    {"head-size", AT(GT_INT_AT, head_size), "64", "N", "numbers of a head", .min = 1,
     .max = 1024},
    {"gate", AT(GT_CHOICE_AT, gate), "context", "HOW",
     "how coarse maps choose among channels of fine ones: by what attention picks, or by "
     "frequencies",
     .choices = "context|frequency"},
    {"head", AT(GT_CHOICE_AT, head), "1x1", "HOW",
     "scores that the discriminator gives a whole picture", .choices = "1x1|5x5"},
    {"blur", AT(GT_FLAG_AT, blur), NULL, NULL, "blur where the side changes"},
    {"penalty", AT(GT_CHOICE_AT, penalty), "one-centred", "HOW",
     "every fourth step the discriminator's gradients are held near length 1 at real pictures, "
     "or near 0 at real and made ones",
     .choices = "one-centred|zero-centred"},
    {"augment", AT(GT_TEXT_AT, augment), "cutout,translation", "LIST",
     "changes before the discriminator, of cutout, translation, color and offset, which rolls "
     "pictures (offset_h, offset_v: along one side); flips come first"},
    {"augment-probability", AT(GT_REAL_AT, augment_probability), "0", "X",
     "how often a batch is changed so: for sets of a few thousand pictures", .min = 0,
     .max = 1},
    {"fresh-statistics", AT(GT_FLAG_AT, fresh_statistics), NULL, NULL,
     "batch statistics of the averaged generator are taken anew from what it makes, not "
     "averaged "
     "like its weights"},
    {"whole-levels", AT(GT_FLAG_AT, whole_levels), "true", NULL,
     "round resized pixels to bytes, as the published training"},
};
const gt_option_table gan_options = GT_OPTION_TABLE("Light-weight GAN", rows);

/* Statistics are those of parts of a batch; flips are among the changes of the paper. */
#define GAN_TRAINING                                                                     \
    "optimizer=adam", "learning-rate=2e-4", "beta1=0.5", "beta2=0.9", "epsilon=1e-8",    \
        "weight-decay=0", "schedule=constant", "warmup=0", "clip=0", "skip-threshold=0", \
        "ema=0", "flip=true", "seed=42"

static const char *const tiny[] = {
    "side=32", "latent=16", "most-channels=16", "heads=2", "head-size=8", "attention=16", NULL};
static const char *const tiny_training[] = {GAN_TRAINING, "batch=10", "micro-batch=10",
                                            "epochs=10", NULL};
static const char *const small[] = {
    "side=64",      "latent=128", "most-channels=64", "channel-exponent=11", "heads=4",
    "head-size=16", NULL};
static const char *const small_training[] = {GAN_TRAINING, "batch=10", "micro-batch=10",
                                             "epochs=25", NULL};
static const char *const paper[] = {"channels=3", NULL};
static const char *const paper_training[] = {GAN_TRAINING, "batch=40", "micro-batch=10",
                                             "epochs=40", NULL};
const gt_model_preset gan_presets[3] = {
    {"tiny", "to try it: seconds on a laptop", tiny, tiny_training},
    {"small", "a few thousand pictures of 64 x 64 pixels in an hour", small, small_training},
    {"paper", "35.8 million parameters, pictures of 128 x 128 pixels", paper, paper_training},
};
