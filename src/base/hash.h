/* hash.h (room: base) - a fast 64-bit checksum: XXH64 with seed 0 (Y. Collet's public
 * specification, "xxHash fast digest algorithm", version 0.1.1).
 *
 * It finds damaged and changed files. It is not cryptographic: somebody who wants two files
 * with equal sums can make them. */
#ifndef GT_HASH_H
#define GT_HASH_H

#include <stddef.h>
#include <stdint.h>

/* A sum in the making; to be changed by the functions below only. */
typedef struct gt_hash {
    uint64_t lane[4];
    uint64_t length;
    unsigned char pending[32];
} gt_hash;

/* begin, add any number of pieces, end. The cut into pieces does not matter; end does not
 * change the state, so that a running sum can be looked at. */
void gt_hash_begin(gt_hash *hash);
void gt_hash_add(gt_hash *hash, const void *bytes, size_t size);
uint64_t gt_hash_end(const gt_hash *hash);

/* All at once. */
uint64_t gt_hash64(const void *bytes, size_t size);

/* 16 lower-case hexadecimal digits and a zero byte. Returns text. */
enum { GT_HASH_TEXT = 17 };
const char *gt_hash_to_text(uint64_t hash, char text[GT_HASH_TEXT]);
#endif
