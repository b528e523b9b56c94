/* plan.c - the public face: compiles a graph by running the passes, binds data, runs the tasks.
 */
#include "galatea/plan.h"

#include <omp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "ir.h"
#include "progress.h"
#include "team.h"

static gt_status compile(gt_plan *plan, gt_tensor *const *outputs, int count, gt_error *err) {
    gt_status status = GT_OK;
    if (setjmp(plan->out_of_memory))
        return gt_fail(err, GT_NO_MEMORY, "compiling a graph: out of memory");
    gt_pass_build(plan, outputs, count);
    if (!plan->options.keep_activations) gt_pass_rematerialize(plan);
    gt_pass_fuse(plan);
    gt_pass_layout(plan);
    GT_TRY(gt_pass_lower(plan, err));
    gt_pass_schedule(plan);
    GT_TRY(gt_pass_place(plan, err));
done:
    return status;
}

gt_status gt_plan_create(const gt_graph *graph, gt_tensor *const *outputs, int count,
                         const gt_plan_options *options, gt_plan **result, gt_error *err) {
    gt_status status = gt_graph_check(graph, err);
    if (status != GT_OK) return status;
    gt_plan *plan = calloc(1, sizeof *plan);
    if (!plan) return gt_fail(err, GT_NO_MEMORY, "compiling a graph: out of memory");
    int before = omp_get_max_threads();
    plan->graph = graph;
    if (options) plan->options = *options;
    if (plan->options.threads <= 0) plan->options.threads = omp_get_num_procs();
    plan->backend = plan->options.backend ? plan->options.backend : gt_backend_default();
    omp_set_num_threads(1); /* as in the pieces of work that use what is made here */
    status = compile(plan, outputs, count, err);
    omp_set_num_threads(before);
    plan->options.algorithms = NULL;
    if (status != GT_OK) {
        gt_plan_destroy(plan);
    } else {
        *result = plan;
    }
    return status;
}

void gt_plan_destroy(gt_plan *plan) {
    if (!plan) return;
    for (int t = 0; t < plan->task_count; t++) {
        const gt_call *call = &plan->tasks[t]->call;
        if (call->state) (call->kernel->release ? call->kernel->release : free)(call->state);
    }
    for (int i = 0; i < plan->output_count; i++) free(plan->outputs[i].kept);
    if (plan->arena && !plan->options.arena) plan->backend->release(plan->arena);
    if (plan->persistent) plan->backend->release(plan->persistent);
    gt_pool_free(plan->pool);
    free(plan);
}

/* ---- Binding
 * ------------------------------------------------------------------------------------ */

/* Kernels that read the caller's memory in place find it by the value's pointer, which is not
 * const though they only read. */
static void bind_value(const gt_plan *plan, gt_value *v, const float *data) {
    v->bound = data;
    if (!plan->backend->load) memcpy(&v->data, &data, sizeof data);
}

gt_status gt_plan_bind(gt_plan *plan, const gt_tensor *leaf, const float *data, gt_error *err) {
    if (leaf->graph != plan->graph || (leaf->op != GT_OP_INPUT && leaf->op != GT_OP_RANDOM))
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "%s: not an input or a random leaf of the plan's graph",
                       gt_tensor_name(leaf));
    int id = plan->value_of_node[leaf->id];
    if (id < 0) return GT_OK;
    gt_value *v = gt_at(plan, id);
    bind_value(plan, v, data);
    if (leaf->op == GT_OP_RANDOM && !data) v->data = (char *)plan->arena + v->offset;
    return GT_OK;
}

void gt_plan_bind_parameters(gt_plan *plan, const float *values) {
    for (int i = 0; i < plan->value_count; i++) {
        gt_value *v = gt_at(plan, i);
        if (v->op == GT_OP_PARAMETER) bind_value(plan, v, values + v->attr.start);
    }
    plan->parameters_fresh = false;
}

void gt_plan_parameters_changed(gt_plan *plan) {
    plan->parameters_fresh = false;
}

void gt_plan_bind_output(gt_plan *plan, int i, float *data, bool accumulate) {
    plan->outputs[i].bound = data;
    plan->outputs[i].accumulate = accumulate;
}

const float *gt_plan_output(const gt_plan *plan, int i) {
    return plan->outputs[i].bound;
}

void gt_plan_set_noise(gt_plan *plan, uint64_t seed, uint64_t step, uint64_t first_image) {
    plan->noise = (gt_noise_place){seed, step, first_image};
}

/* ---- Running
 * ------------------------------------------------------------------------------------ */

static gt_status check_bound(const gt_plan *plan, gt_error *err) {
    for (int i = 0; i < plan->value_count; i++) {
        const gt_value *v = gt_at(plan, i);
        if (v->dead || v->bound || (v->op != GT_OP_INPUT && v->op != GT_OP_PARAMETER)) continue;
        return gt_fail(err, GT_BAD_ARGUMENT, "%s: %s was not bound before the run",
                       gt_tensor_name(v->leaf),
                       v->op == GT_OP_INPUT ? "an input" : "the parameter vector");
    }
    return GT_OK;
}

static size_t output_bytes(const gt_plan *plan, int i) {
    return (size_t)gt_shape_count(gt_at(plan, plan->outputs[i].value)->shape) * sizeof(float);
}

/* Outputs that the caller did not bind are kept by the plan. */
static gt_status keep_outputs(gt_plan *plan, gt_error *err) {
    for (int i = 0; i < plan->output_count; i++) {
        gt_output *output = &plan->outputs[i];
        if (output->bound) continue;
        size_t bytes = (output_bytes(plan, i) + 63) / 64 * 64;
        if (!output->kept) {
            output->kept = aligned_alloc(64, bytes);
            plan->allocations++;
        }
        if (!output->kept)
            return gt_fail(err, GT_NO_MEMORY, "output %d of a plan: out of memory", i);
        output->bound = output->kept;
    }
    return GT_OK;
}

static void follow_aliases(gt_plan *plan) {
    for (int i = 0; i < plan->alias_count; i++) {
        gt_value *v = gt_at(plan, plan->aliases[i]);
        v->data = gt_at(plan, v->root)->data;
    }
}

static gt_status run_one(gt_plan *plan, gt_task *task, gt_error *err) {
    double start = plan->profiling ? gt_seconds() : 0;
    gt_status status = gt_task_run(plan, task, err);
    if (plan->profiling) {
        task->seconds += gt_seconds() - start;
        task->runs++;
    }
    return status;
}

/* Preparations that follow one another: each is small, and none reads what another writes. */
typedef struct preparations {
    gt_plan *plan;
    gt_task **tasks;
    gt_failure failure;
} preparations;

static void prepare_one(void *self, int64_t i, int worker) {
    preparations *p = self;
    gt_error error;
    gt_status status = run_one(p->plan, p->tasks[i], &error);
    gt_failure_record(&p->failure, status, &error);
}

static gt_status run_preparations(gt_plan *plan, int first, int count, gt_error *err) {
    preparations p = {.plan = plan, .tasks = plan->tasks + first};
    gt_team_run(plan->options.threads, count, prepare_one, &p);
    return gt_failure_report(&p.failure, err);
}

static gt_status run_tasks(gt_plan *plan, gt_error *err) {
    gt_status status = GT_OK;
    int t = plan->parameters_fresh ? plan->hoisted_tasks : 0;
    while (t < plan->task_count) {
        int count = 0;
        while (t + count < plan->task_count && plan->tasks[t + count]->packs_for) count++;
        if (count > 0) {
            GT_TRY(run_preparations(plan, t, count, err));
        } else {
            GT_TRY(run_one(plan, plan->tasks[t], err));
            count = 1;
        }
        t += count;
    }
    plan->parameters_fresh = true;
done:
    return status;
}

gt_status gt_plan_run(gt_plan *plan, gt_error *err) {
    gt_status status = GT_OK;
    int before = omp_get_max_threads();
    GT_TRY(check_bound(plan, err));
    GT_TRY(keep_outputs(plan, err));
    gt_plan_follow_arena(plan);
    follow_aliases(plan);
    if (before != plan->options.threads) omp_set_num_threads(plan->options.threads);
    status = run_tasks(plan, err);
    if (before != plan->options.threads) omp_set_num_threads(before);
done:
    return status;
}

/* ---- What it costs
 * ------------------------------------------------------------------------------- */

gt_plan_memory gt_plan_memory_use(const gt_plan *plan) {
    gt_plan_memory use = {.arena = plan->arena_bytes,
                          .persistent = plan->persistent_bytes,
                          .unshared = plan->unshared_bytes,
                          .allocations = plan->allocations};
    for (int i = 0; i < plan->output_count; i++)
        if (!plan->outputs[i].bound || plan->outputs[i].kept)
            use.persistent += output_bytes(plan, i);
    return use;
}

double gt_plan_flops(const gt_plan *plan) {
    double flops = 0;
    for (int t = plan->hoisted_tasks; t < plan->task_count; t++)
        flops += plan->tasks[t]->call.flops;
    return flops;
}

void gt_plan_profile(gt_plan *plan, bool on) {
    plan->profiling = on;
    for (int t = 0; t < plan->task_count; t++) {
        plan->tasks[t]->seconds = 0;
        plan->tasks[t]->runs = 0;
    }
}

static const char *task_name(const gt_task *task) {
    return task->packs_for ? "prepare weights" : task->call.kernel->name;
}

static void describe_task(const gt_plan *plan, const gt_task *task, char *line, size_t room) {
    char shape[96], more[128] = "";
    double ms = task->runs ? 1e3 * task->seconds / (double)task->runs : 0;
    const gt_call *call = &task->call;
    if (call->kernel->describe && !task->packs_for)
        call->kernel->describe(call, more, sizeof more);
    int used = snprintf(line, room, "%9.3f ms  %s  %s %s", ms, task_name(task),
                        gt_shape_text(gt_at(plan, task->value)->shape, shape), more);
    if (used < 0 || (size_t)used >= room) return;
    if (call->flops > 0)
        snprintf(line + used, room - (size_t)used, "  %.0f GFLOP/s",
                 ms > 0 ? call->flops / ms * 1e-6 : 0);
    if (call->program)
        snprintf(line + used, room - (size_t)used, "  %d instructions, %d read, %d written",
                 call->program->instruction_count, task->read_count, task->write_count);
}

enum { KINDS = 2 * GT_OP_COUNT };

typedef struct kind_sum {
    const char *name, *algorithm;
    double milliseconds, flops, bytes; /* what is read and written, every array once */
    int tasks;
} kind_sum;

static int longest_first(const void *a, const void *b) {
    const kind_sum *x = a, *y = b;
    if (x->milliseconds != y->milliseconds) return x->milliseconds > y->milliseconds ? -1 : 1;
    return strcmp(x->name, y->name) ? strcmp(x->name, y->name)
                                    : strcmp(x->algorithm, y->algorithm);
}

static const char *task_algorithm(const gt_task *task) {
    const gt_kernel *kernel = task->call.kernel;
    return kernel->algorithm && !task->packs_for ? kernel->algorithm(&task->call) : "";
}

static double task_bytes(const gt_plan *plan, const gt_task *task) {
    double floats = 0;
    for (int i = 0; i < task->read_count; i++)
        floats += (double)gt_shape_count(gt_at(plan, task->reads[i])->shape);
    for (int i = 0; i < task->write_count; i++)
        floats += (double)gt_shape_count(gt_at(plan, task->writes[i])->shape);
    return floats * sizeof(float);
}

static void add_to_kind(const gt_plan *plan, const gt_task *task, kind_sum *sum) {
    sum->tasks++;
    sum->bytes += task_bytes(plan, task);
    if (!task->packs_for) sum->flops += task->call.flops;
    if (task->runs) sum->milliseconds += 1e3 * task->seconds / (double)task->runs;
}

/* Tasks of one name and algorithm together; `sums` has room for KINDS of them. */
static int sum_kinds(const gt_plan *plan, kind_sum *sums) {
    int count = 0;
    for (int t = 0; t < plan->task_count; t++) {
        const gt_task *task = plan->tasks[t];
        const char *name = task_name(task), *algorithm = task_algorithm(task);
        int k = 0;
        while (k < count &&
               (strcmp(sums[k].name, name) || strcmp(sums[k].algorithm, algorithm)))
            k++;
        if (k == KINDS) continue;
        if (k == count) sums[count++] = (kind_sum){.name = name, .algorithm = algorithm};
        add_to_kind(plan, task, &sums[k]);
    }
    qsort(sums, (size_t)count, sizeof *sums, longest_first);
    return count;
}

static int describe_kind(const kind_sum *k, double total, char *line, size_t room) {
    double ms = k->milliseconds, rate = ms > 0 ? k->flops / ms * 1e-6 : 0;
    int used = snprintf(line, room, "%9.3f ms  %5.1f %%  %4d x  %8.1f MB", ms,
                        total > 0 ? 100 * ms / total : 0, k->tasks, k->bytes * 1e-6);
    if (k->flops > 0)
        used += snprintf(line + used, room - (size_t)used, "  %8.2f GFLOP  %4.0f GFLOP/s",
                         k->flops * 1e-9, rate);
    return used + snprintf(line + used, room - (size_t)used, "  %s%s%s\n", k->name,
                           *k->algorithm ? ", " : "", k->algorithm);
}

char *gt_plan_report(const gt_plan *plan) {
    enum { LINE = 256 };
    kind_sum sums[KINDS];
    int kinds = sum_kinds(plan, sums);
    size_t room = (size_t)(plan->task_count + kinds + 1) * LINE + 1, used = 0;
    char *text = malloc(room);
    double total = 0;
    if (!text) return NULL;
    for (int k = 0; k < kinds; k++) total += sums[k].milliseconds;
    for (int k = 0; k < kinds; k++)
        used += (size_t)describe_kind(&sums[k], total, text + used, LINE);
    used += (size_t)snprintf(text + used, LINE, "%9.3f ms  a run of all tasks\n\n", total);
    for (int t = 0; t < plan->task_count; t++) {
        char line[LINE - 1];
        describe_task(plan, plan->tasks[t], line, sizeof line);
        used += (size_t)snprintf(text + used, LINE, "%s\n", line);
    }
    return text;
}
