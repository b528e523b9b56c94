/* toy_linear.h - a model of pictures to copy from: probabilistic principal components (Tipping
 * & Bishop 1999, x = z W + mean + noise) with presets and every use that a kind may have,
 * codes, reconstructions, samples and densities. With option `grow` samples have more pixels
 * than what it learned from, which goes with no reconstructions. */
#ifndef GT_TEST_TOY_LINEAR_H
#define GT_TEST_TOY_LINEAR_H

#include <math.h>
#include <stdlib.h>

#include "galatea/model.h"
#include "galatea/nn.h"
#include "rng.h"

typedef struct linear_settings {
    int64_t latent, grow;
} linear_settings;

static const gt_option linear_rows[] = {
    {"latent", GT_INT_AT(linear_settings, latent), "8", "N", "numbers of a code", .min = 1,
     .max = 64},
    {"grow", GT_INT_AT(linear_settings, grow), "1", "N",
     "pixels on a side of a sample for each of the pictures", .min = 1, .max = 4},
};
static const gt_option_table linear_options = GT_OPTION_TABLE("Linear", linear_rows);

typedef struct linear_sample {
    double temperature;
} linear_sample;

static const gt_option linear_sample_rows[] = {
    {"temperature", GT_REAL_AT(linear_sample, temperature), "1", "T",
     "factor on the deviation of the code", .min = 0, .max = INFINITY},
};
static const gt_option_table linear_sample_options =
    GT_OPTION_TABLE("Sampling", linear_sample_rows);

/* The last preset is the one that a run takes by itself. */
static const char *const linear_tiny[] = {"latent=4", NULL};
static const char *const linear_tiny_training[] = {"batch=8", "epochs=2", NULL};
static const char *const linear_paper[] = {NULL};
static const char *const linear_paper_training[] = {
    "batch=8", "epochs=30", "optimizer=adam", "learning-rate=1e-2", "ema=0.9", NULL};
static const gt_model_preset linear_presets[] = {
    {"tiny", "codes of 4 numbers", linear_tiny, linear_tiny_training},
    {"paper", "codes of 8 numbers", linear_paper, linear_paper_training},
};

/* W (L,D), mean (1,D), log of the noise's deviation (1,1), and the identity, which no one
 * learns: a state. */
typedef struct linear {
    linear_settings settings;
    gt_model_input input;
    int64_t values;
    int weight, mean, log_sd, identity;
} linear;

static inline gt_status linear_create(const void *settings, const gt_model_input *input,
                                      gt_params *params, void **self, gt_error *err) {
    const linear_settings *how = settings;
    int64_t values = input->channels * input->height * input->width;
    if (how->latent > values)
        return gt_fail(err, GT_USAGE, "latent: %lld numbers for images of %lld values",
                       (long long)how->latent, (long long)values);
    linear *net = calloc(1, sizeof *net);
    if (!net) return gt_fail(err, GT_NO_MEMORY, "no memory for a model");
    net->settings = *how;
    net->input = *input;
    net->values = values;
    net->weight = gt_params_add(params, "weight", GT_SHAPE(how->latent, values));
    net->mean = gt_params_add(params, "mean", GT_SHAPE(1, values));
    net->log_sd = gt_params_add(params, "log_sd", GT_SHAPE(1, 1));
    net->identity = gt_params_add_state(params, "eye", GT_SHAPE(how->latent, how->latent));
    *self = net;
    return GT_OK;
}

static inline void linear_destroy(void *self) {
    free(self);
}

static inline gt_status linear_init(const void *self, gt_params *params, uint64_t seed,
                                    gt_error *err) {
    const linear *net = self;
    int64_t latent = net->settings.latent;
    float *eye = gt_params_values(params) + gt_params_offset(params, net->identity);
    (void)err;
    gt_init_normal(params, net->weight, seed, 0.1);
    for (int64_t i = 0; i < latent; i++) eye[i * latent + i] = 1;
    return GT_OK;
}

/* ---- what the graphs share ---- */

/* (N,D), as the network sees them and without the mean. */
static inline gt_tensor *linear_centred(const gt_model *model, gt_graph *g,
                                        const gt_model_graph *out) {
    const linear *net = gt_model_self(model);
    gt_tensor *x = gt_model_graph_input(out, "images");
    int64_t batch = gt_tensor_dim(x, 0);
    x = gt_reshape(g, gt_model_prepare(model, g, x), GT_SHAPE(batch, net->values));
    return gt_sub(g, x, out->parameters[net->mean]);
}

/* W W' + variance (L,L) */
static inline gt_tensor *linear_inner(const linear *net, gt_graph *g,
                                      gt_tensor *const *leaves) {
    gt_tensor *w = leaves[net->weight];
    gt_tensor *variance = gt_exp(g, gt_affine(g, leaves[net->log_sd], 2, 0));
    return gt_add(g, gt_matmul(g, w, w, false, true),
                  gt_mul(g, leaves[net->identity], variance));
}

/* x W' (N,L), and the mean of z given x. */
static inline gt_tensor *linear_project(const linear *net, gt_graph *g,
                                        gt_tensor *const *leaves, gt_tensor *x) {
    return gt_matmul(g, x, leaves[net->weight], false, true);
}

static inline gt_tensor *linear_code(const linear *net, gt_graph *g, gt_tensor *const *leaves,
                                     gt_tensor *x) {
    return gt_matmul(g, linear_project(net, g, leaves, x),
                     gt_inverse(g, linear_inner(net, g, leaves)), false, false);
}

/* (N,D) of codes, as the network sees pictures */
static inline gt_tensor *linear_decode(const linear *net, gt_graph *g, gt_tensor *const *leaves,
                                       gt_tensor *z) {
    return gt_add(g, gt_matmul(g, z, leaves[net->weight], false, false), leaves[net->mean]);
}

/* Of the pictures as levels, whose density is the one that the network sees times its scale. */
static inline gt_tensor *linear_log_p(const gt_model *model, gt_graph *g,
                                      const gt_model_graph *out) {
    const linear *net = gt_model_self(model);
    gt_tensor *const *leaves = out->parameters;
    double d = (double)net->values, l = (double)net->settings.latent, gained = 0;
    for (int64_t c = 0; c < net->input.channels; c++)
        gained += d / (double)net->input.channels * log(gt_reals_at(&net->input.scale, (int)c));
    gt_tensor *x = linear_centred(model, g, out);
    gt_tensor *within =
        gt_mul(g, linear_project(net, g, leaves, x), linear_code(net, g, leaves, x));
    gt_tensor *rest =
        gt_sub(g, gt_sum_per_image(g, gt_square(g, x)), gt_sum_per_image(g, within));
    gt_tensor *log_sd = gt_reshape(g, leaves[net->log_sd], GT_SHAPE(1));
    gt_tensor *far = gt_mul(g, rest, gt_exp(g, gt_affine(g, log_sd, -2, 0)));
    gt_tensor *inner = gt_log_abs_det(g, linear_inner(net, g, leaves));
    gt_tensor *volume = gt_add(g, gt_affine(g, log_sd, 2 * (d - l), d * log(2 * M_PI)),
                               gt_reshape(g, inner, GT_SHAPE(1)));
    return gt_affine(g, gt_add(g, far, volume), -0.5, gained);
}

/* ---- the uses ---- */

static inline gt_status linear_loss(const gt_model *model, gt_graph *g, int64_t batch,
                                    gt_model_graph *out, gt_error *err) {
    const linear *net = gt_model_self(model);
    (void)batch, (void)err;
    out->output =
        gt_affine(g, gt_mean(g, linear_log_p(model, g, out)), -1 / (double)net->values, 0);
    return GT_OK;
}

static inline gt_status linear_density(const gt_model *model, gt_graph *g, int64_t batch,
                                       gt_model_graph *out, gt_error *err) {
    (void)batch, (void)err;
    out->output = linear_log_p(model, g, out);
    return GT_OK;
}

static inline gt_status linear_encode(const gt_model *model, gt_graph *g, int64_t batch,
                                      const void *settings, gt_model_graph *out,
                                      gt_error *err) {
    const linear *net = gt_model_self(model);
    (void)batch, (void)settings, (void)err;
    out->output = linear_code(net, g, out->parameters, linear_centred(model, g, out));
    return GT_OK;
}

static inline gt_status linear_reconstruct(const gt_model *model, gt_graph *g, int64_t batch,
                                           gt_model_graph *out, gt_error *err) {
    const linear *net = gt_model_self(model);
    gt_tensor *code = linear_code(net, g, out->parameters, linear_centred(model, g, out));
    (void)batch, (void)err;
    out->output = linear_decode(net, g, out->parameters, code);
    return GT_OK;
}

static inline gt_status linear_build_sample(const gt_model *model, gt_graph *g, int64_t batch,
                                            const void *settings, gt_model_graph *out,
                                            gt_error *err) {
    const linear *net = gt_model_self(model);
    const linear_sample *how = settings;
    const gt_model_input *in = &net->input;
    gt_tensor *z = gt_random_normal(g, "z", gt_rng_stream("linear.z"),
                                    GT_SHAPE(batch, net->settings.latent));
    gt_tensor *x = linear_decode(net, g, out->parameters, gt_affine(g, z, how->temperature, 0));
    (void)err;
    x = gt_reshape(g, x, GT_SHAPE(batch, in->channels, in->height, in->width));
    out->output = net->settings.grow == 1 ? x : gt_upsample(g, x, (int)net->settings.grow);
    return GT_OK;
}

/* Of a kind whose samples have another size than its input. */
static inline gt_shape linear_made(const void *self) {
    const linear *net = self;
    int64_t grow = net->settings.grow;
    return GT_SHAPE(net->input.channels, grow * net->input.height, grow * net->input.width);
}

static const gt_objective linear_objective = {.name = "loss", .loss = linear_loss};

static const gt_model_class linear_class = {
    .name = "linear",
    .summary = "probabilistic principal components",
    .options = &linear_options,
    .settings_size = sizeof(linear_settings),
    .presets = linear_presets,
    .preset_count = sizeof linear_presets / sizeof *linear_presets,
    .sample_options = &linear_sample_options,
    .sample_size = sizeof(linear_sample),
    .needs = {.low = -1, .high = 1},
    .objectives = &linear_objective,
    .objective_count = 1,
    .loss_unit = "nats per value",
    .create = linear_create,
    .destroy = linear_destroy,
    .init = linear_init,
    .encode = linear_encode,
    .reconstruct = linear_reconstruct,
    .sample = linear_build_sample,
    .density = linear_density,
    .made = linear_made,
};

#endif
