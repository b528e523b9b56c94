/* crop.c - the centre of a picture. */
#include <string.h>

#include "galatea/image.h"

gt_status gt_image_crop(const float *src, size_t channels, size_t height, size_t width,
                        size_t size, float *dst, gt_error *err) {
    if (size == 0 || size > height || size > width)
        return gt_fail(err, GT_BAD_SHAPE,
                       "a picture of %zu x %zu pixels, expected at least %zu x %zu", height,
                       width, size, size);
    size_t top = (height - size) / 2, left = (width - size) / 2;
    for (size_t c = 0; c < channels; c++)
        for (size_t y = 0; y < size; y++)
            memcpy(dst + (c * size + y) * size, src + (c * height + top + y) * width + left,
                   size * sizeof *dst);
    return GT_OK;
}
