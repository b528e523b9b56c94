/* numbers.c - one loop for each type and order of bytes, so that each is straight. No product
 * is contracted with its sum: values are the same anywhere. */
#include "numbers.h"

#include <math.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "'little' is this machine's order");

#define AS_IT_IS(bits) (bits)

/* `word` has the bits of a `value`. */
#define LOOP(name, word, value, order)                                      \
    static void name(const unsigned char *from, size_t count, float *out) { \
        for (size_t i = 0; i < count; i++) {                                \
            word bits;                                                      \
            value number;                                                   \
            memcpy(&bits, from + i * sizeof bits, sizeof bits);             \
            bits = (word)order(bits);                                       \
            memcpy(&number, &bits, sizeof number);                          \
            out[i] = (float)number;                                         \
        }                                                                   \
    }
#define LOOPS(name, word, value, swap)         \
    LOOP(name##_little, word, value, AS_IT_IS) \
    LOOP(name##_big, word, value, swap)

LOOP(u8_any, uint8_t, uint8_t, AS_IT_IS)
LOOP(i8_any, uint8_t, int8_t, AS_IT_IS)
LOOPS(u16, uint16_t, uint16_t, __builtin_bswap16)
LOOPS(i16, uint16_t, int16_t, __builtin_bswap16)
LOOPS(u32, uint32_t, uint32_t, __builtin_bswap32)
LOOPS(i32, uint32_t, int32_t, __builtin_bswap32)
LOOPS(u64, uint64_t, uint64_t, __builtin_bswap64)
LOOPS(i64, uint64_t, int64_t, __builtin_bswap64)
LOOPS(f32, uint32_t, float, __builtin_bswap32)
LOOPS(f64, uint64_t, double, __builtin_bswap64)

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

static const struct {
    size_t size;
    void (*little)(const unsigned char *from, size_t count, float *out);
    void (*big)(const unsigned char *from, size_t count, float *out);
} facts[] = {
    [GT_NUMBER_U8] = {1, u8_any, u8_any},       [GT_NUMBER_I8] = {1, i8_any, i8_any},
    [GT_NUMBER_U16] = {2, u16_little, u16_big}, [GT_NUMBER_I16] = {2, i16_little, i16_big},
    [GT_NUMBER_U32] = {4, u32_little, u32_big}, [GT_NUMBER_I32] = {4, i32_little, i32_big},
    [GT_NUMBER_U64] = {8, u64_little, u64_big}, [GT_NUMBER_I64] = {8, i64_little, i64_big},
    [GT_NUMBER_F16] = {2, f16_little, f16_big}, [GT_NUMBER_F32] = {4, f32_little, f32_big},
    [GT_NUMBER_F64] = {8, f64_little, f64_big}};

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

void gt_numbers_to_floats(const gt_numbers *n, const void *stored, size_t count, float *out) {
    (n->big_endian ? facts[n->type].big : facts[n->type].little)(stored, count, out);
    if (are_values(n)) return;
    float blank = n->has_blank ? (float)n->blank : NAN; /* NaN equals nothing */
    for (size_t i = 0; i < count; i++)
        out[i] = out[i] == blank ? NAN : (float)(n->zero + n->scale * (double)out[i]);
}
