/* png_text.h (room: format) - the texts that a PNG file carries, read and added without libpng.
 *
 * Only whole chunks within the bytes given are looked at; nothing is decompressed. */
#ifndef GT_PNG_TEXT_H
#define GT_PNG_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

/* The size of the picture. GT_BAD_FORMAT when the bytes do not begin as a PNG file does. */
GT_MUST_CHECK gt_status gt_png_size(const void *bytes, size_t size, uint32_t *width,
                                    uint32_t *height, gt_error *err);

/* The text kept under a keyword (a tEXt or an uncompressed iTXt chunk, the first one), zero
 * terminated; yours (free). *out is NULL when there is none. GT_BAD_FORMAT for bytes that are
 * no PNG file, any chunk that ends outside them or has a wrong checksum (a file cut short), or
 * a text with a zero byte or of more than 16 MiB. */
GT_MUST_CHECK gt_status gt_png_text_find(const void *bytes, size_t size, const char *keyword,
                                         char **out, gt_error *err);

/* The same file with a text as iTXt chunk behind the header. *out is yours (free). */
GT_MUST_CHECK gt_status gt_png_text_add(const void *bytes, size_t size, const char *keyword,
                                        const char *text, void **out, size_t *out_size,
                                        gt_error *err);
#endif
