/* Fuzz target: HDF5 files, as flat data sets and through the importer. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "galatea/dataset.h"
#include "importer.h"
#include "reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

enum { MOST_VALUES = 1 << 20 };

static void read_flat(const char *path) {
    gt_dataset *set = NULL;
    if (gt_dataset_open_any(path, &set, NULL) != GT_OK) return;
    const gt_dataset_info *info = gt_dataset_describe(set);
    size_t values = gt_dataset_row_values(info);
    if (values > 0 && values <= MOST_VALUES) {
        float *row = malloc(values * sizeof *row);
        if (!row) abort();
        for (uint64_t i = 0; i < info->count && i < 8; i++)
            if (gt_dataset_read(set, i, 1, row, NULL) != GT_OK) break;
        free(row);
    }
    const int32_t *labels;
    const uint8_t *splits;
    const double *reals;
    const char *ids;
    gt_status status = gt_dataset_labels(set, &labels, NULL);
    status |= gt_dataset_splits(set, &splits, NULL);
    status |= gt_dataset_ra(set, &reals, NULL);
    status |= gt_dataset_ids(set, &ids, NULL);
    (void)status;
    gt_dataset_close(set);
}

static void import(const char *path) {
    gt_source source = {0};
    const gt_source_request request = {.path = path};
    bool more = true;
    if (gt_source_open("hdf5", &request, &source, NULL) != GT_OK) return;
    for (int i = 0; more && i < 64; i++) {
        gt_picture picture;
        if (gt_source_next(&source, &picture, &more, NULL) != GT_OK) break;
        if (more && gt_source_pixels(&source, &picture, NULL) != GT_OK) break;
    }
    gt_source_close(&source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gt_reader_be_here(true);
    char path[64];
    int file = memfd_create("fuzz", 0);
    if (file < 0 || write(file, data, size) != (ssize_t)size) abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    read_flat(path);
    import(path);
    close(file);
    return 0;
}
