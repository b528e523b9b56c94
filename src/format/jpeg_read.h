/* jpeg_read.h (room: format) - pictures out of JPEG files: gray or RGB, baseline or
 * progressive, 8 bits.
 *
 * As with PNG, a picture whose three values are equal everywhere has one channel. CMYK and more
 * than 8 bits are refused. Whatever the decoder would only warn of (data that end too early or
 * are damaged) is an error. Profiles and comments are skipped; rows are
 * as stored, and what EXIF says of their orientation is told. */
#ifndef GALATEA_FORMAT_JPEG_READ_H
#define GALATEA_FORMAT_JPEG_READ_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

enum {
    GT_JPEG_MAX_SIDE = 16384,
    GT_JPEG_MAX_VALUES = 1 << 26, /* channels * height * width */
    GT_JPEG_MAX_FILE = 1 << 28    /* bytes */
};

typedef struct gt_jpeg {
    size_t channels, height, width; /* channels 1 or 3 */
    int turns;     /* to lay it as EXIF says it was seen, as gt_image_turn has them; 0: none */
    float *pixels; /* (C,H,W), 0..255, yours (free) */
} gt_jpeg;

/* Decodes a whole file that is in memory. GT_BAD_FORMAT for what is damaged or no JPEG,
 * GT_UNSUPPORTED for other kinds and above the limits. Messages do not name the file. */
gt_status gt_jpeg_decode(const uint8_t *bytes, size_t length, gt_jpeg *out, gt_error *err);

#endif
