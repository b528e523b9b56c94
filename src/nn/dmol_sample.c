/* Discretised mixture of logistics on plain arrays: draws with given uniforms, and means. */
#include "galatea/nn.h"

#include <math.h>

/* The numbers that describe one pixel: value i lies at p[i * stride]. */
typedef struct pixel_view {
    const float *p;
    int64_t stride;
    int mixtures, channels;
} pixel_view;

static double value_at(pixel_view v, int i) {
    return v.p[i * v.stride];
}

static double mean_of(pixel_view v, int k, int c) {
    return value_at(v, v.mixtures * (1 + 3 * c) + k);
}

static double log_scale_of(pixel_view v, int k, int c) {
    return fmax(value_at(v, v.mixtures * (2 + 3 * c) + k), -7);
}

static double coefficient_of(pixel_view v, int k, int run) {
    return tanh(value_at(v, v.mixtures * (3 + 3 * run) + k));
}

static double clip(double x) {
    return fmin(fmax(x, -1), 1);
}

/* What colour c of component k gains from the colours before it. */
static double lean(pixel_view v, int k, int c, const double *colours) {
    if (c == 1) return coefficient_of(v, k, 0) * colours[0];
    if (c == 2)
        return coefficient_of(v, k, 1) * colours[0] + coefficient_of(v, k, 2) * colours[1];
    return 0;
}

static int pick_component(pixel_view v, const float *u) {
    int best = 0;
    double largest = -INFINITY;
    for (int k = 0; k < v.mixtures; ++k) {
        double score = value_at(v, k) - log(-log(u[k]));
        if (score > largest) largest = score, best = k;
    }
    return best;
}

static void draw_pixel(pixel_view v, const float *u_mixture, const float *u_logistic,
                       double *colours) {
    int k = pick_component(v, u_mixture);
    for (int c = 0; c < v.channels; ++c) {
        double u = u_logistic[c], logistic = log(u) - log1p(-u);
        double x = mean_of(v, k, c) + exp(log_scale_of(v, k, c)) * logistic;
        colours[c] = clip(x + lean(v, k, c, colours));
    }
}

static void mean_pixel(pixel_view v, double *colours) {
    double largest = -INFINITY, total = 0;
    for (int c = 0; c < v.channels; ++c) colours[c] = 0;
    for (int k = 0; k < v.mixtures; ++k) largest = fmax(largest, value_at(v, k));
    for (int k = 0; k < v.mixtures; ++k) {
        double weight = exp(value_at(v, k) - largest), of_component[3];
        for (int c = 0; c < v.channels; ++c) {
            of_component[c] = mean_of(v, k, c) + lean(v, k, c, of_component);
            colours[c] += weight * of_component[c];
        }
        total += weight;
    }
    for (int c = 0; c < v.channels; ++c) colours[c] = clip(colours[c] / total);
}

static void each_pixel(gt_dmol dmol, int64_t count, int64_t pixels, const float *params,
                       const float *u_mixture, const float *u_logistic, float *images) {
    int64_t width = gt_dmol_width(dmol);
    for (int64_t i = 0; i < count * pixels; ++i) {
        int64_t n = i / pixels, at = i % pixels;
        pixel_view v = {params + n * width * pixels + at, pixels, dmol.mixtures, dmol.channels};
        double colours[3];
        if (u_mixture)
            draw_pixel(v, u_mixture + i * dmol.mixtures, u_logistic + i * dmol.channels,
                       colours);
        else
            mean_pixel(v, colours);
        for (int c = 0; c < dmol.channels; ++c)
            images[(n * dmol.channels + c) * pixels + at] = (float)colours[c];
    }
}

void gt_dmol_draw(gt_dmol dmol, int64_t count, int64_t pixels, const float *params,
                  const float *u_mixture, const float *u_logistic, float *images) {
    each_pixel(dmol, count, pixels, params, u_mixture, u_logistic, images);
}

void gt_dmol_mean(gt_dmol dmol, int64_t count, int64_t pixels, const float *params,
                  float *images) {
    each_pixel(dmol, count, pixels, params, NULL, NULL, images);
}
