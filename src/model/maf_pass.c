/* One pass through a masked autoregressive flow, as a graph. */
#include <math.h>
#include <stdlib.h>

#include "maf.h"

/* Rows of a product computed together: less, and products get too thin; more, and they compute
 * more of what the masks leave out. */
enum { STEP = 64 };

static const double bn_eps = 1e-5;

gt_tensor *maf_turn(gt_graph *g, gt_tensor *x) {
    return gt_permute(g, x, (const int[]){1, 0});
}

/* A bias (O) or a vector of features as a column, in the order of the units. */
static gt_tensor *column(gt_graph *g, gt_tensor *vector, gt_degrees units) {
    static const gt_degrees below_all = {.period = 1, .shift = -2};
    gt_tensor *tall = gt_reshape(g, vector, GT_SHAPE(gt_tensor_dim(vector, 0), 1));
    return units.sorted ? gt_arrange(g, tall, units, below_all) : tall;
}

/* W x + b with W masked. */
static gt_tensor *masked(gt_graph *g, gt_tensor *weights, gt_tensor *bias, gt_degrees rows,
                         gt_degrees columns, gt_tensor *x) {
    gt_stair stair = gt_degrees_stair(rows, gt_tensor_dim(weights, 0), columns,
                                      gt_tensor_dim(weights, 1), STEP);
    gt_tensor *arranged = gt_arrange(g, weights, rows, columns);
    gt_tensor *product = gt_stair_matmul(g, arranged, x, false, false, &stair, GT_STAIR_A);
    return gt_add(g, product, column(g, bias, rows));
}

/* m (first = 0) or a (first = D): that half of the outputs. */
static gt_tensor *half(const maf *net, gt_graph *g, gt_tensor *const *leaves,
                       const maf_layer *layer, int64_t first, gt_tensor *h) {
    gt_tensor *weights = gt_slice(g, leaves[layer->weight], 0, first, net->features);
    gt_tensor *bias = gt_slice(g, leaves[layer->bias], 0, first, net->features);
    return masked(g, weights, bias, net->out, net->units, h);
}

maf_step maf_network(const maf *net, gt_graph *g, gt_tensor *const *leaves,
                     const maf_block *block, gt_tensor *x) {
    const maf_layer *in = &block->joiner, *mid = &block->hidden;
    gt_tensor *h =
        gt_tanh(g, masked(g, leaves[in->weight], leaves[in->bias], net->units, net->in, x));
    h = gt_tanh(g,
                masked(g, leaves[mid->weight], leaves[mid->bias], net->units, net->units, h));
    gt_tensor *m = half(net, g, leaves, &block->output, 0, h);
    gt_tensor *minus_a = gt_neg(g, half(net, g, leaves, &block->output, net->features, h));
    gt_shape each = GT_SHAPE(1, gt_tensor_dim(x, 1));
    return (maf_step){.out = gt_mul(g, gt_sub(g, x, m), gt_exp(g, minus_a)),
                      .log_det = gt_sum_to(g, minus_a, each)};
}

/* Mean and biased variance of each feature, plus eps. */
static void batch_statistics(gt_graph *g, gt_tensor *x, gt_tensor **mean,
                             gt_tensor **variance) {
    gt_shape each = GT_SHAPE(gt_tensor_dim(x, 0), 1);
    double share = 1 / (double)gt_tensor_dim(x, 1);
    *mean = gt_affine(g, gt_sum_to(g, x, each), share, 0);
    gt_tensor *squares = gt_sum_to(g, gt_square(g, gt_sub(g, x, *mean)), each);
    *variance = gt_affine(g, squares, share, bn_eps);
}

/* y = exp(log_gamma) (x - mean) / sqrt(variance) + beta; eps is in the variance already. */
static maf_step normalise(gt_graph *g, gt_tensor *const *leaves, const maf_block *block,
                          gt_tensor *mean, gt_tensor *variance, gt_tensor *x) {
    static const gt_degrees natural = {.period = 1};
    gt_tensor *log_gamma = column(g, leaves[block->log_gamma], natural);
    gt_tensor *scale = gt_div(g, gt_exp(g, log_gamma), gt_sqrt(g, variance));
    gt_tensor *logs = gt_sub(g, log_gamma, gt_affine(g, gt_log(g, variance), 0.5, 0));
    gt_tensor *y = gt_mul(g, gt_sub(g, x, mean), scale);
    return (maf_step){.out = gt_add(g, y, column(g, leaves[block->beta], natural)),
                      .log_det = gt_sum_to(g, logs, GT_SHAPE(1, 1))};
}

static gt_tensor *run_block(const maf *net, gt_graph *g, gt_tensor *const *leaves, int b,
                            gt_tensor *x, bool in_training, maf_pass *pass) {
    static const gt_degrees natural = {.period = 1};
    const maf_block *block = &net->blocks[b];
    maf_step *steps = pass->steps + 3 * b;
    steps[0] = maf_network(net, g, leaves, block, x);
    if (in_training) {
        batch_statistics(g, steps[0].out, &pass->means[b], &pass->variances[b]);
    } else {
        pass->means[b] = column(g, leaves[block->mean], natural);
        pass->variances[b] = column(g, leaves[block->variance], natural);
    }
    steps[1] = normalise(g, leaves, block, pass->means[b], pass->variances[b], steps[0].out);
    steps[2].out = gt_reverse(g, steps[1].out, 0);
    return steps[2].out;
}

/* log_p = sum (-u^2 / 2 - log(2 pi) / 2) + log_det */
static void finish(const maf *net, gt_graph *g, maf_pass *pass) {
    gt_tensor *u = pass->steps[3 * net->block_count - 1].out;
    gt_shape each = GT_SHAPE(1, gt_tensor_dim(u, 1));
    gt_tensor *total = gt_constant(g, 0, each);
    for (int i = 0; i < 3 * net->block_count; ++i)
        if (pass->steps[i].log_det) total = gt_add(g, total, pass->steps[i].log_det);
    gt_tensor *squares = gt_sum_to(g, gt_square(g, u), each);
    gt_tensor *base = gt_affine(g, squares, -0.5, -0.5 * log(2 * M_PI) * (double)net->features);
    pass->u = u;
    pass->log_det = total;
    pass->log_p = gt_add(g, base, total);
}

gt_status maf_pass_create(const maf *net, gt_graph *g, gt_tensor *const *leaves, gt_tensor *x,
                          bool in_training, maf_pass **out, gt_error *err) {
    size_t blocks = (size_t)net->block_count;
    maf_pass *pass = calloc(1, sizeof *pass);
    if (pass) {
        pass->steps = calloc(3 * blocks, sizeof *pass->steps);
        pass->means = calloc(blocks, sizeof(gt_tensor *));
        pass->variances = calloc(blocks, sizeof(gt_tensor *));
    }
    if (!pass || !pass->steps || !pass->means || !pass->variances) {
        maf_pass_destroy(pass);
        return gt_fail(err, GT_NO_MEMORY, "no memory for a pass through a flow");
    }
    for (int b = 0; b < net->block_count; ++b) {
        gt_graph_push_scope(g, "%d", 3 * b);
        x = run_block(net, g, leaves, b, x, in_training, pass);
        gt_graph_pop_scope(g);
    }
    finish(net, g, pass);
    *out = pass;
    return GT_OK;
}

void maf_pass_destroy(maf_pass *pass) {
    if (!pass) return;
    free(pass->steps);
    free(pass->means);
    free(pass->variances);
    free(pass);
}
