/* Texts of PNG files, read from any bytes and added to any bytes. */
#include <stdlib.h>

#include "fuzz.h"
#include "png_sums.h"
#include "png_text.h"

static bool find_and_add(const uint8_t *bytes, size_t size) {
    char *text = NULL;
    void *larger = NULL;
    size_t larger_size;
    gt_error err;
    gt_status status = gt_png_text_find(bytes, size, "Description", &text, &err);
    free(text);
    if (gt_png_text_add(bytes, size, "Description", "x", &larger, &larger_size, &err))
        return false;
    gt_status after = gt_png_text_find(larger, larger_size, "Description", &text, &err);
    if (!status && (after || !text)) abort(); /* a whole file has it now */
    free(text);
    free(larger);
    return status == GT_OK;
}

bool gt_fuzz_one(const uint8_t *bytes, size_t size) {
    uint8_t *mended = png_with_sums(bytes, size);
    bool read = find_and_add(mended, size);
    free(mended);
    return read;
}
