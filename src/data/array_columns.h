/* array_columns.h (room: data, private) - arrays beside pictures as columns, by the same names
 * and rules as in HDF5 files (hdf5_columns.h), all in memory.
 *
 * Arrays called train/images and train/labels lie in a group, as others do in HDF5 files; what
 * lies elsewhere and not in the root is none of theirs. Names of classes stand in an array of
 * texts, label_names or class_names, target_names or classes, or are the labels themselves, in
 * the order of their names. */
#ifndef GALATEA_DATA_ARRAY_COLUMNS_H
#define GALATEA_DATA_ARRAY_COLUMNS_H

#include <stdio.h>

#include "importer.h"
#include "npy.h"

typedef struct gt_array_columns gt_array_columns;

/* path is for messages. *out is yours. */
gt_status gt_array_columns_create(const char *path, gt_array_columns **out,
                                  gt_error *err) GT_MUST_CHECK;
/* Accepts NULL. */
void gt_array_columns_destroy(gt_array_columns *columns);

/* One array with its stored values, which are taken over also on failure; NULL where they
 * cannot be a column. */
gt_status gt_array_columns_add(gt_array_columns *columns, const char *name, const gt_npy *array,
                               uint8_t *stored, gt_error *err) GT_MUST_CHECK;

/* The array of this name, lent; NULL: there is none. One that is used elsewhere is no column.
 */
const gt_npy *gt_array_columns_find(const gt_array_columns *columns, const char *name);
void gt_array_columns_use(gt_array_columns *columns, const char *name);

/* With all arrays there: finds the columns of `count` rows beside the array `main`; notes gets
 * a line for each thing that is to be told. */
gt_status gt_array_columns_arrange(gt_array_columns *columns, const char *main, uint64_t count,
                                   FILE *notes, gt_error *err) GT_MUST_CHECK;

/* Lent until destroy. */
void gt_array_columns_describe(const gt_array_columns *columns, gt_source_info *info);

/* Fills in the row of a picture; pointers are lent until the next call. GT_BAD_FORMAT for a
 * label or split that cannot be. */
gt_status gt_array_columns_row(gt_array_columns *columns, uint64_t row, gt_picture *picture,
                               gt_error *err) GT_MUST_CHECK;

/* Lines about the unknown values of the rows that were asked for. */
void gt_array_columns_tell_unknown(const gt_array_columns *columns, FILE *notes);

#endif
