/* Finds the values of a graph that jump. */
#include "decisions.h"

#include <stdlib.h>

#include "node.h"

/* The slope of a RELU comes from what it made; what decided it is its argument. */
static gt_decision read_decision(gt_tensor *node) {
    if (node->op == GT_OP_LESS) return (gt_decision){node, node->inputs[0], node->inputs[1]};
    gt_tensor *x = node->inputs[0];
    return (gt_decision){node, NULL, x->op == GT_OP_RELU ? x->inputs[0] : x};
}

gt_decision *gt_decisions_of(const gt_graph *g, gt_tensor *const *fetch, int fetch_count,
                             int *found) {
    bool *needed = calloc((size_t)g->count + 1, sizeof *needed);
    gt_decision *out = calloc((size_t)g->count + 1, sizeof *out);
    *found = 0;
    if (!needed || !out) {
        free(needed);
        free(out);
        return NULL;
    }
    for (int i = 0; i < fetch_count; i++) needed[fetch[i]->id] = true;
    for (int id = g->count - 1; id >= 0; id--) {
        const gt_tensor *node = g->nodes[id];
        for (int i = 0; needed[id] && i < node->input_count; i++)
            needed[node->inputs[i]->id] = true;
    }
    for (int id = 0; id < g->count; id++) {
        gt_tensor *node = g->nodes[id];
        if (needed[id] && (node->op == GT_OP_LESS || node->op == GT_OP_STEP))
            out[(*found)++] = read_decision(node);
    }
    free(needed);
    return out;
}
