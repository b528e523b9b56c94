/* Glow as a model class: how likely images are, exactly, their latents, and new images.
 *
 * Kingma and Dhariwal, "Glow: generative flow with invertible 1x1 convolutions", 2018; as in
 * the public PyTorch implementation by rosinality, whose state dict has these names. */
#include "glow.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const gt_option rows[] = {
    {"flows", GT_INT_AT(glow_settings, flows), "32", "N", "flows of a level", .min = 1,
     .max = 1024},
    {"levels", GT_INT_AT(glow_settings, levels), "3", "N", "how often the sides are halved",
     .min = 1, .max = GLOW_LEVELS},
    {"width", GT_INT_AT(glow_settings, width), "512", "N",
     "channels inside the network of a coupling", .min = 1, .max = 65536},
    {"bits", GT_INT_AT(glow_settings, bits), "5", "N",
     "bits of a pixel value that are learned, filled up with noise", .min = 1, .max = 8},
    {"coupling", GT_CHOICE_AT(glow_settings, coupling), "affine", "HOW",
     "what half of the channels does to the other: scale and shift it, or shift it",
     .choices = "affine|additive"},
    {"mixing", GT_CHOICE_AT(glow_settings, mixing), "lu", "HOW",
     "1x1 convolutions by their triangular factors, or as they are", .choices = "lu|plain"},
    {"gray-copies", GT_INT_AT(glow_settings, colours), "0", "N",
     "channels that flow, into which grey images are copied, with noise of their own; 0: those "
     "of the images",
     .min = 0, .max = 16},
};
static const gt_option_table options = GT_OPTION_TABLE("Glow", rows);

/* The published training. */
#define GLOW_TRAINING                                                               \
    "optimizer=adam", "beta1=0.9", "beta2=0.999", "epsilon=1e-8", "weight-decay=0", \
        "schedule=constant", "clip=0", "skip-threshold=0", "ema=0"

/* The rows' defaults are the paper's network. */
static const char *const paper[] = {NULL};
static const char *const paper_training[] = {GLOW_TRAINING, "learning-rate=1e-4", "batch=32",
                                             "epochs=700",  "flip=yes",           NULL};
static const char *const small[] = {"flows=8", "width=96", NULL};
static const char *const small_training[] = {GLOW_TRAINING, "learning-rate=5e-4", "warmup=200",
                                             "batch=16",    "epochs=20",          "flip=yes",
                                             NULL};
static const char *const tiny[] = {"flows=2", "width=16", NULL};
static const char *const tiny_training[] = {GLOW_TRAINING, "learning-rate=1e-3", "warmup=20",
                                            "batch=16",    "epochs=10",          NULL};
static const gt_model_preset presets[] = {
    {"tiny", "to try it: a minute on a laptop", tiny, tiny_training},
    {"small", "a few thousand cut-outs in an hour on a laptop", small, small_training},
    {"paper", "44 million parameters for images of three channels, 31 for grey ones", paper,
     paper_training},
};

typedef struct sample_settings {
    double temperature;
} sample_settings;

static const gt_option sample_rows[] = {
    {"temperature", GT_REAL_AT(sample_settings, temperature), "1", "T",
     "factor on the deviation of the latents; 0.7 makes pictures for the eye", .min = 0,
     .max = 10},
};
static const gt_option_table sample_options = GT_OPTION_TABLE("Sampling", sample_rows);

static gt_status create(const void *settings, const gt_model_input *input, gt_params *params,
                        void **self, gt_error *err) {
    glow *net = NULL;
    gt_status status = glow_create(settings, input, params, &net, err);
    *self = net;
    return status;
}

/* ---- Forwards ---------------------------------------------------------------------------- */

/* Images as the flows take them: in its bin a pixel is anywhere by chance, or in the middle. */
static gt_tensor *fill(const glow *net, gt_graph *g, gt_tensor *images, bool by_chance) {
    gt_tensor *cut = glow_cut(net, g, images);
    return by_chance ? glow_dequantise(net, g, cut, glow_noise(net, g, cut))
                     : gt_affine(g, cut, 1, 0.5 / (1 << net->bits));
}

static gt_status pass_images(const gt_model *model, gt_graph *g, bool by_chance,
                             const gt_model_graph *out, glow_pass **pass, gt_error *err) {
    const glow *net = gt_model_self(model);
    gt_tensor *x = fill(net, g, gt_model_graph_input(out, "images"), by_chance);
    return glow_pass_create(net, g, out->parameters, x, false, pass, err);
}

/* Log-probability of images whose pixels are numbers of a few bits: at least that of the bins,
 * and equal to it on average over the noise where it is as wide. (N) */
static gt_tensor *log_probability(const glow *net, gt_graph *g, const glow_pass *pass) {
    double bins = net->bits * M_LN2 * (double)net->values;
    return gt_affine(g, gt_add(g, pass->log_p, pass->log_det), 1, -bins);
}

static void add_monitor(gt_model_graph *out, const char *name, gt_graph *g, gt_tensor *value,
                        double scale) {
    gt_tensor *mean = gt_affine(g, gt_mean(g, gt_stop_gradient(g, value)), scale, 0);
    out->monitors[out->monitor_count++] = (gt_monitor){.name = name, .value = mean};
}

/* What tells early of a flow that comes apart: of each image the largest latent and the
 * smallest log scale, meant over the images. */
static void monitor(const glow *net, gt_graph *g, const glow_pass *pass, double to_bits,
                    gt_model_graph *out) {
    gt_tensor *latents[GLOW_LEVELS];
    for (int l = 0; l < net->level_count; ++l) latents[l] = pass->levels[l].z;
    gt_tensor *sizes = gt_abs(g, gt_stop_gradient(g, glow_join(net, g, latents)));
    add_monitor(out, "log_p", g, pass->log_p, to_bits);
    add_monitor(out, "log_det", g, pass->log_det, to_bits);
    add_monitor(out, "largest_z", g, gt_reduce_max(g, sizes, 1), 1);
    if (pass->least_log_s) add_monitor(out, "least_log_s", g, pass->least_log_s, 1);
}

static gt_status build_loss(const gt_model *model, gt_graph *g, int64_t batch,
                            gt_model_graph *out, gt_error *err) {
    const glow *net = gt_model_self(model);
    glow_pass *pass = NULL;
    gt_status status = pass_images(model, g, true, out, &pass, err);
    if (status) return status;
    double to_bits = 1 / (M_LN2 * (double)net->values);
    out->output = gt_affine(g, gt_mean(g, log_probability(net, g, pass)), -to_bits, 0);
    monitor(net, g, pass, to_bits, out);
    glow_pass_destroy(pass);
    return GT_OK;
}

static gt_status build_density(const gt_model *model, gt_graph *g, int64_t batch,
                               gt_model_graph *out, gt_error *err) {
    glow_pass *pass = NULL;
    gt_status status = pass_images(model, g, true, out, &pass, err);
    if (status) return status;
    out->output = log_probability(gt_model_self(model), g, pass);
    glow_pass_destroy(pass);
    return GT_OK;
}

static gt_density_subject density_subject(const void *self) {
    const glow *net = self;
    return (gt_density_subject){net->bits, net->channels, net->values};
}

/* ---- Backwards --------------------------------------------------------------------------- */

/* Grey images out of copies: their mean. */
static gt_tensor *finish(const glow *net, gt_graph *g, gt_tensor *x) {
    gt_shape shape = gt_tensor_shape(x);
    if (net->channels == net->taken) return x;
    shape.dim[1] = net->taken;
    return gt_affine(g, gt_sum_to(g, x, shape), 1 / (double)net->channels, 0);
}

static gt_status build_reconstruct(const gt_model *model, gt_graph *g, int64_t batch,
                                   gt_model_graph *out, gt_error *err) {
    const glow *net = gt_model_self(model);
    gt_tensor *latents[GLOW_LEVELS];
    glow_pass *pass = NULL;
    gt_status status = pass_images(model, g, false, out, &pass, err);
    if (status) return status;
    for (int l = 0; l < net->level_count; ++l) latents[l] = pass->levels[l].z;
    out->output = finish(net, g, glow_reverse(net, g, out->parameters, latents, false));
    glow_pass_destroy(pass);
    return GT_OK;
}

static gt_status build_sample(const gt_model *model, gt_graph *g, int64_t batch,
                              const void *settings, gt_model_graph *out, gt_error *err) {
    const sample_settings *how = settings;
    const glow *net = gt_model_self(model);
    bool is_raw = out->latents.raw;
    gt_tensor *latents[GLOW_LEVELS];
    if (is_raw && how->temperature != 1)
        return gt_fail(err, GT_USAGE,
                       "temperature %g: latents z have a deviation of their own, expected 1",
                       how->temperature);
    for (int l = 0; l < net->level_count; ++l) {
        latents[l] = gt_model_latent_leaf(model, g, batch, l, out);
        latents[l] = gt_affine(g, latents[l], how->temperature, 0);
    }
    gt_tensor *x = glow_reverse(net, g, out->parameters, latents, !is_raw);
    out->output = out->latents.inner ? x : finish(net, g, x);
    return GT_OK;
}

/* ---- Latents ----------------------------------------------------------------------------- */

static bool latent(const void *self, int i, gt_model_latent *out) {
    const glow *net = self;
    if (i >= net->level_count) return false;
    *out = (gt_model_latent){.shape = net->levels[i].latent};
    snprintf(out->name, sizeof out->name, "level_%d", i);
    snprintf(out->noise, sizeof out->noise, "glow.eps.%d", i);
    return true;
}

static gt_shape inner(const void *self) {
    const glow *net = self;
    gt_shape last = net->levels[0].inside;
    return GT_SHAPE(net->channels, 2 * last.dim[1], 2 * last.dim[2]);
}

typedef struct invert_settings {
    const char *filling;
} invert_settings;

static const gt_option invert_rows[] = {
    {"filling", GT_CHOICE_AT(invert_settings, filling), "noise", "HOW",
     "where in its bin a pixel is: anywhere by chance, as in training; in the middle; or "
     "pixels "
     "are not cut to bins and taken as they are, as samples with floats for pixels want it",
     .choices = "noise|middle|none"},
};
static const gt_option_table invert_options = GT_OPTION_TABLE("Glow", invert_rows);

/* What is inverted, (N,C,H,W) of the channels that flow. */
static gt_tensor *seen(const gt_model *model, gt_graph *g, const invert_settings *how,
                       const gt_model_graph *out) {
    const glow *net = gt_model_self(model);
    if (out->latents.inner) return gt_model_graph_input(out, "inner");
    gt_tensor *images = gt_model_graph_input(out, "images");
    bool is_cut = strcmp(how->filling, "none") != 0;
    if (is_cut) return fill(net, g, images, strcmp(how->filling, "noise") == 0);
    gt_shape shape = gt_tensor_shape(images);
    shape.dim[1] = net->channels;
    return gt_broadcast(g, gt_model_prepare(model, g, images), shape);
}

/* The largest absolute value of each image, (N,1). */
static gt_tensor *largest(gt_graph *g, gt_tensor *x) {
    int64_t n = gt_tensor_dim(x, 0), each = gt_shape_count(gt_tensor_shape(x)) / n;
    return gt_reduce_max(g, gt_abs(g, gt_reshape(g, x, GT_SHAPE(n, each))), 1);
}

/* The images once more, from the latents that are told. */
static gt_tensor *check_inversion(const glow *net, gt_graph *g, const gt_model_graph *out,
                                  gt_tensor *x, gt_tensor *const *told, gt_tensor *const *z) {
    gt_tensor *back = glow_reverse(net, g, out->parameters, told, !out->latents.raw);
    gt_tensor *parts[] = {largest(g, gt_sub(g, back, x)), largest(g, glow_join(net, g, z))};
    return gt_concat(g, parts, 2, 1);
}

static gt_status build_invert(const gt_model *model, gt_graph *g, int64_t batch,
                              const void *settings, gt_model_graph *out, gt_error *err) {
    const glow *net = gt_model_self(model);
    glow_pass *pass = NULL;
    gt_tensor *z[GLOW_LEVELS], *told[GLOW_LEVELS], *x = seen(model, g, settings, out);
    gt_status status = glow_pass_create(net, g, out->parameters, x, false, &pass, err);
    if (status) return status;
    for (int l = 0; l < net->level_count; ++l) {
        z[l] = pass->levels[l].z;
        told[l] = out->latents.raw ? z[l] : glow_whiten(pass, g, l);
    }
    gt_tensor *parts[] = {glow_join(net, g, told), NULL};
    if (out->latents.checked) parts[1] = check_inversion(net, g, out, x, told, z);
    out->output = parts[1] ? gt_concat(g, parts, 2, 1) : parts[0];
    glow_pass_destroy(pass);
    return GT_OK;
}

static const gt_objective objective = {.name = "loss", .loss = build_loss};

const gt_model_class gt_model_glow = {
    .name = "glow",
    .summary = "Glow: how likely images are, and new images",
    .options = &options,
    .settings_size = sizeof(glow_settings),
    .presets = presets,
    .preset_count = sizeof presets / sizeof *presets,
    .sample_options = &sample_options,
    .sample_size = sizeof(sample_settings),
    .invert_options = &invert_options,
    .invert_size = sizeof(invert_settings),
    .needs = {.low = -0.5, .high = 0.5},
    .objectives = &objective,
    .objective_count = 1,
    .loss_unit = "bits per value",
    .create = create,
    .destroy = glow_destroy,
    .init = glow_init,
    .init_from = glow_begin,
    .reconstruct = build_reconstruct,
    .sample = build_sample,
    .latent = latent,
    .invert = build_invert,
    .has_raw_latents = true,
    .inner = inner,
    .density = build_density,
    .density_subject = density_subject,
    .fixed = glow_fixed_at,
};
