/* fits_pixels.c - numbers.h does what floats hold exactly; here are the types that may be
 * rounded, which is counted, in parts that stay in the first cache. No product is contracted
 * with its sum, so that values are the same anywhere. */
#include "fits_pixels.h"

#include <math.h>
#include <string.h>

enum { PART = 1024 };

/* ---- what a header says ---- */

gt_status gt_fits_pixels_describe(const gt_fits_cards *cards, int bits, gt_fits_pixels *out,
                                  gt_error *err) {
    gt_status status = GT_OK;
    gt_fits_pixels p = {.bits = bits, .scale = 1};
    gt_fits_value value;
    GT_TRY(gt_fits_real(cards, "BSCALE", &p.scale, err));
    GT_TRY(gt_fits_real(cards, "BZERO", &p.zero, err));
    if (p.scale == 0) GT_THROW(err, GT_BAD_FORMAT, "BSCALE is 0, expected another number");
    p.has_blank = bits > 0 && gt_fits_find(cards, "BLANK", &value);
    if (p.has_blank)
        GT_TRY(gt_fits_whole(cards, "BLANK", 0, INT64_MIN, INT64_MAX, &p.blank, err));
    *out = p;
done:
    return status;
}

/* Numbers of the other sign are stored behind half their range: 0 is in the middle. */
static bool is_shifted(const gt_fits_pixels *p) {
    double half = p->bits == 8 ? -128 : p->bits > 0 ? ldexp(1, p->bits - 1) : 0;
    return half != 0 && p->scale == 1 && p->zero == half;
}

static bool is_plain(const gt_fits_pixels *p) {
    return p->scale == 1 && p->zero == 0;
}

const char *gt_fits_pixels_type(const gt_fits_pixels *p) {
    static const struct {
        int bits;
        const char *plain, *shifted, *scaled;
    } names[] = {{8, "uint8", "int8", "scaled uint8"},
                 {16, "int16", "uint16", "scaled int16"},
                 {32, "int32", "uint32", "scaled int32"},
                 {64, "int64", "uint64", "scaled int64"},
                 {-32, "float32", "float32", "scaled float32"},
                 {-64, "float64", "float64", "scaled float64"}};
    size_t i = 0;
    while (i < 5 && names[i].bits != p->bits) i++;
    return is_plain(p) ? names[i].plain : is_shifted(p) ? names[i].shifted : names[i].scaled;
}

bool gt_fits_pixels_are_bytes(const gt_fits_pixels *p) {
    return p->bits == 8 && is_plain(p) && !p->has_blank;
}

/* ---- whole numbers that a float may not hold ---- */

static void take_int32(const uint8_t *from, size_t count, int64_t *to) {
    uint32_t bits;
    for (size_t i = 0; i < count; i++) {
        memcpy(&bits, from + 4 * i, sizeof bits);
        to[i] = (int32_t)__builtin_bswap32(bits);
    }
}

static void take_int64(const uint8_t *from, size_t count, int64_t *to) {
    uint64_t bits;
    for (size_t i = 0; i < count; i++) {
        memcpy(&bits, from + 8 * i, sizeof bits);
        to[i] = (int64_t)__builtin_bswap64(bits);
    }
}

static void take_whole(const gt_fits_pixels *p, const uint8_t *from, size_t count,
                       int64_t *to) {
    (p->bits == 32 ? take_int32 : take_int64)(from, count, to);
}

/* A float has 24 bits from the first to the last that is set. */
static bool is_exact(uint64_t size) {
    return size >> 24 == 0 || 64 - __builtin_clzll(size) - __builtin_ctzll(size) <= 24;
}

/* Of numbers as they are without BSCALE. */
static uint64_t count_rounded(const gt_fits_pixels *p, const int64_t *whole, size_t count,
                              int64_t shift, bool is_unsigned) {
    uint64_t rounded = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t size = is_unsigned            ? (uint64_t)whole[i] ^ 1ull << 63
                        : whole[i] + shift < 0 ? -(uint64_t)(whole[i] + shift)
                                               : (uint64_t)(whole[i] + shift);
        rounded += !is_exact(size) && !(p->has_blank && whole[i] == p->blank);
    }
    return rounded;
}

/* Shifts are whole numbers too: up to 32 bits the sum is one, of 64 it is without a sign. */
static uint64_t whole_to_floats(const gt_fits_pixels *p, const uint8_t *from, size_t count,
                                float *out) {
    int64_t whole[PART];
    int64_t shift = is_shifted(p) && p->bits < 64 ? (int64_t)p->zero : 0;
    bool is_unsigned = is_shifted(p) && p->bits == 64;
    take_whole(p, from, count, whole);
    if (is_unsigned)
        for (size_t i = 0; i < count; i++) out[i] = (float)((uint64_t)whole[i] ^ 1ull << 63);
    else if (is_plain(p) || is_shifted(p))
        for (size_t i = 0; i < count; i++) out[i] = (float)(whole[i] + shift);
    else
        for (size_t i = 0; i < count; i++)
            out[i] = (float)(p->zero + p->scale * (double)whole[i]);
    for (size_t i = 0; p->has_blank && i < count; i++)
        if (whole[i] == p->blank) out[i] = NAN;
    return count_rounded(p, whole, count, shift, is_unsigned);
}

static uint64_t double_to_floats(const gt_fits_pixels *p, const uint8_t *from, size_t count,
                                 float *out) {
    uint64_t bits, rounded = 0;
    double value;
    for (size_t i = 0; i < count; i++) {
        memcpy(&bits, from + 8 * i, sizeof bits);
        bits = __builtin_bswap64(bits);
        memcpy(&value, &bits, sizeof value);
        rounded += (double)(float)value != value && value == value;
        out[i] = (float)(is_plain(p) ? value : p->zero + p->scale * value);
    }
    return rounded;
}

bool gt_fits_pixels_numbers(const gt_fits_pixels *p, gt_numbers *out) {
    bool is_exact = p->bits == 8 || p->bits == 16 || p->bits == -32;
    *out = (gt_numbers){.type = p->bits == 8    ? GT_NUMBER_U8
                                : p->bits == 16 ? GT_NUMBER_I16
                                                : GT_NUMBER_F32,
                        .big_endian = true,
                        .scale = p->scale,
                        .zero = p->zero,
                        .has_blank = p->has_blank,
                        .blank = p->blank};
    return is_exact;
}

uint64_t gt_fits_pixels_to_floats(const gt_fits_pixels *p, const void *stored, size_t count,
                                  float *out) {
    const uint8_t *from = stored;
    gt_numbers numbers;
    size_t width = (size_t)(p->bits < 0 ? -p->bits : p->bits) / 8;
    uint64_t rounded = 0;
    if (gt_fits_pixels_numbers(p, &numbers)) {
        gt_numbers_to_floats(&numbers, stored, count, out);
        return 0;
    }
    for (size_t at = 0; at < count; at += PART) {
        size_t part = count - at < PART ? count - at : PART;
        const uint8_t *now = from + at * width;
        rounded += p->bits == -64 ? double_to_floats(p, now, part, out + at)
                                  : whole_to_floats(p, now, part, out + at);
    }
    return rounded;
}
