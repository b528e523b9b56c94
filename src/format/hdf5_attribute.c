/* hdf5_attribute.c - reads attributes that hold strings or one number. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hdf5_asking.h"
#include "hdf5_internal.h"

enum { MAX_BYTES = 1 << 20 };

typedef struct attribute {
    const char *path, *name;
    hid_t id, type, space;
    size_t count;
} attribute;

static void attribute_close(attribute *a) {
    if (a->space >= 0) H5Sclose(a->space);
    if (a->type >= 0) H5Tclose(a->type);
    if (a->id >= 0) H5Aclose(a->id);
}

static gt_status damaged(const attribute *a, gt_error *err) {
    return gt_fail(err, GT_BAD_FORMAT, "%s: attribute '%s' is damaged (%s)", a->path, a->name,
                   gt_hdf5_last_reason().text);
}

/* Leaves a->id below 0 when there is no such attribute. */
static gt_status attribute_open(const gt_hdf5 *file, const gt_hdf5_array *array, attribute *a,
                                gt_error *err) {
    gt_hdf5_prepare();
    a->id = a->type = a->space = H5I_INVALID_HID;
    a->path = file->path;
    hid_t owner = array != NULL ? array->id : file->id;
    if (array != NULL && array->member != NULL) return GT_OK; /* those of the whole table */
    htri_t exists = H5Aexists(owner, a->name);
    if (exists == 0) return GT_OK;
    a->id = exists < 0 ? H5I_INVALID_HID : H5Aopen(owner, a->name, H5P_DEFAULT);
    if (a->id < 0) return damaged(a, err);
    a->type = H5Aget_type(a->id);
    a->space = H5Aget_space(a->id);
    hssize_t count = a->space < 0 ? -1 : H5Sget_simple_extent_npoints(a->space);
    if (a->type < 0 || count < 0) return damaged(a, err);
    if (count > MAX_BYTES || H5Aget_storage_size(a->id) > MAX_BYTES)
        return gt_fail(err, GT_UNSUPPORTED, "%s: attribute '%s' is larger than %d bytes",
                       a->path, a->name, MAX_BYTES);
    a->count = (size_t)count;
    return GT_OK;
}

static size_t length_of(const char *text, size_t limit) {
    return text != NULL ? strnlen(text, limit) : 0;
}

/* count strings in one block behind their pointers; at[i] need not be terminated and is cut at
 * its first zero byte, and, if space_padded, loses trailing blanks. NULL when out of memory. */
static char **pack(const char *const *at, size_t count, size_t limit, bool space_padded) {
    size_t bytes = 1;
    for (size_t i = 0; i < count; i++) bytes += length_of(at[i], limit) + 1;
    char **out = malloc(count * sizeof *out + bytes);
    if (out == NULL) return NULL;
    char *to = (char *)(out + count);
    for (size_t i = 0; i < count; i++) {
        size_t length = length_of(at[i], limit);
        while (space_padded && length > 0 && at[i][length - 1] == ' ') length--;
        out[i] = length > 0 ? memcpy(to, at[i], length) : to;
        to[length] = 0;
        to += length + 1;
    }
    return out;
}

static gt_status read_fixed(const attribute *a, char ***out, gt_error *err) {
    gt_status status = GT_OK;
    size_t width = H5Tget_size(a->type);
    char *values = calloc(a->count + 1, width);
    const char **at = calloc(a->count + 1, sizeof *at);
    if (values == NULL || at == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a text");
    if (H5Aread(a->id, a->type, values) < 0) GT_TRY(damaged(a, err));
    for (size_t i = 0; i < a->count; i++) at[i] = values + i * width;
    *out = pack(at, a->count, width, H5Tget_strpad(a->type) == H5T_STR_SPACEPAD);
    if (*out == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a text");
done:
    free(values);
    free(at);
    return status;
}

static gt_status read_variable(const attribute *a, char ***out, gt_error *err) {
    gt_status status = GT_OK;
    size_t bytes = 0;
    bool owned = false;
    char **at = calloc(a->count + 1, sizeof *at);
    if (at == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a text");
    if (H5Aread(a->id, a->type, at) < 0) GT_TRY(damaged(a, err));
    owned = true;
    for (size_t i = 0; i < a->count; i++) {
        bytes += at[i] != NULL ? strlen(at[i]) : 0; /* NULL: never written, or "" */
    }
    if (bytes > MAX_BYTES)
        GT_THROW(err, GT_UNSUPPORTED, "%s: attribute '%s' is larger than %d bytes", a->path,
                 a->name, MAX_BYTES);
    *out = pack((const char *const *)at, a->count, MAX_BYTES, false);
    if (*out == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a text");
done:
    if (owned) H5Dvlen_reclaim(a->type, a->space, H5P_DEFAULT, at);
    free(at);
    return status;
}

gt_status gt_hdf5_texts(const gt_hdf5 *file, const gt_hdf5_array *array, const char *name,
                        char ***out, size_t *count, gt_error *err) {
    gt_status status = GT_OK;
    attribute a = {.name = name};
    *out = NULL;
    *count = 0;
    if (file->reader != NULL) return gt_hdf5_ask_texts(file, array, name, out, count, err);
    GT_TRY(attribute_open(file, array, &a, err));
    if (a.id < 0 || a.count == 0) goto done;
    if (H5Tget_class(a.type) != H5T_STRING)
        GT_THROW(err, GT_BAD_FORMAT, "%s: attribute '%s' is not text", file->path, name);
    if (H5Tis_variable_str(a.type) > 0)
        GT_TRY(read_variable(&a, out, err));
    else
        GT_TRY(read_fixed(&a, out, err));
    *count = a.count;
done:
    attribute_close(&a);
    return status;
}

gt_status gt_hdf5_text(const gt_hdf5 *file, const gt_hdf5_array *array, const char *name,
                       char **out, gt_error *err) {
    gt_status status = GT_OK;
    char **texts = NULL;
    size_t count = 0;
    *out = NULL;
    GT_TRY(gt_hdf5_texts(file, array, name, &texts, &count, err));
    if (count == 0) goto done;
    if (count != 1)
        GT_THROW(err, GT_BAD_FORMAT, "%s: attribute '%s' holds %zu texts, expected 1",
                 file->path, name, count);
    *out = strdup(texts[0]);
    if (*out == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a text");
done:
    free(texts);
    return status;
}

bool gt_hdf5_says_unsigned(const gt_hdf5 *file, const gt_hdf5_array *array) {
    char *text = NULL;
    bool is_told = gt_hdf5_text(file, array, "_Unsigned", &text, NULL) == GT_OK &&
                   text != NULL && strcmp(text, "true") == 0;
    free(text);
    return is_told;
}

gt_status gt_hdf5_real(const gt_hdf5 *file, const gt_hdf5_array *array, const char *name,
                       double *out, gt_error *err) {
    gt_status status = GT_OK;
    attribute a = {.name = name};
    *out = NAN;
    if (file->reader != NULL) return gt_hdf5_ask_real(file, array, name, out, err);
    GT_TRY(attribute_open(file, array, &a, err));
    if (a.id < 0) goto done;
    H5T_class_t class = H5Tget_class(a.type);
    if (a.count != 1 || (class != H5T_FLOAT && class != H5T_INTEGER))
        GT_THROW(err, GT_BAD_FORMAT, "%s: attribute '%s' is not one number", file->path, name);
    if (H5Aread(a.id, H5T_NATIVE_DOUBLE, out) < 0) GT_TRY(damaged(&a, err));
done:
    attribute_close(&a);
    return status;
}
