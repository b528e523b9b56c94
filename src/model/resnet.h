/* resnet.h - residual networks of basic blocks (He et al. 2016), as in torchvision: names,
 * order of registration, strides, first values. Any widths and numbers of blocks, one or more
 * channels. Private.
 *
 * Batch norms keep running statistics as state. In training they normalise by the batch and
 * give their statistics new values; at rest they are folded into the convolution before. */
#ifndef GT_MODEL_RESNET_H
#define GT_MODEL_RESNET_H

#include "galatea/model.h"
#include "galatea/nn.h"

/* ---- Layers (norm.c) -------------------------------------------------------------------- */

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

/* A pass through layers: the value that each parameter has by now. It begins as the leaf; batch
 * norms in training put new running statistics in its place. */
typedef struct net_pass {
    gt_graph *g;
    gt_tensor **values;
    bool in_training;
} net_pass;

/* Of rows (N,C). */
gt_tensor *norm_layer_rows(const net_pass *pass, const norm_layer *layer, gt_tensor *x);
/* Of the images that a convolution gives. */
gt_tensor *norm_layer_conv(const net_pass *pass, const norm_layer *layer, gt_tensor *x,
                           gt_tensor *weight, gt_conv how);

/* ---- The network ------------------------------------------------------------------------ */

enum { RESNET_STAGES = 8 };

/* Stage i has blocks[i] blocks of widths[i] channels; all but the first begin with stride 2. */
typedef struct resnet_config {
    int64_t channels;
    int stages;
    int64_t widths[RESNET_STAGES], blocks[RESNET_STAGES];
} resnet_config;

/* Reads "64,128,256,512" and "3,4,6,3". GT_USAGE when they are no such lists. */
GT_MUST_CHECK gt_status resnet_config_read(const char *widths, const char *blocks,
                                           resnet_config *out, gt_error *err);

/* A convolution without bias, and the batch norm behind it. */
typedef struct resnet_layer {
    int weight;
    gt_conv how;
    norm_layer norm;
} resnet_layer;

typedef struct resnet_block {
    int stage;
    resnet_layer first, second;
    resnet_layer shortcut; /* weight -1: the block's input itself */
} resnet_block;

typedef struct resnet {
    resnet_layer stem;
    int block_count, stages;
    resnet_block *blocks;
    int64_t features; /* numbers in a code */
} resnet;

/* Adds the parameters PREFIX.conv1.weight ... A failure of params stays there. *out is ended
 * by resnet_free. */
GT_MUST_CHECK gt_status resnet_add(const resnet_config *config, gt_params *params, adder add,
                                   const char *prefix, resnet *out, gt_error *err);
void resnet_free(resnet *net);
/* Normal weights of deviation sqrt(2 / (outputs k k)), batch norms the identity. */
void resnet_init(const resnet *net, gt_params *params, uint64_t seed);

/* What a pass shows of its inside: after the stem, after its pooling, after each stage. */
enum { RESNET_SHOWN = RESNET_STAGES + 2 };
/* x (N,C,H,W) -> (N,features), the means of the last maps. shown: NULL, or room for the
 * stages + 2 maps on the way. */
gt_tensor *resnet_apply(const resnet *net, const net_pass *pass, gt_tensor *x,
                        gt_tensor **shown);

#endif
