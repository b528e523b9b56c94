/* safetensors_read.c - array bytes to the numbers that the caller wants.
 *
 * Bytes pass through a piece on the stack; one loop per pair of types, made by macros. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "safetensors_internal.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "arrays are stored little endian");

enum { PIECE = 1 << 15 };

/* Turns n elements of a type into the wanted one. Returns n, or the place of the first element
 * that cannot be turned. */
typedef size_t (*converter)(gt_st_dtype dtype, const unsigned char *from, size_t n, void *to);

static float from_bf16(uint16_t half) {
    uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
static float from_f16(uint16_t half) {
    int exponent = half >> 10 & 31, fraction = half & 1023;
    float value = exponent == 31  ? (fraction ? NAN : INFINITY)
                  : exponent == 0 ? ldexpf((float)fraction, -24)
                                  : ldexpf((float)(fraction + 1024), exponent - 25);
    return half & 0x8000 ? -value : value;
}

/* X(stored type, C type that holds it, its value) */
#define LOADERS(X)                    \
    X(U8, uint8_t, raw)               \
    X(I8, int8_t, raw)                \
    X(I16, int16_t, raw)              \
    X(U16, uint16_t, raw)             \
    X(F16, uint16_t, from_f16(raw))   \
    X(BF16, uint16_t, from_bf16(raw)) \
    X(I32, int32_t, raw)              \
    X(U32, uint32_t, raw)             \
    X(F32, float, raw)                \
    X(F64, double, raw)               \
    X(I64, int64_t, raw)              \
    X(U64, uint64_t, raw)

#define CONVERT_ALL(stored, held, value)                     \
    case GT_ST_##stored:                                     \
        for (size_t i = 0; i < n; i++) {                     \
            held raw;                                        \
            memcpy(&raw, from + i * sizeof raw, sizeof raw); \
            out[i] = CAST(value);                            \
        }                                                    \
        return n;

#define CONVERT_BOOL                     \
    case GT_ST_BOOL:                     \
        for (size_t i = 0; i < n; i++) { \
            if (from[i] > 1) return i;   \
            out[i] = from[i];            \
        }                                \
        return n;

static size_t to_f32(gt_st_dtype dtype, const unsigned char *from, size_t n, void *to) {
    float *out = to;
    switch (dtype) {
        CONVERT_BOOL
#define CAST(value) (float)(value)
        LOADERS(CONVERT_ALL)
#undef CAST
    default:
        return 0;
    }
}

static size_t to_f64(gt_st_dtype dtype, const unsigned char *from, size_t n, void *to) {
    double *out = to;
    switch (dtype) {
        CONVERT_BOOL
#define CAST(value) (double)(value)
        LOADERS(CONVERT_ALL)
#undef CAST
    default:
        return 0;
    }
}

static size_t to_i64(gt_st_dtype dtype, const unsigned char *from, size_t n, void *to) {
    int64_t *out = to;
    size_t size = gt_st_dtype_size(dtype);
    switch (dtype) {
        CONVERT_BOOL
#define CAST(value) (int64_t)(value)
        CONVERT_ALL(U8, uint8_t, raw)
        CONVERT_ALL(I8, int8_t, raw)
        CONVERT_ALL(I16, int16_t, raw)
        CONVERT_ALL(U16, uint16_t, raw)
        CONVERT_ALL(I32, int32_t, raw)
        CONVERT_ALL(U32, uint32_t, raw)
        CONVERT_ALL(I64, int64_t, raw)
#undef CAST
    case GT_ST_U64:
        memcpy(out, from, n * size);
        for (size_t i = 0; i < n; i++)
            if (out[i] < 0) return i;
        return n;
    default:
        for (size_t i = 0; i < n; i++) {
            double value = 0;
            to_f64(dtype, from + i * size, 1, &value);
            if (!(value >= -0x1p63 && value < 0x1p63) || value != floor(value)) return i;
            out[i] = (int64_t)value;
        }
        return n;
    }
}

static gt_status check_count(const gt_safetensors *file, const gt_st_tensor *tensor, uint64_t n,
                             uint64_t present, const char *what, gt_error *err) {
    if (n == present) return GT_OK;
    return gt_fail(err, GT_BAD_SHAPE,
                   "%s: tensor '%.80s' has %" PRIu64 " %s, expected %" PRIu64, file->path,
                   tensor->name, present, what, n);
}

static const char *order_of(const gt_safetensors *file, const char *name) {
    for (size_t i = 0; i < file->orders.count; i++)
        if (strcmp(file->orders.pairs[i].key, name) == 0) return file->orders.pairs[i].value;
    return NULL;
}

/* From the order in which the axes lie to C's. */
static gt_status put_in_order(const gt_safetensors *file, const gt_st_tensor *tensor, void *out,
                              size_t item, gt_error *err) {
    const char *order = order_of(file, tensor->name);
    uint64_t steps[GT_ST_MAX_RANK], step = 1, at[GT_ST_MAX_RANK] = {0}, from = 0;
    if (!order || tensor->elements == 0) return GT_OK;
    unsigned char *lying = malloc(tensor->elements * item), *to = out;
    if (!lying)
        return gt_fail(err, GT_NO_MEMORY, "%s: no memory for '%.80s'", file->path,
                       tensor->name);
    memcpy(lying, out, tensor->elements * item);
    for (int i = tensor->rank; i-- > 0; step *= (uint64_t)tensor->shape[order[i] - '0'])
        steps[order[i] - '0'] = step;
    for (uint64_t i = 0; i < tensor->elements; i++) {
        memcpy(to + i * item, lying + from * item, item);
        for (int axis = tensor->rank; axis-- > 0; at[axis] = 0) {
            from += steps[axis];
            if (++at[axis] < (uint64_t)tensor->shape[axis]) break;
            from -= steps[axis] * at[axis];
        }
    }
    free(lying);
    return GT_OK;
}

static gt_status read_as(const gt_safetensors *file, const gt_st_tensor *tensor, void *out,
                         size_t out_size, uint64_t n, converter convert, gt_error *err) {
    gt_status status = GT_OK;
    unsigned char piece[PIECE];
    size_t size = gt_st_dtype_size(tensor->dtype), most = PIECE / size;
    GT_TRY(check_count(file, tensor, n, tensor->elements, "elements", err));
    for (uint64_t at = 0; at < n;) {
        size_t take = n - at < most ? (size_t)(n - at) : most;
        GT_TRY(gt_st_read_bytes(file, tensor->offset + at * size, piece, take * size, err));
        size_t done = convert(tensor->dtype, piece, take, (char *)out + at * out_size);
        if (done != take)
            GT_THROW(err, GT_BAD_FORMAT, "%s: tensor '%.80s': element %" PRIu64 " is no %s",
                     file->path, tensor->name, at + done,
                     tensor->dtype == GT_ST_BOOL ? "truth value (0 or 1)"
                                                 : "whole number of 64 bits");
        at += take;
    }
    GT_TRY(put_in_order(file, tensor, out, out_size, err));
done:
    return status;
}

/* Those of the file in the type that is asked for. */
static gt_status read_same(const gt_safetensors *file, const gt_st_tensor *tensor, void *out,
                           gt_error *err) {
    gt_status status = gt_st_read_bytes(file, tensor->offset, out, (size_t)tensor->bytes, err);
    return status ? status
                  : put_in_order(file, tensor, out, gt_st_dtype_size(tensor->dtype), err);
}

gt_status gt_safetensors_read_f32(const gt_safetensors *file, const gt_st_tensor *tensor,
                                  float *out, uint64_t n, gt_error *err) {
    if (tensor->dtype == GT_ST_F32 && n == tensor->elements)
        return read_same(file, tensor, out, err);
    return read_as(file, tensor, out, sizeof *out, n, to_f32, err);
}

gt_status gt_safetensors_read_f64(const gt_safetensors *file, const gt_st_tensor *tensor,
                                  double *out, uint64_t n, gt_error *err) {
    return read_as(file, tensor, out, sizeof *out, n, to_f64, err);
}

gt_status gt_safetensors_read_i64(const gt_safetensors *file, const gt_st_tensor *tensor,
                                  int64_t *out, uint64_t n, gt_error *err) {
    return read_as(file, tensor, out, sizeof *out, n, to_i64, err);
}

gt_status gt_safetensors_read_raw(const gt_safetensors *file, const gt_st_tensor *tensor,
                                  void *out, uint64_t bytes, gt_error *err) {
    gt_status status = check_count(file, tensor, bytes, tensor->bytes, "bytes", err);
    return status ? status : read_same(file, tensor, out, err);
}
