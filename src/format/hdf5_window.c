/* hdf5_window.c - blocks of rows that begin and end where chunks do. */
#include "hdf5_window.h"

#include <stdlib.h>

#include "hdf5_internal.h"

#define MOST_BYTES ((uint64_t)1 << 30)

static uint64_t at_least_one(uint64_t rows) {
    return rows > 0 ? rows : 1;
}

static uint64_t rows_of_block(const gt_hdf5_shape *shape, size_t row_bytes, size_t bytes) {
    uint64_t rows = at_least_one(bytes / row_bytes),
             most = at_least_one(MOST_BYTES / row_bytes);
    uint64_t chunk = shape->chunk_rows;
    rows = chunk <= rows ? rows / chunk * chunk : chunk < most ? chunk : most;
    return rows < shape->dims[0] ? rows : shape->dims[0];
}

gt_status gt_hdf5_window_open(gt_hdf5_window *window, const gt_hdf5_array *array,
                              gt_hdf5_type type, size_t bytes, gt_error *err) {
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
    size_t size = type == GT_HDF5_TEXT ? shape->item_size : gt_hdf5_type_size(type);
    size_t row_bytes = (size_t)(shape->items / shape->dims[0]) * size;
    *window = (gt_hdf5_window){.array = array, .type = type, .row_bytes = row_bytes};
    window->most = (size_t)rows_of_block(shape, row_bytes, bytes);
    window->values = malloc(window->most * row_bytes);
    return window->values != NULL
               ? GT_OK
               : gt_hdf5_refuse(array, GT_NO_MEMORY, "is too large for the memory", err);
}

gt_status gt_hdf5_window_row(gt_hdf5_window *window, uint64_t row, const void **out,
                             gt_error *err) {
    uint64_t count = gt_hdf5_array_shape(window->array)->dims[0];
    if (row < window->first || row - window->first >= window->count) {
        uint64_t first = row / window->most * window->most;
        size_t wanted = count - first < window->most ? (size_t)(count - first) : window->most;
        window->count = 0;
        gt_status status =
            gt_hdf5_array_read(window->array, first, wanted, window->type, window->values, err);
        if (status) return status;
        window->first = first;
        window->count = wanted;
    }
    *out = window->values + (row - window->first) * window->row_bytes;
    return GT_OK;
}

void gt_hdf5_window_close(gt_hdf5_window *window) {
    free(window->values);
    *window = (gt_hdf5_window){0};
}
