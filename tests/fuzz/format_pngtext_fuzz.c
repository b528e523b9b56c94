/* Texts of PNG files, read from any bytes and added to any bytes. */
#include <stdint.h>
#include <stdlib.h>

#include "png_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    char *text = NULL;
    void *larger = NULL;
    size_t larger_size;
    gt_error err;
    gt_status status = gt_png_text_find(bytes, size, "Description", &text, &err);
    free(text);
    if (gt_png_text_add(bytes, size, "Description", "x", &larger, &larger_size, &err)) return 0;
    gt_status after = gt_png_text_find(larger, larger_size, "Description", &text, &err);
    if (!status && (after || !text)) abort(); /* a whole file has it now */
    free(text);
    free(larger);
    return 0;
}
