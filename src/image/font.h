/* font.h (private to image) - a small fixed font for labels on figures. */
#ifndef GT_FONT_H
#define GT_FONT_H

#include <stdint.h>

enum { FONT_WIDTH = 5, FONT_HEIGHT = 7 };

/* Seven rows of the glyph, top first; bit 4 is the leftmost of five pixels. Lower case letters
 * are drawn as upper case; what is not a printable ASCII character is a box. */
const uint8_t *font_glyph(char character);

#endif
