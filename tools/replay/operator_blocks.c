/* Blocks of networks, augmentations and losses of which recordings of one operator are. */
#include <math.h>
#include <stdio.h>

#include "galatea/nn.h"
#include "operators.h"

/* in.NAME.weight and in.NAME.bias; names must last as long as the file. */
#define WEIGHTS(f, name)                                       \
    (gt_weights) {                                             \
        op_input(f, name ".weight"), op_input(f, name ".bias") \
    }

/* ---- Light-weight networks -------------------------------------------------------------- */

static gt_tensor *shuffle_up(op_file *f) {
    gt_tensor *x = op_images(f, 1);
    return gt_shuffle_up(f->g, x, WEIGHTS(f, "net.0"));
}

static gt_tensor *residual_down(op_file *f) {
    gt_tensor *x = op_images(f, 2);
    gt_residual_down_layers layers = {WEIGHTS(f, "branches.0.1.1"), WEIGHTS(f, "branches.0.3"),
                                      WEIGHTS(f, "branches.1.2")};
    return gt_residual_down(f->g, x, &layers);
}

/* Four times up, a 3x3 convolution and a gate. */
static gt_tensor *decoder(op_file *f) {
    gt_tensor *x = op_images(f, 1);
    const gt_weights layers[] = {WEIGHTS(f, "layers.0.0.net.0"), WEIGHTS(f, "layers.0.1"),
                                 WEIGHTS(f, "layers.1.0.net.0"), WEIGHTS(f, "layers.1.1"),
                                 WEIGHTS(f, "layers.2.0.net.0"), WEIGHTS(f, "layers.2.1"),
                                 WEIGHTS(f, "layers.3.0.net.0"), WEIGHTS(f, "layers.3.1")};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i += 2) {
        x = gt_shuffle_up(f->g, x, layers[i]);
        x = gt_glu(f->g, gt_conv2d_same(f->g, x, layers[i + 1].weight, layers[i + 1].bias), 1);
    }
    return x;
}

static gt_tensor *global_context(op_file *f) {
    gt_tensor *x = op_images(f, 1);
    gt_weights score = WEIGHTS(f, "to_k"), narrow = WEIGHTS(f, "net.0");
    return gt_global_context(f->g, x, score, narrow, WEIGHTS(f, "net.2"));
}

static gt_tensor *frequency_gate(op_file *f) {
    enum { CHANNELS = 16, WIDTH = 8 };
    static float values[CHANNELS * WIDTH * WIDTH];
    gt_tensor *x = op_images(f, 1);
    gt_weights narrow = WEIGHTS(f, "net.0"), widen = WEIGHTS(f, "net.2");
    gt_tensor *waves = gt_input(f->g, "waves", GT_SHAPE(1, CHANNELS, WIDTH, WIDTH));
    gt_frequency_waves(CHANNELS, WIDTH, values);
    gt_replay_feed_values(f->job, waves, values);
    return gt_frequency_gate(f->g, x, waves, narrow, widen);
}

/* ---- Attention -------------------------------------------------------------------------- */

static int heads_of(op_file *f) {
    double heads = gt_recording_number(f->rec, "heads", NAN);
    if (heads >= 1 && heads <= 1024 && heads == floor(heads)) return (int)heads;
    gt_recording_fail(f->rec, GT_BAD_FORMAT, "metadata 'heads' is no number from 1 to 1024");
    return 1;
}

static gt_tensor *attention(op_file *f) {
    gt_tensor *x = op_images(f, 1);
    gt_attention how = {.heads = heads_of(f),
                        .wide_query = op_input(f, "to_lin_q.weight"),
                        .wide_window = op_input(f, "to_lin_kv.net.0.weight"),
                        .wide_both = op_input(f, "to_lin_kv.net.1.weight"),
                        .near_query = op_input(f, "to_q.weight"),
                        .near_both = op_input(f, "to_kv.weight"),
                        .out = op_input(f, "to_out.weight"),
                        .bias = op_input(f, "to_out.bias")};
    return gt_attend(f->g, x, &how);
}

/* The same of x normalised, added to x. */
static gt_tensor *residual_attention(op_file *f) {
    gt_tensor *x = op_images(f, 1);
    gt_tensor *gain = op_input(f, "fn.norm.g"), *shift = op_input(f, "fn.norm.b");
    gt_attention how = {.heads = heads_of(f),
                        .wide_query = op_input(f, "fn.fn.to_lin_q.weight"),
                        .wide_window = op_input(f, "fn.fn.to_lin_kv.net.0.weight"),
                        .wide_both = op_input(f, "fn.fn.to_lin_kv.net.1.weight"),
                        .near_query = op_input(f, "fn.fn.to_q.weight"),
                        .near_both = op_input(f, "fn.fn.to_kv.weight"),
                        .out = op_input(f, "fn.fn.to_out.weight"),
                        .bias = op_input(f, "fn.fn.to_out.bias")};
    gt_tensor *norm = gt_channel_norm(f->g, x, gain, shift, 1e-5);
    return gt_add(f->g, x, gt_attend(f->g, norm, &how));
}

/* ---- Augmentation ----------------------------------------------------------------------- */

/* Two whole numbers for each image, (N,2). */
static gt_tensor *pairs(op_file *f, const char *rows, const char *columns) {
    gt_shape each = GT_SHAPE(gt_tensor_dim(f->inputs[0].leaf, 0), 1);
    gt_tensor *down = gt_reshape(f->g, op_input(f, rows), each);
    gt_tensor *across = gt_reshape(f->g, op_input(f, columns), each);
    return gt_concat(f->g, (gt_tensor *[]){down, across}, 2, 1);
}

static gt_tensor *translation(op_file *f) {
    gt_tensor *x = op_images(f, 1);
    return gt_shift(f->g, x, pairs(f, "shift_rows", "shift_cols"));
}

static gt_tensor *cutout(op_file *f) {
    gt_tensor *x = op_images(f, 1);
    int64_t side = (int64_t)(0.5 * (double)gt_tensor_dim(x, 2) + 0.5);
    return gt_cut_out(f->g, x, pairs(f, "centre_row", "centre_col"), side);
}

static gt_tensor *colour(op_file *f) {
    gt_tensor *x = op_images(f, 1), *brightness = op_input(f, "u_brightness");
    gt_tensor *saturation = op_input(f, "u_saturation"), *contrast = op_input(f, "u_contrast");
    return gt_jitter_colour(f->g, x, brightness, saturation, contrast);
}

/* ---- Losses ----------------------------------------------------------------------------- */

/* A discriminator of two convolutions, and its penalty for images. */
typedef struct judge {
    gt_tensor *w1, *b1, *w2, *b2;
} judge;

static gt_tensor *penalty(op_file *f, const judge *d, gt_tensor *x, double centre) {
    gt_tensor *h = gt_conv2d_same(f->g, x, d->w1, d->b1);
    gt_tensor *scores = gt_conv2d(f->g, gt_leaky_relu(f->g, h, 0.1), d->w2, d->b2,
                                  (gt_conv){.stride = 1, .groups = 1});
    return gt_gradient_penalty(f->g, scores, x, centre, NULL);
}

static judge judge_of(op_file *f) {
    return (judge){op_input(f, "w1"), op_input(f, "b1"), op_input(f, "w2"), op_input(f, "b2")};
}

static gt_tensor *penalty_of_real(op_file *f) {
    gt_tensor *real = op_input(f, "real");
    (void)op_input(f, "fake");
    judge d = judge_of(f);
    double weight = gt_recording_number(f->rec, "weight", 10);
    return gt_affine(f->g, penalty(f, &d, real, 1), weight, 0);
}

static gt_tensor *penalty_of_both(op_file *f) {
    gt_tensor *real = op_input(f, "real"), *fake = op_input(f, "fake");
    judge d = judge_of(f);
    double weight = gt_recording_number(f->rec, "weight", 10);
    gt_tensor *sum = gt_add(f->g, penalty(f, &d, real, 0), penalty(f, &d, fake, 0));
    return gt_affine(f->g, sum, weight / 2, 0);
}

/* clang-format off */
const op_kind op_blocks[] = {
    {"pixel_shuffle_upsample_block", shuffle_up, 2.0e-7, 0, 0},
    {"discriminator_residual_block", residual_down, 2.5e-7, 0, 0},
    {"simple_decoder", decoder, 2.8e-6, 0, 0},
    {"global_context", global_context, 1.5e-7, 0, 0, .zeros = 1e-7},
    {"fcanet_width8", frequency_gate, 8.9e-8, 0, 0},
    {"linear_attention_small", attention, 4.0e-7, 0, 0},
    {"linear_attention_default_size", attention, 4.4e-7, 0, 0},
    {"residual_prenorm_linear_attention", residual_attention, 8.7e-7, 0, 0},
    {"augment_translation", translation, 0, 0, 0},
    {"augment_cutout", cutout, 0, 0, 0},
    {"augment_color", colour, 8.0e-8, 0, 0},
    {"gradient_penalty_one_centred_real", penalty_of_real, 1.5e-7, 0, 0},
    {"gradient_penalty_zero_centred_real_and_fake", penalty_of_both, 1.4e-7, 0, 0},
    {NULL},
};
/* clang-format on */
