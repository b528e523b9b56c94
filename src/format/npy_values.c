/* npy_values.c - stored values as numbers of this machine. */
#include <string.h>

#include "npy.h"

static uint64_t bits_at(const gt_npy *array, const unsigned char *at) {
    uint64_t bits = 0;
    for (size_t i = 0; i < array->item_size; i++)
        bits |= (uint64_t)at[array->big_endian ? array->item_size - 1 - i : i] << (8 * i);
    return bits;
}

static double half(uint64_t bits) {
    int exponent = (int)(bits >> 10 & 31);
    double fraction = (double)(bits & 1023), sign = bits & 0x8000 ? -1 : 1;
    if (exponent == 31) return fraction > 0 ? __builtin_nan("") : sign * __builtin_inf();
    double value = exponent == 0 ? fraction : fraction + 1024;
    return sign * __builtin_ldexp(value, (exponent ? exponent : 1) - 25);
}

static double real_of(gt_npy_type type, uint64_t bits) {
    float narrow;
    double wide;
    uint32_t low = (uint32_t)bits;
    switch (type) {
    case GT_NPY_BOOL:
        return bits != 0;
    case GT_NPY_I8:
        return (int8_t)bits;
    case GT_NPY_I16:
        return (int16_t)bits;
    case GT_NPY_I32:
        return (int32_t)bits;
    case GT_NPY_I64:
        return (double)(int64_t)bits;
    case GT_NPY_F16:
        return half(bits);
    case GT_NPY_F32:
        memcpy(&narrow, &low, sizeof narrow);
        return (double)narrow;
    case GT_NPY_F64:
        memcpy(&wide, &bits, sizeof wide);
        return wide;
    default:
        return (double)bits;
    }
}

void gt_npy_reals(const gt_npy *array, const void *stored, size_t count, double *out) {
    const unsigned char *at = stored;
    for (size_t i = 0; i < count; i++, at += array->item_size)
        out[i] = real_of(array->type, bits_at(array, at));
}

bool gt_npy_numbers(const gt_npy *array, gt_numbers *out) {
    static const gt_number_type types[] = {
        [GT_NPY_U8] = GT_NUMBER_U8,   [GT_NPY_I8] = GT_NUMBER_I8,
        [GT_NPY_U16] = GT_NUMBER_U16, [GT_NPY_I16] = GT_NUMBER_I16,
        [GT_NPY_U32] = GT_NUMBER_U32, [GT_NPY_I32] = GT_NUMBER_I32,
        [GT_NPY_U64] = GT_NUMBER_U64, [GT_NPY_I64] = GT_NUMBER_I64,
        [GT_NPY_F16] = GT_NUMBER_F16, [GT_NPY_F32] = GT_NUMBER_F32,
        [GT_NPY_F64] = GT_NUMBER_F64};
    if (array->type == GT_NPY_BOOL || gt_npy_is_text(array->type)) return false;
    *out = gt_numbers_plain(types[array->type], array->big_endian);
    return true;
}

void gt_npy_floats(const gt_npy *array, const void *stored, size_t count, float *out,
                   gt_rounding *rounding) {
    const unsigned char *at = stored;
    gt_numbers numbers;
    if (gt_npy_numbers(array, &numbers)) {
        gt_numbers_to_floats(&numbers, stored, count, out, rounding);
        return;
    }
    for (size_t i = 0; i < count; i++) out[i] = at[i] != 0; /* truth values */
}

static int64_t whole_of(gt_npy_type type, uint64_t bits) {
    switch (type) {
    case GT_NPY_I8:
        return (int8_t)bits;
    case GT_NPY_I16:
        return (int16_t)bits;
    case GT_NPY_I32:
        return (int32_t)bits;
    case GT_NPY_F16:
    case GT_NPY_F32:
    case GT_NPY_F64: {
        double value = real_of(type, bits);
        return value >= -9.2e18 && value <= 9.2e18 ? (int64_t)value : INT64_MIN;
    }
    default:
        return (int64_t)bits;
    }
}

void gt_npy_wholes(const gt_npy *array, const void *stored, size_t count, int64_t *out) {
    const unsigned char *at = stored;
    for (size_t i = 0; i < count; i++, at += array->item_size)
        out[i] = whole_of(array->type, bits_at(array, at));
}

size_t gt_npy_text_room(const gt_npy *array) {
    return array->item_size + 1; /* UTF-8 has at most 4 bytes a character */
}

/* Adds a character as UTF-8 and gives the place behind it. */
static char *put_character(char *to, uint32_t code) {
    bool is_none = code > 0x10ffff || (code >= 0xd800 && code < 0xe000);
    if (is_none) code = '?';
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
    } else if (code < 0x10000) {
        *to++ = (char)(0xe0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 63));
    } else {
        *to++ = (char)(0xf0 | code >> 18);
        *to++ = (char)(0x80 | (code >> 12 & 63));
        *to++ = (char)(0x80 | (code >> 6 & 63));
    }
    if (code >= 0x80) *to++ = (char)(0x80 | (code & 63));
    return to;
}

void gt_npy_text(const gt_npy *array, const void *stored, char *out) {
    const unsigned char *at = stored;
    size_t step = array->type == GT_NPY_UNICODE ? 4 : 1;
    char *to = out;
    for (size_t i = 0; i < array->item_size; i += step) {
        gt_npy one = {.item_size = step, .big_endian = array->big_endian};
        uint32_t code = (uint32_t)bits_at(&one, at + i);
        if (code == 0) break;
        to = step == 4 ? put_character(to, code) : (*to = (char)code, to + 1);
    }
    *to = 0;
}
