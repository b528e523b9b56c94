/* hdf5_heap.h (room: format) - global heaps of HDF5 files, where texts of variable length lie.
 *
 * The library (1.10.8) believes what a heap says of itself and reads beyond it: about one in
 * thirty damaged files ends so. Here every number is compared with the bytes that are there.
 * Layout: HDF5 File Format Specification 3.0, III.E. Threads: one heap, one thread. */
#ifndef GALATEA_FORMAT_HDF5_HEAP_H
#define GALATEA_FORMAT_HDF5_HEAP_H

#include "hdf5_file.h"

typedef struct gt_hdf5_heap gt_hdf5_heap;

/* The heaps of a file that must stay open longer. *out is yours. */
gt_status gt_hdf5_heap_open(const gt_hdf5 *file, gt_hdf5_heap **out, gt_error *err);
void gt_hdf5_heap_close(gt_hdf5_heap *heap); /* accepts NULL */

/* Bytes of one reference as it stands in a data set: length, address, index; 0 if the file does
 * not tell. (The library tells the size of a pointer.) */
size_t gt_hdf5_reference_size(const gt_hdf5 *file);

/* The bytes that a reference stands for, lent until the next call; length 0 for one that was
 * never written. GT_BAD_FORMAT, without file and data set. */
gt_status gt_hdf5_heap_find(gt_hdf5_heap *heap, const unsigned char *reference,
                            const char **bytes, size_t *length, gt_error *err);

#endif
