/* plan_trial.h - plans compiled pass by pass, or as programs get them, for the tests of the
 * passes; and a walk over plans of many random graphs. */
#ifndef PLAN_TRIAL_H
#define PLAN_TRIAL_H

#include "random_graph.h"

#include "galatea/plan.h"
#include "plan/ir.h"

typedef enum stage { BUILT, REMATERIALIZED, FUSED, LAID_OUT, LOWERED, SCHEDULED, PLACED } stage;

/* Runs the passes behind `done` up to `last`. */
static inline void pass_on(gt_plan *plan, stage done, stage last) {
    gt_error err;
    if (setjmp(plan->out_of_memory)) fail_msg("no memory for a plan");
    if (done < REMATERIALIZED && last >= REMATERIALIZED && !plan->options.keep_activations)
        gt_pass_rematerialize(plan);
    if (done < FUSED && last >= FUSED) gt_pass_fuse(plan);
    if (done < LAID_OUT && last >= LAID_OUT) gt_pass_layout(plan);
    if (done < LOWERED && last >= LOWERED) assert_ok(gt_pass_lower(plan, &err), err);
    if (done < SCHEDULED && last >= SCHEDULED) gt_pass_schedule(plan);
    if (done < PLACED && last >= PLACED) assert_ok(gt_pass_place(plan, &err), err);
}

/* `outputs` of g, compiled as far as `last`. */
static inline gt_plan *plan_until(stage last, const gt_graph *g, gt_tensor *const *outputs,
                                  int count, gt_plan_options options) {
    gt_error err;
    assert_ok(gt_graph_check(g, &err), err);
    gt_plan *plan = calloc(1, sizeof *plan);
    plan->graph = g;
    plan->options = options;
    if (plan->options.threads <= 0) plan->options.threads = 1;
    plan->backend = options.backend ? options.backend : gt_backend_default();
    if (setjmp(plan->out_of_memory)) fail_msg("no memory for a plan");
    gt_pass_build(plan, outputs, count);
    pass_on(plan, BUILT, last);
    return plan;
}

static inline gt_plan *plan_of(const gt_graph *g, gt_tensor *const *outputs, int count,
                               gt_plan_options options) {
    gt_error err;
    gt_plan *plan = NULL;
    if (options.threads <= 0) options.threads = 1;
    assert_ok(gt_plan_create(g, outputs, count, &options, &plan, &err), err);
    return plan;
}

static inline void run_plan(gt_plan *plan) {
    gt_error err;
    assert_ok(gt_plan_run(plan, &err), err);
}

/* The value of a node of the graph. */
static inline gt_value *value_of(const gt_plan *plan, const gt_tensor *node) {
    int id = plan->value_of_node[node->id];
    return id < 0 ? NULL : gt_at(plan, id);
}

/* Live values of an op, tasks of a kernel. */
static inline int count_op(const gt_plan *plan, int op) {
    int count = 0;
    for (int i = 0; i < plan->value_count; i++)
        count += !gt_at(plan, i)->dead && gt_at(plan, i)->op == op;
    return count;
}
static inline int count_tasks(const gt_plan *plan, const gt_kernel *kernel) {
    int count = 0;
    for (int t = 0; t < plan->task_count; t++)
        count += plan->tasks[t]->call.kernel == kernel && !plan->tasks[t]->packs_for;
    return count;
}

/* A backend of a test's own: the oracle's, with kernels that the test replaces. */
typedef struct own_backend {
    gt_backend table;
    const gt_kernel *kernels[GT_OP_COUNT];
} own_backend;

static inline void begin_backend(own_backend *own) {
    own->table = *gt_backend_oracle();
    own->table.name = "small";
    memcpy(own->kernels, own->table.kernels, sizeof own->kernels);
    own->table.kernels = own->kernels;
}

/* ---- Random plans ---------------------------------------------------------------------- */

/* A random graph with a loss and its gradients. */
typedef struct trial {
    random_graph m;
    gt_tensor *outputs[MAX_LEAVES + 2];
    int count;
    float *parameters;
    gt_plan *plan;
    char name[64]; /* for the sentence of a failure */
} trial;

static inline void bind_trial(const trial *t, gt_plan *plan) {
    gt_error err;
    gt_plan_bind_parameters(plan, t->parameters);
    for (int i = 0; i < t->m.leaf_count; i++)
        if (gt_tensor_name(t->m.leaves[i])[0] == 'x')
            assert_ok(gt_plan_bind(plan, t->m.leaves[i], t->m.data[i], &err), err);
}

/* Every fourth one is a masked network; images have 8x8 pixels, or 32x32. */
static inline void make_trial(trial *t, uint64_t seed, int64_t size) {
    *t = (trial){0};
    (seed % 4 == 3 ? build_masked : build)(&t->m, seed, size);
    t->count = outputs_of(&t->m, t->outputs);
    t->parameters = parameter_vector(&t->m);
    snprintf(t->name, sizeof t->name, "seed %d, size %d", (int)seed, (int)size);
}

static inline void end_trial(trial *t) {
    gt_plan_destroy(t->plan);
    free(t->parameters);
    destroy(&t->m);
}

/* Has `check` look at plans of `seeds` random graphs, one in sixteen of them large, each
 * compiled until `last` for the processor and for the oracle. */
static inline void each_plan(int seeds, stage last, void (*check)(trial *t)) {
    for (int seed = 0; seed < seeds; seed++) {
        trial t;
        make_trial(&t, (uint64_t)seed, seed % 16 == 0 ? 32 : 8);
        for (int way = 0; way < 2; way++) {
            gt_plan_options options = {.threads = 1 + seed % 3,
                                       .exact = seed % 2,
                                       .keep_activations = seed % 5 == 0,
                                       .backend = way ? gt_backend_oracle() : NULL};
            t.plan = plan_until(last, t.m.g, t.outputs, t.count, options);
            check(&t);
            gt_plan_destroy(t.plan);
        }
        t.plan = NULL;
        end_trial(&t);
    }
}

#endif
