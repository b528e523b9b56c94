/* The operators of which recordings of one operator are. */
#include <math.h>

#include "galatea/nn.h"
#include "operators.h"

/* ---- Elementwise ------------------------------------------------------------------------ */

static gt_tensor *relu(op_file *f) {
    return gt_relu(f->g, op_input(f, "x"));
}

static gt_tensor *sigmoid(op_file *f) {
    return gt_sigmoid(f->g, op_input(f, "x"));
}

static gt_tensor *gelu(op_file *f) {
    return gt_gelu(f->g, op_input(f, "x"));
}

static gt_tensor *silu(op_file *f) {
    return gt_silu(f->g, op_input(f, "x"));
}

static gt_tensor *leaky_relu(op_file *f) {
    return gt_leaky_relu(f->g, op_input(f, "x"), 0.1);
}

static gt_tensor *glu(op_file *f) {
    return gt_glu(f->g, op_images(f, 1), 1);
}

static gt_tensor *mse(op_file *f) {
    return gt_mean(f->g, gt_square(f->g, gt_sub(f->g, op_input(f, "x"), op_input(f, "t"))));
}

static gt_tensor *hinge(op_file *f) {
    gt_tensor *real = op_input(f, "real");
    return gt_hinge_discriminator(f->g, real, op_input(f, "fake"));
}

static gt_tensor *softmax_columns(op_file *f) {
    return gt_softmax(f->g, op_images(f, 1), 3);
}

/* Of matrices of one line for each position. */
static gt_tensor *softmax_positions(op_file *f) {
    return gt_softmax(f->g, op_images(f, 1), 2);
}

/* ---- Norms ------------------------------------------------------------------------------ */

static gt_tensor *unit_channels(op_file *f) {
    return gt_unit_length(f->g, op_images(f, 1), 1, 1e-12);
}

static gt_tensor *channel_norm(op_file *f) {
    gt_tensor *x = op_images(f, 1), *gain = op_input(f, "g"), *shift = op_input(f, "b");
    return gt_channel_norm(f->g, x, gain, shift, gt_recording_number(f->rec, "eps", 1e-5));
}

/* new = (1 - momentum) old + momentum scale value, compared with out.NAME. */
static void follow(op_file *f, const char *name, gt_tensor *value, double scale) {
    char full[64];
    snprintf(full, sizeof full, "in.%s", name);
    double momentum = gt_recording_number(f->rec, "momentum", 0.1);
    gt_tensor *old = op_leaf(f, full);
    gt_tensor *flat = gt_reshape(f->g, value, gt_tensor_shape(old));
    gt_replay_expect(f->job,
                     gt_add(f->g, gt_affine(f->g, old, 1 - momentum, 0),
                            gt_affine(f->g, flat, momentum * scale, 0)),
                     GT_REPLAY_PLAIN, "out.%s", name);
}

static gt_tensor *batch_norm(op_file *f) {
    gt_tensor *x = op_images(f, 1), *weight = op_input(f, "weight"),
              *bias = op_input(f, "bias");
    gt_moments moments;
    double n = (double)gt_shape_count(gt_tensor_shape(x)) / (double)gt_tensor_dim(x, 1);
    gt_tensor *y = gt_batch_norm_moments(f->g, x, weight, bias,
                                         gt_recording_number(f->rec, "eps", 1e-5), &moments);
    follow(f, "running_mean", moments.mean, 1);
    follow(f, "running_var", moments.variance, n / (n - 1));
    return y;
}

static gt_tensor *batch_norm_at_rest(op_file *f) {
    gt_tensor *x = op_images(f, 1), *weight = op_input(f, "weight"),
              *bias = op_input(f, "bias");
    gt_tensor *mean = op_input(f, "running_mean"), *variance = op_input(f, "running_var");
    gt_shape each = GT_SHAPE(1, gt_tensor_dim(x, 1), 1, 1);
    gt_norm_line line = gt_batch_norm_line(f->g, weight, bias, mean, variance,
                                           gt_recording_number(f->rec, "eps", 1e-5));
    return gt_add(f->g, gt_mul(f->g, x, gt_reshape(f->g, line.scale, each)),
                  gt_reshape(f->g, line.shift, each));
}

/* The deviation is averaged in place of the variance. */
static gt_tensor *bias_free_norm(op_file *f) {
    gt_tensor *x = op_images(f, 1), *gain = op_input(f, "gammas"), *deviation;
    gt_tensor *y =
        gt_bias_free_norm(f->g, x, gain, gt_recording_number(f->rec, "eps", 1e-5), &deviation);
    follow(f, "running_sd", deviation, 1);
    return y;
}

static gt_tensor *bias_free_norm_at_rest(op_file *f) {
    gt_tensor *x = op_images(f, 1), *gain = op_input(f, "gammas");
    return gt_mul(f->g, gt_div(f->g, x, op_input(f, "running_sd")), gain);
}

/* ---- Windows ---------------------------------------------------------------------------- */

static gt_tensor *convolution(op_file *f) {
    gt_tensor *x = op_images(f, 1), *weight = op_input(f, "weight"),
              *bias = op_optional(f, "bias");
    gt_conv how = {f->kind->stride, f->kind->pad, 1};
    if (gt_tensor_dim(weight, 1) == 1) how.groups = (int)gt_tensor_dim(x, 1); /* each channel */
    return gt_conv2d(f->g, x, weight, bias, how);
}

/* Recorded with its zeros, which are those of a kernel that keeps the size. */
static gt_tensor *padded_convolution(op_file *f) {
    static const char *const sides[] = {"pad_top", "pad_left", "pad_bottom", "pad_right"};
    gt_tensor *x = op_images(f, 1), *weight = op_input(f, "weight"),
              *bias = op_input(f, "bias");
    double k = (double)gt_tensor_dim(weight, 2);
    for (int i = 0; i < 4; ++i)
        if (gt_recording_number(f->rec, sides[i], NAN) != floor(i < 2 ? k / 2 : (k - 1) / 2))
            gt_recording_fail(f->rec, GT_BAD_FORMAT, "'%s' does not keep the size", sides[i]);
    return gt_conv2d_same(f->g, x, weight, bias);
}

static gt_tensor *transposed_convolution(op_file *f) {
    gt_tensor *x = op_images(f, 1), *weight = op_input(f, "weight"),
              *bias = op_optional(f, "bias");
    gt_conv how = {f->kind->stride, 0, 1};
    return gt_conv2d_transposed(f->g, x, weight, bias, how, 0);
}

static gt_tensor *average(op_file *f) {
    return gt_avg_pool(f->g, op_images(f, f->kind->stride), f->kind->stride);
}

static gt_tensor *blur(op_file *f) {
    return gt_blur_121(f->g, op_images(f, 1));
}

/* The 3 x 3 pixels around each, (N,9 C,H W). */
static gt_tensor *unfold(op_file *f) {
    return gt_unfold(f->g, op_images(f, 1), 3, 1, 1);
}

/* ---- Values moved ----------------------------------------------------------------------- */

static gt_tensor *flip(op_file *f) {
    return gt_reverse(f->g, op_images(f, 1), 3);
}

static gt_tensor *enlarge(op_file *f) {
    return gt_upsample(f->g, op_images(f, 1), f->kind->stride);
}

static gt_tensor *shrink(op_file *f) {
    int k = f->kind->stride;
    gt_tensor *x = op_images(f, k);
    return gt_resize(f->g, x, gt_tensor_dim(x, 2) / k, gt_tensor_dim(x, 3) / k,
                     GT_RESIZE_NEAREST);
}

static gt_tensor *shuffle(op_file *f) {
    return gt_pixel_shuffle(f->g, op_images(f, 1), 2);
}

static gt_tensor *unshuffle(op_file *f) {
    return gt_pixel_unshuffle(f->g, op_images(f, 2), 2);
}

/* clang-format off */
const op_kind op_elements[] = {
    {"relu", relu, 0, 0, 0},
    {"sigmoid", sigmoid, 1.3e-7, 0, 0},
    {"silu", silu, 1.1e-7, 0, 0},
    {"gelu_erf", gelu, 1.8e-7, 0, 0},
    {"leaky_relu_0p1", leaky_relu, 3.7e-8, 0, 0},
    {"glu_channel", glu, 1.1e-7, 0, 0},
    {"mse_mean", mse, 6.2e-8, 0, 0},
    {"hinge_discriminator", hinge, 3.0e-8, 0, 0},
    {"softmax_last", softmax_columns, 3.2e-7, 0, 0},
    {"softmax_positions", softmax_positions, 2.2e-7, 0, 0},
    {"l2_normalize_channel", unit_channels, 8.5e-8, 0, 0},
    {"chan_norm", channel_norm, 2.5e-7, 0, 0},
    {"batch_norm_train", batch_norm, 1.2e-7, 0, 0},
    {"batch_norm_eval", batch_norm_at_rest, 1.8e-7, 0, 0},
    {"bias_free_batch_norm_train", bias_free_norm, 1.3e-7, 0, 0},
    {"bias_free_batch_norm_eval", bias_free_norm_at_rest, 9.5e-8, 0, 0},
    {"conv_1x1", convolution, 1.5e-7, 1, 0},
    {"conv_3x3_pad1", convolution, 2.2e-7, 1, 1},
    {"conv_3x3_stride2_pad1", convolution, 1.8e-7, 2, 1},
    {"conv_4x4_stride2_pad1", convolution, 1.5e-7, 2, 1},
    {"conv_4x4_valid", convolution, 1.6e-7, 1, 0},
    {"depthwise_conv_3x3", convolution, 2.5e-7, 1, 1},
    {"conv_4x4_same_asymmetric_pad", padded_convolution, 3.4e-7, 0, 0},
    {"conv_transpose_2x2_stride2", transposed_convolution, 8.7e-8, 2, 0},
    {"conv_transpose_4x4_valid_from_1x1", transposed_convolution, 1.7e-7, 1, 0},
    {"avg_pool_2", average, 1.7e-7, 2, 0},
    {"adaptive_avg_pool_16_to_4", average, 1.5e-7, 4, 0},
    {"blur_121_reflect", blur, 9.1e-8, 0, 0},
    {"unfold_3x3_pad1", unfold, 4.5e-8, 0, 0},
    {"flip_horizontal", flip, 0, 0, 0},
    {"nearest_resize_4_to_16", enlarge, 2.3e-7, 4, 0},
    {"nearest_resize_16_to_4", shrink, 5.4e-8, 4, 0},
    {"pixel_shuffle_2", shuffle, 0, 0, 0},
    {"pixel_unshuffle_2", unshuffle, 1.3e-7, 0, 0},
    {NULL},
};
/* clang-format on */
