/* numbers.c - one loop for each type and order of bytes, so that each is straight; those that a
 * float does not hold pass through larger ones, in parts that stay in the first cache. No
 * product is contracted with its sum: values are the same anywhere. */
#include "numbers.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "'little' is this machine's order");

enum { PART = 1024 };

__extension__ typedef __int128 whole;

#define AS_IT_IS(bits) (bits)

/* `word` has the bits of a `value`; `wide` holds every one. */
#define LOOP(name, word, value, wide, order)                               \
    static void name(const unsigned char *from, size_t count, wide *out) { \
        for (size_t i = 0; i < count; i++) {                               \
            word bits;                                                     \
            value number;                                                  \
            memcpy(&bits, from + i * sizeof bits, sizeof bits);            \
            bits = (word)order(bits);                                      \
            memcpy(&number, &bits, sizeof number);                         \
            out[i] = (wide)number;                                         \
        }                                                                  \
    }
#define LOOPS(name, word, value, wide, swap)         \
    LOOP(name##_little, word, value, wide, AS_IT_IS) \
    LOOP(name##_big, word, value, wide, swap)

LOOP(u8_any, uint8_t, uint8_t, float, AS_IT_IS)
LOOP(i8_any, uint8_t, int8_t, float, AS_IT_IS)
LOOPS(u16, uint16_t, uint16_t, float, __builtin_bswap16)
LOOPS(i16, uint16_t, int16_t, float, __builtin_bswap16)
LOOPS(f32, uint32_t, float, float, __builtin_bswap32)
LOOPS(u32, uint32_t, uint32_t, double, __builtin_bswap32)
LOOPS(i32, uint32_t, int32_t, double, __builtin_bswap32)
LOOPS(f64, uint64_t, double, double, __builtin_bswap64)
LOOPS(u64, uint64_t, uint64_t, whole, __builtin_bswap64)
LOOPS(i64, uint64_t, int64_t, whole, __builtin_bswap64)

/* IEEE 754's binary16. */
static float half(unsigned bits) {
    int exponent = (int)(bits >> 10 & 31);
    float fraction = (float)(bits & 1023), sign = bits & 0x8000 ? -1 : 1;
    if (exponent == 31) return fraction > 0 ? NAN : sign * INFINITY;
    float value = exponent == 0 ? fraction : fraction + 1024;
    return sign * ldexpf(value, (exponent ? exponent : 1) - 25);
}

static void f16_little(const unsigned char *from, size_t count, float *out) {
    for (size_t i = 0; i < count; i++) out[i] = half(from[2 * i] | from[2 * i + 1] << 8u);
}

static void f16_big(const unsigned char *from, size_t count, float *out) {
    for (size_t i = 0; i < count; i++) out[i] = half(from[2 * i] << 8u | from[2 * i + 1]);
}

/* In each order of bytes, one of: to floats, to doubles, to whole numbers. */
typedef struct reading {
    void (*floats)(const unsigned char *from, size_t count, float *out);
    void (*doubles)(const unsigned char *from, size_t count, double *out);
    void (*wholes)(const unsigned char *from, size_t count, whole *out);
} reading;

#define FLOATS(little, big)   \
    {                         \
        {.floats = little}, { \
            .floats = big     \
        }                     \
    }
#define DOUBLES(name)                 \
    {                                 \
        {.doubles = name##_little}, { \
            .doubles = name##_big     \
        }                             \
    }
#define WHOLES(name)                 \
    {                                \
        {.wholes = name##_little}, { \
            .wholes = name##_big     \
        }                            \
    }

static const struct {
    size_t size;
    reading order[2];
} facts[] = {[GT_NUMBER_U8] = {1, FLOATS(u8_any, u8_any)},
             [GT_NUMBER_I8] = {1, FLOATS(i8_any, i8_any)},
             [GT_NUMBER_U16] = {2, FLOATS(u16_little, u16_big)},
             [GT_NUMBER_I16] = {2, FLOATS(i16_little, i16_big)},
             [GT_NUMBER_U32] = {4, DOUBLES(u32)},
             [GT_NUMBER_I32] = {4, DOUBLES(i32)},
             [GT_NUMBER_U64] = {8, WHOLES(u64)},
             [GT_NUMBER_I64] = {8, WHOLES(i64)},
             [GT_NUMBER_F16] = {2, FLOATS(f16_little, f16_big)},
             [GT_NUMBER_F32] = {4, FLOATS(f32_little, f32_big)},
             [GT_NUMBER_F64] = {8, DOUBLES(f64)}};

gt_numbers gt_numbers_plain(gt_number_type type, bool big_endian) {
    return (gt_numbers){.type = type, .big_endian = big_endian, .scale = 1};
}

size_t gt_number_size(gt_number_type type) {
    return facts[type].size;
}

static bool are_values(const gt_numbers *n) {
    return n->scale == 1 && n->zero == 0 && !n->has_blank;
}

bool gt_numbers_are_floats(const gt_numbers *n) {
    return n->type == GT_NUMBER_F32 && !n->big_endian && are_values(n);
}

static void scale_floats(const gt_numbers *n, size_t count, float *out) {
    float blank = n->has_blank ? (float)n->blank : NAN; /* NaN equals nothing */
    for (size_t i = 0; i < count; i++)
        out[i] = out[i] == blank ? NAN : (float)(n->zero + n->scale * (double)out[i]);
}

/* ---- with more digits than a float ---- */

/* The zero that counts as a part of whole numbers; they and it are less than 2^65. */
static double shift_of(const gt_numbers *n) {
    bool is_shift = n->type != GT_NUMBER_F64 && n->scale == 1 && n->zero == floor(n->zero) &&
                    fabs(n->zero) <= 0x1p64;
    return is_shift ? n->zero : 0;
}

static bool is_rounded(double value) {
    return (double)(float)value != value && value == value;
}

static bool is_faint(double value) {
    return is_rounded(value) && fabs(value) < (double)FLT_MIN;
}

void gt_rounding_count(const double *values, size_t count, gt_rounding *rounding) {
    uint64_t rounded = 0, faint = 0;
    for (size_t i = 0; i < count; i++) rounded += is_rounded(values[i]);
    for (size_t i = 0; i < count; i++) faint += is_faint(values[i]);
    rounding->rounded += rounded;
    rounding->faint += faint;
}

/* Sums with a shift are exact. */
static void from_doubles(const gt_numbers *n, const double *from, size_t count, float *out,
                         gt_rounding *rounding) {
    double blank = n->has_blank ? (double)n->blank : NAN, shift = shift_of(n);
    if (are_values(n)) {
        for (size_t i = 0; i < count; i++) out[i] = (float)from[i];
        gt_rounding_count(from, count, rounding);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        bool is_blank = from[i] == blank;
        double value = n->zero + n->scale * from[i];
        out[i] = is_blank ? NAN : (float)value;
        rounding->rounded += !is_blank && is_rounded(from[i] + shift);
        rounding->faint += !is_blank && is_faint(value);
    }
}

static float to_float(whole value) {
    bool is_short = value >= INT64_MIN && value <= INT64_MAX;
    return is_short ? (float)(int64_t)value : (float)value;
}

static void from_wholes(const gt_numbers *n, const whole *from, size_t count, float *out,
                        gt_rounding *rounding) {
    const whole shift = (whole)shift_of(n);
    bool is_sum = n->scale == 1 && (double)shift == n->zero;
    for (size_t i = 0; i < count; i++) {
        bool is_blank = n->has_blank && from[i] == n->blank;
        whole sum = from[i] + shift;
        out[i] = is_blank ? NAN
                 : is_sum ? to_float(sum)
                          : (float)(n->zero + n->scale * (double)from[i]);
        rounding->rounded += !is_blank && (whole)to_float(sum) != sum;
    }
}

/* One part; at most PART numbers. */
static void from_wide(const gt_numbers *n, const unsigned char *from, size_t count, float *out,
                      gt_rounding *rounding) {
    const reading *read = &facts[n->type].order[n->big_endian];
    union {
        double doubles[PART];
        whole wholes[PART];
    } wide;
    if (read->doubles != NULL) {
        read->doubles(from, count, wide.doubles);
        from_doubles(n, wide.doubles, count, out, rounding);
        return;
    }
    read->wholes(from, count, wide.wholes);
    from_wholes(n, wide.wholes, count, out, rounding);
}

void gt_numbers_to_floats(const gt_numbers *n, const void *stored, size_t count, float *out,
                          gt_rounding *rounding) {
    const reading *read = &facts[n->type].order[n->big_endian];
    const unsigned char *from = stored;
    if (read->floats != NULL) {
        read->floats(stored, count, out);
        if (!are_values(n)) scale_floats(n, count, out);
        return;
    }
    for (size_t at = 0; at < count; at += PART) {
        size_t part = count - at < PART ? count - at : PART;
        from_wide(n, from + at * facts[n->type].size, part, out + at, rounding);
    }
}

const char *gt_rounded_text(gt_rounding rounding, const char *noun, const char *type,
                            char text[GT_ROUNDED_TEXT]) {
    char counted[GT_COUNTED_SIZE];
    uint64_t rounded = rounding.rounded, faint = rounding.faint;
    int used = 0;
    text[0] = 0;
    if (rounded > 0)
        used = snprintf(text, GT_ROUNDED_TEXT,
                        "%s %s more digits than float32 and %s rounded (%.20s)",
                        gt_text_counted(rounded, noun, counted), rounded == 1 ? "has" : "have",
                        rounded == 1 ? "is" : "are", type);
    if (faint > 0)
        snprintf(
            text + used, GT_ROUNDED_TEXT - (size_t)used,
            "%s%s, below 1.2e-38, %s most digits or all: scaled before, none would be lost",
            used ? "; " : "", gt_text_counted(faint, noun, counted),
            faint == 1 ? "loses" : "lose");
    return text;
}
