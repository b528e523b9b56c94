/* Files of latents: whatever the bytes, rows that are promised can be read or are refused. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "latents.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The HDF5 library asks for any size that a damaged file names, and takes no for an answer. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "allocator_may_return_null=1";
}

/* ... and loses a few blocks when it gives up on a damaged file. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libhdf5";
}

enum { MOST_VALUES = 1 << 16 };

static void read_rows(const gt_latents *latents, const gt_latents_info *info) {
    gt_error err;
    size_t width = gt_latents_width(info);
    GT_ASSERT(info->count > 0 && width > 0);
    float *row = width <= MOST_VALUES ? malloc(width * sizeof *row) : NULL;
    for (uint64_t i = 0; row && i < info->count && i < 4; i++)
        if (gt_latents_read(latents, i, 1, row, &err) != GT_OK) break;
    free(row);
}

static void look(const char *path) {
    gt_error err = {0};
    gt_latents *latents = NULL;
    gt_latents_info info = {0};
    char *provenance = NULL;
    (void)gt_latents_are_in(path);
    if (gt_latents_describe(path, &info, &provenance, &err) == GT_OK) {
        free(provenance);
        if (gt_latents_open(path, &info, &latents, &err) == GT_OK) read_rows(latents, &info);
        gt_latents_close(latents);
    } else {
        GT_ASSERT(*err.text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    char path[64];
    int file = memfd_create("fuzz", 0);
    if (file < 0 || write(file, bytes, size) != (ssize_t)size) abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    look(path);
    close(file);
    return 0;
}
