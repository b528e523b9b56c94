/* png_sums.h - the chunks of a PNG file with the sums that belong to what is in them, so that
 * damage reaches what looks at chunks after their sums. */
#ifndef GT_FUZZ_PNG_SUMS_H
#define GT_FUZZ_PNG_SUMS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "galatea/error.h"

/* A copy of the bytes, yours (free). */
static inline uint8_t *png_with_sums(const uint8_t *bytes, size_t size) {
    enum { SIGNATURE = 8, AROUND = 12 }; /* length, type and sum of a chunk */
    uint8_t *copy = malloc(size + 1);
    GT_ASSERT(copy);
    if (size) memcpy(copy, bytes, size);
    for (size_t at = SIGNATURE; at + AROUND <= size;) {
        const uint8_t *head = copy + at;
        size_t length = (size_t)head[0] << 24 | (size_t)head[1] << 16 | head[2] << 8 | head[3];
        if (length > size - at - AROUND) break;
        uint32_t sum = (uint32_t)crc32(0, head + 4, (uInt)length + 4);
        for (int i = 0; i < 4; i++) copy[at + 8 + length + i] = (uint8_t)(sum >> (24 - 8 * i));
        at += length + AROUND;
    }
    return copy;
}

#endif
