/* fits_pixels.h (room: format, private) - pixels as FITS files store them: big-endian numbers
 * of six types with BSCALE, BZERO and BLANK. */
#ifndef GALATEA_FORMAT_FITS_PIXELS_H
#define GALATEA_FORMAT_FITS_PIXELS_H

#include <stdbool.h>
#include <stdint.h>

#include "fits_header.h"
#include "galatea/error.h"
#include "numbers.h"

/* value = zero + scale * stored */
typedef struct gt_fits_pixels {
    int bits; /* BITPIX */
    double scale, zero;
    bool has_blank;
    int64_t blank; /* as stored: no value */
} gt_fits_pixels;

/* What a header says of its pixels; bits is 8, 16, 32, 64, -32 or -64. GT_BAD_FORMAT for a
 * BSCALE of 0 and for cards that are no numbers. */
gt_status gt_fits_pixels_describe(const gt_fits_cards *cards, int bits, gt_fits_pixels *out,
                                  gt_error *err) GT_MUST_CHECK;

/* "uint16", "float32", "scaled int16". Static. */
const char *gt_fits_pixels_type(const gt_fits_pixels *pixels);

/* Whether all values are whole numbers from 0 to 255. */
bool gt_fits_pixels_are_bytes(const gt_fits_pixels *pixels);

/* The same as numbers.h has it. */
gt_numbers gt_fits_pixels_numbers(const gt_fits_pixels *pixels);

#endif
