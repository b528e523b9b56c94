/* safetensors.h (room: format) - named arrays in one file, the public safetensors format:
 * 8 bytes header length (little endian), a JSON header {"name": {"dtype", "shape",
 * "data_offsets"}, "__metadata__": {text: text}}, then the bytes of the arrays.
 *
 * The reader trusts nothing: header at most 100 MB and inside the file; strict JSON in UTF-8;
 * no name twice; only known fields, each once; text-only metadata; offsets without overlap or
 * hole up to the end of the file; shape times element size equal to the span, without overflow.
 * What breaks a rule is refused on opening with GT_BAD_FORMAT (GT_UNSUPPORTED for an element
 * type or a rank that is legal but not known here) and a sentence that names file, tensor and
 * values.
 *
 * Threads: an open file may be read from several threads; a writer belongs to one. */
#ifndef GALATEA_SAFETENSORS_H
#define GALATEA_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Element types, smallest first, in the order in which the reference library ranks them. */
#define GT_ST_DTYPES(X) \
    X(BOOL, 1)          \
    X(U8, 1)            \
    X(I8, 1)            \
    X(I16, 2)           \
    X(U16, 2)           \
    X(F16, 2)           \
    X(BF16, 2)          \
    X(I32, 4)           \
    X(U32, 4)           \
    X(F32, 4)           \
    X(F64, 8)           \
    X(I64, 8)           \
    X(U64, 8)

typedef enum gt_st_dtype {
#define GT_ST_ENUM(name, size) GT_ST_##name,
    GT_ST_DTYPES(GT_ST_ENUM)
#undef GT_ST_ENUM
        GT_ST_DTYPE_COUNT
} gt_st_dtype;

/* Most dimensions of an array; bytes of a shape as text; largest header, in bytes. */
enum { GT_ST_MAX_RANK = 8, GT_ST_SHAPE_TEXT = 176, GT_ST_MAX_HEADER = 100000000 };

/* One array. Rank 0 is a single number; a size of 0 makes an empty array. */
typedef struct gt_st_tensor {
    const char *name;
    gt_st_dtype dtype;
    int rank; /* 0 to GT_ST_MAX_RANK */
    int64_t shape[GT_ST_MAX_RANK];
    uint64_t elements; /* product of the shape */
    uint64_t offset;   /* of its first byte, from the start of the file */
    uint64_t bytes;    /* elements times the size of one */
} gt_st_tensor;

typedef struct gt_safetensors gt_safetensors;

/* The name of a type as files have it ("F32"), static; the bytes of one element; a shape as
 * "2x3x4" ("scalar" for rank 0), written into text and returned. */
const char *gt_st_dtype_name(gt_st_dtype dtype);
size_t gt_st_dtype_size(gt_st_dtype dtype);
const char *gt_st_shape_text(int rank, const int64_t *shape, char text[GT_ST_SHAPE_TEXT]);

/* Reads and checks the header; the arrays stay on the disk. GT_NOT_FOUND and GT_IO for a file
 * that cannot be read, GT_BAD_FORMAT and GT_UNSUPPORTED as above. *out is yours. */
GT_MUST_CHECK gt_status gt_safetensors_open(const char *path, gt_safetensors **out,
                                            gt_error *err);

/* The same for a file that is in memory; bytes are lent until close, name is for messages. */
GT_MUST_CHECK gt_status gt_safetensors_open_memory(const void *bytes, size_t size,
                                                   const char *name, gt_safetensors **out,
                                                   gt_error *err);
void gt_safetensors_close(gt_safetensors *file); /* accepts NULL */

/* The path, or the name, that it was opened with. Lent until close. */
const char *gt_safetensors_path(const gt_safetensors *file);

/* Arrays in the order of their bytes in the file. Lent until close. */
size_t gt_safetensors_count(const gt_safetensors *file);
const gt_st_tensor *gt_safetensors_at(const gt_safetensors *file, size_t index);

/* By name, in logarithmic time. find: NULL when there is none. get: GT_NOT_FOUND. require: also
 * GT_BAD_SHAPE, naming both shapes, unless rank and shape are these. */
const gt_st_tensor *gt_safetensors_find(const gt_safetensors *file, const char *name);
GT_MUST_CHECK gt_status gt_safetensors_get(const gt_safetensors *file, const char *name,
                                           const gt_st_tensor **out, gt_error *err);
GT_MUST_CHECK gt_status gt_safetensors_require(const gt_safetensors *file, const char *name,
                                               int rank, const int64_t *shape,
                                               const gt_st_tensor **out, gt_error *err);

/* The value of a metadata key, or NULL; or pair number `index` in file order. Lent until close.
 */
const char *gt_safetensors_metadata(const gt_safetensors *file, const char *key);
size_t gt_safetensors_metadata_count(const gt_safetensors *file);
const char *gt_safetensors_metadata_at(const gt_safetensors *file, size_t index,
                                       const char **key);

/* Read a whole array, row-major, into the caller's buffer of n elements, converted from
 * whatever type the file has; n must be tensor->elements (GT_BAD_SHAPE). To floating point:
 * nearest value, beyond the range infinity. To int64: GT_BAD_FORMAT for a value that is not
 * whole or does not fit. A BOOL that is neither 0 nor 1 is GT_BAD_FORMAT in these three. `raw`
 * copies tensor->bytes bytes as they are. */
GT_MUST_CHECK gt_status gt_safetensors_read_f32(const gt_safetensors *file,
                                                const gt_st_tensor *tensor, float *out,
                                                uint64_t n, gt_error *err);
GT_MUST_CHECK gt_status gt_safetensors_read_f64(const gt_safetensors *file,
                                                const gt_st_tensor *tensor, double *out,
                                                uint64_t n, gt_error *err);
GT_MUST_CHECK gt_status gt_safetensors_read_i64(const gt_safetensors *file,
                                                const gt_st_tensor *tensor, int64_t *out,
                                                uint64_t n, gt_error *err);
GT_MUST_CHECK gt_status gt_safetensors_read_raw(const gt_safetensors *file,
                                                const gt_st_tensor *tensor, void *out,
                                                uint64_t bytes, gt_error *err);

/* Compares every array, and the header, with the checksums that the writer stored under the
 * metadata key "checksum". GT_MISMATCH names the first one that is damaged, missing or not
 * listed; GT_NOT_FOUND when the file carries no checksums. */
GT_MUST_CHECK gt_status gt_safetensors_verify(const gt_safetensors *file, gt_error *err);

/* ---- writing ------------------------------------------------------------------------------
 */

typedef struct gt_safetensors_writer gt_safetensors_writer;

/* Delivers bytes [first, first + size) of an array; called once per piece, in order. */
typedef gt_status (*gt_st_source)(void *context, uint64_t first, void *out, size_t size,
                                  gt_error *err);

/* A writer without arrays. GT_NO_MEMORY. *out is yours. */
GT_MUST_CHECK gt_status gt_safetensors_writer_create(gt_safetensors_writer **out,
                                                     gt_error *err);
void gt_safetensors_writer_destroy(gt_safetensors_writer *writer); /* accepts NULL */

/* Names, keys and values are copied; they must be UTF-8, and names and keys must be new
 * (GT_BAD_ARGUMENT). "__metadata__" is no name, "checksum" no key. */
GT_MUST_CHECK gt_status gt_safetensors_writer_metadata(gt_safetensors_writer *writer,
                                                       const char *key, const char *value,
                                                       gt_error *err);

/* Adds an array of row-major values: `shape` has `rank` sizes. Its bytes are lent until the
 * file is saved... */
GT_MUST_CHECK gt_status gt_safetensors_writer_add(gt_safetensors_writer *writer,
                                                  const char *name, gt_st_dtype dtype, int rank,
                                                  const int64_t *shape, const void *data,
                                                  gt_error *err);
/* ... or are asked for while it is written. */
GT_MUST_CHECK gt_status gt_safetensors_writer_stream(gt_safetensors_writer *writer,
                                                     const char *name, gt_st_dtype dtype,
                                                     int rank, const int64_t *shape,
                                                     gt_st_source source, void *context,
                                                     gt_error *err);

/* Writes the file, whole or not at all, and may be called again. GT_IO for what the disk
 * refuses, and the status of a source that fails. Arrays lie in the order of the reference
 * library, largest element type first, then by name, so that each is aligned and equal contents
 * give equal bytes whatever the order of adding; the header is padded to 8 bytes. With
 * `checksums`, one 64-bit sum per array and one of the header are stored. */
GT_MUST_CHECK gt_status gt_safetensors_writer_save(gt_safetensors_writer *writer,
                                                   const char *path, int checksums,
                                                   gt_error *err);

#ifdef __cplusplus
}
#endif
#endif
