/* Glow as a model class: how likely images are, exactly, their latents, and new images.
 *
 * Kingma and Dhariwal, "Glow: generative flow with invertible 1x1 convolutions", 2018; as in
 * the public PyTorch implementation by rosinality, whose state dict has these names. */
#include "glow.h"

#include <math.h>
#include <stdio.h>

#include "rng.h"

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

/* In its bin a pixel is anywhere by chance, or in the middle. */
static gt_status pass_images(const gt_model *model, gt_graph *g, bool by_chance,
                             const gt_model_graph *out, glow_pass **pass, gt_error *err) {
    const glow *net = gt_model_self(model);
    gt_tensor *cut = glow_cut(net, g, gt_model_graph_input(out, "images"));
    gt_tensor *x = by_chance ? glow_dequantise(net, g, cut, glow_noise(net, g, cut))
                             : gt_affine(g, cut, 1, 0.5 / (1 << net->bits));
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
    gt_tensor *white[GLOW_LEVELS];
    char name[32];
    for (int l = 0; l < net->level_count; ++l) {
        gt_shape own = net->levels[l].latent;
        snprintf(name, sizeof name, "glow.eps.%d", l);
        gt_tensor *eps = gt_random_normal(g, name, gt_rng_stream(name),
                                          GT_SHAPE(batch, own.dim[0], own.dim[1], own.dim[2]));
        white[l] = gt_affine(g, eps, how->temperature, 0);
    }
    out->output = finish(net, g, glow_reverse(net, g, out->parameters, white, true));
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
    .density = build_density,
    .fixed = glow_fixed_at,
};
