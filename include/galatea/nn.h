/* nn.h (room: nn) - functions of networks made of graph nodes: distributions, reductions,
 * changes of shape, the layers of flows. Nothing here has kernels or derivatives of its own.
 *
 * Every builder follows graph.h: shapes that disagree poison the graph, results belong to it.
 * Images are (N,C,H,W), logarithms natural, scales of Gaussians log standard deviations. */
#ifndef GALATEA_NN_H
#define GALATEA_NN_H

#include "galatea/graph.h"
#include "galatea/option.h"
#include "galatea/params.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Layers with parameters ------------------------------------------------------------- */

/* A convolution whose weight (O,C/groups,k,k) and bias (O) are parameters, by index. */
typedef struct gt_conv_layer {
    int weight, bias;
    gt_conv how;
} gt_conv_layer;

/* Adds NAME.weight and NAME.bias for `in` to `out` channels, odd kernel, stride 1, size kept. A
 * failure stays with params. */
gt_conv_layer gt_conv_layer_add(gt_params *params, const char *name, int64_t in, int64_t out,
                                int64_t kernel);
/* leaves[i] is the leaf of parameter i in this graph. */
gt_tensor *gt_conv_layer_apply(gt_graph *g, gt_tensor *const *leaves,
                               const gt_conv_layer *layer, gt_tensor *x);
/* The layer applied to, or computed for, a part of its channels. The layer is the sum of _from
 * over parts of the inputs (the part that begins at channel 0 carries the bias), and the
 * concatenation of _to over parts of the outputs. */
gt_tensor *gt_conv_layer_from(gt_graph *g, gt_tensor *const *leaves, const gt_conv_layer *layer,
                              gt_tensor *x, int64_t first_input);
gt_tensor *gt_conv_layer_to(gt_graph *g, gt_tensor *const *leaves, const gt_conv_layer *layer,
                            gt_tensor *x, int64_t first_output, int64_t outputs);

/* First values of allocated parameters. The uniform numbers are keyed by the seed and the
 * parameter's name. */
void gt_init_fill(gt_params *params, int index, double value);
/* Uniform in (-bound, bound). */
void gt_init_uniform(gt_params *params, int index, uint64_t seed, double bound);
/* Weight uniform within gain / sqrt(inputs of one output) (PyTorch's default times gain), bias
 * 0. */
void gt_init_conv(gt_params *params, const gt_conv_layer *layer, uint64_t seed, double gain);

/* Normal numbers of mean 0. */
void gt_init_normal(gt_params *params, int index, uint64_t seed, double deviation);

/* A random orthogonal matrix (rows,columns), lengths of 1 may follow: orthonormal columns, or
 * rows where there are fewer of them; the factor Q of normal numbers, signs chosen so that R
 * has a positive diagonal. */
GT_MUST_CHECK gt_status gt_init_orthogonal(gt_params *params, int index, uint64_t seed,
                                           gt_error *err);

/* ---- Reductions ------------------------------------------------------------------------ */

/* log sum exp along axis, which is kept with length 1; finite for any finite x. */
gt_tensor *gt_logsumexp(gt_graph *g, gt_tensor *x, int axis);
/* x minus gt_logsumexp. */
gt_tensor *gt_log_softmax(gt_graph *g, gt_tensor *x, int axis);
/* Sum over all axes but the first: (N,...) -> (N). */
gt_tensor *gt_sum_per_image(gt_graph *g, gt_tensor *x);

/* ---- Gaussians, elementwise ------------------------------------------------------------- */

/* mean + exp(log_sd) noise */
gt_tensor *gt_gaussian_sample(gt_graph *g, gt_tensor *mean, gt_tensor *log_sd,
                              gt_tensor *noise);
/* KL(q || p) = ps - qs - 1/2 + (exp(qs)^2 + (qm - pm)^2) / (2 exp(ps)^2) */
gt_tensor *gt_gaussian_kl(gt_graph *g, gt_tensor *qm, gt_tensor *qs, gt_tensor *pm,
                          gt_tensor *ps);
/* -log(2 pi)/2 - log_sd - (x - mean)^2 / (2 exp(2 log_sd)) */
gt_tensor *gt_gaussian_log_prob(gt_graph *g, gt_tensor *x, gt_tensor *mean, gt_tensor *log_sd);

/* ---- Discretised mixture of logistics (Salimans et al. 2017, PixelCNN++) ----------- */

/* A distribution over pixels on 256 levels (32 with low_bit); a float pixel between two of them
 * has a bin as wide as theirs about itself, so that its likelihood is one of levels too. One
 * pixel is described by numbers along the channel axis: K logits, then K means and K log scales
 * (one channel); or K logits, then for each of three colours K means, K log scales, K
 * coefficients, by which a colour leans on those before it. */
typedef struct gt_dmol {
    int channels; /* 1 or 3 */
    int mixtures; /* K */
    bool low_bit;
} gt_dmol;

/* 3K or 10K. */
int gt_dmol_width(gt_dmol dmol);
/* Pixels (levels 0..255) to targets in [-1,1]: (p - 127.5) / 127.5; with low_bit p is first cut
 * down to a multiple of 8. No gradient passes the cut. */
gt_tensor *gt_dmol_target(gt_graph *g, gt_dmol dmol, gt_tensor *pixels);
/* Log-probability of the target t under one component, elementwise with broadcasting. The
 * density of a tiny bin, the two open outer bins and the bound of -7 on log_scale are those of
 * the public VDVAE code, in the same operations: near the switch between bin and density the
 * digits depend on them. */
gt_tensor *gt_dmol_component(gt_graph *g, gt_dmol dmol, gt_tensor *t, gt_tensor *mean,
                             gt_tensor *log_scale);
/* Log-probability of each pixel with all its channels: params (N,gt_dmol_width,H,W), t
 * (N,C,H,W)
 * -> (N,1,H,W), in nats. */
gt_tensor *gt_dmol_log_prob(gt_graph *g, gt_dmol dmol, gt_tensor *params, gt_tensor *t);
/* Negative log-likelihood in nats per sub-pixel: params (N,gt_dmol_width,H,W), t (N,C,H,W) ->
 * (N). */
gt_tensor *gt_dmol_nll(gt_graph *g, gt_dmol dmol, gt_tensor *params, gt_tensor *t);

/* The same distribution on plain arrays: params (N,gt_dmol_width,pixels) -> images (N,C,pixels)
 * in [-1,1]. Draws need uniforms in (0,1): u_mixture (N,pixels,K) picks the component by the
 * largest logit - log(-log u), u_logistic (N,pixels,C) the value within it. */
void gt_dmol_draw(gt_dmol dmol, int64_t count, int64_t pixels, const float *params,
                  const float *u_mixture, const float *u_logistic, float *images);
/* Mean of the mixture, colours leaning on means of the same component; clipped to [-1,1]. */
void gt_dmol_mean(gt_dmol dmol, int64_t count, int64_t pixels, const float *params,
                  float *images);

/* ---- Changes of shape ------------------------------------------------------------------- */

/* Appends zero channels up to `width`; x itself when it has that many. */
gt_tensor *gt_pad_channels(gt_graph *g, gt_tensor *x, int64_t width);
/* scale x + shift of x (N,C,H,W), with one number for all channels or one for each. */
gt_tensor *gt_affine_by_channel(gt_graph *g, gt_tensor *x, const gt_reals *scale,
                                const gt_reals *shift);

/* Pads H and W by `by` pixels of the given value on each side. */
gt_tensor *gt_pad_border(gt_graph *g, gt_tensor *x, int64_t by, double value);
/* Pads one axis by `by` values on each side, mirrored at the first and the last one, which are
 * not repeated; the axis must be longer than `by`. */
gt_tensor *gt_pad_reflect(gt_graph *g, gt_tensor *x, int axis, int64_t by);

/* ---- Images ----------------------------------------------------------------------------- */

/* Blur with (1,2,1)/4 along H and W, borders mirrored by gt_pad_reflect. */
gt_tensor *gt_blur_121(gt_graph *g, gt_tensor *x);
/* Convolution of stride 1 that keeps H and W: zeros around, of which an even kernel has one
 * more above and on the left. w (O,C,k,k), bias (O) or NULL. */
gt_tensor *gt_conv2d_same(gt_graph *g, gt_tensor *x, gt_tensor *w, gt_tensor *bias);
/* Each channel by a kernel (or by m kernels) of its own: w (m C,1,k,k), bias (m C) or NULL. */
gt_tensor *gt_depthwise_conv2d(gt_graph *g, gt_tensor *x, gt_tensor *w, gt_tensor *bias,
                               int stride, int pad);
/* Transposed convolution: x (N,I,H,W), w (I,O/groups,k,k), bias (O) or NULL -> (N,O,H',W') with
 * H' = (H - 1) stride - 2 pad + k + extra, extra < stride. */
gt_tensor *gt_conv2d_transposed(gt_graph *g, gt_tensor *x, gt_tensor *w, gt_tensor *bias,
                                gt_conv how, int extra);

/* Levels from 0 to 256 cut down to a multiple of `unit`, a power of 2 from 1 to 128. No
 * gradient passes. */
gt_tensor *gt_floor_level(gt_graph *g, gt_tensor *levels, int unit);

/* ---- Layers of flows (Kingma & Dhariwal 2018, Glow) -------------------------------------- */

/* y = scale (x + loc), loc and scale (1,C,1,1); log-determinant H W sum log |scale|, shape (1).
 */
gt_tensor *gt_actnorm(gt_graph *g, gt_tensor *x, gt_tensor *loc, gt_tensor *scale);
gt_tensor *gt_actnorm_inverse(gt_graph *g, gt_tensor *y, gt_tensor *loc, gt_tensor *scale);
gt_tensor *gt_actnorm_log_det(gt_graph *g, gt_tensor *x, gt_tensor *scale);
/* loc = -mean and scale = 1 / (deviation + 1e-6) of each channel, divisor n - 1; both
 * (1,C,1,1). */
void gt_actnorm_from_data(gt_graph *g, gt_tensor *x, gt_tensor **loc, gt_tensor **scale);

/* The factors of an invertible 1x1 convolution: weight = P (L masked + I) (U masked + diag(sign
 * exp(s))). */
typedef struct gt_invconv_lu {
    gt_tensor *lower,
        *upper; /* (C,C); only what lies strictly below, above the diagonal counts */
    gt_tensor *log_s, *sign;  /* (C) */
    gt_tensor *permutation;   /* (C,C) */
    gt_tensor *below, *above; /* (C,C) masks of 0 and 1 */
    gt_tensor *identity;      /* (C,C) */
} gt_invconv_lu;
/* (C,C) */
gt_tensor *gt_invconv_weight(gt_graph *g, const gt_invconv_lu *lu);
/* The matrix (C,C) applied to the channels of every pixel. */
gt_tensor *gt_channel_mix(gt_graph *g, gt_tensor *x, gt_tensor *matrix);

/* Zero convolution: x padded by one pixel of value 1, 3x3 convolution, times exp(3 scale);
 * scale (1,O,1,1). */
gt_tensor *gt_zero_conv(gt_graph *g, gt_tensor *x, gt_tensor *weight, gt_tensor *bias,
                        gt_tensor *scale);
/* Affine coupling given net (N,C,H,W), a function of the first half of x's channels: log_s, t =
 * halves of net, s = sigmoid(log_s + 2); the second half b becomes (b + t) s. */
gt_tensor *gt_coupling(gt_graph *g, gt_tensor *x, gt_tensor *net);
gt_tensor *gt_coupling_inverse(gt_graph *g, gt_tensor *y, gt_tensor *net);
/* sum log s per image: (N). */
gt_tensor *gt_coupling_log_det(gt_graph *g, gt_tensor *net);
/* Additive coupling given net (N,C/2,H,W): b becomes b + net; log-determinant 0. */
gt_tensor *gt_coupling_additive(gt_graph *g, gt_tensor *x, gt_tensor *net);
gt_tensor *gt_coupling_additive_inverse(gt_graph *g, gt_tensor *y, gt_tensor *net);

/* ---- Features with bounds ------------------------------------------------------------- */

/* low[j] < x_j < high[j]; what lies on a bound or beyond is moved inside by `margin`. */
typedef struct gt_bounds {
    int64_t features;
    const double *low, *high;
    double margin;
} gt_bounds;
/* y = log(p / (1 - p)) with p = (x - low) / (high - low), rows (n,features), computed wider
 * than float; log_jacobian (n), NULL: not wanted, is what a log-density of y gains as one of x.
 */
void gt_bounds_apply(const gt_bounds *bounds, int64_t n, const float *x, float *y,
                     double *log_jacobian);
void gt_bounds_undo(const gt_bounds *bounds, int64_t n, const float *y, float *x);

/* ---- Normalisation ----------------------------------------------------------------- */

/* (x - mean)/sqrt(variance + eps) * gamma + beta with mean and (biased) variance of each
 * channel over the batch and its pixels (Ioffe & Szegedy 2015, algorithm 1). x (N,C,H,W);
 * gamma, beta (C). */
gt_tensor *gt_batch_norm(gt_graph *g, gt_tensor *x, gt_tensor *gamma, gt_tensor *beta,
                         double eps);

/* What a batch norm saw: mean and biased variance of each channel, (1,C,1,1). */
typedef struct gt_moments {
    gt_tensor *mean, *variance;
} gt_moments;
/* The same, telling its moments; gamma and beta NULL: 1 and 0. */
gt_tensor *gt_batch_norm_moments(gt_graph *g, gt_tensor *x, gt_tensor *gamma, gt_tensor *beta,
                                 double eps, gt_moments *moments);
/* A batch norm at rest is x scale + shift: both (C), from given mean and variance (C). */
typedef struct gt_norm_line {
    gt_tensor *scale, *shift;
} gt_norm_line;
/* scale = gamma / sqrt(variance + eps), shift = beta - mean scale. */
gt_norm_line gt_batch_norm_line(gt_graph *g, gt_tensor *gamma, gt_tensor *beta, gt_tensor *mean,
                                gt_tensor *variance, double eps);

/* Batch normalisation without an additive term (Mohan et al. 2020): x gamma / deviation, with
 * the deviation sqrt(biased variance + eps) of each channel over the batch and its pixels; the
 * mean is not subtracted. gamma (1,C,1,1); *deviation (1,C,1,1). */
gt_tensor *gt_bias_free_norm(gt_graph *g, gt_tensor *x, gt_tensor *gamma, double eps,
                             gt_tensor **deviation);

/* Every pixel over its channels: (x - mean)/sqrt(biased variance + eps) * gain + shift. x
 * (N,C,H,W); gain, shift (1,C,1,1). */
gt_tensor *gt_channel_norm(gt_graph *g, gt_tensor *x, gt_tensor *gain, gt_tensor *shift,
                           double eps);
/* Vectors along an axis made of length 1: x / max(|x|, floor). One of zeros has the gradient of
 * x / floor. */
gt_tensor *gt_unit_length(gt_graph *g, gt_tensor *x, int axis, double floor);

/* ---- Parts of light-weight networks (Liu et al. 2021, and its public implementation) ------
 */

/* Weight (O,C,k,k) and bias (O) of a convolution, as values of the graph. */
typedef struct gt_weights {
    gt_tensor *weight, *bias;
} gt_weights;

/* What one 1x1 convolution makes of x, with SiLU, as blocks of 2 x 2 pixels: (N,C,H,W) ->
 * (N,O/4,2 H,2 W). */
gt_tensor *gt_shuffle_up(gt_graph *g, gt_tensor *x, gt_weights layer);
/* The layers of gt_residual_down, from C to O channels. */
typedef struct gt_residual_down_layers {
    gt_weights first, second, shortcut; /* (O,4 C,1,1), (O,O,3,3), (O,C,1,1) */
} gt_residual_down_layers;
/* Half the side, the sum of two branches: blocks of 2 x 2 pixels as channels through a 1x1
 * convolution and a 3x3 one, and their means through a 1x1 one; leaky ReLU of 0.1 after each.
 * (N,C,H,W) -> (N,O,H/2,W/2). */
gt_tensor *gt_residual_down(gt_graph *g, gt_tensor *x, const gt_residual_down_layers *layers);

/* Gates (N,B,1,1) for the channels of another image. Both narrow their C numbers to m and widen
 * them to B by 1x1 convolutions, with a leaky ReLU of 0.1 between and a sigmoid behind. Global
 * context (Cao et al. 2019): means over the pixels, with weights that are the softmax of a
 * score, a 1x1 convolution (1,C,1,1). Frequencies (Qin et al. 2021): sums over the pixels times
 * `waves` (1,C,width,width), filled by gt_frequency_waves: cosines along one axis, the same for
 * each of 16 groups of C/16 channels; channels left over are 0. */
gt_tensor *gt_global_context(gt_graph *g, gt_tensor *x, gt_weights score, gt_weights narrow,
                             gt_weights widen);
gt_tensor *gt_frequency_gate(gt_graph *g, gt_tensor *x, gt_tensor *waves, gt_weights narrow,
                             gt_weights widen);
void gt_frequency_waves(int64_t channels, int64_t width, float *waves);

/* Attention of images in two branches, concatenated and brought back to C channels. I numbers
 * are `heads` heads; channel j of a head is head * I/heads + j. */
typedef struct gt_attention {
    int heads;
    gt_tensor *wide_query, *wide_window, *wide_both; /* (I,C,1,1), (C,1,3,3), (2 I,C,1,1) */
    gt_tensor *near_query, *near_both;               /* (I,C,1,1), (2 I,C,1,1) */
    gt_tensor *out, *bias;                           /* (C,2 I,1,1), (C) */
} gt_attention;
/* Wide: softmax of the queries over their numbers, of the keys over the pixels (Shen et al.
 * 2018), whose cost is linear in the pixels, then GELU. Near: softmax over the 3 x 3 pixels
 * around each, those outside being zeros that take part. Both with queries / sqrt(I/heads). */
gt_tensor *gt_attend(gt_graph *g, gt_tensor *x, const gt_attention *how);

/* ---- Augmentation that gradients pass through (Zhao et al. 2020) --------------------------
 */

/* A square of zeros in every image, cut off at the borders: rows from centre[n,0] - side/2 on,
 * columns from centre[n,1] - side/2 on; centre (N,2), whole numbers. A shift is gt_shift. */
gt_tensor *gt_cut_out(gt_graph *g, gt_tensor *x, gt_tensor *centre, int64_t side);
/* Every image turned round along an axis (2 or 3) by whole pixels of its own, from minus the
 * side to the side, (N,1): what leaves at one border comes in at the other; pixel i goes to
 * i + by. */
gt_tensor *gt_roll(gt_graph *g, gt_tensor *x, gt_tensor *by, int axis);
/* From three uniform numbers of each image, (N,1,1,1): x + b - 1/2; then the distance from the
 * mean of a pixel's channels times 2 s; then that from the mean of the image times c + 1/2. */
gt_tensor *gt_jitter_colour(gt_graph *g, gt_tensor *x, gt_tensor *brightness,
                            gt_tensor *saturation, gt_tensor *contrast);

/* ---- Adversaries --------------------------------------------------------------------------
 */

/* Hinge loss of a discriminator that is to score real ones below -1 and made ones above 1: mean
 * of relu(1 + real) + relu(1 - fake), (). */
gt_tensor *gt_hinge_discriminator(gt_graph *g, gt_tensor *real, gt_tensor *fake);
/* Mean over the images x (N,...) of (|g| - centre)^2, (), with g the gradient of the sum of
 * `scores` by one image (Gulrajani et al. 2017 for centre 1). Where g is 0 its length has the
 * gradient 0. A loss with it in has second derivatives of whatever lies between x and scores.
 * *length (NULL: not asked for) is the mean of |g|, ().
 */
gt_tensor *gt_gradient_penalty(gt_graph *g, gt_tensor *scores, gt_tensor *x, double centre,
                               gt_tensor **length);

/* ---- Pairs of views (N,D), row n of one belonging to row n of the other ---------------- */

/* Rows of length 1: gt_unit_length along axis 1. */
gt_tensor *gt_unit_rows(gt_graph *g, gt_tensor *x, double floor);
/* NT-Xent (Chen et al. 2020, equation 1), (): each of the 2N rows, made unit, is to be told by
 * softmax of products / temperature from all others but itself; mean over the rows. */
gt_tensor *gt_nt_xent(gt_graph *g, gt_tensor *z0, gt_tensor *z1, double temperature);
/* Minus the mean cosine of p and z, (); z is a target: no gradient passes to it. */
gt_tensor *gt_negative_cosine(gt_graph *g, gt_tensor *p, gt_tensor *z);
/* Deviation (divisor N - 1) of each number of the unit rows, (1,D): about 1/sqrt(D) where they
 * point everywhere, 0 where they are all the same. No gradient is meant to pass. */
gt_tensor *gt_unit_spread(gt_graph *g, gt_tensor *x);

/* ---- Classes: logits (N,K) of up to GT_REALS_MOST, labels (N) from 0; -1: not known -------
 */

/* Cross-entropy with weights of the classes (one number, or K) and smoothed labels, (): as
 * PyTorch's with reduction "mean", which divides by the sum of the rows' weights. Rows without
 * a label count for nothing. */
gt_tensor *gt_cross_entropy(gt_graph *g, gt_tensor *logits, gt_tensor *labels,
                            const gt_reals *weights, double smoothing);
/* Share of labelled rows whose own class has the largest logit, (). No gradient is meant to
 * pass. */
gt_tensor *gt_share_of_hits(gt_graph *g, gt_tensor *logits, gt_tensor *labels);

#ifdef __cplusplus
}
#endif
#endif
