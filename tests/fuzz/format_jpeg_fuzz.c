/* Fuzz target: JPEG pictures. Whatever is accepted has values of bytes. */
#include <stdint.h>
#include <stdlib.h>

#include "jpeg_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gt_jpeg image;
    gt_error err = {0};
    if (gt_jpeg_decode(data, size, &image, &err) != GT_OK) {
        if (err.text[0] == 0) abort();
        return 0;
    }
    for (size_t i = 0; i < image.channels * image.height * image.width; i++)
        if (!(image.pixels[i] >= 0 && image.pixels[i] <= 255)) abort();
    free(image.pixels);
    return 0;
}
