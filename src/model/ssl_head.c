/* Projectors and predictors: small networks of linear layers. */
#include <math.h>
#include <stdio.h>

#include "ssl.h"

/* Public names count relu as well: linear, norm, relu, linear, ... */
enum { NAMES_A_LAYER = 3 };

ssl_head ssl_head_add(gt_params *params, adder add, const char *prefix, int count,
                      const int64_t *sizes, ssl_ending ending) {
    char name[96];
    ssl_head head = {.count = count};
    for (int i = 0; i < count; ++i) {
        bool is_last = i == count - 1;
        head.is_normed[i] = !is_last || ending != SSL_PLAIN;
        head.biases[i] = -1;
        snprintf(name, sizeof name, "%s.layers.%d.weight", prefix, NAMES_A_LAYER * i);
        head.weights[i] = add(params, name, GT_SHAPE(sizes[i + 1], sizes[i]));
        snprintf(name, sizeof name, "%s.layers.%d.bias", prefix, NAMES_A_LAYER * i);
        if (!head.is_normed[i]) head.biases[i] = add(params, name, GT_SHAPE(sizes[i + 1]));
        snprintf(name, sizeof name, "%s.layers.%d", prefix, NAMES_A_LAYER * i + 1);
        bool is_affine = !is_last || ending != SSL_NORMED_WITHOUT_AFFINE;
        if (head.is_normed[i])
            head.norms[i] = norm_layer_add(params, add, name, sizes[i + 1], is_affine);
    }
    return head;
}

void ssl_head_init(const ssl_head *head, gt_params *params, uint64_t seed) {
    for (int i = 0; i < head->count; ++i) {
        double inputs = (double)gt_params_shape(params, head->weights[i]).dim[1];
        gt_init_uniform(params, head->weights[i], seed, 1 / sqrt(inputs));
        if (head->biases[i] >= 0)
            gt_init_uniform(params, head->biases[i], seed, 1 / sqrt(inputs));
        if (head->is_normed[i]) norm_layer_init(params, &head->norms[i]);
    }
}

gt_tensor *ssl_head_apply(const ssl_head *head, const net_pass *pass, gt_tensor *x) {
    gt_graph *g = pass->g;
    for (int i = 0; i < head->count; ++i) {
        if (i) x = gt_relu(g, x);
        x = gt_matmul(g, x, pass->values[head->weights[i]], false, true);
        if (head->biases[i] >= 0) x = gt_add(g, x, pass->values[head->biases[i]]);
        if (head->is_normed[i]) x = norm_layer_rows(pass, &head->norms[i], x);
    }
    return x;
}
