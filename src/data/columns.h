/* columns.h (room: data) - the optional columns and planes of a data set, as tables. */
#ifndef GALATEA_DATA_COLUMNS_H
#define GALATEA_DATA_COLUMNS_H

#include <stdio.h>

#include "galatea/dataset.h"
#include "hdf5_file.h"

enum { GT_COLUMN_COUNT = 6, GT_COLUMN_NAMES = 10, GT_PLANE_COUNT = 2 };

typedef struct gt_column {
    unsigned bit;       /* 1 << its place in the table */
    const char *name;   /* of the array in a file */
    const char *called; /* in options, tables and remarks */
    gt_hdf5_type type;
    size_t size;          /* bytes of one value; 0: id_length of the set */
    const char *expected; /* of foreign values, behind "expected " */
} gt_column;

/* Places in gt_columns. */
enum {
    GT_PLACE_LABEL,
    GT_PLACE_SPLIT,
    GT_PLACE_RA,
    GT_PLACE_DEC,
    GT_PLACE_ANGULAR_SIZE,
    GT_PLACE_ID
};
extern const gt_column gt_columns[GT_COLUMN_COUNT];

/* The names under which a column is looked for in foreign files, in this order and in large or
 * small letters; places as in gt_columns. */
extern const char *const gt_column_names[GT_COLUMN_COUNT][GT_COLUMN_NAMES];

/* The first of them (as written here) that the file has for the column of this bit, or NULL. */
const char *gt_column_find(const gt_hdf5 *file, unsigned bit);

/* Whether a foreign column has the name of this one already, in large or small letters, so that
 * nothing is to be told. */
bool gt_column_is_called(const gt_column *column, const char *name);

/* Whether values in this unit (NULL: untold) can be the column at a place of gt_columns, and
 * the factor that makes degrees of right ascension and declination, arcsec of angular sizes.
 * Texts that are no known unit say nothing. */
bool gt_column_takes_unit(size_t place, const char *unit, double *factor);

/* "'RA' is in hours and becomes degrees", a line of notes where the factor is not 1. path: the
 * file that is told, "" for none. */
void gt_column_tell_unit(size_t place, const char *name, const char *path, const char *unit,
                         FILE *notes);

/* Bytes of one value in this set. */
size_t gt_column_size(const gt_column *column, const gt_dataset_info *info);

/* The split that a word of `length` bytes means (train, training, test, testing, val, valid,
 * validation, dev; in large or small letters), -1 for other words. */
int gt_split_of_word(const char *word, size_t length);

/* The split that a cell of texts tells: such a word, or 0, 1 or 2, or F and T, false
 * and true for 0 and 1; blanks behind it say nothing. -1 for other texts. */
int gt_split_of_cell(const char *text);

/* The split that a name tells, as train, x_train and train_images do; -1 for other names. */
int gt_split_of_name(const char *name);

/* Whether an array called `name` is the column `wanted`, in large or small letters, beside
 * pictures whose name tells `split` (-1: none): y_train is the y of x_train. */
bool gt_column_is_of(const char *name, const char *wanted, int split);

/* The split that the first folder of a path tells by a name that may be longer, as train_set,
 * trainset, "Training set" and sky-train do; -1 for other names. */
int gt_split_of_folder(const char *path);

/* The split of the last of the groups in a path that is called as one; -1 for other paths. */
int gt_split_of_groups(const char *path);

/* What an array or attribute with the names of classes may be called, in this order and in
 * large or small letters. The last may as well be a column of labels. */
enum { GT_CLASS_LISTS = 4 };
extern const char *const gt_class_lists[GT_CLASS_LISTS];
bool gt_is_class_list(const char *name);

/* Of the arrays in a file; the plane of bit 1 << i is in place i. */
extern const char *const gt_plane_names[GT_PLANE_COUNT];

/* How many planes of height x width lie behind so many channels where planes are kept with
 * pictures: one mask, and an inverse variance for each channel. planes: GT_PLANE_ bits. */
size_t gt_plane_channels(unsigned planes, size_t channels);

/* Name of the main array: "images" or "codes". */
const char *gt_main_array(gt_dataset_kind kind);

#endif
