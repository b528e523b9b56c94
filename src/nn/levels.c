/* levels.c - pixels as whole numbers. */
#include "galatea/nn.h"

/* Bit by bit from above, one comparison each. */
gt_tensor *gt_floor_level(gt_graph *g, gt_tensor *levels, int unit) {
    gt_tensor *rest = gt_stop_gradient(g, levels), *kept = NULL;
    for (int bit = 128; bit >= unit; bit /= 2) {
        gt_tensor *limit = gt_constant(g, bit, gt_tensor_shape(levels));
        gt_tensor *unset = gt_less(g, rest, limit);
        gt_tensor *value = gt_affine(g, unset, -bit, bit);
        rest = gt_sub(g, rest, value);
        kept = kept ? gt_add(g, kept, value) : value;
    }
    return kept;
}
