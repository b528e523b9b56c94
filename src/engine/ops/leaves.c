/* leaves.c - values that enter the graph: inputs, parameters, constants, noise. */
#include "ops.h"

const gt_op_class gt_op_input = {.name = "input", .kind = GT_LEAF};
const gt_op_class gt_op_parameter = {.name = "parameter", .kind = GT_LEAF};
const gt_op_class gt_op_constant = {.name = "constant", .kind = GT_LEAF};
const gt_op_class gt_op_random = {.name = "random", .kind = GT_LEAF};

static gt_tensor *random_leaf(gt_graph *g, const char *name, gt_noise noise, uint32_t stream,
                              gt_shape shape) {
    if (shape.rank == 0) {
        return gt_graph_fail(g, GT_BAD_SHAPE, GT_OP_RANDOM,
                             "'%s' is a scalar, expected a first dimension that counts images",
                             name);
    }
    gt_attr attr = {.noise = noise, .stream = stream};
    return gt_graph_append(g, GT_OP_RANDOM, shape, NULL, 0, &attr, name);
}

gt_tensor *gt_input(gt_graph *g, const char *name, gt_shape shape) {
    return gt_graph_append(g, GT_OP_INPUT, shape, NULL, 0, NULL, name);
}

gt_tensor *gt_parameter(gt_graph *g, const char *name, gt_shape shape, int64_t offset) {
    if (offset < 0) {
        return gt_graph_fail(g, GT_BAD_ARGUMENT, GT_OP_PARAMETER,
                             "'%s' at offset %lld, expected 0 or more", name,
                             (long long)offset);
    }
    gt_attr attr = {.start = offset};
    return gt_graph_append(g, GT_OP_PARAMETER, shape, NULL, 0, &attr, name);
}

gt_tensor *gt_constant(gt_graph *g, double value, gt_shape shape) {
    gt_attr attr = {.shift = value};
    return gt_graph_append(g, GT_OP_CONSTANT, shape, NULL, 0, &attr, NULL);
}

gt_tensor *gt_random_normal(gt_graph *g, const char *name, uint32_t stream, gt_shape shape) {
    return random_leaf(g, name, GT_NOISE_NORMAL, stream, shape);
}

gt_tensor *gt_random_uniform(gt_graph *g, const char *name, uint32_t stream, gt_shape shape) {
    return random_leaf(g, name, GT_NOISE_UNIFORM, stream, shape);
}
