/* Fuzz target: PNG pictures. Whatever is accepted has values in range. */
#include <stdlib.h>

#include "fuzz.h"
#include "png_read.h"
#include "png_sums.h"

static bool decode(const uint8_t *data, size_t size) {
    gt_png image;
    gt_error err;
    if (gt_png_decode(data, size, &image, &err) != GT_OK) {
        if (err.text[0] == 0) abort();
        return false;
    }
    float most = image.bits == 8 ? 255 : 65535;
    for (size_t i = 0; i < image.channels * image.height * image.width; i++)
        if (!(image.pixels[i] >= 0 && image.pixels[i] <= most)) abort();
    free(image.pixels);
    return true;
}

bool gt_fuzz_one(const uint8_t *data, size_t size) {
    uint8_t *mended = png_with_sums(data, size);
    bool read = decode(mended, size);
    free(mended);
    return read;
}
