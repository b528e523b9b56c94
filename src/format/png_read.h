/* png_read.h (room: format) - pictures out of PNG files: 1 to 16 bits, gray, RGB or palette.
 *
 * A picture without colour has one channel, however it is stored: as gray, in a palette of
 * grays (what optimizers make of it) or as RGB whose three values are equal everywhere. Text,
 * colour profiles and every other chunk that does not change the values are skipped unread.
 * Alpha is left out (the colour values stay as they are) and reported. */
#ifndef GALATEA_FORMAT_PNG_READ_H
#define GALATEA_FORMAT_PNG_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

enum {
    GT_PNG_MAX_SIDE = 16384,
    GT_PNG_MAX_VALUES = 1 << 26, /* channels * height * width */
    GT_PNG_MAX_FILE = 1 << 28    /* bytes */
};

typedef struct gt_png {
    size_t channels, height, width; /* channels 1 or 3 */
    int bits;                       /* 8: values 0..255 (fewer bits are spread), 16: 0..65535 */
    bool had_alpha;
    float *pixels; /* (C,H,W), yours (free) */
} gt_png;

/* What the first bytes of a file tell. */
typedef struct gt_png_head {
    int bits;             /* 8 or 16, as in gt_png */
    bool may_have_colour; /* RGB or a palette: only the pixels know */
} gt_png_head;

/* Decodes a whole file that is in memory. GT_BAD_FORMAT for what is damaged or no PNG,
 * GT_UNSUPPORTED above the limits. Messages do not name the file. */
gt_status gt_png_decode(const uint8_t *bytes, size_t length, gt_png *out, gt_error *err);

/* Looks at the first bytes of a file, 26 at least. Messages do not name the file. */
gt_status gt_png_peek(const uint8_t *bytes, size_t length, gt_png_head *out, gt_error *err);

#endif
