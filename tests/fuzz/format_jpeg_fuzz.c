/* Fuzz target: JPEG pictures. Whatever is accepted has values of bytes. */
#include <stdlib.h>

#include "fuzz.h"
#include "jpeg_read.h"

bool gt_fuzz_one(const uint8_t *data, size_t size) {
    gt_jpeg image;
    gt_error err = {0};
    if (gt_jpeg_decode(data, size, &image, &err) != GT_OK) {
        if (err.text[0] == 0) abort();
        return false;
    }
    for (size_t i = 0; i < image.channels * image.height * image.width; i++)
        if (!(image.pixels[i] >= 0 && image.pixels[i] <= 255)) abort();
    free(image.pixels);
    return true;
}
