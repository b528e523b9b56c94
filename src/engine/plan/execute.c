/* execute.c - runs one task of a plan. */
#include "ir.h"

static gt_status run_packing(const gt_plan *plan, const gt_task *task, gt_error *err) {
    const gt_task *owner = task->packs_for;
    return owner->call.kernel->packing->pack(&owner->call, gt_at(plan, task->value)->data,
                                             owner->packed, err);
}

/* Noise that the caller bound takes the place of what would be drawn. */
static gt_status run_recorded(gt_plan *plan, const gt_task *task, gt_error *err) {
    gt_call load = task->call;
    if (!plan->backend->load) return GT_OK;
    load.host = &gt_at(plan, task->value)->bound;
    return plan->backend->load->run(&load, err);
}

static gt_status run_kernel(const gt_plan *plan, gt_task *task, gt_error *err) {
    gt_status status = GT_OK;
    gt_call *call = &task->call;
    const gt_packing *packing = call->kernel->packing;
    if (task->packs_each_run)
        GT_TRY(packing->pack(call, *call->inputs[packing->input].data, task->packed, err));
    if (task->output >= 0) call->accumulate = plan->outputs[task->output].accumulate;
    GT_TRY(call->kernel->run(call, err));
done:
    return status;
}

gt_status gt_task_run(gt_plan *plan, gt_task *task, gt_error *err) {
    const gt_value *v = gt_at(plan, task->value);
    gt_status status;
    if (task->packs_for)
        status = run_packing(plan, task, err);
    else if (v->op == GT_OP_RANDOM && v->bound && task->write_count > 0)
        status = run_recorded(plan, task, err);
    else
        status = run_kernel(plan, task, err);
    if (status != GT_OK && v->leaf) gt_blame(err, "%s", gt_tensor_name(v->leaf));
    return status;
}
