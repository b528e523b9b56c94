/* conv_stack.c - training step of six [conv3x3 64 to 64, batch normalisation, relu] at 64x64,
 * batch 32: loss = mean of squares, plain gradient descent. The peer is
 * bench/peers/stack_torch.py. */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "galatea/nn.h"
#include "galatea/optim.h"
#include "galatea/plan.h"

enum { LAYERS = 6, CHANNELS = 64, SIZE = 64, BATCH = 32 };

typedef struct stack {
    gt_graph *graph;
    gt_params *params;
    gt_plan *plan;
    float *images, *grads;
    gt_optimizer rule;
    int threads;
    gt_algorithms *algorithms; /* lent */
} stack;

static gt_status step(void *self, gt_error *err) {
    stack *s = self;
    size_t count = (size_t)gt_params_floats(s->params);
    gt_plan_parameters_changed(s->plan);
    gt_status status = gt_plan_run(s->plan, err);
    if (status) return status;
    gt_optimizer_vectors vectors = {
        .count = count, .values = gt_params_values(s->params), .grads = s->grads};
    gt_optimizer_step how = {.number = 1, .rate = 0.01, .grad_scale = 1, .threads = s->threads};
    gt_optimizer_apply(&s->rule, &vectors, &how);
    return GT_OK;
}

static void close_stack(void *self) {
    stack *s = self;
    gt_plan_destroy(s->plan);
    gt_graph_destroy(s->graph);
    gt_params_destroy(s->params);
    free(s->images);
    free(s->grads);
    free(s);
}

static char *report(void *self) {
    return gt_plan_report(((stack *)self)->plan);
}

static void profile(void *self, int on) {
    gt_plan_profile(((stack *)self)->plan, on);
}

static gt_status add_parameters(stack *s, gt_error *err) {
    for (int i = 0; i < LAYERS; i++) {
        char name[32];
        snprintf(name, sizeof name, "conv.%d.weight", i);
        gt_params_add(s->params, name, GT_SHAPE(CHANNELS, CHANNELS, 3, 3));
        snprintf(name, sizeof name, "norm.%d.weight", i);
        gt_params_add(s->params, name, GT_SHAPE(CHANNELS));
        snprintf(name, sizeof name, "norm.%d.bias", i);
        gt_params_add(s->params, name, GT_SHAPE(CHANNELS));
    }
    gt_status status = gt_params_allocate(s->params, err);
    if (status) return status;
    for (int i = 0; i < 3 * LAYERS; i++) {
        if (i % 3 == 0) gt_init_uniform(s->params, i, 1, 1.0 / 24);
        if (i % 3 == 1) gt_init_fill(s->params, i, 1);
    }
    return GT_OK;
}

/* Outputs: the loss, then every gradient. */
static gt_status compile(stack *s, gt_error *err) {
    gt_status status = GT_OK;
    gt_graph *g = s->graph;
    gt_tensor *leaves[3 * LAYERS], *outputs[1 + 3 * LAYERS];
    gt_tensor *images = gt_input(g, "images", GT_SHAPE(BATCH, CHANNELS, SIZE, SIZE)),
              *x = images;
    gt_plan_options options = {
        .threads = s->threads, .algorithms = s->algorithms, .keep_activations = true};
    for (int i = 0; i < 3 * LAYERS; i++) leaves[i] = gt_params_tensor(g, s->params, i);
    for (int i = 0; i < LAYERS; i++) {
        x = gt_conv2d(g, x, leaves[3 * i], NULL, (gt_conv){1, 1, 1});
        x = gt_relu(g, gt_batch_norm(g, x, leaves[3 * i + 1], leaves[3 * i + 2], 1e-5));
    }
    outputs[0] = gt_mean(g, gt_square(g, x));
    gt_grad(g, outputs[0], leaves, 3 * LAYERS, outputs + 1);
    GT_TRY(gt_plan_create(g, outputs, 1 + 3 * LAYERS, &options, &s->plan, err));
    gt_plan_bind_parameters(s->plan, gt_params_values(s->params));
    for (int i = 0; i < 3 * LAYERS; i++)
        gt_plan_bind_output(s->plan, 1 + i, s->grads + gt_params_offset(s->params, i), false);
    GT_TRY(gt_plan_bind(s->plan, images, s->images, err));
done:
    return status;
}

static gt_status prepare(stack *s, gt_bench_work *work, gt_error *err) {
    gt_status status = GT_OK;
    size_t pixels = (size_t)BATCH * CHANNELS * SIZE * SIZE;
    s->graph = gt_graph_create();
    s->params = gt_params_create();
    s->images = calloc(pixels, sizeof *s->images);
    if (!s->graph || !s->params || !s->images)
        GT_THROW(err, GT_NO_MEMORY, "no memory for a bench");
    for (size_t i = 0; i < pixels; i++)
        s->images[i] = (float)(i * 2654435761u % 1000) * 1e-3f - 0.5f;
    GT_TRY(add_parameters(s, err));
    s->grads = calloc((size_t)gt_params_floats(s->params), sizeof *s->grads);
    if (!s->grads) GT_THROW(err, GT_NO_MEMORY, "no memory for a bench");
    GT_TRY(compile(s, err));
    gt_plan_memory use = gt_plan_memory_use(s->plan);
    work->bytes = use.arena + use.persistent + pixels * sizeof(float) +
                  2 * (size_t)gt_params_floats(s->params) * sizeof(float);
    work->flops = gt_plan_flops(s->plan);
done:
    return status;
}

static gt_status open_stack(const gt_bench_how *how, gt_bench_work *work, gt_error *err) {
    stack *s = calloc(1, sizeof *s);
    if (!s) return gt_fail(err, GT_NO_MEMORY, "no memory for a bench");
    s->threads = how->threads;
    s->algorithms = how->algorithms;
    s->rule = gt_optimizer_default(GT_OPTIMIZER_SGD);
    *work = (gt_bench_work){.self = s,
                            .step = step,
                            .close = close_stack,
                            .items = BATCH,
                            .report = report,
                            .profile = profile};
    return prepare(s, work, err);
}

const gt_bench gt_bench_conv_stack = {
    "conv-stack-train",
    "training step of six conv3x3(64) + batch norm + relu at 64x64, batch 32", "images",
    open_stack};
