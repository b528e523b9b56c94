/* Layers that own parameters: convolutions and their first values. */
#include "galatea/nn.h"

#include <lapacke.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "lapack.h"
#include "rng.h"

gt_conv_layer gt_conv_layer_add(gt_params *params, const char *name, int64_t in, int64_t out,
                                int64_t kernel) {
    char full[256];
    gt_conv_layer layer = {.how = {.stride = 1, .pad = (int)(kernel / 2), .groups = 1}};
    snprintf(full, sizeof full, "%s.weight", name);
    layer.weight = gt_params_add(params, full, GT_SHAPE(out, in, kernel, kernel));
    snprintf(full, sizeof full, "%s.bias", name);
    layer.bias = gt_params_add(params, full, GT_SHAPE(out));
    return layer;
}

gt_tensor *gt_conv_layer_apply(gt_graph *g, gt_tensor *const *leaves,
                               const gt_conv_layer *layer, gt_tensor *x) {
    return gt_conv2d(g, x, leaves[layer->weight], leaves[layer->bias], layer->how);
}

gt_tensor *gt_conv_layer_from(gt_graph *g, gt_tensor *const *leaves, const gt_conv_layer *layer,
                              gt_tensor *x, int64_t first_input) {
    gt_tensor *w = gt_slice(g, leaves[layer->weight], 1, first_input, gt_tensor_dim(x, 1));
    return gt_conv2d(g, x, w, first_input ? NULL : leaves[layer->bias], layer->how);
}

gt_tensor *gt_conv_layer_to(gt_graph *g, gt_tensor *const *leaves, const gt_conv_layer *layer,
                            gt_tensor *x, int64_t first_output, int64_t outputs) {
    gt_tensor *w = gt_slice(g, leaves[layer->weight], 0, first_output, outputs);
    gt_tensor *b = gt_slice(g, leaves[layer->bias], 0, first_output, outputs);
    return gt_conv2d(g, x, w, b, layer->how);
}

static float *values_of(gt_params *params, int index, size_t *count) {
    *count = (size_t)gt_shape_count(gt_params_shape(params, index));
    return gt_params_values(params) + gt_params_offset(params, index);
}

void gt_init_fill(gt_params *params, int index, double value) {
    size_t count;
    float *values = values_of(params, index, &count);
    for (size_t i = 0; i < count; ++i) values[i] = (float)value;
}

void gt_init_uniform(gt_params *params, int index, uint64_t seed, double bound) {
    size_t count;
    float *values = values_of(params, index, &count);
    gt_rng_key key = {seed, gt_rng_stream(gt_params_name(params, index)), 0};
    gt_rng_fill_uniform(key, 0, count, values);
    for (size_t i = 0; i < count; ++i) values[i] = (float)(bound * (2.0 * values[i] - 1));
}

void gt_init_normal(gt_params *params, int index, uint64_t seed, double deviation) {
    size_t count;
    float *values = values_of(params, index, &count);
    gt_rng_key key = {seed, gt_rng_stream(gt_params_name(params, index)), 0};
    gt_rng_fill_normal(key, 0, count, values);
    for (size_t i = 0; i < count; ++i) values[i] = (float)(deviation * (double)values[i]);
}

void gt_init_conv(gt_params *params, const gt_conv_layer *layer, uint64_t seed, double gain) {
    gt_shape shape = gt_params_shape(params, layer->weight);
    double inputs = (double)(shape.dim[1] * shape.dim[2] * shape.dim[3]);
    gt_init_uniform(params, layer->weight, seed, gain / sqrt(inputs));
    gt_init_fill(params, layer->bias, 0);
}

/* Q of the matrix a (rows >= columns, row-major), in place. */
static bool orthogonalise(double *a, double *tau, int rows, int columns) {
    int step = columns;
    if (LAPACKE_dgeqrf(LAPACK_ROW_MAJOR, rows, columns, a, step, tau)) return false;
    bool *negative = calloc((size_t)columns, sizeof *negative);
    if (!negative) return false;
    for (int j = 0; j < columns; ++j) negative[j] = a[j * step + j] < 0;
    bool made = !LAPACKE_dorgqr(LAPACK_ROW_MAJOR, rows, columns, columns, a, step, tau);
    for (int i = 0; i < rows; ++i)
        for (int j = 0; j < columns; ++j)
            if (negative[j]) a[(size_t)i * (size_t)step + (size_t)j] *= -1;
    free(negative);
    return made;
}

gt_status gt_init_orthogonal(gt_params *params, int index, uint64_t seed, gt_error *err) {
    size_t count;
    float *values = values_of(params, index, &count);
    gt_shape shape = gt_params_shape(params, index);
    bool wide = shape.dim[0] < shape.dim[1];
    int64_t rows = shape.dim[wide], columns = shape.dim[!wide];
    gt_rng_key key = {seed, gt_rng_stream(gt_params_name(params, index)), 0};
    GT_ASSERT(shape.rank >= 2 && shape.dim[0] * shape.dim[1] == (int64_t)count);
    if (rows > 1 << 20)
        return gt_fail(err, GT_UNSUPPORTED,
                       "'%s' has %lld rows, at most 2^20 are made orthogonal",
                       gt_params_name(params, index), (long long)rows);
    gt_status status = gt_lapack_ready(err);
    if (status) return status;
    double *a = malloc((count + (size_t)columns) * sizeof *a);
    if (!a) return gt_fail(err, GT_NO_MEMORY, "no memory for a matrix of %zu numbers", count);
    gt_rng_fill_normal(key, 0, count, values);
    for (size_t i = 0; i < count; ++i) a[i] = values[i];
    bool made = orthogonalise(a, a + count, (int)rows, (int)columns);
    for (int64_t i = 0; i < rows && made; ++i)
        for (int64_t j = 0; j < columns; ++j)
            values[wide ? j * rows + i : i * columns + j] = (float)a[i * columns + j];
    free(a);
    return made ? GT_OK
                : gt_fail(err, GT_NO_MEMORY, "no orthogonal start for '%s'",
                          gt_params_name(params, index));
}

gt_tensor *gt_affine_by_channel(gt_graph *g, gt_tensor *x, const gt_reals *scale,
                                const gt_reals *shift) {
    gt_tensor *parts[GT_REALS_MOST];
    int count = scale->count > shift->count ? scale->count : shift->count;
    if (count == 1) return gt_affine(g, x, scale->value[0], shift->value[0]);
    for (int c = 0; c < count; c++)
        parts[c] =
            gt_affine(g, gt_slice(g, x, 1, c, 1), gt_reals_at(scale, c), gt_reals_at(shift, c));
    return gt_concat(g, parts, count, 1);
}
