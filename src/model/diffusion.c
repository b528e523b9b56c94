/* Diffusion by a blind denoiser as a model class: a U-Net learns the noise in pictures without
 * being told how much there is, and makes new pictures of noise.
 *
 * Kadkhodaie, Guth, Simoncelli and Mallat, "Generalization in diffusion models arises from
 * geometry-adaptive harmonic representations", 2024, whose public code has these names. */
#include "diffusion.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"

#define AT(type, member) type(diffusion_settings, member)

static const gt_option table[] = {
    {"width", AT(GT_INT_AT, width), "64", "N",
     "channels at full size, twice as many at each "
     "half",
     .min = 1, .max = 512},
    {"levels", AT(GT_INT_AT, levels), "3", "N", "how often the side is halved", .min = 1,
     .max = UNET_LEVELS},
    {"noise", AT(GT_CHOICE_AT, noise), "square", "HOW",
     "deviation of the noise in a training picture: the square of a uniform number, as the "
     "published training, or the number itself",
     .choices = "square|linear"},
    {"judged-levels", AT(GT_INT_AT, judged_levels), "10", "N",
     "noise levels at which validation tells the PSNR, from 1 to 10^2.5 of 255 with equal "
     "ratios; a pass of the network each; 0: none",
     .min = 0, .max = DIFFUSION_JUDGED},
};
static const gt_option_table options = GT_OPTION_TABLE("Diffusion", table);

/* The published training. */
#define DIFFUSION_TRAINING                                                          \
    "optimizer=adam", "beta1=0.9", "beta2=0.999", "epsilon=1e-8", "weight-decay=0", \
        "learning-rate=1e-3", "schedule=constant", "clip=0", "skip-threshold=0", "ema=0"

/* The published epoch, and its rate, which a run of 100 epochs never halves. */
static const char *const paper[] = {NULL};
static const char *const paper_training[] = {
    DIFFUSION_TRAINING, "batch=512",       "epochs=100",     "epoch-rows=250000",
    "schedule=halve",   "halve-every=100", "recompute=true", NULL};
static const char *const small[] = {"width=32", "judged-levels=0", NULL};
/* While the network moves, samples are too bright in one epoch and too dark in the next: those
 * of 18,075 galaxies of mean 21 (of 255) had means of 28, 28, 2, 42, 6 and 59 on the way and 18
 * at the end of a rate that falls to 0. `paper` keeps the published rate. */
static const char *const small_training[] = {DIFFUSION_TRAINING, "batch=64", "epochs=30",
                                             "schedule=cosine", NULL};
static const char *const tiny[] = {"width=8", "judged-levels=0", NULL};
static const char *const tiny_training[] = {DIFFUSION_TRAINING, "batch=32", "epochs=10", NULL};
static const gt_model_preset presets[] = {
    {"tiny", "to try it: minutes on a laptop", tiny, tiny_training},
    {"small", "a few thousand cut-outs in an hour on a laptop", small, small_training},
    {"paper", "7.7 million parameters", paper, paper_training},
};

/* Equal ratios from 1 to 10^2.5 of 255. */
static void name_levels(diffusion *own, int count) {
    own->judged_levels = count;
    for (int i = 0; i < count; ++i) {
        double bytes = count > 1 ? pow(10, 2.5 * i / (count - 1)) : 1;
        own->level[i] = bytes / 255;
        snprintf(own->level_names[i], sizeof own->level_names[i], "psnr_at_%.3g", bytes);
    }
}

static gt_status create(const void *settings, const gt_model_input *input, gt_params *params,
                        void **self, gt_error *err) {
    const diffusion_settings *set = settings;
    int64_t unit = (int64_t)1 << set->levels;
    if (input->height % unit || input->width % unit)
        return gt_fail(err, GT_USAGE,
                       "images of %lldx%lld: a U-Net of %lld levels needs sides that are "
                       "multiples of %lld",
                       (long long)input->height, (long long)input->width,
                       (long long)set->levels, (long long)unit);
    diffusion *own = calloc(1, sizeof *own);
    if (!own) return gt_fail(err, GT_NO_MEMORY, "no memory for a network");
    own->is_linear = strcmp(set->noise, "linear") == 0;
    name_levels(own, (int)set->judged_levels);
    unet_add(&own->net, (int)set->levels, set->width, input->channels, params);
    own->picture = GT_SHAPE(input->channels, input->height, input->width);
    own->mean = gt_params_add_state(params, "train_mean", own->picture);
    *self = own;
    return GT_OK;
}

static void destroy(void *self) {
    free(self);
}

static gt_status init(const void *self, gt_params *params, uint64_t seed, gt_error *err) {
    unet_init(&((const diffusion *)self)->net, params, seed);
    return GT_OK;
}

/* ---- Learning -------------------------------------------------------------------------- */

/* 10 log10(1 / mean square error of a picture), meant over the pictures: (). */
static gt_tensor *psnr(gt_graph *g, gt_tensor *squares, double pixels) {
    gt_tensor *each = gt_log(g, gt_affine(g, squares, 1 / pixels, 0));
    return gt_affine(g, gt_mean(g, each), -10 / log(10), 0);
}

/* The noise is to be told: squares of what is left of it, (batch,C,H,W). */
static gt_tensor *squares_left(const diffusion *own, const net_pass *pass, gt_tensor *x,
                               gt_tensor *noise) {
    gt_tensor *told = unet_apply(&own->net, pass, gt_add(pass->g, x, noise), NULL);
    return gt_square(pass->g, gt_sub(pass->g, told, noise));
}

/* At each level the same noise, larger. */
static void judge_levels(const diffusion *own, const net_pass *pass, gt_tensor *x, gt_tensor *z,
                         double pixels, gt_model_graph *out) {
    for (int i = 0; i < own->judged_levels; ++i) {
        gt_tensor *noise = gt_affine(pass->g, z, own->level[i], 0);
        gt_tensor *squares = gt_sum_per_image(pass->g, squares_left(own, pass, x, noise));
        out->monitors[out->monitor_count++] =
            (gt_monitor){.name = own->level_names[i], .value = psnr(pass->g, squares, pixels)};
    }
}

static gt_status build(const gt_model *model, gt_graph *g, int64_t batch, bool in_training,
                       gt_model_graph *out, gt_error *err) {
    const diffusion *own = gt_model_self(model);
    gt_status status = GT_OK;
    net_pass pass = {0};
    gt_tensor *x = gt_model_prepare(model, g, gt_model_graph_input(out, "images"));
    gt_tensor *u = gt_random_uniform(g, "sigma", gt_rng_stream("diffusion.sigma"),
                                     GT_SHAPE(batch, 1, 1, 1));
    gt_tensor *z =
        gt_random_normal(g, "noise", gt_rng_stream("diffusion.noise"), gt_tensor_shape(x));
    gt_tensor *noise = gt_mul(g, own->is_linear ? u : gt_square(g, u), z);
    double pixels = (double)gt_shape_count(gt_tensor_shape(x)) / (double)batch;
    GT_TRY(net_pass_open(model, g, in_training, out, &pass, err));
    gt_tensor *left = squares_left(own, &pass, x, noise), *squares = gt_sum_per_image(g, left);
    out->output = gt_mean(g, gt_sum_per_image(g, gt_model_weighed(out, g, left)));
    out->idle = pixels * (own->is_linear ? 1 / 3.0 : 1 / 5.0); /* the power of the noise */
    out->monitors[out->monitor_count++] =
        (gt_monitor){.name = "psnr", .value = psnr(g, gt_stop_gradient(g, squares), pixels)};
    if (in_training)
        GT_TRY(net_pass_update(model, &pass, out, err));
    else
        judge_levels(own, &pass, x, z, pixels, out);
done:
    net_pass_close(&pass);
    return status;
}

static gt_status build_loss(const gt_model *model, gt_graph *g, int64_t batch,
                            gt_model_graph *out, gt_error *err) {
    return build(model, g, batch, true, out, err);
}

static gt_status build_validation(const gt_model *model, gt_graph *g, int64_t batch,
                                  gt_model_graph *out, gt_error *err) {
    return build(model, g, batch, false, out, err);
}

/* The mean picture of all rows, as the network sees them. */
static gt_status recalibrate(const gt_model *model, float *values, const gt_model_rows *rows,
                             int threads, gt_error *err) {
    enum { AT_ONCE = 64 };
    const diffusion *own = gt_model_self(model);
    const gt_params *params = gt_model_params(model);
    const gt_model_input *in = gt_model_input_of(model);
    gt_status status = GT_OK;
    size_t pixels = (size_t)gt_shape_count(gt_params_shape(params, own->mean));
    float *mean = values + gt_params_offset(params, own->mean);
    float *some = malloc(AT_ONCE * pixels * sizeof *some);
    double *sums = calloc(pixels, sizeof *sums);
    if (!some || !sums) GT_THROW(err, GT_NO_MEMORY, "no memory for a mean image");
    for (uint64_t at = 0; at < rows->count; at += AT_ONCE) {
        size_t n = rows->count - at < AT_ONCE ? (size_t)(rows->count - at) : AT_ONCE;
        GT_TRY(rows->read(rows->user, at, n, some, err));
        for (size_t i = 0; i < n * pixels; ++i) sums[i % pixels] += some[i];
    }
    size_t area = (size_t)(in->height * in->width);
    for (size_t i = 0; i < pixels; ++i) {
        int channel = (int)(i / area);
        mean[i] = (float)((sums[i] / (double)rows->count + gt_reals_at(&in->shift, channel)) *
                          gt_reals_at(&in->scale, channel));
    }
done:
    free(some);
    free(sums);
    return status;
}

/* ---- Use ------------------------------------------------------------------------------- */

static gt_tensor *noise_in(const gt_model *model, gt_graph *g, gt_tensor *y,
                           const gt_model_graph *out) {
    const diffusion *own = gt_model_self(model);
    net_pass pass = {.g = g, .values = out->parameters};
    return unet_apply(&own->net, &pass, y, NULL);
}

/* Pictures less the noise that is seen in them. */
static gt_status build_reconstruct(const gt_model *model, gt_graph *g, int64_t batch,
                                   gt_model_graph *out, gt_error *err) {
    gt_tensor *y = gt_model_prepare(model, g, gt_model_graph_input(out, "images"));
    out->output = gt_sub(g, y, noise_in(model, g, y, out));
    return GT_OK;
}

static gt_status build_sample(const gt_model *model, gt_graph *g, int64_t batch,
                              const void *settings, gt_model_graph *out, gt_error *err) {
    const gt_model_input *in = gt_model_input_of(model);
    gt_shape shape = GT_SHAPE(batch, in->channels, in->height, in->width);
    gt_tensor *y = gt_model_graph_add_input(out, g, "noisy", shape);
    out->output = noise_in(model, g, y, out);
    return GT_OK;
}

/* The noise that a walk begins with; that of its steps follows from seed and number. */
static bool latent(const void *self, int i, gt_model_latent *out) {
    const diffusion *own = self;
    if (i > 0) return false;
    *out = (gt_model_latent){"first_noise", DIFFUSION_NOISE, own->picture};
    return true;
}

/* While it learns a walk may go on and on near end-sigma; a whole one takes some 100 steps. */
static const char *const sketch[] = {"max-steps=300", NULL};

static const gt_objective objective = {
    .name = "loss", .loss = build_loss, .validation_loss = build_validation};

const gt_model_class gt_model_diffusion = {
    .name = "diffusion",
    .summary = "diffusion: a denoiser that makes pictures of noise",
    .options = &options,
    .settings_size = sizeof(diffusion_settings),
    .presets = presets,
    .preset_count = sizeof presets / sizeof *presets,
    .sample_options = &diffusion_sample_options,
    .sample_size = sizeof(diffusion_sampling),
    .sketch = sketch,
    .needs = {.whole_batches = true, .parts = true, .weights = true, .low = 0, .high = 1},
    .objectives = &objective,
    .objective_count = 1,
    .latest_is_best = true,
    .loss_unit = "squares per image",
    .entrance = "encoder.0.0.weight",
    .create = create,
    .destroy = destroy,
    .init = init,
    .reconstruct = build_reconstruct,
    .sample = build_sample,
    .run_sampler = diffusion_run_sampler,
    .tell_samples = diffusion_tell_samples,
    .sampler_refills = true,
    .latent = latent,
    .recalibrate = recalibrate,
};
