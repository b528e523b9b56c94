/* parities.h - images as sums of four parts that are even or odd along x and y. Private. */
#ifndef GT_JUDGING_PARITIES_H
#define GT_JUDGING_PARITIES_H

#include <stddef.h>

#include "closest.h"

/* Part p is odd along x when p & 1, along y when p & 2; lengths are those of its independent
 * values. Without flips the only part is the image. */
typedef struct gt_parities {
    size_t count; /* of parts: 1 or GT_FLIPS */
    size_t width[GT_FLIPS], total;
} gt_parities;

gt_parities gt_parities_of(const gt_closest_shape *shape);

/* Writes the parts of an image less `offset`, times `scale`. The products of two images are
 * sums of those of their parts; a flip f turns the sign of the parts p with an odd number of
 * bits in p & f. */
void gt_parities_split(const gt_closest_shape *shape, const float *image, double offset,
                       double scale, float *const parts[GT_FLIPS]);

/* The image laid by a flip. */
void gt_flip_image(const gt_closest_shape *shape, const float *image, int flip, float *out);

#endif
