/* resnet.h - residual networks of basic blocks (He et al. 2016), as in torchvision: names,
 * order of registration, strides, first values. Any widths and numbers of blocks, one or more
 * channels. Private.
 *
 * Batch norms keep running statistics as state. In training they normalise by the batch and
 * give their statistics new values; at rest they are folded into the convolution before. */
#ifndef GT_MODEL_RESNET_H
#define GT_MODEL_RESNET_H

#include "net_pass.h"

/* ---- The network ------------------------------------------------------------------------ */

enum { RESNET_STAGES = 8 };

/* Stage i has blocks[i] blocks of widths[i] channels; all but the first begin with stride 2. */
typedef struct resnet_config {
    int64_t channels;
    int stages;
    int frozen; /* that are not learned: 1 is the stem, 2 the first stage too, ... */
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
    int block_count, stages, frozen;
    resnet_block *blocks;
    int64_t features; /* numbers in a code */
} resnet;

/* Adds the parameters PREFIX.conv1.weight ..., without a dot where the prefix is empty. Those
 * that are frozen are states, and their batch norms keep their statistics. A failure of params
 * stays there. *out is ended by resnet_free. */
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
