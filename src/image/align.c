/* align.c - where a source lies in a picture and which way it points, and a cut-out turned so
 * that all sources lie alike. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/image.h"

/* A source is looked for within this share of the cut's side from the centre, and its light is
 * weighted by a Gaussian of this width, so that a neighbour does not turn it. */
static const double CENTRAL = 0.25, WINDOW = 0.4;
static const double DETECTION = 3; /* noise deviations above the background */

/* ---- the pixels of the central source ---- */

/* Sum over channels, less the background; 0 where nothing is detected. */
static gt_status detect(const float *src, size_t channels, size_t pixels, float *light,
                        gt_error *err) {
    double background = 0, noise = 0;
    memcpy(light, src, pixels * sizeof *light);
    for (size_t c = 1; c < channels; c++)
        for (size_t i = 0; i < pixels; i++) light[i] += src[c * pixels + i];
    gt_status status = gt_image_noise(light, pixels, &background, &noise, err);
    if (status) return status;
    for (size_t i = 0; i < pixels; i++) {
        double above = light[i] - background;
        light[i] = above > DETECTION * noise ? (float)above : 0;
    }
    return GT_OK;
}

/* Marks everything of the island around `start`: pixels that touch by a side or a corner.
 * stack: room for every pixel. */
static void mark_island(const float *light, size_t height, size_t width, size_t start,
                        unsigned char *is_source, size_t *stack) {
    size_t depth = 0;
    is_source[start] = 1;
    stack[depth++] = start;
    while (depth > 0) {
        size_t y = stack[--depth] / width, x = stack[depth] % width;
        for (size_t v = y > 0 ? y - 1 : 0; v <= y + 1 && v < height; v++)
            for (size_t u = x > 0 ? x - 1 : 0; u <= x + 1 && u < width; u++) {
                size_t next = v * width + u;
                if (light[next] <= 0 || is_source[next]) continue;
                is_source[next] = 1;
                stack[depth++] = next;
            }
    }
}

/* Squared distance of pixel i from the centre. */
static double distance2(size_t i, size_t height, size_t width) {
    double dy = (double)(i / width) - 0.5 * (double)(height - 1);
    double dx = (double)(i % width) - 0.5 * (double)(width - 1);
    return dy * dy + dx * dx;
}

/* Leaves in `light` only the islands that reach into the central circle, if there is one. */
static gt_status keep_central(float *light, size_t height, size_t width, double size,
                              gt_error *err) {
    gt_status status = GT_OK;
    double radius = CENTRAL * size, width2 = 2 * WINDOW * size * WINDOW * size;
    size_t pixels = height * width, kept = 0;
    unsigned char *is_source = calloc(pixels, 1);
    size_t *stack = malloc(pixels * sizeof *stack);
    if (!is_source || !stack)
        GT_THROW(err, GT_NO_MEMORY, "out of memory for %zu pixels", pixels);
    for (size_t i = 0; i < pixels; i++) {
        if (light[i] <= 0 || is_source[i] || distance2(i, height, width) > radius * radius)
            continue;
        mark_island(light, height, width, i, is_source, stack);
        kept++;
    }
    for (size_t i = 0; i < pixels; i++) {
        bool counts = is_source[i] || kept == 0;
        light[i] *= counts ? (float)exp(-distance2(i, height, width) / width2) : 0;
    }
done:
    free(is_source);
    free(stack);
    return status;
}

/* ---- moments ---- */

/* Angle of the long axis from the second moments about the centroid. */
static void find_axis(const float *light, size_t height, size_t width, gt_image_pose *pose) {
    double sum = 0, sum_y = 0, sum_x = 0, yy = 0, xx = 0, xy = 0;
    for (size_t i = 0; i < height * width; i++) {
        sum += light[i];
        sum_y += light[i] * (double)(i / width);
        sum_x += light[i] * (double)(i % width);
    }
    if (!(sum > 0)) return;
    pose->y = sum_y / sum;
    pose->x = sum_x / sum;
    for (size_t i = 0; i < height * width; i++) {
        double dy = (double)(i / width) - pose->y, dx = (double)(i % width) - pose->x;
        yy += light[i] * dy * dy;
        xx += light[i] * dx * dx;
        xy += light[i] * dx * dy;
    }
    pose->angle = 0.5 * atan2(2 * xy, xx - yy);
}

/* Which end is the heavier tail, along and across the long axis. */
static void find_ends(const float *light, size_t height, size_t width, gt_image_pose *pose) {
    double along = 0, across = 0, c = cos(pose->angle), s = sin(pose->angle);
    for (size_t i = 0; i < height * width; i++) {
        double dy = (double)(i / width) - pose->y, dx = (double)(i % width) - pose->x;
        double u = c * dx + s * dy, v = c * dy - s * dx;
        along += light[i] * u * u * u;
        across += light[i] * v * v * v;
    }
    pose->flip_x = along < 0;
    pose->flip_y = across < 0;
}

gt_status gt_image_find_pose(const float *src, size_t channels, size_t height, size_t width,
                             size_t size, gt_image_pose *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_image_pose pose = {.y = 0.5 * (double)(height - 1), .x = 0.5 * (double)(width - 1)};
    float *light = malloc(height * width * sizeof *light);
    if (!light) GT_THROW(err, GT_NO_MEMORY, "out of memory for %zu pixels", height * width);
    GT_TRY(detect(src, channels, height * width, light, err));
    GT_TRY(keep_central(light, height, width, (double)size, err));
    find_axis(light, height, width, &pose);
    find_ends(light, height, width, &pose);
    *out = pose;
done:
    free(light);
    return status;
}

/* ---- the turned cut-out ---- */

static double pixel(const float *plane, size_t height, size_t width, double y, double x) {
    bool is_inside = y >= 0 && x >= 0 && y < (double)height && x < (double)width;
    return is_inside ? plane[(size_t)y * width + (size_t)x] : 0;
}

/* Bilinear between the four pixels around (y,x); nothing lies outside the picture. */
static float between(const float *plane, size_t height, size_t width, double y, double x) {
    double top = floor(y), left = floor(x), v = y - top, u = x - left;
    double upper = (1 - u) * pixel(plane, height, width, top, left) +
                   u * pixel(plane, height, width, top, left + 1);
    double lower = (1 - u) * pixel(plane, height, width, top + 1, left) +
                   u * pixel(plane, height, width, top + 1, left + 1);
    return (float)((1 - v) * upper + v * lower);
}

void gt_image_cut_pose(const float *src, size_t channels, size_t height, size_t width,
                       const gt_image_pose *pose, size_t size, float *dst) {
    double middle = 0.5 * (double)(size - 1), c = cos(pose->angle), s = sin(pose->angle);
    for (size_t i = 0; i < channels * size * size; i++) {
        const float *plane = src + i / (size * size) * height * width;
        double v = (double)(i / size % size) - middle, u = (double)(i % size) - middle;
        if (pose->flip_x) u = -u;
        if (pose->flip_y) v = -v;
        dst[i] =
            between(plane, height, width, pose->y + s * u + c * v, pose->x + c * u - s * v);
    }
}
