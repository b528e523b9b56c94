/* toy_gan.h - two networks that play against each other on pictures of 16 x 16 pixels, as a
 * kind of model that the product does not have: a Wasserstein critic with a gradient penalty
 * (Gulrajani et al. 2017), five steps to one of the generator. It uses everything that a kind
 * may: labels, a scalar, a range of levels, states, first values from rows, and a sampler of
 * many runs. */
#ifndef GT_TEST_TOY_GAN_H
#define GT_TEST_TOY_GAN_H

#include <math.h>
#include <string.h>

#include "galatea/model.h"
#include "galatea/nn.h"
#include "rng.h"

enum { TOY_SIDE = 16, TOY_PIXELS = TOY_SIDE * TOY_SIDE, TOY_NOISE = 8, TOY_EVERY = 5 };

typedef struct toy_settings {
    double weight; /* of the penalty */
    double critic_rate, generator_rate;
} toy_settings;

static const gt_option toy_rows[] = {
    {"penalty", GT_REAL_AT(toy_settings, weight), "10", "X", "weight of the penalty", .min = 0,
     .max = 1e6},
    {"critic-rate", GT_REAL_AT(toy_settings, critic_rate), "2e-3", "X", "its learning rate",
     .min = 0, .max = 1},
    {"generator-rate", GT_REAL_AT(toy_settings, generator_rate), "4e-3", "X",
     "its learning rate", .min = 0, .max = 1},
};
static const gt_option_table toy_options = GT_OPTION_TABLE("Toy", toy_rows);

/* How many runs a sample takes, and the step of the first one's noise. */
typedef struct toy_sample {
    int64_t runs, first;
} toy_sample;

static const gt_option toy_sample_rows[] = {
    {"runs", GT_INT_AT(toy_sample, runs), "2", "N", "runs", .min = 1, .max = 9},
    {"first", GT_INT_AT(toy_sample, first), "0", "N", "first step", .min = 0, .max = 9},
};
static const gt_option_table toy_sample_options = GT_OPTION_TABLE("Toy", toy_sample_rows);

typedef struct toy {
    toy_settings settings;
    int shift, scale, seen, label; /* of the critic: norm, state, what a class adds */
    gt_conv_layer rough, fine;     /* of the critic */
    int verdict;
    int enter; /* of the generator */
    gt_conv_layer grown, last;
} toy;

static inline gt_status toy_create(const void *settings, const gt_model_input *input,
                                   gt_params *params, void **self, gt_error *err) {
    if (input->height != TOY_SIDE || input->width != TOY_SIDE || input->channels != 1)
        return gt_fail(err, GT_USAGE, "a toy learns pictures of 1x16x16");
    toy *net = calloc(1, sizeof *net);
    if (!net) return gt_fail(err, GT_NO_MEMORY, "no memory for a toy");
    net->settings = *(const toy_settings *)settings;
    net->shift = gt_params_add(params, "critic.norm.shift", GT_SHAPE(1));
    net->scale = gt_params_add(params, "critic.norm.scale", GT_SHAPE(1));
    net->seen = gt_params_add_state(params, "critic.seen", GT_SHAPE(1));
    net->rough = gt_conv_layer_add(params, "critic.rough", 1, 8, 3);
    net->fine = gt_conv_layer_add(params, "critic.fine", 8, 8, 3);
    net->label = gt_params_add(params, "critic.label.weight", GT_SHAPE(1));
    net->verdict = gt_params_add(params, "critic.verdict.weight", GT_SHAPE(8 * 4 * 4, 1));
    net->enter =
        gt_params_add(params, "generator.enter.weight", GT_SHAPE(TOY_NOISE, 8 * 4 * 4));
    net->grown = gt_conv_layer_add(params, "generator.grown", 8, 8, 3);
    net->last = gt_conv_layer_add(params, "generator.last", 8, 1, 3);
    *self = net;
    return GT_OK;
}

static inline void toy_destroy(void *self) {
    free(self);
}

static inline gt_status toy_init(const void *self, gt_params *params, uint64_t seed,
                                 gt_error *err) {
    const toy *net = self;
    gt_init_fill(params, net->scale, 1);
    gt_init_conv(params, &net->rough, seed, 1);
    gt_init_conv(params, &net->fine, seed, 1);
    gt_init_conv(params, &net->grown, seed, 1);
    gt_init_conv(params, &net->last, seed, 1);
    gt_init_uniform(params, net->verdict, seed, 0.1);
    gt_init_uniform(params, net->enter, seed, 0.5);
    return GT_OK;
}

/* An actnorm: the critic's first batch has mean 0 and deviation 1 behind it. */
static inline gt_status toy_init_from(const gt_model *model, const gt_first_batch *batch,
                                      float *values, gt_error *err) {
    const toy *net = gt_model_self(model);
    const gt_params *params = gt_model_params(model);
    const gt_model_input *in = gt_model_input_of(model);
    double sum = 0, squares = 0, count = (double)(batch->rows * TOY_PIXELS);
    for (int64_t i = 0; i < batch->rows * TOY_PIXELS; i++) {
        double x = ((double)batch->images[i] + gt_reals_at(&in->shift, 0)) *
                   gt_reals_at(&in->scale, 0);
        sum += x;
        squares += x * x;
    }
    double mean = sum / count, deviation = sqrt(squares / count - mean * mean);
    if (!(deviation > 0)) return gt_fail(err, GT_BAD_ARGUMENT, "the first batch is flat");
    values[gt_params_offset(params, net->shift)] = (float)-mean;
    values[gt_params_offset(params, net->scale)] = (float)(1 / deviation);
    return GT_OK;
}

/* (N,...) with each number of `per_row` (N) or one for all (1). */
static inline gt_tensor *toy_spread(gt_graph *g, gt_tensor *x, gt_shape shape) {
    gt_shape thin = shape;
    for (int i = 1; i < thin.rank; i++) thin.dim[i] = 1;
    thin.dim[0] = gt_tensor_dim(x, 0);
    return gt_broadcast(g, gt_reshape(g, x, thin), shape);
}

/* Scores (N) of pictures (N,1,16,16) from -1 to 1. */
static inline gt_tensor *toy_scores(const toy *net, gt_graph *g, gt_tensor *const *leaves,
                                    gt_tensor *x, gt_tensor *labels) {
    gt_shape shape = gt_tensor_shape(x);
    int64_t batch = shape.dim[0];
    x = gt_add(g, x, toy_spread(g, leaves[net->shift], shape));
    x = gt_mul(g, x, toy_spread(g, leaves[net->scale], shape));
    x = gt_avg_pool(g, gt_silu(g, gt_conv_layer_apply(g, leaves, &net->rough, x)), 2);
    x = gt_avg_pool(g, gt_silu(g, gt_conv_layer_apply(g, leaves, &net->fine, x)), 2);
    x = gt_reshape(g, x, GT_SHAPE(batch, 8 * 4 * 4));
    x = gt_reshape(g, gt_matmul(g, x, leaves[net->verdict], false, false), GT_SHAPE(batch));
    return gt_add(g, x, gt_mul(g, labels, toy_spread(g, leaves[net->label], GT_SHAPE(batch))));
}

static inline gt_tensor *toy_pictures(const toy *net, gt_graph *g, gt_tensor *const *leaves,
                                      int64_t batch, const char *stream) {
    gt_tensor *z =
        gt_random_normal(g, stream, gt_rng_stream(stream), GT_SHAPE(batch, TOY_NOISE));
    gt_tensor *x = gt_matmul(g, z, leaves[net->enter], false, false);
    x = gt_silu(g, gt_reshape(g, x, GT_SHAPE(batch, 8, 4, 4)));
    x = gt_silu(g, gt_conv_layer_apply(g, leaves, &net->grown, gt_upsample(g, x, 2)));
    return gt_tanh(g, gt_conv_layer_apply(g, leaves, &net->last, gt_upsample(g, x, 2)));
}

/* Real against made pictures, and slopes between them that should be 1. */
static inline gt_status toy_critic_loss(const gt_model *model, gt_graph *g, int64_t batch,
                                        gt_model_graph *out, gt_error *err) {
    const toy *net = gt_model_self(model);
    gt_tensor *const *leaves = out->parameters;
    gt_tensor *labels = gt_model_graph_input(out, "labels");
    gt_tensor *real = gt_model_prepare(model, g, gt_model_graph_input(out, "images"));
    gt_tensor *made = gt_stop_gradient(g, toy_pictures(net, g, leaves, batch, "critic.z"));
    gt_tensor *share =
        gt_random_uniform(g, "share", gt_rng_stream("critic.share"), GT_SHAPE(batch));
    gt_tensor *step =
        gt_mul(g, gt_sub(g, made, real), toy_spread(g, share, gt_tensor_shape(real)));
    gt_tensor *between = gt_add(g, real, step);
    gt_tensor *penalty =
        gt_gradient_penalty(g, toy_scores(net, g, leaves, between, labels), between, 1, NULL);
    gt_tensor *of_real = gt_mean(g, toy_scores(net, g, leaves, real, labels));
    gt_tensor *of_made = gt_mean(g, toy_scores(net, g, leaves, made, labels));
    gt_tensor *weight = gt_model_graph_input(out, "penalty");
    out->output = gt_add(g, gt_sub(g, of_made, of_real), gt_mul(g, weight, penalty));
    out->monitors[out->monitor_count++] = (gt_monitor){.name = "penalty", .value = penalty};
    out->updates = malloc(sizeof *out->updates);
    if (!out->updates) return gt_fail(err, GT_NO_MEMORY, "no memory for a state");
    gt_tensor *kept = gt_affine(g, leaves[net->seen], 0.5, 0);
    gt_tensor *seen = gt_affine(g, gt_stop_gradient(g, of_real), 0.5, 0);
    out->updates[out->update_count++] =
        (gt_state_update){net->seen, gt_add(g, kept, gt_reshape(g, seen, GT_SHAPE(1)))};
    return GT_OK;
}

static inline gt_status toy_generator_loss(const gt_model *model, gt_graph *g, int64_t batch,
                                           gt_model_graph *out, gt_error *err) {
    const toy *net = gt_model_self(model);
    gt_tensor *made = toy_pictures(net, g, out->parameters, batch, "generator.z");
    gt_tensor *scores =
        toy_scores(net, g, out->parameters, made, gt_model_graph_input(out, "labels"));
    out->output = gt_neg(g, gt_mean(g, scores));
    return GT_OK;
}

static inline gt_learner_settings toy_adam(gt_learner_settings own, double beta1, double rate) {
    own.rule = gt_optimizer_default(GT_OPTIMIZER_ADAM);
    own.rule.beta1 = beta1;
    own.rule.beta2 = 0.9;
    own.rate = rate;
    own.clip = own.skip = 0;
    return own;
}

static inline void toy_critic_learns(const void *self, gt_learner_settings *own) {
    *own = toy_adam(*own, 0, ((const toy *)self)->settings.critic_rate);
    own->average = 0;
}

static inline void toy_generator_learns(const void *self, gt_learner_settings *own) {
    *own = toy_adam(*own, 0.5, ((const toy *)self)->settings.generator_rate);
    own->average = 0.9;
}

static inline double toy_penalty(const void *self, int64_t epoch, int64_t epochs) {
    return ((const toy *)self)->settings.weight * (epoch == 0 ? 1 : 0.5);
}

/* A moving mean of `runs` pictures: last <- last / 2 + picture / 2, from black. */
static inline gt_status toy_build_sample(const gt_model *model, gt_graph *g, int64_t batch,
                                         const void *settings, gt_model_graph *out,
                                         gt_error *err) {
    const toy *net = gt_model_self(model);
    gt_tensor *made = toy_pictures(net, g, out->parameters, batch, "sample.z");
    gt_tensor *last = gt_model_graph_add_input(out, g, "last", gt_tensor_shape(made));
    out->output = gt_affine(g, gt_add(g, last, made), 0.5, 0);
    return GT_OK;
}

static inline gt_status toy_run_sampler(const gt_model *model, const gt_sampling *s,
                                        float *output, gt_error *err) {
    gt_status status = GT_OK;
    const toy_sample *how = s->settings;
    size_t bytes = (size_t)s->batch * TOY_PIXELS * sizeof *output;
    memset(output, 0, bytes);
    GT_TRY(gt_plan_bind(s->plan, gt_model_graph_input(s->graph, "last"), output, err));
    for (int64_t run = 0; run < how->runs; run++) {
        gt_plan_set_noise(s->plan, s->seed, (uint64_t)(how->first + run), s->first);
        GT_TRY(gt_plan_run(s->plan, err));
        memcpy(output, gt_plan_output(s->plan, 0), bytes);
    }
done:
    return status;
}

static const gt_objective toy_objectives[] = {
    {.name = "critic",
     .prefix = "critic.",
     .learn = toy_critic_learns,
     .loss = toy_critic_loss},
    {.name = "generator",
     .prefix = "generator.",
     .every = TOY_EVERY,
     .learn = toy_generator_learns,
     .loss = toy_generator_loss},
};

static const gt_scheduled_value toy_schedules[] = {{"penalty", toy_penalty}, {NULL, NULL}};

static const gt_model_class toy_class = {
    .name = "toy",
    .summary = "two networks",
    .options = &toy_options,
    .settings_size = sizeof(toy_settings),
    .sample_options = &toy_sample_options,
    .sample_size = sizeof(toy_sample),
    .needs = {.labels = true, .whole_batches = true, .low = -1, .high = 1},
    .objectives = toy_objectives,
    .objective_count = 2,
    .latest_is_best = true,
    .loss_unit = "",
    .create = toy_create,
    .destroy = toy_destroy,
    .init = toy_init,
    .init_from = toy_init_from,
    .sample = toy_build_sample,
    .run_sampler = toy_run_sampler,
    .schedules = toy_schedules,
};

#endif
