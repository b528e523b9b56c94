/* gates.c - numbers from 0 to 1 that values are multiplied by. */
#include "galatea/nn.h"

#include <math.h>

/* a (N,C,1,1) through 1x1 convolutions: leaky ReLU between them, then the sigmoid. */
static gt_tensor *squeeze(gt_graph *g, gt_tensor *a, gt_weights narrow, gt_weights widen) {
    gt_conv point = {.stride = 1, .groups = 1};
    gt_tensor *h = gt_conv2d(g, a, narrow.weight, narrow.bias, point);
    h = gt_conv2d(g, gt_leaky_relu(g, h, 0.1), widen.weight, widen.bias, point);
    return gt_sigmoid(g, h);
}

gt_tensor *gt_global_context(gt_graph *g, gt_tensor *x, gt_weights score, gt_weights narrow,
                             gt_weights widen) {
    int64_t n = gt_tensor_dim(x, 0), h = gt_tensor_dim(x, 2), w = gt_tensor_dim(x, 3);
    gt_conv point = {.stride = 1, .groups = 1};
    gt_tensor *scores = gt_conv2d(g, x, score.weight, score.bias, point);
    gt_tensor *shares = gt_softmax(g, gt_reshape(g, scores, GT_SHAPE(n, h * w)), 1);
    shares = gt_reshape(g, shares, GT_SHAPE(n, 1, h, w));
    gt_tensor *context =
        gt_sum_to(g, gt_mul(g, x, shares), GT_SHAPE(n, gt_tensor_dim(x, 1), 1, 1));
    return squeeze(g, context, narrow, widen);
}

gt_tensor *gt_frequency_gate(gt_graph *g, gt_tensor *x, gt_tensor *waves, gt_weights narrow,
                             gt_weights widen) {
    gt_shape each = GT_SHAPE(gt_tensor_dim(x, 0), gt_tensor_dim(x, 1), 1, 1);
    return squeeze(g, gt_sum_to(g, gt_mul(g, x, waves), each), narrow, widen);
}

static double wave(int64_t k, int64_t i, int64_t width) {
    double norm = sqrt((k > 0 ? 2.0 : 1.0) / (double)width);
    return norm * cos(M_PI * (double)k * ((double)i + 0.5) / (double)width);
}

void gt_frequency_waves(int64_t channels, int64_t width, float *waves) {
    enum { GROUPS = 16, HALF = GROUPS / 2 };
    for (int64_t c = 0; c < channels; ++c) {
        int64_t each = channels / GROUPS, group = each ? c / each : GROUPS;
        int64_t down = group < HALF ? 0 : group - HALF, across = group < HALF ? group : 0;
        for (int64_t i = 0; i < width * width; ++i)
            *waves++ =
                group >= GROUPS
                    ? 0
                    : (float)(wave(down, i / width, width) * wave(across, i % width, width));
    }
}
