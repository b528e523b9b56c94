/* utf8.c - the encoding rules of RFC 3629, section 4. */
#include "utf8.h"

#include <stdlib.h>

/* Length of the sequence that starts at bytes, 0 if it is malformed. */
static size_t sequence_length(const uint8_t *bytes, size_t left) {
    uint8_t first = bytes[0];
    if (first < 0x80) return 1;
    size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (first < 0xc2 || first > 0xf4 || left < length) return 0;
    uint8_t low = 0x80, high = 0xbf; /* the second byte's range depends on the first */
    if (first == 0xe0) low = 0xa0;
    if (first == 0xed) high = 0x9f;
    if (first == 0xf0) low = 0x90;
    if (first == 0xf4) high = 0x8f;
    if (bytes[1] < low || bytes[1] > high) return 0;
    for (size_t i = 2; i < length; i++)
        if ((bytes[i] & 0xc0) != 0x80) return 0;
    return length;
}

bool gt_utf8_valid(const uint8_t *bytes, size_t length) {
    for (size_t at = 0; at < length;) {
        size_t step = sequence_length(bytes + at, length - at);
        if (step == 0) return false;
        at += step;
    }
    return true;
}

size_t gt_utf8_put(uint32_t point, uint8_t out[4]) {
    if (point < 0x80) {
        out[0] = (uint8_t)point;
        return 1;
    }
    if ((point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff) return 0;
    size_t length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const uint8_t lead[5] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = length - 1; i > 0; i--, point >>= 6)
        out[i] = (uint8_t)(0x80 | (point & 63));
    out[0] = (uint8_t)(lead[length] | point);
    return length;
}

/* Windows-1252 at 0x80 to 0x9f. */
static uint32_t latin1_point(uint8_t byte) {
    static const uint16_t windows[32] = {
        0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8d,   0x017d, 0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};
    return byte >= 0x80 && byte < 0xa0 ? windows[byte - 0x80] : byte;
}

size_t gt_utf8_from_latin1(const char *bytes, size_t size, char **out, size_t *out_size) {
    enum { LONGEST = 3 };
    const uint8_t *text = (const uint8_t *)bytes;
    size_t count = 0, used = 0;
    *out = NULL;
    for (size_t at = 0, step; at < size; at += step ? step : 1)
        count += (step = sequence_length(text + at, size - at)) == 0;
    uint8_t *to = count ? malloc(size + (LONGEST - 1) * count + 1) : NULL;
    if (to == NULL) return count;
    for (size_t at = 0; at < size;) {
        size_t step = sequence_length(text + at, size - at);
        if (step == 0) used += gt_utf8_put(latin1_point(text[at++]), to + used);
        for (; step > 0; step--) to[used++] = text[at++];
    }
    to[used] = 0;
    *out = (char *)to;
    *out_size = used;
    return count;
}
