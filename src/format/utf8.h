/* utf8.h (room: format) - checks and makes UTF-8 text. */
#ifndef GALATEA_FORMAT_UTF8_H
#define GALATEA_FORMAT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True if bytes[length] is well-formed UTF-8 (no surrogates, no overlong forms). */
bool gt_utf8_valid(const uint8_t *bytes, size_t length);

/* Writes one code point, returns its 1 to 4 bytes, 0 for surrogates and values above U+10FFFF.
 */
size_t gt_utf8_put(uint32_t point, uint8_t out[4]);

/* What is no UTF-8 in a text is taken as Latin-1, with the letters that Windows has at 0x80 to
 * 0x9f. Returns how many bytes that are. Where there are some, the text in UTF-8, with a zero
 * behind it, is yours in *out; NULL: there are none, or no memory. */
size_t gt_utf8_from_latin1(const char *bytes, size_t size, char **out, size_t *out_size);

#endif
