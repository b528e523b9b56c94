/* Files of latents: whatever the bytes, rows that are promised can be read or are refused. */
#include <stdlib.h>

#include "fuzz.h"
#include "latents.h"

enum { MOST_VALUES = 1 << 16 };

static gt_status read_rows(const gt_latents *latents, const gt_latents_info *info,
                           gt_error *err) {
    gt_status status = GT_OK;
    size_t width = gt_latents_width(info);
    GT_ASSERT(info->count > 0 && width > 0);
    float *row = width <= MOST_VALUES ? malloc(width * sizeof *row) : NULL;
    for (uint64_t i = 0; row && !status && i < info->count && i < 4; i++)
        status = gt_latents_read(latents, i, 1, row, err);
    free(row);
    return status;
}

bool gt_fuzz_one(const uint8_t *bytes, size_t size) {
    gt_error err = {0};
    gt_latents *latents = NULL;
    gt_latents_info info = {0};
    char *provenance = NULL;
    const char *path = gt_fuzz_file("latents.h5", bytes, size);
    gt_status status = gt_latents_describe(path, &info, &provenance, &err);
    free(provenance);
    if (!status) status = gt_latents_open(path, &info, &latents, &err);
    if (!status) status = read_rows(latents, &info, &err);
    GT_ASSERT(status == GT_OK || *err.text);
    gt_latents_close(latents);
    return status == GT_OK;
}
