/* maf.h - the inside of the masked autoregressive flow (Papamakarios, Pavlakou and Murray
 * 2017): its blocks, the graph of one pass, and the way back from noise. Private.
 *
 * A block is a masked autoregressive network (MADE, Germain et al. 2015), a normalisation by
 * batch statistics, and a reversal of the features. All maps here are (features,batch), one
 * column a code; hidden units stand by degree (graph.h), which makes the weights stairs. Files
 * and gradients keep the public order. */
#ifndef GT_MODEL_MAF_H
#define GT_MODEL_MAF_H

#include "constants.h"
#include "galatea/model.h"
#include "galatea/nn.h"

typedef struct maf_settings {
    int64_t blocks, width;
} maf_settings;

extern const gt_model_class gt_model_maf;

/* A masked linear layer: parameter indices, and the degrees of what it takes and gives. */
typedef struct maf_layer {
    int weight, bias;
} maf_layer;

/* Parameters of a block, in the order in which they are added; mean and variance are state. */
typedef struct maf_block {
    maf_layer joiner, hidden, output;
    int log_gamma, beta, mean, variance;
} maf_block;

enum { MAF_MASKS = 3 }; /* of joiner, hidden, output: the same in every block */

typedef struct maf {
    int64_t features, width; /* D, H */
    int64_t given;           /* numbers of a code: features and constants */
    int64_t *kept;           /* (D) which of them are features; NULL: all */
    gt_constants constants;
    int block_count;
    maf_block *blocks;
    gt_degrees in, units, out; /* of inputs, hidden units, outputs */
    float *masks[MAF_MASKS];   /* (H,D), (H,H), (2D,H) */
} maf;

/* Of codes without constants. GT_BAD_ARGUMENT when they have fewer than two features. *out is
 * the caller's. */
GT_MUST_CHECK gt_status maf_create(const maf_settings *settings, int64_t features,
                                   gt_params *params, maf **out, gt_error *err);
void maf_destroy(void *net);
GT_MUST_CHECK gt_status maf_init(const void *self, gt_params *params, uint64_t seed,
                                 gt_error *err);
bool maf_fixed_at(const void *self, int i, gt_model_fixed *out);

/* ---- Forwards (maf_pass.c) ----------------------------------------------------------------
 */

/* What a layer gives: (D,N), and its log-determinant, (1,N) or (1,1); NULL: 0. */
typedef struct maf_step {
    gt_tensor *out, *log_det;
} maf_step;

/* One pass: three steps a block (network, normalisation, reversal), and what comes of them. */
typedef struct maf_pass {
    maf_step *steps;
    gt_tensor **means, **variances; /* by block, (D,1): of the batch, or the state */
    gt_tensor *u, *log_det, *log_p; /* (D,N), (1,N), (1,N) */
} maf_pass;

/* x (D,N). In training blocks are normalised by the batch, else by the running values. */
GT_MUST_CHECK gt_status maf_pass_create(const maf *net, gt_graph *g, gt_tensor *const *leaves,
                                        gt_tensor *x, bool in_training, maf_pass **out,
                                        gt_error *err);
void maf_pass_destroy(maf_pass *pass);

/* The network of one block: u = (x - m) exp(-a) and log-determinant -sum a. */
maf_step maf_network(const maf *net, gt_graph *g, gt_tensor *const *leaves,
                     const maf_block *block, gt_tensor *x);

/* (N,D) rows to columns (D,N), and back. */
gt_tensor *maf_turn(gt_graph *g, gt_tensor *x);

/* ---- Whole sets (maf_recalibrate.c)
 * -----------------------------------------------------------
 */

/* Running mean and variance of every block from all rows: block by block, in double. Holds one
 * copy of the rows. */
GT_MUST_CHECK gt_status maf_recalibrate(const gt_model *model, float *values,
                                        const gt_model_rows *rows, int threads, gt_error *err);

/* ---- Backwards (maf_invert.c) -------------------------------------------------------------
 */

/* The code x (n,D) whose u is `noise` (n,D), and the log-determinant of that way (n), NULL: not
 * wanted. A hidden unit is computed once, as soon as the features it sees are known. Codes do
 * not depend on how many are computed at once, nor on the number of threads. */
GT_MUST_CHECK gt_status maf_invert(const maf *net, const gt_params *params, const float *values,
                                   int64_t n, const float *noise, float *x, float *log_det,
                                   gt_error *err);

#endif
