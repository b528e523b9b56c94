/* fuse.c - third pass: which elementwise values are computed together, and which convolutions
 * add into their argument, clip or mask what they make.
 *
 * Every value has a level: the number of heavy tasks (convolutions, reductions, copies:
 * anything not elementwise) that must come before it on the longest path. Two elementwise
 * values of one shape and one level can always share a pass over memory, because no heavy task
 * can lie between them; they do when one reads the other or both read the same value. Sums join
 * the pass that computes, or already reads, what they sum. */
#include <string.h>

#include "ir.h"

enum { FULL_GROUP = 320, SUM_FIRST_FROM = 1 << 14 };

/* ---- Convolutions that add into their argument
 * ------------------------------------------------ */

static bool can_add(const gt_plan *plan, const gt_value *v) {
    const gt_kernel *kernel = gt_kernel_of(plan, v);
    return kernel && kernel->adds;
}

static bool can_accumulate(const gt_plan *plan, const gt_value *add, const gt_value *conv,
                           const gt_value *into) {
    if (conv == into || !can_add(plan, conv) || conv->accumulates || conv->user_count != 1 ||
        conv->wanted || conv->hoisted)
        return false;
    if (into->user_count != 1 || into->wanted || into->hoisted || gt_is_leaf(into))
        return false;
    if (into->op == GT_OP_BROADCAST || into->op == GT_OP_RESHAPE) return false;
    if (can_add(plan, into) && into->order > conv->order) return false;
    return !add->hoisted && gt_shape_equal(conv->shape, into->shape);
}

static void replace_users(gt_plan *plan, const gt_value *old, gt_value *new) {
    for (int i = 0; i < old->user_count; i++) {
        gt_value *w = gt_at(plan, old->users[i]);
        for (int k = 0; k < w->input_count; k++)
            if (w->inputs[k] == old->id) w->inputs[k] = new->id;
    }
    for (int i = 0; i < plan->output_count; i++)
        if (plan->outputs[i].value == old->id) plan->outputs[i].value = new->id;
    new->wanted = new->wanted || old->wanted;
}

static void accumulate(gt_plan *plan, gt_value *add, gt_value *conv, const gt_value *into) {
    int *inputs = gt_pool(plan, (size_t)(conv->input_count + 1) * sizeof *inputs);
    memcpy(inputs, conv->inputs, (size_t)conv->input_count * sizeof *inputs);
    inputs[conv->input_count++] = into->id;
    conv->inputs = inputs;
    conv->accumulates = true;
    conv->order = add->order;
    replace_users(plan, add, conv);
}

static void accumulate_convolutions(gt_plan *plan) {
    int count;
    int *order = gt_values_in_order(plan, &count);
    for (int i = 0; i < count; i++) {
        gt_value *add = gt_at(plan, order[i]);
        if (add->op != GT_OP_ADD) continue;
        gt_value *a = gt_at(plan, add->inputs[0]), *b = gt_at(plan, add->inputs[1]);
        if (can_accumulate(plan, add, b, a)) {
            accumulate(plan, add, b, a);
        } else if (can_accumulate(plan, add, a, b)) {
            accumulate(plan, add, a, b);
        } else {
            continue;
        }
        gt_find_users(plan);
    }
}

/* ---- Convolutions that clip
 * -------------------------------------------------------------------- */

/* Where a forward pass over memory reads it besides, RELU is computed in that for nothing. */
static bool is_read_in_passing(const gt_plan *plan, const gt_value *relu) {
    for (int i = 0; i < relu->user_count; i++) {
        const gt_value *w = gt_at(plan, relu->users[i]);
        if (!w->backward && (gt_is_elementwise(w) || w->op == GT_OP_SUM_TO)) return true;
    }
    return false;
}

static bool can_clip(const gt_plan *plan, const gt_value *relu, const gt_value *conv) {
    const gt_kernel *kernel = gt_is_elementwise(conv) ? NULL : gt_kernel_of(plan, conv);
    return kernel && kernel->clips && conv->user_count == 1 && !conv->wanted && !relu->wanted &&
           conv->hoisted == relu->hoisted && !is_read_in_passing(plan, relu);
}

static void clip_convolutions(gt_plan *plan) {
    int count;
    int *order = gt_values_in_order(plan, &count);
    for (int i = 0; i < count; i++) {
        gt_value *relu = gt_at(plan, order[i]);
        if (relu->op != GT_OP_RELU) continue;
        gt_value *conv = gt_at(plan, relu->inputs[0]);
        if (!can_clip(plan, relu, conv)) continue;
        conv->clips = true;
        replace_users(plan, relu, conv);
    }
    gt_find_users(plan);
}

/* ---- Data gradients that a RELU's slope masks
 * --------------------------------------------- */

/* A sum over everything but the channels of images. */
static bool is_total(const gt_value *v, gt_shape x) {
    return v->op == GT_OP_SUM_TO && x.rank == 4 &&
           gt_shape_equal(v->shape, GT_SHAPE(1, x.dim[1], 1, 1));
}

/* Where a pass over memory reads the product besides, it is computed in that for nothing. */
static bool is_read_by_kernels_alone(const gt_plan *plan, const gt_value *product) {
    for (int i = 0; i < product->user_count; i++) {
        const gt_value *w = gt_at(plan, product->users[i]);
        if (gt_is_elementwise(w)) return false;
        if (w->op == GT_OP_SUM_TO && !is_total(w, product->shape)) return false;
    }
    return true;
}

static bool can_mask(const gt_plan *plan, const gt_value *product, const gt_value *conv,
                     const gt_value *step) {
    if (step->op != GT_OP_STEP || gt_is_elementwise(conv)) return false;
    const gt_kernel *kernel = gt_kernel_of(plan, conv);
    const gt_value *by = gt_at(plan, step->inputs[0]);
    bool in_memory = by->op != GT_OP_CONSTANT && by->op != GT_OP_BROADCAST &&
                     !(by->backward && gt_is_elementwise(by)) && !by->hoisted;
    return kernel && kernel->masks && in_memory && conv->user_count == 1 && !conv->wanted &&
           !conv->masks && !product->hoisted && gt_shape_equal(by->shape, conv->shape) &&
           is_read_by_kernels_alone(plan, product);
}

static void mask(gt_plan *plan, const gt_value *product, gt_value *conv, const gt_value *step) {
    int *inputs = gt_pool(plan, (size_t)(conv->input_count + 1) * sizeof *inputs);
    memcpy(inputs, conv->inputs, (size_t)conv->input_count * sizeof *inputs);
    inputs[conv->input_count++] = step->inputs[0];
    conv->inputs = inputs;
    conv->masks = true;
    conv->order = product->order;
    for (int i = 0; i < product->user_count; i++) {
        gt_value *sum = gt_at(plan, product->users[i]);
        if (!is_total(sum, product->shape)) continue;
        conv->totals = sum->id; /* equal ones are one value */
        sum->told = true;
    }
    replace_users(plan, product, conv);
    conv->users = product->users;
    conv->user_count = product->user_count;
}

static void mask_gradients(gt_plan *plan) {
    int count;
    int *order = gt_values_in_order(plan, &count);
    for (int i = 0; i < count; i++) {
        gt_value *product = gt_at(plan, order[i]);
        if (product->op != GT_OP_MUL) continue;
        gt_value *a = gt_at(plan, product->inputs[0]), *b = gt_at(plan, product->inputs[1]);
        if (can_mask(plan, product, a, b)) {
            mask(plan, product, a, b);
        } else if (can_mask(plan, product, b, a)) {
            mask(plan, product, b, a);
        }
    }
    gt_find_users(plan);
}

/* ---- Levels
 * ------------------------------------------------------------------------------------- */

/* What an input contributes: values hoisted out of the run are there from the start. */
static int level_below(const gt_plan *plan, const gt_value *v) {
    int level = 0;
    for (int i = 0; i < v->input_count; i++) {
        const gt_value *u = gt_at(plan, v->inputs[i]);
        if (u->hoisted && !v->hoisted) continue;
        if (u->level > level) level = u->level;
    }
    return level;
}

static void raise_level(const gt_plan *plan, gt_value *v) {
    int level = level_below(plan, v) + (gt_is_elementwise(v) || gt_is_leaf(v) ? 0 : 1);
    if (level > v->level) v->level = level;
}

/* A backward value made of forward values only can wait until it is used. */
static bool *find_late(gt_plan *plan, const int *order, int count) {
    bool *late = gt_pool(plan, (size_t)plan->value_count * sizeof *late);
    for (int i = 0; i < count; i++) {
        const gt_value *v = gt_at(plan, order[i]);
        late[v->id] = v->backward && gt_is_elementwise(v) && !v->hoisted && !v->wanted;
        for (int k = 0; k < v->input_count; k++) {
            const gt_value *u = gt_at(plan, v->inputs[k]);
            late[v->id] = late[v->id] && (!u->backward || u->hoisted || late[u->id]);
        }
    }
    return late;
}

static void delay(gt_plan *plan, gt_value *v) {
    int level = INT32_MAX;
    for (int i = 0; i < v->user_count; i++) {
        const gt_value *w = gt_at(plan, v->users[i]);
        int wants = w->level - (gt_is_elementwise(w) ? 0 : 1);
        if (wants < level) level = wants;
    }
    if (level != INT32_MAX && level > v->level) v->level = level;
}

/* gelu(x) repeated for a weight gradient waits for the slope of the same x: they share most of
 * their work. */
static void join_slope(gt_plan *plan, gt_value *v) {
    const gt_value *x = gt_at(plan, v->inputs[0]);
    for (int i = 0; i < x->user_count; i++) {
        const gt_value *slope = gt_at(plan, x->users[i]);
        if (slope->op == GT_OP_GELU_SLOPE && slope->backward && slope->level > v->level)
            v->level = slope->level;
    }
}

static void delay_late(gt_plan *plan, const bool *late, const int *order, int count) {
    for (int i = count - 1; i >= 0; i--)
        if (late[order[i]]) delay(plan, gt_at(plan, order[i]));
    for (int i = 0; i < count; i++)
        if (late[order[i]] && gt_at(plan, order[i])->op == GT_OP_GELU)
            join_slope(plan, gt_at(plan, order[i]));
}

/* ---- Groups
 * --------------------------------------------------------------------------------------- */

typedef struct grouping {
    gt_plan *plan;
    int *touched; /* group that last read a value, or -1 */
    int full;     /* registers a group may need in this round */
    int *parent;  /* merged groups point to the one that took them in */
    int parent_capacity;
} grouping;

static int root_of(const grouping *s, int group) {
    while (group >= 0 && s->parent[group] != group) group = s->parent[group];
    return group;
}

static bool fits(const grouping *s, int group, gt_shape shape, int level, bool hoisted) {
    if (group < 0) return false;
    const gt_group *g = &s->plan->groups[group];
    return g->level == level && g->hoisted == hoisted && gt_shape_equal(g->shape, shape);
}

static int new_group(grouping *s, gt_shape shape, int level, bool hoisted) {
    gt_plan *plan = s->plan;
    gt_group *g = &plan->groups[plan->group_count];
    g->shape = shape;
    g->level = level;
    g->hoisted = hoisted;
    s->parent[plan->group_count] = plan->group_count;
    return plan->group_count++;
}

static int merge(grouping *s, int a, int b) {
    if (a < 0 || a == b) return b;
    s->parent[b] = a;
    s->plan->groups[a].size += s->plan->groups[b].size;
    return a;
}

/* At most so many registers come with a member: its own, a copy of it, and what it reads. */
static int registers_of(const gt_value *v) {
    return 2 + v->input_count;
}

/* The group of v at its level: that of its inputs, which must hold, and of values that read the
 * same things, which may. -1 when the inputs' groups are too large together. */
static int gather_groups(grouping *s, const gt_value *v, gt_shape shape, int level) {
    gt_plan *plan = s->plan;
    int group = -1, size = registers_of(v);
    for (int must = 1; must >= 0; must--)
        for (int i = 0; i < v->input_count; i++) {
            const gt_value *u = gt_at(plan, v->inputs[i]);
            int other = root_of(s, must ? u->group : s->touched[u->id]);
            if ((must && u->view) || other == group ||
                !fits(s, other, shape, level, v->hoisted))
                continue;
            if (size + plan->groups[other].size > s->full) {
                if (must) return -2;
                continue;
            }
            size += plan->groups[other].size;
            group = merge(s, group, other);
        }
    return group;
}

static void join(grouping *s, gt_value *v, gt_shape shape, int level) {
    int group = gather_groups(s, v, shape, level);
    if (group == -2) group = -1;
    if (group == -1) group = new_group(s, shape, level, v->hoisted);
    s->plan->groups[group].size += registers_of(v);
    v->group = group;
    for (int i = 0; i < v->input_count; i++) {
        const gt_value *u = gt_at(s->plan, v->inputs[i]);
        if (u->op != GT_OP_CONSTANT && gt_shape_equal(u->shape, shape))
            s->touched[u->id] = group;
    }
}

/* Only its values move: read through strides by members of groups, it needs no memory. */
static bool is_view(const gt_plan *plan, const gt_value *v) {
    if (v->op != GT_OP_BROADCAST || v->wanted) return false;
    for (int i = 0; i < v->user_count; i++) {
        const gt_value *w = gt_at(plan, v->users[i]);
        if (!gt_is_elementwise(w) || w->op == GT_OP_BROADCAST) return false;
    }
    return true;
}

/* A sum over images into a large result is one pass over its input, a task of its own; any
 * other joins a group. */
static bool sums_in_group(const gt_plan *plan, const gt_value *v) {
    if (v->op != GT_OP_SUM_TO || v->told) return false;
    const gt_value *x = gt_at(plan, v->inputs[0]);
    bool first_only = v->shape.rank > 0 && v->shape.dim[0] == 1;
    for (int d = 1; d < v->shape.rank; d++)
        first_only = first_only && v->shape.dim[d] == x->shape.dim[d];
    return !(first_only && gt_shape_count(v->shape) >= SUM_FIRST_FROM);
}

static void group_value(grouping *s, gt_value *v) {
    gt_plan *plan = s->plan;
    raise_level(plan, v);
    if (gt_is_elementwise(v)) {
        v->view = is_view(plan, v);
        if (v->view) return;
        /* a full group ends here: one level further nothing of it can be needed again */
        if (gather_groups(s, v, v->shape, v->level) == -2) v->level++;
        join(s, v, v->shape, v->level);
    } else if (sums_in_group(plan, v)) {
        gt_shape shape = gt_at(plan, v->inputs[0])->shape;
        if (gather_groups(s, v, shape, v->level - 1) == -2) {
            v->level++;
        }
        join(s, v, shape, v->level - 1);
    }
}

static void start_grouping(grouping *s, const int *order, int count) {
    gt_plan *plan = s->plan;
    memset(s->touched, 0xff, (size_t)plan->value_count * sizeof *s->touched);
    memset(plan->groups, 0, (size_t)plan->group_count * sizeof *plan->groups);
    plan->group_count = 0;
    for (int i = 0; i < count; i++) gt_at(plan, order[i])->group = -1;
}

static void collect_members(grouping *s, const int *order, int count) {
    gt_plan *plan = s->plan;
    for (int i = 0; i < count; i++) {
        gt_value *v = gt_at(plan, order[i]);
        v->group = root_of(s, v->group);
        if (v->group >= 0) plan->groups[v->group].member_count++;
    }
    for (int g = 0; g < plan->group_count; g++) {
        plan->groups[g].members =
            gt_pool(plan, (size_t)(plan->groups[g].member_count + 1) * sizeof(int));
        plan->groups[g].member_count = 0;
    }
    for (int i = 0; i < count; i++) {
        const gt_value *v = gt_at(plan, order[i]);
        if (v->group >= 0)
            plan->groups[v->group].members[plan->groups[v->group].member_count++] = v->id;
    }
}

static int copy_of_constant(gt_plan *plan, const gt_value *constant, int copy) {
    if (copy >= 0) return copy;
    copy = gt_value_new(plan, GT_OP_BROADCAST, constant->shape, NULL, &constant->id, 1);
    gt_at(plan, copy)->hoisted = true;
    gt_at(plan, copy)->order = constant->order - 1;
    return copy;
}

/* A constant that something other than a group reads must be in memory: a copy of it, filled
 * once. */
static void materialize_constants(gt_plan *plan) {
    int known = plan->value_count;
    for (int i = 0; i < known; i++) {
        gt_value *v = gt_at(plan, i);
        if (v->dead || v->op != GT_OP_CONSTANT) continue;
        int copy = -1;
        for (int k = 0; k < v->user_count; k++) {
            gt_value *w = gt_at(plan, v->users[k]);
            if (gt_is_elementwise(w)) continue;
            copy = copy_of_constant(plan, v, copy);
            for (int j = 0; j < w->input_count; j++)
                if (w->inputs[j] == v->id) w->inputs[j] = copy;
        }
        for (int o = 0; o < plan->output_count; o++) {
            if (plan->outputs[o].value != v->id) continue;
            copy = copy_of_constant(plan, v, copy);
            plan->outputs[o].value = copy;
            gt_at(plan, copy)->wanted = true;
        }
    }
    gt_find_users(plan);
}

void gt_pass_fuse(gt_plan *plan) {
    accumulate_convolutions(plan);
    clip_convolutions(plan);
    if (!plan->options.exact) mask_gradients(plan);
    materialize_constants(plan);
    int count;
    int *order = gt_values_in_order(plan, &count);
    for (int i = 0; i < count; i++) raise_level(plan, gt_at(plan, order[i]));
    const bool *late = find_late(plan, order, count);
    grouping s = {.plan = plan};
    s.touched = gt_pool(plan, (size_t)plan->value_count * sizeof *s.touched);
    s.parent = gt_pool(plan, (size_t)(count + 1) * sizeof *s.parent);
    plan->groups = gt_pool(plan, (size_t)(count + 1) * sizeof *plan->groups);
    /* a full group raises the levels behind it; the second round knows, and late values wait
     * again */
    for (int round = 0; round < 2; round++) {
        s.full = round == 0 ? FULL_GROUP : GT_PROGRAM_REGISTERS;
        delay_late(plan, late, order, count);
        start_grouping(&s, order, count);
        for (int i = 0; i < count; i++) group_value(&s, gt_at(plan, order[i]));
    }
    collect_members(&s, order, count);
}
