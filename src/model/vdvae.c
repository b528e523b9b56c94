/* The very deep VAE as a model class: the graphs for training, encoding, reconstruction and
 * sampling.
 *
 * Child, "Very deep VAEs generalize autoregressive models and can outperform them on images",
 * ICLR 2021; the one-channel variant for radio galaxies has the same blocks. */
#include "vdvae.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"
#include "text.h"

/* ---- Options --------------------------------------------------------------------------- */

typedef struct encode_settings {
    const char *code;
    int64_t layers;
} encode_settings;

static const gt_option encode_rows[] = {
    {"code", GT_CHOICE_AT(encode_settings, code), "mean", "WORD",
     "what stands for an image: the mean of the posterior, a draw from it, or the mean as the "
     "decoder receives it",
     .choices = "mean|draw|projected"},
    {"layers", GT_INT_AT(encode_settings, layers), "1", "N",
     "latent layers to write, from the top; those after the first are averaged over positions",
     .min = 1, .max = 1024},
};
static const gt_option_table encode_options = GT_OPTION_TABLE("Codes", encode_rows);

typedef struct sample_settings {
    const char *temperature;
} sample_settings;

static const gt_option sample_rows[] = {
    {"temperature", GT_TEXT_AT(sample_settings, temperature), "1", "T[,T...]",
     "factor on the deviation of every latent layer, or one per layer from the top"},
};
static const gt_option_table sample_options = GT_OPTION_TABLE("Sampling", sample_rows);

/* ---- Graphs ---------------------------------------------------------------------------- */

static gt_status create(const void *settings, const gt_model_input *input, gt_params *params,
                        void **self, gt_error *err) {
    vdvae *net;
    gt_status status = vdvae_read_settings(settings, input, &net, err);
    if (status) return status;
    vdvae_add_parameters(net, settings, params);
    *self = net;
    return GT_OK;
}

static gt_status build_loss(const gt_model *model, gt_graph *g, int64_t batch,
                            gt_model_graph *out, gt_error *err) {
    const vdvae *net = gt_model_self(model);
    vdvae_pass *pass;
    gt_status status = vdvae_pass_create(net, g, out->parameters, batch, &pass, err);
    if (status) return status;
    gt_tensor *images = gt_model_graph_input(out, "images");
    vdvae_encode(pass, vdvae_prepare(model, g, images));
    vdvae_decode(pass, net->decoder_count);
    vdvae_finish(pass);
    vdvae_terms terms = vdvae_objective(pass, gt_dmol_target(g, net->dmol, images), out);
    out->output = gt_mean(g, gt_add(g, terms.distortion, terms.rate));
    out->monitors[0] = (gt_monitor){"distortion", gt_mean(g, terms.distortion)};
    out->monitors[1] = (gt_monitor){"rate", gt_mean(g, terms.rate)};
    out->monitor_count = 2;
    vdvae_pass_destroy(pass);
    return GT_OK;
}

/* The code of one block, (N,L): all of it, or its mean over the positions. */
static gt_tensor *code_of(const vdvae_pass *pass, int j, bool projected, bool pooled) {
    gt_graph *g = pass->g;
    gt_tensor *code = projected ? pass->blocks[j].projected : pass->blocks[j].z;
    gt_shape shape = gt_tensor_shape(code);
    double positions = (double)(shape.dim[2] * shape.dim[3]);
    if (pooled) {
        shape.dim[2] = shape.dim[3] = 1;
        code = gt_affine(g, gt_sum_to(g, code, shape), 1 / positions, 0);
    }
    return gt_reshape(g, code,
                      GT_SHAPE(shape.dim[0], shape.dim[1] * shape.dim[2] * shape.dim[3]));
}

/* Chooses the blocks of the first `layers` layers of latents; the number of blocks up to the
 * last. */
static gt_status choose_blocks(const vdvae *net, int layers, int *chosen, int *blocks,
                               gt_error *err) {
    int found = 0;
    for (int j = 0; j < net->decoder_count && found < layers; ++j) {
        if (net->stages[net->decoder[j].stage].latent == 0) continue;
        chosen[found++] = j;
        *blocks = j + 1;
    }
    if (found == layers) return GT_OK;
    return gt_fail(err, GT_USAGE, "layers: %d asked for, the model has %d", layers, found);
}

static gt_status build_encode(const gt_model *model, gt_graph *g, int64_t batch,
                              const void *settings, gt_model_graph *out, gt_error *err) {
    const vdvae *net = gt_model_self(model);
    const encode_settings *how = settings;
    gt_status status = GT_OK;
    vdvae_pass *pass = NULL;
    int layers = (int)how->layers, blocks = 0;
    gt_tensor **codes = calloc((size_t)layers, sizeof *codes);
    int *chosen = calloc((size_t)layers, sizeof *chosen);
    if (!codes || !chosen) GT_THROW(err, GT_NO_MEMORY, "no memory for %d layers", layers);
    GT_TRY(choose_blocks(net, layers, chosen, &blocks, err));
    GT_TRY(vdvae_pass_create(net, g, out->parameters, batch, &pass, err));
    bool drawn = strcmp(how->code, "draw") == 0,
         projected = strcmp(how->code, "projected") == 0;
    for (int j = 0; j < blocks; ++j)
        pass->blocks[j].latent = drawn ? VDVAE_POSTERIOR : VDVAE_MEAN;
    gt_tensor *images = gt_model_graph_input(out, "images");
    vdvae_encode(pass, vdvae_prepare(model, g, images));
    vdvae_decode(pass, blocks);
    for (int i = 0; i < layers; ++i) codes[i] = code_of(pass, chosen[i], projected, i > 0);
    out->output = layers == 1 ? codes[0] : gt_concat(g, codes, layers, 1);
done:
    free(codes);
    free(chosen);
    vdvae_pass_destroy(pass);
    return status;
}

static gt_status build_reconstruct(const gt_model *model, gt_graph *g, int64_t batch,
                                   gt_model_graph *out, gt_error *err) {
    const vdvae *net = gt_model_self(model);
    vdvae_pass *pass;
    gt_status status = vdvae_pass_create(net, g, out->parameters, batch, &pass, err);
    if (status) return status;
    for (int j = 0; j < net->decoder_count; ++j) pass->blocks[j].latent = VDVAE_MEAN;
    gt_tensor *images = gt_model_graph_input(out, "images");
    vdvae_encode(pass, vdvae_prepare(model, g, images));
    vdvae_decode(pass, net->decoder_count);
    vdvae_finish(pass);
    out->output = pass->likelihood;
    vdvae_pass_destroy(pass);
    return GT_OK;
}

/* Entry `index` of a list of numbers; false where there is none. */
static bool list_entry(const char *text, int index, char entry[GT_NUMBER_SIZE]) {
    for (; index > 0; --index) {
        text = strchr(text, ',');
        if (!text++) return false;
    }
    snprintf(entry, GT_NUMBER_SIZE, "%.*s", (int)strcspn(text, ","), text);
    return true;
}

/* One temperature for all layers of latents, or as many as there are layers. */
static gt_status read_temperatures(const char *text, vdvae_pass *pass, gt_error *err) {
    const vdvae *net = pass->net;
    char entry[GT_NUMBER_SIZE];
    bool single = !strchr(text, ',');
    int layers = 0;
    for (int j = 0; j < net->decoder_count; ++j) {
        double *t = &pass->blocks[j].temperature;
        if (net->stages[net->decoder[j].stage].latent == 0) continue;
        bool there = list_entry(text, single ? 0 : layers++, entry);
        if (there && gt_text_to_real(entry, t, NULL))
            return gt_fail(err, GT_USAGE, "temperature '%s' is not a number", entry);
        if (!there || *t < 0)
            return gt_fail(err, GT_USAGE, "temperature '%s': %s", text,
                           there ? "below 0" : "fewer numbers than layers of latents");
    }
    if (!single && list_entry(text, layers, entry))
        return gt_fail(err, GT_USAGE, "temperature '%s': the model has %d layers of latents",
                       text, layers);
    return GT_OK;
}

static gt_status build_sample(const gt_model *model, gt_graph *g, int64_t batch,
                              const void *settings, gt_model_graph *out, gt_error *err) {
    const vdvae *net = gt_model_self(model);
    const sample_settings *how = settings;
    vdvae_pass *pass;
    gt_status status = vdvae_pass_create(net, g, out->parameters, batch, &pass, err);
    if (status) return status;
    for (int j = 0; j < net->decoder_count; ++j) pass->blocks[j].latent = VDVAE_PRIOR;
    GT_TRY(read_temperatures(how->temperature, pass, err));
    vdvae_decode(pass, net->decoder_count);
    vdvae_finish(pass);
    out->output = pass->likelihood;
done:
    vdvae_pass_destroy(pass);
    return status;
}

/* ---- Pixels ---------------------------------------------------------------------------- */

/* Uniform numbers away from the ends by 1e-5, whose logarithms the mixture takes. */
static void fill_uniforms(uint64_t seed, const char *stream, uint64_t image, size_t count,
                          float *out) {
    gt_rng_key key = {seed, gt_rng_stream(stream), 0};
    gt_rng_fill_uniform(key, image * count, count, out);
    for (size_t i = 0; i < count; ++i) out[i] = (float)(1e-5 + (1 - 2e-5) * out[i]);
}

static gt_status decode(const gt_model *model, const float *output, int64_t count,
                        const gt_draws *draws, float *images, gt_error *err) {
    const gt_model_input *in = gt_model_input_of(model);
    gt_dmol dmol = ((const vdvae *)gt_model_self(model))->dmol;
    int64_t pixels = in->height * in->width;
    size_t mixture = (size_t)(pixels * dmol.mixtures),
           logistic = (size_t)(pixels * in->channels);
    float *u = malloc((mixture + logistic) * sizeof *u);
    if (!u) return gt_fail(err, GT_NO_MEMORY, "no memory for the draws of an image");
    if (!draws) gt_dmol_mean(dmol, count, pixels, output, images);
    for (int64_t n = 0; draws && n < count; ++n) {
        uint64_t image = draws->first + (uint64_t)n;
        fill_uniforms(draws->seed, "paint.mixture", image, mixture, u);
        fill_uniforms(draws->seed, "paint.logistic", image, logistic, u + mixture);
        gt_dmol_draw(dmol, 1, pixels, output + n * gt_dmol_width(dmol) * pixels, u, u + mixture,
                     images + n * (int64_t)logistic);
    }
    for (int64_t i = 0; i < count * (int64_t)logistic; ++i)
        images[i] = (images[i] + 1) * 127.5f;
    free(u);
    return GT_OK;
}

static const gt_objective objective = {.name = "loss", .loss = build_loss};

const gt_model_class gt_model_vdvae = {
    .name = "vdvae",
    .summary = "very deep variational autoencoder: codes, reconstructions and samples",
    .options = &vdvae_options,
    .settings_size = sizeof(vdvae_settings),
    .presets = vdvae_presets,
    .preset_count = VDVAE_PRESETS,
    .encode_options = &encode_options,
    .sample_options = &sample_options,
    .encode_size = sizeof(encode_settings),
    .sample_size = sizeof(sample_settings),
    .needs = {.weights = true},
    .objectives = &objective,
    .objective_count = 1,
    .loss_unit = "nats per value",
    .entrance = "encoder.in_conv.weight",
    .create = create,
    .destroy = vdvae_destroy,
    .init = vdvae_init,
    .encode = build_encode,
    .reconstruct = build_reconstruct,
    .sample = build_sample,
    .decode = decode,
};
