/* npy.h (room: format) - arrays of NumPy's .npy files, and of the .npz archives made of them.
 *
 * The header is text in Python's grammar; here it has a grammar of its own, the three keys
 * 'descr', 'fortran_order' and 'shape', and nothing is evaluated. Python objects, which would
 * be pickles, are refused, and so are records, complex and long numbers and times. The values
 * must fill the file to its last byte. */
#ifndef GALATEA_FORMAT_NPY_H
#define GALATEA_FORMAT_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"
#include "numbers.h"

enum { GT_NPY_MAX_RANK = 8, GT_NPY_START = 16384 /* bytes; a longer header is refused */ };

typedef enum gt_npy_type {
    GT_NPY_BOOL,
    GT_NPY_U8,
    GT_NPY_I8,
    GT_NPY_U16,
    GT_NPY_I16,
    GT_NPY_U32,
    GT_NPY_I32,
    GT_NPY_U64,
    GT_NPY_I64,
    GT_NPY_F16,
    GT_NPY_F32,
    GT_NPY_F64,
    GT_NPY_BYTES,  /* texts, one byte a character */
    GT_NPY_UNICODE /* texts, four bytes a character */
} gt_npy_type;

typedef struct gt_npy {
    gt_npy_type type;
    size_t item_size; /* bytes */
    bool big_endian;
    bool fortran; /* the first index runs fastest; never where rank is below 2 */
    size_t rank;
    uint64_t dims[GT_NPY_MAX_RANK]; /* none is 0 */
    uint64_t items;                 /* product of dims; 1 for rank 0 */
    uint64_t offset;                /* of the values in the file */
} gt_npy;

/* "uint8", "float32", "bool", "text" ... Static. */
const char *gt_npy_type_name(gt_npy_type type);

/* Whole numbers and truth values. */
bool gt_npy_is_whole(gt_npy_type type);
bool gt_npy_is_text(gt_npy_type type);

/* Understands a header. start: the first `length` bytes of the file, GT_NPY_START of them or
 * all there are; total: bytes of the file. GT_BAD_FORMAT for what is damaged, lies about its
 * size or is no such file, GT_UNSUPPORTED for types that are refused. Messages do not name the
 * file. */
gt_status gt_npy_parse(const uint8_t *start, size_t length, uint64_t total, gt_npy *out,
                       gt_error *err);

/* How its values are stored; false for truth values, of which any byte but 0 is true, and
 * texts. */
bool gt_npy_numbers(const gt_npy *array, gt_numbers *out);

/* `count` stored values in a row as numbers of this machine; not of texts. Reals to whole
 * numbers are cut; uint64 beyond int64 stays as its bits. */
void gt_npy_floats(const gt_npy *array, const void *stored, size_t count, float *out,
                   gt_rounding *rounding);
void gt_npy_reals(const gt_npy *array, const void *stored, size_t count, double *out);
void gt_npy_wholes(const gt_npy *array, const void *stored, size_t count, int64_t *out);

/* One stored text as UTF-8 without the zeros behind it, ended by a zero; out has
 * gt_npy_text_room bytes. What is no character becomes '?'. */
size_t gt_npy_text_room(const gt_npy *array);
void gt_npy_text(const gt_npy *array, const void *stored, char *out);

#endif
