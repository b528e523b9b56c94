/* blur.h - symmetric filters along lines. */
#ifndef GT_IMAGE_BLUR_H
#define GT_IMAGE_BLUR_H

#include <stddef.h>

enum {
    GT_BLUR_REACH = 128, /* taps to one side at most */
    GT_LANES = 16        /* filters work on so many values at once, also behind a line's end */
};

/* y[i] = tap[0] x[i] + sum over d = 1 .. reach of tap[d] (x[i - d] + x[i + d]), `passes` times,
 * each with its own input repeated beyond the ends. */
typedef struct gt_blur {
    size_t reach;
    int passes;
    float tap[GT_BLUR_REACH + 1];
} gt_blur;

/* Radius of the extended box of which three have the variance of a Gaussian. */
double gt_blur_radius(double sigma);

/* sigma above 0 and at most 32. */
gt_blur gt_blur_boxes(double sigma);
gt_blur gt_blur_gauss(double sigma);

/* Filters rows, then columns, of a plane (height, pitch) of which `width` columns count; pitch
 * is a multiple of GT_LANES. other: a second plane. lines: two of gt_blur_line(pitch). */
void gt_blur_apply(const gt_blur *blur, size_t height, size_t width, size_t pitch, float *plane,
                   float *other, float *lines);
size_t gt_blur_line(size_t pitch);

#endif
