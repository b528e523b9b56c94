/* image.h (room: image) - pictures as plain floats: cutting, resizing, scaling, colours, bad
 * pixels.
 *
 * A picture is (C,H,W), row-major, any units. Sums run in float64; results do not depend on the
 * number of threads. No function keeps a pointer. */
#ifndef GALATEA_IMAGE_H
#define GALATEA_IMAGE_H

#include <stdbool.h>
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

/* The same for bytes, to the byte as Pillow: the picture is rounded to whole numbers after its
 * rows have been resampled and again after its columns, with weights of 22 binary places. */
gt_status gt_image_resize_bytes(const uint8_t *src, size_t channels, size_t height,
                                size_t width, size_t new_height, size_t new_width, uint8_t *dst,
                                gt_error *err) GT_MUST_CHECK;

/* Brightness of interleaved bytes R, G, B: (19595 R + 38470 G + 7471 B + 2^15) / 2^16, rounded
 * down. dst: count. */
void gt_image_luma(const uint8_t *rgb, size_t count, uint8_t *dst);

/* One of the eight ways to lay a square: `turns` & 3 quarter turns counter-clockwise, and
 * before them, if turns & 4, left and right exchanged. Quarter turns exchange height and width.
 * dst: as many values as src, apart from it. */
void gt_image_turn(const float *src, size_t channels, size_t height, size_t width, int turns,
                   float *dst);

/* How the source at the centre of a picture lies: centroid in pixels (the centre of the first
 * pixel is 0), angle in radians of the long axis from +x towards +y, and whether mirroring
 * along or across it brings the longer tail to the positive side. */
typedef struct gt_image_pose {
    double y, x, angle; /* angle -pi/2 .. pi/2 */
    bool flip_x, flip_y;
} gt_image_pose;

/* The pose of a finite picture, from the intensity-weighted moments (first and second, third
 * for the flips) of the pixels more than 3 noise deviations above the background
 * (gt_image_noise) in islands that reach within size / 6 pixels of the centre, so that
 * neighbours do not count; of all such pixels when no island does. Channels are added up. A
 * blank picture lies straight at the centre. GT_NO_MEMORY. */
gt_status gt_image_find_pose(const float *src, size_t channels, size_t height, size_t width,
                             size_t size, gt_image_pose *out, gt_error *err) GT_MUST_CHECK;

/* The cut-out (size, size) around the centroid, long axis along x, by bilinear interpolation;
 * outside the picture is 0. A blank picture of the same parity as size is cut as
 * gt_image_crop does. dst: channels * size * size. */
void gt_image_cut_pose(const float *src, size_t channels, size_t height, size_t width,
                       const gt_image_pose *pose, size_t size, float *dst);

/* ---- noise ---- */

/* Background (median) and noise (deviation) of count >= 1 finite values, after values farther
 * than 3 deviations from the background were left out again and again until none is.
 * GT_NO_MEMORY. */
gt_status gt_image_noise(const float *values, size_t count, double *background, double *noise,
                         gt_error *err) GT_MUST_CHECK;

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
 * and s are those of gt_image_noise. A constant picture becomes 0. GT_NO_MEMORY. */
gt_status gt_image_scale(float *values, size_t count, gt_image_scaling scaling,
                         double parameter, gt_error *err) GT_MUST_CHECK;

/* The same, and which values became 0 and 1; 0 and 1 of NONE. */
gt_status gt_image_scale_limits(float *values, size_t count, gt_image_scaling scaling,
                                double parameter, double *low, double *high,
                                gt_error *err) GT_MUST_CHECK;

/* ---- stretches ---- */

/* Curves from 0..1 to 0..1, with the formulas and the a of astropy.visualization. */
typedef enum gt_curve {
    GT_CURVE_LINEAR, /* t */
    GT_CURVE_SQRT,   /* t^(1/2) */
    GT_CURVE_LOG,    /* log(a t + 1) / log(a + 1) */
    GT_CURVE_ASINH   /* asinh(t / a) / asinh(1 / a) */
} gt_curve;

typedef struct gt_stretch {
    gt_curve curve;
    double a; /* above 0, finite; of log and asinh */
} gt_stretch;

/* The curve and back; oddly continued below 0, and as it is above 1. */
double gt_stretch_apply(gt_stretch stretch, double t);
double gt_stretch_undo(gt_stretch stretch, double y);

/* A curve by name with the a that astropy takes when a is 0 (log 1000, asinh 0.1). GT_USAGE for
 * other names and for an a that is none. */
gt_status gt_stretch_find(const char *name, double a, gt_stretch *out,
                          gt_error *err) GT_MUST_CHECK;

/* "linear", "sqrt", "log:1000", "asinh:0.1"; and of such a text, false for any other. */
enum { GT_STRETCH_TEXT = 40 };
void gt_stretch_text(gt_stretch stretch, char out[GT_STRETCH_TEXT]);
bool gt_stretch_read(const char *text, gt_stretch *out);

/* Limits of count >= 1 finite values as PercentileInterval and AsymmetricPercentileInterval of
 * astropy have them: the percentages lower and upper of the values lie below. GT_NO_MEMORY. */
gt_status gt_image_percentiles(const float *values, size_t count, double lower, double upper,
                               double *low, double *high, gt_error *err) GT_MUST_CHECK;

/* Limits as ZScaleInterval of astropy has them (IRAF's zscale): a line through at most
 * `samples` sorted values, its slope divided by `contrast` (0: as it is), with the usual
 * max_reject 0.5, min_npixels 5, krej 2.5, max_iterations 5. GT_NO_MEMORY. */
gt_status gt_image_zscale(const float *values, size_t count, size_t samples, double contrast,
                          double *low, double *high, gt_error *err) GT_MUST_CHECK;

/* (x - low) / (high - low), cut to 0..1, in place; 0 where high is not above low. */
void gt_image_normalize(float *values, size_t count, double low, double high);

/* ---- three bands ---- */

/* Softening and stretch of gt_image_lupton; 8 and 0.2 are the usual values for SDSS. */
typedef struct gt_lupton {
    double q;       /* below 2^-23: 0.1; above 1e10: that */
    double stretch; /* above 0, in units of the bands */
} gt_lupton;

/* The colours of Lupton et al. 2004, PASP 116, 133: with I the mean of a pixel's three bands,
 * each band times 25.5 asinh(q I / stretch) / (asinh(q / 10) I), 0 where I is not above 0, and
 * not below 0; a pixel whose brightest colour reaches 255 is dimmed as a whole to 255. Its
 * bytes are the levels without their fractions. bands: (3, pixels), finite, those for red,
 * green and blue; levels: (3, pixels), may be the bands. */
void gt_image_lupton(const double *bands, size_t pixels, gt_lupton how, double *levels);

typedef enum gt_gray { GT_GRAY_MEAN, GT_GRAY_REC601, GT_GRAY_REC709 } gt_gray;

/* Gray 0..1 of levels 0..255 (3, pixels) that lose their fractions: their mean, or the
 * brightness of (0.299, 0.587, 0.114) or (0.2125, 0.7154, 0.0721). gray: pixels. */
void gt_image_gray(const double *levels, size_t pixels, gt_gray weights, double *gray);

#ifdef __cplusplus
}
#endif
#endif
