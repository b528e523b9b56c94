/* pickle_torch.c - the names that weights of PyTorch use: what their arguments may be.
 *
 *     ("storage", torch.FloatStorage, key, place, numbers)      outside the pickle
 *     _rebuild_tensor_v2(storage, first, shape, strides, grad, hooks [, metadata])
 *     _rebuild_parameter(tensor, grad, hooks)
 *     OrderedDict()                                             filled afterwards
 *     Size(shape) */
#include <string.h>

#include "galatea/safetensors.h"
#include "pickle_machine.h"

_Static_assert((int)GT_PICKLE_MAX_AXES == (int)GT_ST_MAX_RANK, "axes of a tensor");

/* Which numbers stand behind the name of a storage. */
static const struct {
    const char *name;
    gt_st_dtype dtype;
} storages[] = {
    {"FloatStorage", GT_ST_F32},     {"DoubleStorage", GT_ST_F64}, {"HalfStorage", GT_ST_F16},
    {"BFloat16Storage", GT_ST_BF16}, {"LongStorage", GT_ST_I64},   {"IntStorage", GT_ST_I32},
    {"ShortStorage", GT_ST_I16},     {"CharStorage", GT_ST_I8},    {"ByteStorage", GT_ST_U8},
    {"BoolStorage", GT_ST_BOOL},
};

static const struct {
    const char *module, *name;
    gt_pickle_global global;
} globals[] = {
    {"collections", "OrderedDict", GT_GLOBAL_ORDERED_DICT},
    {"torch", "Size", GT_GLOBAL_SIZE},
    {"torch._utils", "_rebuild_tensor_v2", GT_GLOBAL_TENSOR},
    {"torch._utils", "_rebuild_parameter", GT_GLOBAL_PARAMETER},
};

bool gt_pickle_find_torch(const char *module, const char *name, gt_pickle_global *out) {
    for (size_t i = 0; i < sizeof globals / sizeof *globals; i++)
        if (strcmp(globals[i].module, module) == 0 && strcmp(globals[i].name, name) == 0) {
            *out = globals[i].global;
            return true;
        }
    for (size_t i = 0; i < sizeof storages / sizeof *storages; i++)
        if (strcmp(module, "torch") == 0 && strcmp(storages[i].name, name) == 0) {
            *out = (gt_pickle_global)(GT_GLOBAL_STORAGE + (int)storages[i].dtype);
            return true;
        }
    return false;
}

static bool is_tuple(const gt_pickle_value *value, size_t least, size_t most) {
    return value->kind == GT_PICKLE_TUPLE && value->items.count >= least &&
           value->items.count <= most;
}

gt_status gt_pickle_make_storage(const gt_pickle_value *name, gt_pickle_value *made,
                                 gt_error *err) {
    gt_pickle_value *const *at = name->items.at;
    bool is_known = is_tuple(name, 5, 5) && at[0]->kind == GT_PICKLE_TEXT &&
                    at[0]->text.length == 7 && memcmp(at[0]->text.bytes, "storage", 7) == 0 &&
                    at[1]->kind == GT_PICKLE_GLOBAL && at[1]->global >= GT_GLOBAL_STORAGE &&
                    at[2]->kind == GT_PICKLE_TEXT && at[4]->kind == GT_PICKLE_INT &&
                    at[4]->integer >= 0;
    if (!is_known)
        return gt_fail(err, GT_UNSUPPORTED,
                       "a name outside the pickle that is no ('storage', type, key, place, "
                       "numbers)");
    made->kind = GT_PICKLE_STORAGE;
    made->storage.dtype = (int)at[1]->global - GT_GLOBAL_STORAGE;
    made->storage.key = at[2];
    made->storage.count = at[4]->integer;
    return GT_OK;
}

static bool is_size(const gt_pickle_value *value) {
    if (!is_tuple(value, 0, GT_ST_MAX_RANK)) return false;
    for (size_t i = 0; i < value->items.count; i++)
        if (value->items.at[i]->kind != GT_PICKLE_INT || value->items.at[i]->integer < 0)
            return false;
    return true;
}

/* How many numbers a shape has, and whether they lie one behind the other in this order of the
 * axes. False when there are too many. */
static bool count(gt_pickle_value *const *shape, gt_pickle_value *const *strides, size_t rank,
                  const uint8_t *axes, int64_t *numbers, bool *is_packed) {
    *numbers = 1;
    *is_packed = true;
    for (size_t i = rank; i-- > 0;) {
        int64_t length = shape[axes[i]]->integer;
        *is_packed = *is_packed && (length <= 1 || strides[axes[i]]->integer == *numbers);
        if (__builtin_mul_overflow(*numbers, length, numbers)) return false;
    }
    *is_packed = *is_packed || *numbers == 0;
    return true;
}

/* As channels_last and .t() leave them: the longest stride first. */
static void sort_axes(gt_pickle_value *const *strides, size_t rank, uint8_t *axes) {
    for (size_t i = 1; i < rank; i++) {
        uint8_t axis = axes[i];
        size_t at = i;
        for (; at > 0 && strides[axes[at - 1]]->integer < strides[axis]->integer; at--)
            axes[at] = axes[at - 1];
        axes[at] = axis;
    }
}

static gt_status make_tensor(const gt_pickle_value *arguments, gt_pickle_value *made,
                             gt_error *err) {
    gt_pickle_value *const *at = arguments->items.at;
    bool is_known = is_tuple(arguments, 6, 7) && at[0]->kind == GT_PICKLE_STORAGE &&
                    at[1]->kind == GT_PICKLE_INT && at[1]->integer >= 0 && is_size(at[2]) &&
                    is_size(at[3]) && at[2]->items.count == at[3]->items.count;
    if (!is_known)
        return gt_fail(err, GT_UNSUPPORTED,
                       "_rebuild_tensor_v2 of something but (storage, first, shape, strides, "
                       "...), of at most %d axes",
                       GT_ST_MAX_RANK);
    if (arguments->items.count == 7 && at[6]->kind == GT_PICKLE_DICT && at[6]->items.count > 0)
        return gt_fail(
            err, GT_UNSUPPORTED,
            "a tensor whose numbers are kept with the other sign, expected one saved "
            "after .clone()");
    made->kind = GT_PICKLE_TENSOR;
    made->tensor.storage = at[0];
    made->tensor.shape = at[2];
    made->tensor.first = at[1]->integer;
    gt_pickle_value *const *shape = at[2]->items.at, *const *strides = at[3]->items.at;
    size_t rank = at[2]->items.count;
    uint8_t *axes = made->tensor.axes;
    for (size_t i = 0; i < rank; i++) axes[i] = (uint8_t)i;
    bool is_possible =
        count(shape, strides, rank, axes, &made->tensor.count, &made->tensor.is_packed);
    if (is_possible && !made->tensor.is_packed) {
        sort_axes(strides, rank, axes);
        is_possible =
            count(shape, strides, rank, axes, &made->tensor.count, &made->tensor.is_packed);
    }
    int64_t left = at[0]->storage.count - made->tensor.first;
    if (!is_possible || (made->tensor.is_packed && made->tensor.count > left))
        return gt_fail(err, GT_BAD_FORMAT, "a tensor that reaches beyond its storage");
    return GT_OK;
}

gt_status gt_pickle_call_torch(gt_pickle_global global, const gt_pickle_value *arguments,
                               gt_pickle_value *made, gt_error *err) {
    gt_pickle_value *const *at = arguments->items.at;
    if (global == GT_GLOBAL_TENSOR) return make_tensor(arguments, made, err);
    if (global == GT_GLOBAL_ORDERED_DICT && is_tuple(arguments, 0, 0)) {
        made->kind = GT_PICKLE_DICT;
        return GT_OK;
    }
    if (global == GT_GLOBAL_SIZE && is_tuple(arguments, 1, 1) && is_size(at[0])) {
        *made = *at[0];
        return GT_OK;
    }
    if (global == GT_GLOBAL_PARAMETER && is_tuple(arguments, 3, 3) &&
        at[0]->kind == GT_PICKLE_TENSOR) {
        *made = *at[0];
        return GT_OK;
    }
    return gt_fail(err, GT_UNSUPPORTED, "a call of a name of PyTorch with other arguments");
}
