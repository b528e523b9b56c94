/* image.h (room: image) - pictures as plain floats: cutting, resizing, scaling, bad pixels.
 *
 * A picture is (C,H,W), row-major, any units. Sums run in float64; results do not depend on the
 * number of threads. No function keeps a pointer. */
#ifndef GALATEA_IMAGE_H
#define GALATEA_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- geometry ---- */

/* Copies the centre (size, size) of every channel: rows from (height - size) / 2 on, rounded
 * down, columns alike. dst: channels * size * size. GT_BAD_SHAPE if the picture is smaller. */
gt_status gt_image_crop(const float *src, size_t channels, size_t height, size_t width,
                        size_t size, float *dst, gt_error *err) GT_MUST_CHECK;

/* Resamples with a triangle (bilinear) filter that is widened by the scale when a side shrinks,
 * so that every source pixel counts. Pixel centres lie at (i + 1/2) * height / new_height; the
 * weights of one result sum to 1 and stop at the borders. Same sides: a copy.
 * dst: channels * new_height * new_width, apart from src. GT_BAD_SHAPE for empty sides. */
gt_status gt_image_resize(const float *src, size_t channels, size_t height, size_t width,
                          size_t new_height, size_t new_width, float *dst,
                          gt_error *err) GT_MUST_CHECK;

/* One of the eight ways to lay a square: `turns` & 3 quarter turns counter-clockwise, and
 * before them, if turns & 4, left and right exchanged. Quarter turns exchange height and width.
 * dst: as many values as src, apart from it. */
void gt_image_turn(const float *src, size_t channels, size_t height, size_t width, int turns,
                   float *dst);

/* ---- bad pixels ---- */

/* Magnitudes from here on are bad: their squares come near the end of float. */
#define GT_IMAGE_HUGE 1e18f

typedef struct gt_image_faults {
    uint64_t nan, infinite, huge;
} gt_image_faults;

/* How many of count values are NaN, infinite, or beyond GT_IMAGE_HUGE. */
gt_image_faults gt_image_count_faults(const float *values, size_t count);

/* Puts 0 in their place. */
void gt_image_zero_faults(float *values, size_t count);

/* ---- scaling ---- */

typedef enum gt_image_scaling {
    GT_SCALING_NONE,   /* values as they are */
    GT_SCALING_MINMAX, /* (x - min) / (max - min) */
    GT_SCALING_ASINH,  /* asinh(a t) / asinh(a) of t = (x - min) / (max - min) */
    GT_SCALING_SIGMA   /* (x - b) / (max - b) where x >= b + k s, else 0: see below */
} gt_image_scaling;

/* Scales all channels of one finite picture together to 0..1 (but for NONE). MINMAX and ASINH
 * (softening `parameter` a > 0, Lupton, Gunn & Szalay 1999, AJ 118, 1406) use the picture's own
 * range. SIGMA cuts at `parameter` k times the noise s above the background b, as the FIRST and
 * MiraBest cut-outs were made with k = 3 (Aniyan & Thorat 2017, ApJS 230, 20, section 3.2); b
 * and s are median and deviation of what is left after values farther than 3 s from b were
 * left out again and again until none is. A constant picture becomes 0. GT_NO_MEMORY. */
gt_status gt_image_scale(float *values, size_t count, gt_image_scaling scaling,
                         double parameter, gt_error *err) GT_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
