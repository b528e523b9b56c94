/* hdf5_window.h (room: format) - the rows of a data set one after another, however they are
 * stored.
 *
 * Rows are read in blocks of whole chunks, so that each chunk is unpacked once, and in the type
 * asked for, so that bytes stay bytes. Only where one row of chunks is larger than 1 GiB do the
 * blocks end within it, and its chunks are unpacked once a block.
 * Threads: one window, one thread. */
#ifndef GALATEA_FORMAT_HDF5_WINDOW_H
#define GALATEA_FORMAT_HDF5_WINDOW_H

#include "hdf5_file.h"

typedef struct gt_hdf5_window {
    const gt_hdf5_array *array;
    gt_hdf5_type type;
    size_t row_bytes;   /* of one row in memory */
    uint64_t first;     /* the rows that are held */
    size_t count, most; /* how many they are, and may be */
    unsigned char *values;
} gt_hdf5_window;

/* Rows of `array` as `type` (gt_hdf5_array_read); about `bytes` are held unless chunks are
 * taller. The array must stay open longer. GT_NO_MEMORY. */
gt_status gt_hdf5_window_open(gt_hdf5_window *window, const gt_hdf5_array *array,
                              gt_hdf5_type type, size_t bytes, gt_error *err);

/* Row `row`; lent until the next call. Cheap when rows are asked for in their order. */
gt_status gt_hdf5_window_row(gt_hdf5_window *window, uint64_t row, const void **out,
                             gt_error *err);

/* Accepts an empty struct. */
void gt_hdf5_window_close(gt_hdf5_window *window);

#endif
