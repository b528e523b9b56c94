/* layout.c - fourth pass: which images are blocked. Values that meet in elementwise ops, pools,
 * slices, concatenations and sums want one layout; where such a family touches a convolution,
 * every member that can be blocked is. Reorders stand only where layouts still meet, mostly at
 * leaves. */
#include "ir.h"

static int find(int *parent, int i) {
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
}

static bool keeps_layout(const gt_value *v) {
    switch (v->op) {
    case GT_OP_AVG_POOL:
    case GT_OP_MAX_POOL:
    case GT_OP_MAX_POOL_BACK:
    case GT_OP_UPSAMPLE:
    case GT_OP_RESIZE:
    case GT_OP_SLICE:
    case GT_OP_PAD:
    case GT_OP_CONCAT:
    case GT_OP_SUM_TO:
        return v->shape.rank == 4;
    case GT_OP_CONV2D:
        return v->accumulates;
    default:
        return gt_is_elementwise(v) && v->shape.rank == 4;
    }
}

/* Windows of whole images or of channels leave blocks whole; windows of rows or columns do not.
 */
static bool keeps_blocks(const gt_value *v) {
    bool is_window = v->op == GT_OP_SLICE || v->op == GT_OP_PAD || v->op == GT_OP_CONCAT;
    return !is_window || v->attr.axis <= 1;
}

/* Images of convolutions: the result, or the operands of a weight gradient; never weights and
 * biases. */
static void mark_convolution(const gt_plan *plan, const gt_value *v, int *parent,
                             bool *touches) {
    (void)plan;
    switch (v->op) {
    case GT_OP_CONV2D:
        touches[find(parent, v->id)] = true;
        touches[find(parent, v->inputs[0])] = true;
        break;
    case GT_OP_CONV2D_DATA:
        touches[find(parent, v->id)] = true;
        touches[find(parent, v->inputs[0])] = true;
        break;
    case GT_OP_CONV2D_WEIGHTS:
        touches[find(parent, v->inputs[0])] = true;
        touches[find(parent, v->inputs[1])] = true;
        break;
    default:
        break;
    }
}

void gt_pass_layout(gt_plan *plan) {
    int count;
    const int *order = gt_values_in_order(plan, &count);
    int *parent = gt_pool(plan, (size_t)plan->value_count * sizeof *parent);
    bool *touches = gt_pool(plan, (size_t)plan->value_count * sizeof *touches);
    for (int i = 0; i < plan->value_count; i++) parent[i] = i;
    for (int i = 0; i < count; i++) {
        const gt_value *v = gt_at(plan, order[i]);
        if (!keeps_layout(v)) continue;
        int first = v->op == GT_OP_CONV2D ? v->input_count - 1 : 0;
        for (int k = first; k < v->input_count; k++) {
            if (gt_is_leaf(gt_at(plan, v->inputs[k]))) continue;
            parent[find(parent, v->inputs[k])] = find(parent, v->id);
        }
    }
    for (int i = 0; i < count; i++)
        mark_convolution(plan, gt_at(plan, order[i]), parent, touches);
    for (int i = 0; i < count; i++) {
        gt_value *v = gt_at(plan, order[i]);
        bool image = !gt_is_leaf(v) && gt_can_block(v->shape) && touches[find(parent, v->id)];
        bool able = keeps_layout(v) || v->op == GT_OP_CONV2D || v->op == GT_OP_CONV2D_DATA;
        v->layout = image && able && keeps_blocks(v) ? GT_BLOCKED : GT_PLAIN;
    }
    for (int g = 0; g < plan->group_count; g++) {
        gt_group *group = &plan->groups[g];
        group->layout = GT_PLAIN;
        for (int i = 0; i < group->member_count; i++) {
            const gt_value *v = gt_at(plan, group->members[i]);
            int shaped = v->op == GT_OP_SUM_TO ? v->inputs[0] : v->id;
            if (gt_at(plan, shaped)->layout == GT_BLOCKED) group->layout = GT_BLOCKED;
        }
        for (int i = 0; i < group->member_count; i++) {
            gt_value *v = gt_at(plan, group->members[i]);
            /* sums are written by the strides of the group, which are plain in a plain one */
            if (v->op != GT_OP_SUM_TO || group->layout == GT_PLAIN) v->layout = group->layout;
        }
    }
}

int gt_value_as(gt_plan *plan, int id, gt_layout layout) {
    gt_value *v = gt_at(plan, id);
    if (!gt_layouts_differ(v->shape) || v->layout == layout) return id;
    if (v->other_layout >= 0) return v->other_layout;
    int copy = gt_value_new(plan, GT_IR_REORDER, v->shape, NULL, &id, 1);
    v = gt_at(plan, id);
    gt_value *c = gt_at(plan, copy);
    c->layout = layout;
    c->hoisted = v->hoisted;
    c->order = v->order + 1;
    c->storage = v->hoisted ? GT_STORE_PERSISTENT : GT_STORE_ARENA;
    c->other_layout = id;
    v->other_layout = copy;
    gt_task *task = gt_task_new(plan, GT_TASK_CHANNELS, copy);
    task->pieces = gt_pool(plan, sizeof *task->pieces);
    task->piece_count = 1;
    task->pieces[0].source = id;
    task->pieces[0].channels = (gt_channels){.src = v->shape,
                                             .dst = v->shape,
                                             .src_layout = v->layout,
                                             .dst_layout = layout,
                                             .count = v->shape.dim[1]};
    gt_task_reads(plan, task, &id, 1);
    gt_task_writes(plan, task, &copy, 1);
    return copy;
}
