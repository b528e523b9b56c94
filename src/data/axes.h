/* axes.h (room: data) - which axis of pictures in files of others counts the channels. */
#ifndef GALATEA_DATA_AXES_H
#define GALATEA_DATA_AXES_H

#include <stdbool.h>
#include <stdint.h>

#include "hdf5_file.h"
#include "importer.h"

typedef enum gt_axes {
    GT_AXES_CHANNELS_FIRST, /* (N,C,H,W) */
    GT_AXES_CHANNELS_LAST,  /* (N,H,W,C), as TensorFlow and matplotlib have it */
    GT_AXES_UNCLEAR
} gt_axes;

/* By the shape alone: equal sides are the picture; else an axis of at most four is the
 * channels, if the other is longer; else the shorter one is suspected. */
gt_axes gt_axes_guess(const uint64_t dims[4]);

/* The same, but a file that says that this program wrote it has channels first. */
gt_axes gt_axes_of(const gt_hdf5 *file, const uint64_t dims[4]);

/* Whether an array of rank 2 to 4 holds codes: (N,D), or what a network's last pooling leaves,
 * (N,D,1,1), (N,1,1,D) or (N,1,D). Pictures are more than a line of pixels. */
bool gt_axes_are_vectors(const uint64_t *dims, size_t rank);

/* Whether it is (H,W,C), which would be a stack of pictures some pixels wide. */
bool gt_axes_are_one_picture(const uint64_t *dims, size_t rank);

/* Whether an array beside pictures is a plane of them: (N,H,W), of a mask (also with an axis of
 * length 1 for the channels) or of pictures of one channel, (N,C,H,W) or, *is_last, (N,H,W,C).
 */
bool gt_plane_fits(bool is_mask, const uint64_t *dims, size_t rank, const gt_source_info *info,
                   bool *is_last);

/* (H,W,C) of `pixels` = H * W becomes (C,H,W). */
void gt_plane_put_first(const float *values, size_t channels, size_t pixels, float *out);

#endif
