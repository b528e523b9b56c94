/* png_write.h (room: format) - figures as PNG files. */
#ifndef GT_PNG_WRITE_H
#define GT_PNG_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

/* Writes 8-bit pixels (height, width, channels), channels 1 (gray) or 3 (RGB), to path: the
 * whole file or none (outfile.h). provenance: UTF-8 text kept in the file as "Description" (an
 * iTXt chunk), NULL for none. Equal arguments give equal bytes: no time is stored.
 * GT_BAD_ARGUMENT for sizes outside 1 .. 2^31 - 1 or other channels, GT_NO_MEMORY, and what
 * gt_outfile_open, _write and _commit return. */
gt_status gt_png_write(const char *path, size_t width, size_t height, size_t channels,
                       const uint8_t *pixels, const char *provenance,
                       gt_error *err) GT_MUST_CHECK;
#endif
