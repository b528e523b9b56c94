/* npy_write.h (room: format) - headers of NumPy's .npy files. */
#ifndef GT_NPY_WRITE_H
#define GT_NPY_WRITE_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of every header; the values follow. */
enum { GT_NPY_HEADER = 128 };

/* Of values of a type, "<f4", "|u1", "<U12", in C order; rank 1 to 4. */
void gt_npy_header(const char *type, const uint64_t *dims, size_t rank,
                   char out[GT_NPY_HEADER]);

#endif
