/* parities.c - see parities.h. */
#include "parities.h"

#include <math.h>

gt_parities gt_parities_of(const gt_closest_shape *s) {
    gt_parities made = {.count = s->flips ? GT_FLIPS : 1, .total = s->channels};
    made.total *= s->height * s->width;
    made.width[0] = made.total;
    for (size_t p = 0; s->flips && p < GT_FLIPS; p++)
        made.width[p] = s->channels * ((s->width + !(p & GT_FLIP_X)) / 2) *
                        ((s->height + !(p & GT_FLIP_Y)) / 2);
    return made;
}

/* Two lines that mirror each other along y; each pair of pixels that mirror each other along x
 * gives a value to every part. */
static void split_lines(size_t width, const float *above, const float *below, double offset,
                        double scale, float *const to[GT_FLIPS]) {
    size_t half = width / 2;
    for (size_t x = 0; x < half; x++) {
        double a = above[x] - offset, b = above[width - 1 - x] - offset;
        double c = below[x] - offset, d = below[width - 1 - x] - offset;
        to[0][x] = (float)((a + b + c + d) * 0.5 * scale);
        to[1][x] = (float)((a - b + c - d) * 0.5 * scale);
        to[2][x] = (float)((a + b - c - d) * 0.5 * scale);
        to[3][x] = (float)((a - b - c + d) * 0.5 * scale);
    }
    if (width % 2) {
        double a = above[half] - offset, c = below[half] - offset;
        to[0][half] = (float)((a + c) * M_SQRT1_2 * scale);
        to[2][half] = (float)((a - c) * M_SQRT1_2 * scale);
    }
}

/* The line in the middle mirrors itself: it has no part that is odd along y. */
static void split_middle(size_t width, const float *line, double offset, double scale,
                         float *const to[GT_FLIPS]) {
    size_t half = width / 2;
    for (size_t x = 0; x < half; x++) {
        double a = line[x] - offset, b = line[width - 1 - x] - offset;
        to[0][x] = (float)((a + b) * M_SQRT1_2 * scale);
        to[1][x] = (float)((a - b) * M_SQRT1_2 * scale);
    }
    if (width % 2) to[0][half] = (float)((line[half] - offset) * scale);
}

static void split_plane(const gt_closest_shape *s, const float *plane, double offset,
                        double scale, float *to[GT_FLIPS]) {
    size_t width = s->width, half = s->height / 2;
    for (size_t y = 0; y < half; y++) {
        split_lines(width, plane + y * width, plane + (s->height - 1 - y) * width, offset,
                    scale, to);
        for (size_t p = 0; p < GT_FLIPS; p++) to[p] += (width + !(p & GT_FLIP_X)) / 2;
    }
    if (s->height % 2) {
        split_middle(width, plane + half * width, offset, scale, to);
        to[0] += (width + 1) / 2;
        to[1] += width / 2;
    }
}

void gt_parities_split(const gt_closest_shape *s, const float *image, double offset,
                       double scale, float *const parts[GT_FLIPS]) {
    size_t plane = s->height * s->width;
    if (!s->flips) {
        for (size_t i = 0; i < s->channels * plane; i++)
            parts[0][i] = (float)((image[i] - offset) * scale);
        return;
    }
    float *to[GT_FLIPS] = {parts[0], parts[1], parts[2], parts[3]};
    for (size_t c = 0; c < s->channels; c++)
        split_plane(s, image + c * plane, offset, scale, to);
}

void gt_flip_image(const gt_closest_shape *s, const float *image, int flip, float *out) {
    size_t width = s->width;
    for (size_t line = 0; line < s->channels * s->height; line++) {
        size_t c = line / s->height, y = line % s->height;
        const float *from =
            image + (c * s->height + (flip & GT_FLIP_Y ? s->height - 1 - y : y)) * width;
        for (size_t x = 0; x < width; x++)
            out[line * width + x] = from[flip & GT_FLIP_X ? width - 1 - x : x];
    }
}
