/* hdf5_columns_internal.h (room: data) - what the hdf5_columns*.c files share. */
#ifndef GALATEA_DATA_HDF5_COLUMNS_INTERNAL_H
#define GALATEA_DATA_HDF5_COLUMNS_INTERNAL_H

#include "columns.h"
#include "hdf5_columns.h"
#include "hdf5_window.h"
#include "unknowns.h"

enum { GT_HDF5_OTHERS = 64, GT_HDF5_ID = 4096 };

/* Places in gt_columns. */
enum { LABEL, SPLIT, RA, DEC, ANGULAR_SIZE, ID };

typedef struct column {
    gt_hdf5_array *array; /* NULL: there is none */
    gt_hdf5_window window;
    const char *name; /* in its group; lent while opening */
    bool is_beside;   /* its group is that of the pictures */
} column;

struct gt_hdf5_columns {
    const gt_hdf5 *file;
    const char *path; /* of the file */
    uint64_t count;
    FILE *notes; /* while opening */
    column columns[GT_COLUMN_COUNT];
    int group_split; /* told by a group's name; -1: none is */
    char **class_names;
    size_t class_count;
    column integers[GT_HDF5_OTHERS], reals[GT_HDF5_OTHERS];
    const char *integer_names[GT_HDF5_OTHERS], *real_names[GT_HDF5_OTHERS];
    int64_t integer_row[GT_HDF5_OTHERS];
    double real_row[GT_HDF5_OTHERS];
    size_t integer_count, real_count;
    char **beside; /* names in the group of the pictures, */
    bool *is_told; /* and which of them are columns or named in the notes */
    size_t beside_count;
    char id[GT_HDF5_ID + 1];
    gt_unknowns unknowns;
    uint64_t low_labels, low_label_row; /* labels below -1, the first of them */
    int64_t low_label;
};

/* Opens the window of a column whose array is there, in the type that suits it at this place;
 * *fits is false, and the window closed, if it cannot be such a column. Labels of text leave
 * their classes. */
gt_status gt_hdf5_column_fit(gt_hdf5_columns *self, size_t place, column *column, bool *fits,
                             gt_error *err);

#endif
