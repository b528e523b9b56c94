/* turn.c - the eight orientations of a picture. */
#include "galatea/image.h"

void gt_image_turn(const float *src, size_t channels, size_t height, size_t width, int turns,
                   float *dst) {
    size_t rows = turns & 1 ? width : height, columns = turns & 1 ? height : width;
    for (size_t c = 0; c < channels; c++, src += height * width)
        for (size_t y = 0; y < rows; y++)
            for (size_t x = 0; x < columns; x++) {
                size_t from_y, from_x;
                switch (turns & 3) {
                case 0:
                    from_y = y, from_x = x;
                    break;
                case 1:
                    from_y = x, from_x = width - 1 - y;
                    break;
                case 2:
                    from_y = height - 1 - y, from_x = width - 1 - x;
                    break;
                default:
                    from_y = height - 1 - x, from_x = y;
                    break;
                }
                if (turns & 4) from_x = width - 1 - from_x;
                *dst++ = src[from_y * width + from_x];
            }
}
