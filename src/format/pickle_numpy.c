/* pickle_numpy.c - the names that batch files use: what their arguments and states may be.
 *
 *     dtype("u1", False, True)                   BUILD (3, "|", None, None, None, -1, -1, 0)
 *     _reconstruct(ndarray, (0,), b"b")          BUILD (1, shape, dtype, False, bytes)
 *     _frombuffer(bytes, dtype, shape, "C")      (protocol 5)
 *     scalar(dtype, bytes)
 *     _codecs.encode(text, "latin1")             bytes of Python 3 in protocol 2 */
#include "pickle_machine.h"

#include <string.h>

#include "utf8.h"

enum { MAX_ITEM = 1 << 16 };

/* numpy 2 renamed its core. */
static const struct {
    const char *module, *name;
    gt_pickle_global global;
} globals[] = {
    {"numpy", "ndarray", GT_GLOBAL_NDARRAY},
    {"numpy", "dtype", GT_GLOBAL_DTYPE},
    {"numpy.core.multiarray", "_reconstruct", GT_GLOBAL_RECONSTRUCT},
    {"numpy._core.multiarray", "_reconstruct", GT_GLOBAL_RECONSTRUCT},
    {"numpy.core.multiarray", "scalar", GT_GLOBAL_SCALAR},
    {"numpy._core.multiarray", "scalar", GT_GLOBAL_SCALAR},
    {"numpy.core.numeric", "_frombuffer", GT_GLOBAL_FROMBUFFER},
    {"numpy._core.numeric", "_frombuffer", GT_GLOBAL_FROMBUFFER},
    {"_codecs", "encode", GT_GLOBAL_ENCODE},
};

/* As text, or as bytes, which are the texts of Python 2. */
static bool is_text(const gt_pickle_value *value, const char *text) {
    return (value->kind == GT_PICKLE_TEXT || value->kind == GT_PICKLE_BYTES) &&
           value->text.length == strlen(text) &&
           memcmp(value->text.bytes, text, value->text.length) == 0;
}

static bool is_int(const gt_pickle_value *value, int64_t integer) {
    return value->kind == GT_PICKLE_INT && value->integer == integer;
}

static bool is_tuple(const gt_pickle_value *value, size_t count) {
    return value->kind == GT_PICKLE_TUPLE && value->items.count == count;
}

/* "u1", "f4", "U68": a kind and a count of bytes (of characters for 'U'). */
static gt_status parse_type(const gt_pickle_value *text, gt_pickle_dtype *out, gt_error *err) {
    if ((text->kind != GT_PICKLE_TEXT && text->kind != GT_PICKLE_BYTES) ||
        text->text.length < 2 || text->text.length > 6)
        return gt_fail(err, GT_BAD_FORMAT, "a dtype that is not a short text");
    const uint8_t *at = text->text.bytes;
    size_t size = 0;
    for (size_t i = 1; i < text->text.length; i++) {
        if (at[i] < '0' || at[i] > '9')
            return gt_fail(err, GT_UNSUPPORTED, "dtype '%.*s', expected u1, i8, f4, U68 ...",
                           (int)text->text.length, (const char *)at);
        size = 10 * size + (size_t)(at[i] - '0');
    }
    bool number = at[0] == 'u' || at[0] == 'i' || at[0] == 'f' || at[0] == 'b';
    bool known = number ? size == 1 || size == 2 || size == 4 || size == 8
                        : (at[0] == 'U' || at[0] == 'S') && size > 0 && size <= MAX_ITEM / 4;
    if (!known)
        return gt_fail(err, GT_UNSUPPORTED, "dtype '%.*s', expected u1, i8, f4, U68 ...",
                       (int)text->text.length, (const char *)at);
    *out = (gt_pickle_dtype){.kind = (char)at[0], .item_size = at[0] == 'U' ? 4 * size : size};
    return GT_OK;
}

static gt_status make_dtype(const gt_pickle_value *arguments, gt_pickle_value *made,
                            gt_error *err) {
    if (!is_tuple(arguments, 3))
        return gt_fail(err, GT_BAD_FORMAT, "numpy.dtype with other than 3 arguments");
    made->kind = GT_PICKLE_DTYPE;
    return parse_type(arguments->items.at[0], &made->dtype.type, err);
}

static gt_status make_array(const gt_pickle_value *arguments, gt_pickle_value *made,
                            gt_error *err) {
    if (!is_tuple(arguments, 3))
        return gt_fail(err, GT_BAD_FORMAT, "_reconstruct with other than 3 arguments");
    gt_pickle_value *const *at = arguments->items.at;
    bool plain = at[0]->kind == GT_PICKLE_GLOBAL && at[0]->global == GT_GLOBAL_NDARRAY &&
                 is_tuple(at[1], 1) && is_int(at[1]->items.at[0], 0) && is_text(at[2], "b");
    if (!plain)
        return gt_fail(err, GT_UNSUPPORTED, "_reconstruct of something but a plain ndarray");
    made->kind = GT_PICKLE_ARRAY;
    return GT_OK;
}

static gt_status make_scalar(const gt_pickle_value *arguments, gt_pickle_value *made,
                             gt_error *err) {
    if (!is_tuple(arguments, 2))
        return gt_fail(err, GT_BAD_FORMAT, "numpy scalar with other than 2 arguments");
    const gt_pickle_value *type = arguments->items.at[0], *bytes = arguments->items.at[1];
    if (type->kind != GT_PICKLE_DTYPE || !type->dtype.known || bytes->kind != GT_PICKLE_BYTES)
        return gt_fail(err, GT_BAD_FORMAT, "numpy scalar of something but (dtype, bytes)");
    if (bytes->text.length != type->dtype.type.item_size)
        return gt_fail(err, GT_BAD_FORMAT, "numpy scalar of %zu bytes, its type has %zu",
                       bytes->text.length, type->dtype.type.item_size);
    made->kind = GT_PICKLE_SCALAR;
    made->array.type = type->dtype.type;
    made->array.bytes = bytes->text.bytes;
    made->array.length = bytes->text.length;
    return GT_OK;
}

static gt_status set_dtype(gt_pickle_value *object, const gt_pickle_value *state,
                           gt_error *err) {
    if (object->dtype.known) return gt_fail(err, GT_BAD_FORMAT, "a dtype's state set twice");
    if (!is_tuple(state, 8) || !is_int(state->items.at[0], 3))
        return gt_fail(err, GT_UNSUPPORTED, "a dtype's state is not numpy's version 3");
    gt_pickle_value *const *at = state->items.at;
    bool ordered = is_text(at[1], "<") || is_text(at[1], ">") || is_text(at[1], "|");
    bool plain = at[2]->kind == GT_PICKLE_NONE && at[3]->kind == GT_PICKLE_NONE &&
                 at[4]->kind == GT_PICKLE_NONE;
    if (!ordered || !plain)
        return gt_fail(err, GT_UNSUPPORTED, "a dtype with fields or an unknown byte order");
    gt_pickle_dtype *type = &object->dtype.type;
    bool is_string = type->kind == 'U' || type->kind == 'S';
    int64_t size = is_string ? (int64_t)type->item_size : -1;
    if (!is_int(at[5], size))
        return gt_fail(err, GT_BAD_FORMAT, "a dtype whose state gives another size");
    type->order = (char)at[1]->text.bytes[0];
    if (type->order == '|' && type->item_size > 1 && type->kind != 'S')
        return gt_fail(err, GT_BAD_FORMAT, "a dtype of %zu bytes without a byte order",
                       type->item_size);
    object->dtype.known = true;
    return GT_OK;
}

static gt_status read_shape(const gt_pickle_value *shape, gt_pickle_value *object, size_t *size,
                            gt_error *err) {
    if (shape->kind != GT_PICKLE_TUPLE || shape->items.count == 0 ||
        shape->items.count > GT_PICKLE_MAX_RANK)
        return gt_fail(err, GT_UNSUPPORTED, "an array's shape is no tuple of 1 to %d numbers",
                       GT_PICKLE_MAX_RANK);
    object->array.rank = shape->items.count;
    for (size_t i = 0; i < shape->items.count; i++) {
        const gt_pickle_value *dim = shape->items.at[i];
        if (dim->kind != GT_PICKLE_INT || dim->integer < 0)
            return gt_fail(err, GT_BAD_FORMAT, "an array's shape has a bad number");
        object->array.dims[i] = (size_t)dim->integer;
        if (__builtin_mul_overflow(*size, object->array.dims[i], size))
            return gt_fail(err, GT_BAD_FORMAT, "an array's shape overflows");
    }
    return GT_OK;
}

/* Of C order; rows and columns of another would come out exchanged. */
static gt_status check_order(bool is_other, const gt_pickle_value *object, gt_error *err) {
    if (!is_other || object->array.rank < 2) return GT_OK;
    return gt_fail(err, GT_UNSUPPORTED,
                   "an array in Fortran order, expected C order (numpy.ascontiguousarray)");
}

static gt_status fill_array(gt_pickle_value *object, const gt_pickle_value *shape,
                            const gt_pickle_value *dtype, const gt_pickle_value *bytes,
                            gt_error *err) {
    size_t size = dtype->dtype.type.item_size;
    gt_status status = read_shape(shape, object, &size, err);
    if (status) return status;
    if (size != bytes->text.length)
        return gt_fail(err, GT_BAD_FORMAT, "an array of %zu bytes, its shape needs %zu",
                       bytes->text.length, size);
    object->array.type = dtype->dtype.type;
    object->array.bytes = bytes->text.bytes;
    object->array.length = size;
    return GT_OK;
}

/* A fifth argument would exchange axes. */
static gt_status make_from_buffer(const gt_pickle_value *arguments, gt_pickle_value *made,
                                  gt_error *err) {
    gt_pickle_value *const *at = arguments->items.at;
    bool is_known =
        (is_tuple(arguments, 4) || (is_tuple(arguments, 5) && at[4]->kind == GT_PICKLE_NONE)) &&
        at[0]->kind == GT_PICKLE_BYTES && at[1]->kind == GT_PICKLE_DTYPE &&
        at[1]->dtype.known && at[3]->kind == GT_PICKLE_TEXT;
    if (!is_known)
        return gt_fail(err, GT_UNSUPPORTED,
                       "_frombuffer of something but (bytes, dtype, shape, order)");
    made->kind = GT_PICKLE_ARRAY;
    gt_status status = fill_array(made, at[2], at[1], at[0], err);
    return status ? status : check_order(!is_text(at[3], "C"), made, err);
}

static gt_status make_bytes(gt_pickle *pickle, const gt_pickle_value *arguments,
                            gt_pickle_value *made, gt_error *err) {
    gt_pickle_value *const *at = arguments->items.at;
    if (!is_tuple(arguments, 2) || at[0]->kind != GT_PICKLE_TEXT || !is_text(at[1], "latin1"))
        return gt_fail(err, GT_UNSUPPORTED, "_codecs.encode of something but (text, latin1)");
    const uint8_t *from = at[0]->text.bytes, *end = from + at[0]->text.length;
    uint8_t *to = NULL, *out;
    gt_status status = gt_pickle_take_bytes(pickle, at[0]->text.length, &to, err);
    if (status) return status;
    out = to;
    for (; from < end; from++) { /* the text is UTF-8, checked */
        if (*from >= 0xc4)
            return gt_fail(err, GT_BAD_FORMAT, "a character that is no byte of latin1");
        if (*from < 0x80) {
            *out++ = *from;
            continue;
        }
        *out++ = (uint8_t)((from[0] & 3) << 6 | (from[1] & 0x3f));
        from++;
    }
    made->kind = GT_PICKLE_BYTES;
    made->text.bytes = to;
    made->text.length = (size_t)(out - to);
    return GT_OK;
}

static gt_status set_array(gt_pickle_value *object, const gt_pickle_value *state,
                           gt_error *err) {
    if (object->array.type.kind != 0)
        return gt_fail(err, GT_BAD_FORMAT, "an array's state set twice");
    if (!is_tuple(state, 5) || !is_int(state->items.at[0], 1))
        return gt_fail(err, GT_UNSUPPORTED, "an array's state is not numpy's version 1");
    gt_pickle_value *const *at = state->items.at;
    if (at[2]->kind != GT_PICKLE_DTYPE || !at[2]->dtype.known ||
        at[3]->kind != GT_PICKLE_BOOL || at[4]->kind != GT_PICKLE_BYTES)
        return gt_fail(err, GT_BAD_FORMAT,
                       "an array's state is not (1, shape, dtype, False, bytes)");
    gt_status status = fill_array(object, at[1], at[2], at[4], err);
    return status ? status : check_order(at[3]->integer != 0, object, err);
}

bool gt_pickle_find_global(const char *module, const char *name, gt_pickle_global *out) {
    for (size_t i = 0; i < sizeof globals / sizeof *globals; i++) {
        if (strcmp(globals[i].module, module) != 0 || strcmp(globals[i].name, name) != 0)
            continue;
        *out = globals[i].global;
        return true;
    }
    if (gt_pickle_find_torch(module, name, out)) return true;
    *out = GT_GLOBAL_OTHER;
    return gt_pickle_is_other(module, name);
}

gt_status gt_pickle_call(gt_pickle *pickle, const gt_pickle_value *callee,
                         const gt_pickle_value *arguments, gt_pickle_value *made,
                         gt_error *err) {
    if (callee->kind != GT_PICKLE_GLOBAL)
        return gt_fail(err, GT_BAD_FORMAT, "a call of something that is not a name");
    switch (callee->global) {
    case GT_GLOBAL_DTYPE:
        return make_dtype(arguments, made, err);
    case GT_GLOBAL_RECONSTRUCT:
        return make_array(arguments, made, err);
    case GT_GLOBAL_SCALAR:
        return make_scalar(arguments, made, err);
    case GT_GLOBAL_FROMBUFFER:
        return make_from_buffer(arguments, made, err);
    case GT_GLOBAL_ENCODE:
        return make_bytes(pickle, arguments, made, err);
    case GT_GLOBAL_NDARRAY:
        return gt_fail(err, GT_UNSUPPORTED, "a call of numpy.ndarray");
    case GT_GLOBAL_OTHER:
        return gt_pickle_make_other(callee, made, err);
    default:
        return gt_pickle_call_torch(callee->global, arguments, made, err);
    }
}

gt_status gt_pickle_set_state(gt_pickle_value *object, const gt_pickle_value *state,
                              gt_error *err) {
    if (object->kind == GT_PICKLE_DTYPE) return set_dtype(object, state, err);
    if (object->kind == GT_PICKLE_ARRAY) return set_array(object, state, err);
    if (object->kind == GT_PICKLE_OTHER) return GT_OK;
    if (object->kind == GT_PICKLE_DICT) return GT_OK; /* attributes beside its items */
    return gt_fail(err, GT_BAD_FORMAT, "a state for something but a dtype or an array");
}

/* ---- what readers ask for ---- */

gt_status gt_pickle_count(const gt_pickle_value *value, size_t *count, gt_error *err) {
    bool is_list = value->kind == GT_PICKLE_LIST || value->kind == GT_PICKLE_TUPLE;
    bool is_array = value->kind == GT_PICKLE_ARRAY && value->array.type.kind != 0;
    if (!is_list && !is_array)
        return gt_fail(err, GT_BAD_FORMAT, "a value that is no list and no array");
    *count = is_list ? value->items.count : value->array.dims[0];
    return GT_OK;
}

gt_pickle_value gt_pickle_item(const gt_pickle_value *value, size_t index) {
    if (value->kind != GT_PICKLE_ARRAY) return *value->items.at[index];
    gt_pickle_value item = *value;
    item.array.length = value->array.length / value->array.dims[0];
    item.array.bytes += index * item.array.length;
    item.array.rank--;
    memmove(item.array.dims, item.array.dims + 1, item.array.rank * sizeof *item.array.dims);
    if (item.array.rank == 0) item.kind = GT_PICKLE_SCALAR;
    return item;
}

/* A numpy number in its byte order. */
static int64_t scalar_integer(const gt_pickle_value *value) {
    size_t width = value->array.length;
    uint64_t bits = 0;
    for (size_t i = 0; i < width; i++) {
        size_t place = value->array.type.order == '>' ? i : width - 1 - i;
        bits = bits << 8 | value->array.bytes[place];
    }
    size_t unused = 64 - 8 * width;
    bool is_signed = value->array.type.kind == 'i';
    return is_signed ? (int64_t)(bits << unused) >> unused : (int64_t)bits;
}

bool gt_pickle_integer(const gt_pickle_value *value, int64_t *out) {
    if (value->kind == GT_PICKLE_INT) {
        *out = value->integer;
        return true;
    }
    if (value->kind != GT_PICKLE_SCALAR || !strchr("iu", value->array.type.kind)) return false;
    *out = scalar_integer(value);
    return true;
}

/* One character of UTF-32 in the scalar's byte order. */
static uint32_t point_at(const gt_pickle_value *value, size_t index) {
    const uint8_t *at = value->array.bytes + 4 * index;
    if (value->array.type.order == '>')
        return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

static gt_status scalar_text(const gt_pickle_value *value, char *out, size_t room,
                             gt_error *err) {
    size_t count = value->array.length / 4, length = 0;
    while (count > 0 && point_at(value, count - 1) == 0) count--; /* numpy pads with zeros */
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[4];
        uint32_t point = point_at(value, i);
        size_t step = gt_utf8_put(point, bytes);
        if (step == 0 || point == 0)
            return gt_fail(err, GT_BAD_FORMAT, "a text with the character 0x%x", point);
        if (room - length <= step)
            return gt_fail(err, GT_BAD_FORMAT, "a text longer than %zu bytes", room - 1);
        memcpy(out + length, bytes, step);
        length += step;
    }
    out[length] = 0;
    return GT_OK;
}

gt_status gt_pickle_text(const gt_pickle_value *value, char *out, size_t room, gt_error *err) {
    bool is_scalar = value->kind == GT_PICKLE_SCALAR;
    if (is_scalar && value->array.type.kind == 'U') return scalar_text(value, out, room, err);
    bool is_bytes =
        value->kind == GT_PICKLE_BYTES || (is_scalar && value->array.type.kind == 'S');
    if (value->kind != GT_PICKLE_TEXT && !is_bytes)
        return gt_fail(err, GT_BAD_FORMAT, "a value that is not text");
    const uint8_t *text = is_scalar ? value->array.bytes : value->text.bytes;
    size_t length = is_scalar ? value->array.length : value->text.length;
    while (is_scalar && length > 0 && text[length - 1] == 0) length--; /* numpy's padding */
    if (length >= room)
        return gt_fail(err, GT_BAD_FORMAT, "a text longer than %zu bytes", room - 1);
    if (memchr(text, 0, length) != NULL)
        return gt_fail(err, GT_BAD_FORMAT, "a text with a zero byte inside");
    if (is_bytes && !gt_utf8_valid(text, length))
        return gt_fail(err, GT_BAD_FORMAT, "a text that is not UTF-8");
    memcpy(out, text, length);
    out[length] = 0;
    return GT_OK;
}
