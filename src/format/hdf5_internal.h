/* hdf5_internal.h (room: format) - what the hdf5_*.c files share; the only include of hdf5.h.
 */
#ifndef GALATEA_FORMAT_HDF5_INTERNAL_H
#define GALATEA_FORMAT_HDF5_INTERNAL_H

#include <hdf5.h>

#include "hdf5_file.h"

/* Chunks that were looked at (hdf5_chunks.c). */
typedef struct gt_hdf5_whole gt_hdf5_whole;

struct gt_hdf5 {
    char *path;
    uint64_t size;
    struct gt_reader *reader; /* that has the file open; NULL: this process has */
    const uint8_t *bytes;     /* of all of it in memory, lent; NULL: it lies on disk */
    hid_t id;
    gt_hdf5_whole *whole;
};

struct gt_hdf5_array {
    const gt_hdf5 *file;
    char *name;
    size_t number; /* in the reader */
    hid_t id;
    char *member;       /* the field of its records that is meant; NULL: it has no records */
    size_t stored_size; /* bytes of a value with what else is in its record or array */
    size_t outer_rank;  /* of the data set; behind it the sides of arrays that its values are */
    size_t inner_rank;
    uint64_t inner[GT_HDF5_MAX_RANK];
    bool has_variable_texts;
    bool is_meant_unsigned;                /* of a signed type, unlike shape.type */
    struct gt_hdf5_references *references; /* to such texts, else NULL */
    gt_hdf5_shape shape;
};

/* Puts the HDF5 library into the state that Galatea needs: no clean-up at exit (it crashes
 * after a failed close), no filters from disk, silent. Before every first call of a thread. */
void gt_hdf5_prepare(void);

/* Innermost message of the library's last failure, "" if none, and what helps. */
typedef struct gt_hdf5_reason {
    char text[200];
} gt_hdf5_reason;
gt_hdf5_reason gt_hdf5_last_reason(void);

/* The library's type for values in this machine's memory, or in a file (little-endian). Not
 * for GT_HDF5_TEXT. */
hid_t gt_hdf5_memory_type(gt_hdf5_type type);
hid_t gt_hdf5_file_type(gt_hdf5_type type);

/* Bytes of one value; 1 for GT_HDF5_TEXT. */
size_t gt_hdf5_type_size(gt_hdf5_type type);

/* Looks at the open data set array->id and fills array->shape, or refuses it. */
gt_status gt_hdf5_check(gt_hdf5_array *array, gt_error *err);

/* Bytes that are stored of the chunk at a place; 0: it was never written, and holds fill
 * values. false for damage. */
bool gt_hdf5_chunk_size(hid_t id, const hsize_t *at, uint64_t *out);

/* Rows as values of a type: false where the library is to read them, as *out holds anything. */
bool gt_hdf5_read_chunks(const gt_hdf5_array *array, uint64_t first, uint64_t count,
                         hid_t wanted, void *out);

/* Before rows are read by the library: GT_BAD_FORMAT where a chunk of them unpacks to less than
 * it should. */
gt_status gt_hdf5_check_chunks(const gt_hdf5_array *array, uint64_t first, uint64_t count,
                               gt_error *err);
gt_hdf5_whole *gt_hdf5_whole_create(void);    /* NULL: no memory, so nothing is remembered */
void gt_hdf5_whole_free(gt_hdf5_whole *list); /* accepts NULL */

/* The type of its values, of records that of the member; to be closed. */
hid_t gt_hdf5_type_of(const gt_hdf5_array *array);
/* The same of the whole data set, without a sign where it is meant so; to be closed. */
hid_t gt_hdf5_meant_type(const gt_hdf5_array *array);

/* The part of it that knows types: shape.type, item_size and big_endian, and
 * stored_size. */
gt_status gt_hdf5_check_type(gt_hdf5_array *array, gt_error *err);

/* h5py's filter LZF (hdf5_lzf.c): makes it known to the library, and tells whether the values
 * that a data set gives it are for chunks of so many bytes. */
enum { GT_HDF5_LZF = 32000 };
void gt_hdf5_add_lzf(void);
bool gt_hdf5_lzf_fits(const unsigned *values, size_t count, uint64_t chunk_bytes);

/* `size` bytes of the file at `offset`. */
gt_status gt_hdf5_read_at(const gt_hdf5 *file, uint64_t offset, void *out, size_t size,
                          gt_error *err);

/* Texts of variable length (hdf5_text.c): the longest becomes shape.item_size; reading pads all
 * to it with zeros. One text holds GT_HDF5_MAX_TEXT bytes at most. */
enum { GT_HDF5_MAX_TEXT = 4096 };
gt_status gt_hdf5_measure_texts(gt_hdf5_array *array, gt_error *err);
gt_status gt_hdf5_read_texts(const gt_hdf5_array *array, uint64_t first, size_t count,
                             void *out, gt_error *err);
typedef struct gt_hdf5_references gt_hdf5_references;
void gt_hdf5_references_close(gt_hdf5_references *references); /* accepts NULL */

/* "FILE: data set 'NAME' what". */
static inline gt_status gt_hdf5_refuse(const gt_hdf5_array *array, gt_status code,
                                       const char *what, gt_error *err) {
    return gt_fail(err, code, "%s: data set '%s' %s", array->file->path, array->name, what);
}

#endif
