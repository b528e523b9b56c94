/* pixel_weights.h (room: data) - how much each pixel of a picture counts in a loss, by the
 * planes of its set.
 *
 * A pixel that the mask tells counts 0, every other one 1. By inverse variance it counts
 * ivar / m, where m is the mean inverse variance of its channel over those pixels of the rows
 * that were measured which the mask does not tell: the pixels that count have the mean weight 1
 * in every channel, and a loss keeps its scale. */
#ifndef GT_PIXEL_WEIGHTS_H
#define GT_PIXEL_WEIGHTS_H

#include "galatea/dataset.h"
#include "galatea/option.h"

typedef struct gt_pixel_weights {
    unsigned planes; /* GT_PLANE_ bits that weigh; 0: none do */
    gt_reals scale;  /* 1 / m of each channel */
} gt_pixel_weights;

/* "none" (or NULL), "mask", "ivar", "both" as GT_PLANE_ bits. */
unsigned gt_pixel_weights_planes(const char *name);

/* For these planes, of these rows, with a remark on rows whose pixels all count 0. GT_NOT_FOUND
 * for a set without one of them, GT_NOT_FINITE for an inverse variance that is none (below 0,
 * or not finite), GT_BAD_ARGUMENT where no pixel of a channel counts, GT_INTERRUPTED. */
gt_status gt_pixel_weights_measure(const gt_dataset *data, unsigned planes,
                                   const uint64_t *rows, size_t count, gt_pixel_weights *out,
                                   gt_error *err) GT_MUST_CHECK;

/* The weights (C,H,W) of one row; mask: room for H*W bytes. */
gt_status gt_pixel_weights_read(const gt_pixel_weights *weights, const gt_dataset *data,
                                uint64_t row, uint8_t *mask, float *out,
                                gt_error *err) GT_MUST_CHECK;

#endif
