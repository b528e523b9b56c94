/* values.c - the list of values: making them, who uses them, their order. */
#include <stdlib.h>
#include <string.h>

#include "ir.h"

int gt_value_new(gt_plan *plan, int op, gt_shape shape, const gt_attr *attr, const int *inputs,
                 int count) {
    plan->values = gt_pool_list(plan, plan->values, plan->value_count, &plan->value_capacity);
    gt_value *v = gt_pool(plan, sizeof *v);
    v->id = plan->value_count;
    v->op = op;
    v->shape = shape;
    if (attr) v->attr = *attr;
    v->inputs = gt_pool(plan, (size_t)(count ? count : 1) * sizeof *v->inputs);
    if (count) memcpy(v->inputs, inputs, (size_t)count * sizeof *inputs);
    v->input_count = count;
    v->group = v->other_layout = v->output = v->totals = -1;
    v->root = v->id;
    v->bytes = (size_t)gt_shape_count(shape) * gt_number_bytes(plan->backend->number);
    plan->values[plan->value_count++] = v;
    return v->id;
}

bool gt_is_leaf(const gt_value *v) {
    return v->op == GT_OP_INPUT || v->op == GT_OP_PARAMETER || v->op == GT_OP_CONSTANT ||
           v->op == GT_OP_RANDOM;
}

bool gt_is_elementwise(const gt_value *v) {
    if (v->op >= GT_OP_COUNT) return false;
    gt_op_kind kind = gt_op_class_of((gt_op)v->op)->kind;
    return kind == GT_UNARY || kind == GT_BINARY || kind == GT_TERNARY ||
           v->op == GT_OP_BROADCAST;
}

static void mark_needed(gt_plan *plan, int id, bool *needed) {
    /* an explicit stack: graphs are deeper than the machine's */
    int *stack = gt_pool(plan, (size_t)plan->value_count * sizeof *stack);
    int depth = 0;
    if (!needed[id]) stack[depth++] = id;
    needed[id] = true;
    while (depth > 0) {
        const gt_value *v = gt_at(plan, stack[--depth]);
        for (int i = 0; i < v->input_count; i++) {
            if (needed[v->inputs[i]]) continue;
            needed[v->inputs[i]] = true;
            stack[depth++] = v->inputs[i];
        }
    }
}

void gt_find_users(gt_plan *plan) {
    int n = plan->value_count;
    bool *needed = gt_pool(plan, (size_t)n * sizeof *needed);
    for (int i = 0; i < plan->output_count; i++)
        if (!needed[plan->outputs[i].value]) mark_needed(plan, plan->outputs[i].value, needed);
    for (int i = 0; i < n; i++) {
        gt_at(plan, i)->dead = !needed[i];
        gt_at(plan, i)->user_count = 0;
    }
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < n; i++) {
            gt_value *v = gt_at(plan, i);
            if (v->dead) continue;
            for (int k = 0; k < v->input_count; k++) {
                gt_value *u = gt_at(plan, v->inputs[k]);
                if (pass == 1) u->users[u->user_count] = i;
                u->user_count++;
            }
        }
        if (pass == 1) break;
        for (int i = 0; i < n; i++) {
            gt_value *v = gt_at(plan, i);
            v->users = gt_pool(plan, (size_t)(v->user_count + 1) * sizeof *v->users);
            v->user_count = 0;
        }
    }
}

static int by_order(const void *a, const void *b, void *context) {
    const gt_plan *plan = context;
    const gt_value *x = gt_at(plan, *(const int *)a), *y = gt_at(plan, *(const int *)b);
    if (x->order != y->order) return x->order < y->order ? -1 : 1;
    return x->id - y->id;
}

int *gt_values_in_order(gt_plan *plan, int *count) {
    int *list = gt_pool(plan, (size_t)(plan->value_count + 1) * sizeof *list);
    *count = 0;
    for (int i = 0; i < plan->value_count; i++)
        if (!gt_at(plan, i)->dead) list[(*count)++] = i;
    qsort_r(list, (size_t)*count, sizeof *list, by_order, plan);
    return list;
}
