/* npy_write.c - version 1.0: a magic word, the length of the text, the text. */
#include "npy_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void gt_npy_header(const char *type, const uint64_t *dims, size_t rank,
                   char out[GT_NPY_HEADER]) {
    enum { PREFIX = 10 };
    char text[GT_NPY_HEADER + 1];
    size_t used = (size_t)snprintf(
        text, sizeof text, "{'descr': '%.20s', 'fortran_order': False, 'shape': (", type);
    for (size_t i = 0; i < rank; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%" PRIu64 "%s",
                                 i ? " " : "", dims[i], i + 1 < rank || rank == 1 ? "," : "");
    used += (size_t)snprintf(text + used, sizeof text - used, "), }");
    memset(out, ' ', GT_NPY_HEADER);
    memcpy(out, "\x93NUMPY\x01\x00\x76\x00", PREFIX); /* 118 bytes of text */
    memcpy(out + PREFIX, text, used < GT_NPY_HEADER - PREFIX ? used : GT_NPY_HEADER - PREFIX);
    out[GT_NPY_HEADER - 1] = '\n';
}
