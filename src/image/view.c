/* view.c - turning, brightness, contrast. */
#include "view.h"

#include <math.h>

/* ---- turning ---- */

/* A pixel, or 0 outside. */
static float pixel(const float *src, long height, long width, long y, long x) {
    return y < 0 || x < 0 || y >= height || x >= width ? 0 : src[y * width + x];
}

static float interpolate(const float *src, long height, long width, double y, double x) {
    double top = floor(y), left = floor(x);
    float down = (float)(y - top), right = (float)(x - left);
    long row = (long)top, column = (long)left;
    float above = pixel(src, height, width, row, column) * (1 - right) +
                  pixel(src, height, width, row, column + 1) * right;
    float below = pixel(src, height, width, row + 1, column) * (1 - right) +
                  pixel(src, height, width, row + 1, column + 1) * right;
    return above * (1 - down) + below * down;
}

void gt_view_turn(const float *src, size_t height, size_t width, const gt_view_draw *draw,
                  float *dst) {
    double half_height = (double)(draw->height - 1) / 2;
    double half_width = (double)(draw->width - 1) / 2;
    double cosine = cos(draw->angle), sine = sin(draw->angle); /* y grows downwards */
    for (size_t y = 0; y < draw->height; y++)
        for (size_t x = 0; x < draw->width; x++) {
            double down = (double)y - half_height, right = (double)x - half_width;
            double row = (double)draw->top + half_height + right * sine + down * cosine;
            double column = (double)draw->left + half_width + right * cosine - down * sine;
            dst[y * draw->width + x] = interpolate(src, (long)height, (long)width, row, column);
        }
}

/* ---- brightness and contrast ---- */

static void scale_and_shift(gt_view_pixels *view, float factor, float shift) {
    size_t count = view->channels * view->height * view->pitch;
    float white = view->white, *values = view->values;
    for (size_t i = 0; i < count; i++) {
        float value = factor * values[i] + shift;
        value = value < 0 ? 0 : value;
        values[i] = value > white ? white : value;
    }
}

void gt_view_brightness(gt_view_pixels *view, double factor) {
    scale_and_shift(view, (float)factor, 0);
}

/* In sixteen sums, which is what lets it vectorise. */
static double mean_of(const gt_view_pixels *view, size_t channel) {
    size_t count = view->height * view->pitch;
    const float *values = view->values + channel * count;
    double lane[GT_LANES] = {0}, sum = 0;
    for (size_t i = 0; i < count; i += GT_LANES)
        for (size_t j = 0; j < GT_LANES; j++) lane[j] += (double)values[i + j];
    for (size_t j = 0; j < GT_LANES; j++) sum += lane[j];
    return sum / (double)(view->height * view->width);
}

void gt_view_contrast(gt_view_pixels *view, double factor) {
    static const double grey[] = {0.2989, 0.587, 0.114};
    double mean = 0;
    for (size_t c = 0; c < view->channels; c++)
        mean += mean_of(view, c) * (view->channels == 3 ? grey[c] : 1 / (double)view->channels);
    scale_and_shift(view, (float)factor, (float)((1 - factor) * mean));
}
