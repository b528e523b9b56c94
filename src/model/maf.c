/* The masked autoregressive flow as a model class: the density of codes, and codes drawn from
 * it.
 *
 * Papamakarios, Pavlakou and Murray, "Masked autoregressive flow for density estimation", 2017;
 * as in the public package denmarf, whose state dict has these names. */
#include "maf.h"

#include <stdlib.h>

#include "rng.h"

static const gt_option rows[] = {
    {"blocks", GT_INT_AT(maf_settings, blocks), "48", "N",
     "networks in a row, each followed by a normalisation and a reversal", .min = 1,
     .max = 1024},
    {"hidden", GT_INT_AT(maf_settings, width), "512", "N",
     "units in each of the two hidden layers of a network", .min = 1, .max = 65536},
};
static const gt_option_table options = GT_OPTION_TABLE("MAF", rows);

/* What both presets share: the package's split of the rows, its batches, and its optimizer. */
#define AS_THE_PACKAGE                                                                 \
    "optimizer=adam", "beta1=0.9", "beta2=0.999", "epsilon=1e-8", "weight-decay=1e-6", \
        "schedule=constant", "clip=0", "skip-threshold=0", "ema=0", "keep-order=yes",  \
        "train-share=0.5", "test-share=0.1", "batch=0", "flip=no"

/* The rows' defaults are the paper's network. */
static const char *const paper[] = {NULL};
static const char *const paper_training[] = {AS_THE_PACKAGE, "learning-rate=5e-4", "epochs=600",
                                             NULL};
static const char *const small[] = {"blocks=8", "hidden=128", NULL};
static const char *const small_training[] = {AS_THE_PACKAGE, "learning-rate=2e-3", "epochs=100",
                                             NULL};
static const gt_model_preset presets[] = {
    {"small", "learns a few thousand codes in minutes on a laptop", small, small_training},
    {"paper", "48 networks of 512 units, 31.6 million parameters for codes of 256 numbers",
     paper, paper_training},
};

/* Takes constants over, which are among the numbers of a code. */
static gt_status leave_out(maf *net, gt_constants *constants, gt_error *err) {
    net->given = net->features + (int64_t)constants->count;
    net->constants = *constants;
    *constants = (gt_constants){0};
    if (!net->constants.count) return GT_OK;
    net->kept = malloc((size_t)net->features * sizeof *net->kept);
    if (!net->kept) return gt_fail(err, GT_NO_MEMORY, "no memory for a flow");
    for (int64_t j = 0, c = 0, k = 0; j < net->given; ++j) {
        bool is_constant = c < (int64_t)net->constants.count && net->constants.features[c] == j;
        if (is_constant)
            ++c;
        else
            net->kept[k++] = j;
    }
    return GT_OK;
}

static gt_status create(const void *settings, const gt_model_input *input, gt_params *params,
                        void **self, gt_error *err) {
    gt_status status = GT_OK;
    gt_constants constants = {0};
    maf *net = NULL;
    if (input->height != 1 || input->width != 1)
        return gt_fail(err, GT_USAGE, "a flow learns codes, not images of %lldx%lld",
                       (long long)input->height, (long long)input->width);
    GT_TRY(gt_constants_of_text(input->constant, input->channels, &constants, err));
    int64_t features = input->channels - (int64_t)constants.count;
    if (constants.count > 0 && features < 2)
        GT_THROW(err, GT_BAD_ARGUMENT,
                 "a flow needs codes of at least 2 numbers that are not the same in all rows, "
                 "these have %lld of %lld",
                 (long long)features, (long long)input->channels);
    GT_TRY(maf_create(settings, features, params, &net, err));
    GT_TRY(leave_out(net, &constants, err));
    *self = net;
    net = NULL;
done:
    gt_constants_free(&constants);
    maf_destroy(net);
    return status;
}

/* Numbers side by side that are features, from number k of them on. */
static int64_t kept_together(const maf *net, int64_t k) {
    int64_t n = 1;
    while (k + n < net->features && net->kept[k + n] == net->kept[k] + n) ++n;
    return n;
}

/* Columns (D,N) of the graph's input (N,given,1,1). */
static gt_tensor *columns_of(const maf *net, gt_graph *g, int64_t batch, gt_tensor *codes) {
    gt_tensor *all = maf_turn(g, gt_reshape(g, codes, GT_SHAPE(batch, net->given)));
    gt_tensor *features = NULL;
    if (!net->kept) return all;
    gt_tensor **parts = malloc((size_t)net->features * sizeof *parts);
    if (!parts) return gt_graph_refuse(g, "no memory for the features of a flow");
    int count = 0;
    for (int64_t k = 0, n; k < net->features; k += n) {
        n = kept_together(net, k);
        parts[count++] = gt_slice(g, all, 0, net->kept[k], n);
    }
    features = gt_concat(g, parts, count, 0);
    free(parts);
    return features;
}

static gt_status build_pass(const gt_model *model, gt_graph *g, int64_t batch, bool in_training,
                            gt_model_graph *out, gt_tensor **log_p, gt_error *err) {
    const maf *net = gt_model_self(model);
    maf_pass *pass = NULL;
    gt_tensor *x = columns_of(net, g, batch, gt_model_graph_input(out, "images"));
    gt_status status = maf_pass_create(net, g, out->parameters, x, in_training, &pass, err);
    if (status) return status;
    *log_p = pass->log_p;
    maf_pass_destroy(pass);
    return GT_OK;
}

static gt_status build_loss(const gt_model *model, gt_graph *g, int64_t batch,
                            gt_model_graph *out, gt_error *err) {
    gt_tensor *log_p = NULL;
    gt_status status = build_pass(model, g, batch, true, out, &log_p, err);
    if (!status) out->output = gt_neg(g, gt_mean(g, log_p));
    return status;
}

static gt_status build_validation(const gt_model *model, gt_graph *g, int64_t batch,
                                  gt_model_graph *out, gt_error *err) {
    gt_tensor *log_p = NULL;
    gt_status status = build_pass(model, g, batch, false, out, &log_p, err);
    if (!status) out->output = gt_neg(g, gt_mean(g, log_p));
    return status;
}

static gt_status build_density(const gt_model *model, gt_graph *g, int64_t batch,
                               gt_model_graph *out, gt_error *err) {
    gt_tensor *log_p = NULL;
    gt_status status = build_pass(model, g, batch, false, out, &log_p, err);
    if (!status) out->output = gt_reshape(g, log_p, GT_SHAPE(batch));
    return status;
}

/* What was left out, back into codes (count,given) whose features lie together at their start.
 */
static void put_back(const maf *net, int64_t count, float *codes) {
    if (!net->kept) return;
    for (int64_t i = count - 1; i >= 0; --i) {
        int64_t k = net->features, c = (int64_t)net->constants.count;
        for (int64_t j = net->given - 1; j >= 0; --j)
            codes[i * net->given + j] = k > 0 && net->kept[k - 1] == j
                                            ? codes[i * net->features + --k]
                                            : net->constants.values[--c];
    }
}

static gt_density_subject density_subject(const void *self) {
    const maf *net = self;
    return (gt_density_subject){.channels = net->features, .values = net->features};
}

static gt_status draw(const gt_model *model, int64_t count, const gt_draws *draws, float *codes,
                      gt_error *err) {
    const maf *net = gt_model_self(model);
    gt_params *params = gt_model_params(model);
    gt_rng_key key = {draws->seed, gt_rng_stream("maf.draw"), 0};
    size_t values = (size_t)(count * net->features);
    float *noise = malloc(values * sizeof *noise);
    if (!noise) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu numbers", values);
    gt_rng_fill_normal(key, draws->first * (uint64_t)net->features, values, noise);
    gt_status status =
        maf_invert(net, params, gt_params_values(params), count, noise, codes, NULL, err);
    if (!status) put_back(net, count, codes);
    free(noise);
    return status;
}

static const gt_objective objective = {
    .name = "loss", .loss = build_loss, .validation_loss = build_validation};

const gt_model_class gt_model_maf = {
    .name = "maf",
    .summary = "masked autoregressive flow: how likely a code is, and new codes",
    .options = &options,
    .settings_size = sizeof(maf_settings),
    .presets = presets,
    .preset_count = sizeof presets / sizeof *presets,
    .needs = {.codes = true, .whole_batches = true},
    .objectives = &objective,
    .objective_count = 1,
    .loss_unit = "nats per code",
    .entrance = "0.joiner.linear.weight",
    .create = create,
    .destroy = maf_destroy,
    .init = maf_init,
    .density = build_density,
    .density_subject = density_subject,
    .fixed = maf_fixed_at,
    .recalibrate = maf_recalibrate,
    .draw = draw,
};
