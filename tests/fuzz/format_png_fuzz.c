/* Fuzz target: PNG pictures. Whatever is accepted has values in range. */
#include <stdint.h>
#include <stdlib.h>

#include "png_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gt_png image;
    gt_error err;
    if (gt_png_decode(data, size, &image, &err) != GT_OK) {
        if (err.text[0] == 0) abort();
        return 0;
    }
    float most = image.bits == 8 ? 255 : 65535;
    for (size_t i = 0; i < image.channels * image.height * image.width; i++)
        if (!(image.pixels[i] >= 0 && image.pixels[i] <= most)) abort();
    free(image.pixels);
    return 0;
}
