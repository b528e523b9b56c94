/* lzf.c - one piece after another, first looked at, then done. */
#include "lzf.h"

enum { LITERAL = 32, LONG = 7 };

/* A piece of packed bytes, and how many unpacked ones it stands for. */
typedef struct piece {
    size_t taken, given;
    size_t back; /* 0: they follow as they are, behind one byte */
} piece;

/* False where the bytes end within it. */
static bool look_at(const uint8_t *packed, size_t size, piece *out) {
    size_t first = packed[0], length = first >> 5, more = length == LONG;
    if (first < LITERAL) {
        *out = (piece){first + 2, first + 1, 0};
        return out->taken <= size;
    }
    if (size < 2 + more) return false;
    if (more) length += packed[1];
    *out = (piece){2 + more, length + 2, ((first & 31) << 8 | packed[1 + more]) + 1};
    return true;
}

bool gt_lzf_measure(const uint8_t *packed, size_t size, size_t *out) {
    *out = 0;
    while (size > 0) {
        piece p;
        if (!look_at(packed, size, &p) || p.back > *out) return false;
        *out += p.given; /* of at most 264 for 3 bytes: no overflow */
        packed += p.taken;
        size -= p.taken;
    }
    return true;
}

void gt_lzf_unpack(const uint8_t *packed, size_t size, uint8_t *out) {
    piece p;
    for (; size > 0 && look_at(packed, size, &p);
         packed += p.taken, size -= p.taken, out += p.given) {
        const uint8_t *from = p.back ? out - p.back : packed + 1;
        for (size_t i = 0; i < p.given; i++) out[i] = from[i]; /* may overlap: byte by byte */
    }
}
