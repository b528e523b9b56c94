/* hdf5_asking_internal.h (room: format) - the questions about an HDF5 file. */
#ifndef GALATEA_FORMAT_HDF5_ASKING_INTERNAL_H
#define GALATEA_FORMAT_HDF5_ASKING_INTERNAL_H

/* A request begins with one of these; data sets have the number that ARRAY gave them. */
typedef enum gt_hdf5_question {
    GT_HDF5_ASKS_FILE,        /* path ->, the first of all */
    GT_HDF5_ASKS_HAS,         /* path -> 0 or 1 */
    GT_HDF5_ASKS_LIST,        /* group -> texts */
    GT_HDF5_ASKS_ARRAY,       /* path -> number, shape */
    GT_HDF5_ASKS_VALUE_NAMES, /* number -> texts */
    GT_HDF5_ASKS_ROWS,        /* number, first, count, type -> bytes */
    GT_HDF5_ASKS_TEXTS,       /* whether of a data set, its number, name -> texts */
    GT_HDF5_ASKS_REAL,        /* the same -> real */
    GT_HDF5_ASKS_LAST = GT_HDF5_ASKS_REAL
} gt_hdf5_question;

#endif
