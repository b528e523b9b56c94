/* hdf5_type.c - which types a data set may have, and the names that values of an enumeration
 * have. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hdf5_asking.h"
#include "hdf5_heap.h"
#include "hdf5_internal.h"

enum { MAX_VALUES = 1000, MAX_VALUE_NAME = 255 };

static bool integer_type(hid_t type, gt_hdf5_type *out) {
    size_t size = H5Tget_size(type);
    bool whole = H5Tget_precision(type) == 8 * size && H5Tget_offset(type) == 0;
    bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
    if (!whole) return false;
    for (gt_hdf5_type candidate = GT_HDF5_U8; candidate <= GT_HDF5_I64; candidate++) {
        bool candidate_signed = (candidate - GT_HDF5_U8) % 2 == 1;
        *out = candidate;
        if (gt_hdf5_type_size(candidate) == size && candidate_signed == is_signed) return true;
    }
    return false;
}

/* IEEE 754's binary16, as h5py writes it: the library has no name for it. */
static bool is_half(hid_t type) {
    size_t sign = 0, exponent = 0, exponent_bits = 0, fraction = 0, fraction_bits = 0;
    return H5Tget_size(type) == 2 && H5Tget_precision(type) == 16 && H5Tget_offset(type) == 0 &&
           H5Tget_fields(type, &sign, &exponent, &exponent_bits, &fraction, &fraction_bits) >=
               0 &&
           sign == 15 && exponent == 10 && exponent_bits == 5 && fraction == 0 &&
           fraction_bits == 10 && H5Tget_ebias(type) == 15 &&
           H5Tget_norm(type) == H5T_NORM_IMPLIED && H5Tget_order(type) <= H5T_ORDER_BE;
}

static bool float_type(hid_t type, gt_hdf5_type *out) {
    *out = GT_HDF5_F16;
    if (is_half(type)) return true;
    *out = H5Tget_size(type) == 4 ? GT_HDF5_F32 : GT_HDF5_F64;
    return H5Tequal(type, H5T_IEEE_F32LE) > 0 || H5Tequal(type, H5T_IEEE_F32BE) > 0 ||
           H5Tequal(type, H5T_IEEE_F64LE) > 0 || H5Tequal(type, H5T_IEEE_F64BE) > 0;
}

static bool enumeration_type(hid_t type, gt_hdf5_type *out) {
    hid_t base = H5Tget_super(type);
    bool known = base >= 0 && H5Tget_class(base) == H5T_INTEGER && integer_type(base, out);
    if (base >= 0) H5Tclose(base);
    return known;
}

/* Arrays of numbers as values: *type becomes that of the numbers. The library believes the size
 * that an array says to have. */
static bool array_type(gt_hdf5_array *array, hid_t *type) {
    hsize_t sides[H5S_MAX_RANK] = {0};
    int rank = H5Tget_array_ndims(*type);
    bool fits =
        rank >= 1 && rank < GT_HDF5_MAX_RANK && H5Tget_array_dims2(*type, sides) == rank;
    hid_t base = H5Tget_super(*type);
    uint64_t bytes = base < 0 ? 0 : H5Tget_size(base);
    for (int i = 0; fits && i < rank; i++) {
        array->inner[i] = sides[i];
        fits = sides[i] > 0 && !__builtin_mul_overflow(bytes, sides[i], &bytes);
    }
    fits = fits && bytes == H5Tget_size(*type);
    array->inner_rank = fits ? (size_t)rank : 0;
    if (!fits && base >= 0) H5Tclose(base);
    if (!fits) return false;
    H5Tclose(*type);
    *type = base;
    H5T_class_t class = H5Tget_class(base);
    return class == H5T_INTEGER || class == H5T_FLOAT || class == H5T_ENUM;
}

static const char *what_it_holds(H5T_class_t class) {
    switch (class) {
    case H5T_INTEGER:
        return "integers of an unusual size";
    case H5T_FLOAT:
        return "floats of an unusual form";
    case H5T_STRING:
        return "texts of more than 4096 bytes";
    case H5T_ENUM:
        return "an enumeration of unusual integers";
    case H5T_COMPOUND:
        return "compound records of several fields";
    case H5T_REFERENCE:
        return "references";
    case H5T_VLEN:
        return "lists of variable length";
    case H5T_ARRAY:
        return "arrays as values";
    case H5T_BITFIELD:
        return "bit fields";
    case H5T_OPAQUE:
        return "opaque bytes";
    default:
        return "values of another type";
    }
}

static bool known_type(gt_hdf5_array *array, hid_t type, H5T_class_t class) {
    gt_hdf5_shape *shape = &array->shape;
    shape->item_size = H5Tget_size(type);
    if (class == H5T_INTEGER) return integer_type(type, &shape->type);
    if (class == H5T_FLOAT) return float_type(type, &shape->type);
    if (class == H5T_ENUM) return enumeration_type(type, &shape->type);
    if (class != H5T_STRING) return false;
    shape->type = GT_HDF5_TEXT;
    array->has_variable_texts = H5Tis_variable_str(type) > 0;
    if (array->has_variable_texts) shape->item_size = gt_hdf5_reference_size(array->file);
    return shape->item_size <= GT_HDF5_MAX_TEXT;
}

hid_t gt_hdf5_type_of(const gt_hdf5_array *array) {
    hid_t type = H5Dget_type(array->id), member = H5I_INVALID_HID;
    if (type < 0 || array->member == NULL) return type;
    int index =
        H5Tget_class(type) == H5T_COMPOUND ? H5Tget_member_index(type, array->member) : -1;
    if (index >= 0) member = H5Tget_member_type(type, (unsigned)index);
    H5Tclose(type);
    return member;
}

hid_t gt_hdf5_meant_type(const gt_hdf5_array *array) {
    hid_t type = H5Dget_type(array->id);
    if (type < 0 || !array->is_meant_unsigned) return type;
    hid_t meant = H5Tcopy(type);
    H5Tclose(type);
    if (meant >= 0) H5Tset_sign(meant, H5T_SGN_NONE);
    return meant;
}

static size_t stored_size(const gt_hdf5_array *array) {
    hid_t type = H5Dget_type(array->id);
    size_t size = type < 0 ? 0 : H5Tget_size(type);
    if (type >= 0) H5Tclose(type);
    return size;
}

/* The library reads a field wherever its record says that it lies. */
static bool lies_in_record(const gt_hdf5_array *array, size_t size) {
    hid_t type = H5Dget_type(array->id);
    int index = type < 0 ? -1 : H5Tget_member_index(type, array->member);
    size_t whole = index < 0 ? 0 : H5Tget_size(type);
    size_t offset = index < 0 ? 0 : H5Tget_member_offset(type, (unsigned)index);
    if (type >= 0) H5Tclose(type);
    return offset <= whole && size <= whole - offset;
}

/* Older forms of netCDF have no unsigned types. */
static void look_for_sign(gt_hdf5_array *array) {
    gt_hdf5_type *type = &array->shape.type;
    bool is_signed = *type <= GT_HDF5_I64 && (*type - GT_HDF5_U8) % 2 == 1;
    array->is_meant_unsigned = is_signed && gt_hdf5_says_unsigned(array->file, array);
    if (array->is_meant_unsigned) *type -= GT_HDF5_I8 - GT_HDF5_U8;
}

/* What can be typed for a field of records, and for arrays as values. */
static void advise(const gt_hdf5_array *array, H5T_class_t class, gt_error *err) {
    const char *name = array->name;
    int length = array->member ? (int)(strlen(name) - strlen(array->member)) - 1 : 0;
    if (class == H5T_COMPOUND && array->member == NULL)
        gt_advise(err, "--dataset '%.80s/FIELD' takes a field of them", name);
    if (class == H5T_ARRAY && array->member != NULL)
        gt_advise(err, "f['%.60s0'] = f['%.*s']['%.60s'][:, 0] of an h5py.File f takes a part",
                  array->member, length, name, array->member);
}

gt_status gt_hdf5_check_type(gt_hdf5_array *array, gt_error *err) {
    gt_hdf5_shape *shape = &array->shape;
    hid_t type = gt_hdf5_type_of(array);
    if (type < 0) return gt_hdf5_refuse(array, GT_BAD_FORMAT, "has a damaged type", err);
    size_t whole_size = H5Tget_size(type);
    H5T_class_t class = H5Tget_class(type);
    bool known = class != H5T_ARRAY || array_type(array, &type);
    known = known && known_type(array, type, H5Tget_class(type));
    if (known && class == H5T_INTEGER) look_for_sign(array);
    shape->big_endian = known && shape->type != GT_HDF5_TEXT && shape->item_size > 1 &&
                        H5Tget_order(type) == H5T_ORDER_BE;
    H5Tclose(type);
    if (known && array->inner_rank == 0) whole_size = shape->item_size;
    if (known && array->member != NULL && !lies_in_record(array, whole_size))
        return gt_hdf5_refuse(array, GT_BAD_FORMAT, "lies outside its records", err);
    array->stored_size =
        array->member != NULL || array->inner_rank > 0 ? stored_size(array) : shape->item_size;
    if (known && array->member != NULL && array->has_variable_texts)
        return gt_hdf5_refuse(array, GT_UNSUPPORTED,
                              "holds texts of variable length in records, expected texts of a "
                              "fixed one",
                              err);
    if (known && shape->item_size > 0 && array->stored_size >= shape->item_size) return GT_OK;
    (void)gt_fail(err, GT_UNSUPPORTED,
                  "%s: data set '%s' holds %s, expected whole or real numbers of 1 to 8 "
                  "bytes, truth values or texts",
                  array->file->path, array->name, what_it_holds(class));
    advise(array, class, err);
    return GT_UNSUPPORTED;
}

/* ---- enumerations ---- */

/* The value of a member; false if it cannot be told. */
static bool value_of_member(hid_t type, unsigned member, int64_t *out) {
    union {
        int64_t whole;
        unsigned char bytes[8];
    } value = {0};
    hid_t base = H5Tget_super(type);
    bool done = base >= 0 && H5Tget_size(base) <= sizeof value &&
                H5Tget_member_value(type, member, value.bytes) >= 0 &&
                H5Tconvert(base, H5T_NATIVE_INT64, 1, value.bytes, NULL, H5P_DEFAULT) >= 0;
    if (base >= 0) H5Tclose(base);
    *out = value.whole;
    return done;
}

typedef char value_name[MAX_VALUE_NAME + 1];

/* Fills names by value; returns how many values there are from 0 on. */
static size_t name_values(hid_t type, value_name *names) {
    size_t count = 0;
    int members = H5Tget_nmembers(type);
    for (int i = 0; i < members; i++) {
        int64_t value;
        if (!value_of_member(type, (unsigned)i, &value) || value < 0 || value >= MAX_VALUES)
            continue;
        char *name = H5Tget_member_name(type, (unsigned)i);
        if (name != NULL) snprintf(names[value], sizeof names[0], "%s", name);
        H5free_memory(name);
        if ((size_t)value >= count) count = (size_t)value + 1;
    }
    for (size_t i = 0; i < count; i++)
        if (names[i][0] == 0) snprintf(names[i], sizeof names[0], "%zu", i);
    return count;
}

static bool are_truth_values(value_name *names, size_t count) {
    return count == 2 && strcmp(names[0], "FALSE") == 0 && strcmp(names[1], "TRUE") == 0;
}

gt_status gt_hdf5_value_names(const gt_hdf5_array *array, char ***names, size_t *count,
                              gt_error *err) {
    gt_status status = GT_OK;
    if (array->file->reader != NULL) return gt_hdf5_ask_value_names(array, names, count, err);
    value_name *found = calloc(MAX_VALUES, sizeof *found);
    hid_t type = H5I_INVALID_HID;
    *names = NULL;
    *count = 0;
    if (found == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for names");
    gt_hdf5_prepare();
    type = gt_hdf5_type_of(array);
    if (type < 0 || H5Tget_class(type) != H5T_ENUM) goto done;
    size_t values = name_values(type, found);
    if (values == 0 || are_truth_values(found, values)) goto done;
    char **out = malloc(values * (sizeof *out + sizeof *found));
    if (out == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for names");
    char *to = (char *)(out + values);
    for (size_t i = 0; i < values; i++)
        out[i] = memcpy(to + i * sizeof *found, found[i], sizeof *found);
    *names = out;
    *count = values;
done:
    if (type >= 0) H5Tclose(type);
    free(found);
    return status;
}
