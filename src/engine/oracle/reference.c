/* reference.c - a graph evaluated in double precision by plain loops, node by node: what the
 * fast backends and the gradients are judged by. A value is freed after its last use. */
#include "decisions.h"
#include "node.h"

#include <stdlib.h>
#include <string.h>

typedef struct evaluation {
    const gt_graph *graph;
    double **value;       /* per node */
    int *uses;            /* per node: how often its value is still wanted; 0 = not needed */
    const double **given; /* per node: what it is to be, or NULL */
} evaluation;

static size_t bytes_of(const gt_tensor *node) {
    return (size_t)gt_shape_count(node->shape) * sizeof(double);
}

static void count_uses(evaluation *e, gt_tensor *const *fetch, int fetch_count) {
    for (int i = 0; i < fetch_count; i++) e->uses[fetch[i]->id]++;
    for (int id = e->graph->count - 1; id >= 0; id--) {
        const gt_tensor *node = e->graph->nodes[id];
        if (!e->uses[id] || e->given[id]) continue;
        for (int i = 0; i < node->input_count; i++) e->uses[node->inputs[i]->id]++;
    }
}

static void release(evaluation *e, const gt_tensor *node) {
    if (--e->uses[node->id]) return;
    free(e->value[node->id]);
    e->value[node->id] = NULL;
}

static void compute_elementwise(const evaluation *e, const gt_tensor *node, double *out) {
    const gt_op_class *class = gt_op_class_of(node->op);
    const double *in[3];
    int64_t count = gt_shape_count(node->shape);
    /* A missing operand reads the first: the function ignores it. */
    for (int i = 0; i < 3; i++)
        in[i] = e->value[node->inputs[i < node->input_count ? i : 0]->id];
    for (int64_t i = 0; i < count; i++)
        out[i] = class->scalar(&node->attr, in[0][i], in[1][i], in[2][i]);
}

static bool compute_other(const evaluation *e, const gt_tensor *node, double *out) {
    const double **in = malloc((size_t)node->input_count * sizeof *in);
    if (!in) return false;
    for (int i = 0; i < node->input_count; i++) in[i] = e->value[node->inputs[i]->id];
    bool done = gt_op_class_of(node->op)->reference(node, in, out);
    free(in);
    return done;
}

static gt_status compute_leaf(const gt_tensor *node, double *out, gt_error *err) {
    if (node->op == GT_OP_CONSTANT) {
        int64_t count = gt_shape_count(node->shape);
        for (int64_t i = 0; i < count; i++) out[i] = node->attr.shift;
        return GT_OK;
    }
    return gt_fail(err, GT_NOT_FOUND, "%s '%s' has no value", gt_op_class_of(node->op)->name,
                   node->name);
}

static gt_status compute(const evaluation *e, const gt_tensor *node, gt_error *err) {
    gt_op_kind kind = gt_op_class_of(node->op)->kind;
    double *out = e->value[node->id] = malloc(bytes_of(node));
    if (out && e->given[node->id]) {
        memcpy(out, e->given[node->id], bytes_of(node));
        return GT_OK;
    }
    if (out && kind == GT_LEAF) return compute_leaf(node, out, err);
    if (out && kind != GT_OTHER) {
        compute_elementwise(e, node, out);
        return GT_OK;
    }
    if (out && compute_other(e, node, out)) return GT_OK;
    return gt_fail(err, GT_NO_MEMORY, "no memory for node %d (%s)", node->id,
                   gt_op_class_of(node->op)->name);
}

static gt_status run(const gt_graph *g, const gt_feed *feeds, int feed_count,
                     gt_tensor *const *fetch, int fetch_count, double *const *outputs,
                     bool rounds, gt_error *err) {
    gt_status status = gt_graph_check(g, err);
    if (status) return status;
    evaluation e = {.graph = g};
    e.value = calloc((size_t)g->count + 1, sizeof *e.value);
    e.uses = calloc((size_t)g->count + 1, sizeof *e.uses);
    e.given = calloc((size_t)g->count + 1, sizeof *e.given);
    if (!e.value || !e.uses || !e.given)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %d nodes", g->count);
    for (int i = feed_count - 1; i >= 0; i--)
        if (feeds[i].leaf->graph == g) e.given[feeds[i].leaf->id] = feeds[i].data;
    count_uses(&e, fetch, fetch_count);
    for (int id = 0; id < g->count; id++) {
        const gt_tensor *node = g->nodes[id];
        if (!e.uses[id]) continue;
        GT_TRY(compute(&e, node, err));
        for (int64_t i = 0; rounds && i < gt_shape_count(node->shape); i++)
            e.value[id][i] = (float)e.value[id][i];
        for (int i = 0; !e.given[id] && i < node->input_count; i++)
            release(&e, node->inputs[i]);
    }
    for (int i = 0; i < fetch_count; i++)
        memcpy(outputs[i], e.value[fetch[i]->id], bytes_of(fetch[i]));
done:
    for (int id = 0; e.value && id < g->count; id++) free(e.value[id]);
    free(e.value);
    free(e.uses);
    free(e.given);
    return status;
}

gt_status gt_reference_run(const gt_graph *g, const gt_feed *feeds, int feed_count,
                           gt_tensor *const *fetch, int fetch_count, double *const *outputs,
                           gt_error *err) {
    return run(g, feeds, feed_count, fetch, fetch_count, outputs, false, err);
}

gt_status gt_reference_run_rounded(const gt_graph *g, const gt_feed *feeds, int feed_count,
                                   gt_tensor *const *fetch, int fetch_count,
                                   double *const *outputs, gt_error *err) {
    return run(g, feeds, feed_count, fetch, fetch_count, outputs, true, err);
}
