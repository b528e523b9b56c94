/* layout.c - fourth pass: which images are blocked, by the layouts that the backend's kernels
 * want. Values that meet in elementwise ops, pools, slices, concatenations and sums want one
 * layout; where such a family touches a kernel that wants blocks (a convolution), every member
 * that can be blocked is. Reorders stand only where layouts still meet, mostly at leaves. */
#include "ir.h"

static int root_of(int *parent, int i) {
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
}

static gt_layout_rule rule_of(const gt_plan *plan, const gt_value *v) {
    const gt_kernel *kernel = gt_kernel_of(plan, v);
    return kernel ? kernel->layout : gt_is_elementwise(v) ? GT_LAYOUT_SHARED : GT_LAYOUT_PLAIN;
}

static bool keeps_layout(const gt_plan *plan, const gt_value *v) {
    gt_layout_rule rule = rule_of(plan, v);
    if (rule == GT_LAYOUT_IMAGES) return v->accumulates;
    return rule != GT_LAYOUT_PLAIN && v->shape.rank == 4;
}

/* Windows of whole images or of channels leave blocks whole; windows of rows or columns do not.
 */
static bool keeps_blocks(const gt_plan *plan, const gt_value *v) {
    return rule_of(plan, v) != GT_LAYOUT_WINDOW || v->attr.axis <= 1;
}

static bool makes_blocks(const gt_plan *plan, const gt_value *v) {
    return rule_of(plan, v) == GT_LAYOUT_IMAGES &&
           gt_kernel_of(plan, v)->images & GT_IMAGE_RESULT;
}

/* Families that a kernel wants in blocks: of its result, of its images. */
static void mark_images(const gt_plan *plan, const gt_value *v, int *parent, bool *touches) {
    if (rule_of(plan, v) != GT_LAYOUT_IMAGES) return;
    if (makes_blocks(plan, v)) touches[root_of(parent, v->id)] = true;
    for (int i = 0; i < v->input_count; i++)
        if (gt_kernel_of(plan, v)->images & 1u << i)
            touches[root_of(parent, v->inputs[i])] = true;
}

static void join_family(const gt_plan *plan, const gt_value *v, int *parent) {
    int first = v->accumulates ? v->input_count - 1 : 0;
    for (int k = first; k < v->input_count; k++) {
        if (gt_is_leaf(gt_at(plan, v->inputs[k]))) continue;
        parent[root_of(parent, v->inputs[k])] = root_of(parent, v->id);
    }
}

static void settle_group(const gt_plan *plan, gt_group *group) {
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

void gt_pass_layout(gt_plan *plan) {
    int count;
    const int *order = gt_values_in_order(plan, &count);
    int *parent = gt_pool(plan, (size_t)plan->value_count * sizeof *parent);
    bool *touches = gt_pool(plan, (size_t)plan->value_count * sizeof *touches);
    for (int i = 0; i < plan->value_count; i++) parent[i] = i;
    for (int i = 0; i < count; i++) {
        const gt_value *v = gt_at(plan, order[i]);
        if (keeps_layout(plan, v)) join_family(plan, v, parent);
    }
    for (int i = 0; i < count; i++) mark_images(plan, gt_at(plan, order[i]), parent, touches);
    for (int i = 0; i < count; i++) {
        gt_value *v = gt_at(plan, order[i]);
        bool image =
            !gt_is_leaf(v) && gt_can_block(plan, v->shape) && touches[root_of(parent, v->id)];
        bool able = keeps_layout(plan, v) || makes_blocks(plan, v);
        v->layout = image && able && keeps_blocks(plan, v) ? GT_BLOCKED : GT_PLAIN;
    }
    for (int g = 0; g < plan->group_count; g++) settle_group(plan, &plan->groups[g]);
}

int gt_value_as(gt_plan *plan, int id, gt_layout layout) {
    gt_value *v = gt_at(plan, id);
    if (!gt_layouts_differ(plan, v->shape) || v->layout == layout) return id;
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
    gt_task *task = gt_task_new(plan, plan->backend->reorder, copy);
    gt_task_reads(plan, task, &id, 1);
    gt_task_writes(plan, task, &copy, 1);
    return copy;
}
