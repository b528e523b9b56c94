/* hdf5_columns.h (room: data) - the columns beside the pictures of HDF5 files of others.
 *
 * They are looked for in the group of the pictures, then in tables there (data sets of records,
 * one for each picture), then in groups beside it that are called as
 * columns (of images/train in labels/train), then in the root, under their own names and
 * the usual ones of others, large or small letters alike: whole numbers of any type, also as
 * reals; truth values; texts, which become classes in the order of their names; train, test and
 * validation written out, or as an enumeration names them. Where the pictures are x_train or
 * train_images, y_train or train_labels are theirs, and that name, or a group called train or
 * test, tells the split where no column does. Names of classes are an enumeration's, an
 * attribute's or a data set's beside the labels or in the root. A field of records that is an
 * array of a few numbers becomes a column for each, NAME0, NAME1, ... as gt_fits_table_print
 * calls them. Whatever stands beside the
 * pictures and is not kept, and columns that lie in other groups, are named in the notes. */
#ifndef GALATEA_DATA_HDF5_COLUMNS_H
#define GALATEA_DATA_HDF5_COLUMNS_H

#include <stdio.h>

#include "hdf5_file.h"
#include "hdf5_planes.h"
#include "importer.h"

typedef struct gt_hdf5_columns gt_hdf5_columns;

/* main: path of the pictures, info: what the file tells of them, planes: what stands beside
 * them and is no column (NULL: nothing). notes gets one line for each thing that is to be told.
 * The strings are lent, the file must stay open longer. *out is yours. */
gt_status gt_hdf5_columns_open(const gt_hdf5 *file, const char *path, const char *main,
                               const gt_source_info *info, const gt_hdf5_planes *planes,
                               FILE *notes, gt_hdf5_columns **out, gt_error *err);

/* Puts columns, id_length, class names, integers and reals into info; lent until close. */
void gt_hdf5_columns_describe(const gt_hdf5_columns *columns, gt_source_info *info);

/* Fills in row, integers and reals of a picture; pointers are lent until the next call.
 * GT_BAD_FORMAT for a split or label that cannot be. */
gt_status gt_hdf5_columns_row(gt_hdf5_columns *columns, uint64_t row, gt_picture *picture,
                              gt_error *err);

/* Lines about the unknown values of all rows that were read. */
void gt_hdf5_columns_tell_unknown(const gt_hdf5_columns *columns, FILE *notes);

void gt_hdf5_columns_close(gt_hdf5_columns *columns);

#endif
