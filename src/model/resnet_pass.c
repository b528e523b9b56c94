/* One pass through a residual network, as a graph. */
#include "resnet.h"

static gt_tensor *apply(const net_pass *pass, const resnet_layer *layer, gt_tensor *x) {
    return norm_layer_conv(pass, &layer->norm, x, pass->values[layer->weight], layer->how);
}

static gt_tensor *apply_block(const net_pass *pass, const resnet_block *block, gt_tensor *x) {
    gt_graph *g = pass->g;
    gt_tensor *inner = gt_relu(g, apply(pass, &block->first, x));
    gt_tensor *outer = apply(pass, &block->second, inner);
    gt_tensor *past = block->shortcut.weight < 0 ? x : apply(pass, &block->shortcut, x);
    return gt_relu(g, gt_add(g, outer, past));
}

/* (N,C,H,W) -> (N,C) */
static gt_tensor *mean_of_pixels(gt_graph *g, gt_tensor *x) {
    gt_shape shape = gt_tensor_shape(x);
    gt_tensor *sums = gt_sum_to(g, x, GT_SHAPE(shape.dim[0], gt_tensor_dim(x, 1), 1, 1));
    double share = 1 / (double)(gt_tensor_dim(x, 2) * gt_tensor_dim(x, 3));
    return gt_reshape(g, gt_affine(g, sums, share, 0),
                      GT_SHAPE(shape.dim[0], gt_tensor_dim(x, 1)));
}

gt_tensor *resnet_apply(const resnet *net, const net_pass *pass, gt_tensor *x,
                        gt_tensor **shown) {
    gt_tensor *unused[RESNET_SHOWN];
    gt_graph *g = pass->g;
    net_pass resting = *pass; /* of frozen stages */
    resting.in_training = false;
    if (!shown) shown = unused;
    shown[0] = gt_relu(g, apply(net->frozen > 0 ? &resting : pass, &net->stem, x));
    shown[1] = x = gt_max_pool(g, shown[0], 3, 2, 1);
    for (int i = 0; i < net->block_count; ++i) {
        const resnet_block *block = &net->blocks[i];
        gt_graph_push_scope(g, "layer%d", block->stage + 1);
        bool is_frozen = net->frozen > block->stage + 1;
        shown[2 + block->stage] = x = apply_block(is_frozen ? &resting : pass, block, x);
        gt_graph_pop_scope(g);
    }
    return mean_of_pixels(g, x);
}
