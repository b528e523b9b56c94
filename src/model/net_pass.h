/* net_pass.h - a pass through a network of layers whose running statistics it moves, and batch
 * norms as such layers. Private. */
#ifndef GT_MODEL_NET_PASS_H
#define GT_MODEL_NET_PASS_H

#include "galatea/model.h"
#include "galatea/nn.h"

/* The value that each parameter has by now. It begins as the leaf; layers in training put new
 * running statistics in its place. */
typedef struct net_pass {
    gt_graph *g;
    gt_tensor **values;
    bool in_training;
} net_pass;

/* Begins with the leaves of `graph`. To be ended by net_pass_close. */
GT_MUST_CHECK gt_status net_pass_open(const gt_model *model, gt_graph *g, bool in_training,
                                      const gt_model_graph *graph, net_pass *out,
                                      gt_error *err);
void net_pass_close(net_pass *pass);
/* Hands the states that the pass put something in place of to graph->updates. */
GT_MUST_CHECK gt_status net_pass_update(const gt_model *model, const net_pass *pass,
                                        gt_model_graph *graph, gt_error *err);

/* What a batch adds to running statistics: 0.1. */
extern const double net_pass_share;
/* state <- 0.9 state + 0.1 scale value, without gradient; the pass has the new value. */
void net_pass_follow(const net_pass *pass, int state, gt_tensor *value, double scale);

/* ---- Batch norms (norm.c) ---------------------------------------------------------------- */

/* Indices of a batch norm's parameters; gamma and beta -1: none. */
typedef struct norm_layer {
    int gamma, beta, mean, variance;
} norm_layer;

/* How parameters are added: gt_params_add, or gt_params_add_state for a network that is not
 * learned. */
typedef int (*adder)(gt_params *params, const char *name, gt_shape shape);

norm_layer norm_layer_add(gt_params *params, adder add, const char *name, int64_t channels,
                          bool is_affine);
void norm_layer_init(gt_params *params, const norm_layer *layer);

/* Of images (N,C,H,W). */
gt_tensor *norm_layer_images(const net_pass *pass, const norm_layer *layer, gt_tensor *x);
/* Of rows (N,C). */
gt_tensor *norm_layer_rows(const net_pass *pass, const norm_layer *layer, gt_tensor *x);
/* Of the images that a convolution gives. */
gt_tensor *norm_layer_conv(const net_pass *pass, const norm_layer *layer, gt_tensor *x,
                           gt_tensor *weight, gt_conv how);

#endif
