/* blur.c - three extended boxes (Gwosdek, Grewenig, Bruhn, Weickert, SSVM 2011) or a sampled
 * Gaussian, as symmetric taps applied to sixteen neighbours at once. */
#include "blur.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* ---- taps ---- */

double gt_blur_radius(double sigma) {
    double q = sigma * sigma / 3; /* variance of one box */
    double l = floor((sqrt(12 * q + 1) - 1) / 2);
    double rest = (2 * l + 1) * (l * (l + 1) - 3 * q) / (6 * (q - (l + 1) * (l + 1)));
    return l + rest;
}

gt_blur gt_blur_boxes(double sigma) {
    double radius = gt_blur_radius(sigma), inner = floor(radius), weight = 1 / (2 * radius + 1);
    gt_blur blur = {.reach = (size_t)inner + 1, .passes = 3};
    for (size_t d = 0; d < blur.reach; d++) blur.tap[d] = (float)weight;
    blur.tap[blur.reach] = (float)((1 - (2 * inner + 1) * weight) / 2);
    return blur;
}

gt_blur gt_blur_gauss(double sigma) {
    double tap[GT_BLUR_REACH + 1], sum = 0;
    gt_blur blur = {.reach = (size_t)ceil(4 * sigma), .passes = 1};
    for (size_t d = 0; d <= blur.reach; d++) {
        tap[d] = exp(-(double)(d * d) / (2 * sigma * sigma));
        sum += d ? 2 * tap[d] : tap[d];
    }
    for (size_t d = 0; d <= blur.reach; d++) blur.tap[d] = (float)(tap[d] / sum);
    return blur;
}

/* ---- filters ---- */

typedef float lanes __attribute__((vector_size(GT_LANES * sizeof(float))));

static inline lanes load(const float *src) {
    lanes values;
    memcpy(&values, src, sizeof values);
    return values;
}

static inline void filter_row_of(size_t reach, const float *tap, const float *src, size_t pitch,
                                 float *dst) {
    for (size_t x = 0; x < pitch; x += GT_LANES) {
        lanes sum = tap[0] * load(src + x);
        for (size_t d = 1; d <= reach; d++)
            sum += tap[d] * (load(src + x - d) + load(src + x + d));
        memcpy(dst + x, &sum, sizeof sum);
    }
}

/* The usual reaches, up to sigma 2, get loops of their own. */
static void filter_row(const gt_blur *blur, const float *src, size_t pitch, float *dst) {
    if (blur->reach == 1)
        filter_row_of(1, blur->tap, src, pitch, dst);
    else if (blur->reach == 2)
        filter_row_of(2, blur->tap, src, pitch, dst);
    else
        filter_row_of(blur->reach, blur->tap, src, pitch, dst);
}

static void repeat_ends(float *line, size_t width, size_t reach) {
    for (size_t d = 1; d <= reach; d++) {
        line[-(ptrdiff_t)d] = line[0];
        line[width - 1 + d] = line[width - 1];
    }
}

size_t gt_blur_line(size_t pitch) {
    return pitch + 2 * GT_BLUR_REACH;
}

static void blur_rows(const gt_blur *blur, size_t height, size_t width, size_t pitch,
                      const float *src, float *dst, float *lines) {
    float *line[2] = {lines + GT_BLUR_REACH, lines + gt_blur_line(pitch) + GT_BLUR_REACH};
    for (size_t y = 0; y < height; y++) {
        memcpy(line[0], src + y * pitch, width * sizeof *src);
        for (int pass = 0; pass < blur->passes; pass++) {
            bool is_last = pass + 1 == blur->passes;
            float *from = line[pass % 2];
            repeat_ends(from, width, blur->reach);
            filter_row(blur, from, pitch, is_last ? dst + y * pitch : line[1 - pass % 2]);
        }
    }
}

static inline void filter_columns_of(size_t reach, const float *tap, size_t height,
                                     size_t pitch, const float *src, float *dst) {
    size_t last = height - 1;
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < pitch; x += GT_LANES) {
            lanes sum = tap[0] * load(src + y * pitch + x);
            for (size_t d = 1; d <= reach; d++) {
                size_t above = y < d ? 0 : y - d, below = last - y < d ? last : y + d;
                sum += tap[d] * (load(src + above * pitch + x) + load(src + below * pitch + x));
            }
            memcpy(dst + y * pitch + x, &sum, sizeof sum);
        }
}

static void filter_columns(const gt_blur *blur, size_t height, size_t pitch, const float *src,
                           float *dst) {
    if (blur->reach == 1)
        filter_columns_of(1, blur->tap, height, pitch, src, dst);
    else if (blur->reach == 2)
        filter_columns_of(2, blur->tap, height, pitch, src, dst);
    else
        filter_columns_of(blur->reach, blur->tap, height, pitch, src, dst);
}

void gt_blur_apply(const gt_blur *blur, size_t height, size_t width, size_t pitch, float *plane,
                   float *other, float *lines) {
    float *from = blur->passes % 2 ? other : plane, *to = blur->passes % 2 ? plane : other;
    blur_rows(blur, height, width, pitch, plane, from, lines);
    for (int pass = 0; pass < blur->passes; pass++) {
        filter_columns(blur, height, pitch, from, to);
        float *kept = from;
        from = to;
        to = kept;
    }
}
