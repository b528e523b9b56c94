/* build.c - first pass: takes from the graph what the outputs need, in order, simplifying each
 * node as it comes and giving equal nodes one value. */
#include <string.h>

#include "ir.h"

/* Distance between the orders of two graph nodes: room for values that later passes put between
 * them. */
enum { ORDER_STEP = 16 };

typedef struct builder {
    gt_plan *plan;
    int *buckets; /* open hash of values by what they compute; -1 empty */
    int bucket_count;
    const gt_tensor *node;
} builder;

/* ---- Common subexpressions
 * ------------------------------------------------------------------- */

static uint64_t hash_of(int op, gt_shape shape, const int *inputs, int count) {
    uint64_t h = 1469598103934665603u ^ (uint64_t)op;
    for (int i = 0; i < shape.rank; i++) h = (h ^ (uint64_t)shape.dim[i]) * 1099511628211u;
    for (int i = 0; i < count; i++) h = (h ^ (uint64_t)inputs[i]) * 1099511628211u;
    return h ^ (h >> 29);
}

static int find_or_make(builder *b, int op, gt_shape shape, const gt_attr *attr,
                        const int *inputs, int count) {
    uint64_t slot = hash_of(op, shape, inputs, count);
    for (;; slot++) {
        int *bucket = &b->buckets[slot % (uint64_t)b->bucket_count];
        if (*bucket < 0) {
            *bucket = gt_value_new(b->plan, op, shape, attr, inputs, count);
            gt_value *made = gt_at(b->plan, *bucket);
            made->backward = b->node->backward;
            made->order = (int64_t)b->node->id * ORDER_STEP;
            made->hoisted = true;
            for (int i = 0; i < count; i++)
                made->hoisted = made->hoisted && gt_at(b->plan, inputs[i])->hoisted;
            return *bucket;
        }
        const gt_value *v = gt_at(b->plan, *bucket);
        if (v->op == op && !v->leaf && v->input_count == count &&
            gt_shape_equal(v->shape, shape) &&
            (count == 0 || memcmp(v->inputs, inputs, (size_t)count * sizeof *inputs) == 0) &&
            gt_attr_equal(&v->attr, attr))
            return *bucket;
    }
}

/* ---- Simplification
 * --------------------------------------------------------------------------- */

static int constant(builder *b, gt_shape shape, double value) {
    gt_attr attr = {.shift = value};
    return find_or_make(b, GT_OP_CONSTANT, shape, &attr, NULL, 0);
}

static bool is_constant(const builder *b, int id, double *value) {
    const gt_value *v = gt_at(b->plan, id);
    if (v->op != GT_OP_CONSTANT) return false;
    *value = v->attr.shift;
    return true;
}

static int affine(builder *b, int input, double scale, double shift) {
    gt_attr attr = {.scale = scale, .shift = shift};
    if (scale == 1 && shift == 0) return input;
    return find_or_make(b, GT_OP_AFFINE, gt_at(b->plan, input)->shape, &attr, &input, 1);
}

/* An elementwise op of constants is a constant; it is rounded as the kernels would. */
static int fold(builder *b, int op, gt_shape shape, const gt_attr *attr, const int *in,
                int count) {
    double x[3] = {0, 0, 0};
    for (int i = 0; i < count; i++)
        if (!is_constant(b, in[i], &x[i])) return -1;
    double value = gt_op_class_of((gt_op)op)->scalar(attr, x[0], x[1], x[2]);
    bool in_float = b->plan->backend->number == GT_FLOAT32;
    return constant(b, shape, in_float ? (float)value : value);
}

/* Arithmetic with one constant operand is an AFFINE; x + 0 and x * 1 are x. */
static int simplify_binary(builder *b, const gt_op_class *class, const int *in) {
    double c, scale, shift;
    bool second = is_constant(b, in[1], &c);
    if (!class->as_affine || (!second && !is_constant(b, in[0], &c))) return -1;
    if (!class->as_affine(c, !second, &scale, &shift)) return -1;
    return affine(b, in[second ? 0 : 1], scale, shift);
}

static int simplify_of_constant(builder *b, const gt_op_class *class, gt_shape shape,
                                const int *in) {
    double c;
    if (class->of_constant == GT_CONSTANT_LOST || !is_constant(b, in[0], &c)) return -1;
    if (class->of_constant == GT_CONSTANT_KEPT) return constant(b, shape, c);
    gt_shape x = gt_at(b->plan, in[0])->shape;
    return constant(b, shape, c * ((double)gt_shape_count(x) / (double)gt_shape_count(shape)));
}

static int simplify(builder *b, int op, gt_shape shape, const gt_attr *attr, const int *in,
                    int count) {
    const gt_op_class *class = gt_op_class_of((gt_op)op);
    int result = -1;
    if (count == 1 && class->is_input &&
        class->is_input(gt_at(b->plan, in[0])->shape, shape, attr))
        return in[0];
    if (class->scalar) result = fold(b, op, shape, attr, in, count);
    if (result < 0 && op == GT_OP_AFFINE) return affine(b, in[0], attr->scale, attr->shift);
    if (result < 0 && class->kind == GT_BINARY) result = simplify_binary(b, class, in);
    if (result < 0 && class->kind == GT_OTHER && count == 1)
        result = simplify_of_constant(b, class, shape, in);
    return result;
}

/* ---- The walk
 * ----------------------------------------------------------------------------------- */

static void mark_needed(const gt_tensor *t, bool *needed, const gt_tensor **stack) {
    int depth = 0;
    if (needed[t->id]) return;
    needed[t->id] = true;
    stack[depth++] = t;
    while (depth > 0) {
        const gt_tensor *node = stack[--depth];
        for (int i = 0; i < node->input_count; i++) {
            if (needed[node->inputs[i]->id]) continue;
            needed[node->inputs[i]->id] = true;
            stack[depth++] = node->inputs[i];
        }
    }
}

static int import_leaf(builder *b, const gt_tensor *node) {
    if (node->op == GT_OP_CONSTANT) return constant(b, node->shape, node->attr.shift);
    int id = gt_value_new(b->plan, node->op, node->shape, &node->attr, NULL, 0);
    gt_value *v = gt_at(b->plan, id);
    v->leaf = node;
    v->order = (int64_t)node->id * ORDER_STEP;
    v->hoisted = node->op == GT_OP_PARAMETER;
    v->storage = GT_STORE_LEAF;
    return id;
}

static int import_node(builder *b, const gt_tensor *node) {
    gt_plan *plan = b->plan;
    if (gt_op_class_of(node->op)->kind == GT_LEAF) return import_leaf(b, node);
    int *inputs = gt_pool(plan, (size_t)node->input_count * sizeof *inputs);
    for (int i = 0; i < node->input_count; i++)
        inputs[i] = plan->value_of_node[node->inputs[i]->id];
    int id = simplify(b, node->op, node->shape, &node->attr, inputs, node->input_count);
    if (id < 0)
        id = find_or_make(b, node->op, node->shape, &node->attr, inputs, node->input_count);
    gt_value *v = gt_at(plan, id);
    v->backward =
        v->backward && node->backward; /* shared with the forward pass: computed there */
    return id;
}

void gt_pass_build(gt_plan *plan, gt_tensor *const *outputs, int count) {
    const gt_graph *g = plan->graph;
    bool *needed = gt_pool(plan, (size_t)(g->count + 1) * sizeof *needed);
    const gt_tensor **stack = gt_pool(plan, (size_t)(g->count + 1) * sizeof(gt_tensor *));
    for (int i = 0; i < count; i++) mark_needed(outputs[i], needed, stack);
    builder b = {.plan = plan, .bucket_count = 8 * g->count + 64};
    b.buckets = gt_pool(plan, (size_t)b.bucket_count * sizeof *b.buckets);
    memset(b.buckets, 0xff, (size_t)b.bucket_count * sizeof *b.buckets);
    plan->value_of_node = gt_pool(plan, (size_t)(g->count + 1) * sizeof *plan->value_of_node);
    for (int i = 0; i < g->count; i++) {
        plan->value_of_node[i] = -1;
        b.node = g->nodes[i];
        if (needed[i]) plan->value_of_node[i] = import_node(&b, g->nodes[i]);
    }
    plan->outputs = gt_pool(plan, (size_t)(count + 1) * sizeof *plan->outputs);
    plan->output_count = count;
    for (int i = 0; i < count; i++) {
        plan->outputs[i].value = plan->value_of_node[outputs[i]->id];
        gt_at(plan, plan->outputs[i].value)->wanted = true;
    }
    gt_find_users(plan);
}
