/* pickle.h (room: format) - the few parts of Python's pickle that batch files of pictures use,
 * as Python 2 and 3 and numpy 1 and 2 write them (protocols 2 to 5), and weights of PyTorch.
 *
 * An interpreter of a fixed list of opcodes and a few global names; it builds typed values and
 * runs no code. Objects of known kinds beside weights, such as settings, are passed over.
 * Everything else in a file is an error that names opcode and byte. Values point into the bytes
 * they came from, which must live as long as the gt_pickle. */
#ifndef GALATEA_FORMAT_PICKLE_H
#define GALATEA_FORMAT_PICKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

typedef enum gt_pickle_kind {
    GT_PICKLE_NONE,
    GT_PICKLE_BOOL,
    GT_PICKLE_INT,
    GT_PICKLE_REAL,
    GT_PICKLE_BYTES, /* also the texts of Python 2, and bytearrays */
    GT_PICKLE_TEXT,  /* UTF-8, checked */
    GT_PICKLE_TUPLE,
    GT_PICKLE_LIST,
    GT_PICKLE_DICT,
    GT_PICKLE_GLOBAL,
    GT_PICKLE_DTYPE,
    GT_PICKLE_ARRAY,   /* a numpy array, contiguous in C order */
    GT_PICKLE_SCALAR,  /* a numpy scalar; of a text type its bytes are UTF-32 */
    GT_PICKLE_STORAGE, /* numbers of PyTorch that lie outside the pickle */
    GT_PICKLE_TENSOR,  /* a part of them, in a shape */
    GT_PICKLE_OTHER    /* an object beside weights, of which nothing is known */
} gt_pickle_kind;

enum { GT_PICKLE_MAX_RANK = 4, GT_PICKLE_MAX_AXES = 8 }; /* of arrays and of tensors */

typedef enum gt_pickle_global {
    GT_GLOBAL_NDARRAY,
    GT_GLOBAL_DTYPE,
    GT_GLOBAL_RECONSTRUCT,
    GT_GLOBAL_SCALAR,
    GT_GLOBAL_FROMBUFFER,
    GT_GLOBAL_ENCODE,
    GT_GLOBAL_ORDERED_DICT,
    GT_GLOBAL_SIZE,
    GT_GLOBAL_TENSOR,
    GT_GLOBAL_PARAMETER,
    GT_GLOBAL_OTHER,
    GT_GLOBAL_STORAGE /* and from there on one for each gt_st_dtype */
} gt_pickle_global;

typedef struct gt_pickle_dtype {
    char kind;        /* 'u', 'i', 'f', 'b', 'U' or 'S' as numpy writes it */
    char order;       /* '<', '>' or '|' */
    size_t item_size; /* bytes */
} gt_pickle_dtype;

typedef struct gt_pickle_value {
    gt_pickle_kind kind;
    union {
        int64_t integer; /* also BOOL */
        double real;
        gt_pickle_global global;
        struct {
            const uint8_t *bytes;
            size_t length;
        } text; /* BYTES, TEXT */
        struct {
            struct gt_pickle_value **at; /* DICT: key, value, key, value ... */
            size_t count, room;          /* entries of at */
        } items;                         /* TUPLE, LIST, DICT */
        struct {
            gt_pickle_dtype type;
            bool known; /* false until its BUILD came */
        } dtype;
        struct {
            gt_pickle_dtype type; /* kind 0 until its BUILD came */
            size_t rank, dims[GT_PICKLE_MAX_RANK];
            const uint8_t *bytes;
            size_t length;
        } array; /* ARRAY; SCALAR has rank 0 */
        struct {
            int dtype;                         /* gt_st_dtype */
            const struct gt_pickle_value *key; /* TEXT: its name */
            int64_t count;                     /* numbers */
        } storage;
        struct {
            const struct gt_pickle_value *storage;
            const struct gt_pickle_value *shape; /* TUPLE of whole numbers from 0 on */
            int64_t first, count;                /* numbers of the storage; they are there */
            bool is_packed; /* the numbers lie one behind the other, none between */
            uint8_t axes[GT_PICKLE_MAX_AXES]; /* then in this order of axes, the last fastest */
        } tensor;
    };
} gt_pickle_value;

typedef struct gt_pickle gt_pickle;

/* Interprets bytes[length] up to STOP; nothing may follow. GT_BAD_FORMAT with the byte where
 * it went wrong, GT_UNSUPPORTED for opcodes and names outside the list. *out is yours. */
gt_status gt_pickle_parse(const uint8_t *bytes, size_t length, gt_pickle **out, gt_error *err);

/* Accepts NULL. */
void gt_pickle_destroy(gt_pickle *pickle);

/* The value under STOP. Lent. A value may appear in several places and inside itself: look
 * only as deep as the format that you expect. */
const gt_pickle_value *gt_pickle_root(const gt_pickle *pickle);

/* Value of a key in a dict, which may be text or bytes, NULL when it is absent or dict is no
 * dict. Lent. */
const gt_pickle_value *gt_pickle_get(const gt_pickle_value *dict, const char *key);

/* What a list, a tuple or an array of any rank but 0 has of items; GT_BAD_FORMAT for all else.
 */
gt_status gt_pickle_count(const gt_pickle_value *value, size_t *count, gt_error *err);

/* Item `index` < count: of an array a SCALAR, or an ARRAY of one rank less. It points into the
 * same bytes. */
gt_pickle_value gt_pickle_item(const gt_pickle_value *value, size_t index);

/* Whether it is a whole number, of Python or of numpy; then *out. */
bool gt_pickle_integer(const gt_pickle_value *value, int64_t *out);

/* Copies a TEXT, BYTES in UTF-8 or a text SCALAR as UTF-8 with its final zero byte.
 * GT_BAD_FORMAT when it is neither, has a zero inside, or does not fit into room bytes. */
gt_status gt_pickle_text(const gt_pickle_value *value, char *out, size_t room, gt_error *err);

#endif
