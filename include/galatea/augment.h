/* augment.h (room: image) - views: random variants of a picture, to learn what does not matter.
 *
 *     gt_augmentation how = gt_augmentation_default();
 *     GT_TRY(gt_augmenter_create(&how, (gt_view_shape){1, 64, 64, 64, 64}, 255, &maker, err));
 *     gt_augmenter_view(maker, picture, (gt_view_address){seed, epoch, row, 0}, view);
 *
 * A view is made in this order, the augmentations of SimCLR (Chen et al. 2020, appendix A) as
 * far as they mean anything for pictures of galaxies:
 *     crop    a window of random area and shape, resampled to the size of the view by a
 *             triangle filter that widens when it shrinks (gt_image_resize)
 *     turn    by any angle about the window's centre, bilinear; what comes from outside the
 *             picture is 0, the sky of radio images. Not in SimCLR; off by default
 *     flips   left and right, top and bottom
 *     jitter  brightness, clamp(f x), and contrast, clamp(f x + (1 - f) mean), in random order;
 *             no saturation and hue, which change nothing in one channel
 *     blur    Gaussian, or three extended boxes in its place
 *
 * The mean of contrast is that of the picture as it comes in, for three channels of its grey
 * 0.2989 R + 0.587 G + 0.114 B (torchvision), else of all channels.
 *
 * What a view is follows from (settings, seed, epoch, row, view) alone, never from threads or
 * from what was drawn before.
 *
 * Threads: one augmenter, one thread. */
#ifndef GALATEA_AUGMENT_H
#define GALATEA_AUGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"
#include "galatea/option.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How views are made. Shares are probabilities 0 .. 1; lengths are pixels of the view. */
typedef struct gt_augmentation {
    double crop_least; /* area of the window: uniform from this share of the picture to all of
                          it; above 0, at most 1 */
    double flip_horizontal, flip_vertical; /* shares of views that are flipped */
    double jitter;                /* share of views with changed brightness and contrast */
    double brightness, contrast;  /* s >= 0: factors are uniform in max(0, 1 - s) .. 1 + s */
    double blur;                  /* share of views that are blurred */
    double blur_least, blur_most; /* sigma of the Gaussian: uniform between them */
    const char *blur_kind;        /* GT_BLUR_CHOICES */
    double rotate;                /* share of views turned by a uniform angle */
} gt_augmentation;

/* ebox3: three passes of a box with fractional ends (Gwosdek et al. 2011), as Pillow blurs;
 * gauss: sampled exp(-d^2 / (2 sigma^2)) to 4 sigma, sum 1. Both clamp at the borders. */
#define GT_BLUR_CHOICES "ebox3|gauss"

/* Options --crop-least, --flip-horizontal, --flip-vertical, --jitter, --brightness, --contrast,
 * --blur, --blur-least, --blur-most, --blur-kind, --rotate of a gt_augmentation. */
extern const gt_option_table gt_augmentation_options;

/* One set for SimCLR, BYOL and SimSiam: crops from 0.08, both flips 0.5, jitter 0.8 by 0.8 and
 * 0.8, ebox3 blur 0.5 of 0.1 to 2 pixels, no turns. */
gt_augmentation gt_augmentation_default(void);

/* GT_BAD_ARGUMENT naming the first value out of range, or blur_least above blur_most. */
gt_status gt_augmentation_check(const gt_augmentation *how, gt_error *err) GT_MUST_CHECK;

/* Which view of which picture. */
typedef struct gt_view_address {
    uint64_t seed;
    uint32_t epoch;
    uint64_t row;  /* below 2^57 */
    uint32_t view; /* 0 or 1 */
} gt_view_address;

/* What was drawn for one view. */
typedef struct gt_view_draw {
    size_t top, left, height, width; /* of the window, inside the picture */
    double angle;                    /* radians counter-clockwise, 0: not turned */
    bool flips_horizontally, flips_vertically;
    bool jitters, contrast_first;
    double brightness, contrast; /* factors */
    double sigma;                /* of the blur, 0: none */
} gt_view_draw;

/* The window: at most 10 tries of area A = U(crop_least, 1) H W and aspect r = exp U(ln 3/4,
 * ln 4/3), of which the first with round(sqrt(A r)) by round(sqrt(A / r)) inside the picture is
 * put anywhere in it; after them the largest central window with an aspect from 3/4 to 4/3. */
gt_view_draw gt_view_draw_make(const gt_augmentation *how, size_t height, size_t width,
                               gt_view_address at);

/* Sides of the pictures and of the views made of them, each at least 1 and at most 32768. */
typedef struct gt_view_shape {
    size_t channels, height, width, view_height, view_width;
} gt_view_shape;

typedef struct gt_augmenter gt_augmenter;

/* Takes all memory that views need. `white`: the value that counts as 1, above 0 (255 for
 * bytes); pixels from 0 to it. `how` is copied. GT_BAD_ARGUMENT, GT_BAD_SHAPE, GT_NO_MEMORY.
 * *out is yours. */
gt_status gt_augmenter_create(const gt_augmentation *how, gt_view_shape shape, double white,
                              gt_augmenter **out, gt_error *err) GT_MUST_CHECK;

/* Accepts NULL. */
void gt_augmenter_destroy(gt_augmenter *augmenter);

/* Makes the view at an address. src: finite (channels, height, width). dst: (channels,
 * view_height, view_width); it may begin where src begins. */
void gt_augmenter_view(gt_augmenter *augmenter, const float *src, gt_view_address at,
                       float *dst);

/* The same of a draw made elsewhere: its window lies inside the picture, sigma is at most 32,
 * an angle needs settings with rotate above 0. */
void gt_augmenter_apply(gt_augmenter *augmenter, const float *src, const gt_view_draw *draw,
                        float *dst);

#ifdef __cplusplus
}
#endif
#endif
