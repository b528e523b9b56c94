/* From noise to codes: blocks from the last to the first, features from the first to the last,
 * and each hidden unit as soon as what it sees is known. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "maf.h"

enum { AT_ONCE = 32 }; /* codes side by side: a weight read once serves all of them */

/* A line of one number for each code. */
typedef struct line {
    float at[AT_ONCE];
} line;

/* Weights and biases of a block, and work for AT_ONCE codes. Hidden units stand by degree,
 * their weights lie where the files have them: row and column `unit[place]`. */
typedef struct work {
    const maf *net;
    const int64_t *unit; /* by place */
    const float *w1, *b1, *w2, *b2, *w3, *b3;
    line *x, *h1, *h2, *u;
    double log_det[AT_ONCE];
} work;

/* sum = bias + sum of weights[order[k]] * of[k] over k < count; order NULL: k itself. */
static void weighted_sum(double sum[AT_ONCE], float bias, const float *weights,
                         const int64_t *order, const line *of, int64_t count) {
    for (int i = 0; i < AT_ONCE; ++i) sum[i] = (double)bias;
    for (int64_t k = 0; k < count; ++k) {
        double w = (double)weights[order ? order[k] : k];
        for (int i = 0; i < AT_ONCE; ++i) sum[i] += w * (double)of[k].at[i];
    }
}

/* The hidden units of degree j, which stand at [first, end). */
static void fill_units(work *w, int64_t j, int64_t first, int64_t end) {
    double sum[AT_ONCE];
    int64_t d = w->net->features, h = w->net->width;
    for (int64_t place = first; place < end; ++place) {
        int64_t k = w->unit[place];
        weighted_sum(sum, w->b1[k], w->w1 + k * d, NULL, w->x, j + 1);
        for (int i = 0; i < AT_ONCE; ++i) w->h1[place].at[i] = (float)tanh(sum[i]);
    }
    for (int64_t place = first; place < end; ++place) {
        int64_t k = w->unit[place];
        weighted_sum(sum, w->b2[k], w->w2 + k * h, w->unit, w->h1, end);
        for (int i = 0; i < AT_ONCE; ++i) w->h2[place].at[i] = (float)tanh(sum[i]);
    }
}

/* x = u exp(a) + m, feature by feature; `known` hidden units see only features before j. */
static void invert_network(work *w) {
    int64_t d = w->net->features, h = w->net->width, known = 0;
    double m[AT_ONCE], a[AT_ONCE];
    for (int64_t j = 0; j < d; ++j) {
        weighted_sum(m, w->b3[j], w->w3 + j * h, w->unit, w->h2, known);
        weighted_sum(a, w->b3[d + j], w->w3 + (d + j) * h, w->unit, w->h2, known);
        for (int i = 0; i < AT_ONCE; ++i) {
            w->x[j].at[i] = (float)((double)w->u[j].at[i] * exp(a[i]) + m[i]);
            w->log_det[i] += a[i];
        }
        int64_t end = known;
        while (end < h && w->unit[end] % (d - 1) == j) ++end;
        fill_units(w, j, known, end);
        known = end;
    }
}

static const float *values_at(const gt_params *params, const float *values, int index) {
    return values + gt_params_offset(params, index);
}

/* Undoes reversal and normalisation: from x to u. */
static void undo_normalisation(work *w, const gt_params *params, const float *values,
                               const maf_block *block) {
    int64_t d = w->net->features;
    const float *log_gamma = values_at(params, values, block->log_gamma);
    const float *beta = values_at(params, values, block->beta);
    const float *mean = values_at(params, values, block->mean);
    const float *variance = values_at(params, values, block->variance);
    double log_det = 0;
    for (int64_t j = 0; j < d; ++j) {
        double scale = sqrt((double)variance[j]) / exp((double)log_gamma[j]);
        log_det += 0.5 * log((double)variance[j]) - (double)log_gamma[j];
        for (int i = 0; i < AT_ONCE; ++i)
            w->u[j].at[i] = (float)(((double)w->x[d - 1 - j].at[i] - (double)beta[j]) * scale +
                                    (double)mean[j]);
    }
    for (int i = 0; i < AT_ONCE; ++i) w->log_det[i] += log_det;
}

static void invert_block(work *w, const gt_params *params, const float *values,
                         const maf_block *block) {
    undo_normalisation(w, params, values, block);
    w->w1 = values_at(params, values, block->joiner.weight);
    w->b1 = values_at(params, values, block->joiner.bias);
    w->w2 = values_at(params, values, block->hidden.weight);
    w->b2 = values_at(params, values, block->hidden.bias);
    w->w3 = values_at(params, values, block->output.weight);
    w->b3 = values_at(params, values, block->output.bias);
    invert_network(w);
}

/* Up to AT_ONCE codes; columns without one compute on zeros. */
static void invert_some(work *w, const gt_params *params, const float *values, int64_t n,
                        const float *noise, float *x, float *log_det) {
    int64_t d = w->net->features;
    memset(w->x, 0, (size_t)d * sizeof *w->x);
    memset(w->log_det, 0, sizeof w->log_det);
    for (int64_t i = 0; i < n; ++i)
        for (int64_t j = 0; j < d; ++j) w->x[j].at[i] = noise[i * d + j];
    for (int b = w->net->block_count - 1; b >= 0; --b)
        invert_block(w, params, values, &w->net->blocks[b]);
    for (int64_t i = 0; i < n; ++i)
        for (int64_t j = 0; j < d; ++j) x[i * d + j] = w->x[j].at[i];
    for (int64_t i = 0; log_det && i < n; ++i) log_det[i] = (float)w->log_det[i];
}

gt_status maf_invert(const maf *net, const gt_params *params, const float *values, int64_t n,
                     const float *noise, float *x, float *log_det, gt_error *err) {
    size_t lines = 2 * (size_t)(net->features + net->width);
    int64_t groups = (n + AT_ONCE - 1) / AT_ONCE;
    bool is_short_of_memory = false;
    int64_t *unit = malloc((size_t)net->width * sizeof *unit);
    if (!unit) return gt_fail(err, GT_NO_MEMORY, "no memory to draw codes");
    for (int64_t k = 0; k < net->width; ++k)
        unit[k] = gt_degrees_unit(net->units, net->width, k);
#pragma omp parallel
    {
        line *all = calloc(lines, sizeof *all);
        work w = {.net = net, .unit = unit, .x = all};
        if (all) {
            w.u = w.x + net->features;
            w.h1 = w.u + net->features;
            w.h2 = w.h1 + net->width;
        } else {
#pragma omp atomic write
            is_short_of_memory = true;
        }
#pragma omp barrier
        bool stop;
#pragma omp atomic read
        stop = is_short_of_memory;
#pragma omp for schedule(dynamic)
        for (int64_t group = 0; group < groups; ++group) {
            int64_t first = group * AT_ONCE, count = n - first < AT_ONCE ? n - first : AT_ONCE;
            if (stop) continue;
            invert_some(&w, params, values, count, noise + first * net->features,
                        x + first * net->features, log_det ? log_det + first : NULL);
        }
        free(all);
    }
    free(unit);
    return is_short_of_memory ? gt_fail(err, GT_NO_MEMORY, "no memory to draw codes") : GT_OK;
}
