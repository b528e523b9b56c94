/* png_file.h - PNG files that a test looks into. */
#ifndef PNG_FILE_H
#define PNG_FILE_H

#include <stdlib.h>

#include "file.h"
#include "png_read.h"

/* Its pixels are yours. */
static inline gt_status read_png(const char *path, gt_png *out, gt_error *err) {
    char *bytes = NULL;
    size_t length = 0;
    gt_status status = gt_file_load(path, GT_PNG_MAX_FILE, &bytes, &length, err);
    if (!status) status = gt_png_decode((const uint8_t *)bytes, length, out, err);
    free(bytes);
    return status;
}

#endif
