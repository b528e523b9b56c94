/* random_graph.h - random graphs with a loss and its gradients: of images, of masked layers. */
#ifndef RANDOM_GRAPH_H
#define RANDOM_GRAPH_H

#include "gt_test.h"

#include "galatea/graph.h"
#include "rng.h"

enum { MAX_LEAVES = 64, MAX_VALUES = 128 };

typedef struct random_graph {
    gt_graph *g;
    gt_rng_key key;
    uint64_t drawn;
    gt_tensor *leaves[MAX_LEAVES];
    float *data[MAX_LEAVES];
    double *exact[MAX_LEAVES];
    int leaf_count;
    int64_t parameters; /* floats */
    gt_tensor *values[MAX_VALUES];
    int value_count;
} random_graph;

static inline int pick(random_graph *m, int bound) {
    return (int)gt_rng_below(m->key, m->drawn++, (uint64_t)bound);
}

static inline void fill_leaf(random_graph *m, gt_tensor *leaf) {
    int i = m->leaf_count++;
    int64_t count = gt_shape_count(gt_tensor_shape(leaf));
    m->leaves[i] = leaf;
    m->data[i] = malloc((size_t)count * sizeof(float));
    m->exact[i] = malloc((size_t)count * sizeof(double));
    gt_rng_key key = {m->key.seed, 1000 + (uint32_t)i, 0};
    gt_rng_fill_normal(key, 0, (size_t)count, m->data[i]);
    for (int64_t j = 0; j < count; j++) {
        m->data[i][j] *= 0.5f;
        m->exact[i][j] = m->data[i][j];
    }
}

static inline gt_tensor *input(random_graph *m, gt_shape shape) {
    char name[16];
    snprintf(name, sizeof name, "x%d", m->leaf_count);
    gt_tensor *leaf = gt_input(m->g, name, shape);
    fill_leaf(m, leaf);
    return leaf;
}

static inline gt_tensor *parameter(random_graph *m, gt_shape shape) {
    char name[16];
    snprintf(name, sizeof name, "p%d", m->leaf_count);
    gt_tensor *leaf = gt_parameter(m->g, name, shape, m->parameters);
    m->parameters += (gt_shape_count(shape) + 15) / 16 * 16;
    fill_leaf(m, leaf);
    return leaf;
}

static inline gt_tensor *scaled_weights(random_graph *m, int64_t out, int64_t in, int64_t k) {
    return gt_affine(m->g, parameter(m, GT_SHAPE(out, in, k, k)),
                     1.0 / sqrt((double)(in * k * k)), 0);
}

/* A bounded function, so that chains neither explode nor die. */
static inline gt_tensor *random_unary(random_graph *m, gt_tensor *x) {
    gt_graph *g = m->g;
    switch (pick(m, 14)) {
    case 0:
        return gt_tanh(g, x);
    case 1:
        return gt_sigmoid(g, x);
    case 2:
        return gt_gelu(g, x);
    case 3:
        return gt_softplus(g, x);
    case 4:
        return gt_affine(g, x, 0.7, 0.1);
    case 5:
        return gt_exp(g, gt_affine(g, gt_square(g, x), -0.5, 0));
    case 6:
        return gt_log(g, gt_affine(g, gt_square(g, x), 1, 1));
    case 7:
        return gt_sqrt(g, gt_affine(g, gt_square(g, x), 1, 0.5));
    case 8:
        return gt_reciprocal(g, gt_affine(g, gt_square(g, x), 1, 1));
    case 9:
        return gt_gelu(g, gt_neg(g, x));
    case 10:
        return gt_select(g, gt_less(g, x, gt_constant(g, 0.1, gt_tensor_shape(x))), x,
                         gt_tanh(g, x));
    case 11:
        return gt_silu(g, x);
    case 12:
        return gt_leaky_relu(g, x, pick(m, 2) ? 0.1 : 0.3);
    default:
        return gt_relu(g, gt_abs(g, x));
    }
}

static inline gt_tensor *random_binary(random_graph *m, gt_tensor *x, gt_tensor *y) {
    gt_graph *g = m->g;
    switch (pick(m, 5)) {
    case 0:
        return gt_add(g, x, y);
    case 1:
        return gt_sub(g, x, y);
    case 2:
        return gt_mul(g, x, gt_tanh(g, y));
    case 3:
        return gt_div(g, x, gt_affine(g, gt_square(g, y), 1, 1));
    default:
        return gt_max(g, x, gt_min(g, y, gt_constant(g, 0.4, gt_tensor_shape(y))));
    }
}

/* Normalised over the batch like batch normalisation: sums, broadcasts and a reciprocal root.
 */
static inline gt_tensor *normalise(random_graph *m, gt_tensor *x) {
    gt_graph *g = m->g;
    gt_shape s = gt_tensor_shape(x), c = GT_SHAPE(1, s.dim[1], 1, 1);
    double n = (double)(s.dim[0] * s.dim[2] * s.dim[3]);
    gt_tensor *centred = gt_sub(g, x, gt_affine(g, gt_sum_to(g, x, c), 1 / n, 0));
    gt_tensor *variance = gt_affine(g, gt_sum_to(g, gt_square(g, centred), c), 1 / n, 1e-3);
    gt_tensor *unit = gt_mul(g, centred, gt_reciprocal(g, gt_sqrt(g, variance)));
    return gt_relu(g, gt_add(g, gt_mul(g, unit, parameter(m, c)), parameter(m, c)));
}

static inline gt_tensor *convolve(random_graph *m, gt_tensor *x) {
    int64_t in = gt_tensor_dim(x, 1), out = (int64_t[]){16, 32, 6}[pick(m, 3)];
    int k = pick(m, 2) ? 3 : 1;
    gt_tensor *bias = pick(m, 2) ? parameter(m, GT_SHAPE(out)) : NULL;
    return gt_conv2d(m->g, x, scaled_weights(m, out, in, k), bias, (gt_conv){1, k / 2, 1});
}

static inline gt_tensor *random_image_op(random_graph *m, gt_tensor *x) {
    gt_graph *g = m->g;
    int64_t c = gt_tensor_dim(x, 1), h = gt_tensor_dim(x, 2);
    gt_shape channels = GT_SHAPE(1, c, 1, 1);
    switch (pick(m, 20)) {
    case 0:
        return convolve(m, random_unary(m, x));
    case 1:
        return gt_add(
            g, x,
            gt_conv2d(g, gt_gelu(g, x), scaled_weights(m, c, c, 3), NULL, (gt_conv){1, 1, 1}));
    case 2:
        return h >= 4 ? gt_avg_pool(g, x, 2) : gt_upsample(g, x, 2);
    case 3:
        return h <= 8 ? gt_upsample(g, x, 2) : gt_avg_pool(g, x, 4);
    case 4:
        return normalise(m, x);
    case 5:
        return gt_mul(g, x, gt_tanh(g, parameter(m, channels)));
    case 6:
        return c > 2 ? gt_slice(g, x, 1, c / 4, c / 2) : x;
    case 7:
        return gt_concat(g, (gt_tensor *[]){x, random_unary(m, x)}, 2, 1);
    case 8:
        return gt_pad(g, x, 1, 2, 14, 0.25);
    case 9:
        return gt_add(g, x, parameter(m, GT_SHAPE(1, c, h, gt_tensor_dim(x, 3))));
    case 10:
        return gt_add(g, gt_conv2d(g, x, scaled_weights(m, 16, c, 1), NULL, (gt_conv){1, 0, 1}),
                      gt_conv2d(g, gt_gelu(g, x), scaled_weights(m, 16, c, 1),
                                parameter(m, GT_SHAPE(16)), (gt_conv){1, 0, 1}));
    case 11: /* windows of whole images */
        return gt_concat(g, (gt_tensor *[]){gt_slice(g, x, 0, 0, 1), random_unary(m, x)}, 2, 0);
    case 13: /* ties, too: values that relu made 0 */
        return gt_max_pool(g, pick(m, 2) ? gt_relu(g, x) : x, 3, h >= 4 ? 2 : 1, 1);
    case 12:
        return gt_pad(g, gt_slice(g, x, 0, gt_tensor_dim(x, 0) - 1, 1), 0, 1, 1, -0.5);
    case 14:
        return gt_affine(g, gt_softmax(g, x, 1 + pick(m, 3)), 3, 0);
    case 15: /* back to what it was, so that sides stay even */
        return gt_resize(g, gt_resize(g, x, h + 3, h + 1, (gt_resize_filter)pick(m, 2)), h, h,
                         (gt_resize_filter)pick(m, 2));
    case 16:
        return gt_affine(
            g, gt_unfold_back(g, gt_unfold(g, x, 3, 1, 1), gt_tensor_shape(x), 3, 1, 1),
            1.0 / 9, 0);
    case 17:
        return gt_affine(g, gt_matmul(g, x, gt_tanh(g, x), pick(m, 2), pick(m, 2)),
                         1 / sqrt((double)h), 0);
    case 18:
        return gt_shift(g, x, input(m, GT_SHAPE(gt_tensor_dim(x, 0), 2)));
    default: /* of one channel only zeros would be left, and a normalisation of their rounding
              */
        return c > 1 ? gt_sub(g, x, gt_reduce_max(g, x, 1)) : x;
    }
}

static inline void build(random_graph *m, uint64_t seed, int64_t size) {
    static const int64_t channels[] = {16, 3, 32, 1};
    m->key = (gt_rng_key){seed, 1, 0};
    m->g = gt_graph_create();
    int64_t n = 1 + pick(m, 3);
    m->values[m->value_count++] = input(m, GT_SHAPE(n, channels[pick(m, 4)], size, size));
    int length = 4 + pick(m, 10);
    for (int i = 0; i < length; i++) {
        gt_tensor *x = m->values[m->value_count - 1];
        gt_tensor *y = m->values[pick(m, m->value_count)];
        /* of x - x a normalisation would have only rounding */
        bool pair =
            x != y && gt_shape_equal(gt_tensor_shape(x), gt_tensor_shape(y)) && pick(m, 3) == 0;
        gt_tensor *made = pair              ? random_binary(m, x, y)
                          : pick(m, 3) == 0 ? random_unary(m, x)
                                            : random_image_op(m, x);
        if (gt_tensor_dim(made, 1) > 96) made = gt_slice(m->g, made, 1, 0, 32);
        m->values[m->value_count++] = made;
    }
}

/* A masked layer of units by degree, applied to columns (in,N), or the other way round to rows
 * (N,in). */
static inline gt_tensor *masked_layer(random_graph *m, gt_tensor *x, gt_degrees in,
                                      gt_degrees out, int64_t out_count, bool by_rows) {
    gt_graph *g = m->g;
    int64_t in_count = gt_tensor_dim(x, by_rows);
    gt_tensor *weights = parameter(m, GT_SHAPE(out_count, in_count));
    gt_tensor *arranged = gt_arrange(g, weights, out, in);
    gt_stair stair = gt_degrees_stair(out, out_count, in, in_count, 1 + pick(m, 9));
    if (by_rows) return gt_stair_matmul(g, x, arranged, false, true, &stair, GT_STAIR_B);
    return gt_stair_matmul(g, arranged, x, false, false, &stair, GT_STAIR_A);
}

/* A masked autoregressive network, a normalisation and a reversal: one block of a flow. */
static inline void build_masked(random_graph *m, uint64_t seed, int64_t size) {
    m->key = (gt_rng_key){seed, 1, 0};
    m->g = gt_graph_create();
    gt_graph *g = m->g;
    bool by_rows = pick(m, 2);
    int64_t features = 2 + pick(m, (int)size), units = 1 + pick(m, 3 * (int)size);
    int64_t n = 1 + pick(m, 40);
    gt_degrees inputs = {.period = features}, outputs = {.period = features, .shift = -1};
    gt_degrees hidden = {.period = features - 1, .sorted = true};
    gt_tensor *x = input(m, by_rows ? GT_SHAPE(n, features) : GT_SHAPE(features, n));
    gt_tensor *h = gt_tanh(g, masked_layer(m, x, inputs, hidden, units, by_rows));
    h = gt_tanh(g, masked_layer(m, h, hidden, hidden, units, by_rows));
    gt_tensor *mean = masked_layer(m, h, hidden, outputs, features, by_rows);
    gt_tensor *log_sd = masked_layer(m, h, hidden, outputs, features, by_rows);
    gt_tensor *u = gt_mul(g, gt_sub(g, x, mean), gt_exp(g, gt_neg(g, log_sd)));
    gt_shape each = by_rows ? GT_SHAPE(1, features) : GT_SHAPE(features, 1);
    u = gt_sub(g, u, gt_affine(g, gt_sum_to(g, u, each), 1 / (double)n, 0));
    m->values[m->value_count++] = log_sd;
    m->values[m->value_count++] = gt_reverse(g, u, by_rows);
}

static inline int outputs_of(random_graph *m, gt_tensor **outputs) {
    gt_tensor *last = m->values[m->value_count - 1];
    gt_tensor *loss = gt_add(
        m->g, gt_mean(m->g, gt_square(m->g, last)),
        gt_affine(m->g, gt_sum(m->g, gt_tanh(m->g, m->values[m->value_count / 2])), 1e-3, 0));
    gt_tensor *grads[MAX_LEAVES];
    int count = 0;
    gt_grad(m->g, loss, m->leaves, m->leaf_count, grads);
    outputs[count++] = loss;
    outputs[count++] = last;
    for (int i = 0; i < m->leaf_count; i++) outputs[count++] = grads[i];
    return count;
}

static inline void destroy(random_graph *m) {
    for (int i = 0; i < m->leaf_count; i++) {
        free(m->data[i]);
        free(m->exact[i]);
    }
    gt_graph_destroy(m->g);
}

static inline float *parameter_vector(const random_graph *m) {
    float *values = calloc((size_t)m->parameters + 16, sizeof *values);
    int64_t at = 0;
    for (int i = 0; i < m->leaf_count; i++) {
        if (gt_tensor_name(m->leaves[i])[0] != 'p') continue;
        int64_t count = gt_shape_count(gt_tensor_shape(m->leaves[i]));
        memcpy(values + at, m->data[i], (size_t)count * sizeof *values);
        at += (count + 15) / 16 * 16;
    }
    return values;
}

#endif
