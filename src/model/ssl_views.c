/* Both views through the network, as one graph. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ssl.h"

/* target <- (1 - pace) target + pace source, for what the source learns; its running statistics
 * are its own. No gradient passes. */
static void move_target(const ssl_net *net, const gt_params *params, const net_pass *pass,
                        gt_tensor *pace) {
    gt_graph *g = pass->g;
    gt_tensor *stay = gt_affine(g, pace, -1, 1);
    for (int i = 0; i < net->parameters; ++i) {
        int source = net->source[i];
        if (source < 0 || gt_params_is_state(params, source)) continue;
        gt_tensor *kept = gt_mul(g, pass->values[i], stay);
        gt_tensor *taken = gt_mul(g, gt_stop_gradient(g, pass->values[source]), pace);
        pass->values[i] = gt_add(g, kept, taken);
    }
}

static void pass_view(const ssl_net *net, const net_pass *pass, int view, gt_tensor *x,
                      ssl_views *out) {
    out->h[view] = resnet_apply(&net->backbone, pass, x, NULL);
    out->z[view] = ssl_head_apply(&net->projector, pass, out->h[view]);
    if (net->predictor.count)
        out->p[view] = ssl_head_apply(&net->predictor, pass, out->z[view]);
    if (net->target.block_count)
        out->targets[view] = ssl_head_apply(&net->target_projector, pass,
                                            resnet_apply(&net->target, pass, x, NULL));
}

gt_status ssl_views_build(const gt_model *model, gt_graph *g, bool in_training,
                          gt_model_graph *graph, ssl_views *out, gt_error *err) {
    const ssl_net *net = gt_model_self(model);
    const gt_params *params = gt_model_params(model);
    gt_status status = GT_OK;
    gt_tensor *images = gt_model_graph_input(graph, "images");
    gt_tensor *pace = gt_model_graph_input(graph, "pace");
    int64_t rows = gt_tensor_dim(images, 0) / 2;
    gt_tensor *x = gt_model_prepare(model, g, images);
    net_pass pass = {0};
    *out = (ssl_views){0};
    GT_TRY(net_pass_open(model, g, in_training, graph, &pass, err));
    if (in_training && pace) move_target(net, params, &pass, pace);
    for (int view = 0; view < 2; ++view)
        pass_view(net, &pass, view, gt_slice(g, x, 0, view * rows, rows), out);
    if (in_training) GT_TRY(net_pass_update(model, &pass, graph, err));
done:
    net_pass_close(&pass);
    return status;
}

static void add_spread_monitor(gt_graph *g, const char *name, gt_tensor *rows, double healthy,
                               gt_model_graph *out) {
    gt_tensor *spread = gt_mean(g, gt_unit_spread(g, gt_stop_gradient(g, rows)));
    out->monitors[out->monitor_count++] = (gt_monitor){name, spread, healthy};
}

static gt_status build(const gt_model *model, gt_graph *g, bool in_training,
                       gt_model_graph *out, gt_error *err) {
    const ssl_net *net = gt_model_self(model);
    ssl_views views;
    gt_status status = ssl_views_build(model, g, in_training, out, &views, err);
    if (status) return status;
    out->output = net->kind->loss(g, net, &views);
    gt_tensor *outputs = views.p[0] ? views.p[0] : views.z[0];
    bool by_codes = net->kind->watches_codes;
    double healthy[] = {1 / sqrt((double)net->settings.output),
                        1 / sqrt((double)net->backbone.features)};
    add_spread_monitor(g, "spread", outputs, by_codes ? 0 : healthy[0], out);
    add_spread_monitor(g, "code_spread", views.h[0], by_codes ? healthy[1] : 0, out);
    return GT_OK;
}

static gt_status build_loss(const gt_model *model, gt_graph *g, int64_t batch,
                            gt_model_graph *out, gt_error *err) {
    return build(model, g, true, out, err);
}

static gt_status build_validation(const gt_model *model, gt_graph *g, int64_t batch,
                                  gt_model_graph *out, gt_error *err) {
    return build(model, g, false, out, err);
}

const gt_objective ssl_objective = {
    .name = "loss", .loss = build_loss, .validation_loss = build_validation};

gt_status ssl_encode(const gt_model *model, gt_graph *g, int64_t batch, const void *settings,
                     gt_model_graph *out, gt_error *err) {
    const ssl_net *net = gt_model_self(model);
    net_pass pass = {.g = g, .values = out->parameters};
    gt_tensor *images = gt_model_graph_input(out, "images");
    gt_tensor *x = gt_model_prepare(model, g, images);
    out->output = resnet_apply(&net->backbone, &pass, x, NULL);
    return GT_OK;
}
