/* The light-weight GAN as a model class: one network makes pictures, another tells them from
 * real ones, and each learns from the other.
 *
 * Liu et al., "Towards faster and stabilized GAN training for high-fidelity few-shot image
 * synthesis", 2021, whose public implementation has these names. */
#include "gan.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Parameters ------------------------------------------------------------------------ */

static gt_status check_sides(const gan_settings *s, const gt_model_input *in, gt_error *err) {
    if (s->side & (s->side - 1))
        return gt_fail(err, GT_USAGE, "side %lld: expected 32, 64, 128, 256, 512 or 1024",
                       (long long)s->side);
    if (in->height != in->width)
        return gt_fail(err, GT_USAGE, "images of %lldx%lld: the GAN learns from square ones",
                       (long long)in->height, (long long)in->width);
    if (in->channels != 1 && in->channels != s->channels)
        return gt_fail(err, GT_USAGE,
                       "images of %lld channels for networks of %lld: expected 1 or as many; "
                       "--channels says how many",
                       (long long)in->channels, (long long)s->channels);
    return GT_OK;
}

/* "none", or powers of 2 with commas between, of maps that there are. */
static gt_status check_attention(const gan_settings *s, gt_error *err) {
    const char *at = s->attention;
    int64_t most = s->side > 1 << GAN_PLAIN ? s->side / 2 : s->side;
    bool is_list = strcmp(at, "none") != 0;
    while (is_list && at) {
        char *end = NULL;
        long side = isdigit((unsigned char)*at) ? strtol(at, &end, 10) : 0;
        if (side < 4 || side > most || (side & (side - 1)) || (*end && *end != ','))
            return gt_fail(err, GT_USAGE,
                           "attention '%s': expected none, or powers of 2 from 4 to %lld with "
                           "commas between, as 32,16",
                           s->attention, (long long)most);
        at = *end ? end + 1 : NULL;
    }
    return GT_OK;
}

/* GE.x is the average of G.x. */
static int source_of(const gt_params *params, int index) {
    return gt_params_find_under(params, index, "GE.", "G.");
}

/* Channels that nobody asked for are those of the images. */
static gan_settings settle(const gan_settings *settings, const gt_model_input *input) {
    gan_settings own = *settings;
    if (own.channels == 0) own.channels = input->channels;
    return own;
}

static gt_status create(const void *settings, const gt_model_input *input, gt_params *params,
                        void **self, gt_error *err) {
    const gan_settings own = settle(settings, input), *s = &own;
    gt_status status = GT_OK;
    gan *net = calloc(1, sizeof *net);
    if (!net) GT_THROW(err, GT_NO_MEMORY, "no memory for a network");
    GT_TRY(check_sides(s, input, err));
    GT_TRY(check_attention(s, err));
    GT_TRY(gan_augmentation_read(s, &net->augmentation, err));
    net->side = s->side;
    net->channels = s->channels;
    net->is_centred = strcmp(s->penalty, "one-centred") == 0;
    net->whole_levels = s->whole_levels;
    net->fresh_statistics = s->fresh_statistics;
    gan_generator_add(&net->generator, params, gt_params_add, "G", s);
    gan_discriminator_add(&net->discriminator, params, s);
    gan_generator_add(&net->average, params, gt_params_add_state, "GE", s);
    *self = net;
    net = NULL;
done:
    free(net);
    return status;
}

static void destroy(void *self) {
    free(self);
}

/* Public files may lack the average: it begins as what was learned. */
static void adopt(const void *self, gt_params *params, const bool *is_given) {
    float *values = gt_params_values(params);
    for (int i = 0; i < gt_params_count(params); ++i) {
        int from = source_of(params, i);
        if (from < 0 || (is_given && is_given[i])) continue;
        memcpy(values + gt_params_offset(params, i), values + gt_params_offset(params, from),
               (size_t)gt_shape_count(gt_params_shape(params, i)) * sizeof *values);
    }
}

static gt_status init(const void *self, gt_params *params, uint64_t seed, gt_error *err) {
    const gan *net = self;
    gan_generator_init(&net->generator, params, seed);
    gan_discriminator_init(&net->discriminator, params, seed);
    adopt(self, params, NULL);
    return GT_OK;
}

/* "D_aug.D." repeats "D."; constants of the blur are no parameters. */
static bool alias(const void *self, const char *foreign, char own[GT_MODEL_NAME]) {
    size_t length = strlen(foreign);
    if (strncmp(foreign, "D_aug.", 6) == 0) return false;
    if (length > 2 && strcmp(foreign + length - 2, ".f") == 0) return false;
    if (length >= GT_MODEL_NAME) return false;
    memcpy(own, foreign, length + 1);
    return true;
}

/* ---- Use ------------------------------------------------------------------------------- */

typedef struct gan_sampling {
    bool average;
} gan_sampling;

static const gt_option sample_rows[] = {
    {"average", GT_FLAG_AT(gan_sampling, average), NULL, NULL,
     "draw with the moving average of the generator, not with the generator itself"},
};
static const gt_option_table sample_options = GT_OPTION_TABLE("Light-weight GAN", sample_rows);

static gt_tensor *clamp(gt_graph *g, gt_tensor *x) {
    gt_shape one = gt_shape_scalar();
    return gt_max(g, gt_min(g, x, gt_constant(g, 1, one)), gt_constant(g, 0, one));
}

static gt_status build_sample(const gt_model *model, gt_graph *g, int64_t batch,
                              const void *settings, gt_model_graph *out, gt_error *err) {
    const gan *net = gt_model_self(model);
    const gan_sampling *how = settings;
    const gan_generator *generator = how->average ? &net->average : &net->generator;
    net_pass pass = {.g = g, .values = out->parameters};
    gan_draws draws = {.latent = gt_model_latent_leaf(model, g, batch, 0, out)};
    for (int i = 0; i < generator->blocks; ++i)
        draws.noise[i] = gt_model_latent_leaf(model, g, batch, i + 1, out);
    out->output = clamp(g, gan_generate(generator, &pass, &draws, NULL));
    return GT_OK;
}

/* The latent, and the maps of noise. */
static bool latent(const void *self, int i, gt_model_latent *out) {
    const gan *net = self;
    if (i > net->generator.blocks) return false;
    if (i == 0) {
        *out = (gt_model_latent){"z", "sample.latent", GT_SHAPE(net->generator.latent)};
        return true;
    }
    int64_t side = gan_noise_side(i - 1);
    *out = (gt_model_latent){.shape = GT_SHAPE(1, side, side)};
    snprintf(out->name, sizeof out->name, "noise_%d", i - 1);
    snprintf(out->noise, sizeof out->noise, "sample.noise.%d", i - 1);
    return true;
}

/* Low for what it takes for real. Of the main head the mean, where it gives several. */
static gt_status build_score(const gt_model *model, gt_graph *g, int64_t batch,
                             gt_model_graph *out, gt_error *err) {
    const gan *net = gt_model_self(model);
    net_pass pass = {.g = g, .values = out->parameters};
    gt_tensor *x = gan_pictures(model, g, gt_model_graph_input(out, "images"));
    gan_scores scores = gan_judge(&net->discriminator, &pass, x);
    double share = 1 / (double)gt_tensor_dim(scores.main, 1);
    gt_shape each = GT_SHAPE(batch, 1);
    gt_tensor *parts[] = {gt_affine(g, gt_sum_to(g, scores.main, each), share, 0),
                          gt_reshape(g, scores.small, each)};
    out->output = gt_concat(g, parts, 2, 1);
    return GT_OK;
}

static const char *const score_names[] = {"main", "small", NULL};

static gt_shape made(const void *self) {
    const gan *net = self;
    return GT_SHAPE(net->channels, net->side, net->side);
}

const gt_model_class gt_model_gan = {
    .name = "gan",
    .summary = "light-weight GAN: makes pictures that a second network takes for real",
    .options = &gan_options,
    .settings_size = sizeof(gan_settings),
    .presets = gan_presets,
    .preset_count = sizeof gan_presets / sizeof *gan_presets,
    .sample_options = &sample_options,
    .sample_size = sizeof(gan_sampling),
    .needs = {.whole_batches = true, .parts = true, .full_batches = true, .low = 0, .high = 1},
    .objectives = gan_objectives,
    .objective_count = 2,
    .latest_is_best = true,
    .loss_unit = "",
    .create = create,
    .destroy = destroy,
    .init = init,
    .alias = alias,
    .adopt = adopt,
    .recalibrate = gan_recalibrate,
    .sample = build_sample,
    .latent = latent,
    .score = build_score,
    .scores = score_names,
    .made = made,
};
