/* Batch statistics of the averaged generator, taken anew. Averages of weights with averages of
 * statistics make a network whose maps are not what its statistics say. */
#include <stdlib.h>
#include <string.h>

#include "galatea/plan.h"
#include "gan.h"

enum { BATCH = 16, BATCHES = 32 };

typedef struct estimate {
    gt_graph *graph;
    gt_model_graph nodes;
    net_pass pass;
    gt_plan *plan;
    double *sums; /* of each state that moves, one after the other */
} estimate;

static void close_estimate(estimate *e) {
    gt_plan_destroy(e->plan);
    net_pass_close(&e->pass);
    gt_model_graph_close(&e->nodes);
    gt_graph_destroy(e->graph);
    free(e->sums);
}

/* A batch made in training, of which only the states that it leaves are looked at. */
static gt_status compile(const gt_model *model, estimate *e, int threads, gt_error *err) {
    const gan *net = gt_model_self(model);
    const gt_params *params = gt_model_params(model);
    gt_plan_options options = {.threads = threads};
    gt_status status = GT_OK;
    int count = gt_params_count(params);
    gt_tensor **outputs = calloc((size_t)count + 1, sizeof *outputs);
    e->graph = gt_graph_create();
    e->nodes.parameters = calloc((size_t)count + 1, sizeof(gt_tensor *));
    e->sums = calloc((size_t)gt_params_floats(params), sizeof *e->sums);
    if (!outputs || !e->graph || !e->nodes.parameters || !e->sums)
        GT_THROW(err, GT_NO_MEMORY, "no memory for statistics of a network");
    for (int i = 0; i < count; ++i)
        e->nodes.parameters[i] = gt_params_tensor(e->graph, params, i);
    GT_TRY(net_pass_open(model, e->graph, true, &e->nodes, &e->pass, err));
    gan_draws draws = gan_draws_random(&net->average, e->graph, "statistics", BATCH);
    (void)gan_generate(&net->average, &e->pass, &draws, NULL);
    GT_TRY(net_pass_update(model, &e->pass, &e->nodes, err));
    GT_TRY(gt_graph_check(e->graph, err));
    for (int i = 0; i < e->nodes.update_count; ++i) outputs[i] = e->nodes.updates[i].value;
    GT_TRY(gt_plan_create(e->graph, outputs, e->nodes.update_count, &options, &e->plan, err));
done:
    free(outputs);
    return status;
}

static size_t size_of(const gt_params *params, const gt_state_update *update) {
    return (size_t)gt_shape_count(gt_params_shape(params, update->index));
}

static void add_batch(const estimate *e, const gt_params *params) {
    double *sum = e->sums;
    for (int i = 0; i < e->nodes.update_count; ++i) {
        const float *value = gt_plan_output(e->plan, i);
        for (size_t k = size_of(params, &e->nodes.updates[i]); k > 0; --k) *sum++ += *value++;
    }
}

/* States move from 0 by the share that one batch has. */
static void clear(const estimate *e, const gt_params *params, float *values) {
    for (int i = 0; i < e->nodes.update_count; ++i)
        memset(values + gt_params_offset(params, e->nodes.updates[i].index), 0,
               size_of(params, &e->nodes.updates[i]) * sizeof *values);
}

static void set(const estimate *e, const gt_params *params, float *values) {
    const double *sum = e->sums;
    for (int i = 0; i < e->nodes.update_count; ++i) {
        float *state = values + gt_params_offset(params, e->nodes.updates[i].index);
        for (size_t k = size_of(params, &e->nodes.updates[i]); k > 0; --k)
            *state++ = (float)(*sum++ / (BATCHES * net_pass_share));
    }
}

gt_status gan_recalibrate(const gt_model *model, float *values, const gt_model_rows *rows,
                          int threads, gt_error *err) {
    const gt_params *params = gt_model_params(model);
    gt_status status = GT_OK;
    estimate e = {0};
    if (!((const gan *)gt_model_self(model))->fresh_statistics) return GT_OK;
    GT_TRY(compile(model, &e, threads, err));
    clear(&e, params, values);
    gt_plan_bind_parameters(e.plan, values);
    for (uint64_t batch = 0; batch < BATCHES; ++batch) {
        GT_TRY(rows->read(rows->user, 0, 0, NULL, err)); /* whether to go on */
        gt_plan_set_noise(e.plan, 0, batch, 0);
        GT_TRY(gt_plan_run(e.plan, err));
        add_batch(&e, params);
    }
    set(&e, params, values);
done:
    close_estimate(&e);
    return status;
}
