/* Replays recordings of one operator each, named in the metadata: inputs in.X, what comes out,
 * the gradients grad.X from one of the output, and those of the sum of squares of grad.x,
 * second.X. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "galatea/nn.h"
#include "recording.h"

enum { INPUTS = 8 };

typedef struct op_file op_file;

/* How an operator is built, and the largest error of PyTorch's single precision, as a share of
 * the largest value; 0: values are only moved, and compared exactly. */
typedef struct op_kind {
    const char *name;
    gt_tensor *(*build)(op_file *f);
    double error;
    int stride, pad; /* of those with windows; stride also: how many times larger or smaller */
} op_kind;

struct op_file {
    gt_recording *rec;
    gt_replay_job *job;
    gt_graph *g;
    const op_kind *kind;
    gt_tensor *seed; /* the gradient of the output */
    struct {
        const char *name;
        gt_tensor *leaf;
    } inputs[INPUTS];
    int count;
};

static gt_tensor *leaf_of(op_file *f, const char *name) {
    int index = gt_recording_find(f->rec, name);
    const gt_st_tensor *tensor =
        index < 0 ? NULL : gt_safetensors_at(f->rec->file, (size_t)index);
    if (!tensor || tensor->rank < 1 || tensor->rank > GT_MAX_RANK || tensor->elements < 1) {
        gt_recording_fail(f->rec, GT_BAD_FORMAT, "no '%s' with numbers on 1 to %d axes", name,
                          GT_MAX_RANK);
        return gt_input(f->g, name, GT_SHAPE(1, 1, 1, 1));
    }
    gt_tensor *leaf = gt_input(f->g, name, gt_shape_of(tensor->rank, tensor->shape));
    gt_replay_feed(f->job, leaf, "%s", name);
    return leaf;
}

/* The input in.NAME; its gradients are compared where the file has some. */
static gt_tensor *input(op_file *f, const char *name) {
    char full[64];
    snprintf(full, sizeof full, "in.%s", name);
    GT_ASSERT(f->count < INPUTS);
    f->inputs[f->count].name = name;
    return f->inputs[f->count++].leaf = leaf_of(f, full);
}

static gt_tensor *optional(op_file *f, const char *name) {
    char full[64];
    snprintf(full, sizeof full, "in.%s", name);
    return gt_recording_find(f->rec, full) < 0 ? NULL : input(f, name);
}

/* The input in.x of four axes, whose height and width are multiples of `unit`. */
static gt_tensor *images(op_file *f, int unit) {
    gt_tensor *x = input(f, "x");
    gt_shape s = gt_tensor_shape(x);
    if (s.rank == 4 && s.dim[2] % unit == 0 && s.dim[3] % unit == 0) return x;
    gt_recording_fail(f->rec, GT_BAD_SHAPE,
                      "'in.x' is no set of images whose sides divide by %d", unit);
    return gt_input(f->g, "images", GT_SHAPE(1, 4, unit, unit));
}

/* ---- Elementwise ------------------------------------------------------------------------ */

static gt_tensor *relu(op_file *f) {
    return gt_relu(f->g, input(f, "x"));
}

static gt_tensor *sigmoid(op_file *f) {
    return gt_sigmoid(f->g, input(f, "x"));
}

static gt_tensor *gelu(op_file *f) {
    return gt_gelu(f->g, input(f, "x"));
}

static gt_tensor *silu(op_file *f) {
    return gt_silu(f->g, input(f, "x"));
}

/* At 0 the slope is that of negative numbers. */
static gt_tensor *leaky_relu(op_file *f) {
    gt_tensor *x = input(f, "x");
    return gt_select(f->g, gt_step(f->g, x), x, gt_affine(f->g, x, 0.1, 0));
}

static gt_tensor *glu(op_file *f) {
    return gt_glu(f->g, images(f, 1), 1);
}

static gt_tensor *mse(op_file *f) {
    return gt_mean(f->g, gt_square(f->g, gt_sub(f->g, input(f, "x"), input(f, "t"))));
}

static gt_tensor *hinge(op_file *f) {
    gt_tensor *real = input(f, "real");
    return gt_hinge_discriminator(f->g, real, input(f, "fake"));
}

static gt_tensor *softmax_columns(op_file *f) {
    return gt_exp(f->g, gt_log_softmax(f->g, images(f, 1), 3));
}

/* Of matrices of one line for each position. */
static gt_tensor *softmax_positions(op_file *f) {
    return gt_exp(f->g, gt_log_softmax(f->g, images(f, 1), 2));
}

/* ---- Norms ------------------------------------------------------------------------------ */

static gt_tensor *unit_channels(op_file *f) {
    return gt_unit_length(f->g, images(f, 1), 1, 1e-12);
}

static gt_tensor *channel_norm(op_file *f) {
    gt_tensor *x = images(f, 1), *gain = input(f, "g"), *shift = input(f, "b");
    return gt_channel_norm(f->g, x, gain, shift, gt_recording_number(f->rec, "eps", 1e-5));
}

/* new = (1 - momentum) old + momentum scale value, compared with out.NAME. */
static void follow(op_file *f, const char *name, gt_tensor *value, double scale) {
    char full[64];
    snprintf(full, sizeof full, "in.%s", name);
    double momentum = gt_recording_number(f->rec, "momentum", 0.1);
    gt_tensor *old = leaf_of(f, full);
    gt_tensor *flat = gt_reshape(f->g, value, gt_tensor_shape(old));
    gt_replay_want(f->job,
                   gt_add(f->g, gt_affine(f->g, old, 1 - momentum, 0),
                          gt_affine(f->g, flat, momentum * scale, 0)),
                   GT_REPLAY_PLAIN, "out.%s", name);
}

static gt_tensor *batch_norm(op_file *f) {
    gt_tensor *x = images(f, 1), *weight = input(f, "weight"), *bias = input(f, "bias");
    gt_moments moments;
    double n = (double)gt_shape_count(gt_tensor_shape(x)) / (double)gt_tensor_dim(x, 1);
    gt_tensor *y = gt_batch_norm_moments(f->g, x, weight, bias,
                                         gt_recording_number(f->rec, "eps", 1e-5), &moments);
    follow(f, "running_mean", moments.mean, 1);
    follow(f, "running_var", moments.variance, n / (n - 1));
    return y;
}

static gt_tensor *batch_norm_at_rest(op_file *f) {
    gt_tensor *x = images(f, 1), *weight = input(f, "weight"), *bias = input(f, "bias");
    gt_tensor *mean = input(f, "running_mean"), *variance = input(f, "running_var");
    gt_shape each = GT_SHAPE(1, gt_tensor_dim(x, 1), 1, 1);
    gt_norm_line line = gt_batch_norm_line(f->g, weight, bias, mean, variance,
                                           gt_recording_number(f->rec, "eps", 1e-5));
    return gt_add(f->g, gt_mul(f->g, x, gt_reshape(f->g, line.scale, each)),
                  gt_reshape(f->g, line.shift, each));
}

/* The mean is not subtracted, and the deviation is averaged in place of the variance. */
static gt_tensor *bias_free_norm(op_file *f) {
    gt_tensor *x = images(f, 1), *gain = input(f, "gammas");
    gt_shape s = gt_tensor_shape(x), each = GT_SHAPE(1, s.dim[1], 1, 1);
    double share = (double)s.dim[1] / (double)gt_shape_count(s);
    double eps = gt_recording_number(f->rec, "eps", 1e-5);
    gt_tensor *mean = gt_affine(f->g, gt_sum_to(f->g, x, each), share, 0);
    gt_tensor *squares = gt_sum_to(f->g, gt_square(f->g, gt_sub(f->g, x, mean)), each);
    gt_tensor *deviation = gt_sqrt(f->g, gt_affine(f->g, squares, share, eps));
    follow(f, "running_sd", deviation, 1);
    return gt_mul(f->g, gt_div(f->g, x, deviation), gain);
}

static gt_tensor *bias_free_norm_at_rest(op_file *f) {
    gt_tensor *x = images(f, 1), *gain = input(f, "gammas");
    return gt_mul(f->g, gt_div(f->g, x, input(f, "running_sd")), gain);
}

/* ---- Windows ---------------------------------------------------------------------------- */

static gt_tensor *convolution(op_file *f) {
    gt_tensor *x = images(f, 1), *weight = input(f, "weight"), *bias = optional(f, "bias");
    gt_conv how = {f->kind->stride, f->kind->pad, 1};
    if (gt_tensor_dim(weight, 1) == 1) how.groups = (int)gt_tensor_dim(x, 1); /* each channel */
    return gt_conv2d(f->g, x, weight, bias, how);
}

/* Recorded with its zeros, which are those of a kernel that keeps the size. */
static gt_tensor *padded_convolution(op_file *f) {
    static const char *const sides[] = {"pad_top", "pad_left", "pad_bottom", "pad_right"};
    gt_tensor *x = images(f, 1), *weight = input(f, "weight"), *bias = input(f, "bias");
    double k = (double)gt_tensor_dim(weight, 2);
    for (int i = 0; i < 4; ++i)
        if (gt_recording_number(f->rec, sides[i], NAN) != floor(i < 2 ? k / 2 : (k - 1) / 2))
            gt_recording_fail(f->rec, GT_BAD_FORMAT, "'%s' does not keep the size", sides[i]);
    return gt_conv2d_same(f->g, x, weight, bias);
}

static gt_tensor *transposed_convolution(op_file *f) {
    gt_tensor *x = images(f, 1), *weight = input(f, "weight"), *bias = optional(f, "bias");
    gt_conv how = {f->kind->stride, 0, 1};
    return gt_conv2d_transposed(f->g, x, weight, bias, how, 0);
}

static gt_tensor *average(op_file *f) {
    return gt_avg_pool(f->g, images(f, f->kind->stride), f->kind->stride);
}

static gt_tensor *blur(op_file *f) {
    return gt_blur_121(f->g, images(f, 1));
}

/* The 3 x 3 pixels around each, (N,9 C,H W). */
static gt_tensor *unfold(op_file *f) {
    gt_tensor *x = images(f, 1), *parts[9];
    gt_shape s = gt_tensor_shape(x);
    int64_t pixels = s.dim[2] * s.dim[3];
    gt_tensor *wide = gt_pad_border(f->g, x, 1, 0);
    for (int i = 0; i < 9; ++i) {
        gt_tensor *rows = gt_slice(f->g, wide, 2, i / 3, s.dim[2]);
        parts[i] = gt_reshape(f->g, gt_slice(f->g, rows, 3, i % 3, s.dim[3]),
                              GT_SHAPE(s.dim[0], s.dim[1], 1, pixels));
    }
    return gt_reshape(f->g, gt_concat(f->g, parts, 9, 2),
                      GT_SHAPE(s.dim[0], 9 * s.dim[1], pixels));
}

/* ---- Values moved ----------------------------------------------------------------------- */

static gt_tensor *flip(op_file *f) {
    return gt_reverse(f->g, images(f, 1), 3);
}

static gt_tensor *enlarge(op_file *f) {
    return gt_upsample(f->g, images(f, 1), f->kind->stride);
}

/* The first pixel of each block. */
static gt_tensor *shrink(op_file *f) {
    int64_t k = f->kind->stride;
    gt_tensor *x = images(f, (int)k);
    gt_shape s = gt_tensor_shape(x);
    int64_t height = s.dim[2] / k, width = s.dim[3] / k;
    gt_tensor *blocks = gt_reshape(f->g, x, GT_SHAPE(s.dim[0] * s.dim[1], height, k, width, k));
    gt_tensor *first = gt_slice(f->g, gt_slice(f->g, blocks, 2, 0, 1), 4, 0, 1);
    return gt_reshape(f->g, first, GT_SHAPE(s.dim[0], s.dim[1], height, width));
}

static gt_tensor *shuffle(op_file *f) {
    return gt_pixel_shuffle(f->g, images(f, 1), 2);
}

static gt_tensor *unshuffle(op_file *f) {
    return gt_pixel_unshuffle(f->g, images(f, 2), 2);
}

/* clang-format off */
static const op_kind kinds[] = {
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
};
/* clang-format on */

/* ---- The file --------------------------------------------------------------------------- */

static const op_kind *kind_of(const gt_safetensors *file) {
    const char *name = gt_safetensors_metadata(file, "op");
    for (size_t i = 0; name && i < sizeof kinds / sizeof *kinds; ++i)
        if (strcmp(kinds[i].name, name) == 0) return &kinds[i];
    return NULL;
}

/* Compares the gradients of y from `seed`, PREFIX.X for every input, and the last one for the
 * seed of the output. */
static void want_gradients(op_file *f, const char *prefix, gt_tensor *y, gt_tensor *seed,
                           gt_tensor **grads) {
    gt_tensor *leaves[INPUTS + 1];
    for (int i = 0; i < f->count; ++i) leaves[i] = f->inputs[i].leaf;
    leaves[f->count] = f->seed;
    gt_grad_from(f->g, y, seed, leaves, f->count + 1, grads);
    for (int i = 0; i < f->count; ++i)
        gt_replay_want(f->job, grads[i], GT_REPLAY_PLAIN, "%s.%s", prefix, f->inputs[i].name);
    gt_replay_want(f->job, grads[f->count], GT_REPLAY_PLAIN, "%s.gout", prefix);
}

static void build(op_file *f) {
    gt_tensor *first[INPUTS + 1], *second[INPUTS + 1];
    f->seed = leaf_of(f, "gout");
    gt_tensor *out = f->kind->build(f);
    if (f->rec->status) return;
    gt_replay_want(f->job, out, GT_REPLAY_PLAIN, "out");
    want_gradients(f, "grad", out, gt_reshape(f->g, f->seed, gt_tensor_shape(out)), first);
    if (gt_recording_find(f->rec, "second.scalar") < 0) return;
    gt_tensor *sum = gt_sum(f->g, gt_square(f->g, first[0]));
    gt_replay_want(f->job, sum, GT_REPLAY_PLAIN, "second.scalar");
    want_gradients(f, "second", sum, gt_constant(f->g, 1, gt_shape_scalar()), second);
}

/* Ten times what PyTorch's single precision lost, and not less than a millionth; exact where
 * nothing is lost. */
static void set_tolerances(op_file *f) {
    double error = f->kind->error, ratio = error > 0 ? fmax(10 * error, 1e-6) : 0;
    for (size_t i = 0; i < gt_safetensors_count(f->rec->file); ++i)
        gt_recording_allow(f->rec, (int)i, 0, ratio);
    f->rec->result->has_measured = true;
}

static void replay_operators(gt_recording *rec) {
    op_file f = {.rec = rec, .kind = kind_of(rec->file), .job = gt_replay_job_create(rec)};
    if (!f.job) return;
    f.g = gt_replay_job_graph(f.job);
    set_tolerances(&f);
    if (!rec->status) build(&f);
    gt_replay_job_run(f.job);
    gt_replay_job_destroy(f.job);
}

static bool accepts(const gt_safetensors *file) {
    return kind_of(file) != NULL;
}

const gt_replayer gt_replayer_operators = {"operator", accepts, replay_operators};
