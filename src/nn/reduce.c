/* Reductions that networks need beyond the graph's own sums and maxima. */
#include "galatea/nn.h"

gt_tensor *gt_logsumexp(gt_graph *g, gt_tensor *x, int axis) {
    gt_tensor *largest = gt_stop_gradient(g, gt_reduce_max(g, x, axis));
    gt_tensor *scaled = gt_exp(g, gt_sub(g, x, largest));
    gt_tensor *sum = gt_sum_to(g, scaled, gt_tensor_shape(largest));
    return gt_add(g, gt_log(g, sum), largest);
}

gt_tensor *gt_log_softmax(gt_graph *g, gt_tensor *x, int axis) {
    gt_tensor *largest = gt_stop_gradient(g, gt_reduce_max(g, x, axis));
    gt_tensor *moved = gt_sub(g, x, largest);
    gt_tensor *sum = gt_sum_to(g, gt_exp(g, moved), gt_tensor_shape(largest));
    return gt_sub(g, moved, gt_log(g, sum));
}

gt_tensor *gt_sum_per_image(gt_graph *g, gt_tensor *x) {
    gt_shape shape = gt_tensor_shape(x);
    for (int i = 1; i < shape.rank; ++i) shape.dim[i] = 1;
    return gt_reshape(g, gt_sum_to(g, x, shape), GT_SHAPE(shape.dim[0]));
}
