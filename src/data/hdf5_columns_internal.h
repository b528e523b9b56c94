/* hdf5_columns_internal.h (room: data) - what the hdf5_columns*.c files share. */
#ifndef GALATEA_DATA_HDF5_COLUMNS_INTERNAL_H
#define GALATEA_DATA_HDF5_COLUMNS_INTERNAL_H

#include "columns.h"
#include "field_block.h"
#include "fields.h"
#include "hdf5_columns.h"
#include "hdf5_packing.h"
#include "hdf5_window.h"
#include "unknowns.h"

enum { GT_HDF5_ID = 4096 };

typedef struct column {
    gt_hdf5_array *array; /* NULL: there is none */
    gt_hdf5_window window;
    double missing; /* a value that stands for none; NaN: there is none such */
    gt_hdf5_packing packing;
    double factor; /* makes degrees or arcsec of positions and sizes in another unit */
    char **names;  /* of a split's values from 0 on, as an enumeration has them; else NULL */
    size_t name_count;
    char *taken;   /* where it was found, if that is to be told; else NULL */
    size_t length; /* of the longest text, once Latin-1 is UTF-8 (gt_hdf5_texts_measure) */
} column;

/* A column that is kept as a field. */
typedef struct kept_field {
    gt_hdf5_array *array;
    gt_hdf5_window window;
    double missing; /* another value that stands for none; NaN: there is none such */
    gt_hdf5_packing packing;
    char **names; /* of an enumeration's values from 0 on; NULL: it is none */
    size_t name_count;
    size_t owner, element; /* of the numbers of an array: the first of them, which alone has
                              array and window, and its place there */
} kept_field;

/* A data set of records beside the pictures, one for each: its fields are columns too. */
typedef struct table {
    char *name, **names; /* its own, and those of the fields */
    bool *is_told;       /* which of these are columns or named in the notes */
    size_t count;
} table;

enum { MOST_TABLES = 4 };

struct gt_hdf5_columns {
    const gt_hdf5 *file;
    const char *path; /* of the file */
    uint64_t count;
    const gt_source_info *pictures; /* while opening, as are the notes */
    FILE *notes;                    /* while opening */
    column columns[GT_COLUMN_COUNT];
    int group_split; /* told by a group's name, or that of the pictures; -1: none is */
    int name_split;  /* told by the name of the pictures alone */
    char **class_names;
    size_t class_count;
    int64_t most_label; /* of those that are numbers */
    gt_field_list fields;
    kept_field *kept;   /* fields.count of them */
    gt_field_block row; /* their values in one row */
    uint64_t too_large; /* whole numbers beyond int64 */
    char **beside;      /* names in the group of the pictures, */
    bool *is_told;      /* and which of them are columns or named in the notes */
    size_t beside_count;
    table tables[MOST_TABLES];
    size_t table_count;
    char id[GT_HDF5_ID + 1];
    gt_unknowns unknowns;
};

/* Opens the window of a column whose array is there, in the type that suits it at this place;
 * *fits is false, and the column closed, if it cannot be such a column. Labels of text leave
 * their classes. */
gt_status gt_hdf5_column_fit(gt_hdf5_columns *self, size_t place, column *column, bool *fits,
                             gt_error *err);
void gt_hdf5_column_close(column *column); /* it may have none; its array goes as well */

/* A text in UTF-8, where it is no such of Latin-1; as much as room bytes hold. */
void gt_hdf5_text_take(const void *value, size_t bytes, char *out, size_t room);

/* The bytes that texts need for that: those of the file, unless some are Latin-1, which the
 * notes tell. */
gt_status gt_hdf5_texts_measure(gt_hdf5_columns *self, gt_hdf5_window *window, const char *name,
                                size_t *length, gt_error *err);

/* The sentence of an error without the file's name, which the reader of notes knows. */
const char *gt_hdf5_columns_reason(const gt_hdf5_columns *self, const gt_error *why);

/* Keeps what else has one value a row beside the pictures (prefix: their group, main: their
 * name), and what the group "columns" of a set has; names the rest in the notes. */
gt_status gt_hdf5_fields_open(gt_hdf5_columns *self, const char *prefix, const char *main,
                              gt_error *err);
gt_status gt_hdf5_fields_row(gt_hdf5_columns *self, uint64_t row, const gt_field_value **out,
                             gt_error *err);
void gt_hdf5_fields_close(gt_hdf5_columns *self);

#endif
