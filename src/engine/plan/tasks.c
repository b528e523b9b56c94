/* tasks.c - the list of tasks: making them, what they read and write, and what their kernels
 * ask for. */
#include <string.h>

#include "ir.h"

gt_task *gt_task_new(gt_plan *plan, const gt_kernel *kernel, int value) {
    plan->tasks = gt_pool_list(plan, plan->tasks, plan->task_count, &plan->task_capacity);
    gt_task *task = gt_pool(plan, sizeof *task);
    const gt_value *v = gt_at(plan, value);
    task->call = (gt_call){.kernel = kernel,
                           .options = &plan->options,
                           .threads = plan->options.threads,
                           .op = v->op,
                           .attr = &v->attr,
                           .result = {v->shape, v->layout, &v->data},
                           .adds = v->accumulates,
                           .clips = v->clips,
                           .masks = v->masks,
                           .noise = &plan->noise};
    task->value = value;
    task->output = -1;
    task->order = v->order;
    task->hoisted = v->hoisted;
    plan->tasks[plan->task_count++] = task;
    return task;
}

static int *copy_list(gt_plan *plan, const int *values, int count) {
    int *list = gt_pool(plan, (size_t)(count + 1) * sizeof *list);
    if (count) memcpy(list, values, (size_t)count * sizeof *list);
    return list;
}

void gt_task_reads(gt_plan *plan, gt_task *task, const int *values, int count) {
    gt_operand *inputs = gt_pool(plan, (size_t)(count + 1) * sizeof *inputs);
    for (int i = 0; i < count; i++) {
        const gt_value *u = gt_at(plan, values[i]);
        inputs[i] = (gt_operand){u->shape, u->layout, &u->data};
    }
    task->reads = copy_list(plan, values, count);
    task->read_count = count;
    task->call.inputs = inputs;
    task->call.input_count = count;
}

void gt_task_writes(gt_plan *plan, gt_task *task, const int *values, int count) {
    task->writes = copy_list(plan, values, count);
    task->write_count = count;
}

/* ---- Inputs in a kernel's own order
 * ------------------------------------------------------------ */

static gt_task *packs_alike(const gt_plan *plan, const gt_task *task, int input) {
    const gt_packing *packing = task->call.kernel->packing;
    for (int t = 0; t < plan->task_count; t++) {
        const gt_task *other = plan->tasks[t];
        if (other->packs_for && other->reads[0] == input &&
            other->packs_for->call.kernel->packing == packing &&
            packing->alike(&other->packs_for->call, &task->call))
            return other->packs_for;
    }
    return NULL;
}

/* What changes with the parameters only is packed by a task of its own, ahead of every run, and
 * shared by those that want the same order; a task that itself runs then packs on the spot. */
static void pack_input(gt_plan *plan, gt_task *task) {
    const gt_packing *packing = task->call.kernel->packing;
    int input = task->reads[packing->input];
    task->packed_bytes = packing->bytes(&task->call);
    task->packs_each_run = !gt_at(plan, input)->hoisted || task->hoisted;
    if (task->packs_each_run) return;
    task->packed_by = packs_alike(plan, task, input);
    if (task->packed_by) return;
    task->packed_by = task;
    gt_task *packing_task = gt_task_new(plan, task->call.kernel, input);
    packing_task->packs_for = task;
    packing_task->order = task->order;
    gt_task_reads(plan, packing_task, &input, 1);
    gt_task_writes(plan, packing_task, NULL, 0);
}

void gt_task_ask_scratch(gt_task *task) {
    const gt_kernel *kernel = task->call.kernel;
    if (kernel->scratch) task->own_scratch = (kernel->scratch(&task->call) + 63) / 64 * 64;
    task->scratch_bytes = task->own_scratch + (task->packs_each_run ? task->packed_bytes : 0);
}

gt_status gt_task_prepare(gt_plan *plan, gt_task *task, gt_error *err) {
    gt_status status = GT_OK;
    const gt_kernel *kernel = task->call.kernel;
    if (kernel->prepare) GT_TRY(kernel->prepare(&task->call, err));
    if (kernel->packing) pack_input(plan, task);
    gt_task_ask_scratch(task);
done:
    return status;
}
