/* pickle_numpy.c - the four numpy names of batch files: what their arguments and states may be.
 *
 *     dtype("u1", False, True)                   BUILD (3, "|", None, None, None, -1, -1, 0)
 *     _reconstruct(ndarray, (0,), b"b")          BUILD (1, shape, dtype, False, bytes)
 *     scalar(dtype, bytes) */
#include "pickle_machine.h"

#include <string.h>

#include "utf8.h"

enum { MAX_ITEM = 1 << 16 };

static const struct {
    const char *module, *name;
} globals[] = {
    [GT_GLOBAL_NDARRAY] = {"numpy", "ndarray"},
    [GT_GLOBAL_DTYPE] = {"numpy", "dtype"},
    [GT_GLOBAL_RECONSTRUCT] = {"numpy.core.multiarray", "_reconstruct"},
    [GT_GLOBAL_SCALAR] = {"numpy.core.multiarray", "scalar"},
};

static bool is_text(const gt_pickle_value *value, const char *text) {
    return value->kind == GT_PICKLE_TEXT && value->text.length == strlen(text) &&
           memcmp(value->text.bytes, text, value->text.length) == 0;
}

static bool is_bytes(const gt_pickle_value *value, const char *text) {
    return value->kind == GT_PICKLE_BYTES && value->text.length == strlen(text) &&
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
    if (text->kind != GT_PICKLE_TEXT || text->text.length < 2 || text->text.length > 6)
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
                        : at[0] == 'U' && size > 0 && size <= MAX_ITEM / 4;
    if (!known)
        return gt_fail(err, GT_UNSUPPORTED, "dtype '%.*s', expected u1, i8, f4, U68 ...",
                       (int)text->text.length, (const char *)at);
    *out = (gt_pickle_dtype){.kind = (char)at[0], .item_size = number ? size : 4 * size};
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
                 is_tuple(at[1], 1) && is_int(at[1]->items.at[0], 0) && is_bytes(at[2], "b");
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
    int64_t size = type->kind == 'U' ? (int64_t)type->item_size : -1;
    if (!is_int(at[5], size))
        return gt_fail(err, GT_BAD_FORMAT, "a dtype whose state gives another size");
    type->order = (char)at[1]->text.bytes[0];
    if (type->order == '|' && type->item_size > 1)
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
    size_t size = at[2]->dtype.type.item_size;
    gt_status status = read_shape(at[1], object, &size, err);
    if (status) return status;
    if (size != at[4]->text.length)
        return gt_fail(err, GT_BAD_FORMAT, "an array of %zu bytes, its shape needs %zu",
                       at[4]->text.length, size);
    object->array.type = at[2]->dtype.type;
    object->array.bytes = at[4]->text.bytes;
    object->array.length = size;
    return GT_OK;
}

bool gt_pickle_find_global(const char *module, const char *name, gt_pickle_global *out) {
    for (size_t i = 0; i < sizeof globals / sizeof *globals; i++) {
        if (strcmp(globals[i].module, module) != 0 || strcmp(globals[i].name, name) != 0)
            continue;
        *out = (gt_pickle_global)i;
        return true;
    }
    return false;
}

gt_status gt_pickle_call(const gt_pickle_value *callee, const gt_pickle_value *arguments,
                         gt_pickle_value *made, gt_error *err) {
    if (callee->kind != GT_PICKLE_GLOBAL)
        return gt_fail(err, GT_BAD_FORMAT, "a call of something that is not a name");
    switch (callee->global) {
    case GT_GLOBAL_DTYPE:
        return make_dtype(arguments, made, err);
    case GT_GLOBAL_RECONSTRUCT:
        return make_array(arguments, made, err);
    case GT_GLOBAL_SCALAR:
        return make_scalar(arguments, made, err);
    case GT_GLOBAL_NDARRAY:
        break;
    }
    return gt_fail(err, GT_UNSUPPORTED, "a call of numpy.ndarray");
}

gt_status gt_pickle_set_state(gt_pickle_value *object, const gt_pickle_value *state,
                              gt_error *err) {
    if (object->kind == GT_PICKLE_DTYPE) return set_dtype(object, state, err);
    if (object->kind == GT_PICKLE_ARRAY) return set_array(object, state, err);
    return gt_fail(err, GT_BAD_FORMAT, "a state for something but a dtype or an array");
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
    if (value->kind == GT_PICKLE_SCALAR && value->array.type.kind == 'U')
        return scalar_text(value, out, room, err);
    if (value->kind != GT_PICKLE_TEXT)
        return gt_fail(err, GT_BAD_FORMAT, "a value that is not text");
    if (value->text.length >= room)
        return gt_fail(err, GT_BAD_FORMAT, "a text longer than %zu bytes", room - 1);
    if (memchr(value->text.bytes, 0, value->text.length) != NULL)
        return gt_fail(err, GT_BAD_FORMAT, "a text with a zero byte inside");
    memcpy(out, value->text.bytes, value->text.length);
    out[value->text.length] = 0;
    return GT_OK;
}
