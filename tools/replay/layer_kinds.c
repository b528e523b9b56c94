/* The layers that recordings know, each as a small graph. */
#include "layers.h"

#include <stdlib.h>

#include "galatea/nn.h"

/* ---- Pointwise and reductions ------------------------------------------------------ */

#define UNARY(stem)                                         \
    static void build_##stem(layer_case *c) {               \
        case_out(c, "y", gt_##stem(c->g, case_in(c, "x"))); \
    }
UNARY(gelu)
UNARY(softplus)
UNARY(sigmoid)
UNARY(tanh)
UNARY(relu)

static void build_squeeze(layer_case *c) {
    case_out(c, "y", gt_pixel_unshuffle(c->g, case_in(c, "x"), 2));
}

static void build_unsqueeze(layer_case *c) {
    case_out(c, "y", gt_pixel_shuffle(c->g, case_in(c, "x"), 2));
}

static void build_shifted_sigmoid(layer_case *c) {
    gt_tensor *x = gt_affine(c->g, case_in(c, "x"), 1, 2);
    case_out(c, "s", gt_sigmoid(c->g, x));
    case_out(c, "logs", gt_neg(c->g, gt_softplus(c->g, gt_neg(c->g, x))));
}

static void build_exp_scale(layer_case *c) {
    gt_tensor *x = case_in(c, "x"), *s = case_in(c, "s");
    case_out(c, "y", gt_mul(c->g, x, gt_exp(c->g, gt_affine(c->g, s, 3, 0))));
}

static void build_max(layer_case *c) {
    gt_tensor *limit = gt_constant(c->g, -7, gt_shape_scalar());
    case_out(c, "y", gt_max(c->g, case_in(c, "x"), limit));
}

static void build_logsumexp(layer_case *c) {
    gt_tensor *y = gt_logsumexp(c->g, case_in(c, "x"), 1);
    case_out(c, "y", gt_reshape(c->g, y, case_shape(c, "out.y")));
}

static void build_log_softmax(layer_case *c) {
    case_out(c, "y", gt_log_softmax(c->g, case_in(c, "x"), 1));
}

/* ---- Space ------------------------------------------------------------------------- */

static void build_conv2d(layer_case *c) {
    gt_tensor *x = case_in(c, "x"), *w = case_in(c, "w"), *b = case_in_optional(c, "b");
    double value = case_attr(c, "pad_value");
    gt_conv how = {case_int(c, "stride"), case_int(c, "pad"), case_int(c, "groups")};
    if (value != 0) {
        x = gt_pad_border(c->g, x, how.pad, value);
        how.pad = 0;
    }
    case_out(c, "y", gt_conv2d(c->g, x, w, b, how));
}

static void build_avg_pool(layer_case *c) {
    case_out(c, "y", gt_avg_pool(c->g, case_in(c, "x"), case_int(c, "kernel")));
}

static void build_upsample(layer_case *c) {
    case_out(c, "y", gt_upsample(c->g, case_in(c, "x"), case_int(c, "factor")));
}

static void build_concat(layer_case *c) {
    gt_tensor *parts[2];
    parts[0] = case_in(c, "a");
    parts[1] = case_in(c, "b");
    case_out(c, "y", gt_concat(c->g, parts, 2, 1));
}

static void build_pad(layer_case *c) {
    gt_tensor *x = case_in(c, "x");
    case_out(c, "y", gt_pad_channels(c->g, x, case_int(c, "width")));
}

static void build_broadcast(layer_case *c) {
    case_out(c, "y", gt_broadcast(c->g, case_in(c, "b"), case_shape(c, "out.y")));
}

/* ---- Distributions ----------------------------------------------------------------- */

static gt_tensor *channels_first(layer_case *c, const char *name) {
    static const int order[] = {0, 3, 1, 2};
    return gt_permute(c->g, case_in(c, name), order);
}

static void build_dmol(layer_case *c) {
    gt_tensor *t = channels_first(c, "x"), *params = channels_first(c, "l");
    gt_dmol dmol = {(int)gt_tensor_dim(t, 1), case_int(c, "nr_mix"), case_flag(c, "low_bit")};
    case_out(c, "nll_per_dim", gt_dmol_nll(c->g, dmol, params, t));
}

static void build_dmol_component(layer_case *c) {
    gt_tensor *t = case_in(c, "x"), *mean = case_in(c, "mu"), *s = case_in(c, "ls");
    gt_dmol dmol = {1, 1, case_flag(c, "low_bit")};
    case_out(c, "logp", gt_dmol_component(c->g, dmol, t, mean, s));
}

static void build_gaussian_kl(layer_case *c) {
    gt_tensor *qm = case_in(c, "qm"), *qs = case_in(c, "qls");
    gt_tensor *pm = case_in(c, "pm"), *ps = case_in(c, "pls");
    case_out(c, "kl", gt_gaussian_kl(c->g, qm, qs, pm, ps));
}

static void build_gaussian_sample(layer_case *c) {
    gt_tensor *mean = case_in(c, "mu"), *log_sd = case_in(c, "ls"), *eps = case_in(c, "eps");
    case_out(c, "z", gt_gaussian_sample(c->g, mean, log_sd, eps));
}

static void build_gaussian_log_prob(layer_case *c) {
    gt_tensor *x = case_in(c, "x"), *mean = case_in(c, "mean"), *s = case_in(c, "log_sd");
    case_out(c, "lp", gt_gaussian_log_prob(c->g, x, mean, s));
}

/* ---- Flows ------------------------------------------------------------------------- */

static void build_actnorm(layer_case *c) {
    gt_tensor *x = case_in(c, "x"), *loc = case_in(c, "loc"), *scale = case_in(c, "scale");
    gt_tensor *y = gt_actnorm(c->g, x, loc, scale);
    case_out(c, "y", y);
    case_out(c, "logdet", gt_actnorm_log_det(c->g, x, scale));
    case_out(c, "x_back", gt_actnorm_inverse(c->g, y, loc, scale));
}

static void build_actnorm_init(layer_case *c) {
    gt_tensor *loc, *scale;
    gt_actnorm_from_data(c->g, case_in(c, "x"), &loc, &scale);
    case_out(c, "loc", loc);
    case_out(c, "scale", scale);
}

/* What every 1x1 convolution by an invertible matrix gives; log_det of the matrix, any shape of
 * one value. */
static void finish_invconv(layer_case *c, gt_tensor *x, gt_tensor *matrix, gt_tensor *log_det) {
    double pixels = (double)(gt_tensor_dim(x, 2) * gt_tensor_dim(x, 3));
    gt_tensor *y = gt_channel_mix(c->g, x, matrix);
    case_out(c, "y", y);
    case_out(c, "logdet", gt_reshape(c->g, gt_affine(c->g, log_det, pixels, 0), GT_SHAPE(1)));
    case_out(c, "x_back", gt_channel_mix(c->g, y, gt_inverse(c->g, matrix)));
}

/* A fed n x n matrix with ones where sign * (column - row) > 0, or on the diagonal for sign 0.
 */
static gt_tensor *triangle(layer_case *c, int64_t n, int sign, const char *name) {
    gt_tensor *leaf = gt_input(c->g, name, GT_SHAPE(n, n));
    float *ones = calloc((size_t)(n * n), sizeof *ones);
    if (!ones) {
        gt_recording_fail(c->rec, GT_NO_MEMORY, "no memory for a mask");
        return leaf;
    }
    for (int64_t i = 0; i < n * n; ++i) {
        int64_t right = i % n - i / n;
        ones[i] = sign == 0 ? right == 0 : sign * right > 0;
    }
    gt_replay_feed_values(c->job, leaf, ones);
    free(ones);
    return leaf;
}

static void build_invconv_lu(layer_case *c) {
    gt_tensor *x = case_in(c, "x");
    int64_t n = gt_tensor_dim(x, 1);
    gt_invconv_lu lu;
    lu.lower = case_in(c, "w_l");
    lu.upper = case_in(c, "w_u");
    lu.log_s = case_in(c, "w_s");
    lu.sign = case_in(c, "s_sign");
    lu.permutation = case_in(c, "w_p");
    lu.below = triangle(c, n, -1, "below");
    lu.above = triangle(c, n, 1, "above");
    lu.identity = triangle(c, n, 0, "identity");
    gt_tensor *matrix = gt_invconv_weight(c->g, &lu);
    case_out(c, "weight", matrix);
    finish_invconv(c, x, matrix, gt_sum(c->g, lu.log_s));
}

static void build_invconv_plain(layer_case *c) {
    gt_tensor *x = case_in(c, "x"), *w = case_in(c, "w");
    int64_t n = gt_tensor_dim(x, 1);
    gt_tensor *matrix = gt_reshape(c->g, w, GT_SHAPE(n, n));
    finish_invconv(c, x, matrix, gt_log_abs_det(c->g, matrix));
}

/* The weights of a coupling's network. */
typedef struct coupling_net {
    gt_tensor *w0, *b0, *w2, *b2, *w4, *b4, *s4;
} coupling_net;

static gt_tensor *apply_net(layer_case *c, const coupling_net *net, gt_tensor *x) {
    gt_graph *g = c->g;
    gt_conv same = {1, 1, 1}, point = {1, 0, 1};
    gt_tensor *half = gt_slice(g, x, 1, 0, gt_tensor_dim(x, 1) / 2);
    gt_tensor *h = gt_relu(g, gt_conv2d(g, half, net->w0, net->b0, same));
    h = gt_relu(g, gt_conv2d(g, h, net->w2, net->b2, point));
    return gt_zero_conv(g, h, net->w4, net->b4, net->s4);
}

static void build_coupling(layer_case *c) {
    gt_tensor *x = case_in(c, "x");
    coupling_net net = {case_in(c, "w0"), case_in(c, "b0"), case_in(c, "w2"), case_in(c, "b2"),
                        case_in(c, "w4"), case_in(c, "b4"), case_in(c, "s4")};
    gt_tensor *forward = apply_net(c, &net, x), *y = gt_coupling(c->g, x, forward);
    case_out(c, "y", y);
    case_out(c, "logdet", gt_coupling_log_det(c->g, forward));
    case_out(c, "x_back", gt_coupling_inverse(c->g, y, apply_net(c, &net, y)));
}

const layer_kind layer_kinds[] = {
    {.has = {"val_loss", "lr_after"}, .run = replay_plateau},
    {.has = {"clip_norm1"}, .run = replay_optimizer},
    {.has = {"out.nll_per_dim"}, .build = build_dmol},
    {.has = {"in.mu", "out.logp"}, .build = build_dmol_component},
    {.has = {"in.ug", "in.ul"}, .run = replay_dmol_draw},
    {.has = {"out.kl"}, .build = build_gaussian_kl},
    {.has = {"in.eps", "out.z"}, .build = build_gaussian_sample},
    {.has = {"in.log_sd", "out.lp"}, .build = build_gaussian_log_prob},
    {.has = {"in.loc"}, .build = build_actnorm},
    {.has = {"out.loc"}, .build = build_actnorm_init},
    {.has = {"in.w_l"}, .zeros = true, .build = build_invconv_lu},
    {.has = {"in.w", "out.logdet"}, .build = build_invconv_plain},
    {.has = {"in.w0", "out.logdet"}, .build = build_coupling},
    {.has = {"in.w", "out.y"}, .attr = "kernel", .build = build_conv2d},
    {.has = {"out.logs"}, .build = build_shifted_sigmoid},
    {.has = {"in.s"}, .begins = "exp_scale3", .build = build_exp_scale},
    {.attr = "kernel", .begins = "avg_pool", .build = build_avg_pool},
    {.attr = "factor", .begins = "upsample_nearest", .build = build_upsample},
    {.has = {"in.a", "in.b"}, .begins = "concat_channels", .build = build_concat},
    {.attr = "width", .begins = "pad_channels", .build = build_pad},
    {.has = {"in.b"}, .begins = "bias_broadcast", .build = build_broadcast},
    {.begins = "gelu_erf", .build = build_gelu},
    {.begins = "softplus", .build = build_softplus},
    {.begins = "sigmoid", .build = build_sigmoid},
    {.begins = "tanh", .build = build_tanh},
    {.begins = "relu", .zeros = true, .build = build_relu},
    {.begins = "max_minus7", .zeros = true, .build = build_max},
    {.begins = "logsumexp_last", .build = build_logsumexp},
    {.begins = "log_softmax_last", .build = build_log_softmax},
    {.begins = "squeeze", .build = build_squeeze},
    {.begins = "unsqueeze", .build = build_unsqueeze},
    {.begins = NULL},
};
