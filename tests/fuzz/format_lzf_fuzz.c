/* LZF: what is measured is unpacked to the byte, and nothing else is touched. */
#include <stdlib.h>

#include "fuzz.h"
#include "lzf.h"

bool gt_fuzz_one(const uint8_t *bytes, size_t size) {
    size_t unpacked;
    if (size == 0 || size > 1 << 20 || !gt_lzf_measure(bytes, size, &unpacked)) return false;
    uint8_t *out = malloc(unpacked); /* of exactly that size, so that one byte more is seen */
    if (!out) abort();
    gt_lzf_unpack(bytes, size, out);
    free(out);
    return true;
}
