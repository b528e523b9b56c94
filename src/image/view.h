/* view.h - what is done to the pixels of a view. */
#ifndef GT_IMAGE_VIEW_H
#define GT_IMAGE_VIEW_H

#include <stddef.h>

#include "blur.h"
#include "galatea/augment.h"

/* The window of one channel (height, width) turned about its centre: (draw->height,
 * draw->width), bilinear, 0 where it reaches out of the picture. */
void gt_view_turn(const float *src, size_t height, size_t width, const gt_view_draw *draw,
                  float *dst);

/* Channels (height, pitch), one after the other, of which `width` columns count and the others
 * are 0. */
typedef struct gt_view_pixels {
    size_t channels, height, width, pitch; /* pitch: a multiple of GT_LANES */
    float *values, white;
} gt_view_pixels;

void gt_view_brightness(gt_view_pixels *view, double factor);
void gt_view_contrast(gt_view_pixels *view, double factor);

#endif
