/* hdf5_source.h (room: data, private) - pictures in one HDF5 file: (N,C,H,W), (N,H,W,C) or
 * (N,H,W), and codes (N,D), any whole or real numbers, also compressed; and flat sets again. */
#ifndef GALATEA_DATA_HDF5_SOURCE_H
#define GALATEA_DATA_HDF5_SOURCE_H

#include "importer.h"

/* A single file, on disk or in memory (gt_set_kind.one). */
extern const gt_importer gt_hdf5_source_one;

#endif
