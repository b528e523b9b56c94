/* lower.c - fifth pass: every value that must be computed gets a task, with its kernel made
 * ready for the shapes and layouts. */
#include "ir.h"

/* ---- One task for a value
 * ---------------------------------------------------------------------------- */

/* Brings input i of v into the layout that the kernel reads. */
static int input_as_wanted(gt_plan *plan, const gt_value *v, const gt_kernel *kernel, int i) {
    int id = v->inputs[i];
    bool last = i == v->input_count - 1;
    switch (kernel->layout) {
    case GT_LAYOUT_SHARED:
        return gt_value_as(plan, id, v->layout);
    case GT_LAYOUT_WINDOW:
        if (v->shape.rank == 4 && v->attr.axis == 1) return id;
        return gt_value_as(plan, id, v->layout);
    case GT_LAYOUT_IMAGES:
        if (v->accumulates && last) return gt_value_as(plan, id, v->layout);
        if (kernel->images & 1u << i && gt_can_block(plan, gt_at(plan, id)->shape))
            return gt_value_as(plan, id, GT_BLOCKED);
        break;
    case GT_LAYOUT_PLAIN:
        break;
    }
    return gt_value_as(plan, id, GT_PLAIN);
}

/* What nothing but one output wants goes straight to where the caller wants it. */
static int straight_output(const gt_plan *plan, const gt_value *v) {
    int found = -1;
    if (!v->wanted || v->user_count > 0 || v->hoisted) return -1;
    for (int i = 0; i < plan->output_count; i++) {
        if (plan->outputs[i].value != v->id) continue;
        if (found >= 0) return -1;
        found = i;
    }
    return found;
}

static void tell_totals(gt_value *totals, gt_task *task) {
    totals->storage = GT_STORE_ARENA;
    task->call.totals = (gt_operand){totals->shape, totals->layout, &totals->data};
}

static gt_status lower_by(gt_plan *plan, gt_value *v, const gt_kernel *kernel, gt_error *err) {
    for (int i = 0; i < v->input_count; i++) v->inputs[i] = input_as_wanted(plan, v, kernel, i);
    gt_task *task = gt_task_new(plan, kernel, v->id);
    gt_task_reads(plan, task, v->inputs, v->input_count);
    gt_task_writes(plan, task, (int[]){v->id, v->totals}, v->totals < 0 ? 1 : 2);
    if (v->totals >= 0) tell_totals(gt_at(plan, v->totals), task);
    v->storage = v->accumulates ? GT_STORE_ALIAS
                 : v->hoisted   ? GT_STORE_PERSISTENT
                                : GT_STORE_ARENA;
    if (kernel->straight) task->output = straight_output(plan, v);
    if (task->output >= 0) {
        v->storage = GT_STORE_OUTPUT;
        task->call.result.data = &plan->outputs[task->output].bound;
    }
    return gt_task_prepare(plan, task, err);
}

/* The caller's floats are copied where kernels cannot read them in place. */
static gt_status lower_leaf(gt_plan *plan, gt_value *v, gt_error *err) {
    gt_task *task = gt_task_new(plan, plan->backend->load, v->id);
    task->call.host = &v->bound;
    v->storage = v->hoisted ? GT_STORE_PERSISTENT : GT_STORE_ARENA;
    gt_task_reads(plan, task, NULL, 0);
    gt_task_writes(plan, task, &v->id, 1);
    return gt_task_prepare(plan, task, err);
}

static gt_status lower_value(gt_plan *plan, gt_value *v, gt_error *err) {
    const gt_kernel *kernel = gt_kernel_of(plan, v);
    if (v->op == GT_OP_RESHAPE) {
        v->inputs[0] = gt_value_as(plan, v->inputs[0], GT_PLAIN);
        v->storage = GT_STORE_ALIAS;
        return GT_OK;
    }
    if (kernel) return lower_by(plan, v, kernel, err);
    if (v->op == GT_OP_INPUT || v->op == GT_OP_PARAMETER) {
        return plan->backend->load ? lower_leaf(plan, v, err) : GT_OK;
    }
    if (v->op == GT_OP_CONSTANT) return GT_OK;
    return gt_fail(err, GT_UNSUPPORTED, "the backend '%s' has no kernel for %s",
                   plan->backend->name, gt_op_class_of((gt_op)v->op)->name);
}

static gt_status lower_output(gt_plan *plan, int i, gt_error *err) {
    int value = plan->outputs[i].value;
    const gt_value *v = gt_at(plan, value);
    if (v->storage == GT_STORE_OUTPUT) return GT_OK;
    gt_task *task = gt_task_new(plan, plan->backend->fetch, value);
    task->hoisted = false;
    task->output = i;
    task->order = v->order + 2;
    task->call.host = &plan->outputs[i].bound;
    gt_task_reads(plan, task, &value, 1);
    gt_task_writes(plan, task, NULL, 0);
    return gt_task_prepare(plan, task, err);
}

/* ---- Orders that two tasks agree on
 * ------------------------------------------------------------ */

/* Who makes a value, and how many read it. */
typedef struct handover {
    gt_task *from;
    int readers;
} handover;

static bool may_agree(const gt_plan *plan, const gt_task *task, const handover *values) {
    const gt_kernel *kernel = task->call.kernel;
    if (!kernel->agree || task->packs_for) return false;
    const gt_value *v = gt_at(plan, task->reads[0]);
    const gt_task *from = values[v->id].from;
    return from && from->call.kernel == kernel && values[v->id].readers == 1 && !v->wanted &&
           v->storage == GT_STORE_ARENA;
}

static void agree_on_orders(gt_plan *plan) {
    handover *values = gt_pool(plan, (size_t)plan->value_count * sizeof *values);
    for (int t = 0; t < plan->task_count; t++) {
        gt_task *task = plan->tasks[t];
        for (int i = 0; i < task->read_count; i++) values[task->reads[i]].readers++;
        if (task->write_count > 0) values[task->writes[0]].from = task;
    }
    for (int i = 0; i < plan->value_count; i++) { /* whoever shares memory reads it as it is */
        const gt_value *v = gt_at(plan, i);
        bool shares = !v->dead && v->storage == GT_STORE_ALIAS && v->input_count > 0;
        for (int k = 0; shares && k < v->input_count; k++) values[v->inputs[k]].readers++;
    }
    for (int t = 0; t < plan->task_count; t++) {
        gt_task *task = plan->tasks[t];
        if (!may_agree(plan, task, values)) continue;
        gt_task *from = values[task->reads[0]].from;
        if (!task->call.kernel->agree(&from->call, &task->call)) continue;
        task->takes_over = from;
        gt_task_ask_scratch(from);
        gt_task_ask_scratch(task);
    }
}

gt_status gt_pass_lower(gt_plan *plan, gt_error *err) {
    gt_status status = GT_OK;
    int count;
    const int *order = gt_values_in_order(plan, &count);
    for (int i = 0; i < count; i++) {
        gt_value *v = gt_at(plan, order[i]);
        if (v->group < 0 && !v->view && !v->told) GT_TRY(lower_value(plan, v, err));
    }
    for (int g = 0; g < plan->group_count; g++) GT_TRY(gt_lower_group(plan, g, err));
    for (int i = 0; i < plan->output_count; i++) GT_TRY(lower_output(plan, i, err));
    agree_on_orders(plan);
done:
    return status;
}
