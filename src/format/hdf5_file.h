/* hdf5_file.h (room: format) - HDF5 files, reduced to arrays of numbers or texts.
 *
 * Only what lies in the file itself can be reached: external storage, soft and external links
 * in any part of a path, virtual data sets, filters other than shuffle, deflate, lzf and
 * fletcher32 and all other types are refused, and so are shapes that the stored bytes cannot
 * carry. Threads: one file, one thread. */
#ifndef GALATEA_FORMAT_HDF5_FILE_H
#define GALATEA_FORMAT_HDF5_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"
#include "numbers.h"

enum { GT_HDF5_MAX_RANK = 4 };

/* Of names of such files, among them those of netCDF. */
#define GT_HDF5_ENDINGS "h5|hdf5|hdf|nc"

typedef enum gt_hdf5_type {
    GT_HDF5_U8,
    GT_HDF5_I8,
    GT_HDF5_U16,
    GT_HDF5_I16,
    GT_HDF5_U32,
    GT_HDF5_I32,
    GT_HDF5_U64,
    GT_HDF5_I64,
    GT_HDF5_F16, /* in files only: ask for F32 or F64 */
    GT_HDF5_F32,
    GT_HDF5_F64,
    GT_HDF5_TEXT /* strings, also those of variable length */
} gt_hdf5_type;

/* "uint8", "float32", "text" ... Static. */
const char *gt_hdf5_type_name(gt_hdf5_type type);

/* Values of an enumeration, such as h5py's truth values, count as the whole numbers that stand
 * for them, those of a signed type that are called unsigned (gt_hdf5_says_unsigned) are of the
 * unsigned one. Values that are arrays of numbers have their sides behind those of the data
 * set. */
typedef struct gt_hdf5_shape {
    gt_hdf5_type type;
    size_t item_size; /* bytes; of texts those of the longest, at least 1 */
    bool big_endian;
    size_t rank;
    uint64_t dims[GT_HDF5_MAX_RANK]; /* none is 0 */
    uint64_t items;                  /* product of dims */
    bool flat;                       /* contiguous: item_size * items bytes at offset */
    uint64_t offset;                 /* from the start of the file */
    uint64_t chunk_rows;             /* reading multiples of these is cheapest; 1 if flat */
} gt_hdf5_shape;

/* ---- reading ---- */

typedef struct gt_hdf5 gt_hdf5;
typedef struct gt_hdf5_array gt_hdf5_array;

/* GT_NOT_FOUND, GT_IO, or GT_BAD_FORMAT with the HDF5 library's reason. *out is yours. */
gt_status gt_hdf5_open(const char *path, gt_hdf5 **out, gt_error *err);
void gt_hdf5_close(gt_hdf5 *file);

/* The same of a file in memory, lent until close, in a process that reads what others wrote
 * (gt_reader_is_here); name is for messages. Offsets are those in the bytes. */
gt_status gt_hdf5_open_bytes(const char *name, const uint8_t *bytes, size_t length,
                             gt_hdf5 **out, gt_error *err);

/* True if something (of any kind, also refused ones) stands at this path. */
bool gt_hdf5_has(const gt_hdf5 *file, const char *path);

/* Names of all that stands in a group ("" or "/": the root), of any kind, in order of name; a
 * group's name ends in a slash. Of a data set of records the names of their fields. At most
 * 1000; what is beyond, empty names and those of more than 254 bytes are passed over, and a
 * remark counts them. The list and its strings are one block, yours (free). GT_NOT_FOUND,
 * GT_BAD_FORMAT. */
gt_status gt_hdf5_list(const gt_hdf5 *file, const char *group, char ***names, size_t *count,
                       gt_error *err);

/* Opens a data set by its path ("images", "group/pixels"), or a field of one that has records
 * ("table/ra"), which has no attributes. GT_NOT_FOUND if there is none,
 * GT_UNSUPPORTED for what is refused, GT_BAD_FORMAT for what cannot be. *out is yours; the file
 * must stay open longer. */
gt_status gt_hdf5_array_open(const gt_hdf5 *file, const char *name, gt_hdf5_array **out,
                             gt_error *err);
void gt_hdf5_array_close(gt_hdf5_array *array);

/* Whether it is a field of records, in a process that reads what others wrote. */
bool gt_hdf5_array_is_field(const gt_hdf5_array *array);

/* Lent until close. */
const gt_hdf5_shape *gt_hdf5_array_shape(const gt_hdf5_array *array);

/* The same type of numbers; not for texts. */
gt_number_type gt_hdf5_number_type(gt_hdf5_type type);

/* Names of the values 0 .. count-1 of an enumeration; a value without a name is called by its
 * number. None (GT_OK, count 0) for other types, for truth values and beyond 1000 values. One
 * block, yours (free). */
gt_status gt_hdf5_value_names(const gt_hdf5_array *array, char ***names, size_t *count,
                              gt_error *err);

/* Rows (along the first dimension) first .. first+count-1, converted to `type` in this
 * machine's order (not to GT_HDF5_F16); integers that do not fit are clipped. Strings only to
 * GT_HDF5_TEXT, item_size bytes each, zero padded. GT_BAD_ARGUMENT for rows outside. */
gt_status gt_hdf5_array_read(const gt_hdf5_array *array, uint64_t first, size_t count,
                             gt_hdf5_type type, void *out, gt_error *err);

/* Whether netCDF's attribute _Unsigned calls whole numbers unsigned, whatever their type. */
bool gt_hdf5_says_unsigned(const gt_hdf5 *file, const gt_hdf5_array *array);

/* Attributes of the root (array NULL) or of a data set. What is absent gives GT_OK with NULL
 * or NaN or count 0; another type is GT_BAD_FORMAT. Strings may be fixed or of variable length,
 * 1 MiB at most; all results are yours (free; a list and its strings are one block). */
gt_status gt_hdf5_text(const gt_hdf5 *file, const gt_hdf5_array *array, const char *name,
                       char **out, gt_error *err);
gt_status gt_hdf5_texts(const gt_hdf5 *file, const gt_hdf5_array *array, const char *name,
                        char ***out, size_t *count, gt_error *err);
gt_status gt_hdf5_real(const gt_hdf5 *file, const gt_hdf5_array *array, const char *name,
                       double *out, gt_error *err);

/* ---- writing ---- */

typedef struct gt_hdf5_new_array {
    const char *name; /* "group/name" makes the group */
    gt_hdf5_type type;
    size_t item_size; /* of GT_HDF5_TEXT, else ignored */
    size_t rank;
    uint64_t dims[GT_HDF5_MAX_RANK];
    uint64_t offset; /* result: where its bytes belong */
} gt_hdf5_new_array;

/* One attribute: texts[count] if texts is not NULL, one string if text is not NULL, a whole
 * number if whole is not NULL, else the real. */
typedef struct gt_hdf5_new_attribute {
    const char *array; /* NULL: root */
    const char *name;
    const char *text;
    const char *const *texts;
    size_t count;
    const int64_t *whole;
    double real;
} gt_hdf5_new_attribute;

/* Makes the file at path (replacing its contents) with contiguous arrays whose bytes are not
 * written yet; the caller puts them at the offsets, little-endian. Equal arguments make equal
 * bytes. Strings of one attribute: 64,000 bytes at most. */
gt_status gt_hdf5_create_flat(const char *path, gt_hdf5_new_array *arrays, size_t array_count,
                              const gt_hdf5_new_attribute *attributes, size_t attribute_count,
                              gt_error *err);

/* Adds attributes of the root to a file that gt_hdf5_create_flat made; no array moves. */
gt_status gt_hdf5_add_attributes(const char *path, const gt_hdf5_new_attribute *attributes,
                                 size_t count, gt_error *err);

#endif
