/* A pass through layers with running statistics. */
#include "net_pass.h"

#include <stdlib.h>
#include <string.h>

const double net_pass_share = 0.1;

gt_status net_pass_open(const gt_model *model, gt_graph *g, bool in_training,
                        const gt_model_graph *graph, net_pass *out, gt_error *err) {
    size_t count = (size_t)gt_params_count(gt_model_params(model));
    *out = (net_pass){.g = g, .in_training = in_training};
    out->values = malloc((count + 1) * sizeof *out->values);
    if (!out->values) return gt_fail(err, GT_NO_MEMORY, "no memory for a pass");
    memcpy(out->values, graph->parameters, count * sizeof *out->values);
    return GT_OK;
}

void net_pass_close(net_pass *pass) {
    free(pass->values);
    *pass = (net_pass){0};
}

gt_status net_pass_update(const gt_model *model, const net_pass *pass, gt_model_graph *graph,
                          gt_error *err) {
    int count = gt_params_count(gt_model_params(model));
    graph->updates = malloc((size_t)(count + 1) * sizeof *graph->updates);
    if (!graph->updates) return gt_fail(err, GT_NO_MEMORY, "no memory for %d states", count);
    for (int i = 0; i < count; ++i)
        if (pass->values[i] != graph->parameters[i])
            graph->updates[graph->update_count++] = (gt_state_update){i, pass->values[i]};
    return GT_OK;
}

void net_pass_follow(const net_pass *pass, int state, gt_tensor *value, double scale) {
    gt_graph *g = pass->g;
    gt_tensor *running = pass->values[state];
    gt_tensor *flat = gt_reshape(g, gt_stop_gradient(g, value), gt_tensor_shape(running));
    pass->values[state] = gt_add(g, gt_affine(g, running, 1 - net_pass_share, 0),
                                 gt_affine(g, flat, net_pass_share * scale, 0));
}
