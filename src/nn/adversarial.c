/* adversarial.c - what two networks that play against each other minimise. */
#include "galatea/nn.h"

gt_tensor *gt_hinge_discriminator(gt_graph *g, gt_tensor *real, gt_tensor *fake) {
    gt_tensor *wrong_real = gt_relu(g, gt_affine(g, real, 1, 1));
    gt_tensor *wrong_fake = gt_relu(g, gt_affine(g, fake, -1, 1));
    return gt_mean(g, gt_add(g, wrong_real, wrong_fake));
}

/* The root where x > 0, else 0, with gradients of every order 0 there: the root of 1 stands in
 * for the one that has no derivative. */
static gt_tensor *safe_root(gt_graph *g, gt_tensor *x) {
    gt_tensor *positive = gt_step(g, x);
    gt_shape shape = gt_tensor_shape(x);
    gt_tensor *inside = gt_select(g, positive, x, gt_constant(g, 1, shape));
    return gt_select(g, positive, gt_sqrt(g, inside), gt_constant(g, 0, shape));
}

gt_tensor *gt_gradient_penalty(gt_graph *g, gt_tensor *scores, gt_tensor *x, double centre,
                               gt_tensor **length) {
    gt_tensor *slope;
    gt_grad(g, gt_sum(g, scores), &x, 1, &slope);
    gt_tensor *squares = gt_sum_per_image(g, gt_square(g, slope));
    if (length) *length = gt_mean(g, safe_root(g, squares));
    if (centre == 0) return gt_mean(g, squares);
    return gt_mean(g, gt_square(g, gt_affine(g, safe_root(g, squares), 1, -centre)));
}
